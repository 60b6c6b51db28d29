//! Reads `profile.toml` line by line, so that errors name the line and suggest a setting.

use super::{ProfileFault, Stored};
use toml::de::{DeTable, DeValue};

/// Parses a profile. An error says what is wrong, with the line number.
pub(super) fn profile_of(text: &str) -> Result<Stored, ProfileFault> {
    let table = DeTable::parse(text).map_err(|error| no_toml(text, error))?;
    let mut stored = Stored::default();
    put_all(text, "", table.get_ref(), &mut stored)?;
    let checked = stored.settings.check();
    checked.map_err(|error| ProfileFault::Setting { line: None, error })?;
    Ok(stored)
}

/// Takes over the values of a table and of the tables in it; `group` is the table's own name.
fn put_all(
    text: &str,
    group: &str,
    table: &DeTable<'_>,
    into: &mut Stored,
) -> Result<(), ProfileFault> {
    for (name, value) in table {
        let path = format!("{group}{}", name.get_ref());
        let line = line_of(text, name.span().start);
        let word = match value.get_ref() {
            DeValue::Table(inner) => {
                put_all(text, &format!("{path}."), inner, into)?;
                continue;
            }
            DeValue::String(model) if path == "model" => {
                into.model = Some(model.to_string());
                continue;
            }
            DeValue::String(model) if path == "looking" => {
                into.looking = Some(model.to_string());
                continue;
            }
            DeValue::String(date) if path == "flicker_allowed" => {
                into.flicker_allowed = Some(date.to_string());
                continue;
            }
            DeValue::String(date) if path == "flicker_above_thresholds" => {
                into.flicker_above_thresholds = Some(date.to_string());
                continue;
            }
            DeValue::String(word) => word,
            _ if path.starts_with("flicker_") => {
                return Err(ProfileFault::NotDate { line, name: path });
            }
            _ if path == "model" || path == "looking" => {
                return Err(ProfileFault::ModelNotText { line, name: path });
            }
            _ => text.get(value.span()).unwrap_or_default(),
        };
        let put = into.settings.put(&path, word);
        put.map_err(|error| ProfileFault::Setting {
            line: Some(line),
            error,
        })?;
    }
    Ok(())
}

/// A parser's error in plain words, with the line number.
pub(super) fn no_toml(text: &str, error: toml::de::Error) -> ProfileFault {
    let line = error.span().map(|span| line_of(text, span.start));
    ProfileFault::Toml {
        line,
        error: Box::new(error),
    }
}

/// The number of the line that contains a byte.
fn line_of(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    1 + before.filter(|byte| *byte == b'\n').count()
}
