//! Impedances of the electrodes, if the headset can measure them.

use super::Wizard;
use crate::app::gui::look::palette;
use crate::app::gui::text::Message;
use eframe::egui::{RichText, Ui};

/// Impedance up to which an electrode is good, ohms: with today's amplifiers less brings nothing (Ferree et al. 2001, Clin.
/// Neurophysiol. 112:536).
const GOOD_OHMS: u32 = 40_000;
/// Number of electrodes shown, the worst first.
const SHOWN: usize = 12;

impl Wizard {
    pub(super) fn impedances(&self, ui: &mut Ui) {
        let (text, own) = (self.text, palette(ui));
        let Some(feed) = &self.feed else { return };
        let Some(meter) = feed.impedance_meter() else {
            return;
        };
        let mut is_on = meter.is_on();
        if ui.checkbox(&mut is_on, text.impedances).changed() {
            meter.measure(is_on);
        }
        if !is_on {
            return;
        }
        let ohms = match meter.measured() {
            Ok(ohms) => ohms,
            Err(why) => {
                ui.label(RichText::new(Message::from(why).text(text)).color(own.bad));
                return;
            }
        };
        let mut all: Vec<(&String, Option<u32>)> = feed.layout().labels.iter().zip(ohms).collect();
        // The worst first. An unknown one is not connected.
        all.sort_by_key(|(_, ohms)| std::cmp::Reverse(ohms.unwrap_or(u32::MAX)));
        ui.horizontal_wrapped(|ui| {
            for (label, ohms) in all.iter().take(SHOWN) {
                let (words, colour) = match ohms {
                    None => (format!("× {label} ?"), own.bad),
                    Some(ohms) if *ohms <= GOOD_OHMS => (in_kilohms(label, *ohms), own.good),
                    Some(ohms) => (format!("× {}", in_kilohms(label, *ohms)), own.warning),
                };
                ui.label(RichText::new(words).color(colour));
            }
            if let Some(more) = all.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                ui.label(format!("+ {more}"));
            }
        });
    }
}

fn in_kilohms(label: &str, ohms: u32) -> String {
    format!("{label} {:.0} kΩ", f64::from(ohms) / 1000.0)
}
