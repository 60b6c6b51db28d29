//! The patient's panel.

use super::looking::{alone, look_until_chosen, tags};
use super::*;
use crate::command::MOST_CODES;

const PANEL: Rect = Rect {
    x: 1720,
    y: 0,
    width: 200,
    height: 1080,
};

impl Bench {
    /// Reports `count` buttons of the panel as the only targets.
    pub(super) fn see_panel(&mut self, count: usize) {
        let target = |number: usize| {
            Target::new(
                Rect::new(1730, 20 + 180 * number as i32, 180, 60),
                TargetKind::Panel,
            )
        };
        let mut targets = Box::new(Targets::with_capacity());
        let list: Vec<Target> = (0..count).map(target).collect();
        targets.set(self.now, &list);
        self.governor.see(targets);
    }
}

fn with_panel(change: impl FnOnce(&mut ControlSettings)) -> Bench {
    let mut bench = Bench::new(|settings| {
        settings.dwell.on = true;
        change(settings);
    });
    bench.governor.request(Request::Panel(Some(PANEL)));
    // Clicks are allowed from a second after the start.
    bench.run(1.5);
    bench
}

/// Moves by commands until the pointer is at a place, and leaves it there.
fn go(bench: &mut Bench, to: [i32; 2]) {
    for axis in 0..2 {
        while bench.place[axis].abs_diff(to[axis]) > 8 {
            let mut velocity = [0.0; 2];
            velocity[axis] = 400.0 * f64::from((to[axis] - bench.place[axis]).signum());
            bench.command(velocity, false);
            bench.tick();
        }
    }
    bench.command([0.0; 2], false);
}

/// The buttons of a run, each change once.
fn presses(outcomes: &[Outcome]) -> Vec<Buttons> {
    let mut buttons: Vec<_> = outcomes.iter().map(|at| at.action.buttons).collect();
    buttons.dedup();
    buttons
}

#[test]
fn a_click_on_the_panel_is_a_left_click_and_the_chosen_kind_waits_for_the_next_place() {
    let right = Buttons {
        right: true,
        ..Buttons::UP
    };
    let mut bench = with_panel(|_| ());
    go(&mut bench, [1800, 500]);
    assert_eq!(
        presses(&bench.run(2.0)),
        [Buttons::UP, Buttons::LEFT, Buttons::UP]
    );
    bench.governor.request(Request::NextClick(ClickKind::Right));
    assert_eq!(bench.governor.click_kind(), ClickKind::Right);
    // Another button of the panel.
    go(&mut bench, [1800, 700]);
    assert_eq!(
        presses(&bench.run(2.0)),
        [Buttons::UP, Buttons::LEFT, Buttons::UP]
    );
    go(&mut bench, [900, 700]);
    assert_eq!(presses(&bench.run(2.0)), [Buttons::UP, right, Buttons::UP]);
    assert_eq!(bench.governor.click_kind(), ClickKind::Left);
}

#[test]
fn the_wheel_turns_where_the_user_works_and_the_pointer_comes_back() {
    let mut bench = with_panel(|settings| settings.click.kind = ClickKind::None);
    go(&mut bench, [900, 400]);
    bench.run(0.6);
    let work = bench.place;
    go(&mut bench, [1800, 500]);
    bench.run(1.3);
    let before = bench.place;
    for steps in [5, -5] {
        bench.governor.request(Request::Scroll(steps));
        let mut turned = Vec::new();
        for _ in 0..20 {
            let wheel = bench.tick().action.wheel;
            turned.extend((wheel != [0; 2]).then_some((wheel, bench.place)));
        }
        let [(wheel, at)] = turned[..] else {
            panic!("{turned:?}");
        };
        assert_eq!(wheel, [0, steps]);
        // Exactly there: what lies a few pixels away may be something else.
        assert!(
            (0..2).all(|axis| at[axis].abs_diff(work[axis]) <= 2),
            "{at:?} {work:?}"
        );
        assert_eq!(bench.place, before);
    }
    // More is asked for on the way: it is added, and the pointer still comes back.
    for ticks in 0..3 {
        bench.governor.request(Request::Scroll(2));
        let mut turned = 0;
        for tick in 0..20 {
            if tick == ticks {
                bench.governor.request(Request::Scroll(3));
            }
            turned += bench.tick().action.wheel[1];
        }
        assert_eq!((turned, bench.place), (5, before), "{ticks}");
    }
    // Staying on the button asks again.
    assert_eq!(
        presses(&bench.run(1.4)),
        [Buttons::UP, Buttons::LEFT, Buttons::UP]
    );
}

