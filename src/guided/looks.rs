//! When a person is asked to look at which field, for a calibration of looking. The time is an argument.

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
    /// For how long it flickers, seconds.
    pub look_s: f64,
    /// Seed of the order of fields.
    pub seed: u64,
}

impl Default for LookPlan {
    fn default() -> Self {
        Self {
            looks: 20,
            mark_s: 1.0,
            look_s: 3.0,
            seed: 1,
        }
    }
}

impl LookPlan {
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
            LookPhase::Ready | LookPhase::Paused | LookPhase::Done => None,
        }
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
                self.done += 1;
                self.next(now_s);
                Some(LookStep::End)
            }
            LookPhase::Ready | LookPhase::Paused | LookPhase::Done => None,
        }
    }

    /// The fields flicker since this time. Returns the marker of the look that begins, if one does.
    pub fn shown(&mut self, at_s: f64) -> Option<String> {
        let LookPhase::Soon(field) = self.phase else {
            return None;
        };
        (self.phase, self.until_s) = (LookPhase::Look(field), at_s + self.plan.look_s);
        Some(marker(field))
    }

    /// Pauses. Returns whether a look was interrupted: its marker ends then. It is repeated later.
    pub fn pause(&mut self) -> bool {
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
mod tests {
    use super::*;

    /// Plays a run on a display that shows each scene 20 ms late. Returns the markers with their times.
    fn play(run: &mut LookRun, mut each: impl FnMut(&mut LookRun, f64)) -> Vec<(f64, String)> {
        let (mut markers, mut now_s, mut shows_at) = (Vec::new(), 0.0, None);
        run.start(now_s);
        while run.phase() != LookPhase::Done && now_s < 1000.0 {
            now_s += 0.01;
            match run.tick(now_s) {
                Some(LookStep::Show) => shows_at = Some(now_s + 0.02),
                Some(LookStep::End) => markers.push((now_s, END.to_owned())),
                Some(LookStep::Stuck) | None => {}
            }
            if shows_at.is_some_and(|at| now_s >= at) {
                shows_at = None;
                markers.extend(run.shown(now_s).map(|marker| (now_s, marker)));
            }
            each(run, now_s);
        }
        markers
    }

    #[test]
    fn each_field_is_looked_at_for_as_long_as_planned() {
        let plan = LookPlan::default();
        let mut run = LookRun::new(plan);
        let markers = play(&mut run, |_, _| {});
        assert_eq!(markers.len(), 2 * plan.looks);
        assert_eq!(run.progress(), (plan.looks, plan.looks));
        for pair in markers.chunks(2) {
            assert!(pair[0].1.starts_with("trial target=") && pair[1].1 == END);
            assert!((pair[1].0 - pair[0].0 - 3.0).abs() < 0.02, "{pair:?}");
        }
        let end_s = markers.last().unwrap().0;
        assert!((60.0..90.0).contains(&end_s), "{end_s}");
        assert!((plan.total_s() - end_s).abs() < 1.0, "{end_s}");
        let mut fields: Vec<&str> = markers.iter().map(|(_, marker)| marker.as_str()).collect();
        fields.retain(|marker| *marker != END);
        assert!(
            fields.windows(2).all(|pair| pair[0] != pair[1]),
            "{fields:?}"
        );
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), COLUMNS * ROWS);
    }

    #[test]
    fn an_interrupted_look_is_repeated() {
        let mut run = LookRun::new(LookPlan::default());
        let mut paused_s = None;
        let markers = play(&mut run, |run, now_s| match (run.phase(), paused_s) {
            (LookPhase::Look(_), None) if now_s > 9.0 => {
                assert!(run.pause());
                paused_s = Some(now_s);
            }
            (LookPhase::Paused, Some(since)) if now_s > since + 30.0 => run.resume(now_s),
            _ => {}
        });
        let looks = markers.iter().filter(|(_, marker)| marker != END).count();
        assert_eq!((looks, run.progress()), (21, (20, 20)));
    }

    #[test]
    fn what_is_missing_of_an_interrupted_calibration_follows() {
        let plan = LookPlan::default();
        let fields = |markers: &[(f64, String)]| {
            let fields = markers.iter().filter_map(|(_, marker)| field_of(marker));
            fields.collect::<Vec<usize>>()
        };
        let all = fields(&play(&mut LookRun::new(plan), |_, _| {}));
        let mut run = LookRun::after(plan, &all[..13]);
        assert_eq!(run.progress(), (13, 20));
        assert_eq!(fields(&play(&mut run, |_, _| {})), all[13..]);
        assert_eq!(run.progress(), (20, 20));
        assert_eq!(
            [
                field_of(&marker(7)),
                field_of("end"),
                field_of("trial target=0")
            ],
            [Some(7), None, None]
        );
    }

    #[test]
    fn a_display_that_shows_nothing_pauses() {
        let mut run = LookRun::new(LookPlan::default());
        run.start(0.0);
        assert_eq!(run.tick(0.9), None);
        assert_eq!(run.tick(1.0), Some(LookStep::Show));
        assert_eq!(run.tick(2.9), None);
        assert_eq!(run.tick(3.0), Some(LookStep::Stuck));
        assert_eq!((run.phase(), run.shown(3.1)), (LookPhase::Paused, None));
        run.resume(10.0);
        assert_eq!(run.tick(11.0), Some(LookStep::Show));
        assert!(run.shown(11.1).is_some());
        assert!(run.finish());
        assert_eq!(run.tick(20.0), None);
    }
}
