//! Resuming by EEG alone: two classes in turn, each held long enough, at an even pace. Neither rest nor noise keeps an even pace for so
//! many turns.

use crate::command::Command;
use std::ops::RangeInclusive;

/// Allowed average time from one turn to the next, seconds.
const TURN_S: RangeInclusive<f64> = 2.5..=9.0;
/// Largest deviation of a turn from the average, as a fraction.
const UNEVEN: f64 = 0.25;
/// Smoothed log-odds against the other class from which on a class counts as intended (probability 0.67). Moving the pointer also has to
/// exceed rest; this gesture only has to differ from chance.
const CLEAR: f64 = 0.7;
/// Limit for the log-odds of one window: a single extreme window is not a turn.
const MOST_LOG_ODDS: f64 = 3.0;
/// Time constant of the smoothing, seconds.
const MEMORY_S: f64 = 0.4;
/// Largest number of turns that can be required.
const MOST_TURNS: usize = 16;

/// Follows turns between two classes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gesture {
    now_s: f64,
    log_odds: f64,
    /// The intended class, since when, and whether it already counts as a turn.
    class: Option<usize>,
    since_s: f64,
    is_counted: bool,
    /// Start times of the turns that count, the latest last.
    began_s: [f64; MOST_TURNS],
    turns: usize,
    /// Classes of the last turn but one and of the last turn.
    last: [Option<usize>; 2],
}

impl Gesture {
    /// Applies a command for a further `secs`. Returns whether this completes `holds` turns, each of at least `hold_s`.
    pub(super) fn step(&mut self, command: &Command, secs: f64, hold_s: f64, holds: u32) -> bool {
        self.now_s += secs;
        let class = self.held_class(command, secs);
        if class != self.class {
            (self.class, self.since_s, self.is_counted) = (class, self.now_s - secs, false);
        }
        if class.is_none() || self.is_counted || self.now_s - self.since_s < hold_s {
            return false;
        }
        self.is_counted = true;
        self.count(class);
        let is_done = self.are_even((holds as usize).min(MOST_TURNS));
        if is_done {
            self.forget();
        }
        is_done
    }

