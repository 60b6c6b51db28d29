//! A calibration of looking in the clinician's window, with a person whose EEG answers to what a simulated display shows.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{CHINESE, ENGLISH};
use bci_cursor::app::gui::wizard::{Step, TagScreen};
use bci_cursor::block::{Block, Layout};
use bci_cursor::fit::looking::read_looks;
use bci_cursor::looking::code_book;
use bci_cursor::patient::store;
use bci_cursor::runtime::feed::{Feed, FeedError};
use bci_cursor::runtime::{TagDisplay, TagError};
use bci_cursor::settings::LookSettings;
use bci_cursor::source::channels::ReadAs;
use bci_cursor::stimulus::{CodeBook, Scene, ShownFrame};
use bci_cursor::time::{HostNanos, SampleIndex, StreamNanos};
use bci_cursor::units::Hertz;
use common::is_apart;
use eframe::egui::Key;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use wizard_window::{Window, patient_file};

const RATE_HZ: f64 = 250.0;
/// One frame for each frame of the window.
const REFRESH_HZ: f64 = 62.5;

/// A display and a person who looks at it.
struct World {
    book: CodeBook,
    scene: Scene,
    is_new: bool,
    number: u64,
    frames: VecDeque<ShownFrame>,
    shows_nothing: bool,
    /// The field that the person looks at, and its brightness.
    looked: Option<u16>,
    light: f64,
    /// Changes of this brightness: when, and by how much.
    edges: VecDeque<(i64, f64)>,
    strength: f64,
    /// Samples so far, and the noise.
    begun: Option<i64>,
    given: u64,
    state: u64,
    slow: [f64; 3],
}

impl World {
    /// The display shows the next frame.
    fn frame(&mut self, now: HostNanos) {
        self.number += 1;
        let is_on = !self.scene.tags.is_empty();
        if (is_on && !self.shows_nothing) || std::mem::take(&mut self.is_new) {
            self.frames.push_back(ShownFrame {
                scene: self.scene.number,
                frame: self.number,
                shown: now,
                missed: 0,
            });
        }
        let seen = self.looked.filter(|_| is_on && !self.shows_nothing);
        let light = seen.and_then(|code| self.book.brightness(code, self.number, REFRESH_HZ));
        let light = light.unwrap_or(0.0);
        if light != self.light {
            self.edges.push_back((now.0, light - self.light));
            self.light = light;
        }
        self.edges.retain(|(at, _)| now.0 - at < 600_000_000);
    }

    fn noise(&mut self) -> f64 {
        let mut next = || {
            let step = self.state.wrapping_mul(6_364_136_223_846_793_005);
            self.state = step.wrapping_add(1_442_695_040_888_963_407);
            (self.state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| next()).sum::<f64>() - 6.0
    }

    /// EEG at a time, µV: noise, and a wave 110 ms after each change.
    fn sample(&mut self, at: i64) -> [f64; 3] {
        let wave: f64 = self
            .edges
            .iter()
            .map(|(edge, size)| {
                let lag = ((at - edge) as f64 / 1e9 - 0.11) / 0.015;
                let size = if *size > 0.0 { *size } else { 0.5 * size };
                size * (-0.5 * lag * lag).exp()
            })
            .sum();
        let gains = [0.6, 1.0, 0.5];
        std::array::from_fn(|channel| {
            self.slow[channel] = 0.9 * self.slow[channel] + 3.0 * self.noise();
            self.slow[channel] + 8.0 * self.strength * gains[channel] * wave
        })
    }
}

#[derive(Clone)]
struct Shared(Arc<Mutex<World>>);

impl TagDisplay for Shared {
    fn refresh_hz(&self) -> f64 {
        60.0
    }

    fn show(&mut self, scene: &Scene) -> Result<(), TagError> {
        let mut world = self.0.lock().unwrap();
        (world.scene, world.is_new) = (scene.clone(), scene.tags.is_empty());
        Ok(())
    }

    fn restyle(&mut self, _: LookSettings) {}

