//! What a user should know about their data, and what they can state to have it read differently.

use crate::units::VoltageUnit;
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// What a user can state so that data is read differently. Each front end has its own way to ask for it, such as an option or a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The names of channels that are read even if they do not look like EEG.
    TakeChannels,
    /// Which of several channels to use.
    ChooseChannels,
    /// The electrode that each channel belongs to.
    NameElectrodes,
    /// The unit of the samples.
    StateUnit,
    /// This unit for the samples.
    ReadIn(VoltageUnit),
    /// The sampling rate.
    StateRate,
    /// This sampling rate, Hz.
    ReadAt(u32),
    /// The names of all channels except this one.
    LeaveOut,
}

/// Prefix of the target of a logged note with a [`Remedy`]; the remedy's text follows.
pub const TARGET: &str = "bci_cursor::note::";

/// Text before a unit, and text before a rate.
const READ_IN: &str = "read in ";
const READ_AT: &str = "read at ";

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TakeChannels => f.write_str("take channels"),
            Self::ChooseChannels => f.write_str("choose channels"),
            Self::NameElectrodes => f.write_str("name electrodes"),
            Self::StateUnit => f.write_str("state unit"),
            Self::ReadIn(unit) => write!(f, "{READ_IN}{}", unit.symbol()),
            Self::StateRate => f.write_str("state rate"),
            Self::ReadAt(hz) => write!(f, "{READ_AT}{hz}"),
            Self::LeaveOut => f.write_str("leave out"),
        }
    }
}

/// A text that is not that of a [`Remedy`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a remedy")]
pub struct NotARemedy(String);

impl FromStr for Remedy {
    type Err = NotARemedy;

    fn from_str(text: &str) -> Result<Self, NotARemedy> {
        let unit = text.strip_prefix(READ_IN).and_then(VoltageUnit::parse);
        let rate = text.strip_prefix(READ_AT).and_then(|hz| hz.parse().ok());
        let plain = [
            Self::TakeChannels,
            Self::ChooseChannels,
            Self::NameElectrodes,
            Self::StateUnit,
            Self::StateRate,
            Self::LeaveOut,
        ];
        let named = plain.into_iter().find(|plain| plain.to_string() == text);
        let known = named.or_else(|| unit.map(Self::ReadIn));
        known
            .or_else(|| rate.map(Self::ReadAt))
            .ok_or_else(|| NotARemedy(text.to_owned()))
    }
}

/// Something a user should know about their data: one sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    /// What the user can state to change it, if anything.
    pub remedy: Option<Remedy>,
}

impl Note {
    /// A note with a remedy.
    #[must_use]
    pub fn new(text: String, remedy: Remedy) -> Self {
        Self {
            text,
            remedy: Some(remedy),
        }
    }

    /// Logs it as a warning that begins with `about`, such as `C3.edf: `. The remedy, if any, is in the target of the log record: see [`TARGET`].
    pub fn warn(&self, about: impl fmt::Display) {
        match self.remedy {
            Some(remedy) => log::warn!(target: &format!("{TARGET}{remedy}"), "{about}{self}"),
            None => log::warn!("{about}{self}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Deref for Note {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self { text, remedy: None }
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Serialized as its text.
impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Notes, in the order in which they came up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a note.
    pub fn push(&mut self, note: impl Into<Note>) {
        self.0.push(note.into());
    }

    /// Removes all notes.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Their texts, joined by `separator`.
    #[must_use]
    pub fn join(&self, separator: &str) -> String {
        let texts: Vec<&str> = self.iter().map(Deref::deref).collect();
        texts.join(separator)
    }
}

impl Deref for Notes {
    type Target = [Note];

    fn deref(&self) -> &[Note] {
        &self.0
    }
}

impl<N: Into<Note>> Extend<N> for Notes {
    fn extend<I: IntoIterator<Item = N>>(&mut self, notes: I) {
        self.0.extend(notes.into_iter().map(Into::into));
    }
}

impl<N: Into<Note>> FromIterator<N> for Notes {
    fn from_iter<I: IntoIterator<Item = N>>(notes: I) -> Self {
        Self(notes.into_iter().map(Into::into).collect())
    }
}

impl IntoIterator for Notes {
    type Item = Note;
    type IntoIter = std::vec::IntoIter<Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Notes {
    type Item = &'a Note;
    type IntoIter = std::slice::Iter<'a, Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_read_back_from_its_text() {
        for remedy in [
            Remedy::TakeChannels,
            Remedy::ChooseChannels,
            Remedy::NameElectrodes,
            Remedy::StateUnit,
            Remedy::ReadIn(VoltageUnit::Volt),
            Remedy::ReadIn(VoltageUnit::Nanovolt),
            Remedy::StateRate,
            Remedy::ReadAt(250),
            Remedy::LeaveOut,
        ] {
            assert_eq!(remedy.to_string().parse(), Ok(remedy));
        }
        assert!("read in mm".parse::<Remedy>().is_err());
    }
}
