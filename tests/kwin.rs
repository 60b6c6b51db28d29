//! KWin, the compositor of KDE, observed by an independent client (wev): motion, buttons and wheel, whatever ends releases
//! the buttons, and recorded EEG moves the pointer in the right direction.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::command::Buttons;
use bci_cursor::pointer::{Action, DonglePointer, Pointer};
use common::kwin::Kwin;
use common::wayland_desk::{Desk, a_recorded_patient_moves_the_pointer};
use common::wev::{Compositor, PointerEvent, Wev};
use common::{Lab, Running, wait_for};
use std::time::Duration;

/// A motion far beyond the edges of the screen, pixels.
const FAR: i32 = 3000;

fn moved(dx_px: i32, dy_px: i32) -> Action {
    Action {
        dx_px,
        dy_px,
        ..Action::default()
    }
}

/// The next button that changes.
fn next_button(wev: &mut Wev) -> (u32, bool) {
    loop {
        let (_, event) = wev.next(Duration::from_secs(5)).unwrap();
        if let PointerEvent::Button(number, is_down) = event {
            return (number, is_down);
        }
    }
}

#[test]
#[cfg_attr(not(kwin), ignore = "needs kwin_wayland and wev")]
fn motion_buttons_and_wheel_arrive_exactly() {
    let lab = Lab::new();
    let mut kwin = Kwin::start(&lab);
    // A mouse board that moves the session's pointer carries out single actions.
    let mut board = Running::start(kwin.on(lab.bci_cursor(&["dongle"])));
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let mut pointer = DonglePointer::open(port.strip_prefix("port ").unwrap()).unwrap();
    let mut apply = |action| pointer.apply(action).unwrap();
    let wev = kwin.wev();
    apply(moved(-FAR, -FAR));
    wev.wait_for("the corner", 5, |event| {
        *event == PointerEvent::Motion([0.0, 0.0])
    });
    let mut sum = [0.0; 2];
    for [dx_px, dy_px] in [[300, 200], [-1, 0], [0, 1], [120, 77], [-90, -66]] {
        apply(moved(dx_px, dy_px));
        sum = [sum[0] + f64::from(dx_px), sum[1] + f64::from(dy_px)];
        let at = sum;
        wev.wait_for("a motion", 5, |event| *event == PointerEvent::Motion(at));
    }

    let pressed = |left, middle, right| Action {
        buttons: Buttons {
            left,
            middle,
            right,
        },
        ..Action::default()
    };
    for (number, action) in [
        (272, pressed(true, false, false)),
        (274, pressed(false, true, false)),
        (273, pressed(false, false, true)),
    ] {
        apply(action);
        assert_eq!(next_button(wev), (number, true));
        apply(Action::default());
        assert_eq!(next_button(wev), (number, false));
    }

    // Positive steps scroll down.
    apply(Action {
        wheel: [0, 2],
        ..Action::default()
    });
    let mut motion = 0.0;
    wev.wait_for("the wheel", 5, |event| {
        if let PointerEvent::Axis(by, true) = event {
            motion += by;
        }
        motion == 30.0
    });
}

#[test]
#[cfg_attr(not(kwin), ignore = "needs kwin_wayland and wev")]
fn a_lost_stream_and_a_signal_release() {
    let log = Desk::new(Kwin::start).a_lost_stream_and_a_signal_release();
    assert!(log.contains("pointer  kwin, the pointer of KDE"), "{log}");
    assert!(log.contains("wlr is not used"), "{log}");
}

#[test]
#[cfg_attr(not(kwin), ignore = "needs kwin_wayland and wev")]
fn the_guard_releases_for_a_driver_that_cannot() {
    Desk::new(Kwin::start).the_guard_releases_for_a_driver_that_cannot();
}

#[test]
#[cfg_attr(not(kwin), ignore = "needs kwin_wayland and wev")]
fn a_compositor_that_ends_holds_the_run() {
    let mut desk = Desk::new(Kwin::start);
    let driver = desk.drive();
    let log = || desk.lab.read("run.log");
    wait_for("motion", 60.0, || log().contains("the pointer moves"));
    desk.compositor.kill();
    wait_for("what the driver says", 5.0, || {
        log().contains("holding, and trying again for 10 s")
    });
    let (code, _) = driver.finish(20.0);
    assert_eq!(code, Some(1), "{}", log());
}

#[test]
#[cfg_attr(not(kwin), ignore = "needs kwin_wayland and wev")]
fn doctor_says_how_kwin_is_told() {
    let lab = Lab::new();
    let checks = |kwin: &Kwin| {
        let output = kwin.on(lab.bci_cursor(&["doctor"])).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let allowed = checks(&Kwin::start(&lab));
    assert!(allowed.contains("a run uses kwin"), "{allowed}");
    let text = checks(&Kwin::start_refusing(&lab));
    assert!(!text.contains("a run uses kwin"), "{text}");
    assert!(
        text.contains("does not offer org_kde_kwin_fake_input"),
        "{text}"
    );
    assert!(text.contains("X-KDE-Wayland-Interfaces="), "{text}");
}

#[test]
#[cfg_attr(
    not(all(kwin, real_eeg)),
    ignore = "needs kwin_wayland, wev and recorded EEG"
)]
fn a_recorded_patient_moves_the_pointer_of_kwin() {
    let all = std::env::var_os("BCI_CURSOR_ALL_TRIALS").is_some();
    a_recorded_patient_moves_the_pointer(Kwin::start, all);
}
