//! Statistics of predictions: area under the curve, intervals, chance level, information.

use crate::logistic::softmax;

/// Class, weight and scores of a window.
pub type Scored = (usize, f64, Vec<f64>);

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

/// Area under the ROC curve: the probability that a positive scores higher than a negative, ties counting half
/// (Mann and Whitney 1947). `None` if there is no positive or no negative.
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

/// Bits in one decision among `classes` classes, with all errors equally likely (Wolpaw et al. 2000); 0 at or below chance.
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

/// The result of guessing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guessing {
    /// Probability of at least as many right predictions.
    pub p_value: f64,
    /// Accuracy that guessing reaches once in twenty times.
    pub accuracy_95: f64,
}

const PERMUTATIONS: usize = 2000;

/// How often shuffled labels fit the predictions as well as the true ones (Ojala and Garriga 2010, JMLR 11).
#[must_use]
pub fn permutation_test(predicted: &[usize], labels: &[usize]) -> Guessing {
    let right = |labels: &[usize]| labels.iter().zip(predicted).filter(|(a, b)| a == b).count();
    let observed = right(labels);
    let mut shuffled = labels.to_vec();
    // A generator with a fixed seed: the same data give the same figure.
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

/// The factor `g` that maximises the likelihood of the classes under `softmax(g × scores)` (temperature scaling, Guo et al. 2017):
/// classifiers that are fitted to few, correlated windows are overconfident.
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
    // The likelihood is concave in the gain, so its slope has one root. For a decoder that is no better than chance, the root is at or
    // below zero; the lower limit keeps the sign of its scores, with almost no weight.
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

/// Largest gain: perfectly separated trials would give an infinite one.
const MOST_GAIN: f64 = 10.0;

/// Weighted mean of `-ln p(class)` over windows, with scores multiplied by a gain.
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
    fn guessing_is_binomial_for_balanced_labels() {
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
}
