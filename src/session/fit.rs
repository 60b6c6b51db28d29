//! Recordings to a decoder, through the live path.

pub use super::classes::{KNOWN_CLASSES, check_classes};
use super::collect::collect;
use super::epochs::{ClassMarker, TrialTiming};
use super::insight::Insight;
use super::reading::remembered;
use super::survey::usable_channels;
use super::validated::{Fitted, fit_validated};
use super::{files, idle};
use crate::block::Block;
use crate::conditioning::mains::LineMeter;
use crate::frontend::LayoutError;
use crate::hash::{sha256_of_file, sha256_of_text};
use crate::montage::canonical_label;
use crate::printable::printable;
use crate::runtime::progress::{Tell, UNTOLD};
use crate::source::channels::ReadAs;
use crate::source::{self, SourceError, SourceEvent, open_to_decode};
use crate::units::Hertz;
use bci_cursor_calibration::selection::Candidate;
use bci_cursor_calibration::validation::HeldOut;
use bci_cursor_calibration::{
    ConditioningSpec, Dataset, DatasetError, Decoder, Estimator, FeatureSpec, Origin,
    RecordingHash, Reference, decoder,
};
use std::path::{Path, PathBuf};

/// Line frequency to remove.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mains {
    /// Measured on the recordings: 50 Hz, 60 Hz or none.
    Auto,
    /// As told, Hz.
    Hz(f64),
    /// None.
    Off,
}

/// What to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// Classes and their markers.
    pub classes: Vec<ClassMarker>,
    /// Electrodes to use; all of the first recording where empty.
    pub channels: Vec<String>,
    /// How the recordings are read, where that is not what they say of themselves.
    pub read_as: ReadAs,
    /// Spatial map.
    pub estimator: Estimator,
    /// Spatial reference.
    pub reference: Reference,
    /// Line frequency.
    pub mains: Mains,
    /// Bands, window and hop.
    pub features: FeatureSpec,
    /// Which part of a trial is learnt from.
    pub timing: TrialTiming,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Whether channels, bands and estimator are searched for, instead of the estimator on all of them.
    pub select: bool,
    /// Whether a regressor is fitted as well, for control in every direction at once.
    pub continuous: bool,
    /// How often rest may be taken for a wish, per hour of rest; none: no idle gate is fitted.
    pub false_activations_per_hour: Option<f64>,
    /// Prior of the fit: a decoder of the same classes fitted on other people, whose channels, conditioning and features
    /// are then used. None: own trials only.
    pub starter: Option<Decoder>,
}

/// Usual pass bands: mu in two halves, because people's rhythms differ by a few hertz, and beta in three. Theta is left
/// out although it helps on recorded data: cues on the left and right of a screen draw the eyes there.
pub const BANDS_HZ: [[f64; 2]; 5] = [
    [8.0, 11.0],
    [10.0, 14.0],
    [13.0, 18.0],
    [17.0, 24.0],
    [22.0, 32.0],
];

impl FitRequest {
    /// The usual settings, for some classes.
    #[must_use]
    pub fn new(classes: Vec<ClassMarker>) -> Self {
        Self {
            classes,
            channels: Vec::new(),
            read_as: ReadAs::default(),
            estimator: Estimator::TangentSpace,
            reference: Reference::CommonAverage,
            mains: Mains::Auto,
            features: FeatureSpec {
                bands_hz: BANDS_HZ.to_vec(),
                filter_order: 4,
                window_ms: 1500,
                hop_ms: 40,
                shrinkage: 0.1,
            },
            timing: TrialTiming::default(),
            folds: 5,
            select: false,
            continuous: false,
            false_activations_per_hour: None,
            starter: None,
        }
    }
}

