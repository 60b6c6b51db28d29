//! Practice of looking in the clinician's window: a person whose EEG answers to what a simulated display shows copies ten targets.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::looking_world::Session;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{CHINESE, ENGLISH};
use bci_cursor::app::gui::wizard::{Step, WizardOptions};
use bci_cursor::fit::looking::read_looks;
use bci_cursor::looking::LookingSettings;
use bci_cursor::patient::profile::Profile;
use bci_cursor::patient::store;
use bci_cursor::settings::{AssistMode, Settings};
use bci_cursor::source::channels::ReadAs;
use bci_cursor::stimulus::CodeBook;
use common::is_apart;
use eframe::egui::Key;
use serde_json::Value;
use wizard_window::last_session;

const ELECTRODES: [&str; 3] = ["O1", "Oz", "O2"];

/// What tags show without a response.
fn flicker() -> CodeBook {
    let mut settings = Settings::default();
    settings.control.assist.mode = AssistMode::Look;
    LookingSettings::of(&settings).unwrap().code_book()
}

/// The figures of the newest session of a patient, and what decoded the looks.
fn figures(patient: &str) -> (Value, String) {
    let session = last_session(patient);
    let event = session.split(r#"{"event":"practice","#).nth(1).unwrap();
    let event = format!("{{{event}");
    let mut values = serde_json::Deserializer::from_str(&event).into_iter::<Value>();
    let event = values.next().unwrap().unwrap();
    assert_eq!(event["task"], "copy");
    let decoder = event["decoder"].as_str().unwrap().to_owned();
    (event["figures"].clone(), decoder)
}

/// From the signal to the practice, after the questions.
fn go_to_practice(session: &mut Session) {
    let text = session.window.harness.state().0.text();
    session.run(8.0);
    session.window.click(text.next);
    assert_eq!(session.window.step(), Step::Practice);
    session.window.click(text.looking.copy);
    // Nothing flickers before somebody has asked.
    assert_eq!(session.window.step(), Step::Training);
    assert!(session.window.shows(text.looking.questions.questions[0]));
    session.window.click(text.looking.allow);
    session.window.click(text.practice);
    assert_eq!(session.window.step(), Step::Practice);
    session.window.click(text.looking.copy);
    assert_eq!(session.window.step(), Step::Cues);
}

fn to_practice(options: &mut WizardOptions) {
    options.practises = true;
}

#[test]
fn targets_are_copied_with_the_response_that_was_just_measured() {
    let name = "targets_are_copied_with_the_response_that_was_just_measured";
    if !is_apart(module_path!(), name) {
        return;
    }
    let mut session = Session::new("ada", 0, ELECTRODES, 1.0);
    session.go_to_plan();
    session.window.click(ENGLISH.looking.allow);
    session.run(0.5);
    session.window.enter();
    session.run(87.0);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows(ENGLISH.looking.verdicts[2]));
    session.window.click(ENGLISH.practice);
    session.screen();
    session.window.click(ENGLISH.looking.copy);
    assert_eq!(session.window.step(), Step::Cues);
    assert!(session.window.shows(ENGLISH.looking.settles));
    assert!(session.window.shows(ENGLISH.looking.own_response));
    session.run(9.0);
    assert!(session.world.0.lock().unwrap().scene.tags.is_empty());
    let is_framed = |session: &Session| session.window.shows(ENGLISH.looking.chosen_right);
    let mut waited = 0;
    while !is_framed(&session) && waited < 200 {
        session.run(0.1);
        waited += 1;
    }
    // Nothing flickers while the choice is framed.
    assert!(is_framed(&session));
    session.run(0.1);
    assert!(session.world.0.lock().unwrap().scene.tags.is_empty());
    session.run(75.0);
    assert_eq!(session.window.step(), Step::Practice);
    assert!(session.window.shows(ENGLISH.looking.each));
    assert!(session.window.shows(ENGLISH.looking.bits_per_min));
    let (figures, decoder) = figures("ada");
    println!("{figures}");
    assert_eq!(decoder, ENGLISH.looking.own_response);
    assert!(figures["hits"].as_u64().unwrap() >= 9, "{figures}");
    assert!(
        figures["bits_per_min"].as_f64().unwrap() > 30.0,
        "{figures}"
    );
    assert!(figures["time_to_target_s"].as_f64().unwrap() < 3.0);
    // What was looked at and what was shown are in the session.
    let path = store::sessions("ada").pop().unwrap();
    let looks = read_looks(&path, &ReadAs::default(), 0.0).unwrap().unwrap();
    assert_eq!(looks.trials.len(), 10);
    let report = bci_cursor::report::of_patient("ada", "today").unwrap();
    let page = bci_cursor::report::page(&report);
    assert!(page.contains("Practice: Copying targets by looking"));
    session.window.click(ENGLISH.back);
    assert!(session.window.shows(ENGLISH.looking.copy));
}

