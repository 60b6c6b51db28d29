//! The wizard and patients' files: mistyped names, and when a decoder is replaced.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::ENGLISH;
use bci_cursor::app::gui::wizard::Step;
use common::{Lab, is_apart};
use eframe::egui::Role;
use egui_kittest::kittest::Queryable;
use wizard_window::{Window, files, patient_file};

#[test]
fn a_mistyped_name_does_not_create_a_patient() {
    if !is_apart(module_path!(), "a_mistyped_name_does_not_create_a_patient") {
        return;
    }
    std::fs::create_dir_all(patient_file("anna", "sessions")).unwrap();
    let typed = |name: &str| {
        Window::with(name, 0, "seed=7,channels=9", |options| {
            options.is_new_patient = false;
        })
    };
    let (suggestion, made) = ("Did you mean anna?", "Create a new patient: ana");
    let mut window = typed("ana");
    window.frame(16);
    assert!(window.shows(ENGLISH.no_such_patient));
    // Neither Enter nor the button continues without a choice.
    window.enter();
    window.click(ENGLISH.next);
    assert_eq!(window.step(), Step::Start);
    window.click(suggestion);
    assert!(!window.shows(ENGLISH.no_such_patient) && !window.shows(ENGLISH.is_new_patient));
    window.click(ENGLISH.next);
    assert_eq!(window.step(), Step::Signal);

    // The other choice, which applies only to this name.
    let mut window = typed("ana");
    window.frame(16);
    window.click(made);
    assert!(window.shows(ENGLISH.is_new_patient) && !window.shows(suggestion));
    window.harness.get_by_role(Role::TextInput).focus();
    window.frame(16);
    window.harness.event(eframe::egui::Event::Text("x".into()));
    window.frame(16);
    window.frame(16);
    assert!(window.shows(ENGLISH.no_such_patient) && window.shows(suggestion));
    window.enter();
    assert_eq!(window.step(), Step::Start);

    let mut window = typed("zoe");
    window.frame(16);
    assert!(!window.shows(ENGLISH.did_you_mean));
    window.click("Create a new patient: zoe");
    window.enter();
    assert_eq!(window.step(), Step::Signal);
    assert_eq!(files(""), ["anna"]);
}

#[test]
fn guessing_replaces_a_decoder_only_on_request() {
    if !is_apart(
        module_path!(),
        "guessing_replaces_a_decoder_only_on_request",
    ) {
        return;
    }
    for part in ["models", "sessions"] {
        std::fs::create_dir_all(patient_file("ada", part)).unwrap();
    }
    let good = patient_file("ada", "models/good.json");
    Lab::new().succeed(&[
        "fit",
        "synthetic:seed=3,channels=9,trials=12",
        "--classes",
        "left_hand=left_hand,right_hand=right_hand",
        "--out",
        &good.to_string_lossy(),
    ]);
    std::fs::write(
        patient_file("ada", "profile.toml"),
        "model = \"good.json\"\n",
    )
    .unwrap();
    let profile = || std::fs::read_to_string(patient_file("ada", "profile.toml")).unwrap();

    // This patient's EEG does not change with imagery.
    let mut window = Window::new("ada", 0, "seed=7,channels=9,erd=0");
    window.frame(16);
    window.enter();
    window.run(8.0);
    window.click(ENGLISH.next);
    let calibrate = |window: &mut Window| {
        window.click(ENGLISH.begin);
        window.run(110.0);
        assert_eq!(window.step(), Step::Result);
        window.wait_for_fit(ENGLISH.fitting);
        window.frame(16);
        window.frame(16);
        assert!(window.shows(ENGLISH.verdicts[0]), "no better than guessing");
    };
    calibrate(&mut window);
    assert!(window.shows(ENGLISH.no_go));
    assert!(window.shows("In use for ada: good: Very good: expect fluent control (100 %)"));
    // Enter repeats the calibration, and does not save a decoder.
    window.enter();
    assert_eq!(window.step(), Step::Training);
    assert!(files("ada/models") == ["good.json"] && profile().contains("good.json"));

    calibrate(&mut window);
    window.click(ENGLISH.use_anyway);
    assert!(window.shows(ENGLISH.saved) && !window.shows(ENGLISH.no_go));
    assert!(window.shows("In use for ada: the new decoder"));
    assert!(files("ada/models").len() == 2 && !profile().contains("good.json"));
}
