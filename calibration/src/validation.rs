//! How good a decoder is on trials that it was not fitted on.

use crate::dataset::{Dataset, DatasetError};
use crate::logistic::softmax;
use crate::model::{Estimator, Model};
use crate::personal::Scored;
use serde::{Deserialize, Serialize};

/// What cross-validation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Accuracy that guessing reaches once in twenty times, by permutation of the labels.
    pub chance_95: f64,
    /// Probability of so many right or more by guessing, by permutation of the labels.
    pub p_value: f64,
    /// Contiguous folds that were held out in turn.
    pub folds: usize,
    /// Area under the ROC curve, mean over the folds; two classes only.
    pub auc: Option<f64>,
    /// Row: true class; column: predicted class; trials.
    pub confusion: Vec<Vec<usize>>,
    /// Information in one decision, bits (Wolpaw et al. 2000, IEEE Trans. Rehabilitation Engineering 8(2)).
    pub bits_per_trial: f64,
}

/// One trial, predicted by a model that was not fitted on it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Number of the trial.
    pub trial: usize,
    /// Its class.
    pub class: usize,
    /// Fold in which it was held out.
    pub fold: usize,
    /// Mean score of each class over the trial's windows.
    pub scores: Vec<f64>,
}

/// Cross-validated predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Every trial, in order of time.
    pub held_out: Vec<HeldOut>,
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
    starter: Option<&Model>,
    folds: usize,
) -> Result<Validation, DatasetError> {
    dataset.check()?;
    let trials = dataset.trials();
    let folds = folds.clamp(2, trials.len());
    let fold_of = blocked_folds(trials.len(), folds);
    let mut windows: Vec<Scored> = Vec::new();
    let mut held_out = Vec::with_capacity(trials.len());
    for fold in 0..folds {
        let is_held_out = |trial: usize| {
            trials
                .binary_search_by_key(&trial, |t| t.0)
                .is_ok_and(|place| fold_of[place] == fold)
        };
        let train = dataset.subset(|trial| !is_held_out(trial));
        check_every_class(&train.iter().map(|e| e.class).collect::<Vec<_>>(), dataset)?;
        let model = Model::fit(&train, dataset, estimator, starter)?;
        let mut scorer = model.scorer(dataset.channel_count)?;
        for &(trial, class) in trials.iter().filter(|trial| is_held_out(trial.0)) {
            let epochs = dataset.subset(|t| t == trial);
            let mut mean = vec![0.0; dataset.classes.len()];
            for epoch in &epochs {
                let scores = scorer.score(&epoch.covariances)?;
                crate::spd::axpy(1.0 / epochs.len() as f64, scores, &mut mean);
                windows.push((class, 1.0 / epochs.len() as f64, scores.to_vec()));
            }
            held_out.push(HeldOut {
                trial,
                class,
                fold,
                scores: mean,
            });
        }
    }
    Ok(Validation {
        figures: figures(&held_out, dataset.classes.len(), folds),
        held_out,
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

/// Figures of trials that were predicted in so many folds.
#[must_use]
pub fn figures(held_out: &[HeldOut], classes: usize, folds: usize) -> Figures {
    let trials = held_out.len();
    let predicted: Vec<usize> = held_out.iter().map(|trial| argmax(&trial.scores)).collect();
    let labels: Vec<usize> = held_out.iter().map(|trial| trial.class).collect();
    let mut confusion = vec![vec![0; classes]; classes];
    for (&label, &predicted) in labels.iter().zip(&predicted) {
        confusion[label][predicted] += 1;
    }
    let correct = (0..classes).map(|class| confusion[class][class]).sum();
    let accuracy = correct as f64 / trials as f64;
    let guessing = permutation_test(&predicted, &labels);
    Figures {
        trials,
        correct,
        accuracy,
        interval: wilson_interval(correct, trials),
        chance: 1.0 / classes as f64,
        chance_95: guessing.accuracy_95,
        p_value: guessing.p_value,
        folds,
        auc: mean_fold_auc(held_out).filter(|_| classes == 2),
        confusion,
        bits_per_trial: wolpaw_bits(accuracy, classes),
    }
}

/// Area under the ROC curve of two-class trials, mean over the folds that hold both classes; `None` where none does.
#[must_use]
pub fn mean_fold_auc(held_out: &[HeldOut]) -> Option<f64> {
    let folds = held_out
        .iter()
        .map(|trial| trial.fold + 1)
        .max()
        .unwrap_or(0);
    let by_fold: Vec<f64> = (0..folds)
        .filter_map(|fold| {
            let of_fold = held_out.iter().filter(|trial| trial.fold == fold);
            auc(of_fold.map(two_class_score))
        })
        .collect();
    (!by_fold.is_empty()).then(|| by_fold.iter().sum::<f64>() / by_fold.len() as f64)
}

/// Whether a trial is of the second class, and how much more it scores for it than for the first.
#[must_use]
pub fn two_class_score(trial: &HeldOut) -> (bool, f64) {
    let score = |class: usize| trial.scores.get(class).copied().unwrap_or(0.0);
    (trial.class == 1, score(1) - score(0))
}

/// Area under the ROC curve: the probability that a positive scores higher than a negative, ties counting half
/// (Mann and Whitney 1947). `None` where there is no positive or no negative.
pub fn auc(scored: impl IntoIterator<Item = (bool, f64)>) -> Option<f64> {
    let (positives, negatives): (Vec<_>, Vec<_>) =
        scored.into_iter().partition(|(positive, _)| *positive);
    let pairs = positives.len() * negatives.len();
    let won = positives.iter().flat_map(|(_, p)| {
        negatives.iter().map(move |(_, n)| match p.total_cmp(n) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
    });
    (pairs > 0).then(|| won.sum::<f64>() / pairs as f64)
}

/// Bits in one decision among so many classes, with all errors alike (Wolpaw et al. 2000); 0 at or below chance.
#[must_use]
pub fn wolpaw_bits(accuracy: f64, classes: usize) -> f64 {
    let n = classes as f64;
    if accuracy <= 1.0 / n {
        return 0.0;
    }
    let information = |p: f64| if p > 0.0 { p * libm::log2(p) } else { 0.0 };
    let errors = 1.0 - accuracy;
    let spread = if errors > 0.0 {
        errors * libm::log2(errors / (n - 1.0))
    } else {
        0.0
    };
    libm::log2(n) + information(accuracy) + spread
}

/// What guessing does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guessing {
    /// Probability of as many right predictions or more.
    pub p_value: f64,
    /// Accuracy that is reached once in twenty times.
    pub accuracy_95: f64,
}

const PERMUTATIONS: usize = 2000;

/// How often shuffled labels fit the predictions as well as the true ones (Ojala and Garriga 2010, JMLR 11).
#[must_use]
pub fn permutation_test(predicted: &[usize], labels: &[usize]) -> Guessing {
    let right = |labels: &[usize]| labels.iter().zip(predicted).filter(|(a, b)| a == b).count();
    let observed = right(labels);
    let mut shuffled = labels.to_vec();
    // A seeded generator of its own: the same data give the same figure.
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut below = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize * n) >> 31
    };
    let mut counts: Vec<usize> = (0..PERMUTATIONS)
        .map(|_| {
            (1..shuffled.len())
                .rev()
                .for_each(|k| shuffled.swap(k, below(k + 1)));
            right(&shuffled)
        })
        .collect();
    let as_good = counts.iter().filter(|&&count| count >= observed).count();
    counts.sort_unstable();
    let place = (PERMUTATIONS as f64 * 0.95) as usize;
    Guessing {
        p_value: (1 + as_good) as f64 / (1 + PERMUTATIONS) as f64,
        accuracy_95: counts[place] as f64 / labels.len().max(1) as f64,
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

/// The one factor `g` that makes `softmax(g × scores)` the most likely explanation of the classes (temperature
/// scaling, Guo et al. 2017): classifiers fitted on few, correlated windows are over-confident.
#[must_use]
pub fn log_odds_gain(windows: &[Scored]) -> f64 {
    let slope = |gain: f64| -> f64 {
        windows
            .iter()
            .map(|(class, weight, scores)| {
                let scaled: Vec<f64> = scores.iter().map(|score| gain * score).collect();
                let expected: f64 = softmax(&scaled)
                    .iter()
                    .zip(scores)
                    .map(|(p, s)| p * s)
                    .sum();
                weight * (scores[*class] - expected)
            })
            .sum()
    };
    // The likelihood is concave in the gain, so its slope has one root. A decoder that is no better than chance has
    // it at or below zero; the floor keeps the sign of its scores without giving them any weight.
    let (mut low, mut high) = (1e-6, MOST_GAIN);
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

/// Perfectly separated trials would have no largest gain.
const MOST_GAIN: f64 = 10.0;

/// Mean of `-ln p(class)` over windows by their weights, with scores times a gain.
#[must_use]
pub fn mean_log_loss(windows: &[Scored], gain: f64) -> f64 {
    let (mut loss, mut total) = (0.0, 0.0);
    for (class, weight, scores) in windows {
        let scaled: Vec<f64> = scores.iter().map(|score| gain * score).collect();
        loss -= weight * libm::log(softmax(&scaled)[*class].max(f64::MIN_POSITIVE));
        total += weight;
    }
    loss / f64::max(total, f64::MIN_POSITIVE)
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
    fn guessing_is_binomial_where_labels_are_balanced() {
        // 30 of 40 right on balanced labels and predictions: hypergeometric, p = 0.0019.
        let labels: Vec<usize> = (0..40).map(|k| k % 2).collect();
        let predicted: Vec<usize> = (0..40)
            .map(|k| if k < 10 { 1 - k % 2 } else { k % 2 })
            .collect();
        let guessing = permutation_test(&predicted, &labels);
        assert!(guessing.p_value < 0.01, "{guessing:?}");
        assert!((0.6..=0.7).contains(&guessing.accuracy_95), "{guessing:?}");
        let chance = permutation_test(&[0, 1, 1, 0].repeat(10), &labels);
        assert!(chance.p_value > 0.3, "{chance:?}");
    }

    #[test]
    fn auc_counts_pairs() {
        assert_eq!(
            auc([(true, 2.0), (true, 1.0), (false, 1.0), (false, 0.0)]),
            Some(0.875)
        );
        assert_eq!(auc([(true, 2.0)]), None);
    }

    #[test]
    fn information_of_a_decision() {
        assert_eq!(wolpaw_bits(1.0, 4), 2.0);
        assert_eq!(wolpaw_bits(0.5, 2), 0.0);
        assert!((wolpaw_bits(0.9, 2) - 0.531_004).abs() < 1e-6);
    }

    #[test]
    fn gain_recovers_the_scale_of_log_odds() {
        // Of windows with score difference d, a share 1/(1+exp(-d/4)) belongs to class 1: the gain is 1/4.
        let mut windows = Vec::new();
        for d in [-8.0, -4.0, -1.0, 1.0, 4.0, 8.0f64] {
            let ones = (1000.0 / (1.0 + (-d / 4.0).exp())).round() as usize;
            windows.extend((0..1000).map(|k| (usize::from(k < ones), 1.0, vec![0.0, d])));
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
        for estimator in [
            Estimator::TangentSpace,
            Estimator::Csp { pairs: 1 },
            Estimator::BandPower,
        ] {
            let validation = cross_validate(&dataset(1.5, 30), estimator, None, 5).unwrap();
            assert!(
                validation.figures.accuracy > 0.95,
                "{estimator:?}: {:?}",
                validation.figures
            );
        }
    }

    #[test]
    fn noise_stays_at_chance() {
        let figures = cross_validate(&dataset(0.0, 60), Estimator::TangentSpace, None, 5)
            .unwrap()
            .figures;
        assert!(figures.p_value > 0.01, "{figures:?}");
    }

    #[test]
    fn too_few_trials_are_named() {
        let error = cross_validate(&dataset(1.0, 4), Estimator::TangentSpace, None, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class 'left_hand' has 2 trials; at least 3 are needed"
        );
    }
}
