use super::*;
use crate::control::assist::belief::Candidate;
use proptest::prelude::*;
use std::collections::VecDeque;

fn circle(count: usize) -> Vec<[f64; 2]> {
    (0..count)
        .map(|k| {
            let (sin, cos) = libm::sincos(2.0 * PI * k as f64 / count as f64);
            [300.0 * cos, 300.0 * sin]
        })
        .collect()
}

/// A chooser with the belief that it adds to.
struct Choosing {
    chooser: TargetChooser,
    belief: Belief,
}

impl Choosing {
    fn renew(&mut self, list: &[([f64; 2], Option<usize>)]) {
        let places = list.iter();
        self.belief
            .renew(places.map(|(middle, before)| (Candidate::usual(*middle), *before)));
        let before: Vec<Option<usize>> = list.iter().map(|(_, before)| *before).collect();
        self.chooser.renew(&self.belief, &before);
    }

    fn step(&mut self, log_odds: f64, secs: f64) {
        self.chooser.step(log_odds, secs, &mut self.belief);
    }

    fn is_second(&self, place: usize) -> bool {
        self.chooser.answers[place].is_second
    }

    fn beliefs(&self) -> impl Iterator<Item = f64> {
        self.belief.places().iter().map(|place| place.probability)
    }
}

fn among(places: Vec<[f64; 2]>) -> Choosing {
    let mut choosing = Choosing {
        chooser: TargetChooser::new(ChooserSettings::default()),
        belief: Belief::new(),
    };
    let list: Vec<_> = places.into_iter().map(|place| (place, None)).collect();
    choosing.renew(&list);
    choosing
}

fn grid() -> Vec<[f64; 2]> {
    (0..25)
        .map(|k| [f64::from(k % 5) * 100.0, f64::from(k / 5) * 70.0])
        .collect()
}

/// A user who answers with this delay and clarity, and wrongly for the first steps.
#[derive(Clone, Copy)]
struct SimulatedUser {
    late_s: f64,
    log_odds: f64,
    wrong: usize,
}

impl SimulatedUser {
    fn of(log_odds: f64) -> Self {
        Self {
            late_s: 1.2,
            log_odds,
            wrong: 0,
        }
    }

    /// Time until the chosen target is the wanted one, seconds.
    fn find(self, wanted: usize, places: Vec<[f64; 2]>) -> Option<f64> {
        let mut choosing = among(places);
        let late = (self.late_s / 0.04) as usize;
        let mut answers = VecDeque::from(vec![0.0; late]);
        let found = (0..5000).find(|step| {
            let is_second = choosing.is_second(wanted);
            let sign = if is_second == (*step < self.wrong) {
                -1.0
            } else {
                1.0
            };
            answers.push_back(sign * self.log_odds);
            choosing.step(answers.pop_front().unwrap(), 0.04);
            choosing.chooser.goal() == Some(wanted)
        });
        found.map(|step| step as f64 * 0.04)
    }
}

#[test]
fn the_first_line_is_vertical_and_divides_evenly() {
    let choosing = among(circle(8));
    let seconds = (0..8).filter(|k| choosing.is_second(*k)).count();
    assert_eq!(seconds, 4);
    // What lies to the right is on the second class's side.
    assert!(choosing.is_second(0) && !choosing.is_second(4));
}

#[test]
fn a_line_keeps_clear_of_the_targets() {
    // Rows and columns, with some centres half a pixel off, as centres of rectangles are.
    let places = (0..20).map(|k| {
        [
            f64::from(60 * (k % 5)) + 0.5 * f64::from(k % 2),
            f64::from(40 * (k / 5)),
        ]
    });
    let mut choosing = among(places.collect());
    for _ in 0..200 {
        let line = choosing.chooser.line();
        let (sin, cos) = libm::sincos(line.normal_rad);
        for place in choosing.belief.places() {
            let [x, y] = place.middle;
            assert!((x * cos + y * sin - line.offset_px).abs() >= 0.4 * CLEAR_PX);
        }
        choosing.step(if choosing.is_second(7) { 1.0 } else { -1.0 }, 0.04);
    }
}

