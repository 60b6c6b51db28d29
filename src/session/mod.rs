//! Calibration: cues to labelled windows, labelled windows to a decoder.

pub mod calibrate;
mod classes;
mod collect;
pub mod epochs;
pub mod face;
pub mod files;
pub mod fit;
pub mod idle;
pub mod insight;
pub mod live;
pub mod monitor;
pub mod people;
pub mod play;
pub mod practice;
pub mod profile;
pub mod protocol;
pub mod reading;
pub mod starter;
pub mod store;
pub(crate) mod survey;
pub mod trace;
pub mod unfinished;
mod validated;
pub mod verify;
