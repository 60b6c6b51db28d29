//! The rate of a stream in which only a few samples have a stored stamp.
//!
//! LabRecorder stores one stamp for each chunk that an outlet pushes. The samples after it follow at the declared rate.
//! If that rate is wrong, only the stored stamps give the time.

use super::rate::{MUCH_OFF, is_enough, is_same};
use crate::time::is_time;
use crate::units::Hertz;

/// Stored stamps that are further apart than the duration of their samples by more than this indicate a pause, seconds
/// (as in pyxdf).
const PAUSE_S: f64 = 1.0;
/// Number of intervals between stored stamps that determine the usual rate, and the minimum for a rate.
const FIRST_STRETCHES: usize = 4096;
const LEAST_STRETCHES: usize = 50;
/// The minimum if the rate is far from the declared one.
const LEAST_STRETCHES_MUCH_OFF: usize = 10;
/// Intervals are regular if their rates are within this fraction of the usual rate, and this fraction of the intervals
/// must be regular.
const REGULAR_OFF: f64 = 0.2;
const REGULAR_SHARE: f64 = 0.9;
/// The rate over all other intervals may differ by this fraction, because some samples may be lost.
const LOST_SHARE: f64 = 0.1;

/// A number of samples, and their duration in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    samples: f64,
    secs: f64,
}

impl Sum {
    fn add(&mut self, stretch: Self) {
        self.samples += stretch.samples;
        self.secs += stretch.secs;
    }

    fn hz(self) -> f64 {
        self.samples / self.secs
    }
}

/// Follows the stamps of one stream.
#[derive(Debug)]
pub(super) struct StoredStamps {
    declared: Hertz,
    /// The last stored stamp, seconds, and the number of samples since then, including its own.
    last: Option<(f64, u64)>,
    samples: u64,
    stamps: u64,
    first: Vec<Sum>,
    usual_hz: Option<f64>,
    stretches: usize,
    regular_stretches: usize,
    all: Sum,
    regular: Sum,
}

impl StoredStamps {
    pub(super) fn new(declared: Hertz) -> Self {
        Self {
            declared,
            last: None,
            samples: 0,
            stamps: 0,
            first: Vec::new(),
            usual_hz: None,
            stretches: 0,
            regular_stretches: 0,
            all: Sum::default(),
            regular: Sum::default(),
        }
    }

    /// Takes the next sample, and its stamp if one is stored, seconds on the stream's own clock.
    pub(super) fn take(&mut self, stored_s: Option<f64>) {
        self.samples += 1;
        let Some(stamp_s) = stored_s else {
            if let Some((_, samples)) = &mut self.last {
                *samples += 1;
            }
            return;
        };
        self.stamps += 1;
        let last = self.last.take();
        if !is_time(stamp_s) {
            return;
        }
        self.last = Some((stamp_s, 1));
        let Some((last_s, samples)) = last else {
            return;
        };
        let stretch = Sum {
            samples: samples as f64,
            secs: stamp_s - last_s,
        };
        if stretch.secs > 0.0 && stretch.secs - stretch.samples / self.declared.hz() <= PAUSE_S {
            self.add(stretch);
        }
    }

    /// Samples may be missing before the next one.
    pub(super) fn split(&mut self) {
        self.last = None;
    }

    fn add(&mut self, stretch: Sum) {
        let Some(usual_hz) = self.usual_hz else {
            self.first.push(stretch);
            if self.first.len() == FIRST_STRETCHES {
                self.judge_first();
            }
            return;
        };
        self.stretches += 1;
        self.all.add(stretch);
        if (stretch.hz() / usual_hz - 1.0).abs() <= REGULAR_OFF {
            self.regular_stretches += 1;
            self.regular.add(stretch);
        }
    }

    /// The usual rate is the median of the first ones.
    fn judge_first(&mut self) {
        let first = std::mem::take(&mut self.first);
        let mut rates: Vec<f64> = first.iter().map(|stretch| stretch.hz()).collect();
        rates.sort_by(f64::total_cmp);
        self.usual_hz = rates.get(rates.len() / 2).copied();
        first.into_iter().for_each(|stretch| self.add(stretch));
    }

