//! Recordings of cued gestures to a face switch.

use super::classes::REST_MARKERS;
use super::decoder_file::hash_of;
use super::error::FitError;
use super::line_frequency::measure_mains;
use super::request::Mains;
use crate::conditioning::design::DesignError;
use crate::features::GestureLevels;
use crate::patient::files;
use crate::printable::{printable, printable_list, printable_path};
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::source::{self, Source, SourceError};
use bci_cursor_calibration::FaceSwitch;
use bci_cursor_calibration::face_switch::{
    self, CuedLevels, FORMAT, Gesture, NotASwitch, Pulses, SwitchFileError, VERSION,
};
use std::path::{Path, PathBuf};

/// A switch that cannot be fitted, read or written.
#[derive(Debug, thiserror::Error)]
pub enum FaceSwitchError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording or a file cannot be read or written.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A recording is too slow.
    #[error(transparent)]
    Design(#[from] DesignError),
    /// No cue was found.
    #[error(
        "no marker says '{}'. The recordings have: {}",
        printable(wanted),
        printable_list(found)
    )]
    NoCue {
        /// The marker asked for.
        wanted: String,
        /// Markers that there are.
        found: Vec<String>,
    },
    /// Another rate or other channels than the first recording.
    #[error(
        "{} has other channels than the first recording: fit to recordings of one montage",
        printable(recording)
    )]
    Montage {
        /// Which recording.
        recording: String,
    },
    /// Cues and rest make no switch.
    #[error(transparent)]
    NotASwitch(#[from] NotASwitch),
    /// A switch file that cannot be used.
    #[error("{}: {error}", printable_path(path))]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: SwitchFileError,
    },
}

/// What a switch is to be.
#[derive(Debug, Clone)]
pub struct FaceRequest {
    /// What the face does.
    pub gesture: Gesture,
    /// What makes it say yes.
    pub pulses: Pulses,
    /// Text of the marker that asks for it.
    pub cue: String,
    /// Electrodes that may be used; empty: all.
    pub channels: Vec<String>,
    /// How the recordings are read, where that is not what they say of themselves.
    pub read_as: ReadAs,
    /// Line frequency.
    pub mains: Mains,
}

/// Fits a switch to recordings in which a marker asks for the gesture.
///
/// # Errors
/// [`FaceSwitchError`] where a recording cannot be read, or gesture and rest cannot be told apart.
pub fn fit_face(
    recordings: &[String],
    request: &FaceRequest,
) -> Result<FaceSwitch, FaceSwitchError> {
    let first = recordings.first().map_or("", String::as_str);
    let mains_hz = match request.mains {
        Mains::Auto => measure_mains(first, &request.read_as)?,
        Mains::Off => None,
        Mains::Hz(hz) => Some(hz),
    };
    let mut labels = Vec::new();
    let (mut all, mut found) = (Vec::new(), Vec::new());
    for recording in recordings {
        let mut source = source::open_to_decode(recording, &request.read_as)?;
        let (own, levels) = read(source.as_mut(), request, mains_hz, &mut found)?;
        if !labels.is_empty() && labels != own {
            return Err(FaceSwitchError::Montage {
                recording: recording.clone(),
            });
        }
        labels = own;
        all.push(levels);
    }
    if all.iter().all(|recording| recording.cues.is_empty()) {
        return Err(FaceSwitchError::NoCue {
            wanted: request.cue.clone(),
            found,
        });
    }
    let fitted = face_switch::fit(&all, request.gesture, request.pulses)?;
    let labels = fitted.channels.iter().map(|&place| labels[place].clone());
    let hashes = recordings.iter().map(|recording| hash_of(recording));
    Ok(FaceSwitch {
        format: FORMAT.into(),
        version: VERSION,
        created_by: concat!("bci-cursor ", env!("CARGO_PKG_VERSION")).into(),
        gesture: request.gesture,
        pulses: request.pulses,
        channels: labels.collect(),
        signs: fitted.signs,
        mains_hz,
        threshold_uv: fitted.threshold_uv,
        ceiling_uv: fitted.ceiling_uv,
        figures: fitted.figures,
        recordings: hashes.collect::<Result<_, _>>()?,
    })
}

/// Labels and levels of a recording, and where the gesture was asked for; adds the other markers that it has to `found`.
///
/// # Errors
/// [`FaceSwitchError`] where it cannot be read, or lacks a channel.
pub fn read(
    source: &mut dyn Source,
    request: &FaceRequest,
    mains_hz: Option<f64>,
    found: &mut Vec<String>,
) -> Result<(Vec<String>, CuedLevels), FaceSwitchError> {
    let layout = source.layout().clone();
    let labels = if request.channels.is_empty() {
        layout.labels.clone()
    } else {
        request.channels.clone()
    };
    let place = |label: &String| {
        layout
            .position(label)
            .ok_or_else(|| SourceError::NoSuchChannel {
                wanted: label.clone(),
                found: layout.labels.clone(),
            })
    };
    let places = labels.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let mut maker = GestureLevels::new(request.gesture, mains_hz, layout.rate, places.len())?;
    let mut out = CuedLevels {
        levels: vec![Vec::new(); places.len()],
        cues: Vec::new(),
        rate_hz: layout.rate.hz(),
    };
    // Samples that are missing are left out of the levels, too.
    let mut missing_before = 0;
    let mut walk = Walk::new(source);
    while let Some(passed) = walk.advance()? {
        match passed {
            Passed::Samples(block) => {
                for frame in block.iter() {
                    maker.push(places.iter().map(|&place| frame[place]));
                    let levels = out.levels.iter_mut().zip(maker.levels());
                    levels.for_each(|(all, level)| all.push(*level));
                }
            }
            Passed::Marker(marker) => {
                if marker.label == request.cue {
                    let at = marker.at.0.saturating_sub(missing_before);
                    out.cues.push(usize::try_from(at).unwrap_or(usize::MAX));
                } else if !found.contains(&marker.label)
                    && !REST_MARKERS.contains(&marker.label.as_str())
                {
                    found.push(marker.label);
                }
            }
            Passed::Gap { missing, .. } => {
                missing_before += missing;
                maker.reset();
            }
            Passed::ClockReset => {}
        }
    }
    Ok((labels, out))
}

/// Reads a switch file.
///
/// # Errors
/// [`FaceSwitchError`], naming the file.
pub fn load_face(path: &Path) -> Result<FaceSwitch, FaceSwitchError> {
    let text = std::fs::read_to_string(path).map_err(|cause| FitError::Io {
        path: path.to_owned(),
        cause,
    })?;
    FaceSwitch::from_json(&text).map_err(|error| FaceSwitchError::File {
        path: path.to_owned(),
        error,
    })
}

/// Writes a switch file, whole or not at all.
///
/// # Errors
/// [`FaceSwitchError`], naming the file.
pub fn save_face(switch: &FaceSwitch, path: &Path) -> Result<(), FaceSwitchError> {
    let text = switch.to_json().map_err(|error| FaceSwitchError::File {
        path: path.to_owned(),
        error,
    })?;
    files::write_atomically(path, text.as_bytes()).map_err(|cause| FitError::Io {
        path: path.to_owned(),
        cause,
    })?;
    Ok(())
}
