//! The first step: whose session it is, and where EEG comes from.

use super::{Found, Wizard};
use crate::app::gui::look::{busy, field, palette};
use crate::runtime::feed::Feed;
use crate::session::store;
use crossbeam_channel::bounded;
use eframe::egui::{self, RichText, Ui};

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
        let usable = store::patient(&self.options.patient);
        if let Err(error) = &usable {
            ui.label(RichText::new(error.to_string()).color(palette(ui).bad));
        }
        ui.add_space(12.0);
        ui.heading(text.where_from);
        let count = self.found.len();
        let chosen = self.chosen_place();
        for place in 0..count {
            let words = self.found[place].describe();
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
    }

    /// Place of the source in force: as chosen, or else the first stream; none: the synthetic patient.
    pub(super) fn chosen_place(&self) -> Option<usize> {
        let is_stream = |found: &Found| matches!(found, Found::Stream(..));
        match self.chosen {
            Some(place) => Some(place).filter(|place| *place < self.found.len()),
            None => self.found.iter().position(is_stream),
        }
    }

    pub(super) fn start_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let usable = store::patient(&self.options.patient);
        if self.opening.is_some() {
            ui.horizontal(|ui| {
                busy(ui);
                ui.label(text.opening);
            });
        } else if self.primary(ui, text.next, usable.is_ok()) {
            self.open();
        }
    }

    fn open(&mut self) {
        self.trouble = None;
        let Some(found) = self.chosen_place().map(|place| self.found[place].clone()) else {
            return self.open_synthetic();
        };
        let (opened, opening) = bounded(1);
        std::thread::spawn(move || {
            let feed = found
                .open()
                .map(|feed| Box::new(feed) as Box<dyn Feed + Send>);
            // The window may have been closed meanwhile.
            let _ = opened.send(feed.map_err(|error| error.to_string()));
        });
        self.opening = Some(opening);
    }
}
