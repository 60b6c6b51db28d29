//! What came of it: in words first, then in figures; putting it in force, and driving the pointer with it.

use super::{Step, Wizard};
use crate::app::gui::look::{busy, palette};
use crate::app::gui::plots;
use crate::app::gui::text::Text;
use crate::runtime::clock;
use crate::session::calibrate::{Fitted, keep};
use crate::session::insight::Insight;
use bci_cursor_calibration::Decoder;
use bci_cursor_calibration::face_switch::SwitchFigures;
use bci_cursor_calibration::validation::{Figures, Verdict};
use eframe::egui::{Color32, RichText, Ui, vec2};

/// From this width on, what was learnt is shown beside the result and not below it, points.
const WIDE: f32 = 1000.0;

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
            None => self.kept(ui),
            Some(Err(error)) => {
                let words = RichText::new(text.cannot_fit).size(24.0);
                ui.label(words.color(palette(ui).bad));
                ui.label(error);
                self.kept(ui);
            }
            Some(Ok(Fitted::Decoder(decoder, insight))) => {
                if ui.available_width() < WIDE {
                    self.decoder(ui, decoder);
                    insights(ui, &class_names(decoder, text), insight, text);
                    return;
                }
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        left.vertical(|ui| self.decoder(ui, decoder));
                        let classes = class_names(decoder, text);
                        right.vertical(|ui| insights(ui, &classes, insight, text));
                    }
                });
            }
            Some(Ok(Fitted::Switch(switch))) => {
                self.switch_figures(ui, &switch.figures);
                ui.label(switch.channels.join(", "));
                self.kept(ui);
            }
        }
    }

    /// How good it is, and what became of it.
    fn decoder(&self, ui: &mut Ui, decoder: &Decoder) {
        if let Some(figures) = &decoder.figures {
            self.figures(ui, figures);
            let classes = class_names(decoder, self.text);
            plots::confusion(ui, &classes, &figures.confusion, self.text);
        }
        self.kept(ui);
    }

    /// In words, then in numbers.
    fn figures(&self, ui: &mut Ui, figures: &Figures) {
        let (text, own) = (self.text, palette(ui));
        let (place, colour) = match figures.verdict() {
            Verdict::NoGo => (0, own.bad),
            Verdict::Weak => (1, own.warning),
            Verdict::Good => (2, own.good),
            Verdict::VeryGood => (3, own.good),
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
        let (text, own) = (self.text, palette(ui));
        let colour = if figures.false_activations == 0 {
            own.good
        } else {
            own.warning
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

    /// Where it is kept, and how to go on.
    fn kept(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        ui.add_space(8.0);
        match &self.saved {
            Some(Ok(path)) => {
                ui.label(RichText::new(text.saved).color(own.good).strong());
                self.driven(ui);
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
                ui.label(RichText::new(error).color(own.bad));
            }
            None => {}
        }
        if let Some(path) = &self.recording {
            ui.label(RichText::new(format!("{} {}", text.kept_recording, path.display())).weak());
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
        let (is_fitting, is_saved) = (self.fitting.is_some(), matches!(self.saved, Some(Ok(_))));
        if !is_fitting && ui.button(text.again).clicked() {
            // A run that was started from here has the source.
            if self.feed.is_some() {
                self.go_to_training();
            } else {
                self.go(Step::Start);
            }
        } else if !is_fitting && self.feed.is_some() && ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        } else if is_saved {
            self.saved_bar(ui);
        } else if self.may_keep() && self.primary(ui, text.save, true) {
            self.save();
        }
    }

    /// What comes after saving: to drive, where there is a headset.
    fn saved_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        if self.can_drive() && !self.is_driving() {
            if self.primary(ui, text.drive, true) {
                self.start_driving();
            }
            self.closes |= ui.button(text.quit).clicked();
        } else {
            ui.add_enabled_ui(false, |ui| ui.button(text.drive));
            self.closes |= self.primary(ui, text.quit, true);
        }
    }

    fn save(&mut self) {
        if let Some(Ok(fitted)) = &self.result {
            self.has_focused = false;
            self.saved = Some(keep(&self.options.patient, &clock::date_time(), fitted));
        }
    }
}

fn class_names<'a>(decoder: &'a Decoder, text: &'static Text) -> Vec<&'a str> {
    let names = decoder.classes.iter();
    names.map(|class| text.class(class)).collect()
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
    ui.label(RichText::new(text.patterns).strong());
    let all = insight.patterns_db.iter().flatten().flatten();
    let most = all.fold(0.0, |most: f64, db| most.max(db.abs()));
    let gap = ui.spacing().item_spacing.x;
    let width = ui.available_width();
    let size = (0.25 * (width - 3.0 * gap) - 1.0).clamp(110.0, 220.0);
    ui.horizontal_wrapped(|ui| {
        for (class, bands) in classes.iter().zip(&insight.patterns_db) {
            for (values, band) in bands.iter().zip([text.mu, text.beta]) {
                let name = format!("{class}, {band}");
                ui.vertical(|ui| {
                    ui.set_width(size);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(RichText::new(*class).small());
                    ui.label(RichText::new(band).small());
                    plots::pattern(ui, size, &insight.channels, values, most, &name);
                });
            }
        }
    });
    let size = vec2((0.5 * (width - gap) - 1.0).clamp(220.0, 440.0), 0.9 * size);
    ui.horizontal_wrapped(|ui| {
        for spectra in &insight.spectra {
            let name = format!("{} {}", text.spectra_of, spectra.channel);
            let curves: Vec<(&str, &[f64])> = classes
                .iter()
                .zip(&spectra.by_class_db)
                .map(|(class, db)| (*class, db.as_slice()))
                .collect();
            ui.vertical(|ui| {
                ui.set_width(size.x);
                ui.label(RichText::new(&name).small());
                plots::spectra(ui, size, &curves, &name);
            });
        }
    });
}

fn headline(ui: &mut Ui, words: &str, colour: Color32) {
    ui.label(RichText::new(words).size(34.0).strong().color(colour));
}
