//! Notices about errors.

use super::look::palette;
use super::text::{ENGLISH, Message, Text};
use eframe::egui::{self, Color32, RichText, Ui};

/// Shows an error. In other languages than English the original is available below it: it may name more details.
pub(super) fn show_error(ui: &mut Ui, error: &Message, text: &Text) {
    let words = RichText::new(error.text(text));
    ui.label(words.color(palette(ui).bad).strong());
    if text.language != ENGLISH.language {
        details(ui, error.text(&ENGLISH), text);
    }
}

/// Shows text in a part of the page that the user has to open.
pub(super) fn details(ui: &mut Ui, words: &str, text: &Text) {
    // Several may be on one page.
    let header = egui::CollapsingHeader::new(text.details).id_salt(words);
    header.show(ui, |ui| ui.label(RichText::new(words).monospace()));
}

/// A verdict in large letters.
pub(super) fn headline(ui: &mut Ui, words: &str, colour: Color32) {
    ui.label(RichText::new(words).size(34.0).strong().color(colour));
}
