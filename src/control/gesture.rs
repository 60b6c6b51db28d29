//! Resuming by EEG alone: two classes, meant in turn and each for long enough. Rest hardly ever looks like that.

/// Between two of them nothing, or anything, may be meant for so long, seconds.
const BETWEEN_S: f64 = 3.0;

/// Counts how often two classes were held in turn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gesture {
    /// What is meant now, for how long, seconds, and whether that counts already.
    class: Option<usize>,
    held_s: f64,
    is_counted: bool,
    /// How many count so far, the last two of them, and how long ago the last ended, seconds.
    holds: u32,
    last: [Option<usize>; 2],
    since_s: f64,
}

impl Gesture {
    /// A class is meant (or none) for a further `secs`; whether that was the last of so many holds.
    pub(super) fn step(
        &mut self,
        class: Option<usize>,
        secs: f64,
        hold_s: f64,
        holds: u32,
    ) -> bool {
        if class != self.class {
            (self.class, self.held_s, self.is_counted) = (class, 0.0, false);
        }
        self.held_s += secs;
        self.since_s = if self.is_counted {
            0.0
        } else {
            self.since_s + secs
        };
        if class.is_none() || self.is_counted || self.held_s < hold_s {
            return false;
        }
        let [before, last] = self.last;
        let is_other = last != class && (self.holds < 2 || before == class);
        let follows = self.holds > 0 && is_other && self.since_s - self.held_s <= BETWEEN_S;
        self.holds = if follows { self.holds + 1 } else { 1 };
        (self.last, self.is_counted, self.since_s) = ([last, class], true, 0.0);
        if self.holds < holds {
            return false;
        }
        self.forget();
        true
    }

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether holding these classes (none: 9), each for so long in seconds, is the gesture.
    fn resumes(holds: &[(usize, f64)]) -> bool {
        let mut gesture = Gesture::default();
        let mut is_done = false;
        for &(class, secs) in holds {
            let class = Some(class).filter(|class| *class != 9);
            for _ in 0..(secs * 50.0).round() as usize {
                is_done |= gesture.step(class, 0.02, 1.5, 5);
            }
        }
        is_done
    }

    #[test]
    fn two_classes_in_turn_and_nothing_else() {
        let long = 1.6;
        assert!(resumes(&[
            (0, long),
            (1, long),
            (0, long),
            (1, long),
            (0, long)
        ]));
        // With pauses, and something short in between.
        let (rest, slip) = ((9, 1.0), (1, 0.4));
        assert!(resumes(&[
            (0, long),
            rest,
            (1, long),
            rest,
            slip,
            (0, long),
            (1, long),
            (0, 3.0)
        ]));
        // Too few, too short, too slow, the same again, a third one.
        assert!(!resumes(&[(0, long), (1, long), (0, long), (1, long)]));
        assert!(!resumes(&[
            (0, 1.4),
            (1, 1.4),
            (0, 1.4),
            (1, 1.4),
            (0, 1.4)
        ]));
        assert!(!resumes(&[
            (0, long),
            (1, long),
            (9, 3.2),
            (0, long),
            (1, long),
            (0, long)
        ]));
        assert!(!resumes(&[(0, 20.0)]));
        assert!(!resumes(&[
            (0, long),
            rest,
            (0, long),
            rest,
            (0, long),
            rest,
            (0, long),
            rest,
            (0, long)
        ]));
        assert!(!resumes(&[
            (0, long),
            (1, long),
            (2, long),
            (0, long),
            (1, long)
        ]));
    }
}
