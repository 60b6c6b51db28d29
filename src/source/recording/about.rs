//! What is in a recording, for people to look at.

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
    /// Logs every warning once, with the recording's name.
    pub(super) fn log_warnings(&self, path: &std::path::Path) {
        for warning in &self.warnings {
            log::warn!("{}: {warning}", path.display());
        }
    }
}
