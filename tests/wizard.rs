//! The clinician's window, from the first page to a saved decoder, by keyboard, with a synthetic patient and a
//! simulated clock.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::look::Look;
use bci_cursor::app::gui::text::{CHINESE, ENGLISH};
use bci_cursor::app::gui::wizard::{Found, Step, Wizard, WizardOptions};
use bci_cursor::block::Block;
use bci_cursor::guided::interrupted::Unfinished;
use bci_cursor::source::channels::ReadAs;
use bci_cursor::source::synthetic::Spec;
use bci_cursor::system::clock;
use common::{Lab, is_apart, ms_since, wait_for};
use eframe::egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use wizard_window::{Window, files, last_session, patient_file};

#[test]
fn a_patient_gets_a_decoder_by_keyboard_alone() {
    if !is_apart(module_path!(), "a_patient_gets_a_decoder_by_keyboard_alone") {
        return;
    }
    let mut window = Window::new("ada", 0, "seed=7,channels=21,erd=0.8");
    window.frame(16);
    assert!(window.shows(ENGLISH.who) && window.shows(ENGLISH.research_only));
    window.enter();
    assert_eq!(window.step(), Step::Signal);
    assert!(window.shows(ENGLISH.signal_settling));
    // Until the signal has been checked, Enter does nothing.
    window.enter();
    assert_eq!(window.step(), Step::Signal);
    window.run(8.0);
    assert!(window.shows(ENGLISH.signal_good));
    window.click(ENGLISH.next);
    assert!(window.shows("Takes about 2 minutes"));
    window.enter();
    assert_eq!(window.step(), Step::Cues);
    assert!(window.shows(ENGLISH.look_here));
    window.run(2.0);
    assert!(window.shows("left hand") || window.shows("right hand"));
    // A pause in the middle of a trial.
    window.harness.key_press(Key::Space);
    window.frame(16);
    window.frame(16);
    assert!(window.shows(ENGLISH.paused));
    window.run(30.0);
    assert!(window.shows(ENGLISH.paused));
    window.harness.key_press(Key::Space);
    window.run(100.0);
    assert_eq!(
        window.step(),
        Step::Result,
        "an interrupted trial and eleven more"
    );
    window.wait_for_fit(ENGLISH.fitting);
    assert!(
        window.shows(ENGLISH.verdicts[3]),
        "twelve trials of a strong rhythm"
    );
    assert!(
        window.shows("/ 13 held-out trials right") || window.shows("/ 12 held-out trials right")
    );
    // The results, for those who want to know more.
    for words in [ENGLISH.trials_in_turn, ENGLISH.patterns, ENGLISH.learning] {
        assert!(window.shows(words), "{words}");
    }
    assert!(window.shows("left hand, below 14 Hz") && window.shows(ENGLISH.spectra_of));
    window.enter();
    assert!(window.shows(ENGLISH.saved) && window.shows("bci-cursor run --patient ada"));
    assert_eq!(
        (files("ada/models").len(), files("ada/sessions").len()),
        (1, 1)
    );
    assert!(window.shows("In use for ada: the new decoder"));
    let profile = std::fs::read_to_string(patient_file("ada", "profile.toml"));
    assert!(
        profile
            .unwrap()
            .contains(&format!("model = \"{}\"", files("ada/models")[0]))
    );
    // Practise with it: the synthetic patient imagines the direction of the bar.
    window.click(ENGLISH.practice);
    assert_eq!(window.step(), Step::Practice);
    let hits = window.practise(0, "bars");
    assert!(hits >= 4, "{hits}");
    let report = bci_cursor::report::of_patient("ada", "today").unwrap();
    let practised = &report.practice[0].figures;
    assert_eq!((practised.hits, report.sessions.len()), (hits, 2));
    // A session begins with its recording, so the more than eight seconds before it are not missing samples.
    let text = report.sessions.iter();
    let missing: Vec<u64> = text.map(|session| session.missing).collect();
    assert_eq!(missing, [0, 0]);
    let secs: Vec<f64> = report
        .sessions
        .iter()
        .filter_map(|session| session.length_s)
        .collect();
    assert!(
        (110.0..140.0).contains(&secs[0]),
        "cues and a pause of half a minute: {secs:?}"
    );
    assert!(
        (60.0..70.0).contains(&secs[1]),
        "a minute, and what the decoder needed first: {secs:?}"
    );
    let first = format!(
        "{}",
        bci_cursor::patient::store::sessions("ada")[0].to_string_lossy()
    );
    let mut recording = bci_cursor::source::open_recording(&first).unwrap();
    let mut block = Block::with_capacity(21, 64);
    recording.next(&mut block).unwrap();
    assert_eq!(block.first.0, 0);
    assert!(bci_cursor::report::page(&report).contains("<h2>Practice</h2>"));
    // Two classes reach targets in all directions: one turns, the other moves forward.
    window.click(ENGLISH.back);
    let hits = window.practise(1, "centre_out");
    assert!(hits >= 2, "{hits}");
    window.click(ENGLISH.back);
    window.click(ENGLISH.back);
    window.enter();
    assert!(window.harness.state().0.wants_to_close());
}

