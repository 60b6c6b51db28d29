//! When a person is asked to look at which field: for a calibration of looking, or to practise. The time is an argument.

use crate::practice::Copied;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;

/// Fields of the screen, in columns and rows.
pub const COLUMNS: usize = 4;
/// See [`COLUMNS`].
pub const ROWS: usize = 3;
/// The display shows a scene after this time at most, seconds.
const LONGEST_WAIT_S: f64 = 2.0;
/// The marker after a look.
pub const END: &str = "end";

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookPlan {
    /// Number of looks.
    pub looks: usize,
    /// For how long a field is marked before it flickers, seconds.
    pub mark_s: f64,
    /// For how long it flickers, seconds; at most, if a choice ends it.
    pub look_s: f64,
    /// For how long the field that was chosen is shown, seconds; none if nothing is chosen.
    pub choice_s: Option<f64>,
    /// Time before the first look, for decoding to settle, seconds.
    pub settle_s: f64,
    /// Seed of the order of fields.
    pub seed: u64,
}

impl Default for LookPlan {
    fn default() -> Self {
        Self {
            looks: 20,
            mark_s: 1.0,
            look_s: 3.0,
            choice_s: None,
            settle_s: 0.0,
            seed: 1,
        }
    }
}

/// Longest time of a look that is to choose a field, seconds: with flicker, it takes two or three choices.
const LONGEST_LOOK_S: f64 = 15.0;

impl LookPlan {
    /// A sequence of targets to copy, in an order of its own.
    #[must_use]
    pub fn copying(settle_s: f64, seed: u64) -> Self {
        Self {
            looks: 10,
            look_s: LONGEST_LOOK_S,
            choice_s: Some(1.5),
            settle_s,
            seed,
            ..Self::default()
        }
    }

    /// How long it takes, seconds.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        self.looks as f64 * (self.mark_s + self.look_s)
    }
}

/// What the person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookPhase {
    /// Nothing yet.
    Ready,
    /// A field is marked: the eyes move there.
    Mark(usize),
    /// All fields should flicker, but the display has not shown them yet.
    Soon(usize),
    /// All fields flicker, and this one is marked.
    Look(usize),
    /// The look is over. The field that was chosen has a frame; none if the time ran out.
    Chosen {
        /// The field that was to be looked at.
        wanted: usize,
        /// The field that was chosen.
        chosen: Option<usize>,
    },
    /// Nothing flickers until somebody resumes.
    Paused,
    /// All looks are done.
    Done,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookStep {
    /// Let all fields flicker.
    Show,
    /// Hide all tags. The look is over, and its marker follows.
    End,
    /// The display shows nothing: pause.
    Stuck,
}

/// A calibration in progress.
#[derive(Debug, Clone)]
pub struct LookRun {
    plan: LookPlan,
    left: VecDeque<usize>,
    done: usize,
    phase: LookPhase,
    until_s: f64,
    /// When the current look began.
    since_s: f64,
    copied: Vec<Copied>,
}

impl LookRun {
    /// Ready to start.
    #[must_use]
    pub fn new(plan: LookPlan) -> Self {
        Self {
            left: order(plan),
            plan,
            done: 0,
            phase: LookPhase::Ready,
            until_s: 0.0,
            since_s: 0.0,
            copied: Vec::new(),
        }
    }

    /// Ready to continue an interrupted calibration, of which there are whole looks at these fields.
    #[must_use]
    pub fn after(plan: LookPlan, done: &[usize]) -> Self {
        let mut run = Self::new(plan);
        for field in done {
            if let Some(place) = run.left.iter().position(|left| left == field) {
                run.left.remove(place);
            }
        }
        run.done = plan.looks - run.left.len();
        run
    }

    /// What is planned.
    #[must_use]
    pub fn plan(&self) -> LookPlan {
        self.plan
    }

    /// What is shown.
    #[must_use]
    pub fn phase(&self) -> LookPhase {
        self.phase
    }

    /// The field to look at, if there is one.
    #[must_use]
    pub fn field(&self) -> Option<usize> {
        match self.phase {
            LookPhase::Mark(field) | LookPhase::Soon(field) | LookPhase::Look(field) => Some(field),
            LookPhase::Ready | LookPhase::Chosen { .. } | LookPhase::Paused | LookPhase::Done => {
                None
            }
        }
    }

