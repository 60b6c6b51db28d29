//! What was stated about channels, and does not fit them.

use crate::printable::{counted, printable, printable_list};
use crate::units::Hertz;

/// Why no channel is EEG: what those that there are have in common.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEegReason {
    /// There are none.
    #[error("It may hold annotations only")]
    Empty,
    /// All of one other type.
    #[error(
        "Every channel's type is {}, not EEG: set the type in the program that made it",
        printable(.0)
    )]
    Type(String),
    /// None states a unit.
    #[error("No channel states a unit")]
    NoUnits,
    /// Nothing, but their units or names are not those of EEG.
    #[error("EEG channels have a unit of voltage such as uV")]
    NoVoltage,
}

/// What was stated about channels, and does not fit them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChannelsError {
    /// A channel is chosen twice.
    #[error("the channel '{}' is named twice", printable(.0))]
    Twice(String),
    /// A channel is chosen that cannot be read.
    #[error("channel '{}' cannot be read: {}", printable(channel), printable(why))]
    Unreadable {
        /// Which.
        channel: String,
        /// Why, in the words of the format's reader.
        why: String,
    },
    /// Channels of several rates are chosen.
    #[error(
        "the channels that are named have different sampling rates: {}. Name channels of one rate",
        rates(.0)
    )]
    Rates(
        /// Labels, and samples per second.
        Vec<(String, f64)>,
    ),
    /// Two channels would be the same electrode.
    #[error("the electrode {} is named twice", printable(.0))]
    ElectrodeTwice(String),
    /// More electrodes than channels, or fewer.
    #[error(
        "{} named ({}) for {} ({}). Name one for each, in this order",
        counted(named.len(), "electrode"),
        printable_list(named),
        counted(channels.len(), "EEG channel"),
        printable_list(channels)
    )]
    ElectrodeCount {
        /// The electrodes.
        named: Vec<String>,
        /// Labels of the channels that are read.
        channels: Vec<String>,
    },
    /// A synthetic patient is to be read in another way.
    #[error(
        "a synthetic patient has the electrodes and the rate of its description (channels=21,rate=250), in uV"
    )]
    Synthetic,
    /// A rate is stated for a format without time stamps, and its header says another one.
    #[error(
        "the rate is stated as {stated}, but its header says {declared}, and this format has no time stamps that could tell another"
    )]
    Rate {
        /// What the user says.
        stated: Hertz,
        /// What the header says.
        declared: Hertz,
    },
    /// A rate is stated that neither the header nor the time stamps have.
    #[error(
        "the rate is stated as {stated}, but its header says {declared} and its time stamps tell {stamped_hz} Hz; expected one of these"
    )]
    NeitherRate {
        /// What the user says.
        stated: Hertz,
        /// What the header says.
        declared: Hertz,
        /// What the time stamps tell, Hz.
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