    fn next_frame(&mut self) -> Option<ShownFrame> {
        self.0.lock().unwrap().frames.pop_front()
    }
}

/// The person's EEG.
struct Eyes(Shared, Layout);

impl Feed for Eyes {
    fn layout(&self) -> &Layout {
        &self.1
    }

    fn describe(&self) -> &'static str {
        "a person with eyes"
    }

    fn drain(&mut self, now: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError> {
        let mut world = self.0.0.lock().unwrap();
        let begun = *world.begun.get_or_insert(now.0);
        let at = |index: u64| begun + (index as f64 / RATE_HZ * 1e9) as i64;
        while at(world.given + 3) <= now.0 {
            let mut block = Block::with_capacity(3, 4);
            block.first = SampleIndex(world.given);
            for _ in 0..4 {
                let time = at(world.given);
                let sample = world.sample(time);
                block.push_frame().unwrap().copy_from_slice(&sample);
                world.given += 1;
            }
            block.set_acquired(StreamNanos(at(world.given - 1)));
            block.received = now;
            take(&block);
        }
        Ok(())
    }

    fn imagine(&mut self, _: Option<&str>) {}
}

/// A window with such a person, who looks at the marked field.
struct Session {
    window: Window,
    world: Shared,
}

impl Session {
    fn new(patient: &str, language: usize, labels: [&str; 3], strength: f64) -> Self {
        Self::that(patient, language, labels, strength, false)
    }

    fn that(
        patient: &str,
        language: usize,
        labels: [&str; 3],
        strength: f64,
        resumes: bool,
    ) -> Self {
        let mut window = Window::with(patient, language, "seed=7", |options| {
            (options.looks, options.resumes) = (true, resumes);
        });
        let world = Shared(Arc::new(Mutex::new(World {
            book: code_book(),
            scene: Scene::default(),
            is_new: false,
            number: 0,
            frames: VecDeque::new(),
            shows_nothing: false,
            looked: None,
            light: 0.0,
            edges: VecDeque::new(),
            strength,
            begun: None,
            given: 0,
            state: 7,
            slow: [0.0; 3],
        })));
        let layout = Layout {
            rate: Hertz::new(RATE_HZ).unwrap(),
            labels: labels.map(str::to_owned).to_vec(),
        };
        let wizard = &mut window.harness.state_mut().0;
        wizard.use_feed(Box::new(Eyes(world.clone(), layout)));
        let mut session = Self { window, world };
        session.screen();
        session
    }

    /// Another display, for another calibration.
    fn screen(&mut self) {
        self.window.harness.state_mut().0.use_screen(TagScreen {
            display: Box::new(self.world.clone()),
            refresh_hz: REFRESH_HZ,
            tag_px: 40,
        });
    }

    fn run(&mut self, secs: f64) {
        for _ in 0..(secs * REFRESH_HZ) as usize {
            let marked = (0..12).find(|field| {
                let words = format!("{} {}", ENGLISH.looking.look_at, field + 1);
                self.window.shows_exactly(&words)
            });
            {
                let mut world = self.world.0.lock().unwrap();
                world.looked = marked;
                let now = self.window.harness.state().1;
                world.frame(HostNanos(now.0 + 16_000_000));
            }
            self.window.frame(16);
        }
    }

    /// From the check of the signal to the plan.
    fn go_to_plan(&mut self) {
        self.run(8.0);
        assert_eq!(self.window.step(), Step::Signal);
        self.window.click(ENGLISH.next);
        assert_eq!(self.window.step(), Step::Training);
    }
}

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
    let looks = read_looks(&recordings[0], &ReadAs::default())
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

    let mut other = Session::that("nia", 0, ["O1", "Oz", "POz"], 1.0, true);
    other.go_to_plan();
    assert!(other.window.shows(ENGLISH.other_electrodes));
    assert!(!other.window.shows(ENGLISH.resume_interrupted));
    drop(other);

    let mut session = Session::that("nia", 0, electrodes, 1.0, true);
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
    assert_eq!(recordings.len(), 2);
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
