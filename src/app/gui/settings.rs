//! Every setting of the table, to be read and changed in the console.

use super::text::Text;
use crate::settings::{AUTO, Group, Kind, Setting, Settings, TakesEffect, Value};
use eframe::egui::{self, RichText, Ui};

/// Width of a field for a number, points.
const FIELD: f32 = 90.0;

/// A number that is being typed.
#[derive(Debug, Default)]
pub(super) struct Typing(Option<(&'static str, String)>);

/// Draws all settings; what is asked of the driver, if anything.
pub(super) fn all_settings(
    ui: &mut Ui,
    settings: &Settings,
    text: &Text,
    typing: &mut Typing,
) -> Option<String> {
    let mut wish = None;
    let mut group = "";
    settings.each(&mut |setting, value| {
        let own = setting.path.rsplit_once('.').map_or("", |(own, _)| own);
        if own != group {
            group = own;
            ui.add_space(8.0);
            ui.heading(own);
        }
        let changed = ui.horizontal_wrapped(|ui| one(ui, setting, value, text, typing));
        if let Some(changed) = changed.inner {
            wish = Some(format!("set {}={changed}", setting.path));
        }
    });
    wish
}

/// Draws one setting; the value that it is to have, if that is another one.
fn one(
    ui: &mut Ui,
    setting: &'static Setting,
    value: &dyn Value,
    text: &Text,
    typing: &mut Typing,
) -> Option<String> {
    let label = ui.label(text.setting(setting));
    let now = value.text();
    let changed = match value.kind() {
        Kind::Switch => {
            let mut is_on = now == "true";
            let shown = ui.checkbox(&mut is_on, "").labelled_by(label.id);
            shown.changed().then(|| is_on.to_string())
        }
        Kind::Word(words) => {
            let mut chosen = None;
            egui::ComboBox::from_id_salt(setting.path)
                .selected_text(text.setting_word(&now))
                .show_ui(ui, |ui| {
                    for word in words {
                        if ui
                            .selectable_label(now == *word, text.setting_word(word))
                            .clicked()
                        {
                            chosen = Some((*word).to_owned());
                        }
                    }
                })
                .response
                .labelled_by(label.id);
            chosen
        }
        Kind::Whole | Kind::Number | Kind::NumberOrAuto => {
            number(ui, setting.path, &now, label.id, typing)
        }
    };
    let [least, most] = setting.range.unwrap_or_default();
    let auto = if value.kind() == Kind::NumberOrAuto {
        format!(", {AUTO}")
    } else {
        String::new()
    };
    if setting.range.is_some() {
        ui.label(RichText::new(format!("{least} – {most}{auto}")).weak());
    }
    if setting.takes_effect == TakesEffect::AtStart {
        ui.label(RichText::new(text.at_next_start).weak());
    }
    changed.filter(|changed| *changed != now)
}

/// A field for a number, which counts when it is left.
fn number(
    ui: &mut Ui,
    path: &'static str,
    now: &str,
    label: egui::Id,
    typing: &mut Typing,
) -> Option<String> {
    let mut written = match &typing.0 {
        Some((typed, written)) if *typed == path => written.clone(),
        _ => now.to_owned(),
    };
    let field = egui::TextEdit::singleline(&mut written)
        .id_salt(path)
        .desired_width(FIELD);
    let field = ui.add(field).labelled_by(label);
    if field.changed() {
        typing.0 = Some((path, written));
    }
    let is_typed = typing.0.as_ref().is_some_and(|(typed, _)| *typed == path);
    if field.lost_focus() && is_typed {
        return typing
            .0
            .take()
            .map(|(_, written)| written.trim().to_owned());
    }
    None
}
