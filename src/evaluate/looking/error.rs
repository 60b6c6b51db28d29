//! Why recordings of looking cannot be evaluated.

use crate::conditioning::design::DesignError;
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
    /// A recording says of no moment what was looked at.
    #[error(
        "{}: no marker says what was looked at, expected markers such as ssvep_13hz and rest",
        printable_path(path)
    )]
    NoCue {
        /// The recording.
        path: PathBuf,
    },
    /// The sampling rate is too low.
    #[error("{}: {error}", printable_path(path))]
    Filter {
        /// The recording.
        path: PathBuf,
        /// The cause.
        error: DesignError,
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
    /// Markers name targets, but nothing says what was shown.
    #[error(
        "{}: its markers name targets, such as '{}', but no stream of type Stimulus says what each target showed",
        printable_path(path),
        printable(marker)
    )]
    NoStimulus {
        /// The recording.
        path: PathBuf,
        /// The first of these markers.
        marker: String,
    },
    /// It is known what was shown, but not what was looked at.
    #[error(
        "{}: its Stimulus stream says what was shown, but no marker such as 'trial target=3' says what was looked at",
        printable_path(path)
    )]
    NoTarget {
        /// The recording.
        path: PathBuf,
    },
    /// A stream of what was shown without a frame.
    #[error("{}: its Stimulus stream has no frames", printable_path(path))]
    NoFrame {
        /// The recording.
        path: PathBuf,
    },
    /// No frame is from the time of the EEG.
    #[error(
        "{}: all frames of its Stimulus stream are from another time than its EEG, so both have different clocks. Record them with a program \
         that stores clock offsets, such as LabRecorder",
        printable_path(path)
    )]
    OtherClock {
        /// The recording.
        path: PathBuf,
    },
    /// A marker names a target that the stream does not have.
    #[error(
        "{}: a marker names the target {}, but the Stimulus stream has {} ({})",
        printable_path(path),
        printable(target),
        counted(labels.len(), "channel"),
        named(labels)
    )]
    UnknownTarget {
        /// The recording.
        path: PathBuf,
        /// The target.
        target: String,
        /// Labels of the stream's channels.
        labels: Vec<String>,
    },
    /// A target did not flicker while it was looked at.
    #[error(
        "{}: the target {} does not change its brightness in the trial at {at_s:.1} s, so it cannot be recognised",
        printable_path(path),
        printable(target)
    )]
    SteadyTarget {
        /// The recording.
        path: PathBuf,
        /// The target.
        target: String,
        /// When the trial begins, seconds after the first sample.
        at_s: f64,
    },
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

/// The first labels of a list.
fn named(labels: &[String]) -> String {
    const MOST: usize = 4;
    let first: Vec<String> = labels
        .iter()
        .take(MOST)
        .map(|label| printable(label).to_string())
        .collect();
    let more = if labels.len() > MOST { ", ..." } else { "" };
    format!("{}{more}", first.join(", "))
}
