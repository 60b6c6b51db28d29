//! How good a decoder is on trials that it was not fitted on.

use crate::dataset::{Dataset, DatasetError};
use crate::model::{Estimator, Model};
use serde::{Deserialize, Serialize};

/// What cross-validation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Trials that were predicted.
    pub trials: usize,
    /// Trials of which the class was right.
    pub correct: usize,
    /// `correct / trials`.
    pub accuracy: f64,
    /// 95 % Wilson interval of the accuracy.
    pub interval: [f64; 2],
    /// Accuracy of guessing.
    pub chance: f64,
    /// Probability of so many right or more by guessing (binomial).
    pub p_value: f64,
    /// Contiguous folds that were held out in turn.
    pub folds: usize,
}

/// Cross-validated predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// The figures.
    pub figures: Figures,
    /// Gain that makes held-out window scores log-odds, see [`Model::log_odds_gain`].
    pub log_odds_gain: f64,
}

/// Held-out fold of each of `trials` trials: contiguous blocks in order of time, never shuffled, because
/// neighbouring EEG trials resemble each other and a shuffle would let the test set leak.
#[must_use]
pub fn blocked_folds(trials: usize, folds: usize) -> Vec<usize> {
    (0..trials).map(|trial| trial * folds / trials).collect()
}

/// Fits on all blocks but one and predicts that one, in turn. A trial's prediction is the class with the highest
/// mean score over its windows.
///
/// # Errors
/// Where the dataset is too small or degenerate.
pub fn cross_validate(
    dataset: &Dataset,
    estimator: Estimator,
    folds: usize,
) -> Result<Validation, DatasetError> {
    dataset.check()?;
    let trials = dataset.trials();
    let folds = folds.clamp(2, trials.len());
    let fold_of = blocked_folds(trials.len(), folds);
    let mut windows: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut correct = 0;
    for fold in 0..folds {
        let held_out = |trial: usize| {
            trials
                .binary_search_by_key(&trial, |t| t.0)
                .is_ok_and(|place| fold_of[place] == fold)
        };
        let train = dataset.subset(|trial| !held_out(trial));
        check_every_class(&train.iter().map(|e| e.class).collect::<Vec<_>>(), dataset)?;
        let model = Model::fit(&train, dataset, estimator)?;
        let mut scorer = model.scorer(dataset.channel_count);
        for &(trial, class) in trials.iter().filter(|trial| held_out(trial.0)) {
            let mut sum = vec![0.0; dataset.classes.len()];
            for epoch in dataset.subset(|t| t == trial) {
                let scores = scorer.score(&epoch.covariances)?;
                sum.iter_mut()
                    .zip(scores)
                    .for_each(|(sum, score)| *sum += score);
                windows.push((class, scores.to_vec()));
            }
            correct += usize::from(argmax(&sum) == class);
        }
    }
    let figures = figures(correct, trials.len(), dataset.classes.len(), folds);
    Ok(Validation {
        figures,
        log_odds_gain: log_odds_gain(&windows),
    })
}

fn check_every_class(labels: &[usize], dataset: &Dataset) -> Result<(), DatasetError> {
    for (class, name) in dataset.classes.iter().enumerate() {
        if !labels.contains(&class) {
            let needed = crate::dataset::MIN_TRIALS_PER_CLASS;
            return Err(DatasetError::TooFewTrials {
                class: name.clone(),
                found: 0,
                needed,
            });
        }
    }
    Ok(())
}

/// Index of the largest value; the first of equals.
#[must_use]
pub fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (k, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = k;
        }
    }
    best
}

fn figures(correct: usize, trials: usize, classes: usize, folds: usize) -> Figures {
    let chance = 1.0 / classes as f64;
    Figures {
        trials,
        correct,
        accuracy: correct as f64 / trials as f64,
        interval: wilson_interval(correct, trials),
        chance,
        p_value: binomial_tail(correct, trials, chance),
        folds,
    }
}

/// 95 % interval of a proportion (Wilson 1927, JASA 22).
#[must_use]
pub fn wilson_interval(correct: usize, trials: usize) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    let n = trials as f64;
    let p = correct as f64 / n;
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

