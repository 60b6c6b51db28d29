//! From the end of a calibration to driving the pointer: the button starts one separate run, and reports errors of its
//! start.
#![cfg(all(unix, feature = "gui", not(target_os = "macos")))]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{ENGLISH, LANGUAGES, Message};
use bci_cursor::app::gui::wizard::Found;
use bci_cursor::runtime::feed::PatientFeed;
use bci_cursor::source::synthetic::Spec;
use bci_cursor::source::{LslSpec, SourceSpec};
use common::{Running, Screen, is_apart, wait_for};
use eframe::egui::Key;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use wizard_window::Window;

const PATIENT: &str = "seed=7,channels=21,erd=0.8";

/// A script that runs this program on another display.
fn on_display(display: &str) -> PathBuf {
    let home = std::env::var("XDG_DATA_HOME").unwrap();
    std::fs::create_dir_all(&home).unwrap();
    let path = Path::new(&home).join("on-display.sh");
    let program = env!("CARGO_BIN_EXE_bci-cursor");
    let script = format!("#!/bin/sh\nDISPLAY={display} exec {program} \"$@\"\n");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// A wizard after a calibration, saved. Its source is named after this stream, although the EEG is generated faster
/// than real time.
fn calibrated(patient: &str, language: usize, stream: &str, display: &str) -> Window {
    let text = LANGUAGES[language];
    let source = Found {
        source: SourceSpec::Lsl(LslSpec::named(stream, 5.0)),
        words: Message::new("a headset".into(), "头戴设备".into()),
    };
    let program = on_display(display);
    let mut window = Window::with(patient, language, PATIENT, |options| {
        options.source = Some(source);
        options.program = Some(program);
    });
    let feed = PatientFeed::new(&Spec::parse(PATIENT).unwrap()).unwrap();
    window.harness.state_mut().0.use_feed(Box::new(feed));
    window.run(8.0);
    window.click(text.next);
    window.click(text.begin);
    window.run(135.0);
    wait_for("the fit", 120.0, || {
        window.frame(16);
        window.shows(text.save)
    });
    window.click(text.save);
    assert!(window.shows(text.saved) && window.shows(text.drive));
    window
}

fn status() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bci-cursor"))
        .arg("status")
        .output();
    String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
}

#[test]
fn the_button_starts_one_run_for_this_patient() {
    if !is_apart(module_path!(), "the_button_starts_one_run_for_this_patient") {
        return;
    }
    let screen = Screen::start();
    let mut headset = Command::new(env!("CARGO_BIN_EXE_bci-cursor"));
    let patient = "synthetic:channels=21,seed=7,trials=200,erd=0.8";
    headset.args(["replay", patient, "--to", "lsl", "--name", "cap"]);
    let _headset = Running::start(headset);
    let mut window = calibrated("pia", 0, "cap", &screen.display);
    assert!(!status().contains("paused"), "nothing runs yet");
    // The button has the focus, so Enter is enough. Pressing it again does nothing.
    window.enter();
    assert!(window.shows(ENGLISH.drives));
    window.harness.key_press(Key::Enter);
    window.frame(16);
    wait_for("the run", 60.0, || status().contains("paused"));
    assert_eq!(status().lines().count(), 1, "{}", status());
    wait_for("its window", 60.0, || screen.shows("bci-cursor: run"));
    let stopped = Command::new(env!("CARGO_BIN_EXE_bci-cursor"))
        .arg("stop")
        .status();
    assert!(stopped.unwrap().success());
    wait_for("its end", 60.0, || {
        window.frame(16);
        window.shows(ENGLISH.drive_ended)
    });
    let home = std::env::var("XDG_DATA_HOME").unwrap();
    let log = Path::new(&home).join("bci-cursor/patients/pia/driving.log");
    assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let log_text = std::fs::read_to_string(log).unwrap();
    assert!(
        log_text.contains("stream   'cap'") || log_text.contains("cap"),
        "{log_text}"
    );
    // One session of this patient in addition to the calibration.
    assert_eq!(wizard_window::files("pia/sessions").len(), 2);
}

#[test]
fn the_error_of_a_run_that_cannot_start_is_shown_in_the_language_of_the_window() {
    if !is_apart(
        module_path!(),
        "the_error_of_a_run_that_cannot_start_is_shown_in_the_language_of_the_window",
    ) {
        return;
    }
    let screen = Screen::start();
    for (language, patient, words) in [
        (0, "quinn", "no LSL stream named 'no such cap' was found"),
        (1, "quang", "没有找到所选的 LSL 数据流"),
    ] {
        let text = LANGUAGES[language];
        let mut window = calibrated(patient, language, "no such cap", &screen.display);
        window.enter();
        wait_for("the failure", 60.0, || {
            window.frame(16);
            window.shows(text.drive_failed)
        });
        window.frame(16);
        assert!(window.shows(words), "{words}");
        // The run's own messages are in English.
        let messages = "error: no LSL stream";
        assert!(!window.shows(messages));
        window.click(text.details);
        window.run(0.5);
        assert!(window.shows(messages));
        // It can be tried again.
        window.click(text.drive);
        assert!(window.shows(text.drives));
    }
}
