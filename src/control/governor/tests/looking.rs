//! Choosing a target by looking at its tag.

use super::{Bench, clicks};
use crate::command::MOST_CODES;
use crate::control::Rect;
use crate::control::governor::*;

const SIZE: [i32; 2] = [80, 30];
const PLACES: [[i32; 2]; 3] = [[200, 300], [1400, 460], [700, 900]];

fn bench(change: impl FnOnce(&mut ControlSettings)) -> Bench {
    let mut bench = Bench::new(|settings| {
        settings.assist.mode = AssistMode::Look;
        // The test itself moves the pointer.
        settings.pause.manual_override_ms = 0;
        change(settings);
    });
    bench.governor.set_has_tags(true);
    bench.command([0.0; 2], false);
    bench.see(&PLACES, SIZE);
    bench.tick();
    bench
}

/// Outcomes over a number of seconds, with commands and with targets that are read every half second.
fn run(bench: &mut Bench, secs: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..(2.0 * secs) as usize {
        bench.see(&PLACES, SIZE);
        bench.command([300.0, 0.0], false);
        outcomes.extend(bench.run(0.5));
    }
    outcomes
}

fn tags(bench: &Bench) -> Vec<(Rect, u8)> {
    bench.governor.tags().1.collect()
}

/// A certain look at the tag of a target, in the scene that is shown, or in another one.
fn look(bench: &mut Bench, target: usize, scenes_ago: u32) {
    let scene = bench.governor.tags().0.wrapping_sub(scenes_ago);
    let [x, y] = PLACES[target];
    let code = tags(bench)
        .iter()
        .find(|(rect, _)| (rect.x, rect.y) == (x, y))
        .map(|(_, code)| usize::from(*code));
    let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
    log_probability[code.unwrap()] = 0.0;
    bench.selection = Some(Selection {
        scene,
        log_probability,
    });
    bench.command([0.0; 2], false);
}

fn is_on(bench: &Bench, target: usize) -> bool {
    let [x, y] = PLACES[target];
    (x..=x + SIZE[0]).contains(&bench.place[0]) && (y..=y + SIZE[1]).contains(&bench.place[1])
}

#[test]
fn the_pointer_goes_where_was_looked_and_only_then() {
    let mut bench = bench(|_| {});
    assert_eq!(tags(&bench).len(), 3);
    // Imagery does not move it.
    let before = bench.place;
    run(&mut bench, 3.0);
    assert_eq!(bench.place, before);
    look(&mut bench, 1, 0);
    let outcomes = run(&mut bench, 5.0);
    assert!(is_on(&bench, 1), "{:?}", bench.place);
    assert!(outcomes.iter().any(|outcome| outcome.assisted.is_some()));
    assert_eq!(clicks(&outcomes), 0);
    // Then the next target can be looked at.
    assert_eq!(tags(&bench).len(), 3);
    look(&mut bench, 2, 0);
    run(&mut bench, 5.0);
    assert!(is_on(&bench, 2), "{:?}", bench.place);
}

#[test]
fn the_pointer_does_not_overshoot() {
    for target in 0..3 {
        let mut bench = bench(|_| {});
        look(&mut bench, target, 0);
        let mut has_arrived = false;
        for _ in 0..250 {
            bench.see(&PLACES, SIZE);
            bench.tick();
            has_arrived |= is_on(&bench, target);
            assert!(!has_arrived || is_on(&bench, target), "{:?}", bench.place);
        }
        assert!(has_arrived);
    }
}

#[test]
fn tags_go_while_the_pointer_is_on_its_way_and_while_paused() {
    let mut bench = bench(|_| {});
    look(&mut bench, 1, 0);
    bench.run(0.2);
    assert_eq!(tags(&bench), []);
    let mut bench = self::bench(|_| {});
    let scene = bench.governor.tags().0;
    bench.governor.request(Request::Pause);
    bench.tick();
    assert_eq!(tags(&bench), []);
    assert_ne!(bench.governor.tags().0, scene);
    bench.governor.request(Request::Resume);
    run(&mut bench, 1.0);
    assert_eq!(tags(&bench).len(), 3);
}

#[test]
fn a_look_at_an_earlier_scene_moves_nothing() {
    let mut bench = bench(|_| {});
    let before = bench.place;
    look(&mut bench, 1, 1);
    run(&mut bench, 3.0);
    assert_eq!(bench.place, before);
    // Nor does one that was made while paused.
    look(&mut bench, 1, 0);
    bench.governor.request(Request::Pause);
    bench.tick();
    bench.governor.request(Request::Resume);
    run(&mut bench, 3.0);
    assert_eq!(bench.place, before);
}

#[test]
fn old_targets_have_no_tags() {
    let mut bench = bench(|_| {});
    bench.run(5.0);
    assert_eq!(tags(&bench), []);
}

#[test]
fn it_clicks_once_on_arrival_if_that_is_set() {
    let mut bench = bench(|settings| settings.look.clicks = true);
    assert_eq!(clicks(&run(&mut bench, 3.0)), 0);
    look(&mut bench, 0, 0);
    let outcomes = run(&mut bench, 5.0);
    assert_eq!(clicks(&outcomes), 1);
    assert!(is_on(&bench, 0));
    // A bad channel forbids clicks.
    bench.has_fault = true;
    look(&mut bench, 2, 0);
    assert_eq!(clicks(&run(&mut bench, 5.0)), 0);
}

#[test]
fn dwelling_clicks_what_was_looked_at() {
    let mut bench = bench(|settings| settings.dwell.on = true);
    // Nothing clicks in the first second.
    run(&mut bench, 2.0);
    look(&mut bench, 2, 0);
    assert_eq!(clicks(&run(&mut bench, 6.0)), 1);
    assert!(is_on(&bench, 2));
}

#[test]
fn without_a_sight_of_the_pointer_nothing_flickers() {
    let mut bench = bench(|_| {});
    bench.is_pointer_gone = true;
    run(&mut bench, 1.0);
    assert_eq!(tags(&bench), []);
}

#[test]
fn without_tags_the_user_moves_the_pointer_as_ever() {
    let mut bench = bench(|_| {});
    bench.governor.set_has_tags(false);
    let before = bench.place;
    run(&mut bench, 1.0);
    assert!(bench.place[0] > before[0] + 50);
    assert!(tags(&bench).is_empty() && !bench.governor.wants_targets());
}
