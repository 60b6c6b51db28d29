//! A Wayland compositor (sway), observed by an independent client (wev): motion, buttons and wheel are exact, whatever
//! ends releases the buttons, and recorded EEG moves the pointer in the right direction.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::command::Buttons;
use bci_cursor::pointer::{Action, DonglePointer, Pointer, PointerName};
use common::sway::{PointerEvent, Sway};
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, Running, assert_in_time, eeg_dir, eegmmidb, wait_for};
use std::time::Duration;

/// Buttons as Linux numbers them.
const LEFT: u32 = 272;
const RIGHT: u32 = 273;
const MIDDLE: u32 = 274;
/// The limit for a release after the last sample, milliseconds,
const STREAM_MS: f64 = 200.0;
/// after a signal, and after the driver's end,
const SIGNAL_MS: f64 = 50.0;
/// and after the driver was stopped: the guard waits for 200 ms of silence.
const STOPPED_MS: f64 = 250.0;
/// Trials of recorded EEG that are played; all 15 with `BCI_CURSOR_ALL_TRIALS`, which takes two minutes.
const TRIALS: usize = 6;

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

/// A patient who moves and presses, and a compositor.
struct Desk {
    lab: Lab,
    sway: Sway,
    model: String,
    headset: Running,
}

impl Desk {
    fn new() -> Self {
        let lab = Lab::new();
        let model = fit_three_classes(&lab);
        Self {
            sway: Sway::start(&lab),
            headset: publish_three_classes(&lab, 21, "device"),
            model,
            lab,
        }
    }

    fn drive(&self) -> Running {
        let run = [&run_three_classes(&self.model)[..], &["--without-override"]].concat();
        let mut command = self.sway.on(self.lab.bci_cursor(&run));
        let log = std::fs::File::create(self.lab.path("run.log")).unwrap();
        command.stderr(log);
        Running::start(command)
    }

    /// Waits for a press, does something, and returns the milliseconds until the client heard of the release.
    fn released_ms(&mut self, after: impl FnOnce(&mut Running)) -> f64 {
        // What happened before is of no interest.
        self.sway.events(Duration::ZERO);
        self.sway.wait_for("a press", 60, |event| {
            *event == PointerEvent::Button(LEFT, true)
        });
        let start = bci_cursor::system::clock::now();
        after(&mut self.headset);
        let is_up = |event: &PointerEvent| {
            matches!(
                event,
                PointerEvent::Button(LEFT, false) | PointerEvent::Leave
            )
        };
        let at = self.sway.wait_for("the release", 5, is_up);
        at.since(start) as f64 / 1e6
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.lab.read("run.log"));
        }
    }
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_lost_stream_and_a_signal_release() {
    let mut desk = Desk::new();
    let driver = desk.drive();
    let mut stream_ms = Vec::new();
    for _ in 0..3 {
        stream_ms.push(desk.released_ms(Running::kill));
        desk.headset = publish_three_classes(&desk.lab, 21, "device");
    }
    assert_in_time("the stream's end", stream_ms, STREAM_MS);

    let term_ms = desk.released_ms(|_| driver.signal("TERM"));
    assert_in_time("SIGTERM", vec![term_ms], SIGNAL_MS);
    assert_eq!(driver.finish(5.0).0, Some(0));
    let log = desk.lab.read("run.log");
    assert!(log.contains("pointer  wlr, a virtual pointer"), "{log}");
    assert!(log.contains("x11 is not used: only programs"), "{log}");
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn the_guard_releases_for_a_driver_that_cannot() {
    let mut desk = Desk::new();
    let mut driver = desk.drive();
    let mut stopped_ms = Vec::new();
    for _ in 0..3 {
        stopped_ms.push(desk.released_ms(|_| driver.signal("STOP")));
        driver.signal("CONT");
    }
    assert_in_time("SIGSTOP", stopped_ms, STOPPED_MS);
    driver.kill();

    let mut killed_ms = Vec::new();
    for _ in 0..3 {
        let mut driver = desk.drive();
        killed_ms.push(desk.released_ms(|_| driver.kill()));
        let log = || desk.lab.read("run.log");
        wait_for("the guard", 2.0, || log().contains("the driver was killed"));
    }
    assert_in_time("SIGKILL", killed_ms, SIGNAL_MS);
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_compositor_that_ends_holds_the_run() {
    let mut desk = Desk::new();
    // A compositor that is gone is a lost display: the run holds, and gives up after a while.
    let driver = desk.drive();
    wait_for("decoding", 60.0, || {
        let log = desk.lab.read("run.log");
        log.contains("state    the pointer moves")
    });
    desk.sway.kill();
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

/// S007 decodes almost perfectly. This tests the driver, not how well people are decoded.
#[test]
#[cfg_attr(not(all(sway, real_eeg)), ignore = "needs sway, wev and recorded EEG")]
fn a_recorded_patient_moves_the_pointer_of_a_compositor() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let mut sway = Sway::start(&lab);
    let model = lab.path("s007.json").to_string_lossy().into_owned();
    let (first, second) = (eegmmidb(&eeg, "S007", 4), eegmmidb(&eeg, "S007", 8));
    let classes = "left_hand=T1,right_hand=T2";
    lab.succeed(&[
        "fit",
        &first,
        &second,
        "--classes",
        classes,
        "--out",
        &model,
    ]);

    let held_out = eegmmidb(&eeg, "S007", 12);
    let replay = ["replay", &held_out, "--to", "lsl", "--name", "s007"];
    let mut headset = lab.spawn(&[&replay[..], &["--wait-for-reader"]].concat(), None);
    let mut cue_printer = lab.python("print_markers.py", &["s007-markers"]);
    let cues = cue_printer.lines();
    assert_eq!(cues.recv().as_deref(), Ok("ready"));
    let run = [
        "run",
        "--mode",
        "axis",
        "--model",
        &model,
        "--stream",
        "s007",
        "--wait",
        "20",
        "--no-record",
        "--without-override",
        // The test moves the pointer.
        "--set",
        "control.pause.manual_override_ms=0",
    ];
    let driver = Running::start(sway.on(lab.bci_cursor(&run)));

    let (mut right, mut trials) = (0, Vec::new());
    let mut current: Option<String> = None;
    let all = std::env::var_os("BCI_CURSOR_ALL_TRIALS").is_some();
    let (wanted, enough) = if all { (15, 13) } else { (TRIALS, TRIALS - 2) };
    let mut has_ended = false;
    while !has_ended && trials.len() < wanted {
        has_ended = headset.has_ended();
        sway.events(Duration::ZERO);
        let cue = cues.recv_timeout(Duration::from_millis(20));
        if cue.is_err() && !has_ended {
            continue;
        }
        sway.events(Duration::from_millis(5));
        if let Some(class) = current.take() {
            let moved = sway.place[0] - 640.0;
            right += usize::from(if class == "T1" {
                moved < 0.0
            } else {
                moved > 0.0
            });
            trials.push(format!("{class} {moved:+.0}"));
        }
        if let Some(cue) = cue.ok().filter(|cue| cue == "T1" || cue == "T2") {
            sway.place_pointer(640, 360);
            current = Some(cue);
        }
    }
    driver.signal("INT");
    let (code, _) = driver.finish(5.0);
    println!(
        "{right} of {} trials moved the right way: {}",
        trials.len(),
        trials.join(", ")
    );
    assert_eq!((code, trials.len()), (Some(0), wanted));
    assert!(right >= enough, "{right} of {wanted}");
}
