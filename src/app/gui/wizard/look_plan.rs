//! What is asked and planned before a calibration of looking.

use super::look_screen::TagScreen;
use super::{LOOKING, Step, Wizard};
use crate::app::gui::look::{busy, palette};
use crate::app::gui::text::Message;
use crate::block::Layout;
use crate::guided::interrupted::UnfinishedLooks;
use crate::looking::channels::labels_over_visual_cortex;
use crate::looking::code_book;
use crate::patient::profile::{FlickerConsent, Profile};
use crate::runtime::presenter::{Presenter, PresenterProgram};
use crate::settings::{LookSettings, TagPosition};
use crate::stimulus::protocol::Setup;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, bounded};
use eframe::egui::{RichText, Slider, Ui};

/// The result of starting the program that shows tags.
pub(super) type Preparing = Receiver<Result<TagScreen, Message>>;

impl Wizard {
    /// Whether a calibration of looking is chosen.
    pub(super) fn is_looking(&self) -> bool {
        self.kind == LOOKING
    }

    /// The plan, the electrodes, and what was allowed.
    pub(super) fn look_training(&mut self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let looks = Slider::new(&mut self.look_plan.looks, 12..=48);
        super::training::slider(ui, text.looking.looks, looks);
        let minutes = self.look_plan.total_s() / 60.0;
        ui.label(format!("{} {minutes:.1} {}", text.takes, text.minutes));
        ui.add_space(8.0);
        ui.label(text.looking.explain);
        ui.add_space(8.0);
        self.cortex(ui);
        ui.add_space(8.0);
        match self.consent() {
            Some(consent) => {
                let words = format!("{} {}", text.looking.is_allowed, consent.allowed);
                ui.label(RichText::new(words).color(own.good));
            }
            None => self.questions(ui),
        }
    }

    /// What must be asked before anything flickers.
    fn questions(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let asked = text.looking.questions;
        ui.heading(text.looking.consent);
        let words = RichText::new(text.looking.not_allowed).color(own.warning);
        ui.label(words.strong());
        ui.label(asked.risk);
        for (number, question) in (1..).zip(asked.questions) {
            ui.label(format!("{number}. {question}"));
        }
        ui.label(asked.ask_a_doctor);
        ui.label(asked.while_shown);
        ui.label(asked.meaning);
    }