/// A fit that is not possible.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// A regressor needs directions.
    #[error(
        "--continuous needs classes that point to the sides and up or down (such as left_hand, right_hand, both_hands, feet), \
         but there are {}", found.join(", ")
    )]
    Directions {
        /// Classes that there are.
        found: Vec<String>,
    },
    /// A recording.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A recording lacks electrodes that the first one, or `--channels`, named.
    #[error("{recording}: {error}")]
    Layout {
        /// Which recording.
        recording: String,
        /// What does not fit.
        error: LayoutError,
    },
    /// A class name that means nothing.
    #[error("unknown class '{found}'; known are {}", KNOWN_CLASSES.join(", "))]
    UnknownClass {
        /// The name.
        found: String,
    },
    /// One marker for two classes.
    #[error("marker '{marker}' is named for {} and for {}; it can announce only one", classes[0], classes[1])]
    MarkerOfTwoClasses {
        /// The marker.
        marker: String,
        /// Both.
        classes: [String; 2],
    },
    /// A marker that no recording holds.
    #[error(
        "marker '{marker}' for class '{class}' is in none of the recordings. Their markers are: {}",
        describe_markers(found)
    )]
    UnknownMarker {
        /// The marker.
        marker: String,
        /// The class that it should announce.
        class: String,
        /// Markers that there are, with how often.
        found: Vec<(String, usize)>,
    },
    /// A window longer than a trial.
    #[error(
        "no window of {window_ms} ms fits between {from_s} s and {to_s} s after a cue. Use a shorter --window, or a later --to"
    )]
    WindowTooLong {
        /// The window.
        window_ms: u32,
        /// Start of the part that is learnt from.
        from_s: f64,
        /// Its end.
        to_s: f64,
    },
    /// Too little, or nothing, to learn from.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file that cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A decoder that cannot be used, or written.
    #[error("{}: {error}", path.display())]
    Decoder {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: bci_cursor_calibration::DecoderError,
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

/// Fits a decoder to recordings (files, or synthetic patients), in the order given.
///
/// # Errors
/// [`FitError`] where a recording, a class or a marker is not usable.
pub fn fit_recordings(recordings: &[String], request: &FitRequest) -> Result<Decoder, FitError> {
    fit_recordings_telling(recordings, request, UNTOLD)
}

/// The same, telling how far it is.
///
/// # Errors
/// As [`fit_recordings`].
pub fn fit_recordings_telling(
    recordings: &[String],
    request: &FitRequest,
    tell: Tell<'_>,
) -> Result<Decoder, FitError> {
    fit_then(recordings, request, tell, |fitted, _, _| Ok(fitted.decoder))
}

/// The same, and what it has learnt.
///
/// # Errors
/// As [`fit_recordings`].
pub fn fit_with_insight(
    recordings: &[String],
    request: &FitRequest,
) -> Result<(Decoder, Insight), FitError> {
    fit_then(recordings, request, UNTOLD, |fitted, dataset, request| {
        let Made {
            decoder, held_out, ..
        } = fitted;
        let insight = Insight::of(&decoder, &held_out, dataset, recordings, request)?;
        Ok((decoder, insight))
    })
}

/// Fits, and gives what was made, what it was fitted to, and the request in the starter's terms.
fn fit_then<T>(
    recordings: &[String],
    request: &FitRequest,
    tell: Tell<'_>,
    then: impl FnOnce(Made, &Dataset, &FitRequest) -> Result<T, FitError>,
) -> Result<T, FitError> {
    check_classes(&request.classes)?;
    let first = recordings.first().map_or("", String::as_str);
    let layout = open_to_decode(first, &request.read_as)?.layout().clone();
    let mut hashes = Vec::with_capacity(recordings.len());
    for recording in recordings {
        hashes.push(hash_of(recording)?);
    }
    let mut request = match &request.starter {
        Some(starter) => with_starter(request, starter),
        None => request.clone(),
    };
    let channels: Vec<String> = if request.channels.is_empty() {
        layout.labels.clone()
    } else {
        request
            .channels
            .iter()
            .map(|label| canonical_label(label))
            .collect()
    };
    let usable = usable_channels(recordings, &channels, &request.read_as)?;
    if usable.len() < channels.len() && request.starter.take().is_some() {
        log::warn!(
            "a starter needs all of its channels, so this decoder learns from own trials only"
        );
    }
    let channels = usable;
    let conditioning = match &request.starter {
        Some(starter) => starter.conditioning.clone(),
        None => ConditioningSpec {
            reference: request.reference,
            mains_hz: match request.mains {
                Mains::Auto => measure_mains(first, &request.read_as)?,
                Mains::Hz(hz) => Some(hz),
                Mains::Off => None,
            },
        },
    };
    let collected = collect(
        recordings,
        &request,
        &layout,
        &channels,
        &conditioning,
        tell,
    )?;
    let dataset = &collected.dataset;
    let mut made = fit_candidate(dataset, &request, channels, layout.rate, conditioning, tell)?;
    made.decoder.reading = remembered(recordings.iter().zip(&collected.readings));
    if let Some(wanted) = request.false_activations_per_hour {
        made.decoder.idle_gate = idle::fit_gate(
            recordings,
            &request,
            &made.decoder,
            &made.candidate,
            &collected,
            wanted,
        )?;
    }
    made.decoder.recordings = hashes;
    then(made, dataset, &request)
}

/// The request in the starter's terms: its channels and features, its order of classes.
fn with_starter(request: &FitRequest, starter: &Decoder) -> FitRequest {
    let mut request = request.clone();
    request.channels.clone_from(&starter.channels);
    request.features = starter.features.clone();
    request.estimator = Estimator::TangentSpace;
    request.classes.sort_by_key(|class| {
        let place = starter.classes.iter().position(|name| *name == class.class);
        place.unwrap_or(usize::MAX)
    });
    request
}

/// Fits a decoder to labelled windows that the live path made under the given conditions.
///
/// # Errors
/// [`FitError::Dataset`] where there is too little to learn from.
pub fn fit_dataset(
    dataset: &Dataset,
    request: &FitRequest,
    channels: Vec<String>,
    rate: Hertz,
    conditioning: ConditioningSpec,
) -> Result<Decoder, FitError> {
    let made = fit_candidate(dataset, request, channels, rate, conditioning, UNTOLD)?;
    Ok(made.decoder)
}

/// A decoder, what it uses of the channels and bands, and each trial as it was predicted.
struct Made {
    decoder: Decoder,
    candidate: Candidate,
    held_out: Vec<HeldOut>,
}

/// The same, with how it came to be.
fn fit_candidate(
    dataset: &Dataset,
    request: &FitRequest,
    channels: Vec<String>,
    rate: Hertz,
    conditioning: ConditioningSpec,
    tell: Tell<'_>,
) -> Result<Made, FitError> {
    let Fitted {
        candidate,
        model,
        figures,
        held_out,
    } = fit_validated(dataset, request, &channels, tell)?;
    let mut features = request.features.clone();
    features.bands_hz = candidate
        .bands
        .iter()
        .map(|&band| request.features.bands_hz[band])
        .collect();
    let whole = Candidate::whole(request.estimator, dataset);
    let from_starter = request.starter.is_some() && candidate == whole;
    let decoder = Decoder {
        format: decoder::FORMAT.into(),
        version: decoder::VERSION,
        created_by: concat!("bci-cursor ", env!("CARGO_PKG_VERSION")).into(),
        channels,
        rate_hz: Some(rate.hz()),
        conditioning,
        features,
        classes: dataset.classes.clone(),
        model,
        origin: Origin::Personal { from_starter },
        figures: Some(figures),
        idle_gate: None,
        reading: None,
        recordings: Vec::new(),
    };
    Ok(Made {
        decoder,
        candidate,
        held_out,
    })
}

/// Frames that are read from a recording at a time.
const READ_FRAMES: usize = 256;

/// The line frequency that stands out in the first minute of a recording.
pub(super) fn measure_mains(recording: &str, read_as: &ReadAs) -> Result<Option<f64>, SourceError> {
    let mut source = open_to_decode(recording, read_as)?;
    let layout = source.layout().clone();
    let mut meter = LineMeter::new(layout.rate, layout.channel_count());
    let mut block = Block::with_capacity(layout.channel_count(), READ_FRAMES);
    while layout.rate.secs_of(meter.frames()) < 60.0 {
        match source.next(&mut block)? {
            SourceEvent::Samples => block.iter().for_each(|frame| meter.push(frame)),
            SourceEvent::End => break,
            _ => {}
        }
    }
    Ok(meter.mains_hz())
}

/// File name and content hash of a recording.
///
/// # Errors
/// [`FitError::Io`] where it cannot be read.
pub(crate) fn hash_of(recording: &str) -> Result<RecordingHash, FitError> {
    if recording.starts_with("synthetic:") {
        // The description is all that there is to a synthetic patient.
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

/// Writes a decoder file, whole or not at all.
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