#[test]
fn practice_is_possible_before_any_cue_and_rest_counts_motion() {
    if !is_apart(
        module_path!(),
        "practice_is_possible_before_any_cue_and_rest_counts_motion",
    ) {
        return;
    }
    let mut window = Window::new("eli", 0, "seed=7,channels=21");
    window.frame(16);
    window.enter();
    window.run(8.0);
    window.click(ENGLISH.next);
    window.click(ENGLISH.practice);
    window.click(ENGLISH.tasks[4]);
    window.run(5.0);
    assert!(window.shows(ENGLISH.starter));
    window.run(65.0);
    assert!(window.shows(ENGLISH.false_activations) && window.shows(ENGLISH.moving));
    assert!(last_session("eli").contains("\"task\":\"rest\""));
}

#[test]
fn a_clenched_jaw_is_trained_in_chinese() {
    if !is_apart(module_path!(), "a_clenched_jaw_is_trained_in_chinese") {
        return;
    }
    let mut window = Window::new("bo", 1, "seed=3,channels=64");
    window.frame(16);
    assert!(window.shows(CHINESE.who));
    window.enter();
    window.run(8.0);
    window.click(CHINESE.next);
    window.click(CHINESE.protocols[3]);
    window.click(CHINESE.begin);
    assert_eq!(window.step(), Step::Cues);
    window.run(2.0);
    assert!(window.shows("咬紧牙关"));
    window.run(60.0);
    window.wait_for_fit(CHINESE.fitting);
    assert!(
        window.shows(CHINESE.switch_result),
        "the gestures were answered"
    );
    window.click(CHINESE.save);
    assert!(files("bo/models")[0].ends_with("-clench.json"));
}

#[test]
fn an_error_in_the_chinese_window_is_chinese() {
    if !is_apart(module_path!(), "an_error_in_the_chinese_window_is_chinese") {
        return;
    }
    let mut window = Window::new("a/b", 1, "seed=3,channels=9");
    window.frame(16);
    assert!(window.shows("“a/b”不能用作患者名"));
    let mut window = Window::new("a/b", 0, "seed=3,channels=9");
    window.frame(16);
    assert!(window.shows("'a/b' is no usable name"));
}

#[test]
fn closing_the_window_during_a_calibration_loses_nothing() {
    if !is_apart(
        module_path!(),
        "closing_the_window_during_a_calibration_loses_nothing",
    ) {
        return;
    }
    let mut window = Window::new("cy", 0, "seed=7,channels=9");
    window.frame(16);
    window.enter();
    window.run(8.0);
    window.click(ENGLISH.next);
    window.enter();
    window.run(20.0);
    drop(window);
    let session = files("cy/sessions").pop().unwrap();
    let path = patient_file("cy", "sessions").join(session);
    let mut recording = bci_cursor::source::open_recording(&path.to_string_lossy()).unwrap();
    let (mut samples, mut markers) = (0, 0);
    let mut block = bci_cursor::block::Block::with_capacity(9, 64);
    loop {
        match recording.next(&mut block).unwrap() {
            bci_cursor::source::SourceEvent::Samples => samples += block.frames(),
            bci_cursor::source::SourceEvent::Marker(_) => markers += 1,
            bci_cursor::source::SourceEvent::End => break,
            _ => {}
        }
    }
    assert!(
        samples > 4500 && markers >= 4,
        "{samples} samples, {markers} markers"
    );
}

#[test]
fn a_recording_can_be_used_as_if_it_were_live() {
    if !is_apart(module_path!(), "a_recording_can_be_used_as_if_it_were_live") {
        return;
    }
    let options = WizardOptions {
        patient: "hal".into(),
        is_new_patient: true,
        resumes: false,
        source: Some(Found::recording(
            "synthetic:seed=3,channels=9,trials=20".into(),
        )),
        looks: false,
        practises: false,
        trials: None,
        read_as: ReadAs::default(),
        synthetic: Spec::parse("channels=21").unwrap(),
        text: &ENGLISH,
        look: Look::default(),
        program: None,
    };
    let wizard = Wizard::new(options, None);
    let draw = |ui: &mut eframe::egui::Ui, wizard: &mut Wizard| wizard.frame(ui, clock::now());
    let builder = Harness::builder().with_size([1280.0, 720.0]);
    let mut harness = builder.build_ui_state(draw, wizard);
    harness.step();
    harness.get_by_label(ENGLISH.next).click();
    let begun = clock::now();
    wait_for("a good signal", 30.0, || {
        harness.step();
        let mut good = harness.query_all_by_label_contains(ENGLISH.signal_good);
        good.next().is_some()
    });
    // Six seconds of samples take six seconds.
    assert!((5000.0..12_000.0).contains(&ms_since(begun)));
    assert!(
        harness
            .query_by_label_contains("synthetic:seed=3")
            .is_some()
    );
}

