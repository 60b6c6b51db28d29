//! Fits a face switch to recordings of cued gestures.

use super::classes::REST_MARKERS;
use super::decoder_file::hash_of;
pub use super::decoder_file::{load_face, save_face};
pub use super::error::FaceSwitchError;

use super::line_frequency::measure_mains;
use super::request::Mains;
use crate::features::GestureLevels;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::source::{self, Source, SourceError};
use bci_cursor_calibration::FaceSwitch;
use bci_cursor_calibration::face_switch::{self, CuedLevels, FORMAT, Gesture, Pulses, VERSION};

/// The requested face switch.
#[derive(Debug, Clone)]
pub struct FaceRequest {
    /// The gesture.
    pub gesture: Gesture,
    /// The pulses that activate the switch.
    pub pulses: Pulses,
    /// Text of the marker that cues the gesture.
    pub cue: String,
    /// Electrodes that may be used; empty for all.
    pub channels: Vec<String>,
    /// How to read the recordings, if not as they declare themselves.
    pub read_as: ReadAs,
    /// Line frequency.
    pub mains: Mains,
}

/// Fits a face switch to recordings in which a marker cues the gesture.
///
/// # Errors
/// [`FaceSwitchError`] if a recording cannot be read, or gesture and rest cannot be distinguished.
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

/// Reads labels, levels and cues of a recording, and adds its other markers to `found`.
///
/// # Errors
/// [`FaceSwitchError`] if it cannot be read, or lacks a channel.
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
    // Missing samples are also missing in the levels.
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
