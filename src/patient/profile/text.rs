//! `profile.toml` read line by line, so that an error names the line and the setting that was probably meant.

use super::Stored;
use bci_cursor_calibration::parse_words::in_words;
use std::fmt::Display;
use toml::de::{DeTable, DeValue};

/// A profile from its text; or what is wrong with it, with the number of the line.
pub(super) fn profile_of(text: &str) -> Result<Stored, String> {
    let table = DeTable::parse(text).map_err(|error| what_is_wrong(text, &error))?;
    let mut stored = Stored::default();
    put_all(text, "", table.get_ref(), &mut stored)?;
    let checked = stored.settings.check();
    checked.map_err(|error| error.to_string())?;
    Ok(stored)
}

/// Takes over what a table of the file says, and the tables in it; `group` is its own name.
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

/// What a parser says, with the number of the line.
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

/// The number of the line in which a byte stands.
fn line_of(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    1 + before.filter(|byte| *byte == b'\n').count()
}
