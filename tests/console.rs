//! The console of a run shows what the driver does, and carries out requests. This uses a real driver with a synthetic
//! patient.
#![cfg(feature = "gui")]

use crate::common;

use bci_cursor::app::gui::console::Console;
use bci_cursor::app::gui::snapshot::{About, RunSnapshot};
use bci_cursor::app::gui::text::{CHINESE, ENGLISH, Message, Text};
use bci_cursor::app::running::Running;
use bci_cursor::block::{Block, Layout};
use bci_cursor::command::Mode;
use bci_cursor::control::ControlSettings;
use bci_cursor::patient::profile::Profile;
use bci_cursor::pipeline::PipelineSettings;
use bci_cursor::pointer::{PointerName, PointerOptions};
use bci_cursor::runtime::{Driver, LiveSource, RunSettings, StopFlag};
use bci_cursor::source::paced::Paced;
use bci_cursor::source::{OpenSource, Source, SourceError, SourceEvent, open_recording};
use bci_cursor::starters;
use bci_cursor::system::clock;
use common::{is_apart, wait_for};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A synthetic patient whose headset can be switched off.
struct Headset {
    patient: Paced,
    is_off: Arc<AtomicBool>,
}

impl Source for Headset {
    fn layout(&self) -> &Layout {
        self.patient.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let event = self.patient.next(into)?;
        let is_off = self.is_off.load(Ordering::Relaxed);
        Ok(if is_off { SourceEvent::Idle } else { event })
    }
}

/// A run with that headset, and its switch.
fn run(mode: Option<Mode>) -> (Running, Arc<AtomicBool>) {
    let is_off = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_off);
    let stop = StopFlag::default();
    let source = LiveSource::open_with(move || {
        Ok(OpenSource::new(Headset {
            patient: Paced::new(open_recording(
                "synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8",
            )?),
            is_off,
        }))
    });
    let source = source.unwrap();
    let decoder = starters::for_layout(source.layout()).unwrap().unwrap();
    let settings = RunSettings {
        trace: None,
        open_targets: None,
        open_tags: None,
        source,
        open_pointer: PointerName::None.opener(PointerOptions::default()),
        decoder: Some(decoder),
        pipeline: PipelineSettings {
            mode,
            ..PipelineSettings::default()
        },
        control: ControlSettings::default(),
        auxiliary: Vec::new(),
        open_recording: None,
        shows_signal: true,
    };
    let driver = Driver::start(settings, stop.clone()).unwrap();
    let profile = Profile::open("ivy").unwrap();
    (
        Running::new(driver, profile, Vec::new(), stop, None),
        switch,
    )
}

