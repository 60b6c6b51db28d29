//! How well the code that a person looks at is recognised.
//!
//! Each look is decoded with the response to all other looks of the person (leave-one-out), or without knowing any target ([`unlabelled`]).

mod unlabelled;

use super::{Labels, LookingError, LookingScore, share};
use crate::fit::looking::{accuracy, dynamic, leave_one_out, read_looks};
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use bci_cursor_calibration::looking::cvep::{CvepError, GRID_HZ, Trial};

/// The shortest of the windows whose accuracy is reported, seconds.
const NEEDED_S: f64 = 1.0;

/// The looks in all recordings of a person; `None` if none of them is a recording of codes.
pub(super) fn read(
    subject: &Subject,
    read_as: &ReadAs,
) -> Result<Option<Vec<Trial>>, LookingError> {
    let (mut trials, mut other): (Option<Vec<Trial>>, _) = (None, None);
    for path in &subject.imagery {
        match read_looks(path, read_as, 0.0)? {
            Some(found) => trials.get_or_insert_default().extend(found.trials),
            None => other = Some(path),
        }
    }
    match (trials, other) {
        (Some(_), Some(path)) => Err(LookingError::Mixed {
            path: path.clone(),
            subject: subject.name.clone(),
        }),
        (trials, _) => Ok(trials),
    }
}

fn seconds(trial: &Trial) -> f64 {
    trial.look.samples() as f64 / GRID_HZ
}

/// Figures of a person.
pub(super) fn of_subject(
    subject: &Subject,
    trials: &[Trial],
    labels: Labels,
) -> Result<LookingScore, LookingError> {
    let name = || subject.name.clone();
    if trials.len() < 2 {
        return Err(LookingError::OneTrial {
            subject: name(),
            found: trials.len(),
        });
    }
    let longest_s = trials.iter().map(seconds).fold(0.0, f64::max);
    if longest_s + 1.0 / GRID_HZ < NEEDED_S {
        return Err(LookingError::ShortTrials {
            subject: name(),
            longest_s,
            needed_s: NEEDED_S,
        });
    }
    let score = match labels {
        Labels::Known => labelled(trials),
        Labels::Unknown => unlabelled::score(trials),
    };
    score.map_err(|error| LookingError::Response {
        subject: name(),
        error,
    })
}

fn labelled(trials: &[Trial]) -> Result<LookingScore, CvepError> {
    let decoded = leave_one_out(trials)?;
    let stopped = dynamic(&decoded);
    let after = |seconds| accuracy(&decoded, seconds).map(|found| found.share());
    Ok(LookingScore {
        accuracy_1s: after(1.0),
        accuracy_2s: after(2.0),
        accuracy_3s: after(3.0),
        accuracy_4s: after(4.0),
        bits_per_min: Some(stopped.bits_per_min),
        accuracy_dynamic: Some(share(stopped.right, decoded.len())),
        ..LookingScore::default()
    })
}
