//! Practice tasks and their figures. Pure: where the pointer is and what time it is are arguments. Places and lengths are shares of a
//! square field, so that figures do not depend on the screen.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// What is practised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Two bars, left and right; for one axis.
    Bars,
    /// Eight targets around the middle, and back to it each time.
    CentreOut,
    /// A grid of 36 cells, one of which is the target ("Webgrid", Musk and Neuralink 2019); holding any cell chooses it.
    Grid,
    /// Targets across a circle one after another (ISO 9241-411, multi-directional tapping).
    Tapping,
    /// Nothing is to move.
    Rest,
}

/// All tasks.
pub const TASKS: [Task; 5] = [
    Task::Bars,
    Task::CentreOut,
    Task::Grid,
    Task::Tapping,
    Task::Rest,
];

/// A disc to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Its middle.
    pub at: [f64; 2],
    /// Its radius; of a cell or a bar half its width.
    pub radius: f64,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// Where it began.
    pub from: [f64; 2],
    /// What was to be reached.
    pub target: Target,
    /// Time to the first touch, seconds; none where it was never touched.
    pub first_touch_s: Option<f64>,
    /// Time to the end, seconds.
    pub took_s: f64,
    /// How it ended.
    pub outcome: Outcome,
    /// Where the pointer was then.
    pub end: [f64; 2],
    /// Length of its way.
    pub path: f64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The target was held.
    Hit,
    /// Something else was chosen.
    Miss,
    /// Time was up.
    TimeOut,
}

/// What a task came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PracticeFigures {
    /// Targets held.
    pub hits: usize,
    /// Other things chosen.
    pub misses: usize,
    /// Targets for which time was up.
    pub time_outs: usize,
    /// Length of the task, seconds.
    pub seconds: f64,
    /// Hits in a minute.
    pub hits_per_min: f64,
    /// Median time from a target's coming to its being held, seconds.
    pub time_to_target_s: Option<f64>,
    /// Median time from the first touch to the hit, less the time that it must be held, seconds.
    pub dial_in_s: Option<f64>,
    /// Mean of straight way over way that was gone, of hits.
    pub path_efficiency: Option<f64>,
    /// Grid: `log2(N - 1) x (hits - misses) / time`.
    pub grid_bits_per_s: Option<f64>,
    /// Tapping: effective index of difficulty over mean time (ISO 9241-411), bits per second.
    pub throughput_bits_per_s: Option<f64>,
    /// Rest: how often something moved, and for which share of the time.
    pub false_activations: Option<usize>,
    /// See `false_activations`.
    pub moving_share: Option<f64>,
}

/// A task under way.
#[derive(Debug, Clone)]
pub struct Practice {
    task: Task,
    length_s: f64,
    random: ChaCha8Rng,
    targets: Vec<Target>,
    current: usize,
    began_s: Option<f64>,
    now_s: f64,
    /// When the present attempt began, and where.
    since_s: f64,
    from: [f64; 2],
    last: [f64; 2],
    path: f64,
    first_touch_s: Option<f64>,
    /// Which target is held, and since when.
    held: Option<(usize, f64)>,
    attempts: Vec<Attempt>,
    /// Rest: seconds and times of motion.
    moved_s: f64,
    activations: usize,
    was_moving: bool,
}

/// A target is chosen when it is held for so long, seconds.
pub const HOLD_S: f64 = 0.5;
/// An attempt takes no longer than this, seconds.
const LIMIT_S: f64 = 30.0;
/// Sides of the grid.
const GRID: usize = 6;
/// Targets of the tapping task, an odd number as the standard asks for.
const TAPPING: usize = 9;

impl Practice {
    /// Ready to begin; it ends after so many seconds.
    #[must_use]
    pub fn new(task: Task, length_s: f64, seed: u64) -> Self {
        Self {
            targets: targets(task),
            task,
            length_s,
            random: ChaCha8Rng::seed_from_u64(seed),
            current: 0,
            began_s: None,
            now_s: 0.0,
            since_s: 0.0,
            from: [0.5; 2],
            last: [0.5; 2],
            path: 0.0,
            first_touch_s: None,
            held: None,
            attempts: Vec::new(),
            moved_s: 0.0,
            activations: 0,
            was_moving: false,
        }
    }

