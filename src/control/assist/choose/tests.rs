use super::*;
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

fn among(places: Vec<[f64; 2]>) -> TargetChooser {
    let mut chooser = TargetChooser::new(ChooserSettings::default());
    chooser.renew(places.into_iter().map(|place| (place, None)));
    chooser
}

fn beliefs(chooser: &TargetChooser) -> impl Iterator<Item = f64> {
    chooser.places.iter().map(|place| place.belief)
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
        let mut chooser = among(places);
        let late = (self.late_s / 0.04) as usize;
        let mut answers = VecDeque::from(vec![0.0; late]);
        let found = (0..5000).find(|step| {
            let is_second = chooser.places[wanted].is_second;
            let sign = if is_second == (*step < self.wrong) {
                -1.0
            } else {
                1.0
            };
            answers.push_back(sign * self.log_odds);
            chooser.step(answers.pop_front().unwrap(), 0.04);
            chooser.goal() == Some(wanted)
        });
        found.map(|step| step as f64 * 0.04)
    }
}

#[test]
fn the_first_line_is_vertical_and_divides_evenly() {
    let chooser = among(circle(8));
    let seconds = (0..8).filter(|k| chooser.places[*k].is_second).count();
    assert_eq!(seconds, 4);
    // What lies to the right is on the second class's side.
    assert!(chooser.places[0].is_second && !chooser.places[4].is_second);
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
    let mut chooser = among(places.collect());
    for _ in 0..200 {
        let line = chooser.line();
        let (sin, cos) = libm::sincos(line.normal_rad);
        for place in &chooser.places {
            let [x, y] = place.middle;
            assert!((x * cos + y * sin - line.offset_px).abs() >= 0.4 * CLEAR_PX);
        }
        chooser.step(
            if chooser.places[7].is_second {
                1.0
            } else {
                -1.0
            },
            0.04,
        );
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
    let mut chooser = among(circle(8));
    (0..10).for_each(|_| chooser.step(4.0, 0.04));
    assert!(beliefs(&chooser).all(|belief| (belief - 0.125).abs() < 0.01));
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
    let mut chooser = among(circle(8));
    (0..60).for_each(|_| chooser.step(2.0, 0.04));
    let (line, belief) = (chooser.line(), Vec::from_iter(beliefs(&chooser)));
    // In reverse order, with one more.
    let places = circle(8);
    let read_again = (0..8).rev().map(|k| (places[k], Some(k)));
    chooser.renew(read_again.chain([([30.0, 60.0], None)]));
    assert_eq!(chooser.line(), line);
    let now = Vec::from_iter(beliefs(&chooser));
    assert!((now[7] / now[3] - belief[0] / belief[4]).abs() < 1e-9);
    assert!((now.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // All remaining targets are on one side, so another line is needed.
    let left: Vec<usize> = (0..9).filter(|k| chooser.places[*k].is_second).collect();
    let there = |k: &usize| (chooser.places[*k].middle, Some(*k));
    let left: Vec<_> = left[..2].iter().map(there).collect();
    chooser.renew(left.into_iter());
    assert_ne!(chooser.line(), line);
    assert_ne!(chooser.places[0].is_second, chooser.places[1].is_second);
    chooser.renew(std::iter::empty());
    chooser.step(1.0, 0.04);
    assert_eq!(chooser.goal(), None);
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
        let mut chooser = among(circle(7));
        for log_odds in evidence {
            chooser.step(log_odds, 0.04);
            let sum: f64 = beliefs(&chooser).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert!(beliefs(&chooser).all(|belief| belief > 0.0));
        }
    }
}

#[test]
fn clearer_answers_find_it_sooner() {
    let [clear, vague] =
        [3.0, 0.8].map(|log_odds| SimulatedUser::of(log_odds).find(3, circle(8)).unwrap());
    assert!(clear < vague, "{clear} {vague}");
}
