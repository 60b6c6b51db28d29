//! Where patients' files are kept.

use crate::nearest::nearest;
use crate::patient::files;
use crate::printable::{printable, printable_list, printable_path};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A patient's file that cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name cannot be a folder name on every system.
    #[error(
        "'{}' is no usable name for a patient: letters, digits, '-', '_' and '.' only, and no leading '.'",
        printable(found)
    )]
    Patient {
        /// The name.
        found: String,
    },
    /// There is no such patient.
    #[error(
        "there is no patient '{}'. {}",
        printable(name),
        describe_known(name, known)
    )]
    Unknown {
        /// The name.
        name: String,
        /// Names of the known patients.
        known: Vec<String>,
    },
    /// The user has no data folder.
    #[error("there is no folder for the patients' data: set XDG_DATA_HOME or HOME")]
    NoHome,
    /// The file or its folder cannot be created.
    #[error("{} cannot be made: {cause}", printable_path(path))]
    Io {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// Other users can read it, and that cannot be changed.
    #[error(
        "files in {} stay readable for other users of this computer: {cause}",
        printable_path(path)
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// The file exists already.
    #[error(
        "{} exists already, and nothing is overwritten: name another file",
        printable_path(path)
    )]
    Exists {
        /// Its path.
        path: PathBuf,
    },
}

/// The patient used if none is named. It need not be created first.
pub const DEFAULT_PATIENT: &str = "default";

/// Suggests a similar name, or lists the known ones.
fn describe_known(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "There is none yet".to_owned();
    }
    match nearest(name, known) {
        Some(nearest) => format!("Did you mean '{}'?", printable(nearest)),
        None => format!("There are: {}", printable_list(known)),
    }
}

/// Creates a file that only its owner can read.
///
/// # Errors
/// [`StoreError::Exists`] if it exists; [`StoreError::Io`] if it cannot be created.
pub fn create_new(path: &Path) -> Result<File, StoreError> {
    files::create_private(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists {
            path: path.to_owned(),
        },
        _ => StoreError::Io {
            path: path.to_owned(),
            cause,
        },
    })
}

/// The folder of all patients.
fn patients() -> Result<PathBuf, StoreError> {
    let home = directories::BaseDirs::new().ok_or(StoreError::NoHome)?;
    Ok(home.data_dir().join("bci-cursor/patients"))
}

/// Creates a folder if it is missing; only its owner can open it.
pub(super) fn make(folder: &Path) -> Result<(), StoreError> {
    files::create_private_folder(folder).map_err(|cause| StoreError::Io {
        path: folder.to_owned(),
        cause,
    })
}

/// Checks that patients' files can be created, and returns their folder.
///
/// # Errors
/// [`StoreError`] if they cannot.
pub fn check() -> Result<PathBuf, StoreError> {
    let folder = patients()?;
    make(&folder)?;
    let path = folder.join(format!(".check-{}", std::process::id()));
    create_new(&path)?;
    std::fs::remove_file(&path).map_err(|cause| StoreError::Io { path, cause })?;
    Ok(folder)
}

/// The folder of a patient, which may not exist: `bci-cursor/patients/<patient>` in the user's data folder.
///
/// # Errors
/// [`StoreError`] if the user has no data folder, or the name cannot be a folder name on every system.
pub fn patient(name: &str) -> Result<PathBuf, StoreError> {
    let is_usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_usable) {
        return Err(StoreError::Patient {
            found: name.to_owned(),
        });
    }
    Ok(patients()?.join(name))
}

/// The folder of an existing patient. That of [`DEFAULT_PATIENT`] may be missing.
///
/// # Errors
/// [`StoreError::Unknown`] if there is no such patient, and as [`patient`].
pub fn existing(name: &str) -> Result<PathBuf, StoreError> {
    let folder = patient(name)?;
    if name == DEFAULT_PATIENT || folder.is_dir() {
        return Ok(folder);
    }
    Err(StoreError::Unknown {
        name: name.to_owned(),
        known: names(),
    })
}

/// Removes all permissions of other users from all patients' files, which earlier versions left readable. Returns how
/// many were changed.
///
/// # Errors
/// [`StoreError::Open`] if one cannot be changed.
pub fn make_private() -> Result<usize, StoreError> {
    let path = match patients() {
        Ok(path) if path.is_dir() => path,
        _ => return Ok(0),
    };
    files::make_private(&path).map_err(|cause| StoreError::Open { path, cause })
}

/// Names of the existing patients, sorted.
#[must_use]
pub fn names() -> Vec<String> {
    let entries = patients()
        .ok()
        .and_then(|folder| std::fs::read_dir(folder).ok());
    let folders = entries.into_iter().flatten().flatten();
    let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut names: Vec<String> = folders
        .filter(is_folder)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// The path for a new model of a patient: `models/<name>` in the patient's folder, which is created.
///
/// # Errors
/// [`StoreError`] if the folder cannot be created, or there is a model of this name.
pub fn new_model(patient_name: &str, name: &str) -> Result<PathBuf, StoreError> {
    let folder = patient(patient_name)?.join("models");
    make(&folder)?;
    let path = folder.join(name);
    if path.exists() {
        return Err(StoreError::Exists { path });
    }
    Ok(path)
}

/// A patient's session files, oldest first.
#[must_use]
pub fn sessions(name: &str) -> Vec<PathBuf> {
    let folder = patient(name).map(|folder| folder.join("sessions"));
    folder.map_or_else(|_| Vec::new(), |folder| files(&folder, "xdf"))
}

/// Files in a folder with this extension, sorted by name.
#[must_use]
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .collect();
    // Compared without the extension, so that a second file of the same time comes after the first.
    paths.sort_by_key(|path| path.file_stem().map(std::ffi::OsStr::to_owned));
    paths
}

/// Creates the file of a new session: `sessions/<date>.xdf` in the patient's folder.
///
/// # Errors
/// [`StoreError`] if it cannot be created.
pub fn new_session(name: &str, date_time: &str) -> Result<(PathBuf, File), StoreError> {
    let folder = patient(name)?.join("sessions");
    make(&folder)?;
    // Some systems do not allow colons in names.
    let date = date_time.replace(':', "-");
    let mut path = folder.join(format!("{date}.xdf"));
    let mut number = 2;
    loop {
        match create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(StoreError::Exists { .. }) => {
                path = folder.join(format!("{date}-{number}.xdf"));
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_suggests_the_nearest_name() {
        let message = |name: &str, known: &[&str]| {
            let known = known.iter().map(|&one| one.to_owned()).collect();
            let name = name.to_owned();
            StoreError::Unknown { name, known }.to_string()
        };
        let known = ["ada", "anna-maria", "default"];
        assert_eq!(
            message("adda", &known),
            "there is no patient 'adda'. Did you mean 'ada'?"
        );
        assert!(message("Anna-Mraia", &known).ends_with("Did you mean 'anna-maria'?"));
        assert!(message("zoe", &known).ends_with("There are: ada, anna-maria, default"));
        assert!(message("zoe", &[]).ends_with("There is none yet"));
    }
}