    /// What is practised.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// Everything that can be chosen, and the place of what is to be; none where nothing is.
    #[must_use]
    pub fn targets(&self) -> (&[Target], Option<usize>) {
        let wanted = (self.task != Task::Rest).then_some(self.current);
        (&self.targets, wanted)
    }

    /// Share of the time after which what is held is chosen, 0 to 1, and which that is.
    #[must_use]
    pub fn holding(&self) -> Option<(usize, f64)> {
        let (which, since_s) = self.held?;
        Some((which, ((self.now_s - since_s) / HOLD_S).clamp(0.0, 1.0)))
    }

    /// Seconds that are left.
    #[must_use]
    pub fn left_s(&self) -> f64 {
        let gone_s = self.began_s.map_or(0.0, |began_s| self.now_s - began_s);
        (self.length_s - gone_s).max(0.0)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.began_s.is_some() && self.left_s() <= 0.0
    }

    /// Attempts that have ended.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// The pointer is at a place at a time; how the attempt ended, where it did. Nothing happens any more when it is over.
    pub fn step(&mut self, now_s: f64, at: [f64; 2]) -> Option<Outcome> {
        if self.is_over() {
            return None;
        }
        if self.began_s.is_none() {
            (self.began_s, self.now_s, self.since_s) = (Some(now_s), now_s, now_s);
            (self.from, self.last) = (at, at);
        }
        let elapsed_s = now_s - self.now_s;
        self.now_s = now_s;
        let moved = distance(at, self.last);
        (self.path, self.last) = (self.path + moved, at);
        if self.task == Task::Rest {
            let is_moving = moved > 0.0;
            self.moved_s += if is_moving { elapsed_s } else { 0.0 };
            self.activations += usize::from(is_moving && !self.was_moving);
            self.was_moving = is_moving;
            return None;
        }
        let touched = self
            .targets
            .iter()
            .position(|target| self.is_in(*target, at));
        if touched == Some(self.current) && self.first_touch_s.is_none() {
            self.first_touch_s = Some(now_s - self.since_s);
        }
        self.held = match (touched, self.held) {
            (Some(which), Some((before, since_s))) if which == before => Some((which, since_s)),
            (Some(which), _) => Some((which, now_s)),
            (None, _) => None,
        };
        let chosen = self.held.filter(|(_, since_s)| now_s - since_s >= HOLD_S);
        let outcome = match chosen {
            Some((which, _)) if which == self.current => Outcome::Hit,
            // Only in the grid is everything else wrong; elsewhere one passes over it.
            Some(_) if self.task == Task::Grid => Outcome::Miss,
            _ if now_s - self.since_s > LIMIT_S => Outcome::TimeOut,
            _ => return None,
        };
        self.end(outcome, at);
        Some(outcome)
    }

    fn end(&mut self, outcome: Outcome, at: [f64; 2]) {
        self.attempts.push(Attempt {
            from: self.from,
            target: self.targets[self.current],
            first_touch_s: self.first_touch_s,
            took_s: self.now_s - self.since_s,
            outcome,
            end: at,
            path: self.path,
        });
        (self.since_s, self.from, self.path) = (self.now_s, at, 0.0);
        (self.first_touch_s, self.held) = (None, None);
        self.current = self.next();
    }

    fn next(&mut self) -> usize {
        let count = self.targets.len();
        let mut below = |most: usize| (self.random.next_u64() % most.max(1) as u64) as usize;
        match self.task {
            Task::Bars => 1 - self.current,
            // The middle is the first one.
            Task::CentreOut if self.current > 0 => 0,
            Task::CentreOut => 1 + below(count - 1),
            // Never the same twice.
            Task::Grid => (self.current + 1 + below(count - 1)) % count,
            // Across the circle, each a little further on.
            Task::Tapping => (self.current + count / 2) % count,
            Task::Rest => 0,
        }
    }

    fn is_in(&self, target: Target, at: [f64; 2]) -> bool {
        let [x, y] = [at[0] - target.at[0], at[1] - target.at[1]];
        match self.task {
            Task::Bars => x.abs() <= target.radius,
            Task::Grid => x.abs() <= target.radius && y.abs() <= target.radius,
            _ => x.hypot(y) <= target.radius,
        }
    }

