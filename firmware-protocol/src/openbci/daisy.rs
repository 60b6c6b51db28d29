//! Cyton with Daisy: 16 channels at 125 Hz. Packets with an odd counter carry channels 1 to 8, and the following even
//! one channels 9 to 16 (as BrainFlow reads them).

use super::cyton::{CHANNELS, Received};

/// Sampling rate, Hz.
pub const RATE_HZ: f64 = 125.0;

/// One sample of sixteen channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Counts of the sixteen channels.
    pub counts: [i32; 2 * CHANNELS],
    /// Number of samples (of sixteen channels) that were lost before it.
    pub lost: u8,
}

/// Combines pairs of packets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pairs {
    first: Option<[i32; CHANNELS]>,
    /// Number of packets since the last complete pair.
    since: u8,
}

impl Pairs {
    /// Takes a packet. Returns the sample that it completes, if any.
    pub fn take(&mut self, received: &Received) -> Option<Sample> {
        let packet = &received.packet;
        self.since = self.since.saturating_add(received.lost).saturating_add(1);
        if received.lost > 0 {
            self.first = None;
        }
        if packet.counter % 2 == 1 {
            self.first = Some(packet.counts);
            return None;
        }
        let first = self.first.take()?;
        let mut counts = [0; 2 * CHANNELS];
        for (slot, count) in counts.iter_mut().zip(first.iter().chain(&packet.counts)) {
            *slot = *count;
        }
        let lost = (self.since / 2).saturating_sub(1);
        self.since = 0;
        Some(Sample { counts, lost })
    }
}