    /// Starts again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The intended class: with two classes, by their log-odds alone; otherwise by the direction of motion.
    fn held_class(&mut self, command: &Command, secs: f64) -> Option<usize> {
        let Some(log_odds) = command.log_odds else {
            return command.class;
        };
        let kept = libm::exp(-secs / MEMORY_S);
        // `clamp` keeps NaN, which becomes 0 below.
        let clipped = log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS);
        let clipped = if clipped.is_nan() { 0.0 } else { clipped };
        self.log_odds = kept * self.log_odds + (1.0 - kept) * clipped;
        (self.log_odds.abs() > CLEAR).then_some(usize::from(self.log_odds > 0.0))
    }

    /// Counts a turn; one that does not alternate between the same two classes starts the count again.
    fn count(&mut self, class: Option<usize>) {
        let [before, last] = self.last;
        let follows = self.turns == 0 || (last != class && (self.turns == 1 || before == class));
        if !follows {
            self.turns = 0;
        }
        if self.turns == MOST_TURNS {
            self.began_s.copy_within(1.., 0);
            self.turns -= 1;
        }
        self.began_s[self.turns] = self.since_s;
        self.turns += 1;
        self.last = [last, class];
    }

    /// Whether the last `holds` turns follow each other at an even pace.
    fn are_even(&self, holds: usize) -> bool {
        if self.turns < holds || holds < 2 {
            return false;
        }
        let began_s = &self.began_s[self.turns - holds..self.turns];
        let mean_s = (began_s[holds - 1] - began_s[0]) / (holds - 1) as f64;
        let is_even = |pair: &[f64]| (pair[1] - pair[0] - mean_s).abs() <= UNEVEN * mean_s;
        TURN_S.contains(&mean_s) && began_s.windows(2).all(is_even)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Buttons;
    use crate::time::{HostNanos, SampleIndex, StreamNanos};

    const STEP_S: f64 = 0.02;

    fn command(class: Option<usize>, log_odds: Option<f64>) -> Command {
        Command {
            at: SampleIndex(0),
            acquired: StreamNanos(0),
            received: HostNanos(0),
            class,
            log_odds,
            confidence: 1.0,
            velocity_px_s: [0.0; 2],
            is_turning: false,
            face: false,
            has_fault: false,
            is_eeg: true,
            selection: None,
            has_gate: true,
            buttons: Buttons::UP,
        }
    }

    /// Holds each class (none: 9) for its number of seconds. Returns the time until the gesture is complete, seconds.
    fn resumes_after(
        holds: &[(usize, f64)],
        command_for: impl Fn(usize) -> Command,
    ) -> Option<f64> {
        let mut gesture = Gesture::default();
        let mut now_s = 0.0;
        for &(class, secs) in holds {
            let command = command_for(class);
            for _ in 0..(secs / STEP_S).round() as usize {
                now_s += STEP_S;
                if gesture.step(&command, STEP_S, 1.5, 10) {
                    return Some(now_s);
                }
            }
        }
        None
    }

    fn by_class(class: usize) -> Command {
        command(Some(class).filter(|class| *class != 9), None)
    }

    fn by_log_odds(class: usize) -> Command {
        let log_odds = match class {
            0 => -2.0,
            1 => 2.0,
            _ => 0.0,
        };
        // The pointer treats this as rest.
        command(None, Some(log_odds))
    }

    /// `count` turns between two classes, with the length of each in seconds.
    fn turns(count: usize, secs: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        (0..count).map(|k| (k % 2, secs(k))).collect()
    }

    #[test]
    fn ten_turns_at_an_even_pace_resume() {
        for command_for in [by_class as fn(usize) -> Command, by_log_odds] {
            for secs in [2.6, 4.0, 8.0] {
                let at_s = resumes_after(&turns(10, |_| secs), command_for).unwrap();
                // The tenth turn has lasted 1.5 s, and evidence takes a moment.
                let room_s = at_s - (9.0 * secs + 1.5);
                assert!((0.0..0.7).contains(&room_s), "{secs} s: {at_s} s");
            }
            // A person's pace: within a fifth of the average. A slow start does no harm.
            let uneven = |k: usize| 4.0 * (1.0 + 0.18 * [1.0, -1.0, 0.5, -0.7][k % 4]);
            assert!(resumes_after(&turns(10, uneven), command_for).is_some());
            let slow = [vec![(0, 20.0)], turns(12, |_| 4.0)].concat();
            assert!(resumes_after(&slow, command_for).is_some());
        }
        // Rests between the turns, and another short intent.
        let with_rests: Vec<_> = turns(10, |_| 3.0)
            .into_iter()
            .flat_map(|turn| [turn, (9, 0.6), (1 - turn.0, 0.3), (9, 0.2)])
            .collect();
        assert!(resumes_after(&with_rests, by_class).is_some());
    }

    #[test]
    fn nothing_else_does() {
        let not = |holds: &[(usize, f64)]| {
            assert_eq!(resumes_after(holds, by_class), None, "{holds:?}");
        };
        not(&turns(9, |_| 4.0));
        // Each turn is too short, or the pace too fast or too slow.
        not(&turns(40, |_| 1.4));
        not(&turns(40, |_| 2.0));
        not(&turns(40, |_| 12.0));
        // One turn in seven of half or twice the length.
        not(&turns(60, |k| if k % 7 == 3 { 2.0 } else { 4.0 }));
        not(&turns(60, |k| if k % 7 == 3 { 8.0 } else { 4.0 }));
        not(&[(0, 300.0)]);
        // The same class again and again, and three classes in turn.
        let same: Vec<_> = (0..60).map(|k| ([0, 9][k % 2], 2.0)).collect();
        not(&same);
        let three: Vec<_> = (0..60).map(|k| (k % 3, 4.0)).collect();
        not(&three);
        // Log-odds hardly above chance, or NaN.
        for log_odds in [0.65, f64::NAN] {
            let command_for =
                |class: usize| command(None, Some(if class == 0 { -log_odds } else { log_odds }));
            assert_eq!(resumes_after(&turns(60, |_| 4.0), command_for), None);
        }
    }

    #[test]
    fn random_turns_hardly_ever_keep_an_even_pace() {
        // A linear congruential generator: for a day, a random class or none every half second to six seconds.
        let mut state = 7_u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / (1_u64 << 31) as f64
        };
        let (mut holds, mut all_s) = (Vec::new(), 0.0);
        while all_s < 86_400.0 {
            let side = [0, 1, 9][(3.0 * uniform()) as usize];
            let secs = 0.5 + 5.5 * uniform();
            holds.push((side, secs));
            all_s += secs;
        }
        let mut gesture = Gesture::default();
        let mut resumes = 0;
        for (class, secs) in holds {
            let command = by_class(class);
            for _ in 0..(secs / STEP_S) as usize {
                resumes += u32::from(gesture.step(&command, STEP_S, 1.5, 10));
            }
        }
        assert!(resumes <= 1, "{resumes} in a day");
    }
}
