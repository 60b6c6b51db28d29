//! How often a tag would be selected while none of them is looked at: in the EEG of looks at other codes.

use crate::command::MOST_CODES;
use crate::looking::figures::Elsewhere;
use crate::looking::{CODES, CodeSet, Shown, code_book, decide};
use crate::stimulus::CodeBook;
use crate::time::SampleIndex;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, CvepError, CvepModel, GRID_HZ, Trial};

/// Displays on which the codes are elsewhere in their period.
const DISPLAYS: u64 = 12;
/// Their frames a second: a bit for two points of the grid.
const REFRESH_HZ: f64 = 60.0;
const POINTS_A_FRAME: u64 = 2;
/// Bits of the period of a code.
const PERIOD: u64 = 126;
/// Points of the grid between two decisions, as in a run.
const EVERY: usize = 6;
/// The sums of a look begin at zero, and need about this long to be as in a run, seconds. It does not count as time.
const BEGIN_S: f64 = 1.0;
/// A code is left out if it correlates more than this with what was looked at, up to this many points earlier or later.
const ALIKE: f64 = 0.4;
const MOST_SHIFT: usize = 4;

/// Decodes the EEG of all looks as if the codes of a run were shown on several displays, none of which the person saw.
///
/// # Errors
/// [`CvepError`] if the response cannot be used with these codes.
pub(super) fn elsewhere(model: &CvepModel, trials: &[Trial]) -> Result<Elsewhere, CvepError> {
    let book = code_book();
    let mut decoder = CvepDecoder::new(model, MOST_CODES);
    let (mut selections, mut points) = (0, 0);
    for display in 0..DISPLAYS {
        for trial in trials {
            let codes = codes(&book, display * PERIOD / DISPLAYS, trial);
            selections += selected(&mut decoder, trial, &codes)?;
            points += trial
                .look
                .samples()
                .saturating_sub((BEGIN_S * GRID_HZ) as usize);
        }
    }
    Ok(Elsewhere {
        selections,
        minutes: points as f64 / GRID_HZ / 60.0,
    })
}

/// What each code shows during a look, from a frame on; without those that are like what was looked at.
fn codes(book: &CodeBook, from: u64, trial: &Trial) -> Vec<Vec<f64>> {
    let seen = &trial.look.brightness.row(trial.target)[trial.look.lead_in..];
    let frame = |point: usize| from + point as u64 / POINTS_A_FRAME;
    let code = |code: u16| -> Vec<f64> {
        let points = 0..seen.len();
        let level = |point| book.brightness(code, frame(point), REFRESH_HZ);
        points.map(|point| level(point).unwrap_or(0.0)).collect()
    };
    let all = (0_u16..).take(book.codes.len()).map(code);
    all.filter(|code| !is_alike(code, seen)).collect()
}

/// Whether a code looks like what was seen, a little earlier or later.
fn is_alike(code: &[f64], seen: &[f64]) -> bool {
    let at = |early: &[f64], late: &[f64], shift: usize| {
        let pairs = early.iter().zip(late.iter().skip(shift));
        correlation(pairs.map(|(a, b)| (*a, *b)))
    };
    (0..=MOST_SHIFT).any(|shift| at(code, seen, shift) > ALIKE || at(seen, code, shift) > ALIKE)
}

/// Pearson's correlation; 0 if one side does not change.
fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = pairs.clone().count().max(1) as f64;
    let mean = |of: fn((f64, f64)) -> f64| pairs.clone().map(of).sum::<f64>() / count;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let covariance = mean(|pair| pair.0 * pair.1) - a * b;
    let variances = (mean(|pair| pair.0 * pair.0) - a * a) * (mean(|pair| pair.1 * pair.1) - b * b);
    if variances > 0.0 {
        covariance / libm::sqrt(variances)
    } else {
        0.0
    }
}

/// Number of selections in a look.
fn selected(
    decoder: &mut CvepDecoder,
    trial: &Trial,
    codes: &[Vec<f64>],
) -> Result<usize, CvepError> {
    let shown = Shown {
        from: SampleIndex(0),
        scene: 0,
        codes: (0..codes.len()).fold(CodeSet::NONE, CodeSet::with),
    };
    decoder.begin(codes.len())?;
    let mut brightness = vec![0.0; codes.len()];
    let mut selections = 0;
    let lead_in = trial.look.lead_in;
    for (at, sample) in trial.look.eeg.iter().enumerate() {
        let Some(point) = at.checked_sub(lead_in) else {
            decoder.push_unjudged(sample, &brightness);
            continue;
        };
        for (now, code) in brightness.iter_mut().zip(codes) {
            *now = code[point];
        }
        decoder.push(sample, &brightness);
        decoder.forget_doubt();
        let is_due = point.is_multiple_of(EVERY);
        if is_due && decide(decoder.log_odds(), shown, CODES).is_some() {
            selections += 1;
            decoder.restart();
        }
    }
    Ok(selections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_alike_if_one_is_a_little_late() {
        let book = code_book();
        let shown = |code, from: u64| -> Vec<f64> {
            let frames = from..from + 180;
            let level = |frame| book.brightness(code, frame, REFRESH_HZ).unwrap();
            frames.flat_map(|frame| [level(frame); 2]).collect()
        };
        let seen = shown(5, 40);
        assert!(is_alike(&seen, &seen) && is_alike(&shown(5, 41), &seen));
        assert!(is_alike(&shown(5, 39), &seen) && is_alike(&shown(5, 40 + PERIOD), &seen));
        let like = |code: &u16| is_alike(&shown(*code, 77), &seen);
        assert_eq!((0..32).filter(like).count(), 0);
        assert!(!is_alike(&[0.0; 360], &seen));
    }
}