    /// The electrodes over the visual cortex, and which of them are bad. Returns whether there is one.
    pub(super) fn cortex(&self, ui: &mut Ui) -> bool {
        let (text, own) = (self.text, palette(ui));
        let Some(monitor) = &self.monitor else {
            return false;
        };
        let labels = &monitor.layout().labels;
        let over = labels_over_visual_cortex(labels);
        if over.is_empty() {
            ui.label(RichText::new(text.looking.no_cortex).color(own.bad));
            return false;
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text.looking.cortex).strong());
            let known = labels.iter().zip(monitor.faults());
            for (label, fault) in known.filter(|(label, _)| over.contains(label)) {
                ui.label(match fault {
                    Some(_) => RichText::new(format!("× {label}")).color(own.bad),
                    None => RichText::new(label).color(own.good),
                });
            }
        });
        true
    }

    pub(super) fn look_training_bar(&mut self, ui: &mut Ui, now: HostNanos) {
        let text = self.text;
        if self.preparing.is_some() {
            busy(ui);
            ui.label(text.looking.starting);
            return;
        }
        if ui.button(text.back).clicked() {
            return self.go(Step::Signal);
        }
        if self.consent().is_none() {
            // Enter does not allow it.
            if ui.button(text.looking.allow).clicked() {
                self.allow();
            }
            return;
        }
        let resumes = self.options.resumes && self.unfinished_looks.is_some();
        let (first, second) = if resumes {
            (text.resume_interrupted, text.begin)
        } else {
            (text.begin, text.resume_interrupted)
        };
        let can_begin = self.has_cortex() && !self.is_lost;
        if self.primary(ui, first, can_begin) {
            self.resumes_looks = resumes;
            self.prepare_looks(now);
        } else if can_begin && self.unfinished_looks.is_some() && ui.button(second).clicked() {
            self.resumes_looks = !resumes;
            self.prepare_looks(now);
        } else if ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        }
    }

    /// Looks for an interrupted calibration with these electrodes.
    pub(super) fn look_up_interrupted_looks(&mut self, layout: Option<&Layout>) {
        let found = UnfinishedLooks::of(&self.options.patient);
        let is_same = |found: &UnfinishedLooks| layout == Some(&found.layout);
        let resumes = self.options.resumes && self.is_looking();
        if resumes && found.as_ref().is_some_and(|found| !is_same(found)) {
            self.trouble = Some(Message::said(|text| text.other_electrodes));
        }
        self.unfinished_looks = found.filter(is_same);
    }

    /// What there is of an interrupted calibration.
    pub(super) fn interrupted_looks(&self, ui: &mut Ui) {
        let Some(found) = self.unfinished_looks.as_ref().filter(|_| self.is_looking()) else {
            return;
        };
        let text = self.text;
        ui.heading(text.interrupted);
        ui.label(format!(
            "{}: {} {} {}, {}",
            text.looking.looks,
            found.done.len(),
            text.of,
            found.plan.looks,
            found.last_part().unwrap_or_default()
        ));
        ui.add_space(8.0);
    }

    /// What was allowed for this patient. The profile is read once.
    pub(super) fn consent(&mut self) -> Option<FlickerConsent> {
        let patient = &self.options.patient;
        let read = || Profile::open(patient).and_then(|profile| profile.flicker_consent());
        self.consent.get_or_insert_with(|| read().ok()).clone()
    }

    fn allow(&mut self) {
        let consent = FlickerConsent {
            allowed: clock::date_time(),
            above_thresholds: None,
        };
        let profile = Profile::open(&self.options.patient);
        let kept = profile.and_then(|mut profile| profile.allow_flicker(Some(consent)));
        self.trouble = kept.err().map(Message::from);
        (self.consent, self.has_focused) = (None, false);
    }

    /// Starts the program that shows tags.
    pub(super) fn prepare_looks(&mut self, now: HostNanos) {
        if let Some(screen) = self.screen.take() {
            return self.begin_with(screen, now);
        }
        match self.tag_setup() {
            Ok((program, setup)) => {
                let (ready, preparing) = bounded(1);
                std::thread::spawn(move || {
                    let screen = Presenter::start(&program, setup).map(|presenter| TagScreen {
                        refresh_hz: presenter.refresh_hz(),
                        tag_px: presenter.display().tag_px,
                        display: Box::new(presenter),
                    });
                    // The window may have been closed meanwhile.
                    let _ = ready.send(screen.map_err(Message::from));
                });
                (self.preparing, self.trouble) = (Some(preparing), None);
            }
            Err(error) => (self.trouble, self.to_copy) = (Some(error), None),
        }
    }

    fn tag_setup(&self) -> Result<(PresenterProgram, Setup), Message> {
        let profile = Profile::open(&self.options.patient)?;
        let consent = profile.flicker_consent()?;
        let program = self.options.program.clone();
        let program = program.ok_or_else(|| Message::said(|text| text.looking.no_presenter))?;
        let setup = Setup {
            codes: match &self.to_copy {
                Some(plan) => plan.looking.code_book(),
                None => code_book(),
            },
            look: LookSettings {
                position: TagPosition::On,
                ..profile.settings().control.look
            },
            may_exceed: consent.above_thresholds.is_some(),
            publishes: cfg!(feature = "lsl"),
        };
        let args = vec!["tags".to_owned()];
        Ok((PresenterProgram { program, args }, setup))
    }

    /// Takes the program that shows tags when it is ready.
    pub(super) fn await_screen(&mut self, now: HostNanos) {
        let prepared = self.preparing.as_ref();
        let Some(prepared) = prepared.and_then(|preparing| preparing.try_recv().ok()) else {
            return;
        };
        self.preparing = None;
        match prepared {
            Ok(screen) if matches!(self.step, Step::Training | Step::Practice) => {
                self.begin_with(screen, now);
            }
            Ok(_) => self.to_copy = None,
            Err(error) => (self.trouble, self.to_copy) = (Some(error), None),
        }
    }

    /// What the program that shows tags is prepared for is not wanted any more. It ends by itself.
    pub(super) fn forget_screen(&mut self) {
        (self.preparing, self.to_copy) = (None, None);
    }

    /// Begins what tags are needed for.
    fn begin_with(&mut self, screen: TagScreen, now: HostNanos) {
        match self.to_copy.take() {
            Some(plan) => self.begin_copying(plan, screen, now),
            None if self.is_looking() => self.begin_looks(screen, now),
            // Another protocol was chosen meanwhile.
            None => {}
        }
    }
}
