//! Fits the idle gate: measures the decoder's confidence during rest, on recordings that it was not fitted on.

use super::classes::{ClassMarker, REST_MARKERS};
use super::epoching::Collected;
use super::error::FitError;
use super::reading::read_as_for;
use super::request::FitRequest;
use crate::decoding::{Decoding, DecodingSettings, Role};
use crate::preprocessing::Preprocessor;
use crate::runtime::parallel;
use crate::source::channels::ReadAs;
use crate::source::open_to_decode;
use crate::source::walk::{Passed, Walk};
use bci_cursor_calibration::idle_gate::{self, Stretch};
use bci_cursor_calibration::selection::{self, Candidate};
use bci_cursor_calibration::{Decoder, IdleGate};

/// A stretch, and the number of cues before it in its recording.
type Placed = (usize, Stretch);

/// Part of a recording that is scored by a decoder not fitted on it: the cues from `from` up to `to`.
struct Part {
    recording: usize,
    from: usize,
    to: usize,
}

/// Fits a gate for a decoder. Each recording is scored by a model fitted on the others; the halves of a single
/// recording by each other. `None` if there is no rest.
///
/// # Errors
/// [`FitError`] if a recording cannot be read again.
pub(super) fn fit_gate(
    recordings: &[String],
    request: &FitRequest,
    decoder: &Decoder,
    candidate: &Candidate,
    collected: &Collected,
    wanted_per_hour: f64,
) -> Result<Option<IdleGate>, FitError> {
    let parts: Vec<Part> = match recordings {
        [_] => {
            let half = collected.recording_of.len() / 2;
            let part = |from, to| Part {
                recording: 0,
                from,
                to,
            };
            vec![part(0, half), part(half, usize::MAX)]
        }
        _ => (0..recordings.len())
            .map(|recording| Part {
                recording,
                from: 0,
                to: usize::MAX,
            })
            .collect(),
    };
    let judged = parallel::map(&parts, |part| {
        judge(part, recordings, request, decoder, candidate, collected)
    });
    let mut stretches = Vec::new();
    for part in judged {
        stretches.extend(part?);
    }
    let Some(step_s) = step_s(recordings, decoder, &request.read_as)? else {
        return Ok(None);
    };
    Ok(idle_gate::fit(&stretches, step_s, wanted_per_hour))
}

fn step_s(
    recordings: &[String],
    decoder: &Decoder,
    read_as: &ReadAs,
) -> Result<Option<f64>, FitError> {
    let Some(first) = recordings.first() else {
        return Ok(None);
    };
    let read_as = read_as_for(decoder, read_as);
    let rate = open_to_decode(first, &read_as)?.layout().rate;
    Ok(Some(
        rate.secs_of(rate.samples_in_ms(decoder.features.hop_ms)),
    ))
}

fn judge(
    part: &Part,
    recordings: &[String],
    request: &FitRequest,
    decoder: &Decoder,
    candidate: &Candidate,
    collected: &Collected,
) -> Result<Vec<Stretch>, FitError> {
    let first_of_recording = collected
        .recording_of
        .iter()
        .position(|&recording| recording == part.recording)
        .unwrap_or(0);
    let is_inside = |trial: usize| {
        collected.recording_of.get(trial) == Some(&part.recording)
            && (part.from..part.to).contains(&(trial - first_of_recording.min(trial)))
    };
    let dataset = &collected.dataset;
    let others = dataset.part(|trial| !is_inside(trial));
    let every_class =
        (0..dataset.classes.len()).all(|c| others.epochs.iter().any(|epoch| epoch.class == c));
    if !every_class {
        return Ok(Vec::new());
    }
    let starter = request.starter.as_ref().map(|starter| &starter.model);
    let mut model = selection::fit(&others, dataset, candidate, starter)?;
    model.take_gains(&decoder.model);
    let mut blind = decoder.clone();
    blind.model = model;
    let placed = stretches(
        &recordings[part.recording],
        &blind,
        &request.classes,
        &request.read_as,
    )?;
    // The rest after a cue belongs to the same part as the cue.
    let mine = placed
        .into_iter()
        .filter(|(cues, _)| (part.from..part.to).contains(&cues.saturating_sub(1)));
    Ok(mine.map(|(_, stretch)| stretch).collect())
}

/// The confidence of a decoder during each rest and each trial of a recording.
///
/// # Errors
/// [`FitError`] if the recording cannot be read or does not fit the decoder.
pub fn confidence_of(
    recording: &str,
    decoder: &Decoder,
    classes: &[ClassMarker],
    read_as: &ReadAs,
) -> Result<Vec<Stretch>, FitError> {
    let placed = stretches(recording, decoder, classes, read_as)?;
    Ok(placed.into_iter().map(|(_, stretch)| stretch).collect())
}

/// Each stretch starts where a whole window lies inside it, so that earlier activity has no influence.
fn stretches(
    recording: &str,
    decoder: &Decoder,
    classes: &[ClassMarker],
    read_as: &ReadAs,
) -> Result<Vec<Placed>, FitError> {
    let mut source = open_to_decode(recording, &read_as_for(decoder, read_as))?;
    let layout = source.layout().clone();
    let at_fault = |error| FitError::Layout {
        recording: recording.to_owned(),
        error,
    };
    let mut preprocessor = Preprocessor::new(
        &layout,
        &decoder.channels,
        &decoder.conditioning,
        &decoder.features,
    )
    .map_err(at_fault)?;
    let settings = DecodingSettings {
        rest_threshold: Some(0.0),
        checks_eeg: false,
        ..DecodingSettings::default()
    };
    let roles = vec![Role::Rest; decoder.classes.len()];
    let step_s = layout.rate.secs_of(preprocessor.hop());
    let steps_per_window = preprocessor.window() / preprocessor.hop();
    let mut decoding =
        Decoding::new(decoder, roles, settings, step_s, steps_per_window).map_err(|error| {
            FitError::Decoder {
                path: recording.into(),
                error,
            }
        })?;
    let window = preprocessor.window();
    let (mut out, mut current): (Vec<Placed>, Option<(u64, Placed)>) = (Vec::new(), None);
    let mut cues = 0;
    let mut walk = Walk::new(source.as_mut());
    while let Some(passed) = walk.advance()? {
        match passed {
            Passed::Samples(block) => preprocessor.process(block, |window_of| {
                let intent = decoding.step(&window_of);
                if let Some((from, (_, stretch))) = &mut current
                    && window_of.end.0 >= *from
                {
                    stretch.confidence.push(intent.confidence);
                }
            }),
            Passed::Marker(marker) => {
                out.extend(current.take().map(|(_, placed)| placed));
                let cued = classes
                    .iter()
                    .any(|class| class.is_announced(&marker.label, recording));
                let resting = REST_MARKERS.contains(&marker.label.as_str());
                cues += usize::from(cued);
                if cued || resting {
                    // A trial counts from its cue; rest must be free of the imagery before it.
                    let from = marker.at.0 + if resting { window } else { 0 };
                    current = Some((
                        from,
                        (
                            cues,
                            Stretch {
                                resting,
                                confidence: Vec::new(),
                            },
                        ),
                    ));
                }
            }
            Passed::Gap { .. } | Passed::ClockReset => {}
        }
    }
    out.extend(current.take().map(|(_, placed)| placed));
    Ok(out)
}
