//! Estimates when samples were acquired from when they were read. A thread without processor time, or a radio that
//! holds data back, reads late and then everything at once. Samples are never acquired later than they are read, and
//! they arrive at their rate.

use crate::time::{HostNanos, StreamNanos};
use crate::units::Hertz;

/// A headset's clock may be slower than declared by this fraction.
const SLOWER: f64 = 0.002;
/// If the expected stamp is further behind than this, the count is no longer trusted, nanoseconds.
const LOST_NS: i64 = 1_000_000_000;

/// Follows the earliest times of reading.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stamps {
    /// Stamp of the last sample, nanoseconds.
    last_ns: Option<i64>,
    /// Number of samples lost since then.
    lost: u64,
}

impl Stamps {
    /// Adds lost samples, which come before the next ones.
    pub(super) fn skip(&mut self, lost: u64) {
        self.lost += lost;
    }

    /// When the last of these samples was acquired. They were read by `read_at`.
    pub(super) fn stamp(&mut self, samples: u64, read_at: HostNanos, rate: Hertz) -> StreamNanos {
        let passed_ns = 1e9 * rate.secs_of(samples + std::mem::take(&mut self.lost));
        let expected = self
            .last_ns
            .map(|last_ns| last_ns.saturating_add((passed_ns * (1.0 + SLOWER)) as i64))
            .filter(|expected| read_at.0.saturating_sub(*expected) < LOST_NS);
        let stamp_ns = expected.map_or(read_at.0, |expected| expected.min(read_at.0));
        self.last_ns = Some(stamp_ns);
        StreamNanos(stamp_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_thread_does_not_shift_the_stamps() {
        let rate = Hertz::new(250.0).unwrap();
        let mut stamps = Stamps::default();
        // One sample every 4 ms. Nothing is read between 2 and 2.2 s.
        for k in 1..=1000_i64 {
            let taken_ms = 4 * k;
            let read_ms = if (2000..2200).contains(&taken_ms) {
                2200
            } else {
                taken_ms
            };
            let stamp = stamps.stamp(1, HostNanos(read_ms * 1_000_000), rate);
            let off_ms = (stamp.0 - taken_ms * 1_000_000) as f64 / 1e6;
            assert!((0.0..0.5).contains(&off_ms), "{taken_ms}: {off_ms}");
        }
    }

    #[test]
    fn losses_are_counted_and_slower_or_faster_clocks_are_followed() {
        let rate = Hertz::new(250.0).unwrap();
        for true_hz in [249.6, 250.0, 250.4] {
            let mut stamps = Stamps::default();
            let mut worst_ms = 0.0_f64;
            for k in 1..=100_000_u64 {
                // Ten of every hundred samples are lost.
                if k % 100 < 10 {
                    stamps.skip(1);
                    continue;
                }
                let taken_ns = (1e9 * k as f64 / true_hz) as i64;
                let stamp = stamps.stamp(1, HostNanos(taken_ns), rate);
                worst_ms = worst_ms.max(((stamp.0 - taken_ns) as f64 / 1e6).abs());
            }
            assert!(worst_ms < 1.0, "{true_hz} Hz: {worst_ms}");
        }
    }
}
