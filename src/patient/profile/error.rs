//! Why a profile cannot be used or kept.

use crate::patient::store::StoreError;
use crate::printable::{printable, printable_path};
use crate::settings::SettingsError;
use bci_cursor_calibration::parse_words::in_words;
use std::io;
use std::path::PathBuf;

/// A profile that cannot be used or stored.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The patient's folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be read.
    #[error("{} cannot be read: {cause}", printable_path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It cannot be written. The previous version is unchanged.
    #[error(
        "{} cannot be written: {cause}. The change is not kept",
        printable_path(path)
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It is not a valid profile.
    #[error(
        "{} is no usable profile: {}. Correct it, or delete it: then every setting has its default value",
        printable_path(path),
        printable(&fault.to_string())
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: ProfileFault,
    },
    /// A value is not allowed.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nobody has asked about photosensitive epilepsy.
    #[error(
        "flickering tags are not allowed for patient '{}' yet: somebody must first ask about photosensitive epilepsy",
        printable(patient)
    )]
    FlickerNotAllowed {
        /// The patient.
        patient: String,
    },
    /// There are no changes to undo.
    #[error("there is nothing to go back to")]
    NoPast,
}

/// What is wrong with a profile's text.
#[derive(Debug, thiserror::Error)]
pub enum ProfileFault {
    /// It is not valid TOML.
    #[error("{}{}", at(*line), in_words(error.message()))]
    Toml {
        /// The line number, if the parser gives one.
        line: Option<usize>,
        /// The parser's error.
        error: Box<toml::de::Error>,
    },
    /// An unknown setting, or a value that is not allowed.
    #[error("{}{error}", at(*line))]
    Setting {
        /// The line number; `None` if several settings contradict each other.
        line: Option<usize>,
        /// What is wrong.
        error: SettingsError,
    },
    /// The name of a model is not text.
    #[error("line {line}: {} is not the name of a file in quotes", printable(name))]
    ModelNotText {
        /// The line number.
        line: usize,
        /// Its name in the profile.
        name: String,
    },
    /// A date is not text.
    #[error("line {line}: {} is not a date in quotes", printable(name))]
    NotDate {
        /// The line number.
        line: usize,
        /// Its name.
        name: String,
    },
    /// A model is not in the patient's folder.
    #[error(
        "{name} is '{}', expected the name of a file in the patient's folder 'models'",
        printable(found)
    )]
    ModelElsewhere {
        /// Its name in the profile.
        name: &'static str,
        /// The file.
        found: String,
    },
    /// A model is a link to a file outside the patient's folder.
    #[error(
        "{name} is '{}', a link out of the patient's folder; expected a file in it",
        printable(found)
    )]
    ModelLink {
        /// Its name in the profile.
        name: &'static str,
        /// The file.
        found: String,
    },
}

/// Prefix with the line number, if it is known.
fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}
