mod assisted;
mod both;
mod hybrid;
mod looking;
mod panel;
mod pauses;
mod walk;

use super::*;
use crate::control::{
    ClickKind, HoldReason, PressMeaning, Rect, ScrollSettings, Signal, Target, TargetKind,
};
use crate::settings::Settings;
use crate::time::{SampleIndex, StreamNanos};

pub(super) const HD: Rect = Rect {
    x: 0,
    y: 0,
    width: 1920,
    height: 1080,
};
const TICK_NS: i64 = 16_000_000;

/// A governor, its pointer, and everything that acts on it.
pub(super) struct Bench {
    pub(super) governor: Governor,
    pub(super) now: HostNanos,
    pub(super) place: [i32; 2],
    pub(super) foreign: Buttons,
    pub(super) class: Option<usize>,
    pub(super) log_odds: Option<f64>,
    /// The next command carries an activation of the face switch.
    pub(super) face: bool,
    pub(super) has_fault: bool,
    pub(super) is_eeg: bool,
    pub(super) selection: Option<Selection>,
    pub(super) has_gate: bool,
    pub(super) is_turning: bool,
    pub(super) signal: Signal,
    pub(super) is_pointer_gone: bool,
}

impl Bench {
    pub(super) fn new(change: impl FnOnce(&mut ControlSettings)) -> Self {
        let mut settings = ControlSettings::default();
        settings.pause.at_start = false;
        change(&mut settings);
        let all = Settings {
            control: settings,
            ..Settings::default()
        };
        all.check().unwrap();
        Self {
            governor: Governor::new(settings, Screens::new(vec![HD])),
            now: HostNanos(0),
            place: [960, 540],
            foreign: Buttons::UP,
            class: None,
            log_odds: None,
            face: false,
            has_fault: false,
            is_eeg: true,
            selection: None,
            has_gate: true,
            is_turning: false,
            signal: Signal::Live,
            is_pointer_gone: false,
        }
    }

    pub(super) fn command(&mut self, velocity_px_s: [f64; 2], presses: bool) {
        self.governor.command(Command {
            at: SampleIndex(0),
            acquired: StreamNanos(self.now.0),
            received: self.now,
            class: self.class,
            log_odds: self.log_odds,
            confidence: 1.0,
            velocity_px_s,
            is_turning: self.is_turning,
            face: std::mem::take(&mut self.face),
            has_fault: self.has_fault,
            is_eeg: self.is_eeg,
            selection: self.selection.take(),
            has_gate: self.has_gate,
            buttons: if presses { Buttons::LEFT } else { Buttons::UP },
        });
    }

    /// Reports buttons of this size at these places.
    pub(super) fn see(&mut self, places: &[[i32; 2]], [width, height]: [i32; 2]) {
        let target =
            |[x, y]: &[i32; 2]| Target::new(Rect::new(*x, *y, width, height), TargetKind::Button);
        let mut targets = Box::new(Targets::with_capacity());
        let list: Vec<Target> = places.iter().map(target).collect();
        targets.set(self.now, &list);
        self.governor.see(targets);
    }

    pub(super) fn tick(&mut self) -> Outcome {
        self.now.0 += TICK_NS;
        let held = self.governor.held;
        let down = Buttons {
            left: held.left || self.foreign.left,
            ..held
        };
        let input = TickInput {
            signal: self.signal,
            is_pointer_gone: self.is_pointer_gone,
            hand_px: None,
            place_px: Some(self.place),
            buttons: Some(down),
        };
        let output = self.governor.tick(self.now, &input);
        self.place[0] += output.action.dx_px;
        self.place[1] += output.action.dy_px;
        output
    }

    /// The outcomes of `secs` seconds.
    pub(super) fn run(&mut self, secs: f64) -> Vec<Outcome> {
        (0..(secs * 62.5) as usize).map(|_| self.tick()).collect()
    }
}

pub(super) fn clicks(outputs: &[Outcome]) -> usize {
    outputs.iter().filter(|output| output.clicks).count()
}

#[test]
fn dwelling_counts_down_and_clicks() {
    let mut bench = Bench::new(|settings| settings.dwell.on = true);
    bench.command([200.0, 0.0], false);
    bench.run(2.0);
    bench.command([0.0; 2], false);
    let stay = bench.run(5.0);
    assert_eq!(clicks(&stay), 1);
    let at = stay.iter().position(|output| output.clicks).unwrap();
    // 1.2 seconds, including the last 20 pixels of motion.
    assert!((66..76).contains(&at), "{at}");
    let growing = stay[..at]
        .windows(2)
        .all(|pair| pair[0].dwell <= pair[1].dwell);
    assert!(growing && stay[at - 1].dwell > 0.9);
    let down: Vec<bool> = stay
        .iter()
        .map(|output| output.action.buttons.left)
        .collect();
    assert_eq!(down.iter().filter(|down| **down).count(), 4);
    assert!(stay[at].action.buttons.left && stay[at].state == State::Active);
}

