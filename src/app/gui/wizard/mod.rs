//! The clinician's window, step by step from putting on the cap to a decoder in use. The caller passes the time, so that tests can
//! run it faster.

mod copying;
mod cues;
mod drive;
mod find;
mod head;
mod impedance;
mod look_fields;
mod look_plan;
mod look_result;
mod look_screen;
mod looks;
mod practice;
mod result;
mod settings;
mod signal;
mod start;
mod step;
mod training;

pub use find::{Finder, Found};
pub use look_screen::TagScreen;
pub use step::Step;

use super::look::Look;
use super::notice::show_error;
use super::page::page;
use super::sound::Sound;
use super::text::{Message, Text};
use crate::guided::calibrate::{CalibrationResult, InUse, in_use};
use crate::guided::interrupted::{Unfinished, UnfinishedLooks};
use crate::guided::looking::LookingInUse;
use crate::guided::looks::LookPlan;
use crate::guided::monitor::Monitor;
use crate::guided::protocol::{CueRun, Protocol};
use crate::patient::profile::FlickerConsent;
use crate::runtime::feed::{Feed, PatientFeed};
use crate::runtime::session_file::SessionFile;
use crate::source::channels::ReadAs;
use crate::source::synthetic::Spec;
use crate::time::HostNanos;
use crossbeam_channel::Receiver;
use eframe::egui::{self, Key, RichText, Ui};
use std::path::PathBuf;
use std::time::Duration;
use step::STEPS;

/// Time between two frames: that of a 60 Hz screen, also on a display that does not wait for its own.
const FRAME: Duration = Duration::from_millis(16);

/// The same while tags are looked at, which another process shows. Without a graphics card, drawing at 60 Hz would take a whole core.
const LOOKS_FRAME: Duration = Duration::from_millis(50);

/// The same during a run, which needs the processor.
const REST: Duration = Duration::from_millis(250);

/// What a wizard starts with.
#[derive(Debug, Clone)]
pub struct WizardOptions {
    /// The patient.
    pub patient: String,
    /// If there is no such patient yet, create one.
    pub is_new_patient: bool,
    /// Offer first to resume an interrupted calibration, if there is one.
    pub resumes: bool,
    /// Begin with looking chosen instead of imagined movement.
    pub looks: bool,
    /// Practise after the check of the signal, instead of calibrating.
    pub practises: bool,
    /// Trials of each class; none: the default.
    pub trials: Option<usize>,
    /// A source that the user has named. It is selected.
    pub source: Option<Found>,
    /// Corrections to what a headset, stream or recording declares.
    pub read_as: ReadAs,
    /// The synthetic patient.
    pub synthetic: Spec,
    /// The language.
    pub text: &'static Text,
    /// Colours and sizes.
    pub look: Look,
    /// This program, which the window starts to drive the pointer; none if it cannot be found.
    pub program: Option<PathBuf>,
}

/// The result of opening a feed.
type Opening = Receiver<Result<Box<dyn Feed + Send>, Message>>;
/// The result of a fit.
type Fitting = Receiver<Result<CalibrationResult, Message>>;

/// The clinician's window.
pub struct Wizard {
    options: WizardOptions,
    text: &'static Text,
    step: Step,
    /// The name for which the user has confirmed a new patient.
    new_patient: Option<String>,
    finder: Option<Finder>,
    found: Vec<Found>,
    /// Index in `found` of the selected source; beyond its end: the synthetic patient; none: the first stream.
    chosen: Option<usize>,
    opening: Option<Opening>,
    feed: Option<Box<dyn Feed + Send>>,
    monitor: Option<Monitor>,
    spectrum: (u64, Vec<f64>),
    /// The selected protocol: its index in the list, and its details.
    kind: usize,
    plan: Protocol,
    /// Tones for the cues, if they are switched on.
    sound: Option<Sound>,
    run: Option<CueRun>,
    file: Option<SessionFile>,
    /// Count of artifact frames when the cue started.
    artifacts_at_cue: u64,
    is_lost: bool,
    recording: Option<PathBuf>,
    /// An interrupted calibration with these electrodes, and the recordings of the one that was resumed.
    unfinished: Option<Unfinished>,
    unfinished_looks: Option<UnfinishedLooks>,
    /// The calibration of looking that begins next resumes the interrupted one.
    resumes_looks: bool,
    earlier: Vec<PathBuf>,
    fitting: Option<Fitting>,
    result: Option<Result<CalibrationResult, Message>>,
    saved: Option<Result<PathBuf, Message>>,
    /// The decoder that the patient uses now.
    in_use: Result<Option<InUse>, Message>,
    /// The same for the response to codes.
    looking_in_use: Result<Option<LookingInUse>, Message>,
    look_plan: LookPlan,
    /// What was allowed for the patient; none until it is looked up.
    consent: Option<Option<FlickerConsent>>,
    /// Shows tags; none: this program, in a process of its own.
    screen: Option<TagScreen>,
    preparing: Option<look_plan::Preparing>,
    looks: Option<looks::Looks>,
    /// The practice of looking that begins next, and the result of the last one.
    to_copy: Option<copying::CopyPlan>,
    copied: Option<copying::CopyResult>,
    /// The run that the user started here.
    drive: Option<drive::Drive>,
    trouble: Option<Message>,
    practising: Option<practice::Practising>,
    /// The settings page, which covers the step from which it was opened.
    settings: Option<settings::PatientSettings>,
    /// What goes on has had the focus since it came.
    has_focused: bool,
    closes: bool,
}

