//! The line at the top: the steps, language and appearance.

use super::{STEPS, Wizard};
use crate::app::gui::look::Theme;
use crate::app::gui::page::{at_right, right_width};
use crate::app::gui::text::LANGUAGES;
use eframe::egui::{self, Color32, RichText, Ui};

/// The end of the head line: appearance and language.
const HEAD_END: &str = "appearance and language";

/// In both languages, because the user may not understand the current one.
const LANGUAGE: &str = "Language, 语言";

impl Wizard {
    /// Draws the line.
    pub(super) fn head_line(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            self.steps(ui);
            at_right(ui, HEAD_END, |ui| {
                self.look(ui);
                self.languages(ui);
            });
        });
    }

    /// The steps by name; if there is no room for that, only the current one, and the others by number.
    fn steps(&self, ui: &mut Ui) {
        let names: Vec<String> = (1..)
            .zip(self.text.steps)
            .map(|(place, name)| format!("{place} {name}"))
            .collect();
        let font = egui::TextStyle::Body.resolve(ui.style());
        let width = |name: &String| {
            let galley = ui
                .painter()
                .layout_no_wrap(name.clone(), font.clone(), Color32::WHITE);
            galley.size().x + ui.spacing().item_spacing.x
        };
        let room = ui.available_width() - right_width(ui, HEAD_END);
        let fits = names.iter().map(width).sum::<f32>() < room;
        for (place, (step, name)) in STEPS.iter().zip(&names).enumerate() {
            if *step == self.step {
                ui.label(RichText::new(name).strong().underline());
            } else if fits {
                ui.label(RichText::new(name).weak());
            } else {
                ui.label(RichText::new(format!("{}", place + 1)).weak());
            }
        }
    }

    fn languages(&mut self, ui: &mut Ui) {
        let of_languages = egui::ComboBox::from_id_salt("language")
            .selected_text(self.text.language)
            .show_ui(ui, |ui| {
                for text in LANGUAGES {
                    let is_it = text.language == self.text.language;
                    if ui.selectable_label(is_it, text.language).clicked() {
                        self.text = text;
                    }
                }
            });
        name(ui, &of_languages.response, LANGUAGE);
    }

    fn look(&mut self, ui: &mut Ui) {
        let before = self.options.look;
        let look = &mut self.options.look;
        let box_of_looks = egui::ComboBox::from_id_salt("look")
            .selected_text(format!(
                "{} {:.0} %",
                self.text.appearance,
                100.0 * look.scale
            ))
            .height(400.0)
            .show_ui(ui, |ui| {
                for (theme, name) in Theme::ALL.into_iter().zip(self.text.themes) {
                    ui.selectable_value(&mut look.theme, theme, name);
                }
                ui.checkbox(&mut look.is_still, self.text.reduced_motion);
                for scale in [1.0, 1.25, 1.5, 2.0] {
                    ui.selectable_value(&mut look.scale, scale, format!("{:.0} %", 100.0 * scale));
                }
            });
        name(ui, &box_of_looks.response, self.text.appearance);
        if *look != before {
            look.apply(ui.ctx());
        }
    }
}

/// Names a control that has no visible label, for screen readers.
fn name(ui: &Ui, response: &egui::Response, name: &str) {
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
}
