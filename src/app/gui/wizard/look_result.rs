//! The result of a calibration of looking: a verdict, then figures, then the response of each electrode.

use super::Wizard;
use crate::app::gui::look::palette;
use crate::app::gui::notice::headline;
use crate::app::gui::plots;
use crate::app::gui::text::{Message, Text};
use crate::fit::looking::FittedLooking;
use crate::guided::calibrate::Doubt;
use crate::guided::looking::looking_in_use;
use crate::looking::figures::{LookingFigures, LookingVerdict, Recognised, peaks};
use eframe::egui::{Grid, ProgressBar, RichText, Ui};

impl Wizard {
    pub(super) fn looking_result(&self, ui: &mut Ui, fitted: &FittedLooking) {
        let (text, own) = (self.text, palette(ui));
        let figures = &fitted.figures;
        let verdict = figures.verdict();
        let colour = match verdict {
            LookingVerdict::NoGo => own.bad,
            LookingVerdict::Weak => own.warning,
            LookingVerdict::Good => own.good,
        };
        let (words, what_to_do) = text.looking.verdict(verdict);
        headline(ui, words, colour);
        ui.label(in_numbers(figures, text));
        if let Some(elsewhere) = &figures.elsewhere {
            ui.label(format!(
                "{:.0} {} ({} / {:.0} {})",
                elsewhere.per_hour(),
                text.looking.false_selections,
                elsewhere.selections,
                elsewhere.minutes,
                text.minutes
            ));
        }
        ui.label(what_to_do);
        ui.add_space(8.0);
        ui.label(RichText::new(text.looking.recognised).strong());
        by_time(ui, &figures.after, text);
        self.looking_in_use(ui);
        self.kept(ui);
    }

    /// Which response the patient uses now, and why the new one is not saved.
    fn looking_in_use(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let is_saved = matches!(self.saved, Some(Ok(_)));
        let reason = match self.doubt() {
            Some(Doubt::NoGo) if !is_saved => Some((text.looking.no_go, own.bad)),
            Some(Doubt::Worse) if !is_saved => Some((text.looking.worse, own.warning)),
            _ => None,
        };
        if let Some((reason, colour)) = reason {
            ui.label(RichText::new(reason).color(colour).strong());
        }
        let what = match &self.looking_in_use {
            _ if is_saved => text.looking.in_use_new,
            Ok(None) => text.looking.in_use_none,
            Ok(Some(in_use)) => match &in_use.figures {
                Some(figures) => text.looking.verdict(figures.verdict()).0,
                None => text.never_measured,
            },
            Err(error) => error.text(text),
        };
        let [before, after] = text.in_use;
        ui.label(format!("{before}{}{after}{what}", self.options.patient));
    }

    /// Looks up which response the patient uses, and what can be resumed if none could be fitted.
    pub(super) fn look_up_looking(&mut self) {
        self.looking_in_use = looking_in_use(&self.options.patient).map_err(Message::from);
        if self.is_looking() && matches!(self.result, Some(Err(_))) {
            let layout = self.feed.as_ref().map(|feed| feed.layout().clone());
            self.look_up_interrupted_looks(layout.as_ref());
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn in_numbers(figures: &LookingFigures, text: &Text) -> String {
    format!(
        "{:.0} {}, {} {}; {:.0} {}",
        figures.choices_per_min(),
        text.looking.per_min,
        percent(figures.right_share()),
        text.looking.right,
        figures.dynamic.bits_per_min,
        text.looking.bits_per_min
    )
}

/// A bar for each looking time.
fn by_time(ui: &mut Ui, after: &[Recognised], text: &Text) {
    Grid::new("recognised").num_columns(3).show(ui, |ui| {
        for after in after {
            let [low, high] = after.interval();
            ui.label(format!("{:.0} {}", after.seconds, text.looking.seconds));
            let share = after.share();
            let bar = ProgressBar::new(share as f32).desired_width(260.0);
            ui.add(bar.text(percent(share)));
            ui.label(format!(
                "{} / {} {}; {} {} – {}",
                after.right,
                after.looks,
                text.looking.looks_right,
                text.interval,
                percent(low),
                percent(high)
            ));
            ui.end_row();
        }
    });
}

/// The response of each electrode to a rise and to a fall, when it is strongest.
pub(super) fn response(ui: &mut Ui, fitted: &FittedLooking, text: &Text) {
    ui.add_space(8.0);
    ui.label(RichText::new(text.looking.response).strong());
    let peaks = peaks(&fitted.response);
    let all = peaks.iter().flat_map(|peak| &peak.values);
    let most = all.fold(0.0, |most: f64, value| most.max(value.abs()));
    let size = (0.5 * ui.available_width() - 10.0).clamp(110.0, 260.0);
    ui.horizontal_wrapped(|ui| {
        for (peak, name) in peaks.iter().zip([text.looking.rise, text.looking.fall]) {
            let name = format!("{name}, {:.0} ms", peak.after_ms);
            ui.vertical(|ui| {
                ui.set_width(size);
                ui.label(RichText::new(&name).small());
                plots::pattern(ui, size, &fitted.channels, &peak.values, most, &name);
            });
        }
    });
}