impl Wizard {
    /// A window at the first step. Without a finder it offers only the named source and the synthetic patient.
    #[must_use]
    pub fn new(options: WizardOptions, finder: Option<Finder>) -> Self {
        Self {
            text: options.text,
            step: Step::Start,
            new_patient: options.is_new_patient.then(|| options.patient.clone()),
            finder,
            found: options.source.clone().into_iter().collect(),
            // A named source is selected.
            chosen: options.source.as_ref().map(|_| 0),
            opening: None,
            feed: None,
            monitor: None,
            spectrum: (0, Vec::new()),
            kind: if options.looks { LOOKING } else { 0 },
            plan: Protocol {
                trials: options.trials.unwrap_or(15),
                ..offered(0)
            },
            sound: None,
            run: None,
            file: None,
            artifacts_at_cue: 0,
            is_lost: false,
            recording: None,
            unfinished: None,
            unfinished_looks: None,
            resumes_looks: false,
            earlier: Vec::new(),
            fitting: None,
            result: None,
            saved: None,
            in_use: Ok(None),
            looking_in_use: Ok(None),
            look_plan: LookPlan::default(),
            consent: None,
            screen: None,
            preparing: None,
            looks: None,
            to_copy: None,
            copied: None,
            drive: None,
            trouble: None,
            practising: None,
            settings: None,
            has_focused: false,
            closes: false,
            options,
        }
    }

    /// Shows tags with this instead of a process of its own.
    pub fn use_screen(&mut self, screen: TagScreen) {
        self.screen = Some(screen);
    }

