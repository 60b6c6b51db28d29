//! The choice of a protocol: what to train, how many trials, and the timing.

use super::{LOOKING, Step, Wizard, offered};
use crate::app::gui::look::field;
use crate::app::gui::sound::Sound;
use crate::guided::protocol::Protocol;
use crate::time::HostNanos;
use eframe::egui::{Slider, Ui};

impl Wizard {
    pub(super) fn training(&mut self, ui: &mut Ui) {
        let text = self.text;
        self.interrupted_looks(ui);
        if let Some(unfinished) = self.unfinished.as_ref().filter(|_| !self.is_looking()) {
            let classes = unfinished.protocol.classes.iter();
            let classes: Vec<&str> = classes.map(|class| text.class(class)).collect();
            ui.heading(text.interrupted);
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
            if ui.radio_value(&mut self.kind, place, *name).changed() {
                let trials = self.plan.trials;
                self.plan = Protocol {
                    trials,
                    ..offered(place)
                };
            }
        }
        ui.radio_value(&mut self.kind, LOOKING, text.looking.protocol);
        if self.is_looking() {
            return self.look_training(ui);
        }
        let plan = &mut self.plan;
        slider(ui, text.trials_each, Slider::new(&mut plan.trials, 6..=40));
        ui.collapsing(text.durations, |ui| {
            let timing = &mut plan.timing;
            let secs = |ui: &mut Ui, name: &str, value: &mut f64, range| {
                slider(
                    ui,
                    name,
                    Slider::new(value, range).step_by(0.5).suffix(" s"),
                );
            };
            // A shorter cue does not hold a whole window of the decoder.
            secs(ui, text.cue_lasts, &mut timing.imagery_s, 2.5..=8.0);
            secs(ui, text.rest_lasts, &mut timing.rest_s, 1.0..=8.0);
            slider(
                ui,
                text.break_after,
                Slider::new(&mut timing.break_after, 0..=60),
            );
            secs(ui, text.break_lasts, &mut timing.break_s, 5.0..=120.0);
        });
        let mut is_heard = self.sound.is_some();
        if ui.checkbox(&mut is_heard, text.sound).changed() {
            self.trouble = None;
            self.sound = is_heard
                .then(Sound::open)
                .transpose()
                .unwrap_or_else(|error| {
                    self.trouble = Some(error.into());
                    None
                });
        }
        let minutes = self.plan.total_s() / 60.0;
        ui.label(format!("{} {minutes:.0} {}", text.takes, text.minutes));
        ui.add_space(8.0);
        ui.label(text.explain);
        ui.label(text.repeated);
    }

    pub(super) fn training_bar(&mut self, ui: &mut Ui, now: HostNanos) {
        let text = self.text;
        if self.is_looking() {
            return self.look_training_bar(ui, now);
        }
        if ui.button(text.back).clicked() {
            self.go(Step::Signal);
            return;
        }
        let resumes = self.options.resumes && self.unfinished.is_some();
        let (first, second) = if resumes {
            (text.resume_interrupted, text.begin)
        } else {
            (text.begin, text.resume_interrupted)
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

pub(super) fn slider(ui: &mut Ui, name: &str, slider: Slider<'_>) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        field(ui, |ui| ui.add(slider)).labelled_by(label.id);
    });
}
