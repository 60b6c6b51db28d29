//! Whether the electrodes are good: the head, what to do, traces and spectrum.

use super::{Step, Wizard};
use crate::app::gui::look::{BAD, GOOD, WARNING};
use crate::app::gui::plots::{self, fault_words};
use crate::frontend::too_many_bad;
use crate::session::monitor::Monitor;
use eframe::egui::{RichText, Ui, vec2};

impl Wizard {
    pub(super) fn signal(&mut self, ui: &mut Ui) {
        let text = self.text;
        let about = self
            .feed
            .as_ref()
            .map_or("", |feed| feed.describe())
            .to_owned();
        let Some(monitor) = &self.monitor else {
            return;
        };
        // Once a second is enough for the eye, and for the processor.
        let (frames, _) = monitor.artifact_frames();
        let second = monitor.layout().rate.secs_of(frames) as u64;
        if self.spectrum.0 != second {
            self.spectrum = (second, monitor.spectrum());
        }
        ui.label(RichText::new(about).weak());
        let bad: Vec<(&String, _)> = monitor
            .layout()
            .labels
            .iter()
            .zip(monitor.faults())
            .filter_map(|(label, fault)| fault.map(|fault| (label, fault)))
            .collect();
        let is_too_bad = too_many_bad(bad.len(), monitor.layout().channel_count());
        let (words, colour) = match (self.is_lost, monitor.is_settled()) {
            (true, _) => (text.signal_lost, BAD),
            (false, false) => (text.signal_settling, WARNING),
            (false, true) if bad.is_empty() => (text.signal_good, GOOD),
            (false, true) if is_too_bad => (text.signal_too_many, BAD),
            (false, true) => (text.signal_some, WARNING),
        };
        ui.label(RichText::new(words).size(24.0).strong().color(colour));
        let most = (0.6 * ui.ctx().content_rect().height()).max(240.0);
        let size = (ui.available_width() * 0.36).clamp(220.0, most);
        ui.horizontal_top(|ui| {
            plots::head(ui, size, monitor, words);
            ui.vertical(|ui| {
                for (label, fault) in bad.iter().take(8) {
                    let (name, mend) = fault_words(*fault, text);
                    ui.label(RichText::new(format!("× {label}: {name}; {mend}")).color(BAD));
                }
                if bad.len() > 8 {
                    ui.label(format!("+ {}", bad.len() - 8));
                }
                self.impedances(ui);
                ui.label(RichText::new(text.traces).weak());
                let width = ui.available_width();
                let height = (size * 0.6 - 24.0 * bad.len().min(8) as f32).max(140.0);
                plots::traces(ui, vec2(width, height), monitor, text.traces);
                ui.label(RichText::new(text.spectrum).weak());
                plots::spectrum(
                    ui,
                    vec2(width, 0.32 * size),
                    &self.spectrum.1,
                    text.spectrum,
                );
            });
        });
    }

    pub(super) fn signal_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let is_settled = self.monitor.as_ref().is_some_and(Monitor::is_settled);
        if ui.button(text.back).clicked() {
            self.go(Step::Start);
            (self.feed, self.monitor) = (None, None);
        } else if self.primary(ui, text.next, is_settled && !self.is_lost) {
            self.go_to_training();
        }
    }
}
