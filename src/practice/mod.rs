//! Practice tasks and their figures. Pure: where the pointer is and what time it is are arguments. Places and lengths are shares of a
//! square field, so that figures do not depend on the screen.

mod figures;
pub mod live;

pub use figures::PracticeFigures;

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
    /// Eight targets around the middle, and back to it after each.
    CentreOut,
    /// A grid of 36 cells, one of which is the target ("Webgrid", Musk and Neuralink 2019); holding any cell chooses it.
    Grid,
    /// Targets across a circle one after another (ISO 9241-411, multi-directional tapping).
    Tapping,
    /// Nothing is to move.
    Rest,
}

impl Task {
    /// What a session calls it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::CentreOut => "centre_out",
            Self::Grid => "grid",
            Self::Tapping => "tapping",
            Self::Rest => "rest",
        }
    }

    /// The task that a session calls so; none where no version of this program did.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        // Earlier versions wrote names without an underscore.
        let plain = |id: &str| id.replace('_', "");
        TASKS.into_iter().find(|task| plain(task.id()) == plain(id))
    }
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
pub struct PracticeTarget {
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
    pub target: PracticeTarget,
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

/// A task under way.
#[derive(Debug, Clone)]
pub struct Practice {
    task: Task,
    length_s: f64,
    random: ChaCha8Rng,
    targets: Vec<PracticeTarget>,
    current: usize,
    began_s: Option<f64>,
    now_s: f64,
    /// When the present attempt began, and where.
    since_s: f64,
    from: [f64; 2],
    last: [f64; 2],
    path: f64,
    first_touch_s: Option<f64>,
    /// The target on which the pointer stood when the present attempt began: it counts once the pointer has left it.
    stood_on: Option<usize>,
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
        let mut new = Self {
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
            stood_on: None,
            held: None,
            attempts: Vec::new(),
            moved_s: 0.0,
            activations: 0,
            was_moving: false,
        };
        if task == Task::CentreOut {
            // The pointer begins in the middle.
            new.current = new.one_around(None);
        }
        new
    }

    /// What is practised.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// Everything that can be chosen, and the place of what is to be; none where nothing is.
    #[must_use]
    pub fn targets(&self) -> (&[PracticeTarget], Option<usize>) {
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
            self.begin(self.current, at);
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
        let under = self.under(at);
        self.stood_on = self.stood_on.filter(|place| under == Some(*place));
        // What it has stood on from the beginning was not reached.
        let touched = under.filter(|_| self.stood_on.is_none());
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
        let next = self.next();
        self.begin(next, at);
    }

    /// Begins an attempt at a target; where the pointer stands on it already, at another one.
    fn begin(&mut self, target: usize, at: [f64; 2]) {
        self.stood_on = self.under(at);
        self.current = target;
        if self.task == Task::Rest || self.stood_on != Some(target) {
            return;
        }
        self.current = match self.task {
            Task::CentreOut => self.one_around(self.stood_on),
            _ => self.next(),
        };
    }

    fn next(&mut self) -> usize {
        let count = self.targets.len();
        match self.task {
            Task::Bars => 1 - self.current,
            // The middle is the first one.
            Task::CentreOut if self.current > 0 => 0,
            Task::CentreOut => self.one_around(None),
            // Never the same twice.
            Task::Grid => (self.current + 1 + self.below(count - 1)) % count,
            // Across the circle, each a little further on.
            Task::Tapping => (self.current + count / 2) % count,
            Task::Rest => 0,
        }
    }

    /// One of the targets around the middle, but not this one.
    fn one_around(&mut self, but: Option<usize>) -> usize {
        let count = self.targets.len() - 1;
        let one = 1 + self.below(count);
        if Some(one) == but {
            1 + one % count
        } else {
            one
        }
    }

    fn below(&mut self, most: usize) -> usize {
        (self.random.next_u64() % most.max(1) as u64) as usize
    }

    /// Which target the pointer is on.
    fn under(&self, at: [f64; 2]) -> Option<usize> {
        self.targets
            .iter()
            .position(|target| self.is_in(*target, at))
    }

    fn is_in(&self, target: PracticeTarget, at: [f64; 2]) -> bool {
        let [x, y] = [at[0] - target.at[0], at[1] - target.at[1]];
        match self.task {
            Task::Bars => x.abs() <= target.radius,
            Task::Grid => x.abs() <= target.radius && y.abs() <= target.radius,
            _ => x.hypot(y) <= target.radius,
        }
    }
}

