//! A Wayland compositor (sway), observed by an independent client (wev): motion, buttons and wheel are exact, whatever
//! ends releases the buttons, and recorded EEG moves the pointer in the right direction.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::command::Buttons;
use bci_cursor::pointer::{Action, DonglePointer, Pointer, PointerName};
use common::sway::Sway;
use common::wayland_desk::{Desk, a_recorded_patient_moves_the_pointer};
use common::wev::PointerEvent;
use common::{Lab, Running, wait_for};
use std::time::Duration;

/// Buttons as Linux numbers them.
const LEFT: u32 = 272;
const RIGHT: u32 = 273;
const MIDDLE: u32 = 274;

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn motion_buttons_and_wheel_arrive_exactly() {
    let lab = Lab::new();
    let mut sway = Sway::start(&lab);
    // A mouse board that moves the session's pointer carries out single actions.
    let mut board = Running::start(sway.on(lab.bci_cursor(&["dongle"])));
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let mut pointer = DonglePointer::open(port.strip_prefix("port ").unwrap()).unwrap();
    sway.place_pointer(640, 360);
    sway.wait_for("the middle", 5, |event| {
        *event == PointerEvent::Motion([640.0, 360.0])
    });

    let mut sum = [640.0, 360.0];
    for [dx_px, dy_px] in [[30, -12], [-1, 0], [0, 1], [120, 77], [-90, -66]] {
        let action = Action {
            dx_px,
            dy_px,
            ..Action::default()
        };
        pointer.apply(action).unwrap();
        sum = [sum[0] + f64::from(dx_px), sum[1] + f64::from(dy_px)];
        let at = sum;
        sway.wait_for("a motion", 5, |event| *event == PointerEvent::Motion(at));
    }

    // A release and the next press belong to one action, and the release is first.
    let mut down = None;
    for next in [Some(LEFT), Some(MIDDLE), Some(RIGHT), None] {
        let is = |button| next == Some(button);
        let buttons = Buttons {
            left: is(LEFT),
            middle: is(MIDDLE),
            right: is(RIGHT),
        };
        let action = Action {
            buttons,
            ..Action::default()
        };
        pointer.apply(action).unwrap();
        let up = down.map(|button| PointerEvent::Button(button, false));
        let press = next.map(|button| PointerEvent::Button(button, true));
        for expected in [up, press].into_iter().flatten() {
            let (_, event) = sway.next(Duration::from_secs(5)).unwrap();
            assert_eq!(event, expected);
        }
        down = next;
    }

    // Positive steps scroll down.
    let scroll = Action {
        wheel: [0, 2],
        ..Action::default()
    };
    pointer.apply(scroll).unwrap();
    let received = sway.events(Duration::from_millis(300));
    let (mut motion, mut steps) = (0.0, 0);
    for event in &received {
        match event {
            PointerEvent::Axis(by, true) => motion += by,
            PointerEvent::Steps(by) => steps += by,
            other => panic!("{other:?} among {received:?}"),
        }
    }
    assert_eq!((motion, steps), (30.0, 2), "{received:?}");
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_lost_stream_and_a_signal_release() {
    let log = Desk::new(Sway::start).a_lost_stream_and_a_signal_release();
    assert!(log.contains("pointer  wlr, a virtual pointer"), "{log}");
    assert!(log.contains("x11 is not used: only programs"), "{log}");
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn the_guard_releases_for_a_driver_that_cannot() {
    Desk::new(Sway::start).the_guard_releases_for_a_driver_that_cannot();
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_compositor_that_ends_holds_the_run() {
    let mut desk = Desk::new(Sway::start);
    // A compositor that is gone is a lost display: the run holds, and gives up after a while.
    let driver = desk.drive();
    wait_for("decoding", 60.0, || {
        let log = desk.lab.read("run.log");
        log.contains("state    the pointer moves")
    });
    desk.compositor.kill();
    wait_for("what the driver says", 5.0, || {
        let log = desk.lab.read("run.log");
        log.contains("holding, and trying again for 10 s")
    });
    let (code, _) = driver.finish(20.0);
    let log = desk.lab.read("run.log");
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("Wayland display"), "{log}");
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_run_that_nobody_could_stop_is_refused() {
    let lab = Lab::new();
    let sway = Sway::start(&lab);
    let _headset = lab.spawn(
        &[
            "replay",
            "synthetic:channels=21,trials=50",
            "--to",
            "lsl",
            "--name",
            "headset",
        ],
        None,
    );
    let checks = sway.on(lab.bci_cursor(&["doctor"])).output().unwrap();
    let checks = String::from_utf8(checks.stdout).unwrap();
    assert!(checks.contains("a run uses wlr"), "{checks}");
    let run = "run --stream headset --wait 20 --no-record --seconds 1";
    let run: Vec<&str> = run.split(' ').collect();
    let output = sway.on(lab.bci_cursor(&run)).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    // Where this user may read mice and keyboards, a hand can stop it.
    if PointerName::Wlr.hands().is_ok() {
        assert!(output.status.success(), "{text}");
        assert!(checks.contains("ok       taking over"), "{checks}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "nobody could take over",
        "usermod -aG input",
        "--window",
        "--without-override",
        "'bci-cursor stop'",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(checks.contains("warning  taking over"), "{checks}");
}

#[test]
#[cfg_attr(not(all(sway, real_eeg)), ignore = "needs sway, wev and recorded EEG")]
fn a_recorded_patient_moves_the_pointer_of_a_compositor() {
    let all = std::env::var_os("BCI_CURSOR_ALL_TRIALS").is_some();
    a_recorded_patient_moves_the_pointer(Sway::start, all);
}
