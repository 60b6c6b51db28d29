//! How well codes are recognised if nobody knows what was looked at before.
//!
//! Looks are taken in order. Each is answered before the next one, from all looks until then.

use super::{LookingScore, share};
use crate::runtime::parallel;
use bci_cursor_calibration::looking::cvep::{CvepError, GRID_HZ, Look, Trial, UnlabelledStart};
use bci_cursor_calibration::matrix::Matrix;
use bci_cursor_calibration::statistics::argmax;

/// Lengths of looks that are evaluated, seconds.
const LENGTHS_S: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// Shares of the second half of looks that are recognised, for each length.
pub(super) fn score(trials: &[Trial]) -> Result<LookingScore, CvepError> {
    let shares = parallel::map(&LENGTHS_S, |length_s| second_half(trials, *length_s));
    let shares: Vec<Option<f64>> = shares.into_iter().collect::<Result<_, _>>()?;
    let of = |place: usize| shares.get(place).copied().flatten();
    Ok(LookingScore {
        accuracy_1s: of(0),
        accuracy_2s: of(1),
        accuracy_3s: of(2),
        accuracy_4s: of(3),
        ..LookingScore::default()
    })
}

/// `None` if no look is that long.
fn second_half(trials: &[Trial], length_s: f64) -> Result<Option<f64>, CvepError> {
    let samples = (length_s * GRID_HZ).round() as usize;
    // The end of a look is known to within a sample.
    let is_long = |trial: &&Trial| trial.look.samples() + 1 >= samples;
    let mut start = UnlabelledStart::new()?;
    let mut right = Vec::new();
    for trial in trials.iter().filter(is_long) {
        let probability = start.add(shortened(&trial.look, samples))?;
        right.push(argmax(&probability) == trial.target);
    }
    let half = &right[right.len() / 2..];
    let count = half.iter().filter(|right| **right).count();
    Ok((!half.is_empty()).then(|| share(count, half.len())))
}

/// The beginning of a look.
fn shortened(look: &Look, samples: usize) -> Look {
    let rows = (look.lead_in + samples).min(look.eeg.rows());
    let mut eeg = Matrix::with_columns(look.eeg.columns());
    look.eeg.iter().take(rows).for_each(|row| eeg.push_row(row));
    let mut brightness = Matrix::with_columns(rows);
    let codes = look.brightness.iter();
    codes.for_each(|code| brightness.push_row(&code[..rows]));
    Look {
        eeg,
        brightness,
        lead_in: look.lead_in,
    }
}
