//! Fits a recorded calibration: to a decoder, or to a face switch.

pub use super::error::{CalibrateError, Doubt};

use crate::fit::classes::ClassMarker;
use crate::fit::diagnostics::Diagnostics;
use crate::fit::face::{FaceRequest, fit_face, save_face};
use crate::fit::looking::FittedLooking;
use crate::fit::{FitRequest, Mains, fit_with_diagnostics, load_decoder, save_decoder};
use crate::guided::looking::keep_looking;
use crate::guided::protocol::Protocol;
use crate::patient::profile::Profile;
use crate::patient::store;
use crate::source::channels::ReadAs;
use crate::source::open_recording;
use crate::starters;
use bci_cursor_calibration::face_switch::Gesture;
use bci_cursor_calibration::validation::{Figures, Verdict};
use bci_cursor_calibration::{Decoder, FaceSwitch};
use std::path::PathBuf;

/// The result of a calibration.
#[derive(Debug, Clone, PartialEq)]
pub enum CalibrationResult {
    /// A decoder of imagined classes.
    Decoder(Box<Decoder>, Box<Diagnostics>),
    /// A switch for a gesture of the face.
    Switch(Box<FaceSwitch>),
    /// A response to codes that are looked at.
    Looking(Box<FittedLooking>),
}

/// The patient's own decoder in use, if there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct InUse {
    /// Its file.
    pub path: PathBuf,
    /// Its cross-validated accuracy; `None` if it was never measured.
    pub figures: Option<Figures>,
}

/// Fits what a protocol is for, from one or several recordings.
///
/// # Errors
/// [`CalibrateError`] if it cannot be fitted.
pub fn fit_calibration(
    recordings: &[PathBuf],
    protocol: &Protocol,
) -> Result<CalibrationResult, CalibrateError> {
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    let names: Vec<String> = recordings.iter().map(name).collect();
    if let [only] = protocol.classes.as_slice() {
        let gesture = match only.as_str() {
            "clench" => Gesture::Clench,
            "blinks" => Gesture::Blinks,
            class => {
                let class = class.to_owned();
                return Err(CalibrateError::OneClass { class });
            }
        };
        let request = FaceRequest {
            gesture,
            pulses: gesture.usual_pulses(),
            cue: only.clone(),
            channels: Vec::new(),
            read_as: ReadAs::default(),
            mains: Mains::Auto,
        };
        let switch = fit_face(&names, &request)?;
        return Ok(CalibrationResult::Switch(Box::new(switch)));
    }
    let class = |class: &String| ClassMarker::new(class.clone(), class.clone());
    let classes: Vec<ClassMarker> = protocol.classes.iter().map(class).collect();
    let mut request = FitRequest::new(classes.clone());
    request.timing.to_s = learnt_to_s(protocol.timing.imagery_s, request.timing.from_s);
    let first = names.first().ok_or(CalibrateError::NoRecording)?;
    let layout = open_recording(first)?.layout().clone();
    let prior = starters::prior_for(&layout)?;
    request.starter = prior.filter(|prior| starters::objection(prior, &classes, &[]).is_none());
    let (decoder, diagnostics) = fit_with_diagnostics(&names, &request)?;
    Ok(CalibrationResult::Decoder(
        Box::new(decoder),
        Box::new(diagnostics),
    ))
}

/// The end of the time after a cue that is used for fitting, seconds; `imagery_s` is the length of the cue.
#[must_use]
pub fn learnt_to_s(imagery_s: f64, from_s: f64) -> f64 {
    (imagery_s - 0.1).max(from_s + 1.6)
}

/// The patient's own decoder in use; `None` if a starter is used.
///
/// # Errors
/// [`CalibrateError`] if the profile or the decoder cannot be read.
pub fn in_use(patient: &str) -> Result<Option<InUse>, CalibrateError> {
    let profile = Profile::open(patient)?;
    let Some(path) = profile.model() else {
        return Ok(None);
    };
    let decoder = load_decoder(&path)?;
    Ok(Some(InUse {
        path,
        figures: decoder.figures,
    }))
}