    /// The language.
    #[must_use]
    pub fn text(&self) -> &'static Text {
        self.text
    }

    /// The current step.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// Title of the window: the current step.
    #[must_use]
    pub fn title(&self) -> String {
        if self.settings.is_some() {
            return format!("bci-cursor: {}", self.settings_heading());
        }
        let place = STEPS
            .iter()
            .position(|step| *step == self.step)
            .unwrap_or(0);
        format!("bci-cursor: {} {}", place + 1, self.text.steps[place])
    }

    /// Whether the window should close.
    #[must_use]
    pub fn wants_to_close(&self) -> bool {
        self.closes
    }

    /// Draws the window, and does what is due at this time.
    pub fn frame(&mut self, ui: &mut Ui, now: HostNanos) {
        self.listen(now);
        if self.looks.is_some() {
            self.looks(ui, now);
        } else if self.step == Step::Cues {
            self.cues(ui, now);
        } else {
            self.page(ui, now);
        }
        // New EEG arrives all the time, whether or not the user does anything.
        let pause = if self.is_driving() {
            REST
        } else if self.looks.is_some() {
            LOOKS_FRAME
        } else {
            FRAME
        };
        ui.ctx().request_repaint_after(pause);
    }

    /// Takes new sources, results and samples.
    fn listen(&mut self, now: HostNanos) {
        if let Some(finder) = &self.finder {
            self.found.extend(finder.new_ones(&self.found));
        }
        if let Some(opened) = self
            .opening
            .as_ref()
            .and_then(|opening| opening.try_recv().ok())
        {
            self.opening = None;
            match opened {
                Ok(feed) => self.use_feed(feed),
                Err(error) => self.trouble = Some(error),
            }
        }
        if let Some(done) = self
            .fitting
            .as_ref()
            .and_then(|fitting| fitting.try_recv().ok())
        {
            (self.fitting, self.result, self.has_focused) = (None, Some(done), false);
            self.in_use = in_use(&self.options.patient).map_err(Message::from);
            self.look_up_looking();
        }
        self.await_screen(now);
        self.follow_looks(now);
        let (Some(feed), Some(monitor)) = (&mut self.feed, &mut self.monitor) else {
            return;
        };
        let (file, practising) = (&mut self.file, &mut self.practising);
        let looks = &mut self.looks;
        let ended = feed.drain(now, &mut |block| {
            monitor.take(block, now);
            file.iter_mut().for_each(|file| file.block(block));
            looks.iter_mut().for_each(|looks| looks.take(block, now));
            if let Some(practising) = practising {
                practising.live.take(block, now);
                practising
                    .file
                    .iter_mut()
                    .for_each(|file| file.block(block));
            }
        });
        if let Err(error) = ended {
            self.trouble = Some(error.into());
        }
        self.is_lost = monitor.silent_s(now).is_some_and(|secs| secs > 1.0);
    }

    /// Continues with an open source.
    pub fn use_feed(&mut self, feed: Box<dyn Feed + Send>) {
        match Monitor::new(feed.layout()) {
            Ok(monitor) => {
                (self.monitor, self.feed) = (Some(monitor), Some(feed));
                self.go(Step::Signal);
            }
            Err(error) => self.trouble = Some(error.into()),
        }
    }

    fn go(&mut self, step: Step) {
        // The current of the measurement shows in the EEG.
        if let Some(meter) = self.feed.as_ref().and_then(|feed| feed.impedance_meter()) {
            meter.measure(false);
        }
        (self.step, self.has_focused, self.trouble) = (step, false, None);
    }

    /// Goes to the choice of a protocol, and looks for an interrupted calibration.
    fn go_to_training(&mut self) {
        self.go(Step::Training);
        self.consent = None;
        let found = Unfinished::of(&self.options.patient);
        let layout = self.feed.as_ref().map(|feed| feed.layout().clone());
        let is_same = |found: &Unfinished| layout.as_ref() == Some(&found.layout);
        let resumes = self.options.resumes && !self.is_looking();
        if resumes && found.as_ref().is_some_and(|found| !is_same(found)) {
            self.trouble = Some(Message::said(|text| text.other_electrodes));
        }
        self.unfinished = found.filter(is_same);
        self.look_up_interrupted_looks(layout.as_ref());
    }

    fn page(&mut self, ui: &mut Ui, now: HostNanos) {
        self.look_after_drive();
        // Each page has its own ids: otherwise a page would inherit focus and scroll position of the one before.
        let id = ui
            .scope_id()
            .with((self.step as u8, self.settings.is_some()));
        let head = |own: &mut Self, ui: &mut Ui| own.head_line(ui);
        let body = |own: &mut Self, ui: &mut Ui| own.body(ui, now);
        let bar = |own: &mut Self, ui: &mut Ui| own.bar(ui, now);
        let name = self.title();
        ui.push_id(id, |ui| page(ui, &name, self, head, body, bar));
    }

    fn body(&mut self, ui: &mut Ui, now: HostNanos) {
        if let Some(trouble) = &self.trouble {
            show_error(ui, trouble, self.text);
        }
        if self.settings.is_some() {
            return self.settings_body(ui, now);
        }
        match self.step {
            Step::Start => self.start(ui),
            Step::Signal => self.signal(ui),
            Step::Training => self.training(ui),
            Step::Result => self.results(ui),
            Step::Practice => self.practice(ui, now),
            Step::Cues => {}
        }
    }

    /// Draws the buttons of the step.
    fn bar(&mut self, ui: &mut Ui, now: HostNanos) {
        ui.horizontal_wrapped(|ui| {
            match self.step {
                _ if self.settings.is_some() => self.settings_bar(ui, now),
                Step::Start => self.start_bar(ui),
                Step::Signal => self.signal_bar(ui),
                Step::Training => self.training_bar(ui, now),
                Step::Result => self.result_bar(ui),
                Step::Practice => self.practice_bar(ui),
                Step::Cues => {}
            }
            // In one piece: where it does not fit, it starts a row.
            let note = RichText::new(self.text.research_only).small();
            ui.add(egui::Label::new(note).extend());
        });
    }

    /// The main button of a page. It receives the focus as soon as it is enabled, so that Enter presses it.
    fn primary(&mut self, ui: &mut Ui, words: &str, is_possible: bool) -> bool {
        let button = egui::Button::new(RichText::new(words).strong());
        let response = ui.add_enabled(is_possible, button);
        if !self.has_focused && is_possible {
            response.request_focus();
            // Repeated until it has the focus, because frames that only measure do not give it.
            self.has_focused = response.has_focus();
        }
        response.clicked()
    }

    fn open_synthetic(&mut self) {
        match PatientFeed::new(&self.options.synthetic) {
            Ok(feed) => self.use_feed(Box::new(feed)),
            Err(error) => self.trouble = Some(error.into()),
        }
    }

    fn is_pressed(ui: &Ui, key: Key) -> bool {
        ui.input(|input| input.key_pressed(key))
    }
}

/// The place of looking after all [`Text::protocols`].
const LOOKING: usize = 5;

/// The protocol at this index of [`Text::protocols`].
fn offered(kind: usize) -> Protocol {
    match kind {
        0 => Protocol::imagery(&["left_hand", "right_hand"]),
        1 => Protocol::imagery(&["left_hand", "right_hand", "rest"]),
        2 => Protocol::imagery(&["left_hand", "right_hand", "both_hands", "feet"]),
        3 => Protocol::gesture("clench"),
        _ => Protocol::gesture("blinks"),
    }
}
