//! Options for reading EEG when a file or stream declares it wrongly or not at all.

use crate::source::channels::ReadAs;
use crate::units::{Hertz, VoltageUnit};
use clap::Args;

/// How to read EEG, if not as declared.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ReadArgs {
    /// Use only these channels, in this order, even if their type is not EEG [default: all EEG channels]
    #[arg(
        long,
        alias = "montage",
        value_delimiter = ',',
        value_name = "LABEL,..."
    )]
    pub(super) channels: Vec<String>,
    /// Electrode names for the channels in use, in their order, if the source has only numbers or wrong names
    #[arg(long, value_delimiter = ',', value_name = "LABEL,...")]
    pub(super) electrodes: Vec<String>,
    /// Unit of the samples (uV, mV, V or nV), if the source declares a wrong one or none
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    pub(super) unit: Option<VoltageUnit>,
}

/// The sampling rate, if a recording's header and its time stamps disagree.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RateArgs {
    /// The true sampling rate, Hz, if an XDF file's header and its time stamps disagree
    #[arg(long, value_name = "HZ", value_parser = rate)]
    pub(super) rate: Option<Hertz>,
}

impl ReadArgs {
    /// The options as a value.
    pub(super) fn read_as(&self) -> ReadAs {
        ReadAs {
            channels: self.channels.clone(),
            electrodes: self.electrodes.clone(),
            unit: self.unit,
            ..ReadAs::default()
        }
    }

    /// Whether any of the options is given.
    pub(super) fn are_given(&self) -> bool {
        self.unit.is_some() || !self.channels.is_empty() || !self.electrodes.is_empty()
    }

    /// The options as a value, with a rate.
    pub(super) fn at(&self, rate: &RateArgs) -> ReadAs {
        ReadAs {
            rate: rate.rate,
            ..self.read_as()
        }
    }
}

/// A duration on the command line, seconds.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let secs: Option<f64> = text.parse().ok();
    let usable =
        secs.filter(|secs| secs.is_finite() && (0.0..=LONGEST_S).contains(secs) && *secs > 0.0);
    usable.ok_or_else(|| "expected a time in seconds above 0, such as 2.5".into())
}

/// The longest accepted duration, a year, in seconds.
const LONGEST_S: f64 = 366.0 * 86_400.0;

fn unit(text: &str) -> Result<VoltageUnit, String> {
    VoltageUnit::parse(text).ok_or_else(|| "expected uV, mV, V or nV".into())
}

pub(super) fn rate(text: &str) -> Result<Hertz, String> {
    let hz = text.parse().ok().and_then(Hertz::new);
    hz.ok_or_else(|| "expected a sampling rate in Hz, such as 250".into())
}
