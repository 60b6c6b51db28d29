//! Why a fit failed.

use super::classes::KNOWN_CLASSES;
use crate::conditioning::design::DesignError;
use crate::preprocessing::LayoutError;
use crate::printable::{printable, printable_list, printable_path};
use crate::source::SourceError;
use bci_cursor_calibration::DatasetError;
use bci_cursor_calibration::face_switch::{NotASwitch, SwitchFileError};
use std::path::PathBuf;

/// A fit that failed.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A regressor needs classes with directions.
    #[error(
        "a regressor needs classes that point to the sides and up or down (such as left_hand, right_hand, both_hands, feet), \
         but there are {}", found.join(", ")
    )]
    Directions {
        /// The available classes.
        found: Vec<String>,
    },
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording lacks electrodes that the first one, or the request, named.
    #[error("{}: {error}", printable(recording))]
    Layout {
        /// The recording.
        recording: String,
        /// What does not fit.
        error: LayoutError,
    },
    /// The class name is unknown.
    #[error("unknown class '{}'; known are {}", printable(found), KNOWN_CLASSES.join(", "))]
    UnknownClass {
        /// The name.
        found: String,
    },
    /// One marker is used for two classes.
    #[error("marker '{}' is named for {} and for {}; it can announce only one", printable(marker), printable(&classes[0]), printable(&classes[1]))]
    MarkerOfTwoClasses {
        /// The marker.
        marker: String,
        /// Both classes.
        classes: [String; 2],
    },
    /// No recording has this marker.
    #[error(
        "marker '{}' for class '{}' is in none of the recordings. Their markers are: {}",
        printable(marker),
        printable(class),
        describe_markers(found)
    )]
    UnknownMarker {
        /// The marker.
        marker: String,
        /// Its class.
        class: String,
        /// The available markers, with their numbers.
        found: Vec<(String, usize)>,
    },
    /// A window is longer than a trial.
    #[error("no window of {window_ms} ms fits between {from_s} s and {to_s} s after a cue")]
    WindowTooLong {
        /// The window.
        window_ms: u32,
        /// Start of the time after a cue that is used.
        from_s: f64,
        /// Its end.
        to_s: f64,
    },
    /// There is too little data.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file cannot be read or written.
    #[error("{}: {cause}", printable_path(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
    },
    /// A decoder cannot be used or written.
    #[error("{}: {error}", printable_path(path))]
    Decoder {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: bci_cursor_calibration::DecoderError,
    },
}

/// A face switch that cannot be fitted, read or written.
#[derive(Debug, thiserror::Error)]
pub enum FaceSwitchError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording or a file cannot be read or written.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The rate of a recording is too low.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// No cue was found.
    #[error(
        "there is no marker '{}'. The recordings have: {}",
        printable(wanted),
        printable_list(found)
    )]
    NoCue {
        /// The requested marker.
        wanted: String,
        /// The available markers.
        found: Vec<String>,
    },
    /// A recording has another rate or other channels than the first one.
    #[error(
        "{} has other channels than the first recording: fit to recordings of one montage",
        printable(recording)
    )]
    Montage {
        /// The recording.
        recording: String,
    },
    /// The cues and rest do not give a usable switch.
    #[error(transparent)]
    NotASwitch(#[from] NotASwitch),
    /// A switch file cannot be used.
    #[error("{}: {error}", printable_path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: SwitchFileError,
    },
}

fn describe_markers(found: &[(String, usize)]) -> String {
    if found.is_empty() {
        return "none at all".into();
    }
    found
        .iter()
        .map(|(label, count)| format!("{} ({count})", printable(label)))
        .collect::<Vec<_>>()
        .join(", ")
}
