//! Why recordings of looking cannot be evaluated.

use crate::fit::looking::LooksError;
use crate::looking::prior::PriorError;
use crate::printable::{counted, printable, printable_path};
use crate::source::SourceError;
use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::looking::cvep::CvepError;
use std::path::PathBuf;

/// Recordings that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum LookingError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The looks in a recording cannot be used.
    #[error(transparent)]
    Looks(#[from] LooksError),
    /// A recording says of no moment what was looked at.
    #[error(
        "{}: no marker says what was looked at, expected markers such as ssvep_13hz and rest",
        printable_path(path)
    )]
    NoCue {
        /// The recording.
        path: PathBuf,
    },
    /// The shipped table of responses is damaged.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// All looks of a person are at one frequency.
    #[error(
        "{}: the only frequency looked at is {hz} Hz, expected at least two to tell apart",
        printable(subject)
    )]
    OneFrequency {
        /// The subject's name.
        subject: String,
        /// The frequency.
        hz: f64,
    },
    /// The signal grew beyond all numbers.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// Some recordings of a person tell what was shown, and some do not.
    #[error(
        "{}: it has no Stimulus stream, but other recordings of {} have one. Evaluate them separately",
        printable_path(path),
        printable(subject)
    )]
    Mixed {
        /// A recording without the stream.
        path: PathBuf,
        /// The subject's name.
        subject: String,
    },
    /// All looks are too short.
    #[error(
        "{}: the longest trial is {longest_s:.2} s, expected at least {needed_s} s",
        printable(subject)
    )]
    ShortTrials {
        /// The subject's name.
        subject: String,
        /// The longest trial, seconds.
        longest_s: f64,
        /// What is needed, seconds.
        needed_s: f64,
    },
    /// There is one look only.
    #[error(
        "{}: {} with a known target, expected at least 2: each is decoded with the response to the others",
        printable(subject),
        counted(*found, "trial")
    )]
    OneTrial {
        /// The subject's name.
        subject: String,
        /// Trials found.
        found: usize,
    },
    /// No response can be fitted.
    #[error("{}: {error}", printable(subject))]
    Response {
        /// The subject's name.
        subject: String,
        /// The cause.
        error: CvepError,
    },
}
