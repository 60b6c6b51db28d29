//! Fits a decoder to recordings, through the live path.

mod channel_survey;
pub mod classes;
mod cross_validation;
mod decoder_file;
pub mod diagnostics;
mod epoching;
mod error;
pub mod face;
pub mod idle_gate;
mod line_frequency;
pub mod looking;
pub mod reading;
mod request;
pub mod trial_windows;

pub(crate) use decoder_file::hash_of;
pub use decoder_file::{load_decoder, save_decoder};
pub(crate) use epoching::collect;
pub use error::FitError;
pub use request::{BANDS_HZ, FitRequest, Mains, check_classes};

use crate::montage::canonical_label;
use crate::runtime::progress::{NO_PROGRESS, OnProgress};
use crate::source::open_to_decode;
use crate::units::Hertz;
use bci_cursor_calibration::selection::Candidate;
use bci_cursor_calibration::validation::HeldOut;
use bci_cursor_calibration::{ConditioningSpec, Dataset, Decoder, Origin, decoder, estimators};
use channel_survey::usable_channels;
use cross_validation::{ValidatedModel, fit_validated};
use diagnostics::Diagnostics;
use line_frequency::measure_mains;
use reading::remembered;

/// Fits a decoder to recordings (files or synthetic patients), in the given order.
///
/// # Errors
/// [`FitError`] if a recording, a class or a marker is not usable.
pub fn fit_recordings(recordings: &[String], request: &FitRequest) -> Result<Decoder, FitError> {
    fit_recordings_with_progress(recordings, request, NO_PROGRESS)
}

/// Like [`fit_recordings`], and reports progress.
///
/// # Errors
/// As [`fit_recordings`].
pub fn fit_recordings_with_progress(
    recordings: &[String],
    request: &FitRequest,
    on_progress: OnProgress<'_>,
) -> Result<Decoder, FitError> {
    fit_then(recordings, request, on_progress, |fitted, _, _| {
        Ok(fitted.decoder)
    })
}

/// Like [`fit_recordings`], and returns diagnostics.
///
/// # Errors
/// As [`fit_recordings`].
pub fn fit_with_diagnostics(
    recordings: &[String],
    request: &FitRequest,
) -> Result<(Decoder, Diagnostics), FitError> {
    fit_then(
        recordings,
        request,
        NO_PROGRESS,
        |fitted, dataset, request| {
            let Made {
                decoder, held_out, ..
            } = fitted;
            let diagnostics = Diagnostics::of(&decoder, &held_out, dataset, recordings, request)?;
            Ok((decoder, diagnostics))
        },
    )
}

/// Fits a decoder, and passes it to `then` with its data and the request adapted to the starter.
fn fit_then<T>(
    recordings: &[String],
    request: &FitRequest,
    on_progress: OnProgress<'_>,
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
            "the starter needs all of its channels, so this decoder is fitted on the patient's own trials only"
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
        on_progress,
    )?;
    let dataset = &collected.dataset;
    let mut made = fit_candidate(
        dataset,
        &request,
        channels,
        layout.rate,
        conditioning,
        on_progress,
    )?;
    made.decoder.reading = remembered(recordings.iter().zip(&collected.readings));
    if let Some(wanted) = request.false_activations_per_hour {
        made.decoder.idle_gate = idle_gate::fit_gate(
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

/// Adapts a request to a starter: its channels and features, and its order of classes.
fn with_starter(request: &FitRequest, starter: &Decoder) -> FitRequest {
    let mut request = request.clone();
    request.channels.clone_from(&starter.channels);
    request.features = starter.features.clone();
    request.estimator = estimators::TANGENT_SPACE;
    request.classes.sort_by_key(|class| {
        let place = starter.classes.iter().position(|name| *name == class.class);
        place.unwrap_or(usize::MAX)
    });
    request
}

/// Fits a decoder to labelled windows that the live path produced under the given conditions.
///
/// # Errors
/// [`FitError::Dataset`] if there is too little data.
pub fn fit_dataset(
    dataset: &Dataset,
    request: &FitRequest,
    channels: Vec<String>,
    rate: Hertz,
    conditioning: ConditioningSpec,
) -> Result<Decoder, FitError> {
    let made = fit_candidate(dataset, request, channels, rate, conditioning, NO_PROGRESS)?;
    Ok(made.decoder)
}

/// A decoder, the channels and bands that it uses, and the prediction of each trial.
struct Made {
    decoder: Decoder,
    candidate: Candidate,
    held_out: Vec<HeldOut>,
}

/// Like [`fit_dataset`], with details.
fn fit_candidate(
    dataset: &Dataset,
    request: &FitRequest,
    channels: Vec<String>,
    rate: Hertz,
    conditioning: ConditioningSpec,
    on_progress: OnProgress<'_>,
) -> Result<Made, FitError> {
    let ValidatedModel {
        candidate,
        model,
        figures,
        held_out,
    } = fit_validated(dataset, request, &channels, on_progress)?;
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