    /// The rate of the stored stamps, if they are regular, fewer than half of the samples have one, and the rate
    /// differs from the declared one.
    pub(super) fn other_rate(mut self) -> Option<Hertz> {
        if self.usual_hz.is_none() {
            self.judge_first();
        }
        let is_much_off = (self.regular.hz() / self.declared.hz() - 1.0).abs() > MUCH_OFF;
        let least = if is_much_off {
            LEAST_STRETCHES_MUCH_OFF
        } else {
            LEAST_STRETCHES
        };
        let Sum { samples, secs } = self.regular;
        let is_regular = self.stretches >= least
            && is_enough(secs, samples, self.regular.hz(), self.declared)
            && self.regular_stretches as f64 >= REGULAR_SHARE * self.stretches as f64;
        if 2 * self.stamps >= self.samples || !is_regular {
            return None;
        }
        let (hz, with_losses_hz, declared_hz) =
            (self.regular.hz(), self.all.hz(), self.declared.hz());
        let is_other = [hz, with_losses_hz, self.usual_hz?]
            .iter()
            .all(|hz| !is_same(*hz, declared_hz));
        let agree = (with_losses_hz / hz - 1.0).abs() <= LOST_SHARE;
        (is_other && agree).then(|| Hertz::new(hz)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rate found for samples at `hz`, of which one in `every` has a stored stamp, with some samples lost.
    fn rate_found(
        declared_hz: f64,
        hz: f64,
        every: u32,
        is_lost: impl Fn(u32) -> bool,
    ) -> Option<f64> {
        let mut stored = StoredStamps::new(Hertz::new(declared_hz).unwrap());
        let there = (0..60 * 250).filter(|k| !is_lost(*k));
        for (place, k) in (0u32..).zip(there) {
            stored.take((place % every == 0).then(|| 50.0 + f64::from(k) / hz));
        }
        stored.other_rate().map(Hertz::hz)
    }

    #[test]
    fn a_wrong_rate_is_found_and_a_right_one_is_kept() {
        for every in [3, 8, 50, 100, 200] {
            for (declared_hz, hz) in [(500.0, 250.0), (125.0, 250.0), (256.0, 250.0)] {
                let found = rate_found(declared_hz, hz, every, |_| false).unwrap();
                assert!((found - hz).abs() < 1e-6, "{found} for {hz}");
            }
            assert_eq!(rate_found(251.0, 250.0, every, |_| false), None);
        }
        assert_eq!(rate_found(500.0, 250.0, 1, |_| false), None);
        assert_eq!(rate_found(500.0, 250.0, 2, |_| false), None);
        // Too few stamps.
        assert_eq!(rate_found(500.0, 250.0, 1000, |_| false), None);
    }

    #[test]
    fn losses_do_not_change_the_rate() {
        for every in [8, 50, 100, 200] {
            assert_eq!(rate_found(250.0, 250.0, every, |k| k % 2000 < 100), None);
            assert_eq!(
                rate_found(250.0, 250.0, every, |k| k > 5000 && k < 5200),
                None
            );
            let found = rate_found(500.0, 250.0, every, |k| k > 5000 && k < 5200).unwrap();
            assert!((found - 250.0).abs() < 1.0, "{found}");
        }
    }

    proptest! {
        #[test]
        fn sizes_and_jitter_of_chunks_do_not_change_the_rate(sizes in prop::collection::vec(3..60u32, 300), jitter in prop::collection::vec(0.0..0.05f64, 300), hz in 100.0..1000.0f64) {
            let mut stored = StoredStamps::new(Hertz::new(hz).unwrap());
            let mut place = 0;
            for (size, jitter) in sizes.iter().zip(&jitter) {
                stored.take(Some(f64::from(place) / hz + jitter));
                (1..*size).for_each(|_| stored.take(None));
                place += size;
            }
            prop_assert_eq!(stored.other_rate(), None);
        }
    }
}