#[test]
fn turning_on_the_spot_is_active_and_neither_rest_nor_dwelling() {
    let mut bench = Bench::new(|settings| {
        settings.dwell.on = true;
        settings.pause.after_rest_s = 20;
    });
    // It has moved here, and now the heading turns.
    bench.command([200.0, 0.0], false);
    bench.run(2.0);
    bench.is_turning = true;
    bench.command([0.0; 2], false);
    let outputs = bench.run(30.0);
    assert!(outputs.iter().all(|output| output.state == State::Active));
    assert!(outputs.iter().all(|output| output.dwell == 0.0));
    assert_eq!(clicks(&outputs), 0);
    // After turning, it stays and clicks; then it rests.
    bench.is_turning = false;
    bench.command([0.0; 2], false);
    assert_eq!(clicks(&bench.run(5.0)), 1);
    assert_eq!(bench.governor.state(), State::Idle);
    bench.run(20.0);
    let rests = State::Paused(PauseReason::LongRest);
    assert_eq!(bench.governor.state(), rests);
}

#[test]
fn nothing_clicks_while_an_electrode_is_bad_and_a_second_after() {
    let mut bench = Bench::new(|settings| settings.dwell.on = true);
    let dwell = |bench: &mut Bench| {
        bench.command([200.0, 0.0], false);
        bench.run(1.0);
        bench.command([0.0; 2], false);
        bench.run(3.0)
    };
    bench.run(1.5);
    assert_eq!(clicks(&dwell(&mut bench)), 1);
    bench.has_fault = true;
    assert_eq!(clicks(&dwell(&mut bench)), 0);
    // It still moves.
    assert!(bench.place[0] > 1200, "{:?}", bench.place);
    bench.has_fault = false;
    bench.command([0.0; 2], false);
    assert_eq!(clicks(&bench.run(1.0)), 0);
    assert_eq!(clicks(&dwell(&mut bench)), 1);
}

#[test]
fn a_hot_key_before_the_first_sample_resumes_from_the_first_sample_on() {
    let mut bench = Bench::new(|settings| settings.pause.at_start = true);
    bench.signal = Signal::Waiting;
    bench.run(0.5);
    bench.governor.request(Request::Toggle);
    bench.signal = Signal::Live;
    assert_eq!(bench.tick().state, State::Idle);
}

#[test]
fn default_settings_never_click() {
    let mut bench = Bench::new(|_| {});
    for k in 0..2000 {
        let angle = f64::from(k);
        bench.command([300.0 * angle.sin(), 300.0 * angle.cos()], false);
        assert_eq!(clicks(&bench.run(0.1)), 0);
    }
}

#[test]
fn a_class_that_presses_holds_or_clicks() {
    let mut bench = Bench::new(|_| {});
    bench.run(2.0);
    bench.command([0.0; 2], true);
    let held = bench.run(1.0);
    assert!(
        held.iter()
            .all(|output| output.action.buttons == Buttons::LEFT && !output.clicks)
    );
    bench.command([0.0; 2], false);
    assert_eq!(bench.tick().action.buttons, Buttons::UP);

    let mut bench = Bench::new(|settings| {
        settings.click.press = PressMeaning::Click;
        settings.click.kind = ClickKind::Right;
    });
    bench.run(2.0);
    bench.command([0.0; 2], true);
    let pressing = bench.run(3.0);
    let at = pressing.iter().position(|output| output.clicks).unwrap();
    assert!((36..40).contains(&at) && clicks(&pressing) == 1, "{at}");
    assert!(pressing[at].action.buttons.right);
}

#[test]
fn the_face_switch_clicks_once_and_not_within_a_second_of_a_resume() {
    let mut bench = Bench::new(|settings| settings.click.kind = ClickKind::Right);
    let activate = |bench: &mut Bench| {
        bench.face = true;
        bench.command([0.0; 2], false);
        // A command that arrives before the next tick does not hide it.
        bench.command([0.0; 2], false);
        bench.run(0.5)
    };
    bench.run(2.0);
    let outcomes = activate(&mut bench);
    assert!(outcomes[0].clicks && outcomes[0].action.buttons.right && clicks(&outcomes) == 1);
    bench.governor.request(Request::Pause);
    assert_eq!(clicks(&activate(&mut bench)), 0);
    bench.governor.request(Request::Resume);
    assert_eq!(clicks(&bench.run(0.3)), 0, "activated while paused");
    assert_eq!(clicks(&activate(&mut bench)), 0, "just resumed");
    assert_eq!(
        clicks(&bench.run(2.0)),
        0,
        "activated too early, and not kept"
    );
    assert_eq!(clicks(&activate(&mut bench)), 1);
}

