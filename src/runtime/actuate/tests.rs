use super::*;
use crate::command::Buttons;
use crate::pointer::Pointer;
use crate::time::SampleIndex;
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub(super) struct Shared {
    pub(super) actions: Vec<Action>,
    broken: bool,
}

struct SharedPointer(Arc<Mutex<Shared>>);

impl Pointer for SharedPointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        let mut shared = self.0.lock().unwrap();
        if shared.broken {
            return Err(PointerError::Apply {
                cause: "display gone".into(),
            });
        }
        shared.actions.push(action);
        Ok(())
    }
}

pub(super) fn actuator() -> (Actuator, Arc<Mutex<Shared>>) {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let handle = shared.clone();
    let open: PointerOpener = Box::new(move || {
        if handle.lock().unwrap().broken {
            return Err(PointerError::Apply {
                cause: "no display".into(),
            });
        }
        Ok(OpenPointer::unobserved(SharedPointer(handle.clone())))
    });
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    settings.pause.after_loss = false;
    settings.speed.min_cutoff_hz = 100.0;
    (Actuator::new(open, settings).unwrap(), shared)
}

pub(super) fn ms(ms: i64) -> HostNanos {
    HostNanos(ms * 1_000_000)
}

pub(super) fn command(at: HostNanos, vx: f64, left: bool) -> Command {
    Command {
        at: SampleIndex(0),
        acquired: StreamNanos(at.0),
        received: at,
        class: None,
        log_odds: None,
        confidence: 1.0,
        velocity_px_s: [vx, 0.0],
        is_turning: false,
        face: false,
        has_fault: false,
        is_eeg: true,
        selection: None,
        has_gate: false,
        buttons: if left { Buttons::LEFT } else { Buttons::UP },
    }
}

#[test]
fn silence_holds_and_releases_and_return_resumes() {
    let (mut actuator, shared) = actuator();
    let take = || std::mem::take(&mut shared.lock().unwrap().actions);
    let run = |actuator: &mut Actuator, from: i64, to: i64, presses: bool| {
        for time in (from..to).step_by(8) {
            actuator.command(command(ms(time), 500.0, presses));
            actuator.tick(ms(time + 2)).unwrap();
        }
    };
    run(&mut actuator, 0, 1_200, false);
    run(&mut actuator, 1_200, 1_600, true);
    assert!(take().last().unwrap().buttons.left);
    (1_600..1_900)
        .step_by(8)
        .for_each(|time| actuator.tick(ms(time)).unwrap());
    let held = take();
    let at = held.iter().position(|action| *action == Action::default());
    assert!(at.is_some_and(|at| (17..=20).contains(&at)), "{at:?}");
    assert!(
        held.into_iter()
            .skip(20)
            .all(|action| action == Action::default())
    );
    // The signal is back: nothing happens for a second, then motion resumes. The press that was decoded all along does
    // not.
    run(&mut actuator, 1_900, 4_000, true);
    let after = take();
    let resumed = after.iter().position(|action| *action != Action::default());
    let resumed = resumed.unwrap();
    assert!(
        (1_000..1_030).contains(&(8 * resumed)),
        "{} ms",
        8 * resumed
    );
    assert!(after[resumed..].iter().all(|action| !action.buttons.left));
    assert!(after[resumed..].iter().all(|action| action.dx_px >= 0));
    assert_eq!(actuator.figures().1, 1);
}

#[test]
fn motion_is_velocity_times_time_whatever_the_ticks() {
    for tick_ms in [4, 8, 13] {
        let (mut actuator, shared) = actuator();
        actuator.tick(ms(0)).unwrap();
        let mut time = 0;
        while time < 2_000 {
            time += tick_ms;
            actuator.command(command(ms(time), 300.0, false));
            actuator.tick(ms(time)).unwrap();
        }
        let moved: i32 = shared
            .lock()
            .unwrap()
            .actions
            .iter()
            .map(|action| action.dx_px)
            .sum();
        assert!(
            (f64::from(moved) - 0.3 * time as f64).abs() <= 5.0,
            "{moved} after {time} ms"
        );
    }
}

#[test]
fn nothing_moves_before_the_first_command() {
    let (mut actuator, shared) = actuator();
    (0..100).for_each(|k| actuator.tick(ms(8 * k)).unwrap());
    let actions = &shared.lock().unwrap().actions;
    assert!(actions.iter().all(|action| *action == Action::default()));
}

#[test]
fn a_lost_display_is_tried_again_and_given_up_after_ten_seconds() {
    let (mut actuator, shared) = actuator();
    let step = |actuator: &mut Actuator, time| {
        actuator.command(command(ms(time), 100.0, false));
        actuator.tick(ms(time))
    };
    step(&mut actuator, 0).unwrap();
    shared.lock().unwrap().broken = true;
    for time in (100..3_000).step_by(100) {
        step(&mut actuator, time).unwrap();
    }
    shared.lock().unwrap().broken = false;
    for time in (3_000..5_000).step_by(100) {
        step(&mut actuator, time).unwrap();
    }
    assert!(
        shared.lock().unwrap().actions.len() > 5,
        "the pointer came back"
    );
    shared.lock().unwrap().broken = true;
    let failed = (5_000..20_000)
        .step_by(100)
        .find(|&time| step(&mut actuator, time).is_err())
        .unwrap();
    assert!((15_000..16_000).contains(&failed), "{failed}");
}
