//! Decoder files, and the recordings named in them.

use super::error::FitError;
use crate::hash::{sha256_of_file, sha256_of_text};
use crate::patient::files;
use crate::source;
use bci_cursor_calibration::{Decoder, RecordingHash};
use std::path::Path;

/// File name and content hash of a recording.
///
/// # Errors
/// [`FitError::Io`] if it cannot be read.
pub(crate) fn hash_of(recording: &str) -> Result<RecordingHash, FitError> {
    if recording.starts_with("synthetic:") {
        // A synthetic patient is fully defined by its description.
        return Ok(RecordingHash {
            file: recording.to_owned(),
            sha256: sha256_of_text(recording),
        });
    }
    let (path, _) = source::recording::file_and_stream(recording);
    let sha256 = sha256_of_file(path).map_err(|cause| FitError::Io {
        path: path.to_owned(),
        cause,
    })?;
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(RecordingHash { file, sha256 })
}

/// Reads a decoder file.
///
/// # Errors
/// [`FitError::Io`] or [`FitError::Decoder`], naming the file.
pub fn load_decoder(path: &Path) -> Result<Decoder, FitError> {
    let text = std::fs::read_to_string(path).map_err(|cause| FitError::Io {
        path: path.to_owned(),
        cause,
    })?;
    Decoder::from_json(&text).map_err(|error| FitError::Decoder {
        path: path.to_owned(),
        error,
    })
}

/// Writes a decoder file atomically.
///
/// # Errors
/// [`FitError::Io`] or [`FitError::Decoder`], naming the file.
pub fn save_decoder(decoder: &Decoder, path: &Path) -> Result<(), FitError> {
    let text = decoder.to_json().map_err(|error| FitError::Decoder {
        path: path.to_owned(),
        error,
    })?;
    files::write_atomically(path, text.as_bytes()).map_err(|cause| FitError::Io {
        path: path.to_owned(),
        cause,
    })
}
