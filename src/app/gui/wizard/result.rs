//! What came of it: in words first, then in figures; and putting it in force.

use super::{Step, Wizard};
use crate::app::gui::look::{BAD, GOOD, WARNING, busy};
use crate::app::gui::plots;
use crate::app::gui::text::Text;
use crate::runtime::clock;
use crate::session::calibrate::{Fitted, keep};
use crate::session::insight::Insight;
use bci_cursor_calibration::face_switch::SwitchFigures;
use bci_cursor_calibration::validation::{Figures, Verdict};
use eframe::egui::{Color32, RichText, Ui, vec2};

impl Wizard {
    pub(super) fn results(&mut self, ui: &mut Ui) {
        let text = self.text;
        if self.fitting.is_some() {
            ui.horizontal(|ui| {
                busy(ui);
                ui.label(RichText::new(text.fitting).size(24.0));
            });
        }
        match &self.result {
            None => {}
            Some(Err(error)) => {
                ui.label(RichText::new(text.cannot_fit).size(24.0).color(BAD));
                ui.label(error);
            }
            Some(Ok(Fitted::Decoder(decoder, insight))) => {
                if let Some(figures) = &decoder.figures {
                    self.figures(ui, figures);
                    let classes: Vec<&str> = decoder
                        .classes
                        .iter()
                        .map(|class| text.class(class))
                        .collect();
                    plots::confusion(ui, &classes, &figures.confusion, text);
                    insights(ui, &classes, insight, text);
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
            Some(Ok(Fitted::Decoder(decoder, _))) => {
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

/// What was learnt, for who wants to know more.
fn insights(ui: &mut Ui, classes: &[&str], insight: &Insight, text: &Text) {
    ui.add_space(8.0);
    ui.label(RichText::new(text.trials_in_turn).strong());
    plots::trials(ui, &insight.trials, text.trials_in_turn);
    if insight.learning.len() > 1 {
        let step = |figures: &Figures| {
            let (count, share) = (figures.trials, 100.0 * figures.accuracy);
            format!("{} {count}: {share:.0} %", text.first_trials)
        };
        let steps: Vec<String> = insight.learning.iter().map(step).collect();
        ui.label(format!("{} {}", text.learning, steps.join(", ")));
    }
    ui.add_space(8.0);
    ui.label(RichText::new(text.patterns).strong());
    let all = insight.patterns_db.iter().flatten().flatten();
    let most = all.fold(0.0, |most: f64, db| most.max(db.abs()));
    let size = (0.24 * ui.available_width()).clamp(140.0, 260.0);
    ui.horizontal_wrapped(|ui| {
        for (class, bands) in classes.iter().zip(&insight.patterns_db) {
            for (values, band) in bands.iter().zip([text.mu, text.beta]) {
                let name = format!("{class}, {band}");
                ui.vertical(|ui| {
                    ui.label(&name);
                    plots::pattern(ui, size, &insight.channels, values, most, &name);
                });
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        for spectra in &insight.spectra {
            let name = format!("{} {}", text.spectra_of, spectra.channel);
            let curves: Vec<(&str, &[f64])> = classes
                .iter()
                .zip(&spectra.by_class_db)
                .map(|(class, db)| (*class, db.as_slice()))
                .collect();
            ui.vertical(|ui| {
                ui.label(&name);
                plots::spectra(ui, vec2(2.0 * size, 0.9 * size), &curves, &name);
            });
        }
    });
}

fn headline(ui: &mut Ui, words: &str, colour: Color32) {
    ui.label(RichText::new(words).size(34.0).strong().color(colour));
}
