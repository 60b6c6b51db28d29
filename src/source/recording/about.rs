//! A summary of what a recording contains, for people to read.

use crate::note::Notes;
use crate::printable::{counted, printable_path};
use crate::source::channels::corrections;
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;
use serde::Serialize;

/// What a recording contains.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct About {
    /// File format, such as `EDF+C`.
    pub format: String,
    /// All its streams, in the file's order.
    pub streams: Vec<StreamAbout>,
    /// Messages for the user: truncation, channels or markers that are left out.
    pub warnings: Notes,
    /// `Some` if the header and the time stamps of the EEG give different rates, and the user did not say which one is
    /// right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_doubt: Option<RateDoubt>,
    /// How the EEG is read, starting from the channels of the device. Omitted if nothing is corrected.
    #[serde(rename = "read_as", skip_serializing_if = "is_as_stated")]
    pub reading: Reading,
    /// The unit in which this file's samples are read; `None` if it was not chosen.
    #[serde(skip)]
    pub unit: Option<VoltageUnit>,
}

fn is_as_stated(reading: &Reading) -> bool {
    corrections(reading).is_none()
}

/// Two sampling rates for one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateDoubt {
    /// Rate in the header, Hz.
    pub declared_hz: f64,
    /// Rate by the time stamps, Hz: a whole number if they are within half a percent of one.
    pub stamped_hz: f64,
    /// Samples of one channel, and the time from the first to the last, seconds.
    pub samples: u64,
    /// See `samples`.
    pub stamped_s: f64,
}

impl std::fmt::Display for RateDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "its header says {} Hz, but its time stamps tell {} Hz ({} in {:.2} s)",
            self.declared_hz,
            self.stamped_hz,
            counted(self.samples, "sample"),
            self.stamped_s
        )
    }
}

/// Channels that were sampled together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StreamAbout {
    /// Its name; empty if the format has none.
    pub name: String,
    /// Content type, such as EEG or Markers.
    #[serde(rename = "type")]
    pub kind: String,
    /// Nominal sampling rate, Hz; `None` if irregular.
    pub rate_hz: Option<f64>,
    /// Number of samples per channel.
    pub samples: u64,
    /// Time from the first to the last sample by their stamps, seconds; `None` without stamps.
    pub stamped_s: Option<f64>,
    /// Sampling rate by the stamps, Hz, ignoring lost samples; `None` if there are no stamps, or too few.
    pub stamped_rate_hz: Option<f64>,
    /// Whether this is the EEG that is read.
    pub is_read: bool,
    /// Its channels.
    pub channels: Vec<ChannelAbout>,
}

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChannelAbout {
    /// Name as spelled in the file.
    pub label: String,
    /// Unit as spelled in the file; empty if it has none.
    pub unit: String,
    /// Whether it is read as EEG.
    pub is_read: bool,
}

impl About {
    /// Logs every warning, with the recording's name.
    pub(super) fn log_warnings(&self, path: &std::path::Path) {
        for warning in &self.warnings {
            warning.warn(format_args!("{}: ", printable_path(path)));
        }
    }
}
