//! Checks whether rest is interrupted as often as the fit predicted.

use crate::fit::idle_gate;
use crate::fit::{FitError, FitRequest, fit_recordings};
use crate::printable::printable;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::source;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use bci_cursor_calibration::IdleGate;
use bci_cursor_calibration::idle_gate::{Stretch, activations, poisson_interval};
use serde::Serialize;
use std::path::Path;

/// Measured on rest that the gate was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// How often the gate opened.
    pub activations: usize,
    /// Duration of rest, seconds.
    pub rest_s: f64,
    /// Activations per hour.
    pub per_hour: f64,
    /// 95 % interval of that rate (Garwood 1936).
    pub interval_per_hour: [f64; 2],
    /// Whether the two intervals overlap, so that the measurement does not contradict the prediction.
    pub agrees: bool,
}

/// The predicted and the measured rate of a subject.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestScore {
    /// The subject's name.
    pub subject: String,
    /// The gate, fitted on all recordings of the task but the last.
    pub stated: IdleGate,
    /// Measured in the rest between trials of the last recording.
    pub between_trials: Option<Measured>,
    /// Measured in recordings of rest only.
    pub at_rest: Option<Measured>,
    /// Fraction of the last recording's trials in which the gate opened.
    pub opened_share: f64,
}

/// A subject whose rest cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// A recording cannot be used.
    #[error("{}: {error}", printable(subject))]
    Subject {
        /// The subject's name.
        subject: String,
        /// The cause.
        error: FitError,
    },
    /// There is no recording before the last one to fit on.
    #[error(
        "{} has one recording; a gate is fitted on all but the last, so it takes two",
        printable(subject)
    )]
    OneRecording {
        /// The subject's name.
        subject: String,
    },
    /// There is no rest marker.
    #[error(
        "{}: no rest to fit a gate on: no recording but the last has a rest marker ({})", printable(subject),
        crate::fit::classes::REST_MARKERS.join(", ")
    )]
    NoRest {
        /// The subject's name.
        subject: String,
    },
}

/// For each subject, fits a gate on all recordings but the last, and counts how often it opens in the rest of the last
/// one and in recordings of rest only.
///
/// # Errors
/// [`RestError`] for the first subject who cannot be evaluated.
pub fn evaluate(
    subjects: &[Subject],
    request: &FitRequest,
    on_progress: OnProgress<'_>,
) -> Result<Vec<RestScore>, RestError> {
    let scored = parallel::map_with_progress(subjects, "people judged", on_progress, |subject| {
        of_subject(subject, request)
    });
    scored.into_iter().collect()
}

fn of_subject(subject: &Subject, request: &FitRequest) -> Result<RestScore, RestError> {
    let name = || subject.name.clone();
    let failed = |error| RestError::Subject {
        subject: name(),
        error,
    };
    let Some((last, fitted_on @ [_, ..])) = subject.imagery.split_last() else {
        return Err(RestError::OneRecording { subject: name() });
    };
    let texts: Vec<String> = fitted_on.iter().map(|path| text(path)).collect();
    let decoder = fit_recordings(&texts, request).map_err(failed)?;
    let stated = decoder
        .idle_gate
        .ok_or_else(|| RestError::NoRest { subject: name() })?;
    let confidence_of = |path: &Path| {
        idle_gate::confidence_of(&text(path), &decoder, &request.classes, &request.read_as)
    };
    let task = confidence_of(last).map_err(failed)?;
    let mut rest = Vec::new();
    for path in &subject.rest {
        rest.extend(confidence_of(path).map_err(failed)?);
    }
    let step_s = step_s(last, decoder.features.hop_ms, &request.read_as).map_err(failed)?;
    let trials: Vec<&Stretch> = task.iter().filter(|stretch| !stretch.resting).collect();
    let opens = |stretch: &&&Stretch| activations(&stretch.confidence, stated.threshold) > 0;
    let opened = trials.iter().filter(opens).count();
    Ok(RestScore {
        subject: name(),
        between_trials: measure(&task, &stated, step_s),
        at_rest: measure(&rest, &stated, step_s),
        opened_share: opened as f64 / trials.len().max(1) as f64,
        stated,
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn step_s(recording: &Path, hop_ms: u32, read_as: &ReadAs) -> Result<f64, FitError> {
    let rate = source::open_to_decode(&text(recording), read_as)?
        .layout()
        .rate;
    Ok(rate.secs_of(rate.samples_in_ms(hop_ms)))
}

/// Counts how often the gate opens in stretches of rest; `None` if there is no rest.
fn measure(stretches: &[Stretch], stated: &IdleGate, step_s: f64) -> Option<Measured> {
    let rest = stretches.iter().filter(|stretch| stretch.resting);
    let (mut count, mut steps) = (0, 0);
    for stretch in rest {
        count += activations(&stretch.confidence, stated.threshold);
        steps += stretch.confidence.len();
    }
    let rest_s = steps as f64 * step_s;
    let hours = rest_s / 3600.0;
    let [low, high] = poisson_interval(count).map(|mean| mean / hours);
    (steps > 0).then(|| Measured {
        activations: count,
        rest_s,
        per_hour: count as f64 / hours,
        interval_per_hour: [low, high],
        agrees: low <= stated.interval_per_hour[1] && high >= stated.interval_per_hour[0],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_agrees_or_contradicts() {
        let stated = IdleGate {
            threshold: 0.5,
            wanted_per_hour: 60.0,
            expected_per_hour: 60.0,
            interval_per_hour: [20.0, 100.0],
            rest_s: 600.0,
            opened_share: 0.5,
            time_to_decision_s: None,
        };
        let stretch = |resting, openings| Stretch {
            resting,
            confidence: [vec![0.1; 50], vec![0.9; 50]].concat().repeat(openings),
        };
        // Steps of 40 ms: a hundred openings in 400 s are 900 per hour; trials do not count.
        let busy = measure(&[stretch(true, 100), stretch(false, 9)], &stated, 0.04).unwrap();
        assert_eq!((busy.activations, busy.agrees), (100, false));
        assert!((busy.per_hour - 900.0).abs() < 1e-9, "{busy:?}");
        assert!(measure(&[stretch(true, 1)], &stated, 0.04).unwrap().agrees);
        assert_eq!(measure(&[stretch(false, 1)], &stated, 0.04), None);
    }
}
