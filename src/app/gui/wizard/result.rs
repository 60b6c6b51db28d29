//! The result: a verdict in words, then figures; saving it, and driving the pointer with it.

use super::look_result::response;
use super::{Step, Wizard};
use crate::app::gui::look::{busy, palette};
use crate::app::gui::notice::{headline, show_error};
use crate::app::gui::plots;
use crate::app::gui::spectra::spectra;
use crate::app::gui::text::{Message, Text};
use crate::fit::diagnostics::Diagnostics;
use crate::guided::calibrate::{CalibrationResult, Doubt, doubt, in_use, keep};
use crate::guided::looking::{looking_doubt, looking_in_use};
use crate::printable::printable_path;
use crate::system::clock;
use bci_cursor_calibration::Decoder;
use bci_cursor_calibration::face_switch::SwitchFigures;
use bci_cursor_calibration::validation::{Figures, Verdict};
use eframe::egui::{RichText, Ui, vec2};

/// From this width on, the diagnostics are beside the result instead of below it, points.
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
                let words = match self.is_looking() {
                    true => text.looking.cannot_fit,
                    false => text.cannot_fit,
                };
                let words = RichText::new(words).size(24.0);
                ui.label(words.color(palette(ui).bad));
                show_error(ui, error, text);
                if self.is_looking() && self.unfinished_looks.is_some() {
                    ui.label(text.looking.can_resume);
                }
                self.kept(ui);
            }
            Some(Ok(CalibrationResult::Decoder(decoder, found))) => {
                if ui.available_width() < WIDE {
                    self.decoder(ui, decoder);
                    diagnostics(ui, &class_names(decoder, text), found, text);
                    return;
                }
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        left.vertical(|ui| self.decoder(ui, decoder));
                        let classes = class_names(decoder, text);
                        right.vertical(|ui| diagnostics(ui, &classes, found, text));
                    }
                });
            }
            Some(Ok(CalibrationResult::Looking(fitted))) => {
                if ui.available_width() < WIDE {
                    self.looking_result(ui, fitted);
                    return response(ui, fitted, text);
                }
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        left.vertical(|ui| self.looking_result(ui, fitted));
                        right.vertical(|ui| response(ui, fitted, text));
                    }
                });
            }
            Some(Ok(CalibrationResult::Switch(switch))) => {
                self.switch_figures(ui, &switch.figures);
                ui.label(switch.channels.join(", "));
                self.kept(ui);
            }
        }
    }

    /// How good the decoder is, and whether it is saved.
    fn decoder(&self, ui: &mut Ui, decoder: &Decoder) {
        if let Some(figures) = &decoder.figures {
            self.figures(ui, figures);
        }
        self.in_use(ui);
        if let Some(figures) = &decoder.figures {
            let classes = class_names(decoder, self.text);
            plots::confusion(ui, &classes, &figures.confusion, self.text);
        }
        self.kept(ui);
    }

    /// The verdict, then the numbers.
    fn figures(&self, ui: &mut Ui, figures: &Figures) {
        let (text, own) = (self.text, palette(ui));
        let colour = match figures.verdict() {
            Verdict::NoGo => own.bad,
            Verdict::Weak => own.warning,
            Verdict::Good | Verdict::VeryGood => own.good,
        };
        headline(ui, text.verdict(figures.verdict()), colour);
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
            figures.false_activations, text.false_clicks, figures.rest_s
        ));
    }

    /// Whether the decoder is saved, and if not why; and which decoder the patient uses now.
    fn in_use(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let is_saved = matches!(self.saved, Some(Ok(_)));
        let reason = match self.doubt() {
            _ if is_saved => None,
            Some(Doubt::NoGo) => Some((text.no_go, own.bad)),
            Some(Doubt::Worse) => Some((text.worse, own.warning)),
            None => None,
        };
        if let Some((reason, colour)) = reason {
            ui.label(RichText::new(reason).color(colour).strong());
        }
        let what = match &self.in_use {
            _ if is_saved => text.in_use_new.to_owned(),
            Ok(None) => text.in_use_starter.to_owned(),
            Ok(Some(in_use)) => {
                let name = in_use.path.file_stem().unwrap_or_default();
                let quality = in_use.figures.as_ref().map(|figures| {
                    let (verdict, percent) = (figures.verdict(), 100.0 * figures.accuracy);
                    format!("{} ({percent:.0} %)", text.verdict(verdict))
                });
                format!(
                    "{}: {}",
                    name.to_string_lossy(),
                    quality.as_deref().unwrap_or(text.never_measured)
                )
            }
            Err(error) => error.text(text).to_owned(),
        };
        let [before, after] = text.in_use;
        ui.label(format!("{before}{}{after}{what}", self.options.patient));
    }

    /// Why this result is not saved without a confirmation.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        match (&self.result, &self.in_use) {
            (Some(Ok(CalibrationResult::Looking(fitted))), _) => {
                let in_use = self.looking_in_use.as_ref().ok();
                looking_doubt(&fitted.figures, in_use.and_then(Option::as_ref))
            }
            (Some(Ok(CalibrationResult::Decoder(decoder, _))), in_use) => {
                doubt(decoder, in_use.as_ref().ok().and_then(Option::as_ref))
            }
            _ => None,
        }
    }

    /// Where the result and the recording are, and how to continue.
    pub(super) fn kept(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        ui.add_space(8.0);
        match &self.saved {
            Some(Ok(path)) => {
                ui.label(RichText::new(text.saved).color(own.good).strong());
                self.driven(ui);
                let patient = &self.options.patient;
                let command = match &self.result {
                    Some(Ok(CalibrationResult::Switch(_))) => format!(
                        "bci-cursor run --patient {patient} --face {}",
                        printable_path(path)
                    ),
                    Some(Ok(CalibrationResult::Looking(_))) => {
                        format!("bci-cursor run --patient {patient} --set control.assist.mode=look")
                    }
                    _ => format!("bci-cursor run --patient {patient}"),
                };
                ui.label(text.now_run);
                ui.monospace(command);
            }
            Some(Err(error)) => {
                show_error(ui, error, text);
            }
            None => {}
        }
        if let Some(path) = &self.recording {
            ui.label(
                RichText::new(format!("{} {}", text.kept_recording, printable_path(path))).weak(),
            );
        }
    }

    pub(super) fn result_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let (is_fitting, is_saved) = (self.fitting.is_some(), matches!(self.saved, Some(Ok(_))));
        let is_doubtful = !is_saved && self.doubt().is_some();
        // Enter does not save a doubtful result.
        let is_again = !is_fitting
            && if is_doubtful {
                self.primary(ui, text.again, true)
            } else {
                ui.button(text.again).clicked()
            };
        if is_again {
            // A run that was started here uses the source.
            if self.feed.is_some() {
                self.go_to_training();
            } else {
                self.go(Step::Start);
            }
        } else if !is_fitting && self.feed.is_some() && ui.button(text.practice).clicked() {
            self.go(Step::Practice);
        } else if is_saved {
            self.saved_bar(ui);
        } else if is_doubtful {
            if ui.button(text.use_anyway).clicked() {
                self.save(true);
            }
        } else if matches!(self.result, Some(Ok(_))) && self.primary(ui, text.save, true) {
            self.save(false);
        }
        if self.step == Step::Result {
            self.settings_button(ui, true);
        }
    }

    /// The buttons after saving: drive the pointer, if there is a headset, and close.
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

    fn save(&mut self, is_confirmed: bool) {
        if let Some(Ok(fitted)) = &self.result {
            self.has_focused = false;
            let patient = &self.options.patient;
            let kept = keep(patient, &clock::date_time(), fitted, is_confirmed);
            // Another program may have changed the profile in the meantime.
            self.in_use = in_use(patient).map_err(Message::from);
            self.looking_in_use = looking_in_use(patient).map_err(Message::from);
            self.saved = Some(kept.map_err(Message::from));
        }
    }
}

