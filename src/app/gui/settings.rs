//! The settings page: every setting of the table by group, with a search. The console shows it during a run, and the wizard for a
//! patient; each of them carries out the change that the page returns.

use super::look::{field, palette};
use super::text::{Message, Text};
use crate::settings::{AUTO, Group, Kind, Setting, Settings, TakesEffect, Value};
use eframe::egui::{self, Id, Key, Response, RichText, Ui};

/// Width of a number field, of the search field, and of the window from which controls have a column of their own, points.
const NUMBER: f32 = 90.0;
const SEARCH: f32 = 320.0;
const WIDE: f32 = 900.0;
/// Share of the width that the text takes beside that column.
const TEXT_SHARE: f32 = 0.62;

/// A change that the user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: &'static str,
    pub(super) value: String,
}

impl Change {
    /// As `set` and the driver's socket read it.
    pub(super) fn assignment(&self) -> String {
        format!("{}={}", self.path, self.value)
    }
}

/// What became of the last change. It is shown below its setting.
pub(super) enum Outcome {
    Saved,
    Refused(Message),
}

/// The state of the page.
#[derive(Debug, Default)]
pub(super) struct SettingsPage {
    search: String,
    /// The number that the user is typing, and its setting.
    typing: Option<(&'static str, String)>,
    /// The setting that was changed last.
    changed: Option<&'static str>,
    has_focused: bool,
}

/// The settings in force, those of a new patient, and the language.
struct Shown<'a> {
    now: &'a Settings,
    outcome: Option<&'a Outcome>,
    text: &'static Text,
}

impl SettingsPage {
    /// Draws all settings that the search finds. Returns a change that the user has completed.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        now: &Settings,
        outcome: Option<&Outcome>,
        text: &'static Text,
    ) -> Option<Change> {
        self.search_field(ui, text);
        let shown = Shown { now, outcome, text };
        let defaults = Settings::default().list();
        let (mut asked, mut group) = (None, "");
        let mut default = defaults.iter().map(|(_, default)| default.as_str());
        shown.now.each(&mut |setting, value| {
            let default = default.next().unwrap_or_default();
            if !self.finds(setting, text) {
                return;
            }
            if setting.group() != group {
                group = setting.group();
                ui.add_space(8.0);
                ui.heading(text.setting_group(group));
            }
            if let Some(value) = self.row(ui, setting, value, default, &shown) {
                let path = setting.path;
                self.changed = Some(path);
                asked = Some(Change { path, value });
            }
        });
        if group.is_empty() {
            ui.label(text.no_setting_found);
        }
        asked
    }

    /// The number that is still being typed when the page is left.
    pub(super) fn leave(&mut self) -> Option<Change> {
        let (path, value) = self.typing.take()?;
        self.changed = Some(path);
        let value = value.trim().to_owned();
        Some(Change { path, value })
    }

    /// Whether the last change was made here.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.is_some()
    }

    /// The last change was made elsewhere.
    pub(super) fn forget_change(&mut self) {
        self.changed = None;
    }

    fn search_field(&mut self, ui: &mut Ui, text: &Text) {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text.search_settings);
            let edit = egui::TextEdit::singleline(&mut self.search).desired_width(SEARCH);
            let shown = field(ui, |ui| ui.add(edit)).labelled_by(label.id);
            if !self.has_focused {
                shown.request_focus();
                self.has_focused = shown.has_focus();
            }
        });
    }

    /// Whether the setting has every word of the search in its name, its group or its description.
    fn finds(&self, setting: &Setting, text: &Text) -> bool {
        let group = text.setting_group(setting.group());
        let all = format!("{} {group} {}", setting.path, text.setting(setting)).to_lowercase();
        let wanted = self.search.to_lowercase();
        wanted.split_whitespace().all(|word| all.contains(word))
    }

    /// Draws one setting. Returns its new value, if the user has changed it.
    fn row(
        &mut self,
        ui: &mut Ui,
        setting: &'static Setting,
        value: &dyn Value,
        default: &str,
        shown: &Shown<'_>,
    ) -> Option<String> {
        let width = ui.available_width();
        let is_wide = width >= WIDE;
        let content = |ui: &mut Ui| {
            let label = ui.vertical(|ui| {
                if is_wide {
                    ui.set_width(TEXT_SHARE * width);
                }
                description(ui, setting, value.kind(), default, shown.text)
            });
            let control = ui.horizontal_wrapped(|ui| {
                self.control(ui, setting, value, default, label.inner, shown.text)
            });
            control.inner
        };
        let asked = if is_wide {
            ui.horizontal_top(content).inner
        } else {
            ui.vertical(content).inner
        };
        if self.changed == Some(setting.path) {
            show_outcome(ui, shown);
        }
        asked.filter(|asked| *asked != value.text())
    }

    /// The control of a setting, with a button for the default value if it has another one.
    fn control(
        &mut self,
        ui: &mut Ui,
        setting: &'static Setting,
        value: &dyn Value,
        default: &str,
        label: Id,
        text: &Text,
    ) -> Option<String> {
        let now = value.text();
        let (control, mut asked) = match value.kind() {
            Kind::Switch => switch(ui, &now, label),
            Kind::Word(words) => word(ui, setting.path, words, &now, label, text),
            Kind::Whole | Kind::Number | Kind::NumberOrAuto => {
                self.number(ui, setting.path, short(&now), label)
            }
        };
        if now != default {
            let button = ui.button(text.to_default);
            let name = format!("{}: {}", text.to_default, text.setting(setting));
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if button.clicked() {
                // The button goes away: Tab continues from here.
                control.request_focus();
                self.typing = None;
                asked = Some(default.to_owned());
            }
        }
        asked
    }

    /// A field for a number. The number counts when the user leaves the field, or presses Enter; Escape discards it.
    fn number(
        &mut self,
        ui: &mut Ui,
        path: &'static str,
        now: &str,
        label: Id,
    ) -> (Response, Option<String>) {
        let mut written = match &self.typing {
            Some((typed, written)) if *typed == path => written.clone(),
            _ => now.to_owned(),
        };
        let edit = egui::TextEdit::singleline(&mut written)
            .id_salt(path)
            .desired_width(NUMBER);
        let shown = field(ui, |ui| ui.add(edit)).labelled_by(label);
        if shown.changed() {
            self.typing = Some((path, written));
        }
        if !shown.lost_focus() {
            return (shown, None);
        }
        let is_pressed = |key: Key| ui.input(|input| input.key_pressed(key));
        let typed = self.typing.take_if(|(typed, _)| *typed == path);
        if is_pressed(Key::Enter) {
            shown.request_focus();
        }
        let typed = typed.filter(|_| !is_pressed(Key::Escape));
        (shown, typed.map(|(_, written)| written.trim().to_owned()))
    }
}

