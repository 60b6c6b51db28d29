//! Why a calibration failed, or its result was not stored.

use crate::fit::FitError;
use crate::fit::face::FaceSwitchError;
use crate::fit::looking::LooksError;
use crate::looking::LookingModelError;
use crate::patient::looking::LookingFileError;
use crate::patient::profile::ProfileError;
use crate::patient::store::StoreError;
use crate::printable::printable;
use crate::source::SourceError;
use bci_cursor_calibration::DecoderError;

/// Why a new decoder needs confirmation before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is no better than guessing, or its accuracy was not measured.
    NoGo,
    /// The decoder in use has a better verdict.
    Worse,
}

/// Why a calibration failed or its result was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No decoder can be fitted, read or written.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// No switch can be fitted or written.
    #[error(transparent)]
    Switch(#[from] FaceSwitchError),
    /// No response to codes can be fitted.
    #[error(transparent)]
    Looks(#[from] LooksError),
    /// A response to codes cannot be stored.
    #[error(transparent)]
    LookingModel(#[from] LookingModelError),
    /// The file of a response to codes cannot be used.
    #[error(transparent)]
    LookingFile(#[from] LookingFileError),
    /// A shipped starter is damaged.
    #[error(transparent)]
    Starter(#[from] DecoderError),
    /// The only class is not a gesture of the face.
    #[error(
        "'{}' is the only class, and not a gesture of the face: at least two classes are needed",
        printable(class)
    )]
    OneClass {
        /// The class.
        class: String,
    },
    /// Nothing was recorded.
    #[error("there is no recording")]
    NoRecording,
    /// The user has to confirm it first.
    #[error("not saved: {}", match .0 {
        Doubt::NoGo => "it is no better than guessing",
        Doubt::Worse => "the decoder in use is better",
    })]
    Unconfirmed(Doubt),
    /// The patient's folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The patient's profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}