#[test]
fn a_target_in_the_middle_is_found_about_as_fast_as_one_at_the_edge() {
    // No single line separates the centre of a 5 x 5 grid from the rest.
    let took = [12, 0].map(|wanted| SimulatedUser::of(1.5).find(wanted, grid()).unwrap());
    assert!(took[0] < 2.0 * took[1] && took[0] < 40.0, "{took:?}");
}

#[test]
fn evidence_from_before_a_line_can_be_answered_hardly_counts() {
    let mut choosing = among(circle(8));
    (0..10).for_each(|_| choosing.step(4.0, 0.04));
    assert!(
        choosing
            .beliefs()
            .all(|belief| (belief - 0.125).abs() < 0.01)
    );
}

#[test]
fn a_late_clear_answer_does_not_count_for_the_next_line() {
    for wanted in 0..25 {
        for late_s in [0.8, 1.2, 1.6] {
            let answers = SimulatedUser {
                late_s,
                ..SimulatedUser::of(4.0)
            };
            let took_s = answers.find(wanted, grid());
            assert!(
                took_s.is_some_and(|took_s| took_s < 20.0),
                "{wanted} {late_s} {took_s:?}"
            );
        }
    }
}

#[test]
fn crowded_targets_can_still_be_told_apart() {
    let places = vec![[100.0, 100.0], [106.0, 104.0], [700.0, 100.0]];
    for wanted in 0..3 {
        assert!(
            SimulatedUser::of(3.0)
                .find(wanted, places.clone())
                .is_some()
        );
    }
}

#[test]
fn probabilities_and_line_survive_when_targets_are_read_again() {
    let mut choosing = among(circle(8));
    (0..60).for_each(|_| choosing.step(2.0, 0.04));
    let (line, belief) = (choosing.chooser.line(), Vec::from_iter(choosing.beliefs()));
    // In reverse order, with one more.
    let places = circle(8);
    let read_again = (0..8).rev().map(|k| (places[k], Some(k)));
    let read_again: Vec<_> = read_again.chain([([30.0, 60.0], None)]).collect();
    choosing.renew(&read_again);
    assert_eq!(choosing.chooser.line(), line);
    let now = Vec::from_iter(choosing.beliefs());
    assert!((now[7] / now[3] - belief[0] / belief[4]).abs() < 1e-9);
    assert!((now.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // All remaining targets are on one side, so another line is needed.
    let left: Vec<usize> = (0..9).filter(|k| choosing.is_second(*k)).collect();
    let there = |k: &usize| (choosing.belief.places()[*k].middle, Some(*k));
    let left: Vec<_> = left[..2].iter().map(there).collect();
    choosing.renew(&left);
    assert_ne!(choosing.chooser.line(), line);
    assert_ne!(choosing.is_second(0), choosing.is_second(1));
    choosing.renew(&[]);
    choosing.step(1.0, 0.04);
    assert_eq!(choosing.chooser.goal(), None);
}

proptest! {
    #[test]
    fn every_target_is_found_and_errors_are_undone(
        count in 2..20usize, place in 0..20usize, log_odds in 0.5..4.0f64, wrong in 0..200usize,
    ) {
        let answers = SimulatedUser { wrong, ..SimulatedUser::of(log_odds) };
        prop_assert!(answers.find(place % count, circle(count)).is_some());
    }

    #[test]
    fn belief_stays_belief(evidence in proptest::collection::vec(-1e9..1e9f64, 1..500)) {
        let mut choosing = among(circle(7));
        for log_odds in evidence {
            choosing.step(log_odds, 0.04);
            let sum: f64 = choosing.beliefs().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert!(choosing.beliefs().all(|belief| belief > 0.0));
        }
    }
}

#[test]
fn clearer_answers_find_it_sooner() {
    let [clear, vague] =
        [3.0, 0.8].map(|log_odds| SimulatedUser::of(log_odds).find(3, circle(8)).unwrap());
    assert!(clear < vague, "{clear} {vague}");
}
