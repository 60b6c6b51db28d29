//! Files of decoders and face switches, and the recordings named in them.

use super::error::{FaceSwitchError, FitError};
use crate::hash::{sha256_of_file, sha256_of_text};
use crate::patient::files;
use crate::source;
use bci_cursor_calibration::face_switch::SwitchFileError;
use bci_cursor_calibration::{Decoder, DecoderError, FaceSwitch, RecordingHash};
use std::io;
use std::path::{Path, PathBuf};

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
    Ok(load(path, Decoder::from_json)?)
}

/// Writes a decoder file atomically.
///
/// # Errors
/// [`FitError::Io`] or [`FitError::Decoder`], naming the file.
pub fn save_decoder(decoder: &Decoder, path: &Path) -> Result<(), FitError> {
    Ok(save(path, decoder.to_json())?)
}

/// Reads a switch file.
///
/// # Errors
/// [`FaceSwitchError`], naming the file.
pub fn load_face(path: &Path) -> Result<FaceSwitch, FaceSwitchError> {
    Ok(load(path, FaceSwitch::from_json)?)
}

/// Writes a switch file, whole or not at all.
///
/// # Errors
/// [`FaceSwitchError`], naming the file.
pub fn save_face(switch: &FaceSwitch, path: &Path) -> Result<(), FaceSwitchError> {
    Ok(save(path, switch.to_json())?)
}

/// A file of a decoder or a switch that cannot be used.
enum FileError<E> {
    Io(PathBuf, io::Error),
    Content(PathBuf, E),
}

fn load<T, E>(path: &Path, parse: fn(&str) -> Result<T, E>) -> Result<T, FileError<E>> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|cause| FileError::Io(path.to_owned(), cause))?;
    parse(&text).map_err(|error| FileError::Content(path.to_owned(), error))
}

fn save<E>(path: &Path, text: Result<String, E>) -> Result<(), FileError<E>> {
    let text = text.map_err(|error| FileError::Content(path.to_owned(), error))?;
    let written = files::write_atomically(path, text.as_bytes());
    written.map_err(|cause| FileError::Io(path.to_owned(), cause))
}

impl From<FileError<DecoderError>> for FitError {
    fn from(error: FileError<DecoderError>) -> Self {
        match error {
            FileError::Io(path, cause) => Self::Io { path, cause },
            FileError::Content(path, error) => Self::Decoder { path, error },
        }
    }
}

impl From<FileError<SwitchFileError>> for FaceSwitchError {
    fn from(error: FileError<SwitchFileError>) -> Self {
        match error {
            FileError::Io(path, cause) => FitError::Io { path, cause }.into(),
            FileError::Content(path, error) => Self::File { path, error },
        }
    }
}
