//! What is in a recording, for people to look at.

use crate::printable::{counted, printable_path};
use crate::source::channels::corrections;
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;
use serde::Serialize;

/// What is in a recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct About {
    /// File format, such as `EDF+C`.
    pub format: String,
    /// Everything in it, in the file's order.
    pub streams: Vec<StreamAbout>,
    /// What a user should know: a cut, channels or markers that are left out.
    pub warnings: Vec<String>,
    /// Set where the header and the time stamps of the EEG tell different rates, and nobody said which is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_doubt: Option<RateDoubt>,
    /// How the EEG is read, from the channels of the device on; where nothing is corrected it is left out here.
    #[serde(rename = "read_as", skip_serializing_if = "is_as_stated")]
    pub reading: Reading,
    /// The unit in which the samples of this file are read; none where it was not chosen.
    #[serde(skip)]
    pub unit: Option<VoltageUnit>,
}

fn is_as_stated(reading: &Reading) -> bool {
    corrections(reading).is_none()
}

/// Two sampling rates for one stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateDoubt {
    /// What the header says, Hz.
    pub declared_hz: f64,
    /// What the time stamps tell, Hz: a whole number where they are within half a percent of one.
    pub stamped_hz: f64,
    /// Samples of a channel, and the time from the first to the last, seconds.
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
    /// Its name; empty where the format has none.
    pub name: String,
    /// Kind of content, such as EEG or Markers.
    #[serde(rename = "type")]
    pub kind: String,
    /// Nominal sampling rate; none where samples come irregularly.
    pub rate_hz: Option<f64>,
    /// Samples of each channel.
    pub samples: u64,
    /// From the first to the last sample by their stamps, where they carry any, seconds.
    pub stamped_s: Option<f64>,
    /// Sampling rate by the stamps, lost samples left aside; none where there are no stamps, or too few to tell.
    pub stamped_rate_hz: Option<f64>,
    /// Whether this is the EEG that is read.
    pub is_read: bool,
    /// Its channels.
    pub channels: Vec<ChannelAbout>,
}

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChannelAbout {
    /// As the file spells it.
    pub label: String,
    /// As the file spells it; empty where it has none.
    pub unit: String,
    /// Whether it is read as EEG.
    pub is_read: bool,
}

impl About {
    /// Logs every warning, with the recording's name.
    pub(super) fn log_warnings(&self, path: &std::path::Path) {
        for warning in &self.warnings {
            log::warn!("{}: {warning}", printable_path(path));
        }
    }
}
