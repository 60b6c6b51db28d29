//! Resuming by EEG alone: two classes, meant in turn, each for long enough and all for about as long. Neither rest nor noise keeps an
//! even pace for so many turns.

use crate::command::Command;
use std::ops::RangeInclusive;

/// From one turn to the next it takes so long on average, seconds.
const TURN_S: RangeInclusive<f64> = 2.5..=9.0;
/// No turn may be longer or shorter than the average by more than this share.
const UNEVEN: f64 = 0.25;
/// Log-odds of the other class, smoothed, from which on one of two is meant (probability 0.67). What moves the pointer counts rest as
/// well; a sign of being there must only differ from chance.
const CLEAR: f64 = 0.7;
/// A window's log-odds count for no more than this: one wild window is no turn.
const MOST_LOG_ODDS: f64 = 3.0;
/// Age at which log-odds count 1/e, seconds.
const MEMORY_S: f64 = 0.4;
/// Most turns that can be asked for.
const MOST_TURNS: usize = 16;

/// Follows turns between two classes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gesture {
    now_s: f64,
    log_odds: f64,
    /// What is meant now, since when, and whether that counts already.
    class: Option<usize>,
    since_s: f64,
    is_counted: bool,
    /// When the turns that count began, the latest last.
    began_s: [f64; MOST_TURNS],
    turns: usize,
    /// Classes of the last but one and of the last of them.
    last: [Option<usize>; 2],
}

impl Gesture {
    /// What was decoded is in force for a further `secs`; whether that completes so many turns, each of which lasts at least
    /// `hold_s`.
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

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The class that is meant: where there are two, by their log-odds alone; else as the pointer is moved.
    fn held_class(&mut self, command: &Command, secs: f64) -> Option<usize> {
        let Some(log_odds) = command.log_odds else {
            return command.class;
        };
        let kept = libm::exp(-secs / MEMORY_S);
        // NaN becomes 0.
        let told = log_odds.clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS);
        let told = if told.is_nan() { 0.0 } else { told };
        self.log_odds = kept * self.log_odds + (1.0 - kept) * told;
        (self.log_odds.abs() > CLEAR).then_some(usize::from(self.log_odds > 0.0))
    }

    /// Takes a turn; one that does not alternate between the same two classes begins anew.
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

    /// Whether the last so many turns follow each other at an even pace.
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
            has_gate: true,
            buttons: Buttons::UP,
        }
    }

    /// After how many seconds holding these classes (none: 9), each for so long in seconds, is the gesture.
    fn resumes_after(holds: &[(usize, f64)], told: impl Fn(usize) -> Command) -> Option<f64> {
        let mut gesture = Gesture::default();
        let mut now_s = 0.0;
        for &(class, secs) in holds {
            let command = told(class);
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
        // What moves the pointer takes it for rest.
        command(None, Some(log_odds))
    }

    /// So many turns between two classes, each so long.
    fn turns(count: usize, secs: impl Fn(usize) -> f64) -> Vec<(usize, f64)> {
        (0..count).map(|k| (k % 2, secs(k))).collect()
    }

    #[test]
    fn ten_turns_at_an_even_pace_resume() {
        for told in [by_class as fn(usize) -> Command, by_log_odds] {
            for secs in [2.6, 4.0, 8.0] {
                let at_s = resumes_after(&turns(10, |_| secs), told).unwrap();
                // The tenth has lasted for 1.5 s, and evidence takes a moment.
                let room_s = at_s - (9.0 * secs + 1.5);
                assert!((0.0..0.7).contains(&room_s), "{secs} s: {at_s} s");
            }
            // A person's pace: within a fifth of the average. A slow start does no harm.
            let uneven = |k: usize| 4.0 * (1.0 + 0.18 * [1.0, -1.0, 0.5, -0.7][k % 4]);
            assert!(resumes_after(&turns(10, uneven), told).is_some());
            let slow = [vec![(0, 20.0)], turns(12, |_| 4.0)].concat();
            assert!(resumes_after(&slow, told).is_some());
        }
        // Rests between the turns, and something short that is meant otherwise.
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
        // Each too short, or the pace too fast or too slow.
        not(&turns(40, |_| 1.4));
        not(&turns(40, |_| 2.0));
        not(&turns(40, |_| 12.0));
        // One turn of half the length, or of twice, among each seven.
        not(&turns(60, |k| if k % 7 == 3 { 2.0 } else { 4.0 }));
        not(&turns(60, |k| if k % 7 == 3 { 8.0 } else { 4.0 }));
        not(&[(0, 300.0)]);
        // The same class again and again, and three in turn.
        let same: Vec<_> = (0..60).map(|k| ([0, 9][k % 2], 2.0)).collect();
        not(&same);
        let three: Vec<_> = (0..60).map(|k| (k % 3, 4.0)).collect();
        not(&three);
        // Log-odds that are hardly above chance, or no number.
        for log_odds in [0.65, f64::NAN] {
            let told =
                |class: usize| command(None, Some(if class == 0 { -log_odds } else { log_odds }));
            assert_eq!(resumes_after(&turns(60, |_| 4.0), told), None);
        }
    }

    #[test]
    fn random_turns_hardly_ever_keep_a_pace() {
        // A linear congruential generator: a random side, or none, for half a second to six, for a day.
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
