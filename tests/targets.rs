//! Targets on a real desktop, read from its programs; and a dialog that is answered with real EEG.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::at_desk;
use crate::common::desktop;
use crate::common::fake_tree;
use crate::common::screen_patient;

use at_desk::{AtDesk, Eeg};
use common::{Lab, is_apart, wait_for};
use desktop::Desktop;
use fake_tree::{FakeTree, TreeContents};
use screen_patient::Goal;
use std::process::Child;

/// Shows a question with a title and the answers No and Yes.
fn ask(desktop: &Desktop, lab: &Lab, text: &str) -> Child {
    let mut dialog = lab.command("zenity");
    dialog.args(["--question", "--title", "Question", "--text", text]);
    desktop
        .on(&mut dialog)
        .spawn()
        .expect("zenity is needed: run the tests with 'make test'")
}

/// The buttons of the dialog, from left to right: No, Yes.
fn answers(desktop: &Desktop, lab: &Lab) -> [[i32; 4]; 2] {
    let mut buttons = desktop.rects(lab, [640, 400], "button", 2);
    buttons.sort_unstable();
    [buttons[0], buttons[1]]
}

fn middle([x, y, width, height]: [i32; 4]) -> [i32; 2] {
    [x + width / 2, y + height / 2]
}

#[test]
fn buttons_are_reported_at_their_places() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    for (place, code) in [(0, 1), (1, 0)] {
        let mut dialog = ask(&desktop, &lab, "Is it warm enough?");
        let [x, y] = middle(answers(&desktop, &lab)[place]);
        desktop.screen.place_pointer(x as i16, y as i16);
        for is_down in [true, false] {
            desktop.screen.mouse_button(1, is_down);
        }
        assert_eq!(dialog.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn without_accessibility_an_error_says_what_to_do() {
    let lab = Lab::new();
    let mut command = lab.bci_cursor(&["targets", "--at", "1,1"]);
    let nowhere = "unix:path=/nonexistent/bus";
    let output = command.env("DBUS_SESSION_BUS_ADDRESS", nowhere).output();
    let output = output.unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        messages.contains("at-spi2-core") && messages.contains("works without"),
        "{messages}"
    );
}

#[test]
fn wrong_endless_and_silent_trees_are_tolerated() {
    let (lab, desktop) = (Lab::new(), Desktop::bare());
    let tree = FakeTree::start(&desktop.address);
    let good = [300, 200, 80, 30];
    let count = || {
        let report = desktop.targets(&lab, [320, 210]);
        let found = report["targets"].as_array().unwrap().len();
        (found, report["took_ms"].as_f64().unwrap())
    };
    for finds in [true, false] {
        let lies = [
            [10, 10, -80, 30],
            [10, 10, 0, 0],
            [5000, 10, 80, 30],
            [i32::MIN, i32::MIN, i32::MAX, i32::MAX],
            [-90, 10, 80, 30],
        ];
        tree.set_contents(TreeContents {
            rects: [&lies[..], &[good]].concat(),
            names: Vec::new(),
            finds,
            late_ms: 0,
        });
        assert_eq!(count().0, 1, "finds by itself: {finds}");
        let many = (0..10_000).map(|k| [k % 1200, k / 20, 20, 10]).collect();
        tree.set_contents(TreeContents {
            rects: many,
            names: Vec::new(),
            finds,
            late_ms: 0,
        });
        // A slow machine reads as many as one second allows.
        let (found, took_ms) = count();
        let least = if took_ms > 900.0 { 1 } else { 100 };
        assert!((least..=256).contains(&found), "{found} in {took_ms} ms");
    }
    for late_ms in [2000, 200] {
        tree.set_contents(TreeContents {
            rects: vec![good; 20],
            names: Vec::new(),
            finds: true,
            late_ms,
        });
        let report = desktop.targets(&lab, [320, 210]);

        // Half a second is allowed for one answer, and a second for all of them.
        assert!(report["took_ms"].as_f64().unwrap() < 1900.0, "{report}");
        assert!(report["targets"].as_array().unwrap().len() < 10, "{report}");
    }
}

/// A driver continues, and reports once, while the tree that it reads disappears, is wrong or slow.
#[test]
fn the_pointer_moves_whatever_happens_to_the_tree() {
    let (lab, desktop) = (Lab::new(), Desktop::bare());
    let tree = FakeTree::start(&desktop.address);
    tree.set_contents(TreeContents {
        rects: (0..10_000).map(|k| [k % 1200, k / 20, 20, 10]).collect(),
        names: Vec::new(),
        finds: false,
        late_ms: 300,
    });
    let patient = "synthetic:channels=9,seed=5,trials=200,erd=0.8";
    let play = ["replay", patient, "--to", "lsl", "--name", "headset"];
    let _headset = lab.spawn(&play, None);
    let mut command = lab.bci_cursor(&[
        "run",
        "--stream",
        "headset",
        "--wait",
        "20",
        "--no-record",
        "--seconds",
        "12",
        "--stats",
        "--json",
        "--set",
        "control.assist.mode=strong",
        "--set",
        "control.pause.at_start=false",
        "--set",
        "control.pause.manual_override_ms=0",
    ]);
    let log = std::fs::File::create(lab.path("run.log")).unwrap();
    let driver = desktop
        .on(&mut command)
        .stderr(log)
        .stdout(std::process::Stdio::piped());
    let driver = driver.spawn().unwrap();
    wait_for("motion", 30.0, || desktop.screen.pointer().0 != [640, 400]);
    wait_for("the tree to be read", 30.0, || tree.requests() > 0);
    drop(tree);
    let output = driver.wait_with_output().unwrap();
    let messages = lab.read("run.log");
    assert!(output.status.success(), "{messages}");
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["holds"], 0, "{figures}");
    assert!(
        messages
            .matches("targets on the screen cannot be read")
            .count()
            <= 1,
        "{messages}"
    );
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_dialog_is_answered_with_real_eeg() {
    let eeg = Eeg::real();
    if is_apart(module_path!(), "a_dialog_is_answered_with_real_eeg") {
        answer_a_dialog(&eeg);
    }
}

/// For `make demo-desktop`, with real or synthetic EEG.
#[test]
#[ignore = "shows what the test above does"]
fn a_dialog_is_answered() {
    if is_apart(module_path!(), "a_dialog_is_answered") {
        answer_a_dialog(&Eeg::any());
    }
}

fn answer_a_dialog(eeg: &Eeg) {
    let mut desk = AtDesk::start(eeg);
    let (lab, desktop) = (&desk.lab, &desk.desktop);
    // This is set while the driver runs.
    desk.set(&["control.assist.mode=choose"]);
    for (choice, code) in [(1, 0), (0, 1)] {
        let mut dialog = ask(desktop, lab, "Would you like the window open?");
        desk.patient
            .wants(Goal::Reach(answers(desktop, lab)[choice]));
        let mut answer = None;
        wait_for("an answer", 120.0, || {
            answer = dialog.try_wait().unwrap();
            answer.is_some()
        });
        assert_eq!(answer.unwrap().code(), Some(code), "{}", desk.log());
        desk.patient.wants(Goal::Rest);
    }
    // Motion that was not only the user's is marked.
    let marked = std::fs::read(desk.end()).unwrap();
    let marked = String::from_utf8_lossy(&marked);
    assert!(marked.contains(r#"{"event":"assisted""#));
}

#[test]
fn buttons_that_close_a_window_are_told_from_others() {
    let (lab, desktop) = (Lab::new(), Desktop::bare());
    let tree = FakeTree::start(&desktop.address);
    for finds in [true, false] {
        tree.set_contents(TreeContents {
            rects: vec![
                [1200, 10, 36, 36],
                [1160, 10, 36, 36],
                [600, 600, 120, 40],
                [20, 10, 90, 36],
            ],
            names: vec!["Close", "最小化", "Close", "Open"],
            finds,
            late_ms: 0,
        });
        let report = desktop.targets(&lab, [640, 400]);
        let mut kinds: Vec<(i64, &str)> = report["targets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|target| {
                let x = target["rect"]["x"].as_i64().unwrap();
                (x, target["kind"].as_str().unwrap())
            })
            .collect();
        kinds.sort_unstable();
        let expected = [
            (20, "button"),
            (600, "button"),
            (1160, "window_button"),
            (1200, "window_button"),
        ];
        assert_eq!(kinds, expected);
    }
}