#[test]
fn with_reduced_motion_traces_update_once_a_second() {
    let mut window = Window::new("lea", 0, "seed=7,channels=9");
    window.frame(16);
    window.click(ENGLISH.appearance);
    window.run(0.5);
    window.click(ENGLISH.reduced_motion);
    window.harness.key_press(Key::Escape);
    window.run(0.5);
    window.click(ENGLISH.next);
    assert_eq!(window.step(), Step::Signal);
    window.run(8.0);
    let shapes = |window: &mut Window| {
        window.frame(16);
        format!("{:?}", window.harness.output().shapes)
    };
    // Of twelve frames, at most one is the first of a second.
    let frames: Vec<String> = (0..12).map(|_| shapes(&mut window)).collect();
    let stands = frames.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(stands >= 9, "{stands} of 11");
}

#[test]
fn the_timing_is_adjustable_and_stored_in_the_session() {
    if !is_apart(
        module_path!(),
        "the_timing_is_adjustable_and_stored_in_the_session",
    ) {
        return;
    }
    let mut window = Window::new("kim", 0, "seed=7,channels=21,erd=0.8");
    window.frame(16);
    window.enter();
    window.run(8.0);
    window.click(ENGLISH.next);
    assert!(window.shows("Takes about 2 minutes"));
    window.click(ENGLISH.sound);
    if cfg!(target_os = "linux") {
        assert!(window.shows("no sound can be heard here"));
    }
    window.click(ENGLISH.durations);
    window.run(1.0);
    // As assistive technology sets a value.
    let mut set = |name: &str, secs: f64| {
        let slider = window.harness.get_by_role_and_label(Role::Slider, name);
        slider.set_value_accesskit(secs);
        window.frame(16);
    };
    set(ENGLISH.cue_lasts, 6.0);
    set(ENGLISH.rest_lasts, 5.0);
    // Six trials for each of two classes, of 1.5 + 6 + 5 s and up to 2.5 s more.
    window.frame(16);
    assert!(window.shows("Takes about 3 minutes"));
    window.click(ENGLISH.begin);
    window.run(8.0);
    assert!(window.shows(ENGLISH.rest));
    drop(window);
    let text = last_session("kim");
    assert!(text.contains("\"imagery_s\":6.0,\"rest_s\":5.0"));
    let unfinished = Unfinished::of("kim").unwrap();
    assert_eq!(unfinished.protocol.timing.imagery_s, 6.0);
    assert_eq!(unfinished.done.iter().sum::<usize>(), 1);
}

#[test]
fn an_interrupted_calibration_is_resumed() {
    if !is_apart(module_path!(), "an_interrupted_calibration_is_resumed") {
        return;
    }
    let to_training = |window: &mut Window| {
        window.frame(16);
        window.enter();
        window.run(8.0);
        window.click(ENGLISH.next);
        assert_eq!(window.step(), Step::Training);
    };
    let mut window = Window::new("gil", 0, "seed=7,channels=21,erd=0.8");
    to_training(&mut window);
    assert!(!window.shows(ENGLISH.interrupted));
    window.enter();
    // Several complete trials, and one that is interrupted.
    window.run(38.0);
    drop(window);
    // With other electrodes, resuming is not offered, with the reason.
    let mut other = Window::that("gil", 0, "seed=7,channels=9", true);
    to_training(&mut other);
    assert!(other.shows(ENGLISH.other_electrodes) && !other.shows(ENGLISH.resume_interrupted));
    drop(other);

    let mut window = Window::that("gil", 0, "seed=8,channels=21,erd=0.8", true);
    to_training(&mut window);
    assert!(window.shows(ENGLISH.interrupted) && window.shows("of 12, "));
    let done = (1..12).find(|done| window.shows(&format!(": {done} of 12, ")));
    let done = done.unwrap();
    assert!((3..=5).contains(&done), "{done}");
    // Enter resumes it.
    window.enter();
    assert!(window.shows(ENGLISH.look_here));
    assert!(window.shows(&format!("Trial {} of 12", done + 1)));
    window.run(100.0);
    assert_eq!(window.step(), Step::Result);
    window.wait_for_fit(ENGLISH.fitting);
    assert!(window.shows(ENGLISH.verdicts[3]));
    // The part of the interrupted trial may be long enough for fitting.
    assert!(window.shows("/ 12 held-out") || window.shows("/ 13 held-out"));
    window.enter();
    assert!(window.shows(ENGLISH.saved));
    assert_eq!(files("gil/sessions").len(), 2);
    assert!(last_session("gil").contains("\"continues\":\""));
    // It is now complete.
    let refused = Lab::new()
        .command(env!("CARGO_BIN_EXE_bci-cursor"))
        .env("XDG_DATA_HOME", std::env::var("XDG_DATA_HOME").unwrap())
        .args(["calibrate", "--patient", "gil", "--resume"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        text.contains("no interrupted calibration of 'gil'"),
        "{text}"
    );
}
