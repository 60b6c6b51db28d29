//! How well the code that a person looks at is recognised.
//!
//! Each look is decoded with the response to all other looks of the person (leave-one-out), or without knowing any target ([`unlabelled`]).

mod signal;
mod trials;
mod unlabelled;

use super::{Labels, LookingError, LookingScore, PAUSE_S, bits_per_min, share};
use crate::runtime::parallel;
use crate::source::channels::ReadAs;
use crate::starters::people::Subject;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, CvepError, GRID_HZ, Training, Trial};
use bci_cursor_calibration::statistics::argmax;

/// Dynamic stopping ends a look at this probability of the best tag, given that one is looked at. Chosen on C02 and simulated people.
const STOP_PROBABILITY: f64 = 0.9;
/// It does not end one earlier, seconds, and looks at the probabilities this often.
const SHORTEST_S: f64 = 0.5;
const EVERY: usize = 6;
/// The shortest of the windows whose accuracy is reported, seconds.
const NEEDED_S: f64 = 1.0;

/// The looks in all recordings of a person; `None` if none of them is a recording of codes.
pub(super) fn read(
    subject: &Subject,
    read_as: &ReadAs,
) -> Result<Option<Vec<Trial>>, LookingError> {
    let (mut trials, mut other): (Option<Vec<Trial>>, _) = (None, None);
    for path in &subject.imagery {
        match trials::read(path, read_as)? {
            Some(found) => trials.get_or_insert_default().extend(found),
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

/// What a decoder says of one look.
struct Decoded {
    target: usize,
    tags: usize,
    /// Which tag is the most likely one after each sample, and how likely it is, given that one is looked at.
    best: Vec<(usize, f64)>,
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
    let (accuracy_dynamic, bits_per_min) = dynamic(&decoded);
    Ok(LookingScore {
        accuracy_1s: accuracy(&decoded, 1.0),
        accuracy_2s: accuracy(&decoded, 2.0),
        accuracy_3s: accuracy(&decoded, 3.0),
        accuracy_4s: accuracy(&decoded, 4.0),
        bits_per_min: Some(bits_per_min),
        accuracy_dynamic: Some(accuracy_dynamic),
        ..LookingScore::default()
    })
}

fn leave_one_out(trials: &[Trial]) -> Result<Vec<Decoded>, CvepError> {
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

/// Share of looks that are recognised after this time; `None` if no look is that long.
fn accuracy(decoded: &[Decoded], seconds: f64) -> Option<f64> {
    let samples = (seconds * GRID_HZ).round() as usize;
    let right = decoded.iter().filter_map(|look| {
        // The end of a look is known to within a sample.
        let at = samples.min(look.best.len());
        (at + 1 >= samples).then(|| look.best[at - 1].0 == look.target)
    });
    let right: Vec<bool> = right.collect();
    let count = right.iter().filter(|right| **right).count();
    (!right.is_empty()).then(|| share(count, right.len()))
}

/// Accuracy and bits per minute where each look ends as soon as it is clear, or when it is over.
fn dynamic(decoded: &[Decoded]) -> (f64, f64) {
    let (mut right, mut seconds, mut tags) = (0, 0.0, 0);
    let first = (SHORTEST_S * GRID_HZ).round() as usize;
    for look in decoded {
        let last = look.best.len() - 1;
        let is_clear = |at: &usize| look.best[*at].1 >= STOP_PROBABILITY;
        let moments = (first - 1..look.best.len()).step_by(EVERY);
        let end = moments.clone().find(is_clear).unwrap_or(last);
        right += usize::from(look.best[end].0 == look.target);
        seconds += (end + 1) as f64 / GRID_HZ + PAUSE_S;
        tags += look.tags;
    }
    let looks = decoded.len();
    let accuracy = share(right, looks);
    let tags = (tags as f64 / looks.max(1) as f64).round() as usize;
    (accuracy, bits_per_min(accuracy, tags, looks, seconds))
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
        assert_eq!(accuracy(&both, 1.0), Some(0.5));
        assert_eq!(accuracy(&both, 2.0), Some(1.0));
        assert_eq!(accuracy(&both, 3.5), None);
    }

    #[test]
    fn a_look_ends_when_it_is_clear() {
        let mut best = vec![(0, 0.3); 240];
        // Clear from 1 s on.
        best[119..].fill((2, 0.95));
        let (right, bits) = dynamic(&[looked(2, best), looked(3, vec![(3, 0.2); 180])]);
        assert_eq!(right, 1.0);
        // Half a second of pause after 1 s and 1.5 s.
        let expected = libm::log2(9.0) * 60.0 / 1.75;
        assert!((bits - expected).abs() < 1e-9, "{bits} and {expected}");
    }
}
