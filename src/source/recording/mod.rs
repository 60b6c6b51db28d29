//! Recordings as sources.

pub mod edf;
mod edf_annotations;
mod edf_header;
