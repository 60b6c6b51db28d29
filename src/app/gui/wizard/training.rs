//! What is trained, how often, and how long that takes.

use super::{Step, Wizard};
use crate::time::HostNanos;
use eframe::egui::{Slider, Ui};

impl Wizard {
    pub(super) fn training(&mut self, ui: &mut Ui) {
        let text = self.text;
        if let Some(unfinished) = &self.unfinished {
            let classes = unfinished.protocol.classes.iter();
            let classes: Vec<&str> = classes.map(|class| text.class(class)).collect();
            ui.heading(text.broken_off);
            let (done, all) = (
                unfinished.done.iter().sum::<usize>(),
                unfinished.protocol.trial_count(),
            );
            ui.label(format!(
                "{}: {done} {} {all}, {}",
                classes.join(", "),
                text.of,
                unfinished.last_part().unwrap_or_default()
            ));
            ui.add_space(8.0);
        }
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
            return;
        }
        let resumes = self.options.resumes && self.unfinished.is_some();
        let (first, second) = if resumes {
            (text.go_on_with_it, text.begin)
        } else {
            (text.begin, text.go_on_with_it)
        };
        let can_choose = self.unfinished.is_some();
        if self.primary(ui, first, !self.is_lost) {
            self.begin(now, resumes);
        } else if can_choose && ui.button(second).clicked() {
            self.begin(now, !resumes);
        } else if ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        }
    }
}
