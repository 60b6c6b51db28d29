//! Files of a patient's responses to codes. The profile says which one is in use.

use super::files::write_atomically;
use super::profile::{Profile, ProfileError};
use super::store::{self, StoreError};
use crate::looking::LookingModel;
use crate::printable::{printable, printable_path};
use std::io;
use std::path::{Path, PathBuf};

/// A response to codes that cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum LookingFileError {
    /// The patient's folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile, which names the file, cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It cannot be read.
    #[error("{} cannot be read: {cause}", printable_path(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It cannot be written. The one in use stays the same.
    #[error("{} cannot be written: {cause}", printable_path(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It is not a valid response.
    #[error("{} is no usable response to codes: {}. Calibrate looking again, or use flicker, which needs none", printable_path(path), printable(&fault.to_string()))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: serde_json::Error,
    },
}

/// A patient's response to codes, and its file; `None` if looking was never calibrated.
///
/// # Errors
/// [`LookingFileError`] if the file cannot be read, or has been damaged.
pub fn load(patient: &str) -> Result<Option<(PathBuf, LookingModel)>, LookingFileError> {
    let Some(path) = Profile::open(patient)?.looking() else {
        return Ok(None);
    };
    let model = load_from(&path)?;
    Ok(Some((path, model)))
}

/// Stores a response in a new file of the patient's folder, and puts it in use. The one before stays in its file.
///
/// # Errors
/// [`LookingFileError`] if it cannot be stored. Then the one before stays in use.
pub fn save(
    patient: &str,
    date_time: &str,
    model: &LookingModel,
) -> Result<PathBuf, LookingFileError> {
    let (path, name) = new_file(patient, &date_time.replace(':', "-"))?;
    save_to(&path, model)?;
    Profile::open(patient)?.put_looking_in_force(&name)?;
    Ok(path)
}

/// A file that does not exist yet, and its name.
fn new_file(patient: &str, date: &str) -> Result<(PathBuf, String), StoreError> {
    let mut name = format!("{date}-looking.json");
    let mut number = 2;
    loop {
        match store::new_model(patient, &name) {
            Ok(path) => return Ok((path, name)),
            Err(StoreError::Exists { .. }) => {
                name = format!("{date}-looking-{number}.json");
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn load_from(path: &Path) -> Result<LookingModel, LookingFileError> {
    let path = || path.to_owned();
    let text = std::fs::read_to_string(path());
    let text = text.map_err(|cause| LookingFileError::Read {
        path: path(),
        cause,
    })?;
    serde_json::from_str(&text).map_err(|fault| LookingFileError::Malformed {
        path: path(),
        fault,
    })
}

fn save_to(path: &Path, model: &LookingModel) -> Result<(), LookingFileError> {
    let text = serde_json::to_string(model).map_err(io::Error::other);
    let written = text.and_then(|text| write_atomically(path, text.as_bytes()));
    written.map_err(|cause| LookingFileError::Write {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::looking::figures::{Dynamic, LookingFigures, Recognised};
    use bci_cursor_calibration::Matrix;
    use bci_cursor_calibration::looking::cvep::{Look, Training, Trial};

    /// A response that was fitted to one look at a code.
    fn model() -> LookingModel {
        let wave = |k: usize| libm::sin((k * (k % 7 + 3)) as f64 * 0.37) + (k % 17) as f64;
        let look = Look {
            eeg: Matrix::from_values(2, (0..1200).map(wave).collect()).unwrap(),
            brightness: Matrix::from_values(600, (0..600).map(|k| f64::from(k % 5 / 3)).collect())
                .unwrap(),
            lead_in: 0,
        };
        let trials = [Trial { look, target: 0 }];
        let response = Training::new(&trials).unwrap().fit().unwrap();
        LookingModel::new(vec!["O1".into(), "O2".into()], response).unwrap()
    }

    #[test]
    fn a_response_is_read_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("looking.json");
        let mut model = model();
        let figures = LookingFigures {
            looks: 20,
            tags: 9,
            after: vec![Recognised {
                seconds: 1.0,
                right: 17,
                looks: 20,
            }],
            dynamic: Dynamic {
                right: 18,
                mean_s: 1.7,
                bits_per_min: 61.3,
            },
            elsewhere: None,
        };
        for figures in [None, Some(figures)] {
            model.figures = figures;
            save_to(&path, &model).unwrap();
            assert_eq!(load_from(&path).unwrap(), model);
        }
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("looking.json");
        let text = serde_json::to_string(&model()).unwrap();
        for (from, to, why) in [
            (
                r#"{"version":1"#,
                r#"{"version":7"#,
                "version 7, expected 1",
            ),
            (r#""O1","O2""#, r#""O1""#, "1 channel labels, expected 2"),
            (r#""O1","O2""#, r#""O1","O1""#, "two channels called 'O1'"),
            (
                r#"{"version""#,
                r#"{"book":1,"version""#,
                "unknown field `book`",
            ),
        ] {
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = load_from(&path).unwrap_err().to_string();
            assert!(
                error.contains("looking.json is no usable response") && error.contains(why),
                "{error}"
            );
        }
    }
}