    /// The choices so far.
    #[must_use]
    pub fn copied(&self) -> &[Copied] {
        &self.copied
    }

    /// Number of whole looks, and of all.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.plan.looks)
    }

    /// Marks the first field.
    pub fn start(&mut self, now_s: f64) {
        if self.phase == LookPhase::Ready {
            self.next(now_s);
            self.until_s = self.until_s.max(now_s + self.plan.settle_s);
        }
    }

    /// Advances to a time.
    pub fn tick(&mut self, now_s: f64) -> Option<LookStep> {
        if now_s < self.until_s {
            return None;
        }
        match self.phase {
            LookPhase::Mark(field) => {
                (self.phase, self.until_s) = (LookPhase::Soon(field), now_s + LONGEST_WAIT_S);
                Some(LookStep::Show)
            }
            LookPhase::Soon(_) => {
                self.pause();
                Some(LookStep::Stuck)
            }
            LookPhase::Look(_) => {
                if self.plan.choice_s.is_some() {
                    self.choose(None, now_s);
                } else {
                    self.done += 1;
                    self.next(now_s);
                }
                Some(LookStep::End)
            }
            LookPhase::Chosen { .. } => {
                self.done += 1;
                self.next(now_s);
                None
            }
            LookPhase::Ready | LookPhase::Paused | LookPhase::Done => None,
        }
    }

    /// The fields flicker since this time. Returns whether a look begins: its [`marker`] follows.
    pub fn shown(&mut self, at_s: f64) -> bool {
        let LookPhase::Soon(field) = self.phase else {
            return false;
        };
        (self.phase, self.until_s) = (LookPhase::Look(field), at_s + self.plan.look_s);
        self.since_s = at_s;
        true
    }

    /// A field has been chosen, or none in time. Returns whether a look ends: its marker follows.
    pub fn choose(&mut self, chosen: Option<usize>, now_s: f64) -> bool {
        let (LookPhase::Look(wanted), Some(choice_s)) = (self.phase, self.plan.choice_s) else {
            return false;
        };
        self.copied.push(Copied {
            wanted,
            chosen,
            took_s: now_s - self.since_s,
        });
        (self.phase, self.until_s) = (LookPhase::Chosen { wanted, chosen }, now_s + choice_s);
        true
    }

    /// Pauses. Returns whether a look was interrupted: its marker ends then. It is repeated later.
    pub fn pause(&mut self) -> bool {
        if let LookPhase::Chosen { .. } = self.phase {
            self.done += 1;
            self.phase = LookPhase::Paused;
        }
        let Some(field) = self.field() else {
            return false;
        };
        let was_look = matches!(self.phase, LookPhase::Look(_));
        if was_look {
            self.left.push_back(field);
        } else {
            self.left.push_front(field);
        }
        self.phase = LookPhase::Paused;
        was_look
    }

    /// Resumes after a pause.
    pub fn resume(&mut self, now_s: f64) {
        if self.phase == LookPhase::Paused {
            self.next(now_s);
        }
    }

    /// Ends early. Returns whether a look was interrupted.
    pub fn finish(&mut self) -> bool {
        let was_look = matches!(self.phase, LookPhase::Look(_));
        self.phase = LookPhase::Done;
        was_look
    }

    fn next(&mut self, now_s: f64) {
        (self.phase, self.until_s) = match self.left.pop_front() {
            Some(field) => (LookPhase::Mark(field), now_s + self.plan.mark_s),
            None => (LookPhase::Done, f64::INFINITY),
        };
    }
}

/// The marker of a look at a field. Its number is that of its code in the stream of what was shown.
#[must_use]
pub fn marker(field: usize) -> String {
    format!("trial target={}", field + 1)
}

/// The field of a marker.
#[must_use]
pub fn field_of(marker: &str) -> Option<usize> {
    let number = marker.strip_prefix("trial target=")?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

/// The fields in a random order, each equally often as far as possible, and never one twice in a row.
fn order(plan: LookPlan) -> VecDeque<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
    let mut order = VecDeque::with_capacity(plan.looks);
    while order.len() < plan.looks {
        let mut round: Vec<usize> = (0..COLUMNS * ROWS).collect();
        while !round.is_empty() && order.len() < plan.looks {
            let place = (random.next_u64() % round.len() as u64) as usize;
            if order.back() != Some(&round[place]) {
                order.push_back(round.swap_remove(place));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests;
