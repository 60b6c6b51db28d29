use super::*;
use proptest::prelude::*;

/// A pointer that moves straight to the wanted target, `speed` fields per second.
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
fn straight_motion_hits_everything() {
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
    // Fast enough not to hold any cell on the way.
    let figures = straight(Task::Grid, 60.0, 2.0).figures();
    assert_eq!(figures.misses, 0);
    let expected = 35f64.log2() * figures.hits as f64 / 60.0;
    assert!((figures.grid_bits_per_s.unwrap() - expected).abs() < 0.01 * expected);
    // Moving back and forth between two corners chooses the wrong cells.
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
fn a_pointer_that_does_not_move_hits_nothing() {
    for task in TASKS.into_iter().filter(|task| *task != Task::Rest) {
        let places = targets(task);
        let middles = places.iter().map(|target| target.at);
        for at in middles.chain([[0.5, 0.5], [0.02, 0.02]]) {
            let mut still = Practice::new(task, 100.0, 3);
            (0..=10_000).for_each(|k| _ = still.step(f64::from(k) * 0.01, at));
            let figures = still.figures();
            // Three times 30 s, and the fourth attempt is in progress.
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
    // It stays on the right one until the time runs out: the left one is still wanted.
    (0..3100).for_each(|k| _ = bars.step(1.2 + f64::from(k) * 0.01, right));
    let figures = bars.figures();
    assert_eq!((figures.hits, figures.time_outs), (1, 1));
    assert_eq!(bars.targets().1, Some(0));
}

#[test]
fn task_names_of_every_version_are_known() {
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
        // Twice for one second.
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