/// What a setting does; then in small letters its name, range, default, and from when on a change counts. Returns the id of the first
/// line, which is the name of the control for screen readers.
fn description(ui: &mut Ui, setting: &Setting, kind: Kind, default: &str, text: &Text) -> Id {
    ui.spacing_mut().item_spacing.y = 2.0;
    let label = ui.label(text.setting(setting)).id;
    let mut details = vec![setting.path.to_owned()];
    if let Some([least, most]) = setting.range {
        let auto = match kind {
            Kind::NumberOrAuto => format!(", {}", text.setting_word(AUTO)),
            _ => String::new(),
        };
        details.push(format!("{least} – {most}{auto}"));
    }
    let default = text.setting_word(short(default));
    details.push(format!("{} {default}", text.setting_default));
    if setting.takes_effect == TakesEffect::AtStart {
        details.push(text.at_next_start.to_owned());
    }
    ui.label(RichText::new(details.join("  ·  ")).small().weak());
    label
}

/// A number without a fraction of zero.
fn short(value: &str) -> &str {
    value.strip_suffix(".0").unwrap_or(value)
}

fn switch(ui: &mut Ui, now: &str, label: Id) -> (Response, Option<String>) {
    let mut is_on = now == "true";
    let shown = ui.checkbox(&mut is_on, "").labelled_by(label);
    let asked = shown.changed().then(|| is_on.to_string());
    (shown, asked)
}

fn word(
    ui: &mut Ui,
    path: &str,
    words: &[&str],
    now: &str,
    label: Id,
    text: &Text,
) -> (Response, Option<String>) {
    let mut asked = None;
    let list = |ui: &mut Ui| {
        for word in words {
            let name = text.setting_word(word);
            if ui.selectable_label(now == *word, name).clicked() {
                asked = Some((*word).to_owned());
            }
        }
    };
    let shown = egui::ComboBox::from_id_salt(path)
        .selected_text(text.setting_word(now))
        .show_ui(ui, list)
        .response
        .labelled_by(label);
    (shown, asked)
}

/// What became of the last change: screen readers say it as soon as it appears.
fn show_outcome(ui: &mut Ui, shown: &Shown<'_>) {
    let own = palette(ui);
    let (words, colour) = match shown.outcome {
        None => return,
        Some(Outcome::Saved) => (shown.text.setting_saved, own.good),
        Some(Outcome::Refused(why)) => (why.text(shown.text), own.bad),
    };
    let label = ui.label(RichText::new(words).color(colour).strong());
    ui.ctx().accesskit_node_builder(label.id, |node| {
        node.set_live(egui::accesskit::Live::Polite);
    });
}
