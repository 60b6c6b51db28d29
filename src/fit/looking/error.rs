//! Why recordings of looks at codes cannot be used.

use crate::conditioning::design::DesignError;
use crate::fit::error::FitError;
use crate::looking::LookingError;
use crate::printable::{counted, printable, printable_path};
use crate::source::SourceError;
use bci_cursor_calibration::looking::cvep::CvepError;
use std::path::PathBuf;

/// Recordings of looks that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LooksError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording's channels cannot be checked.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The sampling rate is too low.
    #[error("{}: {error}", printable_path(path))]
    Filter {
        /// The recording.
        path: PathBuf,
        /// The cause.
        error: DesignError,
    },
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
    /// The recording has neither markers nor a stream of looks at codes.
    #[error(
        "{}: it is not a recording of looks: expected an XDF file with a stream of type Stimulus, which says what each target showed, and \
         markers such as 'trial target=3', which say what was looked at",
        printable_path(path)
    )]
    NoLooks {
        /// The recording.
        path: PathBuf,
    },
    /// No electrode is over the visual cortex.
    #[error(transparent)]
    Electrodes(#[from] LookingError),
    /// All electrodes over the visual cortex are bad.
    #[error("all electrodes over the visual cortex are bad most of the time: {}. Check their contact and record again", bad.join(", "))]
    BadElectrodes {
        /// The electrodes, each with its fault.
        bad: Vec<String>,
    },
    /// A recording lacks channels of the first one.
    #[error(
        "{}: it has no channel {}, which the first recording has. Fit to recordings with the same electrodes",
        printable_path(path),
        printable(missing)
    )]
    OtherElectrodes {
        /// The recording.
        path: PathBuf,
        /// The first of the missing channels.
        missing: String,
    },
    /// There are too few looks.
    #[error(
        "{} with a known target, expected at least {needed}: record more",
        counted(*found, "look")
    )]
    FewLooks {
        /// Looks found.
        found: usize,
        /// Looks that are needed.
        needed: usize,
    },
    /// All looks are too short.
    #[error("the longest look is {longest_s:.2} s, expected at least {needed_s} s")]
    ShortLooks {
        /// The longest look, seconds.
        longest_s: f64,
        /// What is needed, seconds.
        needed_s: f64,
    },
    /// No response can be fitted.
    #[error(transparent)]
    Response(#[from] CvepError),
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
