//! A calibration of looking in the clinician's window, with a person whose EEG answers to what a simulated display shows.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::looking_world::Session;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{CHINESE, ENGLISH};
use bci_cursor::app::gui::wizard::{Step, WizardOptions};
use bci_cursor::fit::looking::read_looks;
use bci_cursor::patient::store;
use bci_cursor::source::channels::ReadAs;
use common::is_apart;
use eframe::egui::Key;
use wizard_window::patient_file;

#[test]
fn a_patient_who_looks_gets_a_response() {
    if !is_apart(module_path!(), "a_patient_who_looks_gets_a_response") {
        return;
    }
    let mut session = Session::new("ada", 0, ["O1", "Oz", "O2"], 1.0);
    session.run(8.0);
    assert!(session.window.shows(ENGLISH.looking.cortex));
    session.go_to_plan();
    // Nothing flickers before somebody has asked, and Enter does not allow it.
    let asked = ENGLISH.looking.questions;
    assert!(session.window.shows(asked.questions[2]) && session.window.shows(asked.meaning));
    session.window.enter();
    assert_eq!(session.window.step(), Step::Training);
    assert!(!patient_file("ada", "profile.toml").exists());
    session.window.click(ENGLISH.looking.allow);
    let profile = std::fs::read_to_string(patient_file("ada", "profile.toml")).unwrap();
    assert!(profile.contains("flicker_allowed = "), "{profile}");
    assert!(session.window.shows(ENGLISH.looking.is_allowed));
    session.run(0.5);
    session.window.enter();
    assert_eq!(session.window.step(), Step::Cues);
    session.run(10.5);
    // A pause in the middle of a look hides all tags; the look is repeated.
    session.window.harness.key_press(Key::Space);
    session.run(0.2);
    assert!(session.window.shows(ENGLISH.paused));
    assert!(session.world.0.lock().unwrap().scene.tags.is_empty());
    session.run(20.0);
    assert!(session.window.shows(ENGLISH.paused));
    session.window.harness.key_press(Key::Space);
    session.run(85.0);
    assert_eq!(session.window.step(), Step::Result);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows(ENGLISH.looking.verdicts[2]));
    assert!(session.window.shows(ENGLISH.looking.recognised) && session.window.shows("/ 20 looks"));
    assert!(
        session.window.shows(ENGLISH.looking.rise) && session.window.shows(ENGLISH.looking.fall)
    );
    // The recording tells what was shown, and what was looked at.
    let recordings = store::sessions("ada");
    let looks = read_looks(&recordings[0], &ReadAs::default(), 0.0)
        .unwrap()
        .unwrap();
    assert_eq!(looks.trials.len(), 21);
    let whole = looks
        .trials
        .iter()
        .filter(|trial| trial.look.samples() > 350);
    assert_eq!(whole.count(), 20);
    assert!(
        looks
            .trials
            .iter()
            .all(|trial| trial.look.brightness.rows() == 12)
    );
    session.window.enter();
    assert!(session.window.shows(ENGLISH.saved));
    assert!(session.window.shows("--set control.assist.mode=look"));
    let report = bci_cursor::report::of_patient("ada", "today").unwrap();
    let page = bci_cursor::report::page(&report);
    for words in [
        "Looking can be used",
        "Calibration: looking",
        "<td>3 s</td>",
        "to brighter, after ",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let (_, model) = bci_cursor::patient::looking::load("ada").unwrap().unwrap();
    assert_eq!(model.channels(), ["O1", "Oz", "O2"]);
    let figures = model.figures.unwrap();
    let at_3s = figures.after.iter().find(|after| after.seconds == 3.0);
    assert!(at_3s.unwrap().share() >= 0.9, "{figures:?}");
}

#[test]
fn a_patient_who_does_not_look_keeps_what_there_was() {
    if !is_apart(
        module_path!(),
        "a_patient_who_does_not_look_keeps_what_there_was",
    ) {
        return;
    }
    let mut session = Session::new("eli", 0, ["O1", "Oz", "O2"], 0.0);
    session.go_to_plan();
    session.window.click(ENGLISH.looking.allow);
    session.run(0.5);
    session.window.enter();
    session.run(87.0);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows(ENGLISH.looking.verdicts[0]));
    assert!(session.window.shows(ENGLISH.looking.no_go));
    // Enter does not save it.
    session.window.enter();
    assert!(bci_cursor::patient::looking::load("eli").unwrap().is_none());
    // Again, and ended after a few looks: the recording is kept.
    assert_eq!(session.window.step(), Step::Training);
    session.screen();
    session.run(0.5);
    session.window.enter();
    session.run(13.0);
    session.window.harness.key_press(Key::Escape);
    session.run(0.2);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows("expected at least 8: record more"));
    assert!(session.window.shows(ENGLISH.looking.cannot_fit));
    assert!(session.window.shows(ENGLISH.looking.can_resume));
    assert!(session.window.shows(ENGLISH.kept_recording));
    assert_eq!(store::sessions("eli").len(), 2);
}