/// Why this decoder needs confirmation before it replaces the one in use; `None` if it does not.
#[must_use]
pub fn doubt(new: &Decoder, in_use: Option<&InUse>) -> Option<Doubt> {
    let verdict = new.figures.as_ref().map(Figures::verdict);
    let Some(verdict) = verdict.filter(|verdict| *verdict != Verdict::NoGo) else {
        return Some(Doubt::NoGo);
    };
    let other = in_use.and_then(|in_use| in_use.figures.as_ref());
    other
        .is_some_and(|other| other.verdict() > verdict)
        .then_some(Doubt::Worse)
}

/// Stores what was fitted in the patient's folder, and puts a decoder or a response to codes in use.
/// Returns the path of the new file. `is_confirmed`: the user wants it in spite of a [`doubt`].
///
/// # Errors
/// [`CalibrateError`] if it cannot be stored, or if a doubt was not confirmed. Then nothing is written.
pub fn keep(
    patient: &str,
    date_time: &str,
    fitted: &CalibrationResult,
    is_confirmed: bool,
) -> Result<PathBuf, CalibrateError> {
    if let CalibrationResult::Decoder(decoder, _) = fitted
        && !is_confirmed
    {
        // A decoder that cannot be read does not count as better than the new one.
        let in_use = in_use(patient).unwrap_or_default();
        if let Some(doubt) = doubt(decoder, in_use.as_ref()) {
            return Err(CalibrateError::Unconfirmed(doubt));
        }
    }
    let date_time = date_time.replace(':', "-");
    match fitted {
        CalibrationResult::Decoder(decoder, _) => {
            let name = format!("{date_time}.json");
            let path = store::new_model(patient, &name)?;
            save_decoder(decoder, &path)?;
            Profile::open(patient)?.put_in_force(&name)?;
            Ok(path)
        }
        CalibrationResult::Switch(switch) => {
            let gesture = match switch.gesture {
                Gesture::Clench => "clench",
                Gesture::Blinks => "blinks",
            };
            let path = store::new_model(patient, &format!("{date_time}-{gesture}.json"))?;
            save_face(switch, &path)?;
            Ok(path)
        }
        CalibrationResult::Looking(fitted) => {
            keep_looking(patient, &date_time, fitted, is_confirmed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Layout;
    use crate::montage;
    use crate::units::Hertz;

    fn figures(accuracy: f64, p_value: f64) -> Figures {
        Figures {
            trials: 40,
            correct: (40.0 * accuracy) as usize,
            accuracy,
            interval: [accuracy - 0.1, accuracy + 0.1],
            chance: 0.5,
            chance_95: 0.63,
            p_value,
            folds: 5,
            auc: None,
            confusion: vec![vec![10, 10], vec![10, 10]],
            bits_per_trial: 0.0,
            rest_auc: None,
        }
    }

    #[test]
    fn doubts_are_guessing_and_a_better_decoder_in_use() {
        let layout = Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: montage::named(9).unwrap(),
        };
        let shipped = starters::for_layout(&layout).unwrap().unwrap();
        let new = |figures: Option<Figures>| Decoder {
            figures,
            ..shipped.clone()
        };
        let in_use = |figures: Option<Figures>| InUse {
            path: "own.json".into(),
            figures,
        };
        let (guess, weak, good) = (figures(0.55, 0.4), figures(0.65, 0.01), figures(0.8, 0.001));
        let nothing = [None, Some(in_use(None)), Some(in_use(Some(guess.clone())))];
        for other in &nothing {
            let doubt_of = |new: Decoder| doubt(&new, other.as_ref());
            assert_eq!(doubt_of(new(None)), Some(Doubt::NoGo));
            assert_eq!(doubt_of(new(Some(guess.clone()))), Some(Doubt::NoGo));
            assert_eq!(doubt_of(new(Some(weak.clone()))), None);
        }
        let other = in_use(Some(good.clone()));
        assert_eq!(doubt(&new(Some(weak)), Some(&other)), Some(Doubt::Worse));
        assert_eq!(doubt(&new(Some(figures(0.75, 0.001))), Some(&other)), None);
        assert_eq!(doubt(&new(Some(guess)), Some(&other)), Some(Doubt::NoGo));
    }
}
