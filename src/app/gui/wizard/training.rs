//! What is trained, how often, and how long that takes.

use super::{Step, Wizard};
use crate::time::HostNanos;
use eframe::egui::{Slider, Ui};

impl Wizard {
    pub(super) fn training(&mut self, ui: &mut Ui) {
        let text = self.text;
        ui.heading(text.what_to_train);
        for (place, name) in text.protocols.iter().enumerate() {
            ui.radio_value(&mut self.protocol, place, *name);
        }
        ui.horizontal(|ui| {
            let label = ui.label(text.trials_each);
            ui.add(Slider::new(&mut self.trials, 6..=40))
                .labelled_by(label.id);
        });
        let minutes = self.chosen_protocol().total_s() / 60.0;
        ui.label(format!("{} {minutes:.0} {}", text.takes, text.minutes));
        ui.add_space(8.0);
        ui.label(text.explain);
    }

    pub(super) fn training_bar(&mut self, ui: &mut Ui, now: HostNanos) {
        let text = self.text;
        if ui.button(text.back).clicked() {
            self.go(Step::Signal);
        } else if self.primary(ui, text.begin, !self.is_lost) {
            self.begin(now);
        } else if ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        }
    }
}