#[test]
fn an_errand_waits_for_the_button_and_is_dropped_by_a_pause() {
    let mut bench = with_panel(|_| ());
    go(&mut bench, [900, 400]);
    bench.run(0.6);
    bench.command([0.0; 2], true);
    bench.tick();
    bench.governor.request(Request::Scroll(3));
    for _ in 0..20 {
        bench.command([0.0; 2], true);
        let outcome = bench.tick();
        assert_eq!(
            (outcome.action.wheel, outcome.action.buttons),
            ([0; 2], Buttons::LEFT)
        );
    }
    bench.governor.request(Request::Pause);
    bench.command([0.0; 2], false);
    bench.run(0.2);
    bench.governor.request(Request::Resume);
    assert!(bench.run(1.0).iter().all(|at| at.action.wheel == [0; 2]));
}

#[test]
fn without_a_known_place_the_wheel_turns_where_the_pointer_is() {
    let mut bench = with_panel(|_| ());
    bench.governor.request(Request::Panel(None));
    bench.governor.request(Request::Scroll(2));
    let outcomes = bench.run(0.2);
    let turned = outcomes.iter().filter(|at| at.action.wheel == [0, 2]);
    assert_eq!(turned.count(), 1);
    assert!(
        outcomes
            .iter()
            .all(|at| [at.action.dx_px, at.action.dy_px] == [0; 2])
    );
}

/// A patient who looks, with the panel and a button of a program.
fn who_looks() -> Bench {
    let mut bench = with_panel(|settings| {
        settings.dwell.on = false;
        settings.assist.mode = AssistMode::Look;
    });
    bench.governor.set_tag_codes(3);
    bench
}

const RESUME: Rect = Rect::new(1730, 100, 180, 60);

/// Reports this button of the panel, and perhaps one of a program.
fn see(bench: &mut Bench, has_program: bool) {
    let panel = Target::new(RESUME, TargetKind::Panel);
    let program = Target::new(Rect::new(300, 300, 200, 80), TargetKind::Button);
    let mut targets = Box::new(Targets::with_capacity());
    let both = [panel, program];
    targets.set(bench.now, &both[..1 + usize::from(has_program)]);
    bench.governor.see(targets);
}

/// Looks at the only tag, if there is one, until the panel is clicked or for `secs`. Returns the outcomes.
fn look(bench: &mut Bench, secs: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..(secs / 0.5) as usize {
        see(bench, false);
        let (scene, mut tags) = bench.governor.tags();
        let code = tags.next().map(|(_, code)| code);
        drop(tags);
        if let Some(code) = code {
            let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
            log_probability[usize::from(code)] = 0.0;
            bench.selection = Some(Selection {
                scene,
                log_probability,
            });
        }
        bench.command([0.0; 2], false);
        outcomes.extend(bench.run(0.5));
    }
    outcomes
}

#[test]
fn a_patient_who_rests_can_press_only_the_panel() {
    let mut bench = who_looks();
    see(&mut bench, true);
    bench.run(0.2);
    assert_eq!(bench.governor.tags().1.count(), 2);
    bench.governor.request(Request::Rest);
    // While programs have targets, nothing is shown.
    bench.run(0.2);
    let resting = State::Paused(PauseReason::Resting);
    assert_eq!(bench.governor.state(), resting);
    assert_eq!(bench.governor.tags().1.count(), 0);
    let outcomes = look(&mut bench, 6.0);
    assert!(
        outcomes
            .iter()
            .all(|at| at.state == resting && at.action.wheel == [0; 2])
    );
    assert!(outcomes.iter().any(|at| at.clicks));
    let pressed = presses(&outcomes);
    assert_eq!(pressed[..3], [Buttons::UP, Buttons::LEFT, Buttons::UP]);
    assert!(
        pressed
            .iter()
            .all(|down| [Buttons::UP, Buttons::LEFT].contains(down))
    );
    assert!(RESUME.contains(bench.place), "{:?}", bench.place);
    // Imagery, the face switch and a class that presses do nothing.
    bench.face = true;
    bench.command([300.0, 0.0], true);
    let before = bench.place;
    assert!(
        bench
            .run(0.3)
            .iter()
            .all(|at| at.action.buttons == Buttons::UP)
    );
    assert_eq!(bench.place, before);
    bench.governor.request(Request::Resume);
    bench.tick();
    assert_eq!(bench.governor.state(), State::Active);
}

