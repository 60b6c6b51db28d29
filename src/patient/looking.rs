//! The file of a patient's response to codes: `looking.json` in the patient's folder.

use super::files::write_atomically;
use super::store::{self, StoreError};
use crate::looking::LookingModel;
use crate::printable::{printable, printable_path};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file.
const FILE: &str = "looking.json";

/// A response to codes that cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum LookingFileError {
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
    #[error("{} cannot be written: {cause}", printable_path(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// It is not a valid response.
    #[error("{} is no usable response to codes: {}. Calibrate looking again, or delete the file: flickers need none", printable_path(path), printable(&fault.to_string()))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: serde_json::Error,
    },
}

/// Where a patient's response is kept.
///
/// # Errors
/// [`StoreError`] if the name cannot be that of a patient.
pub fn path(patient: &str) -> Result<PathBuf, StoreError> {
    Ok(store::patient(patient)?.join(FILE))
}

/// A patient's response to codes; `None` if looking was never calibrated.
///
/// # Errors
/// [`LookingFileError`] if the file cannot be read, or has been damaged.
pub fn load(patient: &str) -> Result<Option<LookingModel>, LookingFileError> {
    match path(patient) {
        Ok(path) => load_from(&path),
        // Without a home directory, there are no files of any patient.
        Err(StoreError::NoHome) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Keeps a patient's response, in the place of an earlier one.
///
/// # Errors
/// [`LookingFileError`] if it cannot be written. An earlier one is then unchanged.
pub fn save(patient: &str, model: &LookingModel) -> Result<PathBuf, LookingFileError> {
    let path = path(patient)?;
    store::make(&store::patient(patient)?)?;
    save_to(&path, model)?;
    Ok(path)
}

fn load_from(path: &Path) -> Result<Option<LookingModel>, LookingFileError> {
    let path = || path.to_owned();
    match std::fs::read_to_string(path()) {
        Ok(text) => {
            let model = serde_json::from_str(&text);
            let model = model.map_err(|fault| LookingFileError::Malformed {
                path: path(),
                fault,
            })?;
            Ok(Some(model))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(LookingFileError::Read {
            path: path(),
            cause,
        }),
    }
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
        let path = folder.path().join(FILE);
        assert_eq!(load_from(&path).unwrap(), None);
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
            assert_eq!(load_from(&path).unwrap().as_ref(), Some(&model));
        }
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
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
