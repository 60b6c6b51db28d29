//! Choosing a target by looking at its tag.

use super::{Bench, clicks};
use crate::command::MOST_CODES;
use crate::control::Rect;
use crate::control::governor::*;
use crate::settings::LookOffer;

const SIZE: [i32; 2] = [80, 30];
const PLACES: [[i32; 2]; 3] = [[200, 300], [1400, 460], [700, 900]];

fn bench(change: impl FnOnce(&mut ControlSettings)) -> Bench {
    let mut bench = Bench::new(|settings| {
        settings.assist.mode = AssistMode::Look;
        // The test itself moves the pointer.
        settings.pause.manual_override_ms = 0;
        change(settings);
    });
    bench.governor.set_tag_codes(3);
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

pub(super) fn tags(bench: &Bench) -> Vec<(Rect, u8)> {
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
fn a_click_hits_the_target_and_not_its_edge() {
    let [x, y] = PLACES[0];
    for from in [[100, 315], [1000, 316], [240, 100], [241, 900], [900, 800]] {
        let mut bench = bench(|settings| settings.look.clicks = true);
        bench.place = from;
        // Nothing clicks in the first second.
        run(&mut bench, 2.0);
        look(&mut bench, 0, 0);
        let mut clicked = None;
        for _ in 0..300 {
            let at = bench.place;
            bench.see(&PLACES, SIZE);
            bench.command([0.0; 2], false);
            if bench.tick().clicks {
                clicked = Some(at);
            }
        }
        let clicked = clicked.unwrap();
        let within = (x + 4..x + SIZE[0] - 3).contains(&clicked[0])
            && (y + 4..y + SIZE[1] - 3).contains(&clicked[1]);
        assert!(within, "{from:?}: {clicked:?}");
    }
}

/// A half-scrolled link, or a slider: whatever its height, the pointer arrives.
#[test]
fn a_thin_target_is_reached_and_clicked() {
    for height in 1..12 {
        for from in [[100, 315], [240, 100], [241, 900], [236, 640]] {
            let mut bench = bench(|settings| settings.look.clicks = true);
            bench.place = from;
            let thin = [SIZE[0], height];
            let see = |bench: &mut Bench| {
                bench.see(&PLACES, thin);
                bench.command([0.0; 2], false);
                bench.tick().clicks
            };
            (0..120).for_each(|_| assert!(!see(&mut bench)));
            look(&mut bench, 0, 0);
            let clicks = (0..400).filter(|_| see(&mut bench)).count();
            assert_eq!(clicks, 1, "{height} pixels high, from {from:?}");
        }
    }
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
    bench.governor.set_tag_codes(0);
    let before = bench.place;
    run(&mut bench, 1.0);
    assert!(bench.place[0] > before[0] + 50);
    assert!(tags(&bench).is_empty() && !bench.governor.wants_targets());
}

/// A certain look at the n-th tag.
fn look_at_tag(bench: &mut Bench, place: usize) {
    let scene = bench.governor.tags().0;
    let tags = tags(bench);
    let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
    log_probability[usize::from(tags[place].1)] = 0.0;
    bench.selection = Some(Selection {
        scene,
        log_probability,
    });
    bench.command([0.0; 2], false);
}

/// Looks at a tag until it is chosen, as users do where tags share codes.
pub(super) fn look_until_chosen(bench: &mut Bench, at: [i32; 2]) -> Vec<Outcome> {
    let (mut outcomes, before) = (Vec::new(), bench.governor.chosen());
    for _ in 0..8 {
        if bench.governor.chosen() != before {
            break;
        }
        let found = tags(bench)
            .iter()
            .position(|(rect, _)| (rect.x, rect.y) == (at[0], at[1]));
        let Some(place) = found else { break };
        look_at_tag(bench, place);
        outcomes.push(bench.tick());
    }
    outcomes
}

/// A bench without targets. Its screen is that of [`Bench`].
pub(super) fn alone(change: impl FnOnce(&mut ControlSettings)) -> Bench {
    let mut bench = Bench::new(|settings| {
        settings.assist.mode = AssistMode::Look;
        settings.pause.manual_override_ms = 0;
        change(settings);
    });
    bench.governor.set_tag_codes(3);
    bench.command([0.0; 2], false);
    bench.tick();
    bench
}

/// Goes on for some seconds without targets.
fn pass(bench: &mut Bench, secs: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..(10.0 * secs) as usize {
        bench.command([0.0; 2], false);
        outcomes.extend(bench.run(0.1));
    }
    outcomes
}

fn nearest_tag(bench: &Bench, wanted: [i32; 2]) -> [i32; 2] {
    let tags = tags(bench);
    let far = |rect: &Rect| (rect.x - wanted[0]).pow(2) + (rect.y - wanted[1]).pow(2);
    let nearest = tags.iter().min_by_key(|(rect, _)| far(rect)).unwrap().0;
    [nearest.x, nearest.y]
}

#[test]
fn without_targets_the_grid_comes_and_reaches_every_point() {
    for wanted in [[5, 5], [333, 777], [1900, 1060]] {
        let mut bench = alone(|settings| settings.look.clicks = true);
        pass(&mut bench, 4.5);
        assert_eq!(tags(&bench), []);
        pass(&mut bench, 1.0);
        assert_eq!(tags(&bench).len(), 9);
        let mut outcomes = Vec::new();
        for division in 0..4 {
            // Nine cells, and one tag that goes back. In the end the cells are low enough, and three are left.
            assert_eq!(tags(&bench).len(), [9, 10, 10, 4][division as usize]);
            // The user knows the cell: the tags lie in the same order.
            let cells = [0, 1].map(|axis: usize| {
                let (size, scale) = ([1920, 1080][axis], 3i32.pow(division + 1));
                (wanted[axis] * scale / size).rem_euclid(3)
            });
            let row = if division == 3 { 0 } else { cells[1] };
            let tag = tags(&bench)[(row * 3 + cells[0]) as usize].0;
            outcomes.extend(look_until_chosen(&mut bench, [tag.x, tag.y]));
            outcomes.extend(pass(&mut bench, 0.3));
        }
        outcomes.extend(pass(&mut bench, 3.0));
        assert_eq!(clicks(&outcomes), 1, "{wanted:?}");
        let off = [0, 1].map(|axis: usize| (bench.place[axis] - wanted[axis]).abs());
        assert!(off[0] <= 20 && off[1] <= 20, "{wanted:?}: {off:?}");
        // Then it begins again.
        assert_eq!(tags(&bench).len(), 9);
    }
}

#[test]
fn one_tag_of_the_grid_goes_back() {
    let mut bench = alone(|settings| settings.look.offer = LookOffer::Grid);
    pass(&mut bench, 0.2);
    let whole = tags(&bench);
    let at = nearest_tag(&bench, [0, 0]);
    look_until_chosen(&mut bench, at);
    pass(&mut bench, 0.2);
    assert_eq!(
        bench.governor.chosen().map(|rect| rect.width),
        Some(1920 / 3)
    );
    let back = tags(&bench)[9].0;
    assert!(back.x > 1920 - 100, "{back:?}");
    look_until_chosen(&mut bench, [back.x, back.y]);
    pass(&mut bench, 0.2);
    assert_eq!(bench.governor.chosen(), None);
    let places = |tags: &[(Rect, u8)]| tags.iter().map(|tag| tag.0).collect::<Vec<_>>();
    assert_eq!(places(&tags(&bench)), places(&whole));
    // Nor does a division stay that nobody looks at.
    look_until_chosen(&mut bench, at);
    pass(&mut bench, 13.0);
    assert_eq!(bench.governor.chosen(), None);
    assert_eq!(tags(&bench).len(), 9);
}

#[test]
fn targets_end_the_grid_but_a_short_gap_does_not_bring_it() {
    let mut bench = bench(|_| {});
    assert_eq!(tags(&bench).len(), 3);
    pass(&mut bench, 6.0);
    assert_eq!(tags(&bench), [], "the targets are old, and the grid waits");
    pass(&mut bench, 4.0);
    assert_eq!(tags(&bench).len(), 9);
    run(&mut bench, 0.5);
    assert_eq!(tags(&bench).len(), 3);
}

#[test]
fn arrows_move_the_pointer_while_they_are_looked_at() {
    let mut bench = alone(|settings| {
        settings.look.offer = LookOffer::Arrows;
        settings.look.clicks = true;
        settings.dwell.on = true;
    });
    pass(&mut bench, 2.0);
    let [mut x, y] = bench.place;
    // To the right, twice, and back by half a step.
    for (tag, moves) in [(1, 160), (1, 240), (0, -120)] {
        let outcomes = {
            let at = tags(&bench)[tag].0;
            look_until_chosen_once(&mut bench, [at.x, at.y]);
            pass(&mut bench, 2.0)
        };
        x += moves;
        assert!((bench.place[0] - x).abs() <= 3, "{:?}", bench.place);
        assert!((bench.place[1] - y).abs() <= 3);
        assert_eq!(clicks(&outcomes), 0, "dwelling does not click");
        // Tags stay, so that the look goes on.
        assert_eq!(tags(&bench).len(), 5);
    }
    let corner = tags(&bench)[4].0;
    let mut outcomes = look_until_chosen_once(&mut bench, [corner.x, corner.y]);
    outcomes.extend(pass(&mut bench, 2.0));
    assert_eq!(clicks(&outcomes), 1);
}

/// Looks at a tag until the choice has an effect. Tags that remain do not tell when that is, so the codes do.
fn look_until_chosen_once(bench: &mut Bench, at: [i32; 2]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        let place = tags(bench)
            .iter()
            .position(|(rect, _)| (rect.x, rect.y) == (at[0], at[1]));
        let code = tags(bench)[place.unwrap()].1;
        let share = tags(bench).iter().filter(|tag| tag.1 == code).count();
        look_at_tag(bench, place.unwrap());
        outcomes.push(bench.tick());
        if share == 1 {
            break;
        }
    }
    outcomes
}

#[test]
fn a_second_look_confirms_a_click() {
    let confirming = || {
        let mut bench = bench(|settings| {
            settings.look.clicks = true;
            settings.look.confirms = true;
            settings.dwell.on = true;
        });
        run(&mut bench, 1.5);
        look(&mut bench, 1, 0);
        let outcomes = run(&mut bench, 3.0);
        assert!(is_on(&bench, 1));
        assert_eq!(clicks(&outcomes), 0, "neither by looking nor by dwelling");
        assert_eq!(tags(&bench).len(), 2);
        bench
    };
    let mut bench = confirming();
    look_at_tag(&mut bench, 0);
    assert_eq!(clicks(&run(&mut bench, 2.0)), 1);
    assert_eq!(tags(&bench).len(), 3);
    // The other tag, or no look at all: no click.
    let mut bench = confirming();
    look_at_tag(&mut bench, 1);
    assert_eq!(clicks(&run(&mut bench, 0.5)), 0);
    assert_eq!(tags(&bench).len(), 3);
    let mut bench = confirming();
    assert_eq!(clicks(&run(&mut bench, 13.0)), 0);
    // A target that has gone: no click, whatever is looked at.
    let mut bench = confirming();
    bench.see(&PLACES[..1], SIZE);
    bench.tick();
    assert_eq!(bench.governor.chosen(), None);
    assert_eq!(tags(&bench).len(), 1);
}
