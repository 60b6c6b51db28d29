//! Practice tasks and their figures. Pure: the pointer's position and the time are arguments. Positions and lengths are
//! fractions of a square field, so that figures do not depend on the screen.

mod copy;
mod figures;
pub mod live;
pub mod looks;
mod task;

pub use copy::{COPY, Copied, copy_figures};
pub use figures::PracticeFigures;
pub use task::{PracticeTarget, TASKS, Task};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use task::targets;

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attempt {
    /// Where the pointer started.
    pub from: [f64; 2],
    /// The target to reach.
    pub target: PracticeTarget,
    /// Time to the first touch, seconds; `None` if it was never touched.
    pub first_touch_s: Option<f64>,
    /// Time to the end, seconds.
    pub took_s: f64,
    /// How it ended.
    pub outcome: Outcome,
    /// Where the pointer was at the end.
    pub end: [f64; 2],
    /// Length of the path.
    pub path: f64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The target was held.
    Hit,
    /// Another target was chosen.
    Miss,
    /// The time ran out.
    TimeOut,
}

impl Outcome {
    /// Its marker in a session.
    #[must_use]
    pub fn marker(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::TimeOut => "time_out",
        }
    }
}

/// A task in progress.
#[derive(Debug, Clone)]
pub struct Practice {
    task: Task,
    length_s: f64,
    random: ChaCha8Rng,
    targets: Vec<PracticeTarget>,
    current: usize,
    began_s: Option<f64>,
    now_s: f64,
    /// When and where the current attempt began.
    since_s: f64,
    from: [f64; 2],
    last: [f64; 2],
    path: f64,
    first_touch_s: Option<f64>,
    /// The target on which the pointer stood when the current attempt began. It counts once the pointer has left it.
    stood_on: Option<usize>,
    /// The target that is held, and since when.
    held: Option<(usize, f64)>,
    attempts: Vec<Attempt>,
    /// Rest: seconds with motion, and number of motions.
    moved_s: f64,
    activations: usize,
    was_moving: bool,
}

/// A target is chosen when it is held for this long, seconds.
pub const HOLD_S: f64 = 0.5;
/// Longest duration of an attempt, seconds.
const LIMIT_S: f64 = 30.0;
impl Practice {
    /// A task that is ready to begin and ends after `length_s` seconds.
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
            // The pointer starts in the centre.
            new.current = new.one_around(None);
        }
        new
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// All targets, and the index of the one to reach; `None` if there is none.
    #[must_use]
    pub fn targets(&self) -> (&[PracticeTarget], Option<usize>) {
        let wanted = (self.task != Task::Rest).then_some(self.current);
        (&self.targets, wanted)
    }

    /// The target that is held, and the fraction of the holding time that has passed, 0 to 1.
    #[must_use]
    pub fn holding(&self) -> Option<(usize, f64)> {
        let (which, since_s) = self.held?;
        Some((which, ((self.now_s - since_s) / HOLD_S).clamp(0.0, 1.0)))
    }

    /// Remaining time, seconds.
    #[must_use]
    pub fn left_s(&self) -> f64 {
        let gone_s = self.began_s.map_or(0.0, |began_s| self.now_s - began_s);
        (self.length_s - gone_s).max(0.0)
    }

    /// Whether the task is finished.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.began_s.is_some() && self.left_s() <= 0.0
    }

    /// Finished attempts.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Takes the pointer's position at a time. Returns how the attempt ended, if it did. After the task is finished,
    /// nothing happens.
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
        // A target on which the pointer already stood was not reached.
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
            // Only the grid has wrong targets; elsewhere the pointer passes over other targets.
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

    /// Begins an attempt at a target. If the pointer is already on it, uses another target.
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
            // The centre is the first target.
            Task::CentreOut if self.current > 0 => 0,
            Task::CentreOut => self.one_around(None),
            // Never the same twice in a row.
            Task::Grid => (self.current + 1 + self.below(count - 1)) % count,
            // Across the circle, shifted a little each time.
            Task::Tapping => (self.current + count / 2) % count,
            Task::Rest => 0,
        }
    }

    /// A random target around the centre, other than `but`.
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

    /// The target under the pointer.
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

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

#[cfg(test)]
mod tests;