#[test]
fn a_command_from_before_a_pause_is_not_carried_out_after_it() {
    for meaning in [PressMeaning::Hold, PressMeaning::Click] {
        let mut bench = Bench::new(|settings| settings.click.press = meaning);
        bench.governor.request(Request::Pause);
        bench.command([0.0; 2], true);
        bench.run(3.0);
        bench.governor.request(Request::Resume);
        let after = bench.run(10.0);
        assert!(
            after
                .iter()
                .all(|output| output.action.buttons == Buttons::UP)
        );
        bench.command([0.0; 2], false);
        bench.tick();
        bench.command([0.0; 2], true);
        assert!(
            bench
                .run(2.0)
                .iter()
                .any(|output| output.action.buttons.left)
        );
    }
}

#[test]
fn a_hand_on_the_mouse_wins_and_its_button_releases_ours_at_once() {
    let mut bench = Bench::new(|_| {});
    bench.run(2.0);
    bench.command([100.0, 0.0], true);
    assert!(
        bench
            .run(1.0)
            .iter()
            .all(|output| output.action.buttons.left)
    );
    bench.place[1] += 30;
    let taken = bench.tick();
    assert_eq!(
        (taken.action, taken.state),
        (
            Action::default(),
            State::Paused(PauseReason::ManualOverride)
        )
    );
    let held = bench.run(4.9);
    assert!(held.iter().all(|output| output.action == Action::default()));
    // Motion returns; the press that was decoded all the time does not.
    let after = bench.run(2.0);
    assert!(
        after.iter().any(|o| o.action.dx_px > 0) && after.iter().all(|o| !o.action.buttons.left)
    );
    bench.command([0.0; 2], false);
    bench.tick();
    bench.command([0.0; 2], true);
    assert!(bench.tick().action.buttons.left);
    bench.foreign = Buttons {
        left: false,
        right: true,
        middle: false,
    };
    let input = TickInput {
        signal: Signal::Live,
        is_pointer_gone: false,
        hand_px: None,
        place_px: Some(bench.place),
        buttons: Some(Buttons {
            right: true,
            ..Buttons::LEFT
        }),
    };
    bench.now.0 += TICK_NS;
    assert_eq!(
        bench.governor.tick(bench.now, &input).action,
        Action::default()
    );
}

#[test]
fn every_fault_ends_a_drag() {
    let faults: [fn(&mut Bench); 4] = [
        |bench| bench.signal = Signal::Lost,
        |bench| bench.is_pointer_gone = true,
        |bench| bench.governor.request(Request::Pause),
        |bench| bench.place[0] += 100,
    ];
    for fault in faults {
        let mut bench = Bench::new(|settings| {
            settings.dwell.on = true;
            settings.click.kind = ClickKind::Drag;
        });
        bench.command([200.0, 0.0], false);
        bench.run(2.0);
        bench.command([0.0; 2], false);
        bench.run(2.0);
        let last = bench.tick();
        assert_eq!(
            (last.action.buttons, last.state),
            (Buttons::LEFT, State::Active)
        );
        fault(&mut bench);
        assert_eq!(bench.tick().action, Action::default());
        // The drag does not start again.
        (bench.signal, bench.is_pointer_gone) = (Signal::Live, false);
        bench.governor.request(Request::Resume);
        assert!(
            bench
                .run(10.0)
                .iter()
                .all(|output| output.action.buttons == Buttons::UP)
        );
    }
}

#[test]
fn scrolling_turns_the_wheel_and_moves_nothing() {
    let mut bench = Bench::new(|settings| {
        settings.scroll = ScrollSettings {
            on: true,
            ..ScrollSettings::default()
        };
        settings.dwell.on = true;
    });
    bench.command([0.0, 200.0], false);
    let turned: i32 = bench
        .run(4.0)
        .iter()
        .map(|output| output.action.wheel[1])
        .sum();
    assert!(
        (17..=20).contains(&turned) && bench.place == [960, 540],
        "{turned}"
    );
    bench.command([0.0; 2], false);
    assert_eq!(clicks(&bench.run(5.0)), 0);
}

#[test]
fn settings_change_while_it_runs() {
    let mut bench = Bench::new(|_| {});
    bench.command([100.0, 0.0], false);
    bench.run(1.0);
    let before = bench.place[0];
    let mut settings = bench.governor.settings;
    settings.speed.gain_x = 3.0;
    bench.governor.request(Request::Settings(settings));
    bench.run(1.0);
    assert!(bench.place[0] - before > 200, "{}", bench.place[0] - before);
}

#[test]
fn nothing_moves_while_the_signal_returns() {
    let mut bench = Bench::new(|settings| settings.pause.after_loss = false);
    bench.command([100.0, 0.0], false);
    bench.run(1.0);
    bench.signal = Signal::Lost;
    bench.run(0.5);
    bench.signal = Signal::Live;
    let back = bench.run(2.0);
    let moves = back
        .iter()
        .position(|output| output.action.dx_px > 0)
        .unwrap();
    assert!((62..70).contains(&moves), "{moves}");
    assert_eq!(back[10].state, State::Hold(HoldReason::Returning));
}