#[test]
fn an_interrupted_calibration_of_looking_is_resumed() {
    let name = "an_interrupted_calibration_of_looking_is_resumed";
    if !is_apart(module_path!(), name) {
        return;
    }
    let electrodes = ["O1", "Oz", "O2"];
    let mut session = Session::new("nia", 0, electrodes, 1.0);
    session.go_to_plan();
    session.window.click(ENGLISH.looking.allow);
    session.run(0.5);
    session.window.enter();
    session.run(18.5);
    // The window is closed in the middle of the fifth look.
    drop(session);

    let resumed = |options: &mut WizardOptions| options.resumes = true;
    let mut other = Session::that("nia", 0, ["O1", "Oz", "POz"], 1.0, resumed);
    other.go_to_plan();
    assert!(other.window.shows(ENGLISH.other_electrodes));
    assert!(!other.window.shows(ENGLISH.resume_interrupted));
    drop(other);

    // Resumed, and ended before its first look: nothing is lost, and nothing is added.
    let mut session = Session::that("nia", 0, electrodes, 1.0, resumed);
    session.go_to_plan();
    session.run(0.5);
    session.window.enter();
    assert!(session.window.shows("Look 5 of 20"));
    session.window.harness.key_press(Key::Escape);
    session.run(0.2);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows("expected at least 8: record more"));
    drop(session);

    let mut session = Session::that("nia", 0, electrodes, 1.0, resumed);
    session.go_to_plan();
    assert!(session.window.shows(ENGLISH.interrupted));
    assert!(session.window.shows("Looks: 4 of 20, "));
    // Enter resumes it.
    session.run(0.5);
    session.window.enter();
    assert!(session.window.shows("Look 5 of 20"));
    session.run(67.0);
    assert_eq!(session.window.step(), Step::Result);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows("/ 20 looks"));
    let recordings = store::sessions("nia");
    assert_eq!(recordings.len(), 3);
    let last = wizard_window::last_session("nia");
    let first = recordings[0].file_name().unwrap().to_string_lossy();
    assert!(last.contains(&format!("\"continues\":\"{first}\"")));
    // Nothing is left to resume.
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_bci-cursor"))
        .args(["calibrate", "--patient", "nia", "--looking", "--resume"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        text.contains("no interrupted calibration of looking of 'nia'"),
        "{text}"
    );
}

#[test]
fn a_display_that_shows_nothing_is_reported() {
    if !is_apart(module_path!(), "a_display_that_shows_nothing_is_reported") {
        return;
    }
    let mut session = Session::new("kim", 0, ["O1", "Oz", "O2"], 1.0);
    session.go_to_plan();
    session.window.click(ENGLISH.looking.allow);
    session.run(0.5);
    session.world.0.lock().unwrap().shows_nothing = true;
    session.window.enter();
    session.run(4.0);
    assert!(session.window.shows(ENGLISH.looking.stuck));
    assert!(session.window.shows(ENGLISH.paused));
    session.world.0.lock().unwrap().shows_nothing = false;
    session.window.harness.key_press(Key::Space);
    session.run(2.0);
    assert!(!session.window.shows(ENGLISH.looking.stuck));
    assert!(session.window.shows(ENGLISH.looking.look_at));
}

#[test]
fn without_electrodes_over_the_visual_cortex_there_is_no_calibration() {
    if !is_apart(
        module_path!(),
        "without_electrodes_over_the_visual_cortex_there_is_no_calibration",
    ) {
        return;
    }
    let mut session = Session::new("liu", 1, ["C3", "Cz", "C4"], 1.0);
    session.run(8.0);
    assert!(session.window.shows(CHINESE.looking.no_cortex));
    session.window.click(CHINESE.next);
    assert!(session.window.shows(CHINESE.looking.questions.questions[0]));
    session.window.click(CHINESE.looking.allow);
    session.run(0.5);
    session.window.enter();
    assert_eq!(session.window.step(), Step::Training);
}
