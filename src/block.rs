//! Blocks of samples, and the layout that all blocks of a source share.

use crate::montage;
use crate::time::{HostNanos, SampleIndex, StreamNanos};
use crate::units::Hertz;

/// The channels of a source, in order, and their sampling rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Samples per second of every channel.
    pub rate: Hertz,
    /// Electrode labels in their standard spelling (see [`montage::canonical_label`]).
    pub labels: Vec<String>,
}

impl Layout {
    /// Number of channels.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.labels.len()
    }

    /// Index of a channel: the one with exactly this label, otherwise the same electrode in any spelling.
    #[must_use]
    pub fn position(&self, label: &str) -> Option<usize> {
        let of = |wanted: &str| self.labels.iter().position(|own| own == wanted);
        of(label).or_else(|| of(&montage::canonical_label(label)))
    }
}

/// Some consecutive samples of all channels, in microvolts, in storage of fixed capacity.
#[derive(Debug, Clone)]
pub struct Block {
    channels: usize,
    frames: usize,
    samples: Vec<f64>,
    /// Index of the first frame.
    pub first: SampleIndex,
    /// When this host received the block. The driver sets it; without a driver it may stay 0.
    pub received: HostNanos,
    acquired: Option<StreamNanos>,
}

impl Block {
    /// An empty block for up to `capacity` frames of `channels` samples. The only place where a block allocates.
    #[must_use]
    pub fn with_capacity(channels: usize, capacity: usize) -> Self {
        Self {
            channels,
            frames: 0,
            samples: vec![0.0; channels * capacity],
            first: SampleIndex::default(),
            received: HostNanos::default(),
            acquired: None,
        }
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Frames in use.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Frames that fit.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.samples.len().checked_div(self.channels).unwrap_or(0)
    }

    /// Empties the block and forgets its time stamp; `first` is the index of the frame that will be pushed first.
    pub fn restart(&mut self, first: SampleIndex) {
        self.frames = 0;
        self.first = first;
        self.acquired = None;
    }

    /// When the last frame was taken: by the stream's time stamp, or if the source has none, when this host received the block.
    #[must_use]
    pub fn acquired(&self) -> StreamNanos {
        self.acquired.unwrap_or(StreamNanos(self.received.0))
    }

    /// Sets the stream's time stamp of the last frame. A source without time stamps leaves this out.
    pub fn set_acquired(&mut self, stamp: StreamNanos) {
        self.acquired = Some(stamp);
    }

    /// Copies the time stamps of another block.
    pub fn copy_stamps(&mut self, of: &Self) {
        (self.acquired, self.received) = (of.acquired, of.received);
    }

    /// Space for one more frame (`channels` samples), or `None` if the block is full.
    pub fn push_frame(&mut self) -> Option<&mut [f64]> {
        let start = self.frames * self.channels;
        let frame = self.samples.get_mut(start..start + self.channels)?;
        self.frames += 1;
        Some(frame)
    }

    /// All samples in use: frames × channels, interleaved, µV.
    #[must_use]
    pub fn samples(&self) -> &[f64] {
        &self.samples[..self.frames * self.channels]
    }

    /// As [`samples`](Self::samples), mutable.
    pub fn samples_mut(&mut self) -> &mut [f64] {
        &mut self.samples[..self.frames * self.channels]
    }

    /// The frames in use, each one sample per channel.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.samples().chunks_exact(self.channels.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_block_takes_no_more() {
        let mut block = Block::with_capacity(2, 1);
        block.push_frame().unwrap().copy_from_slice(&[1.0, 2.0]);
        assert!(block.push_frame().is_none());
        assert_eq!(
            (block.samples(), block.frames()),
            ([1.0, 2.0].as_slice(), 1)
        );
    }

    #[test]
    fn a_block_without_a_stamp_was_taken_when_it_was_received() {
        let mut block = Block::with_capacity(1, 1);
        block.set_acquired(StreamNanos(5));
        block.received = HostNanos(9);
        assert_eq!(block.acquired(), StreamNanos(5));
        // The previous block's stamp does not apply to this one.
        block.restart(SampleIndex(1));
        assert_eq!(block.acquired(), StreamNanos(9));
    }

    #[test]
    fn electrodes_are_found_by_any_spelling() {
        let layout = Layout {
            rate: Hertz::new(160.0).unwrap(),
            labels: vec!["FC5".into(), "C3".into()],
        };
        assert_eq!(
            (layout.position("Fc5."), layout.position("c3")),
            (Some(0), Some(1))
        );
        assert_eq!(layout.position("C4"), None);
    }
}
