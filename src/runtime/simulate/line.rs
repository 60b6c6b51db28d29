//! A bad line: packets are lost, repeated or damaged.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The faults of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LineFaults {
    /// Fraction of packets that are lost, 0 to 1.
    pub lost_packets: f64,
    /// Fraction of bytes that are damaged, 0 to 1.
    pub damaged_bytes: f64,
    /// Fraction of packets that are repeated, 0 to 1.
    pub repeated_packets: f64,
    /// Start and end of a stall in which nothing is sent, seconds of the recording.
    pub stall_s: Option<(f64, f64)>,
}

/// The line and its faults.
pub(super) struct Line {
    faults: LineFaults,
    random: ChaCha8Rng,
    /// The bytes that arrive at the other end.
    pub(super) bytes: Vec<u8>,
}

impl Line {
    pub(super) fn new(faults: LineFaults, seed: u64) -> Self {
        Self {
            faults,
            random: ChaCha8Rng::seed_from_u64(seed),
            bytes: Vec::new(),
        }
    }

    /// Whether nothing is sent at this time.
    pub(super) fn is_stalled(&self, time_s: f64) -> bool {
        let stall = self.faults.stall_s;
        stall.is_some_and(|(from, to)| (from..to).contains(&time_s))
    }

    /// Sends a packet of samples.
    pub(super) fn put(&mut self, packet: &[u8]) {
        if self.happens(self.faults.lost_packets) {
            return;
        }
        let is_repeated = self.happens(self.faults.repeated_packets);
        for _ in 0..1 + usize::from(is_repeated) {
            for &byte in packet {
                let is_damaged = self.happens(self.faults.damaged_bytes);
                let damage = if is_damaged {
                    self.random.next_u32() as u8 | 1
                } else {
                    0
                };
                self.bytes.push(byte ^ damage);
            }
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && f64::from(self.random.next_u32()) < share * f64::from(u32::MAX)
    }
}