fn class_names<'a>(decoder: &'a Decoder, text: &'static Text) -> Vec<&'a str> {
    let names = decoder.classes.iter();
    names.map(|class| text.class(class)).collect()
}

/// What the decoder has learnt, for experts.
fn diagnostics(ui: &mut Ui, classes: &[&str], found: &Diagnostics, text: &Text) {
    ui.add_space(8.0);
    ui.label(RichText::new(text.trials_in_turn).strong());
    plots::trials(ui, &found.trials, text.trials_in_turn);
    if found.learning.len() > 1 {
        let step = |figures: &Figures| {
            let (count, share) = (figures.trials, 100.0 * figures.accuracy);
            format!("{} {count}: {share:.0} %", text.first_trials)
        };
        let steps: Vec<String> = found.learning.iter().map(step).collect();
        ui.label(format!("{} {}", text.learning, steps.join(", ")));
    }
    let all = found.patterns_db.iter().flatten().flatten();
    let most = all.fold(0.0, |most: f64, db| most.max(db.abs()));
    let patterns = format!("{} {most:.1} dB", text.patterns);
    ui.label(RichText::new(patterns).strong());
    let gap = ui.spacing().item_spacing.x;
    let width = ui.available_width();
    let size = (0.25 * (width - 3.0 * gap) - 1.0).clamp(110.0, 220.0);
    ui.horizontal_wrapped(|ui| {
        for (class, bands) in classes.iter().zip(&found.patterns_db) {
            for (values, band) in bands.iter().zip([text.mu, text.beta]) {
                let name = format!("{class}, {band}");
                ui.vertical(|ui| {
                    ui.set_width(size);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(RichText::new(*class).small());
                    ui.label(RichText::new(band).small());
                    plots::pattern(ui, size, &found.channels, values, most, &name);
                });
            }
        }
    });
    let size = vec2((0.5 * (width - gap) - 1.0).clamp(220.0, 440.0), 1.15 * size);
    ui.horizontal_wrapped(|ui| {
        for channel in &found.spectra {
            let name = format!("{} {}", text.spectra_of, channel.channel);
            let curves: Vec<(&str, &[f64])> = classes
                .iter()
                .zip(&channel.by_class_db)
                .map(|(class, db)| (*class, db.as_slice()))
                .collect();
            ui.vertical(|ui| {
                ui.set_width(size.x);
                ui.label(RichText::new(&name).small());
                spectra(ui, size, &curves, &name);
            });
        }
    });
}