    /// What it came to.
    #[must_use]
    pub fn figures(&self) -> PracticeFigures {
        let seconds = self.began_s.map_or(0.0, |began_s| self.now_s - began_s);
        let count = |outcome| {
            self.attempts
                .iter()
                .filter(|a| a.outcome == outcome)
                .count()
        };
        let hits: Vec<&Attempt> = self
            .attempts
            .iter()
            .filter(|a| a.outcome == Outcome::Hit)
            .collect();
        let misses = count(Outcome::Miss);
        let is_rest = self.task == Task::Rest;
        let dial_in = |a: &&Attempt| {
            a.first_touch_s
                .map(|touch_s| (a.took_s - touch_s - HOLD_S).max(0.0))
        };
        let efficiency = |a: &&Attempt| {
            let straight = (distance(a.from, a.target.at) - a.target.radius).max(0.0);
            (straight / a.path.max(1e-9)).min(1.0)
        };
        let bits = libm::log2((self.targets.len().max(3) - 1) as f64);
        PracticeFigures {
            hits: hits.len(),
            misses,
            time_outs: count(Outcome::TimeOut),
            seconds,
            hits_per_min: 60.0 * hits.len() as f64 / seconds.max(1e-9),
            time_to_target_s: median(hits.iter().map(|a| a.took_s).collect()),
            dial_in_s: median(hits.iter().filter_map(dial_in).collect()),
            path_efficiency: mean(&hits.iter().map(efficiency).collect::<Vec<_>>()),
            grid_bits_per_s: (self.task == Task::Grid)
                .then(|| bits * (hits.len() as f64 - misses as f64).max(0.0) / seconds.max(1e-9)),
            throughput_bits_per_s: if self.task == Task::Tapping {
                throughput(&hits)
            } else {
                None
            },
            false_activations: is_rest.then_some(self.activations),
            moving_share: is_rest.then(|| self.moved_s / seconds.max(1e-9)),
        }
    }
}

fn targets(task: Task) -> Vec<Target> {
    let around = |count: usize, far: f64, radius: f64| {
        (0..count).map(move |k| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / count as f64);
            Target {
                at: [0.5 + far * cos, 0.5 + far * sin],
                radius,
            }
        })
    };
    let middle = |radius| Target {
        at: [0.5; 2],
        radius,
    };
    match task {
        Task::Bars => [0.12, 0.88]
            .map(|x| Target {
                at: [x, 0.5],
                radius: 0.08,
            })
            .to_vec(),
        Task::CentreOut => std::iter::once(middle(0.07))
            .chain(around(8, 0.38, 0.07))
            .collect(),
        Task::Grid => {
            let side = 1.0 / GRID as f64;
            let cell = |k: usize| Target {
                at: [(k % GRID) as f64 + 0.5, (k / GRID) as f64 + 0.5].map(|at| at * side),
                radius: 0.5 * side,
            };
            (0..GRID * GRID).map(cell).collect()
        }
        Task::Tapping => around(TAPPING, 0.38, 0.06).collect(),
        Task::Rest => Vec::new(),
    }
}

