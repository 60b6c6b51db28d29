//! A calibration session: the cues for the patient, the signal that the clinician watches, and the resulting decoder.

pub mod calibrate;
mod error;
pub mod interrupted;
pub mod looking;
pub mod looks;
pub mod monitor;
pub mod protocol;
