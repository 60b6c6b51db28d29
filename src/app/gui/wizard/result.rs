//! What came of it: in words first, then in figures; and putting it in force.

use super::{Step, Wizard};
use crate::app::gui::look::{BAD, GOOD, WARNING};
use crate::app::gui::plots;
use crate::runtime::clock;
use crate::session::calibrate::{Fitted, keep};
use bci_cursor_calibration::face_switch::SwitchFigures;
use bci_cursor_calibration::validation::{Figures, Verdict};
use eframe::egui::{Color32, RichText, Ui};

impl Wizard {
    pub(super) fn results(&mut self, ui: &mut Ui) {
        let text = self.text;
        if self.fitting.is_some() {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(RichText::new(text.fitting).size(24.0));
            });
        }
        match &self.result {
            None => {}
            Some(Err(error)) => {
                ui.label(RichText::new(text.cannot_fit).size(24.0).color(BAD));
                ui.label(error);
            }
            Some(Ok(Fitted::Decoder(decoder))) => {
                if let Some(figures) = &decoder.figures {
                    self.figures(ui, figures);
                    let classes: Vec<&str> = decoder
                        .classes
                        .iter()
                        .map(|class| text.class(class))
                        .collect();
                    plots::confusion(ui, &classes, &figures.confusion, text);
                }
            }
            Some(Ok(Fitted::Switch(switch))) => {
                self.switch_figures(ui, &switch.figures);
                ui.label(switch.channels.join(", "));
            }
        }
        if let Some(path) = &self.recording {
            ui.label(RichText::new(format!("{} {}", text.kept_recording, path.display())).weak());
        }
        self.kept(ui);
    }

    /// In words, then in numbers.
    fn figures(&self, ui: &mut Ui, figures: &Figures) {
        let text = self.text;
        let (place, colour) = match figures.verdict() {
            Verdict::NoGo => (0, BAD),
            Verdict::Weak => (1, WARNING),
            Verdict::Good => (2, GOOD),
            Verdict::VeryGood => (3, GOOD),
        };
        headline(ui, text.verdicts[place], colour);
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        ui.label(format!(
            "{} / {} {} ({}); {} {} – {}; {} {}",
            figures.correct,
            figures.trials,
            text.held_out,
            percent(figures.accuracy),
            text.interval,
            percent(figures.interval[0]),
            percent(figures.interval[1]),
            text.chance,
            percent(figures.chance)
        ));
        if place == 0 {
            ui.label(text.no_go_not_kept);
        }
    }

    fn switch_figures(&self, ui: &mut Ui, figures: &SwitchFigures) {
        let text = self.text;
        let colour = if figures.false_activations == 0 {
            GOOD
        } else {
            WARNING
        };
        headline(
            ui,
            &format!("{} / {} {}", figures.hits, figures.cues, text.switch_result),
            colour,
        );
        ui.label(format!(
            "{} {} {:.0}",
            figures.false_activations, text.by_itself, figures.rest_s
        ));
    }

    fn kept(&mut self, ui: &mut Ui) {
        let text = self.text;
        match &self.saved {
            Some(Ok(path)) => {
                ui.label(RichText::new(text.saved).color(GOOD).strong());
                let patient = &self.options.patient;
                let command = match &self.result {
                    Some(Ok(Fitted::Switch(_))) => format!(
                        "bci-cursor run --patient {patient} --face {}",
                        path.display()
                    ),
                    _ => format!("bci-cursor run --patient {patient}"),
                };
                ui.label(text.now_run);
                ui.monospace(command);
            }
            Some(Err(error)) => {
                ui.label(RichText::new(error).color(BAD));
            }
            None => {}
        }
    }

    /// What is no better than guessing is not put in force.
    fn may_keep(&self) -> bool {
        match &self.result {
            Some(Ok(Fitted::Decoder(decoder))) => {
                let figures = decoder.figures.as_ref();
                figures.is_some_and(|figures| figures.verdict() != Verdict::NoGo)
            }
            Some(Ok(Fitted::Switch(_))) => true,
            _ => false,
        }
    }

    pub(super) fn result_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        if self.fitting.is_none() && ui.button(text.again).clicked() {
            self.go_to_training();
        } else if self.fitting.is_none() && ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        } else if matches!(self.saved, Some(Ok(_))) {
            self.closes |= self.primary(ui, text.quit, true);
        } else if self.may_keep() && self.primary(ui, text.save, true) {
            self.save();
        }
    }

    fn save(&mut self) {
        if let Some(Ok(fitted)) = &self.result {
            self.has_focused = false;
            self.saved = Some(keep(&self.options.patient, &clock::date_time(), fitted));
        }
    }
}

fn headline(ui: &mut Ui, words: &str, colour: Color32) {
    ui.label(RichText::new(words).size(34.0).strong().color(colour));
}