struct Window(Harness<'static, (Console, Running)>);

impl Window {
    fn of(running: Running, text: &'static Text) -> Self {
        let console = Console::new(&About::of(&running), text);
        let mut refused = None;
        let draw = move |ui: &mut eframe::egui::Ui, (console, running): &mut (Console, Running)| {
            running.look();
            console.take(RunSnapshot::of(running, refused.clone()), clock::now());
            if let Some(request) = console.frame(ui) {
                refused = running.execute(&request).err().map(Message::from);
            }
        };
        let builder = Harness::builder().with_size([1280.0, 720.0]);
        let builder = if text.language == ENGLISH.language {
            builder
        } else {
            // Chinese glyphs come from the system's fonts, which are missing in tests.
            builder.allow_missing_glyphs()
        };
        Self(builder.build_ui_state(draw, (console, running)))
    }

    fn shows(&mut self, words: &str) -> bool {
        self.0.step();
        self.0.query_all_by_label_contains(words).next().is_some()
    }

    fn wait_for(&mut self, words: &str) {
        wait_for(words, 30.0, || self.shows(words));
    }

    fn click(&mut self, label: &str) {
        self.0.get_by_label(label).click();
        self.0.step();
        self.0.step();
    }

    /// Clicks the check box with this label.
    fn click_check_box(&mut self, label: &str) {
        self.0.get_by_role_and_label(Role::CheckBox, label).click();
        self.0.step();
        self.0.step();
    }

    fn control(&self) -> ControlSettings {
        self.0.state().1.settings().unwrap().control
    }
}

#[test]
fn the_driver_is_shown_and_requests_are_carried_out() {
    if !is_apart(
        module_path!(),
        "the_driver_is_shown_and_requests_are_carried_out",
    ) {
        return;
    }
    let (running, is_off) = run(None);
    let mut window = Window::of(running, &ENGLISH);
    window.wait_for("resume when the patient is ready");
    assert!(window.shows("Paused") && window.shows("left hand") && window.shows(ENGLISH.intent));
    assert!(window.shows(ENGLISH.research_only));
    // The button has the focus, so Enter is enough.
    window.0.key_press(eframe::egui::Key::Enter);
    window.wait_for("At rest");
    window.wait_for("Active");
    wait_for("figures", 10.0, || {
        window.0.step();
        window
            .0
            .state()
            .1
            .driver()
            .shown()
            .latency()
            .known()
            .is_some_and(|latency| latency.p99_ms > 0.0)
    });

    window.click(ENGLISH.faster);
    assert_eq!(
        (window.control().speed.gain_x, window.control().speed.gain_y),
        (1.25, 1.25)
    );
    assert!(window.shows("Speed 125 %"));
    // The page of all settings is complete, and changes a setting that no other page has.
    window.click(ENGLISH.all_settings);
    assert!(window.shows("Factor for vertical speed") && window.shows(ENGLISH.at_next_start));
    window
        .click_check_box("Stop at once when confidence is lost, instead of slowing down smoothly");
    assert!(!window.control().speed.snap_to_stop);
    let field = |window: &mut Window, text: &str| {
        window
            .0
            .get_by_role_and_label(Role::TextInput, "Dwell radius, pixels")
            .focus();
        window.0.step();
        window.0.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window
            .0
            .get_by_role_and_label(Role::TextInput, "Dwell radius, pixels")
            .type_text(text);
        window.0.step();
        window.0.key_press(Key::Enter);
        window.0.step();
        window.0.step();
    };
    field(&mut window, "33");
    assert_eq!(window.control().dwell.radius_px, 33.0);
    // An invalid value is refused with the valid range.
    field(&mut window, "3000");
    assert!(window.shows("control.dwell.radius_px is 3000, expected 1 to 500 pixels"));
    assert_eq!(window.control().dwell.radius_px, 33.0);
    window.click(ENGLISH.all_settings);
    window.click(ENGLISH.dwell);
    assert!(window.control().dwell.on);
    window.click(ENGLISH.dwell);
    assert!(!window.control().dwell.on);
    window.click(ENGLISH.click);
    window.click("right");
    assert_eq!(
        Profile::open("ivy").unwrap().settings().control,
        window.control(),
        "it is kept"
    );

    is_off.store(true, Ordering::Relaxed);
    window.wait_for("No signal");
    is_off.store(false, Ordering::Relaxed);
    window.wait_for("the signal was lost and is back");
    window.click(ENGLISH.resume);
    window.wait_for("At rest");
    window.click(ENGLISH.halt);
    window.wait_for("on request");
    window.click(ENGLISH.stop_run);
    wait_for("the end", 5.0, || {
        window.0.step();
        window.0.state().1.finished()
    });
}

#[test]
fn the_console_is_available_in_chinese() {
    if !is_apart(module_path!(), "the_console_is_available_in_chinese") {
        return;
    }
    let (running, _) = run(Some(Mode::Steer));
    let mut window = Window::of(running, &CHINESE);
    window.wait_for("患者准备好后继续");
    window.click(CHINESE.resume);
    window.wait_for("静止");
    // The heading is shown. Turning counts as active, although the pointer does not move.
    window.wait_for(CHINESE.heading);
    wait_for("a turn that is active", 60.0, || {
        window.0.step();
        let shown = window.0.state().1.driver().shown();
        shown
            .heading_rad()
            .is_some_and(|heading_rad| heading_rad > 0.1)
    });
    window.wait_for("活动");
}
