//! The first step: the patient, and the source of EEG.

use super::{Found, LOOKING, Wizard};
use crate::app::gui::look::{busy, field, palette};
use crate::app::gui::notice::show_error;
use crate::app::gui::text::Message;
use crate::nearest::nearest;
use crate::patient::store::{self, StoreError};
use crate::runtime::feed::{Feed, ThreadFeed};
use crate::source::SourceSpec;
use crossbeam_channel::bounded;
use eframe::egui::{self, RichText, Ui};

/// Whose session it would be.
enum Whose {
    /// A patient who exists.
    Known,
    /// A patient whom the session will create.
    New,
}

impl Wizard {
    pub(super) fn start(&mut self, ui: &mut Ui) {
        let text = self.text;
        let label = ui.heading(text.who);
        let name = egui::TextEdit::singleline(&mut self.options.patient).desired_width(320.0);
        field(ui, |ui| ui.add(name)).labelled_by(label.id);
        let known = store::names();
        if !known.is_empty() {
            ui.horizontal_wrapped(|ui| {
                ui.label(text.known_patients);
                for name in known.iter().take(12) {
                    if ui
                        .selectable_label(*name == self.options.patient, name)
                        .clicked()
                    {
                        self.options.patient.clone_from(name);
                    }
                }
            });
        }
        self.about_patient(ui);
        ui.add_space(12.0);
        ui.heading(text.where_from);
        let count = self.found.len();
        let chosen = self.chosen_place();
        for place in 0..count {
            let words = self.found[place].words.text(text);
            if ui.radio(chosen == Some(place), words).clicked() {
                self.chosen = Some(place);
            }
        }
        if count == 0 && self.finder.is_some() {
            ui.horizontal(|ui| {
                busy(ui);
                ui.label(text.nothing_found);
            });
        }
        if ui.radio(chosen.is_none(), text.synthetic).clicked() {
            self.chosen = Some(usize::MAX);
        }
        ui.add_space(12.0);
        ui.heading(text.what_to_train);
        let is_looking = self.is_looking();
        if ui
            .radio(!is_looking, text.looking.other_protocols)
            .clicked()
            && is_looking
        {
            self.kind = 0;
        }
        ui.radio_value(&mut self.kind, LOOKING, text.looking.protocol);
    }

    /// Says whether this patient exists, and suggests the one with the most similar name. A new patient is created only on request:
    /// with a mistyped name, the right patient's settings and decoder would not be used.
    fn about_patient(&mut self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        match self.whose() {
            Err(StoreError::Unknown { name, known }) => {
                ui.label(
                    RichText::new(text.no_such_patient)
                        .color(own.warning)
                        .strong(),
                );
                ui.horizontal_wrapped(|ui| {
                    if let Some(nearest) = nearest(&name, &known) {
                        let words = format!("{} {nearest}?", text.did_you_mean);
                        if ui.button(words).clicked() {
                            nearest.clone_into(&mut self.options.patient);
                        }
                    }
                    let words = format!("{} {name}", text.make_patient);
                    if ui.button(words).clicked() {
                        self.new_patient = Some(name);
                        self.has_focused = false;
                    }
                });
            }
            Err(error) => show_error(ui, &error.into(), text),
            Ok(Whose::New) => _ = ui.label(RichText::new(text.is_new_patient).color(own.good)),
            Ok(Whose::Known) => {}
        }
    }

    /// Whose session it would be.
    fn whose(&self) -> Result<Whose, StoreError> {
        let name = &self.options.patient;
        match store::existing(name) {
            Ok(_) => Ok(Whose::Known),
            Err(StoreError::Unknown { .. }) if self.new_patient.as_ref() == Some(name) => {
                Ok(Whose::New)
            }
            Err(error) => Err(error),
        }
    }

    /// Index of the selected source, or else of the first stream; none: the synthetic patient.
    pub(super) fn chosen_place(&self) -> Option<usize> {
        let is_stream = |found: &Found| matches!(found.source, SourceSpec::Lsl(_));
        match self.chosen {
            Some(place) => Some(place).filter(|place| *place < self.found.len()),
            None => self.found.iter().position(is_stream),
        }
    }

    pub(super) fn start_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let is_known = self.whose().is_ok();
        if self.opening.is_some() {
            ui.horizontal(|ui| {
                busy(ui);
                ui.label(text.opening);
            });
            return;
        }
        if self.primary(ui, text.next, is_known) {
            self.open();
        }
        self.settings_button(ui, is_known);
    }

    fn open(&mut self) {
        self.trouble = None;
        let Some(found) = self.chosen_place().map(|place| self.found[place].clone()) else {
            return self.open_synthetic();
        };
        let (opened, opening) = bounded(1);
        let read_as = self.options.read_as.clone();
        std::thread::spawn(move || {
            let feed = found
                .source
                .read_as(read_as)
                .and_then(ThreadFeed::open)
                .map(|feed| Box::new(feed) as Box<dyn Feed + Send>);
            // The window may have been closed meanwhile.
            let _ = opened.send(feed.map_err(Message::from));
        });
        self.opening = Some(opening);
    }
}
