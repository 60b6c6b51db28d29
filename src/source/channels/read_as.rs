//! How a source is read where it does not say right what it is.

use crate::units::{Hertz, VoltageUnit};

/// How a source is read where that differs from what it says of itself. The default: as it says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadAs {
    /// Only these channels, in this order, even where type or name says that they are not EEG; empty: all EEG channels.
    pub channels: Vec<String>,
    /// What the channels that are read are called, in their order; empty: as the source says.
    pub electrodes: Vec<String>,
    /// The unit of the samples; none: as the source says.
    pub unit: Option<VoltageUnit>,
    /// The sampling rate; none: as the source says.
    pub rate: Option<Hertz>,
    /// The decoder that will read it; none where there is no decoder yet.
    pub decoder: Option<ForDecoder>,
}

/// What a decoder expects of a source, and how the recordings were read that it was fitted to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForDecoder {
    /// Channels that it needs: taken even where type or name says that they are not EEG.
    pub needs: Vec<String>,
    /// Its sampling rate, Hz; none where it serves any.
    pub rate_hz: Option<f64>,
    /// As [`ReadAs::channels`] and [`ReadAs::electrodes`] were, and what the channels were called before they were given those names:
    /// a source whose channels are called so, or that lacks a channel by its own names, gets the names, too.
    pub channels: Vec<String>,
    /// See `channels`.
    pub labels: Vec<String>,
    /// See `channels`.
    pub electrodes: Vec<String>,
    /// The unit that was stated, as it was spelled, and what it really was.
    pub unit: Option<(String, VoltageUnit)>,
}
