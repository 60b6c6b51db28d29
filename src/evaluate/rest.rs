//! Whether rest is interrupted as often as a fit said that it would be.

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

/// Rest that a gate was not fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// How often the gate opened.
    pub activations: usize,
    /// Rest, seconds.
    pub rest_s: f64,
    /// Activations per hour.
    pub per_hour: f64,
    /// 95 % interval of that rate (Garwood 1936).
    pub interval_per_hour: [f64; 2],
    /// The two intervals meet: what was measured does not contradict what was stated.
    pub agrees: bool,
}

/// What a fit stated of a subject's rest, and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestScore {
    /// Who.
    pub subject: String,
    /// Fitted on all recordings of the task but the last.
    pub stated: IdleGate,
    /// Rest between the trials of the last recording.
    pub between_trials: Option<Measured>,
    /// Recordings of nothing but rest.
    pub at_rest: Option<Measured>,
    /// Share of the last recording's trials in which the gate opened.
    pub opened_share: f64,
}

/// Rest that cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// Somebody's recordings.
    #[error("{}: {error}", printable(subject))]
    Subject {
        /// Who.
        subject: String,
        /// Why.
        error: FitError,
    },
    /// Nothing to fit on before the last recording.
    #[error(
        "{} has one recording; a gate is fitted on all but the last, so it takes two",
        printable(subject)
    )]
    OneRecording {
        /// Who.
        subject: String,
    },
    /// No rest marker.
    #[error(
        "{}: no rest to fit a gate on: no recording but the last has a rest marker ({})", printable(subject),
        crate::fit::classes::REST_MARKERS.join(", ")
    )]
    NoRest {
        /// Who.
        subject: String,
    },
}

/// For each subject, a gate fitted on all recordings but the last, and how often it opens in the rest of the last one and in
/// recordings of nothing but rest.
///
/// # Errors
/// [`RestError`] for the first subject that cannot be evaluated.
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

/// How often the gate opens in the stretches of rest; `None` where there is none.
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
    fn what_was_measured_agrees_or_contradicts() {
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
        // 40 ms a step: a hundred openings in 400 s are 900 an hour; trials do not count.
        let busy = measure(&[stretch(true, 100), stretch(false, 9)], &stated, 0.04).unwrap();
        assert_eq!((busy.activations, busy.agrees), (100, false));
        assert!((busy.per_hour - 900.0).abs() < 1e-9, "{busy:?}");
        assert!(measure(&[stretch(true, 1)], &stated, 0.04).unwrap().agrees);
        assert_eq!(measure(&[stretch(false, 1)], &stated, 0.04), None);
    }
}
