//! Counts lost samples of a stream that is recorded as it is, even if its declared rate is wrong.

use super::stamps::{Jump, Slope, Stamps, usual_rate};
use crate::time::is_time;
use crate::units::Hertz;

/// Maximum number of stamps that are kept until the rate is decided.
const KEPT: usize = 1 << 17;
/// Number of parts into which the first stamps are divided: a loss makes one part slow, a wrong rate all of them.
const PARTS: usize = 4;
/// By how much the rate of a part may vary because of jitter, and by how much a rate must differ to count as another
/// one, as fractions.
const PART_OFF: f64 = 0.1;
const OTHER: f64 = 0.02;
/// If nothing is lost, the slope of all stamps and the slope of a part differ by at most this fraction.
const FINE: f64 = 0.01;
/// liblsl stamps a sample that was sent without a stamp with the previous time plus a declared period, within this
/// fraction of it.
const FOLLOWS: f64 = 1e-3;

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) lost_samples: u64,
    /// Stamps that are not a valid time.
    pub(crate) invalid_stamps: u64,
    pub(crate) clock_resets: u64,
}

/// Counts losses from a stream's stamps.
#[derive(Debug)]
pub(crate) struct Losses {
    declared: Hertz,
    /// The rate used for counting.
    rate: Hertz,
    stamps: Stamps,
    /// The last stamp as received and as counted, seconds.
    last_s: Option<(f64, f64)>,
    counted: Counted,
    /// All stamps, until the rate is decided.
    first_s: Option<Vec<f64>>,
}

impl Losses {
    pub(crate) fn new(declared: Hertz) -> Self {
        Self {
            declared,
            rate: declared,
            stamps: Stamps::new(declared),
            last_s: None,
            counted: Counted::default(),
            first_s: Some(Vec::new()),
        }
    }

    pub(crate) fn counted(&self) -> Counted {
        self.counted
    }

    /// Takes a sample's stamp, seconds.
    pub(crate) fn note(&mut self, stamp_s: f64) {
        match &mut self.first_s {
            Some(first_s) if first_s.len() < KEPT => first_s.push(stamp_s),
            _ => self.first_s = None,
        }
        self.count(stamp_s);
    }

    /// Decides the rate from the slope of all stamps so far, if that is not the declared rate. If all stamps follow
    /// another rate, everything is counted again at that rate.
    pub(crate) fn settle(&mut self, slope_hz: Option<f64>) {
        let first_s = self.first_s.take().unwrap_or_default();
        let Some(rate) = slope_hz.and_then(|hz| self.other_rate(&first_s, hz)) else {
            return;
        };
        (self.rate, self.stamps) = (rate, Stamps::new(rate));
        (self.last_s, self.counted) = (None, Counted::default());
        first_s.into_iter().for_each(|stamp_s| self.count(stamp_s));
    }

    fn count(&mut self, stamp_s: f64) {
        let counted_s = match self.last_s {
            Some((last_s, counted_s)) if self.follows(last_s, stamp_s) => {
                counted_s + 1.0 / self.rate.hz()
            }
            _ => stamp_s,
        };
        if is_time(stamp_s) {
            self.last_s = Some((stamp_s, counted_s));
        }
        match self.stamps.note(counted_s) {
            Some(Jump::Lost(missing)) => self.counted.lost_samples += missing,
            Some(Jump::Reset) => self.counted.clock_resets += 1,
            Some(Jump::Invalid) => self.counted.invalid_stamps += 1,
            None => {}
        }
    }

    /// Whether a stamp was only derived from the previous one, with a wrong declared rate.
    fn follows(&self, last_s: f64, stamp_s: f64) -> bool {
        let period_s = 1.0 / self.declared.hz();
        self.rate != self.declared && (stamp_s - last_s - period_s).abs() < FOLLOWS * period_s
    }

    /// The rate that most parts of the stamps have, if it is not the declared one.
    fn other_rate(&self, stamps_s: &[f64], slope_hz: f64) -> Option<Hertz> {
        let mut rates: Vec<f64> = stamps_s
            .chunks_exact((stamps_s.len() / PARTS).max(1))
            .take(PARTS)
            .filter_map(|part| {
                let mut slope = Slope::default();
                part.iter().for_each(|stamp_s| slope.add(*stamp_s));
                slope.hz()
            })
            .collect();
        rates.sort_by(f64::total_cmp);
        let middle_hz = *rates.get(PARTS / 2)?;
        let is_like = |hz: f64| (hz / middle_hz - 1.0).abs() <= PART_OFF;
        let like = rates.iter().filter(|hz| is_like(**hz)).count();
        let is_other = |hz: f64| (hz / self.declared.hz() - 1.0).abs() > OTHER;
        if like + 1 < PARTS || !is_other(middle_hz) {
            return None;
        }
        // Without a loss, the slope of all stamps is more precise.
        let is_fine = (slope_hz / middle_hz - 1.0).abs() <= FINE;
        let hz = if is_fine { slope_hz } else { middle_hz };
        usual_rate(hz).filter(|rate| is_other(rate.hz()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts twenty seconds of blocks. Stamps within a block advance at the declared rate.
    fn counted(declared_hz: f64, hz: f64, block: u32, is_lost: impl Fn(u32) -> bool) -> Counted {
        let mut losses = Losses::new(Hertz::new(declared_hz).unwrap());
        let mut slope = Some(Slope::default());
        for k in (0..(20.0 * hz) as u32).filter(|k| !is_lost(*k)) {
            let within = f64::from(k % block);
            let stamp_s = 1000.0 + f64::from(k - k % block) / hz + within / declared_hz;
            losses.note(stamp_s);
            if let Some(measured) = &mut slope {
                measured.add(stamp_s);
                if measured.span_s(stamp_s) >= 5.0 {
                    let other = |hz: &f64| (hz / declared_hz - 1.0).abs() > 0.02;
                    losses.settle(measured.hz().filter(other));
                    slope = None;
                }
            }
        }
        losses.counted()
    }

    #[test]
    fn a_wrong_rate_is_not_counted_as_a_loss() {
        for (declared_hz, hz) in [
            (500.0, 250.0),
            (250.0, 500.0),
            (250.0, 125.0),
            (125.0, 250.0),
        ] {
            for block in [1, 5, 10, 32] {
                let found = counted(declared_hz, hz, block, |_| false);
                assert_eq!(
                    found,
                    Counted::default(),
                    "{declared_hz} for {hz} in blocks of {block}"
                );
            }
        }
    }

    #[test]
    fn losses_are_counted_at_a_right_rate_and_at_a_wrong_one() {
        // Three of ten blocks are lost, early or late.
        for first in [200, 1000, 3000] {
            for declared_hz in [250.0, 500.0] {
                let found = counted(declared_hz, 250.0, 10, |k| (first..first + 30).contains(&k));
                let off = found.lost_samples.abs_diff(30);
                assert!(off <= 3 && found.clock_resets == 0, "{found:?} at {first}");
            }
        }
        // One second of the first five is lost, which is not another rate.
        let found = counted(250.0, 250.0, 10, |k| (500..750).contains(&k));
        assert_eq!(found.lost_samples, 250);
    }
}
