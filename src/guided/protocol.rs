//! The cues of a calibration: trials in a seeded order, breaks, pauses and repeated trials. Pure: time is an argument.

use crate::fit::classes::REST_MARKERS;
use crate::recording::session::CueTiming;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;

/// A planned calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Protocol {
    /// The classes, with the same number of trials each.
    pub classes: Vec<String>,
    /// Trials of each class.
    pub trials: usize,
    /// Durations.
    pub timing: CueTiming,
    /// Determines the order of trials and the variation of rests.
    pub seed: u64,
}

impl Protocol {
    /// A protocol for two or more imagined classes.
    #[must_use]
    pub fn imagery(classes: &[&str]) -> Self {
        Self {
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
            trials: 15,
            timing: CueTiming {
                fixation_s: 1.5,
                imagery_s: 4.0,
                rest_s: 2.0,
                break_after: 20,
                break_s: 20.0,
            },
            seed: 1,
        }
    }

    /// A protocol for a gesture of the face, against rest.
    #[must_use]
    pub fn gesture(class: &str) -> Self {
        let mut protocol = Self::imagery(&[class]);
        protocol.trials = 12;
        protocol.timing.imagery_s = 2.5;
        protocol.timing.rest_s = 4.0;
        protocol.timing.break_after = 0;
        protocol
    }

    /// The protocol for these classes: a single class is a gesture.
    #[must_use]
    pub fn of(classes: &[String], trials: usize) -> Self {
        let names: Vec<&str> = classes.iter().map(String::as_str).collect();
        let protocol = match names.as_slice() {
            [only] => Self::gesture(only),
            several => Self::imagery(several),
        };
        Self { trials, ..protocol }
    }

    /// Total number of trials.
    #[must_use]
    pub fn trial_count(&self) -> usize {
        self.trials * self.classes.len()
    }

    /// Duration without pauses and repeated trials, seconds.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        let count = self.trial_count();
        let timing = &self.timing;
        let breaks = match timing.break_after {
            0 => 0,
            after => count.saturating_sub(1) / after,
        };
        count as f64 * (timing.fixation_s + timing.imagery_s + 1.25 * timing.rest_s)
            + breaks as f64 * timing.break_s
    }
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Nothing; the calibration has not started.
    Ready,
    /// A fixation cross.
    Fixation,
    /// The cue of a class, by its index.
    Cue(usize),
    /// Rest.
    Rest,
    /// A break, with the seconds that remain.
    Break(f64),
    /// Paused by the user, or the signal is lost.
    Paused,
    /// The calibration is finished.
    Done,
}

/// A calibration in progress.
#[derive(Debug, Clone)]
pub struct CueRun {
    protocol: Protocol,
    random: ChaCha8Rng,
    left: VecDeque<usize>,
    /// Number of trials that are repeated at the end.
    repeated: usize,
    done: usize,
    phase: Phase,
    /// Start and end of the phase, seconds.
    since_s: f64,
    until_s: f64,
    class: usize,
    is_spoilt: bool,
}

/// Spoilt trials are repeated, up to this fraction of all trials, so that a patient who blinks all the time still
/// finishes.
const MOST_REPEATED: f64 = 0.3;

impl CueRun {
    /// Ready to start.
    #[must_use]
    pub fn new(protocol: Protocol) -> Self {
        let none = vec![0; protocol.classes.len()];
        Self::after(protocol, &none)
    }

    /// Ready to resume after a number of completed trials of each class.
    #[must_use]
    pub fn after(protocol: Protocol, done: &[usize]) -> Self {
        let left_of = |done: &usize| protocol.trials.saturating_sub(*done);
        let mut missing: Vec<usize> = done.iter().map(left_of).collect();
        missing.resize(protocol.classes.len(), protocol.trials);
        let all_missing: usize = missing.iter().sum();
        let mut random = ChaCha8Rng::seed_from_u64(protocol.seed);
        let mut left = VecDeque::new();
        while missing.iter().any(|missing| *missing > 0) {
            // Every class once per round.
            let has_more = |class: &usize| missing[*class] > 0;
            let mut round: Vec<usize> = (0..missing.len()).filter(has_more).collect();
            round.iter().for_each(|class| missing[*class] -= 1);
            while !round.is_empty() {
                left.push_back(
                    round.swap_remove((random.next_u64() % round.len() as u64) as usize),
                );
            }
        }
        Self {
            done: protocol.trial_count() - all_missing,
            protocol,
            random,
            left,
            repeated: 0,
            phase: Phase::Ready,
            since_s: 0.0,
            until_s: 0.0,
            class: 0,
            is_spoilt: false,
        }
    }

