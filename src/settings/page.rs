//! The table of settings as text: the help of `bci-cursor set`, and `docs/settings.md`.

use super::{Group, Setting, Settings, TakesEffect};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Settings

`bci-cursor set NAME=VALUE` changes a setting and stores it in the patient's `profile.toml`; a running driver applies it at once.
`bci-cursor set` lists all settings with their values, `set --back` undoes the last change, and `run --set NAME=VALUE` changes one for
a single run. Settings marked *at start* take effect the next time a run starts. Distances and speeds are for a screen 1080
pixels high, and are scaled to other screens.

This page is generated from the table in `src/settings/table.rs`.
";

/// The text of `docs/settings.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut group = "";
    Settings::default().each(&mut |setting, value| {
        let (own, name) = setting.path.rsplit_once('.').unwrap_or(("", setting.path));
        if own != group {
            let _ = write!(
                page,
                "\n## {own}\n\n| name | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
            );
            group = own;
        }
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} | {}{} |",
            value.text(),
            setting.expected(value.kind()),
            setting.meaning,
            starts(setting).replace("at start", "*at start*"),
        );
    });
    page
}

fn starts(setting: &Setting) -> &'static str {
    match setting.takes_effect {
        TakesEffect::Live => "",
        TakesEffect::AtStart => " (at start)",
    }
}

/// The same for a terminal and the manual page.
#[must_use]
pub fn help() -> String {
    let mut help =
        "Settings (those marked 'at start' take effect the next time a run starts):".to_owned();
    Settings::default().each(&mut |setting, value| {
        let _ = write!(
            help,
            "\n  {}\n      {}{} [{}; default: {}]",
            setting.path,
            setting.meaning,
            starts(setting),
            setting.expected(value.kind()),
            value.text(),
        );
    });
    help
}
