//! Errors about channels, electrodes, units and rates that the user stated.

use crate::printable::{counted, printable, printable_list};
use crate::units::Hertz;

/// What the channels have in common if none of them is EEG.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEegReason {
    /// There are no channels.
    #[error("It may hold annotations only")]
    Empty,
    /// All have the same other type.
    #[error(
        "Every channel's type is {}, not EEG: set the type in the program that made it",
        printable(.0)
    )]
    Type(String),
    /// No channel declares a unit.
    #[error("No channel states a unit")]
    NoUnits,
    /// None of the above: their units or names are not those of EEG.
    #[error("EEG channels have a unit of voltage such as uV")]
    NoVoltage,
}

/// Why the stated channels, electrodes or rate do not fit the source.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChannelsError {
    /// A channel is chosen twice.
    #[error("the channel '{}' is named twice", printable(.0))]
    Twice(String),
    /// A chosen channel cannot be read.
    #[error("channel '{}' cannot be read: {}", printable(channel), printable(why))]
    Unreadable {
        /// The channel.
        channel: String,
        /// The reason, from the reader of the format.
        why: String,
    },
    /// The chosen channels have different rates.
    #[error(
        "the channels that are named have different sampling rates: {}. Name channels of one rate",
        rates(.0)
    )]
    Rates(
        /// Labels and sampling rates, Hz.
        Vec<(String, f64)>,
    ),
    /// Two channels would be the same electrode.
    #[error("the electrode {} is named twice", printable(.0))]
    ElectrodeTwice(String),
    /// The number of electrodes is not the number of channels.
    #[error(
        "{} named ({}) for {} ({}). Name one for each, in this order",
        counted(named.len(), "electrode"),
        printable_list(named),
        counted(channels.len(), "EEG channel"),
        printable_list(channels)
    )]
    ElectrodeCount {
        /// The named electrodes.
        named: Vec<String>,
        /// Labels of the channels that are read.
        channels: Vec<String>,
    },
    /// Electrodes, a unit or a rate are stated for a synthetic patient.
    #[error(
        "a synthetic patient has the electrodes and the rate of its description (channels=21,rate=250), in uV"
    )]
    Synthetic,
    /// A rate is stated for a format without time stamps, and the header declares another one.
    #[error(
        "the rate is stated as {stated}, but its header says {declared}, and this format has no time stamps that could tell another"
    )]
    Rate {
        /// The stated rate.
        stated: Hertz,
        /// The rate in the header.
        declared: Hertz,
    },
    /// The stated rate is neither that of the header nor that of the time stamps.
    #[error(
        "the rate is stated as {stated}, but its header says {declared} and its time stamps tell {stamped_hz} Hz; expected one of these"
    )]
    NeitherRate {
        /// The stated rate.
        stated: Hertz,
        /// The rate in the header.
        declared: Hertz,
        /// The rate of the time stamps, Hz.
        stamped_hz: f64,
    },
}

fn rates(found: &[(String, f64)]) -> String {
    let rates = found.iter();
    let rates: Vec<String> = rates
        .map(|(label, hz)| format!("{} ({hz} Hz)", printable(label)))
        .collect();
    rates.join(", ")
}
