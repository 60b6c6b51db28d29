//! The table of settings as text: the help of `bci-cursor set`, and `docs/settings.md`.

use crate::settings::{Group, Setting, Settings, TakesEffect};
use std::fmt::Write;

#[cfg(test)]
const INTRODUCTION: &str = "\
# Settings

`bci-cursor set NAME=VALUE` changes a setting and stores it in the patient's `profile.toml`; a running driver applies it at once.
`bci-cursor set` lists all settings with their values, `set --back` undoes the last change, and `run --set NAME=VALUE` changes one for
a single run. Settings marked *at start* take effect the next time a run starts. Distances and speeds are for a screen 1080
pixels high, and are scaled to other screens.

This page is generated from the table in `src/settings/table.rs`.
";

/// The text of `docs/settings.md`.
#[cfg(test)]
fn markdown() -> String {
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
pub(super) fn help() -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_settings_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
        if std::env::var_os("BCI_CURSOR_UPDATE").is_some() {
            std::fs::write(&path, markdown()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == markdown(),
            "docs/settings.md is not what the table of settings gives. Make it anew: \
             BCI_CURSOR_UPDATE=1 cargo test --lib the_page_of_settings"
        );
    }
}