/// Probability of `at_least` successes or more in `trials` draws of probability `p`.
#[must_use]
pub fn binomial_tail(at_least: usize, trials: usize, p: f64) -> f64 {
    let ln_choose = |k: usize| {
        libm::lgamma(trials as f64 + 1.0)
            - libm::lgamma(k as f64 + 1.0)
            - libm::lgamma((trials - k) as f64 + 1.0)
    };
    let term = |k: usize| {
        libm::exp(ln_choose(k) + k as f64 * libm::log(p) + (trials - k) as f64 * libm::log(1.0 - p))
    };
    (at_least..=trials).map(term).sum::<f64>().min(1.0)
}

/// The one factor `g` that makes `softmax(g × scores)` the most likely explanation of the classes (temperature
/// scaling, Guo et al. 2017): LDA on few, correlated windows is over-confident.
fn log_odds_gain(windows: &[(usize, Vec<f64>)]) -> f64 {
    let slope = |gain: f64| -> f64 {
        windows
            .iter()
            .map(|(class, scores)| {
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights = scores.iter().map(|score| libm::exp(gain * (score - top)));
                let (mut total, mut expected) = (0.0, 0.0);
                for (weight, score) in weights.zip(scores) {
                    total += weight;
                    expected += weight * score;
                }
                scores[*class] - expected / total
            })
            .sum()
    };
    // The likelihood is concave in the gain, so its slope has one root. A decoder that is no better than chance has
    // it at or below zero; the floor keeps the sign of its scores without giving them any weight.
    let (mut low, mut high) = (1e-6, 10.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            low = middle
        } else {
            high = middle
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;

    #[test]
    fn folds_are_contiguous_and_even() {
        assert_eq!(blocked_folds(7, 3), [0, 0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn wilson_interval_agrees_with_published_values() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson")
        let [low, high] = wilson_interval(8, 10);
        assert!(
            (low - 0.490_162_47).abs() < 1e-7 && (high - 0.943_317_81).abs() < 1e-7,
            "{low} {high}"
        );
    }

    #[test]
    fn binomial_tail_of_fair_coins() {
        assert!((binomial_tail(9, 10, 0.5) - 11.0 / 1024.0).abs() < 1e-12);
        assert!((binomial_tail(0, 10, 0.5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn gain_recovers_the_scale_of_log_odds() {
        // Of windows with score difference d, a share 1/(1+exp(-d/4)) belongs to class 1: the gain is 1/4.
        let mut windows = Vec::new();
        for d in [-8.0, -4.0, -1.0, 1.0, 4.0, 8.0f64] {
            let ones = (1000.0 / (1.0 + (-d / 4.0).exp())).round() as usize;
            windows.extend((0..1000).map(|k| (usize::from(k < ones), vec![0.0, d])));
        }
        assert!((log_odds_gain(&windows) - 0.25).abs() < 1e-3);
    }

    fn dataset(separation: f64, trials: usize) -> Dataset {
        let mut seed = 1u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut epochs = Vec::new();
        for trial in 0..trials {
            let class = trial % 2;
            for _ in 0..3 {
                let a = (noise() + if class == 0 { separation } else { 0.0 }).exp();
                let b = (noise() + if class == 1 { separation } else { 0.0 }).exp();
                let c = 0.1 * noise();
                epochs.push(Epoch {
                    class,
                    trial,
                    covariances: vec![vec![a, c, c, b]],
                });
            }
        }
        let classes = vec!["left_hand".into(), "right_hand".into()];
        Dataset {
            classes,
            channel_count: 2,
            band_count: 1,
            epochs,
        }
    }

    #[test]
    fn separable_classes_are_told_apart_by_either_estimator() {
        for estimator in [Estimator::TangentSpace, Estimator::Csp { pairs: 1 }] {
            let validation = cross_validate(&dataset(1.5, 30), estimator, 5).unwrap();
            assert!(
                validation.figures.accuracy > 0.95,
                "{estimator:?}: {:?}",
                validation.figures
            );
        }
    }

    #[test]
    fn noise_stays_at_chance() {
        let figures = cross_validate(&dataset(0.0, 60), Estimator::TangentSpace, 5)
            .unwrap()
            .figures;
        assert!(figures.p_value > 0.01, "{figures:?}");
    }

    #[test]
    fn too_few_trials_are_named() {
        let error = cross_validate(&dataset(1.0, 4), Estimator::TangentSpace, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class 'left_hand' has 2 trials; at least 3 are needed"
        );
    }
}