    /// The planned calibration.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// What is shown.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Number of finished trials, and of all trials including repeated ones.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.protocol.trial_count() + self.repeated)
    }

    /// Starts the first trial.
    pub fn start(&mut self, now_s: f64) {
        if self.phase == Phase::Ready {
            self.next_trial(now_s);
        }
    }

    /// Advances to a time. Returns the marker of what begins now, if anything does: a class's name, or `rest`.
    pub fn tick(&mut self, now_s: f64) -> Option<&str> {
        if let Phase::Break(left_s) = &mut self.phase {
            *left_s = (self.until_s - now_s).max(0.0);
        }
        let is_over = matches!(
            self.phase,
            Phase::Fixation | Phase::Cue(_) | Phase::Rest | Phase::Break(_)
        ) && now_s >= self.until_s;
        if !is_over {
            return None;
        }
        match self.phase {
            Phase::Fixation => {
                self.begin(
                    Phase::Cue(self.class),
                    now_s,
                    self.protocol.timing.imagery_s,
                );
                self.protocol.classes.get(self.class).map(String::as_str)
            }
            Phase::Cue(class) => {
                self.end_trial(class);
                let more = (self.random.next_u64() % 1000) as f64 / 2000.0;
                self.begin(
                    Phase::Rest,
                    now_s,
                    self.protocol.timing.rest_s * (1.0 + more),
                );
                Some(REST_MARKERS[1])
            }
            _ => {
                let after = self.protocol.timing.break_after;
                let is_due = after > 0 && self.done.is_multiple_of(after);
                if self.phase == Phase::Rest && is_due && !self.left.is_empty() {
                    let break_s = self.protocol.timing.break_s;
                    self.begin(Phase::Break(break_s), now_s, break_s);
                } else {
                    self.next_trial(now_s);
                }
                None
            }
        }
    }

    /// Marks the current trial as spoilt: it is repeated at the end.
    pub fn spoil(&mut self) {
        self.is_spoilt |= matches!(self.phase, Phase::Cue(_));
    }

    /// Pauses. A trial in progress is repeated later, and its rest marker is returned.
    pub fn pause(&mut self) -> Option<&'static str> {
        let ends = match self.phase {
            Phase::Ready | Phase::Paused | Phase::Done => return None,
            Phase::Cue(class) => {
                self.left.push_back(class);
                Some(REST_MARKERS[1])
            }
            Phase::Fixation => {
                self.left.push_front(self.class);
                None
            }
            Phase::Rest | Phase::Break(_) => None,
        };
        self.phase = Phase::Paused;
        ends
    }

    /// Resumes after a pause, or ends a break.
    pub fn resume(&mut self, now_s: f64) {
        if matches!(self.phase, Phase::Paused | Phase::Break(_)) {
            self.next_trial(now_s);
        }
    }

    /// Ends the calibration early. Returns the rest marker if a trial was in progress.
    pub fn finish(&mut self) -> Option<&'static str> {
        let was_cue = matches!(self.phase, Phase::Cue(_));
        self.phase = Phase::Done;
        was_cue.then_some(REST_MARKERS[1])
    }

    fn begin(&mut self, phase: Phase, now_s: f64, length_s: f64) {
        (self.phase, self.since_s, self.until_s) = (phase, now_s, now_s + length_s);
    }

    fn end_trial(&mut self, class: usize) {
        self.done += 1;
        let most = MOST_REPEATED * self.protocol.trial_count() as f64;
        if std::mem::take(&mut self.is_spoilt) && (self.repeated as f64) < most {
            self.repeated += 1;
            self.left.push_back(class);
        }
    }

    fn next_trial(&mut self, now_s: f64) {
        self.is_spoilt = false;
        match self.left.pop_front() {
            Some(class) => {
                self.class = class;
                self.begin(Phase::Fixation, now_s, self.protocol.timing.fixation_s);
            }
            None => self.phase = Phase::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the markers with their times, and the total duration.
    fn play(run: &mut CueRun, mut each: impl FnMut(&mut CueRun, f64)) -> (Vec<(f64, String)>, f64) {
        let (mut out, mut now_s) = (Vec::new(), 0.0);
        run.start(now_s);
        while run.phase() != Phase::Done && now_s < 10_000.0 {
            now_s += 0.016;
            out.extend(run.tick(now_s).map(|marker| (now_s, marker.to_owned())));
            each(run, now_s);
        }
        (out, now_s)
    }

    #[test]
    fn classes_are_balanced_and_the_duration_is_as_announced() {
        let protocol = Protocol::imagery(&["left_hand", "right_hand"]);
        let planned_s = protocol.total_s();
        let mut run = CueRun::new(protocol);
        let (markers, took_s) = play(&mut run, |_, _| {});
        let count = |label: &str| markers.iter().filter(|(_, marker)| marker == label).count();
        assert_eq!(
            (count("left_hand"), count("right_hand"), count("rest")),
            (15, 15, 30)
        );
        assert!(
            (took_s - planned_s).abs() < 0.05 * planned_s,
            "{took_s} {planned_s}"
        );
        assert_eq!(run.progress(), (30, 30));
        // A trial has its planned duration, to within a frame.
        for pair in markers.windows(2).filter(|pair| pair[1].1 == "rest") {
            assert!((pair[1].0 - pair[0].0 - 4.0).abs() < 0.02);
        }
    }

    #[test]
    fn spoilt_trials_are_repeated_up_to_a_limit() {
        let mut run = CueRun::new(Protocol::imagery(&["left_hand", "right_hand"]));
        let (markers, _) = play(&mut run, |run, _| run.spoil());
        let cues = markers
            .iter()
            .filter(|(_, marker)| marker != "rest")
            .count();
        assert_eq!((cues, run.progress()), (39, (39, 39)));
    }

    #[test]
    fn a_paused_trial_is_repeated_and_nothing_happens_meanwhile() {
        let mut run = CueRun::new(Protocol::gesture("clench"));
        let mut paused_s = None;
        let mut ended = None;
        let (markers, _) = play(&mut run, |run, now_s| match (run.phase(), paused_s) {
            (Phase::Cue(_), None) => {
                ended = run.pause();
                paused_s = Some(now_s);
            }
            (Phase::Paused, Some(since)) if now_s - since > 60.0 => run.resume(now_s),
            _ => {}
        });
        let cues: Vec<f64> = markers
            .iter()
            .filter(|(_, marker)| marker == "clench")
            .map(|cue| cue.0)
            .collect();
        assert_eq!((cues.len(), ended), (13, Some("rest")));
        assert!(cues[1] - cues[0] > 60.0);
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_it_each_cue_is_followed_by_rest(
            deeds in proptest::collection::vec((0..4u8, 1..400u32), 1..60), seed: u64,
        ) {
            let protocol = {
                let mut protocol = Protocol::imagery(&["left_hand", "feet"]);
                (protocol.trials, protocol.seed, protocol.timing.break_after) = (4, seed, 3);
                protocol
            };
            let mut run = CueRun::new(protocol);
            let (mut markers, mut now_s) = (Vec::new(), 0.0);
            run.start(now_s);
            for (deed, ticks) in deeds {
                match deed {
                    0 => markers.extend(run.pause().map(str::to_owned)),
                    1 => run.resume(now_s),
                    2 => run.spoil(),
                    _ => {}
                }
                for _ in 0..ticks {
                    now_s += 0.05;
                    markers.extend(run.tick(now_s).map(str::to_owned));
                }
            }
            markers.extend(run.finish().map(str::to_owned));
            for (place, marker) in markers.iter().enumerate() {
                prop_assert_eq!(marker == "rest", place % 2 == 1, "{:?}", markers);
            }
            prop_assert_eq!(markers.len() % 2, 0);
        }
    }
}
