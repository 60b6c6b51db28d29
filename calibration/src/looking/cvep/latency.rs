//! By how much a look's response is early or late: clocks of displays and amplifiers drift.

use crate::looking::scores::log_sum_exp;

/// The longest latency to either side, samples.
pub(super) const LONGEST: i32 = 3;
/// How many latencies there are, from the earliest to the latest.
pub(super) const COUNT: usize = 7;
/// Deviation of latencies before the first estimate, and the least one, samples.
pub(super) const FIRST_DEVIATION: f64 = 1.5;
const LEAST_DEVIATION: f64 = 0.35;

/// The latencies, samples.
pub(super) fn all() -> impl Iterator<Item = i32> {
    -LONGEST..=LONGEST
}

/// Log probability of each latency: normal with this deviation.
pub(super) fn log_prior(deviation: f64) -> [f64; COUNT] {
    let mut log = [0.0; COUNT];
    for (value, latency) in log.iter_mut().zip(all()) {
        let scaled = f64::from(latency) / deviation;
        *value = -0.5 * scaled * scaled;
    }
    let total = log_sum_exp(&log);
    log.map(|value| value - total)
}

/// Probabilities from log probabilities.
pub(super) fn normalised(log: [f64; COUNT]) -> [f64; COUNT] {
    let total = log_sum_exp(&log);
    log.map(|value| libm::exp(value - total))
}

/// Deviation of latencies, from the probabilities of each in each trial.
pub(super) fn deviation(probabilities: &[[f64; COUNT]]) -> f64 {
    let square = |of: &[f64; COUNT]| -> f64 {
        let both = of.iter().zip(all());
        both.map(|(p, latency)| p * f64::from(latency * latency))
            .sum()
    };
    let mean = probabilities.iter().map(square).sum::<f64>() / probabilities.len().max(1) as f64;
    libm::sqrt(mean).max(LEAST_DEVIATION)
}
