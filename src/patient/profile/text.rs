//! Reads `profile.toml` line by line, so that errors name the line and suggest a setting.

use super::Stored;
use bci_cursor_calibration::parse_words::in_words;
use std::fmt::Display;
use toml::de::{DeTable, DeValue};

/// Parses a profile. An error says what is wrong, with the line number.
pub(super) fn profile_of(text: &str) -> Result<Stored, String> {
    let table = DeTable::parse(text).map_err(|error| what_is_wrong(text, &error))?;
    let mut stored = Stored::default();
    put_all(text, "", table.get_ref(), &mut stored)?;
    let checked = stored.settings.check();
    checked.map_err(|error| error.to_string())?;
    Ok(stored)
}

/// Takes over the values of a table and of the tables in it; `group` is the table's own name.
fn put_all(text: &str, group: &str, table: &DeTable<'_>, into: &mut Stored) -> Result<(), String> {
    for (name, value) in table {
        let path = format!("{group}{}", name.get_ref());
        let at_line =
            |what: &dyn Display| format!("line {}: {what}", line_of(text, name.span().start));
        match value.get_ref() {
            DeValue::Table(inner) => put_all(text, &format!("{path}."), inner, into)?,
            DeValue::String(model) if path == "model" => into.model = Some(model.to_string()),
            DeValue::String(word) => {
                let put = into.settings.put(&path, word);
                put.map_err(|error| at_line(&error))?;
            }
            _ if path == "model" => {
                return Err(at_line(&"model is not the name of a file in quotes"));
            }
            _ => {
                let written = text.get(value.span()).unwrap_or_default();
                let put = into.settings.put(&path, written);
                put.map_err(|error| at_line(&error))?;
            }
        }
    }
    Ok(())
}

/// A parser's error in plain words, with the line number.
pub(super) fn what_is_wrong(text: &str, error: &toml::de::Error) -> String {
    match error.span() {
        Some(span) => format!(
            "line {}: {}",
            line_of(text, span.start),
            in_words(error.message())
        ),
        None => in_words(error.message()),
    }
}

/// The number of the line that contains a byte.
fn line_of(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    1 + before.filter(|byte| *byte == b'\n').count()
}
