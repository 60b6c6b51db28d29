//! A calibration session: what the patient is asked to do, the signal that the clinician watches, and what becomes of it.

pub mod calibrate;
pub mod interrupted;
pub mod monitor;
pub mod protocol;
