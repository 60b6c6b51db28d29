//! Help from targets on the screen.

use super::{Bench, clicks};
use crate::control::governor::*;

const SIZE: [i32; 2] = [80, 30];
/// Above and to the right of the pointer's initial position, [960, 540].
const ASIDE: [i32; 2] = [1400, 460];

fn bench(mode: AssistMode) -> Bench {
    Bench::new(|settings| {
        settings.assist.mode = mode;
        settings.dwell.on = true;
        // The test itself moves the pointer.
        settings.pause.manual_override_ms = 0;
    })
}

/// Outcomes over a number of seconds, with targets that are read every half second.
fn run(bench: &mut Bench, places: &[[i32; 2]], secs: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..(2.0 * secs) as usize {
        bench.see(places, SIZE);
        outcomes.extend(bench.run(0.5));
    }
    outcomes
}

fn is_on(bench: &Bench, [x, y]: [i32; 2]) -> bool {
    (x..=x + SIZE[0]).contains(&bench.place[0]) && (y..=y + SIZE[1]).contains(&bench.place[1])
}

#[test]
fn motion_past_a_target_ends_on_it_and_dwelling_begins_at_its_edge() {
    for (mode, comes) in [(AssistMode::Off, false), (AssistMode::Strong, true)] {
        let mut bench = bench(mode);
        bench.command([200.0, 0.0], false);
        let mut outcomes = Vec::new();
        while bench.place[0] < ASIDE[0] + 5 {
            outcomes.extend(run(&mut bench, &[ASIDE], 0.5));
        }
        assert_eq!(is_on(&bench, ASIDE), comes, "{mode:?} {:?}", bench.place);
        assert_eq!(
            outcomes.iter().any(|outcome| outcome.assisted.is_some()),
            comes
        );
        if comes {
            // The pointer trembles by more than a circle around one place would allow.
            let mut clicked = 0;
            for _ in 0..8 {
                for x in [ASIDE[0] + 10, ASIDE[0] + 60] {
                    bench.place[0] = x;
                    bench.command([0.0; 2], false);
                    clicked += clicks(&run(&mut bench, &[ASIDE], 0.5));
                }
            }
            assert_eq!(clicked, 1);
        }
    }
}

#[test]
fn rest_moves_nothing_however_likely_a_target_is() {
    for mode in [AssistMode::Gentle, AssistMode::Strong, AssistMode::Choose] {
        let mut bench = bench(mode);
        let places = [ASIDE, [400, 460]];
        // All evidence says right, but no intent is detected.
        bench.log_odds = Some(4.0);
        bench.class = Some(1);
        bench.command([100.0, 0.0], false);
        run(&mut bench, &places, 1.0);
        bench.class = None;
        bench.command([0.0; 2], false);
        bench.run(0.1);
        let place = bench.place;
        let outcomes = run(&mut bench, &places, 30.0);
        assert_eq!(bench.place, place, "{mode:?}");
        assert!(outcomes.iter().all(|outcome| outcome.assisted.is_none()));
        assert_eq!(clicks(&outcomes), 0);
    }
}

#[test]
fn a_target_is_chosen_by_halves_and_another_after_the_click() {
    let mut bench = bench(AssistMode::Choose);
    let places = [[300, 300], [300, 700], [1500, 300], [1500, 700]];
    for wanted in [3, 0] {
        let mut outcomes = Vec::new();
        for _ in 0..80 {
            let choice = bench.governor.choice_line();
            let [x, y] = places[wanted].map(f64::from);
            let is_second = choice.is_none_or(|choice| choice.is_second([x + 40.0, y + 15.0]));
            let arrived = is_on(&bench, places[wanted]);
            bench.log_odds = Some(if is_second { 2.0 } else { -2.0 });
            bench.class = (!arrived).then_some(usize::from(is_second));
            bench.command([0.0; 2], false);
            outcomes.extend(run(&mut bench, &places, 0.5));
            if clicks(&outcomes) > 0 {
                break;
            }
        }
        assert!(is_on(&bench, places[wanted]), "{:?}", bench.place);
        assert_eq!(clicks(&outcomes), 1);
    }
}

#[test]
fn nothing_on_the_way_to_a_chosen_target_is_clicked() {
    // The pointer crosses a target that is wide enough to dwell on, and stops on it.
    let mut bench = bench(AssistMode::Choose);
    let places = [[400, 300], [1400, 300]];
    bench.place = [100, 540];
    bench.log_odds = Some(4.0);
    bench.class = Some(1);
    let see = |bench: &mut Bench| {
        bench.see(&places, [600, 500]);
        bench.command([0.0; 2], false);
    };
    let mut outcomes = Vec::new();
    while bench.place[0] < 700 {
        see(&mut bench);
        outcomes.extend(bench.run(0.2));
    }
    // The user rests for a moment: the choice remains.
    bench.class = None;
    bench.log_odds = Some(0.0);
    for _ in 0..20 {
        see(&mut bench);
        outcomes.extend(bench.run(0.2));
    }
    assert!((700..1000).contains(&bench.place[0]), "{:?}", bench.place);
    assert_eq!(clicks(&outcomes), 0);
    bench.class = Some(1);
    while bench.place[0] < 1690 {
        see(&mut bench);
        outcomes.extend(bench.run(0.2));
    }
    bench.class = None;
    for _ in 0..20 {
        see(&mut bench);
        outcomes.extend(bench.run(0.2));
    }
    assert_eq!(clicks(&outcomes), 1);
}

#[test]
fn without_two_classes_no_line_is_shown_and_the_pointer_moves_as_without_help() {
    let mut bench = bench(AssistMode::Choose);
    bench.class = Some(3);
    bench.command([0.0, 200.0], false);
    run(&mut bench, &[ASIDE, [400, 460]], 1.0);
    assert!(bench.place[1] > 640, "{:?}", bench.place);
    assert_eq!(bench.governor.choice_line(), None);
}

#[test]
fn without_targets_the_pointer_moves_as_without_help() {
    for mode in [AssistMode::Strong, AssistMode::Choose] {
        let (mut helped, mut alone) = (bench(mode), bench(AssistMode::Off));
        for bench in [&mut helped, &mut alone] {
            bench.log_odds = Some(2.0);
            bench.class = Some(1);
            bench.command([200.0, 30.0], false);
        }
        helped.see(&[ASIDE, [400, 460]], SIZE);
        helped.run(1.0);
        // The process that reads targets no longer responds.
        helped.run(4.0);
        helped.place = [960, 540];
        let outcomes = helped.run(2.0);
        alone.run(2.0);
        assert!(outcomes.iter().all(|outcome| outcome.assisted.is_none()));
        let [x, y] = [0, 1].map(|axis: usize| helped.place[axis] - alone.place[axis]);
        assert!(x.abs() <= 60 && y.abs() <= 10, "{mode:?} {x} {y}");
    }
}
