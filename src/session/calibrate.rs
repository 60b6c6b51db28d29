//! A recorded calibration to what is put in force: a decoder, or a switch of the face.

use super::epochs::ClassMarker;
use super::face::{FaceRequest, fit_face, save_face};
use super::fit::{FitRequest, Mains, fit_with_insight, save_decoder};
use super::insight::Insight;
use super::profile::Profile;
use super::protocol::Protocol;
use super::{starter, store};
use crate::source::open_recording;
use bci_cursor_calibration::face_switch::Gesture;
use bci_cursor_calibration::{Decoder, FaceSwitch};
use std::path::PathBuf;

/// What a calibration gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Fitted {
    /// Imagined classes.
    Decoder(Box<Decoder>, Box<Insight>),
    /// A gesture of the face.
    Switch(Box<FaceSwitch>),
}

/// Share of the stream's electrodes that a starter must use: one that leaves out most of them costs more than it brings.
pub const LEAST_STARTER_SHARE: f64 = 0.5;

/// Fits what a protocol is for to its recordings: of one sitting, or of several.
///
/// # Errors
/// In words, where it cannot be fitted.
pub fn fit_calibration(recordings: &[PathBuf], protocol: &Protocol) -> Result<Fitted, String> {
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    let names: Vec<String> = recordings.iter().map(name).collect();
    let told = |error: &dyn std::error::Error| error.to_string();
    if let [only] = protocol.classes.as_slice() {
        let gesture = match only.as_str() {
            "clench" => Gesture::Clench,
            "blinks" => Gesture::Blinks,
            other => {
                return Err(format!(
                    "one class, '{other}', cannot be told from anything"
                ));
            }
        };
        let request = FaceRequest {
            gesture,
            pulses: gesture.usual_pulses(),
            cue: only.clone(),
            channels: Vec::new(),
            mains: Mains::Auto,
        };
        let switch = fit_face(&names, &request).map_err(|error| told(&error))?;
        return Ok(Fitted::Switch(Box::new(switch)));
    }
    let class = |class: &String| ClassMarker::new(class.clone(), class.clone());
    let classes: Vec<ClassMarker> = protocol.classes.iter().map(class).collect();
    let mut request = FitRequest::new(classes.clone());
    request.timing.to_s = learnt_to_s(protocol.timing.imagery_s, request.timing.from_s);
    let first = names.first().ok_or("there is no recording")?;
    let layout = open_recording(first)
        .map_err(|error| told(&error))?
        .layout()
        .clone();
    let found = starter::for_layout(&layout).map_err(|error| told(&error))?;
    request.starter = found.filter(|starter| {
        let share = starter.channels.len() as f64 / layout.channel_count().max(1) as f64;
        share >= LEAST_STARTER_SHARE && starter::objection(starter, &classes, &[]).is_none()
    });
    let (decoder, insight) = fit_with_insight(&names, &request).map_err(|error| told(&error))?;
    Ok(Fitted::Decoder(Box::new(decoder), Box::new(insight)))
}

/// A trial is learnt from to this time after its cue, which lasts for so long, seconds.
#[must_use]
pub fn learnt_to_s(imagery_s: f64, from_s: f64) -> f64 {
    (imagery_s - 0.1).max(from_s + 1.6)
}

/// Keeps what was fitted in the patient's folder; a decoder is put in force. Nothing is overwritten. Gives where it is.
///
/// # Errors
/// In words, where it cannot be kept.
pub fn keep(patient: &str, date_time: &str, fitted: &Fitted) -> Result<PathBuf, String> {
    let name = match fitted {
        Fitted::Decoder(..) => format!("{}.json", date_time.replace(':', "-")),
        Fitted::Switch(switch) => {
            let gesture = match switch.gesture {
                Gesture::Clench => "clench",
                Gesture::Blinks => "blinks",
            };
            format!("{}-{gesture}.json", date_time.replace(':', "-"))
        }
    };
    let path = store::new_model(patient, &name).map_err(|error| error.to_string())?;
    match fitted {
        Fitted::Decoder(decoder, _) => {
            save_decoder(decoder, &path).map_err(|error| error.to_string())?;
            let mut profile = Profile::open(patient).map_err(|error| error.to_string())?;
            profile
                .put_in_force(&name)
                .map_err(|error| error.to_string())?;
        }
        Fitted::Switch(switch) => save_face(switch, &path).map_err(|error| error.to_string())?,
    }
    Ok(path)
}
