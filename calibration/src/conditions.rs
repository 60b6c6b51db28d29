//! The conditions under which a decoder holds: how recordings are read, conditioned and turned into covariances.

use serde::{Deserialize, Serialize};

/// How recordings were read if it differs from what their headers say. The stream that a decoder runs on is read in the same way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Channels that were chosen, by their own names; empty: every EEG channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Original labels of the channels that were renamed. Empty if none was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Electrodes that these channels were renamed to, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub electrodes: Vec<String>,
    /// The unit that was stated, and the one that was used instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<ReadUnit>,
    /// The sampling rate that the user stated, Hz; none if the recording's own was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
}

/// A unit that was stated wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadUnit {
    /// The stated unit; empty if there was none.
    pub stated: String,
    /// V, mV, uV or nV.
    pub read_as: String,
}

/// How the EEG is conditioned before features are computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditioningSpec {
    /// Spatial reference.
    pub reference: Reference,
    /// Line frequency that is notched out with its harmonics, Hz.
    pub mains_hz: Option<f64>,
}

/// Spatial reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Common average reference (CAR): the mean of all channels is subtracted from each.
    CommonAverage,
    /// As recorded.
    None,
}

/// How covariances are computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Pass bands: lower and upper edge, Hz.
    pub bands_hz: Vec<[f64; 2]>,
    /// Order of the Butterworth prototype (a band-pass has twice as many poles).
    pub filter_order: usize,
    /// Length of the sliding window, milliseconds.
    pub window_ms: u32,
    /// Time between two decodings, milliseconds.
    pub hop_ms: u32,
    /// Shrinkage towards the mean variance, 0 to 1: the share of the covariance that is replaced by its mean diagonal.
    pub shrinkage: f64,
}
