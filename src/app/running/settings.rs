//! Requests about a patient's settings.

use crate::patient::profile::{Profile, ProfileError};
use crate::printable::printable;
use crate::settings::{Setting, Settings};
use std::path::PathBuf;

/// Executes a request about settings (`settings`, `set PATH=VALUE ...`, `back`) on a profile, and returns the reply.
///
/// # Errors
/// [`ProfileError`] if it cannot be executed or stored.
pub fn about_settings(profile: &mut Profile, request: &str) -> Result<String, ProfileError> {
    let models = in_use(profile);
    let before = if request == "back" {
        profile.back()?
    } else if let Some(settings) = request.strip_prefix("set ") {
        let settings: Vec<&str> = settings
            .split(' ')
            .filter(|text| !text.is_empty())
            .collect();
        profile.change(&settings)?
    } else {
        profile.refresh()?;
        let settings = profile.settings().list();
        let lines = settings.iter().map(|(setting, value)| {
            let assigned = format!("{} = {value}", setting.path);
            format!("{assigned:<40} {}", setting.describe())
        });
        return Ok(lines.collect::<Vec<_>>().join("\n"));
    };
    let mut changed = changes(&before, &profile.settings());
    let now = in_use(profile);
    for ((name, was), (_, is)) in models.iter().zip(&now).filter(|(was, is)| was != is) {
        changed.push(format!("{name} = {is} (was {was})"));
    }
    Ok(if changed.is_empty() {
        "nothing changes".to_owned()
    } else {
        changed.join("\n")
    })
}

/// What is in use: the decoder, and the response to codes.
fn in_use(profile: &Profile) -> [(&'static str, String); 2] {
    let name = |path: Option<PathBuf>, none: &str| {
        let name = path.as_ref().and_then(|path| path.file_name());
        name.map_or(none.to_owned(), |name| {
            printable(&name.to_string_lossy()).to_string()
        })
    };
    [
        ("decoder", name(profile.model(), "a starter")),
        ("response to codes", name(profile.looking(), "none")),
    ]
}

/// One line for each setting that has changed.
pub(super) fn changes(before: &Settings, after: &Settings) -> Vec<String> {
    let changes = after.changes_since(before).into_iter();
    let line = |(setting, [was, is]): (&Setting, [String; 2])| {
        format!("{} = {is} (was {was})", setting.path)
    };
    changes.map(line).collect()
}
