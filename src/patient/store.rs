//! Where the files of patients are kept.

use crate::nearest::nearest;
use crate::patient::files;
use crate::printable::{printable, printable_list, printable_path};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file of a patient that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not a name that can be a folder's everywhere.
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
        /// Names of the patients that there are.
        known: Vec<String>,
    },
    /// The user has no folder for data.
    #[error("there is no folder for the patients' data: set XDG_DATA_HOME or HOME")]
    NoHome,
    /// The file or its folder cannot be made.
    #[error("{} cannot be made: {cause}", printable_path(path))]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Other users may read it, and that cannot be changed.
    #[error(
        "files in {} stay readable for other users of this computer: {cause}",
        printable_path(path)
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is there already.
    #[error(
        "{} exists already, and nothing is overwritten: name another file",
        printable_path(path)
    )]
    Exists {
        /// Which.
        path: PathBuf,
    },
}

/// The patient if none is named. It need not be created.
pub const DEFAULT_PATIENT: &str = "default";

/// Who may have been meant.
fn describe_known(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "There is none yet".to_owned();
    }
    match nearest(name, known) {
        Some(nearest) => format!("Did you mean '{}'?", printable(nearest)),
        None => format!("There are: {}", printable_list(known)),
    }
}

/// Makes a new file that only its owner can read.
///
/// # Errors
/// [`StoreError::Exists`] where there is one; [`StoreError::Io`] where it cannot be made.
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

/// Makes a folder where it is not there; only its owner can open it.
pub(super) fn make(folder: &Path) -> Result<(), StoreError> {
    files::create_private_folder(folder).map_err(|cause| StoreError::Io {
        path: folder.to_owned(),
        cause,
    })
}

/// Whether files of patients can be made; the folder that they go to.
///
/// # Errors
/// [`StoreError`] where they cannot.
pub fn check() -> Result<PathBuf, StoreError> {
    let folder = patients()?;
    make(&folder)?;
    let path = folder.join(format!(".check-{}", std::process::id()));
    create_new(&path)?;
    std::fs::remove_file(&path).map_err(|cause| StoreError::Io { path, cause })?;
    Ok(folder)
}

/// The folder of a patient, whether it is there or not: `bci-cursor/patients/<patient>` in the user's folder for data.
///
/// # Errors
/// [`StoreError`] where the user has no folder for data, or the name is not one that a folder can have everywhere.
pub fn patient(name: &str) -> Result<PathBuf, StoreError> {
    let is_usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_usable) {
        return Err(StoreError::Patient {
            found: name.to_owned(),
        });
    }
    Ok(patients()?.join(name))
}

/// The folder of a patient that exists. That of [`DEFAULT_PATIENT`] need not.
///
/// # Errors
/// [`StoreError::Unknown`] where there is no such patient, and as [`patient`].
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

/// Takes all permissions of other users from the files of all patients, which earlier versions left readable. How many were changed.
///
/// # Errors
/// [`StoreError::Io`] where one cannot be changed.
pub fn make_private() -> Result<usize, StoreError> {
    let path = match patients() {
        Ok(path) if path.is_dir() => path,
        _ => return Ok(0),
    };
    files::make_private(&path).map_err(|cause| StoreError::Open { path, cause })
}

/// Names of the patients that there are, sorted.
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

/// Where a new model of a patient goes: `models/<name>` in the patient's folder, which is made.
///
/// # Errors
/// [`StoreError`] where the folder cannot be made, or there is a model of this name.
pub fn new_model(patient_name: &str, name: &str) -> Result<PathBuf, StoreError> {
    let folder = patient(patient_name)?.join("models");
    make(&folder)?;
    let path = folder.join(name);
    if path.exists() {
        return Err(StoreError::Exists { path });
    }
    Ok(path)
}

/// Files of a patient's sessions, the oldest first.
#[must_use]
pub fn sessions(name: &str) -> Vec<PathBuf> {
    let folder = patient(name).map(|folder| folder.join("sessions"));
    folder.map_or_else(|_| Vec::new(), |folder| files(&folder, "xdf"))
}

/// Files of a folder whose names end so, sorted by name.
#[must_use]
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .collect();
    // Without the ending, a second one of the same time comes after the first.
    paths.sort_by_key(|path| path.file_stem().map(std::ffi::OsStr::to_owned));
    paths
}

/// Makes the file of a new session: `sessions/<date>.xdf` in the patient's folder.
///
/// # Errors
/// [`StoreError`] where it cannot be made.
pub fn new_session(name: &str, date_time: &str) -> Result<(PathBuf, File), StoreError> {
    let folder = patient(name)?.join("sessions");
    make(&folder)?;
    // Some systems allow no colon in a name.
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
    fn a_mistyped_name_is_told_with_the_nearest_one() {
        let told = |name: &str, known: &[&str]| {
            let known = known.iter().map(|&one| one.to_owned()).collect();
            let name = name.to_owned();
            StoreError::Unknown { name, known }.to_string()
        };
        let known = ["ada", "anna-maria", "default"];
        assert_eq!(
            told("adda", &known),
            "there is no patient 'adda'. Did you mean 'ada'?"
        );
        assert!(told("Anna-Mraia", &known).ends_with("Did you mean 'anna-maria'?"));
        assert!(told("zoe", &known).ends_with("There are: ada, anna-maria, default"));
        assert!(told("zoe", &[]).ends_with("There is none yet"));
    }
}
