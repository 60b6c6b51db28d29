//! How well looks are recognised: each is decoded with the response to all others.

use crate::looking::figures::{Dynamic, LookingFigures, PAUSE_S, Recognised, bits_per_min};
use crate::runtime::parallel;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, CvepError, GRID_HZ, Training, Trial};
use bci_cursor_calibration::statistics::argmax;

/// Dynamic stopping ends a look at this probability of the best tag, given that one is looked at. Chosen on C02 and simulated people.
const STOP_PROBABILITY: f64 = 0.9;
/// It does not end one earlier, seconds, and looks at the probabilities this often.
const SHORTEST_S: f64 = 0.5;
const EVERY: usize = 6;
/// Times after which looks are judged, seconds.
const TIMES_S: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// What a decoder says of one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    target: usize,
    tags: usize,
    /// Which tag is the most likely one after each sample, and how likely it is, given that one is looked at.
    best: Vec<(usize, f64)>,
}

/// Decodes each look with the response to all others.
///
/// # Errors
/// [`CvepError`] if no response can be fitted.
pub fn leave_one_out(trials: &[Trial]) -> Result<Vec<Decoded>, CvepError> {
    let training = Training::new(trials)?;
    let places: Vec<usize> = (0..trials.len()).collect();
    let of = |held_out: &usize| {
        let trial = &trials[*held_out];
        let model = training.fit_without(*held_out)?;
        decode(
            trial,
            CvepDecoder::new(&model, trial.look.brightness.rows()),
        )
    };
    parallel::map(&places, of).into_iter().collect()
}

fn decode(trial: &Trial, mut decoder: CvepDecoder) -> Result<Decoded, CvepError> {
    let tags = trial.look.brightness.rows();
    decoder.begin(tags)?;
    let mut brightness = vec![0.0; tags];
    let mut best = Vec::with_capacity(trial.look.samples());
    for (at, sample) in trial.look.eeg.iter().enumerate() {
        for (now, code) in brightness.iter_mut().zip(trial.look.brightness.iter()) {
            *now = code[at];
        }
        if at == trial.look.lead_in {
            decoder.restart();
        }
        decoder.push(sample, &brightness);
        if at >= trial.look.lead_in {
            let probability = &decoder.posterior(0.0)[..tags];
            let tag = argmax(probability);
            best.push((tag, probability[tag]));
        }
    }
    Ok(Decoded {
        target: trial.target,
        tags,
        best,
    })
}

/// Looks that are recognised after this time; `None` if no look is that long.
#[must_use]
pub fn accuracy(decoded: &[Decoded], seconds: f64) -> Option<Recognised> {
    let samples = (seconds * GRID_HZ).round() as usize;
    let right = decoded.iter().filter_map(|look| {
        // The end of a look is known to within a sample.
        let at = samples.min(look.best.len());
        (at + 1 >= samples).then(|| look.best[at - 1].0 == look.target)
    });
    let right: Vec<bool> = right.collect();
    (!right.is_empty()).then(|| Recognised {
        seconds,
        right: right.iter().filter(|right| **right).count(),
        looks: right.len(),
    })
}

/// What is recognised where each look ends as soon as it is clear, or when it is over.
#[must_use]
pub fn dynamic(decoded: &[Decoded]) -> Dynamic {
    let (mut right, mut seconds) = (0, 0.0);
    let first = (SHORTEST_S * GRID_HZ).round() as usize;
    for look in decoded {
        let last = look.best.len() - 1;
        let is_clear = |at: &usize| look.best[*at].1 >= STOP_PROBABILITY;
        let moments = (first - 1..look.best.len()).step_by(EVERY);
        let end = moments.clone().find(is_clear).unwrap_or(last);
        right += usize::from(look.best[end].0 == look.target);
        seconds += (end + 1) as f64 / GRID_HZ + PAUSE_S;
    }
    let looks = decoded.len();
    let accuracy = right as f64 / looks.max(1) as f64;
    Dynamic {
        right,
        mean_s: seconds / looks.max(1) as f64 - PAUSE_S,
        bits_per_min: bits_per_min(accuracy, mean_tags(decoded), looks, seconds),
    }
}

fn mean_tags(decoded: &[Decoded]) -> usize {
    let tags: usize = decoded.iter().map(|look| look.tags).sum();
    (tags as f64 / decoded.len().max(1) as f64).round() as usize
}

/// All figures.
pub(super) fn figures(decoded: &[Decoded]) -> LookingFigures {
    let after = TIMES_S.iter().filter_map(|at| accuracy(decoded, *at));
    LookingFigures {
        looks: decoded.len(),
        tags: mean_tags(decoded),
        after: after.collect(),
        dynamic: dynamic(decoded),
        elsewhere: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(target: usize, best: Vec<(usize, f64)>) -> Decoded {
        Decoded {
            target,
            tags: 9,
            best,
        }
    }

    #[test]
    fn only_looks_that_are_long_enough_count() {
        let short = looked(1, vec![(0, 0.5); 119]);
        let long = looked(1, vec![(1, 0.5); 360]);
        let both = [short, long];
        let right = |after| accuracy(&both, after).map(|found| (found.right, found.looks));
        assert_eq!(right(1.0), Some((1, 2)));
        assert_eq!(right(2.0), Some((1, 1)));
        assert_eq!(right(3.5), None);
        let after: Vec<f64> = figures(&both).after.iter().map(|at| at.seconds).collect();
        assert_eq!(after, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_look_ends_when_it_is_clear() {
        let mut best = vec![(0, 0.3); 240];
        // Clear from 1 s on.
        best[119..].fill((2, 0.95));
        let found = dynamic(&[looked(2, best), looked(3, vec![(3, 0.2); 180])]);
        assert_eq!(found.right, 2);
        assert!((found.mean_s - 1.25).abs() < 1e-9, "{found:?}");
        // Half a second of pause after 1 s and 1.5 s.
        let expected = libm::log2(9.0) * 60.0 / 1.75;
        assert!((found.bits_per_min - expected).abs() < 1e-9, "{found:?}");
    }
}
