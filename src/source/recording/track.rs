//! Where the samples of a channel lie in a file.

use super::samples::SampleFormat;

/// Where one channel's samples lie in a record, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Track {
    /// Its first sample, in bytes from the record's beginning.
    pub(super) byte: u64,
    /// From one of its samples to the next, bytes.
    pub(super) stride: usize,
    pub(super) format: SampleFormat,
    /// Physical value = stored number × gain + offset, in the channel's unit.
    pub(super) gain: f64,
    pub(super) offset: f64,
    /// Microvolts in one of that unit.
    pub(super) to_microvolts: f64,
}
