//! Pulses of a level: several times in succession above a threshold, neither too short nor too long.

use serde::{Deserialize, Serialize};

/// The pulses that a switch responds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulses {
    /// Number of pulses.
    pub times: u8,
    /// Shortest pulse, milliseconds. Shorter ones are noise.
    pub shortest_ms: u32,
    /// Longest pulse, milliseconds. Longer ones are faults, or chewing, and are ignored.
    pub longest_ms: u32,
    /// Longest time between the beginnings of two pulses, milliseconds.
    pub within_ms: u32,
}

/// A pulse ends when the level falls below this share of the threshold.
const RELEASE: f64 = 0.6;

/// Counts pulses, sample by sample. The switch responds when the last pulse ends, so a pulse that does not end has no effect. Further pulses
/// within the allowed time belong to the same gesture and have no effect.
#[derive(Debug, Clone)]
pub struct PulseCounter {
    threshold: f64,
    /// A level above this is not a gesture but a fault.
    ceiling: f64,
    /// The current pulse was above the ceiling.
    is_fault: bool,
    times: u8,
    /// In samples.
    shortest: u64,
    longest: u64,
    within: u64,
    now: u64,
    began: Option<u64>,
    /// When the last valid pulse began, and the number of pulses so far.
    last: Option<(u64, u8)>,
}

impl PulseCounter {
    /// For a level with `rate_hz` samples per second. A pulse above the ceiling is ignored, together with the pulses before it.
    #[must_use]
    pub fn new(pulses: Pulses, threshold: f64, ceiling: f64, rate_hz: f64) -> Self {
        let samples = |ms: u32| (f64::from(ms) * rate_hz / 1000.0).round() as u64;
        Self {
            threshold,
            ceiling,
            is_fault: false,
            times: pulses.times,
            shortest: samples(pulses.shortest_ms),
            longest: samples(pulses.longest_ms),
            within: samples(pulses.within_ms),
            now: 0,
            began: None,
            last: None,
        }
    }

    /// Takes the next level. Returns whether the switch responds.
    pub fn push(&mut self, level: f64) -> bool {
        self.now += 1;
        self.is_fault |= level > self.ceiling;
        match self.began {
            None if level > self.threshold => self.began = Some(self.now),
            // A level that is not a number neither begins nor ends a pulse.
            Some(began) if level < RELEASE * self.threshold => {
                self.began = None;
                return self.count(began);
            }
            _ => {}
        }
        false
    }

    /// A pulse has ended.
    fn count(&mut self, began: u64) -> bool {
        let length = self.now - began;
        if length < self.shortest && !self.is_fault {
            return false;
        }
        if length > self.longest || std::mem::take(&mut self.is_fault) {
            self.last = None;
            return false;
        }
        let before = self
            .last
            .filter(|(last, _)| began - last <= self.within)
            .map_or(0, |(_, count)| count);
        let count = before.saturating_add(1);
        self.last = Some((began, count));
        count == self.times
    }

    /// Forgets the current gesture.
    pub fn reset(&mut self) {
        (self.began, self.last, self.is_fault) = (None, None, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TWICE: Pulses = Pulses {
        times: 2,
        shortest_ms: 50,
        longest_ms: 400,
        within_ms: 600,
    };

    /// Times at which the switch responds, milliseconds, for pulses with these beginnings and ends.
    fn yes(pulses: Pulses, spans: &[(u64, u64)]) -> Vec<u64> {
        let mut counter = PulseCounter::new(pulses, 10.0, 50.0, 1000.0);
        let is_up = |ms: u64| spans.iter().any(|(from, to)| (*from..*to).contains(&ms));
        (0..5000)
            .filter(|ms| counter.push(if is_up(*ms) { 12.0 } else { 1.0 }))
            .collect()
    }

    #[test]
    fn the_switch_responds_at_the_end_of_the_second_of_two_pulses() {
        assert_eq!(yes(TWICE, &[(100, 200), (500, 600)]), [600]);
        assert_eq!(yes(TWICE, &[(100, 200), (800, 900)]), [0u64; 0], "too late");
        assert_eq!(
            yes(TWICE, &[(100, 200), (500, 530)]),
            [0u64; 0],
            "too short"
        );
        assert_eq!(
            yes(TWICE, &[(100, 200), (300, 900), (1000, 1100)]),
            [0u64; 0]
        );
        // Noise between two pulses does not separate them, and a third one has no effect.
        assert_eq!(yes(TWICE, &[(100, 200), (300, 320), (500, 600)]), [600]);
        assert_eq!(yes(TWICE, &[(100, 200), (500, 600), (900, 1000)]), [600]);
        let four = [(100, 200), (500, 600), (900, 1000), (1300, 1400)];
        assert_eq!(yes(TWICE, &four), [600]);
    }

    #[test]
    fn a_pulse_that_does_not_end_has_no_effect() {
        let once = Pulses { times: 1, ..TWICE };
        assert_eq!(yes(once, &[(100, 300)]), [300]);
        assert_eq!(yes(once, &[(100, 5000)]), [0u64; 0]);
        let mut counter = PulseCounter::new(once, 10.0, 50.0, 1000.0);
        assert!((0..1000).all(|_| !counter.push(f64::NAN)));
    }

    #[test]
    fn a_loose_electrode_has_no_effect() {
        let once = Pulses { times: 1, ..TWICE };
        let said = |microvolts: f64| {
            let mut counter = PulseCounter::new(once, 10.0, 50.0, 1000.0);
            let level = |ms: u32| {
                if (100..300).contains(&ms) {
                    microvolts
                } else {
                    1.0
                }
            };
            (0..1000).filter(|ms| counter.push(level(*ms))).count()
        };
        assert_eq!((said(40.0), said(60.0)), (1, 0));
    }

    proptest! {
        #[test]
        fn never_more_often_than_there_are_pulses(levels in proptest::collection::vec(0.0..20.0f64, 0..2000), times in 1..4u8) {
            let mut counter = PulseCounter::new(Pulses { times, shortest_ms: 1, ..TWICE }, 10.0, f64::INFINITY,  250.0);
            let said = levels.iter().filter(|level| counter.push(**level)).count();
            let above = levels.windows(2).filter(|w| w[0] <= 10.0 && w[1] > 10.0).count() + 1;
            prop_assert!(said * usize::from(times) <= above);
        }
    }
}
