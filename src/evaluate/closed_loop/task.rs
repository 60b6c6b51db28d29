//! A sequence of targets, and its results.

use super::field::Shape;
use serde::{Deserialize, Serialize};

/// How long a target must be held to be hit, and after how long it is given up, seconds.
const HOLD_S: f64 = 0.5;
const LIMIT_S: f64 = 60.0;

/// A person's results in a mode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoopFigures {
    /// Number of targets.
    pub targets: usize,
    /// Hits per minute.
    pub hits_per_min: f64,
    /// Median time to a hit, seconds; `None` without hits.
    pub time_to_target_s: Option<f64>,
    /// Median time to the first touch of targets that were hit, seconds.
    pub first_touch_s: Option<f64>,
    /// Median time from the first touch to the hit, minus the holding time, seconds.
    pub dial_in_s: Option<f64>,
    /// Mean ratio of straight distance to path length, over hits.
    pub path_efficiency: Option<f64>,
    /// `log2(targets) x (hits - other targets held) / time`, at least 0: the bit rate of selection (Webgrid; Nuyujukian
    /// et al. 2015).
    pub bits_per_s: f64,
    /// `log2(distance / width + 1)` summed over hits, divided by the whole time including misses: the bit rate of
    /// pointing (Fitts; ISO 9241-411).
    pub fitts_bits_per_s: f64,
    /// Other targets held, per minute.
    pub false_clicks_per_min: f64,
}

/// A sequence of targets.
#[derive(Debug, Clone, Default)]
pub(super) struct Task {
    pub(super) wanted: Option<usize>,
    since_s: f64,
    /// Straight distance from the start to the target, and index of difficulty, bits.
    straight: f64,
    difficulty: f64,
    path: f64,
    last: Option<[f64; 2]>,
    touched_s: Option<f64>,
    held: Option<(usize, f64)>,
    hits: Vec<Hit>,
    false_clicks: usize,
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    took_s: f64,
    touched_s: f64,
    /// Straight distance divided by path length.
    efficiency: f64,
    difficulty: f64,
}

impl Task {
    /// Starts a trial for a target with the pointer at `at`.
    pub(super) fn begin(&mut self, wanted: usize, targets: &[Shape], at: [f64; 2], now_s: f64) {
        let target = &targets[wanted];
        (self.wanted, self.since_s) = (Some(wanted), now_s);
        (self.path, self.last) = (0.0, None);
        let aim = target.aim(at);
        let far = (aim[0] - at[0]).hypot(aim[1] - at[1]);
        self.straight = (far - target.radius()).max(0.0);
        self.difficulty = libm::log2(far / (2.0 * target.radius()) + 1.0);
        self.touched_s = None;
        // A target on which the pointer already is must be left first, as with dwelling.
        let on = targets.iter().position(|target| target.contains(at));
        self.held = on.map(|on| (on, f64::INFINITY));
    }

    /// Takes the pointer's position; `may_dwell`: staying here counts.
    pub(super) fn step(&mut self, now_s: f64, at: [f64; 2], may_dwell: bool, targets: &[Shape]) {
        let Some(wanted) = self.wanted else { return };
        if let Some([x, y]) = self.last {
            self.path += (at[0] - x).hypot(at[1] - y);
        }
        self.last = Some(at);
        // If targets overlap, the wanted one counts.
        let touched = if targets[wanted].contains(at) {
            Some(wanted)
        } else {
            targets.iter().position(|target| target.contains(at))
        };
        if touched == Some(wanted) && self.touched_s.is_none() {
            self.touched_s = Some(now_s - self.since_s);
        }
        self.held = match (touched, self.held) {
            // It was already selected: it must be left before it can be held again.
            (Some(which), Some((before, since_s))) if which == before && since_s.is_infinite() => {
                self.held
            }
            _ if !may_dwell => None,
            (Some(which), Some((before, since_s))) if which == before => Some((which, since_s)),
            (Some(which), _) => Some((which, now_s)),
            (None, _) => None,
        };
        match self.held {
            Some((which, since_s)) if now_s - since_s >= HOLD_S => {
                if which == wanted {
                    self.hits.push(Hit {
                        took_s: now_s - self.since_s,
                        touched_s: self.touched_s.unwrap_or(0.0),
                        efficiency: if self.path > self.straight {
                            self.straight / self.path
                        } else {
                            1.0
                        },
                        difficulty: self.difficulty,
                    });
                    self.wanted = None;
                } else {
                    self.false_clicks += 1;
                    // It counts again only after it was left.
                    self.held = Some((which, f64::INFINITY));
                }
            }
            _ if now_s - self.since_s > LIMIT_S => self.wanted = None,
            _ => {}
        }
    }

    pub(super) fn figures(&self, targets: usize, seconds: f64) -> LoopFigures {
        let hits = self.hits.len() as f64;
        let of = |value: &dyn Fn(&Hit) -> f64| median(self.hits.iter().map(value).collect());
        let efficiencies: f64 = self.hits.iter().map(|hit| hit.efficiency).sum();
        let pointed: f64 = self.hits.iter().map(|hit| hit.difficulty).sum();
        let right = (hits - self.false_clicks as f64).max(0.0);
        LoopFigures {
            targets,
            hits_per_min: 60.0 * hits / seconds,
            time_to_target_s: of(&|hit| hit.took_s),
            first_touch_s: of(&|hit| hit.touched_s),
            dial_in_s: of(&|hit| (hit.took_s - hit.touched_s - HOLD_S).max(0.0)),
            path_efficiency: (hits > 0.0).then(|| efficiencies / hits),
            bits_per_s: libm::log2(targets as f64) * right / seconds,
            fitts_bits_per_s: pointed / seconds,
            false_clicks_per_min: 60.0 * self.false_clicks as f64 / seconds,
        }
    }
}

/// The median; `None` without values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => values.get(middle).copied(),
        _ => Some(0.5 * (values[middle - 1] + values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::closed_loop::field::tests::eight;

    #[test]
    fn holding_hits_another_target_is_a_false_click_and_time_runs_out() {
        let targets = eight();
        let mut task = Task::default();
        let mut now_s = 0.0;
        let mut stay = |task: &mut Task, at: [f64; 2], secs: f64| {
            for _ in 0..(secs / 0.02) as usize {
                now_s += 0.02;
                task.step(now_s, at, true, &targets);
            }
            now_s
        };
        task.begin(2, &targets, [0.5; 2], 0.0);
        stay(&mut task, targets[3].middle, 2.0);
        assert_eq!(task.false_clicks, 1, "a long hold counts once");
        stay(&mut task, [0.5; 2], 1.0);
        let now_s = stay(&mut task, targets[2].middle, 0.6);
        assert_eq!((task.wanted, task.hits.len()), (None, 1));
        task.begin(0, &targets, [0.5; 2], now_s);
        stay(&mut task, [0.5; 2], 61.0);
        assert_eq!((task.wanted, task.hits.len()), (None, 1));
        let figures = task.figures(8, 60.0);
        assert_eq!(figures.hits_per_min, 1.0);
        assert_eq!(
            (figures.bits_per_s, figures.false_clicks_per_min),
            (0.0, 1.0)
        );
        // Distance 300 pixels and width 100: two bits in one minute.
        assert!((figures.fitts_bits_per_s - 2.0 / 60.0).abs() < 1e-12);
        assert!(figures.dial_in_s.unwrap() < 0.05);
        assert!((figures.first_touch_s.unwrap() - 3.0).abs() < 0.05);
    }
}