#[test]
fn nothing_can_be_pressed_at_rest_without_a_signal_or_after_another_pause() {
    for request in [Request::Pause, Request::Rest] {
        let mut bench = who_looks();
        see(&mut bench, false);
        bench.governor.request(request);
        if request == Request::Rest {
            bench.signal = Signal::Lost;
        }
        let before = bench.place;
        let outcomes = look(&mut bench, 4.0);
        assert!(outcomes.iter().all(|at| at.action == Action::default()));
        assert_eq!((bench.place, bench.governor.tags().1.count()), (before, 0));
    }
    // Without a panel there is nothing to look at.
    let mut bench = who_looks();
    bench.governor.request(Request::Panel(None));
    see(&mut bench, false);
    bench.governor.request(Request::Rest);
    assert!(
        look(&mut bench, 4.0)
            .iter()
            .all(|at| at.action == Action::default())
    );
}

#[test]
fn scrolling_for_a_screen_reader_arms_no_dwell_click_elsewhere() {
    let mut bench = with_panel(|_| ());
    go(&mut bench, [900, 400]);
    assert_eq!(presses(&bench.run(2.0)).len(), 3);
    bench.governor.request(Request::Scroll(5));
    let outcomes = bench.run(3.0);
    assert!(outcomes.iter().any(|at| at.action.wheel == [0, 5]));
    assert_eq!(presses(&outcomes), [Buttons::UP]);
}

#[test]
fn a_patient_cannot_end_a_pause_that_a_helper_asked_for() {
    let mut bench = who_looks();
    bench.governor.request(Request::Pause);
    for request in [Request::Rest, Request::EndRest] {
        bench.governor.request(request);
        bench.tick();
        assert_eq!(bench.governor.state(), State::Paused(PauseReason::Asked));
    }
    bench.governor.request(Request::Resume);
    bench.governor.request(Request::Rest);
    bench.tick();
    assert_eq!(bench.governor.state(), State::Paused(PauseReason::Resting));
    bench.governor.request(Request::EndRest);
    bench.tick();
    assert_eq!(bench.governor.state(), State::Idle);
}

#[test]
fn a_kind_that_a_helper_chooses_with_a_mouse_stays() {
    let mut bench = with_panel(|_| ());
    bench.foreign.left = true;
    bench.run(0.1);
    bench.foreign.left = false;
    bench.governor.request(Request::NextClick(ClickKind::Right));
    bench.run(6.0);
    assert_eq!(bench.governor.state(), State::Idle);
    assert_eq!(bench.governor.click_kind(), ClickKind::Right);
}

/// Where no program publishes targets, the panel stays in reach: its buttons are offered beside the grid, which leaves its place free.
#[test]
fn the_panel_is_offered_beside_the_grid() {
    let mut bench = alone(|settings| settings.look.clicks = true);
    let pass = |bench: &mut Bench, buttons: usize, secs: f64| {
        let mut outcomes = Vec::new();
        for _ in 0..(10.0 * secs) as usize {
            bench.see_panel(buttons);
            bench.command([0.0; 2], false);
            outcomes.extend(bench.run(0.1));
        }
        outcomes
    };
    pass(&mut bench, 4, 4.0);
    assert_eq!(tags(&bench).len(), 4);
    pass(&mut bench, 4, 2.0);
    let all = tags(&bench);
    let is_panel = |(rect, _): &&(Rect, u8)| rect.x >= 1730;
    assert_eq!((all.len(), all.iter().filter(is_panel).count()), (13, 4));
    let cells = all.iter().filter(|tag| !is_panel(tag));
    assert!(cells.clone().all(|(rect, _)| rect.x + rect.width < 1730));
    // Another page of the panel is offered at once.
    pass(&mut bench, 2, 0.3);
    assert_eq!(tags(&bench).iter().filter(is_panel).count(), 2);
    let button = tags(&bench).iter().find(is_panel).unwrap().0;
    let mut outcomes = look_until_chosen(&mut bench, [button.x, button.y]);
    outcomes.extend(pass(&mut bench, 2, 3.0));
    assert_eq!(clicks(&outcomes), 1);
    assert!(button.contains(bench.place), "{:?}", bench.place);
    // A part of the screen that was divided leaves no room for it, except to go back.
    let cell = tags(&bench)[0].0;
    look_until_chosen(&mut bench, [cell.x, cell.y]);
    pass(&mut bench, 2, 0.3);
    assert_eq!(tags(&bench).len(), 10);
}