#[test]
fn a_response_is_used_on_another_display() {
    let name = "a_response_is_used_on_another_display";
    if !is_apart(module_path!(), name) {
        return;
    }
    let measured = |delay_ms: u32| {
        let assigned = format!("decoding.display_delay_ms={delay_ms}");
        let mut profile = Profile::open("dan").unwrap();
        profile.change(&[assigned]).unwrap();
    };
    let mut session = Session::new("dan", 0, ELECTRODES, 1.0);
    session.window.frame(16);
    // A display whose light comes 80 ms after its stamps, and that was measured.
    session.world.0.lock().unwrap().light_is_late_ns = 80_000_000;
    session.go_to_plan();
    session.window.click(ENGLISH.looking.allow);
    measured(80);
    session.run(0.5);
    session.window.enter();
    session.run(87.0);
    session.window.wait_for_fit(ENGLISH.fitting);
    assert!(session.window.shows(ENGLISH.looking.verdicts[2]));
    // Another display without a delay: first measured, then believed to be the old one.
    session.world.0.lock().unwrap().light_is_late_ns = 0;
    session.window.click(ENGLISH.practice);
    for (delay_ms, hits) in [(0, 9..=10), (80, 0..=4)] {
        measured(delay_ms);
        session.screen();
        session.window.click(ENGLISH.looking.copy);
        session.run(190.0);
        assert_eq!(session.window.step(), Step::Practice);
        let (figures, _) = figures("dan");
        println!("{delay_ms} ms: {figures}");
        assert!(
            hits.contains(&figures["hits"].as_u64().unwrap()),
            "{figures}"
        );
        session.window.click(ENGLISH.back);
    }
}

#[test]
fn targets_are_copied_with_flicker() {
    if !is_apart(module_path!(), "targets_are_copied_with_flicker") {
        return;
    }
    let mut session = Session::that("bea", 0, ELECTRODES, 1.5, to_practice);
    session.book(flicker());
    go_to_practice(&mut session);
    assert!(session.window.shows(ENGLISH.looking.no_response));
    session.run(20.0);
    // A pause hides all tags.
    session.window.harness.key_press(Key::Space);
    session.run(0.1);
    assert!(session.window.shows(ENGLISH.paused));
    assert!(session.world.0.lock().unwrap().scene.tags.is_empty());
    session.window.harness.key_press(Key::Space);
    session.run(170.0);
    assert_eq!(session.window.step(), Step::Practice);
    let (figures, _) = figures("bea");
    println!("{figures}");
    assert!(figures["hits"].as_u64().unwrap() >= 8, "{figures}");
    assert!(figures["misses"].as_u64().unwrap() <= 1, "{figures}");
}

#[test]
fn nothing_is_chosen_without_a_look() {
    if !is_apart(module_path!(), "nothing_is_chosen_without_a_look") {
        return;
    }
    let mut session = Session::that("cai", 1, ELECTRODES, 0.0, to_practice);
    session.book(flicker());
    go_to_practice(&mut session);
    // Two looks time out, then Escape ends it.
    session.run(45.0);
    session.window.harness.key_press(Key::Escape);
    session.run(0.2);
    assert_eq!(session.window.step(), Step::Practice);
    assert!(session.window.shows(CHINESE.looking.signs));
    let (figures, _) = figures("cai");
    let count = |name: &str| figures[name].as_u64().unwrap();
    assert_eq!(
        (count("hits"), count("misses"), count("time_outs")),
        (0, 0, 2)
    );
    assert_eq!(figures["bits_per_min"], 0.0);
}