/// `ID_e / MT` with the effective width `4.133 SD` of where hits ended along the way to their target (ISO 9241-411, Soukoreff and
/// MacKenzie 2004); none of fewer than three.
fn throughput(hits: &[&Attempt]) -> Option<f64> {
    if hits.len() < 3 {
        return None;
    }
    let along: Vec<f64> = hits
        .iter()
        .map(|a| {
            let way = [a.target.at[0] - a.from[0], a.target.at[1] - a.from[1]];
            let length = way[0].hypot(way[1]).max(1e-9);
            let off = [a.end[0] - a.target.at[0], a.end[1] - a.target.at[1]];
            (off[0] * way[0] + off[1] * way[1]) / length
        })
        .collect();
    let centre = mean(&along)?;
    let variance = along
        .iter()
        .map(|x| (x - centre) * (x - centre))
        .sum::<f64>()
        / (along.len() - 1) as f64;
    // Ends that are all the same have no width: no narrower than a hundredth of the field is told.
    let width = (4.133 * variance.sqrt()).max(0.01);
    let ways: Vec<f64> = hits
        .iter()
        .zip(&along)
        .map(|(a, off)| distance(a.from, a.target.at) + off)
        .collect();
    let times: Vec<f64> = hits.iter().map(|a| a.took_s).collect();
    Some(libm::log2(mean(&ways)?.max(0.0) / width + 1.0) / mean(&times)?.max(1e-9))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A pointer that goes straight to what is wanted, so much of the field in a second.
    fn straight(task: Task, length_s: f64, speed: f64) -> Practice {
        let mut practice = Practice::new(task, length_s, 3);
        let (mut at, mut now_s) = ([0.5; 2], 100.0);
        while !practice.is_over() {
            now_s += 0.01;
            if let (targets, Some(wanted)) = practice.targets() {
                let to = targets[wanted].at;
                let far = distance(at, to);
                let share = (0.01 * speed / far.max(1e-9)).min(1.0);
                at = [0, 1].map(|axis| at[axis] + share * (to[axis] - at[axis]));
            }
            practice.step(now_s, at);
        }
        practice
    }

    #[test]
    fn who_goes_straight_hits_everything() {
        for task in [Task::Bars, Task::CentreOut, Task::Tapping] {
            let figures = straight(task, 60.0, 0.5).figures();
            assert!(
                figures.hits > 20 && figures.misses == 0 && figures.time_outs == 0,
                "{task:?}: {figures:?}"
            );
            assert!(
                figures.path_efficiency.unwrap() > 0.75,
                "{task:?}: {figures:?}"
            );
            assert!(figures.dial_in_s.unwrap() < 0.02, "{task:?}: {figures:?}");
            assert!((figures.seconds - 60.0).abs() < 0.02);
        }
    }

    #[test]
    fn the_grid_counts_bits_and_misses() {
        // Fast enough not to hold anything on its way.
        let figures = straight(Task::Grid, 60.0, 2.0).figures();
        assert_eq!(figures.misses, 0);
        let expected = 35f64.log2() * figures.hits as f64 / 60.0;
        assert!((figures.grid_bits_per_s.unwrap() - expected).abs() < 0.01 * expected);
        // Who stays where they are chooses the wrong cell again and again.
        let mut still = Practice::new(Task::Grid, 30.0, 3);
        (0..3100).for_each(|k| _ = still.step(f64::from(k) * 0.01, [0.95, 0.95]));
        let figures = still.figures();
        assert!(
            figures.misses > 40 && figures.grid_bits_per_s == Some(0.0),
            "{figures:?}"
        );
    }

    #[test]
    fn throughput_is_that_of_the_standard() {
        // Ends scattered by 0.01 along the way, 0.6 far, 2 s each: We = 0.0413 x 1.0, ID = log2(0.6 / We + 1).
        let attempt = |off: f64| Attempt {
            from: [0.2, 0.5],
            target: Target {
                at: [0.8, 0.5],
                radius: 0.05,
            },
            first_touch_s: Some(1.0),
            took_s: 2.0,
            outcome: Outcome::Hit,
            end: [0.8 + off, 0.5],
            path: 0.7,
        };
        let attempts = [attempt(-0.01), attempt(0.0), attempt(0.01)];
        let found = throughput(&attempts.iter().collect::<Vec<_>>()).unwrap();
        let expected = (0.6 / (4.133 * 0.01) + 1.0f64).log2() / 2.0;
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn rest_counts_what_moves() {
        let mut rest = Practice::new(Task::Rest, 10.0, 1);
        for k in 0..1001 {
            // Twice for a second.
            let x = f64::from((k - 100i32).clamp(0, 100) + (k - 500).clamp(0, 100)) / 1000.0;
            rest.step(f64::from(k) * 0.01, [x, 0.5]);
        }
        let figures = rest.figures();
        assert_eq!(figures.false_activations, Some(2));
        assert!((figures.moving_share.unwrap() - 0.2).abs() < 0.01);
        assert_eq!(rest.targets(), (&[][..], None));
    }

    proptest! {
        #[test]
        fn whatever_the_pointer_does_figures_stay_within_their_bounds(
            places in proptest::collection::vec(proptest::array::uniform2(-1.0..2.0f64), 1..400), which in 0..5usize,
        ) {
            let mut practice = Practice::new(TASKS[which], 50.0, 9);
            for (k, at) in places.iter().enumerate() {
                practice.step(k as f64 * 0.2, *at);
            }
            let figures = practice.figures();
            prop_assert!(figures.path_efficiency.is_none_or(|share| (0.0..=1.0).contains(&share)));
            prop_assert!(figures.moving_share.is_none_or(|share| (0.0..=1.0 + 1e-9).contains(&share)));
            prop_assert!(figures.hits_per_min.is_finite() && figures.seconds <= 50.3);
            prop_assert_eq!(figures.hits + figures.misses + figures.time_outs, practice.attempts().len());
        }
    }
}
