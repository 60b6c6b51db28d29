//! Where the samples of a channel are in a file.

use super::samples::SampleFormat;

/// Where one channel's samples are in a record, and how they are converted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Track {
    /// Its first sample, in bytes from the start of the record.
    pub(super) byte: u64,
    /// Bytes from one sample to the next.
    pub(super) stride: usize,
    pub(super) format: SampleFormat,
    /// Physical value = stored number × gain + offset, in the channel's unit.
    pub(super) gain: f64,
    pub(super) offset: f64,
    /// Microvolts per unit.
    pub(super) to_microvolts: f64,
}