fn targets(task: Task) -> Vec<PracticeTarget> {
    let around = |count: usize, far: f64, radius: f64| {
        (0..count).map(move |k| {
            let (sin, cos) = libm::sincos(TAU * k as f64 / count as f64);
            PracticeTarget {
                at: [0.5 + far * cos, 0.5 + far * sin],
                radius,
            }
        })
    };
    let middle = |radius| PracticeTarget {
        at: [0.5; 2],
        radius,
    };
    match task {
        Task::Bars => [0.12, 0.88]
            .map(|x| PracticeTarget {
                at: [x, 0.5],
                radius: 0.08,
            })
            .to_vec(),
        Task::CentreOut => std::iter::once(middle(0.07))
            .chain(around(8, 0.38, 0.07))
            .collect(),
        Task::Grid => {
            let side = 1.0 / GRID as f64;
            let cell = |k: usize| PracticeTarget {
                at: [(k % GRID) as f64 + 0.5, (k / GRID) as f64 + 0.5].map(|at| at * side),
                radius: 0.5 * side,
            };
            (0..GRID * GRID).map(cell).collect()
        }
        Task::Tapping => around(TAPPING, 0.38, 0.06).collect(),
        Task::Rest => Vec::new(),
    }
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
        // Who goes to the same corner and back again and again chooses the wrong cell there and elsewhere.
        let mut lost = Practice::new(Task::Grid, 30.0, 3);
        for k in 0..3100 {
            let at = if k / 100 % 2 == 0 { 0.95 } else { 0.05 };
            lost.step(f64::from(k) * 0.01, [at, 0.95]);
        }
        let figures = lost.figures();
        assert!(
            (25..=30).contains(&(figures.misses + figures.hits)),
            "{figures:?}"
        );
        assert!(
            figures.misses > 20 && figures.grid_bits_per_s == Some(0.0),
            "{figures:?}"
        );
    }

    #[test]
    fn who_does_not_move_hits_nothing() {
        for task in TASKS.into_iter().filter(|task| *task != Task::Rest) {
            let places = targets(task);
            let middles = places.iter().map(|target| target.at);
            for at in middles.chain([[0.5, 0.5], [0.02, 0.02]]) {
                let mut still = Practice::new(task, 100.0, 3);
                (0..=10_000).for_each(|k| _ = still.step(f64::from(k) * 0.01, at));
                let figures = still.figures();
                // Three times 30 s, and the fourth attempt is under way.
                let counts = [figures.hits, figures.misses, figures.time_outs];
                assert_eq!(counts, [0, 0, 3], "{task:?} at {at:?}");
                assert!(
                    still
                        .attempts()
                        .iter()
                        .all(|one| one.first_touch_s.is_none())
                );
            }
        }
    }

    #[test]
    fn every_target_of_centre_out_is_away_from_the_pointer() {
        for seed in 0..50 {
            let mut practice = Practice::new(Task::CentreOut, 60.0, seed);
            assert_ne!(
                practice.targets().1,
                Some(0),
                "the pointer is in the middle"
            );
            // Out and back, 0.38 of the field each time.
            let (mut at, mut now_s) = ([0.5; 2], 0.0);
            while practice.attempts().len() < 6 {
                let (targets, wanted) = practice.targets();
                let wanted = wanted.unwrap();
                assert_eq!(wanted == 0, practice.attempts().len() % 2 == 1);
                let to = targets[wanted].at;
                assert!((distance(at, to) - 0.38).abs() < 1e-9);
                practice.step(now_s, at);
                (1..=60).for_each(|k| _ = practice.step(now_s + f64::from(k) * 0.01, to));
                (at, now_s) = (to, now_s + 0.61);
            }
            let figures = practice.figures();
            assert_eq!((figures.hits, figures.misses, figures.time_outs), (6, 0, 0));
        }
    }

    #[test]
    fn a_target_that_was_left_can_be_hit() {
        let mut bars = Practice::new(Task::Bars, 60.0, 1);
        let (left, right, middle) = ([0.12, 0.5], [0.88, 0.5], [0.5, 0.5]);
        bars.step(0.0, left);
        assert_eq!(bars.targets().1, Some(1), "it stands on the left one");
        for (from_s, to_s, at) in [(0.1, 0.5, middle), (0.5, 1.2, right)] {
            let steps = ((to_s - from_s) * 100.0f64).round() as i32;
            (0..steps).for_each(|k| _ = bars.step(from_s + f64::from(k) * 0.01, at));
        }
        assert_eq!(bars.figures().hits, 1);
        assert_eq!(bars.targets().1, Some(0));
        // It stays on the right one, then time is up: still the left one is wanted.
        (0..3100).for_each(|k| _ = bars.step(1.2 + f64::from(k) * 0.01, right));
        let figures = bars.figures();
        assert_eq!((figures.hits, figures.time_outs), (1, 1));
        assert_eq!(bars.targets().1, Some(0));
    }

    #[test]
    fn a_task_is_known_by_what_every_version_called_it() {
        for task in TASKS {
            assert_eq!(Task::of_id(task.id()), Some(task));
            assert_eq!(Task::of_id(&format!("{task:?}").to_lowercase()), Some(task));
            let written = serde_json::to_value(task).unwrap();
            assert_eq!(written, task.id());
        }
        assert_eq!(Task::of_id("chess"), None);
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
