//! The signal check: the head, what to do about bad electrodes, traces and spectrum.

use super::{Step, Wizard};
use crate::app::gui::look::palette;
use crate::app::gui::plots::{self, fault_words};
use crate::app::gui::spectra::spectra;
use crate::app::gui::text::{CHINESE, Message};
use crate::conditioning::interpolation::can_be_made;
use crate::guided::monitor::Monitor;
use crate::preprocessing::too_many_bad;
use crate::source::SourceSpec;
use eframe::egui::{RichText, Ui, vec2};

/// Whether a bad channel can be interpolated from the good ones.
fn is_made(monitor: &Monitor, label: &str) -> bool {
    let all = monitor.layout().labels.iter().zip(monitor.faults());
    let good = all.filter(|(_, fault)| fault.is_none());
    can_be_made(label, good.map(|(own, _)| own.as_str()))
}

impl Wizard {
    pub(super) fn signal(&mut self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let about = self.source_words();
        let Some(monitor) = &self.monitor else {
            return;
        };
        // Once a second is enough to see a change.
        let (frames, _) = monitor.artifact_frames();
        let second = monitor.layout().rate.secs_of(frames) as u64;
        if self.spectrum.0 != second {
            self.spectrum = (second, monitor.spectrum());
        }
        ui.label(RichText::new(about.text(text)).weak());
        let bad: Vec<(&String, _)> = monitor
            .layout()
            .labels
            .iter()
            .zip(monitor.faults())
            .filter_map(|(label, fault)| fault.map(|fault| (label, fault)))
            .collect();
        let is_too_bad = too_many_bad(bad.len(), monitor.layout().channel_count());
        let (words, colour) = match (self.is_lost, monitor.is_settled()) {
            (true, _) => (text.signal_lost, own.bad),
            (false, false) => (text.signal_settling, own.warning),
            (false, true) if bad.is_empty() => (text.signal_good, own.good),
            (false, true) if is_too_bad => (text.signal_too_many, own.bad),
            (false, true) => (text.signal_some, own.warning),
        };
        ui.label(RichText::new(words).size(24.0).strong().color(colour));
        if self.is_looking() {
            self.cortex(ui);
        }
        // Everything fits into the window, unless the text is very large.
        let room = ui.clip_rect().bottom() - ui.cursor().top();
        let size = (ui.available_width() * 0.36).clamp(220.0, room.max(220.0));
        ui.horizontal_top(|ui| {
            plots::head(ui, size, monitor, words);
            ui.vertical(|ui| {
                for (label, fault) in bad.iter().take(8) {
                    let (name, mend) = fault_words(*fault, text);
                    let words = format!("× {label}: {name}; {mend}");
                    ui.label(RichText::new(words).color(own.bad));
                }
                if bad.len() > 8 {
                    ui.label(format!("+ {}", bad.len() - 8));
                }
                if !is_too_bad {
                    let bad = bad.iter().map(|(label, _)| label.as_str());
                    for words in text.bad(bad, |label| is_made(monitor, label)) {
                        ui.label(words);
                    }
                }
                self.impedances(ui);
                ui.label(RichText::new(text.traces).weak());
                let width = ui.available_width();
                let left = ui.clip_rect().bottom() - ui.cursor().top();
                let traces = (0.68 * (left - 60.0)).max(140.0);
                plots::traces(ui, vec2(width, traces), monitor, text.traces);
                ui.label(RichText::new(text.spectrum).weak());
                let spectrum = vec2(width, (0.32 * (left - 60.0)).max(80.0));
                let curve = [("", self.spectrum.1.as_slice())];
                spectra(ui, spectrum, &curve, text.spectrum);
            });
        });
    }

    /// What the signal comes from.
    fn source_words(&self) -> Message {
        let Some(feed) = &self.feed else {
            return Message::new(String::new(), String::new());
        };
        let found = self.chosen_place().and_then(|place| self.found.get(place));
        let source = found.map_or(CHINESE.synthetic, |found| found.words.text(&CHINESE));
        let layout = feed.layout();
        let (channels, hz) = (layout.channel_count(), layout.rate.hz());
        let is_stream = found.is_some_and(|found| matches!(found.source, SourceSpec::Lsl(_)));
        let chinese = match is_stream {
            true => source.to_owned(),
            false => format!("{source}，{channels} 个通道，{hz} 赫兹"),
        };
        Message::new(feed.describe().to_owned(), chinese)
    }

    pub(super) fn signal_bar(&mut self, ui: &mut Ui) {
        let text = self.text;
        let is_settled = self.monitor.as_ref().is_some_and(Monitor::is_settled);
        if ui.button(text.back).clicked() {
            self.go(Step::Start);
            (self.feed, self.monitor) = (None, None);
        } else if self.primary(ui, text.next, is_settled && !self.is_lost) {
            self.go_to_training();
            if self.options.practises {
                self.go(Step::Practice);
            }
        }
    }
}
