//! The vocabulary that a headset's firmware and the bci-cursor driver share.
//!
//! `no_std`, no allocation, no unsafe code and no panic on any input, so that it fits a headset's microcontroller.
//! So far it holds the sample frame; the byte layout on the wire is not defined yet, and nothing parses it.
#![no_std]

/// The most channels that one frame carries.
pub const MAX_CHANNELS: usize = 64;

/// One sample of every channel, as the headset's converter counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleFrame {
    /// Number of this sample since the headset started, wrapping at 2^32: a step of more than one is a loss.
    pub counter: u32,
    /// The headset's own clock when the sample was taken, in microseconds, wrapping at 2^32.
    pub device_micros: u32,
    counts: [i32; MAX_CHANNELS],
    channel_count: u8,
}

impl SampleFrame {
    /// A frame of the given converter counts (one per channel, sign-extended from 24 bits).
    ///
    /// `None` where there are no channels, more than [`MAX_CHANNELS`], or a count that 24 bits cannot hold.
    #[must_use]
    pub fn new(counter: u32, device_micros: u32, counts: &[i32]) -> Option<Self> {
        let in_range = |count: &i32| (-(1 << 23)..1 << 23).contains(count);
        if counts.is_empty() || counts.len() > MAX_CHANNELS || !counts.iter().all(in_range) {
            return None;
        }
        let mut held = [0; MAX_CHANNELS];
        for (slot, count) in held.iter_mut().zip(counts) {
            *slot = *count;
        }
        let channel_count = u8::try_from(counts.len()).ok()?;
        Some(Self {
            counter,
            device_micros,
            counts: held,
            channel_count,
        })
    }

    /// Converter counts, one per channel.
    #[must_use]
    pub fn counts(&self) -> &[i32] {
        self.counts
            .get(..usize::from(self.channel_count))
            .unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_keeps_its_counts() {
        let frame = SampleFrame::new(7, 1_000, &[1, -2, 8_388_607, -8_388_608]).unwrap();
        assert_eq!(frame.counts(), [1, -2, 8_388_607, -8_388_608]);
    }

    #[test]
    fn counts_that_24_bits_cannot_hold_are_refused() {
        assert_eq!(SampleFrame::new(0, 0, &[8_388_608]), None);
        assert_eq!(SampleFrame::new(0, 0, &[-8_388_609]), None);
    }

    #[test]
    fn a_frame_has_one_to_64_channels() {
        assert_eq!(SampleFrame::new(0, 0, &[]), None);
        assert!(SampleFrame::new(0, 0, &[0; 64]).is_some());
        assert_eq!(SampleFrame::new(0, 0, &[0; 65]), None);
    }
}
