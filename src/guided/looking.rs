//! Keeps a person's response to codes, unless the one in use is better.

use super::error::{CalibrateError, Doubt};
use crate::fit::looking::{FittedLooking, fit_looking};
use crate::looking::figures::{LookingFigures, LookingVerdict};
use crate::patient::looking;
use crate::source::channels::ReadAs;
use std::path::PathBuf;

/// Fits a response to the recordings of a calibration. `display_delay_ms` is as in [`fit_looking`].
///
/// # Errors
/// [`CalibrateError`] if it cannot be fitted.
pub fn fit_looks(
    recordings: &[PathBuf],
    display_delay_ms: Option<f64>,
) -> Result<FittedLooking, CalibrateError> {
    let names = recordings.iter().map(|path| path.to_string_lossy());
    let names: Vec<String> = names.map(Into::into).collect();
    Ok(fit_looking(&names, &ReadAs::default(), display_delay_ms)?)
}

/// The patient's response in use.
#[derive(Debug, Clone, PartialEq)]
pub struct LookingInUse {
    /// Its figures; `None` if they were never measured.
    pub figures: Option<LookingFigures>,
}

/// The response that the patient uses; `None` if there is none.
///
/// # Errors
/// [`CalibrateError`] if it cannot be read.
pub fn looking_in_use(patient: &str) -> Result<Option<LookingInUse>, CalibrateError> {
    let model = looking::load(patient)?;
    Ok(model.map(|(_, model)| LookingInUse {
        figures: model.figures,
    }))
}

/// Why a response with these figures needs confirmation before it replaces the one in use; `None` if it does not.
#[must_use]
pub fn looking_doubt(new: &LookingFigures, in_use: Option<&LookingInUse>) -> Option<Doubt> {
    let verdict = new.verdict();
    if verdict == LookingVerdict::NoGo {
        return Some(Doubt::NoGo);
    }
    let other = in_use.and_then(|in_use| in_use.figures.as_ref());
    other
        .is_some_and(|other| other.verdict() > verdict)
        .then_some(Doubt::Worse)
}

/// Stores a response in a new file, puts it in use for a patient, and returns the file. `is_confirmed`: the user wants it in spite of a doubt.
///
/// # Errors
/// [`CalibrateError`] if it cannot be stored, or if a doubt was not confirmed. Then the response in use stays as it is.
pub fn keep_looking(
    patient: &str,
    date_time: &str,
    fitted: &FittedLooking,
    is_confirmed: bool,
) -> Result<PathBuf, CalibrateError> {
    if !is_confirmed {
        // A response that cannot be read does not count as better than the new one.
        let in_use = looking_in_use(patient).unwrap_or_default();
        if let Some(doubt) = looking_doubt(&fitted.figures, in_use.as_ref()) {
            return Err(CalibrateError::Unconfirmed(doubt));
        }
    }
    Ok(looking::save(patient, date_time, &fitted.model()?)?)
}
