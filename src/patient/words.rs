//! The words that a patient has written: a file in the patient's folder that only its owner can read.

use super::files::{create_private_folder, write_atomically};
use super::store::{self, StoreError};
use crate::printable::{printable, printable_path};
use crate::words::OwnWords;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file in a patient's folder.
const FILE: &str = "words.json";

/// The patient's words cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// It cannot be read.
    #[error(
        "the patient's words in {} cannot be read: {cause}",
        printable_path(path)
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It is not a list of words.
    #[error(
        "{} is no list of words: {}. Remove it to begin a new one",
        printable_path(path),
        printable(&fault.to_string())
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: serde_json::Error,
    },
    /// It cannot be written or removed.
    #[error(
        "the patient's words in {} cannot be changed: {cause}",
        printable_path(path)
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
}

/// The file of a patient's words, which may not exist.
///
/// # Errors
/// [`StoreError`] if there is no folder for patients.
pub fn path(patient: &str) -> Result<PathBuf, StoreError> {
    Ok(store::patient(patient)?.join(FILE))
}

/// The words in a file; none if it does not exist.
///
/// # Errors
/// [`WordsError`] if it cannot be read, or has been damaged.
pub fn load(path: &Path) -> Result<OwnWords, WordsError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OwnWords::default()),
        Err(cause) => {
            return Err(WordsError::Read {
                path: path.to_owned(),
                cause,
            });
        }
    };
    serde_json::from_slice(&text).map_err(|fault| WordsError::Malformed {
        path: path.to_owned(),
        fault,
    })
}

/// Keeps words in a file.
///
/// # Errors
/// [`WordsError::Write`]; the file is then as before.
pub fn save(path: &Path, words: &OwnWords) -> Result<(), WordsError> {
    let folder = path.parent().map_or(Ok(()), create_private_folder);
    let written = folder.and_then(|()| write_atomically(path, &serde_json::to_vec(words)?));
    written.map_err(|cause| WordsError::Write {
        path: path.to_owned(),
        cause,
    })
}

/// Removes the file. Returns whether there was one.
///
/// # Errors
/// [`WordsError::Write`].
pub fn forget(path: &Path) -> Result<bool, WordsError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(WordsError::Write {
            path: path.to_owned(),
            cause,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_forgotten_and_a_damaged_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ada").join(FILE);
        assert_eq!(load(&path).unwrap(), OwnWords::default());
        let mut model = crate::words::LanguageModel::new(OwnWords::default());
        model.learn("good morning ");
        save(&path, model.own()).unwrap();
        assert_eq!(&load(&path).unwrap(), model.own());
        std::fs::write(&path, "{\"words\":3}").unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("words.json is no list of words"), "{error}");
        assert!(forget(&path).unwrap() && !forget(&path).unwrap());
    }
}
