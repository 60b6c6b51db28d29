//! The idle gate: the confidence that the decoder needs before anything moves, fitted to rest for a given rate of false activations.

use serde::{Deserialize, Serialize};

/// Confidence (0 at chance, 1 at certainty) of consecutive decoding steps in one trial or one period of rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    /// Whether it is rest; otherwise it is a trial.
    pub resting: bool,
    /// One value per step, in order of time.
    pub confidence: Vec<f64>,
}

/// An open gate closes at this share of the threshold. Without it, a confidence near the threshold would start and stop the pointer at each
/// step.
const CLOSING_SHARE: f64 = 0.8;

/// Opens at a threshold of confidence, and closes a little below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    threshold: f64,
    is_open: bool,
}

impl Gate {
    /// The confidence at which it opens.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// A closed gate.
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        Self {
            threshold,
            is_open: false,
        }
    }

    /// Takes the confidence of a step. Returns whether the gate is open now.
    pub fn step(&mut self, confidence: f64) -> bool {
        let share = if self.is_open { CLOSING_SHARE } else { 1.0 };
        self.is_open = confidence >= share * self.threshold;
        self.is_open
    }

    /// Whether this confidence opens a closed gate.
    #[must_use]
    pub fn is_reached(&self, confidence: f64) -> bool {
        confidence >= self.threshold
    }

    /// Closes the gate.
    pub fn close(&mut self) {
        self.is_open = false;
    }
}

/// A fitted gate, and its expected rate of false activations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdleGate {
    /// Confidence at which the gate opens.
    pub threshold: f64,
    /// False activations per hour of rest that were requested.
    pub wanted_per_hour: f64,
    /// Expected false activations per hour of rest: one more than was observed, because the threshold is just above the next.
    pub expected_per_hour: f64,
    /// 95 % interval of that rate. The threshold is between the n-th and the next Poisson event, so the rate has a gamma distribution with
    /// mean n + 1; the ends are those of Garwood 1936 for n + 1 and for n.
    pub interval_per_hour: [f64; 2],
    /// Duration of the rest that was used, seconds.
    pub rest_s: f64,
    /// Share of the trials in which the gate opened.
    pub opened_share: f64,
    /// Median time from the cue until the gate opened, in these trials, seconds.
    pub time_to_decision_s: Option<f64>,
}

/// Thresholds that are tried, per mille. Above the last one, the gate would hardly ever open. The steps are small because all confidence is
/// within a few hundredths if rest and imagery are hard to distinguish.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 50..=990;

/// The lowest threshold whose expected rate of false activations is at most the requested one. If there is none, or the rest is too short to
/// tell, the highest threshold is used, with its expected rate. `None` without rest.
#[must_use]
pub fn fit(stretches: &[Stretch], step_s: f64, wanted_per_hour: f64) -> Option<IdleGate> {
    let (rest, trials): (Vec<&Stretch>, Vec<&Stretch>) =
        stretches.iter().partition(|stretch| stretch.resting);
    let steps: usize = rest.iter().map(|stretch| stretch.confidence.len()).sum();
    if steps == 0 {
        return None;
    }
    let rest_s = steps as f64 * step_s;
    let hours = rest_s / 3600.0;
    let count = |threshold: f64| -> usize {
        let of = |stretch: &&Stretch| activations(&stretch.confidence, threshold);
        rest.iter().map(of).sum()
    };
    let expected = |threshold: f64| (count(threshold) + 1) as f64 / hours;
    // The rate is not monotone: a very low threshold is rarely crossed, because confidence is rarely below it. So search from above.
    let thresholds = THRESHOLDS.map(|mille| f64::from(mille) / 1000.0).rev();
    let kept = thresholds.take_while(|&threshold| expected(threshold) <= wanted_per_hour);
    let threshold = kept.last().unwrap_or(f64::from(*THRESHOLDS.end()) / 1000.0);
    let seen = count(threshold);
    let opening = |stretch: &&Stretch| stretch.confidence.iter().position(|c| *c >= threshold);
    let mut openings: Vec<usize> = trials.iter().filter_map(opening).collect();
    openings.sort_unstable();
    Some(IdleGate {
        threshold,
        wanted_per_hour,
        expected_per_hour: expected(threshold),
        interval_per_hour: [
            poisson_interval(seen + 1)[0] / hours,
            poisson_interval(seen)[1] / hours,
        ],
        rest_s,
        opened_share: openings.len() as f64 / trials.len().max(1) as f64,
        time_to_decision_s: openings
            .get(openings.len() / 2)
            .map(|&step| step as f64 * step_s),
    })
}

/// How often a gate opens. If it is open at the first step, that counts.
#[must_use]
pub fn activations(confidence: &[f64], threshold: f64) -> usize {
    let mut gate = Gate::new(threshold);
    let mut open = false;
    let mut count = 0;
    for value in confidence {
        let now = gate.step(*value);
        count += usize::from(now && !open);
        open = now;
    }
    count
}

/// 95 % interval of the mean of a Poisson distribution from one observed count, by bisection.
#[must_use]
pub fn poisson_interval(count: usize) -> [f64; 2] {
    // P(X <= k | mean)
    let below = |k: usize, mean: f64| -> f64 {
        let mut term = libm::exp(-mean);
        let mut sum = term;
        for i in 1..=k {
            term *= mean / i as f64;
            sum += term;
        }
        sum
    };
    let root = |is_above: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (0.0, 10.0 + 4.0 * count as f64);
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if is_above(middle) {
                high = middle
            } else {
                low = middle
            }
        }
        0.5 * (low + high)
    };
    let lower = match count.checked_sub(1) {
        Some(less) => root(&|mean| 1.0 - below(less, mean) > 0.025),
        None => 0.0,
    };
    [lower, root(&|mean| below(count, mean) < 0.025)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_intervals_agree_with_tables() {
        // Garwood 1936: 0 events 0 to 3.689; 4 events 1.090 to 10.242.
        for (count, expected) in [(0, [0.0, 3.689]), (4, [1.090, 10.242])] {
            let found = poisson_interval(count);
            assert!(
                (found[0] - expected[0]).abs() < 1e-3 && (found[1] - expected[1]).abs() < 1e-3,
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_stretch_above_the_threshold_is_one_activation() {
        assert_eq!(activations(&[0.1, 0.6, 0.7, 0.2, 0.6], 0.5), 2);
        assert_eq!(activations(&[0.6, 0.45, 0.6], 0.5), 1, "it was still open");
        assert_eq!(activations(&[0.9, 0.9], 0.5), 1);
        assert_eq!(activations(&[], 0.5), 0);
    }

    fn noisy(resting: bool, base: f64, seed: u64) -> Stretch {
        let mut state = seed;
        let confidence = (0..2500).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (base + 0.3 * ((state >> 33) as f64 / (1u64 << 31) as f64)).min(1.0)
        });
        Stretch {
            resting,
            confidence: confidence.collect(),
        }
    }

    #[test]
    fn the_gate_keeps_the_requested_rate() {
        let stretches: Vec<Stretch> = (0..40)
            .map(|k| noisy(k % 2 == 0, if k % 2 == 0 { 0.2 } else { 0.6 }, k))
            .collect();
        let gate = fit(&stretches, 0.04, 30.0).unwrap();
        assert!(gate.expected_per_hour <= 30.0, "{gate:?}");
        let [low, high] = gate.interval_per_hour;
        assert!(low < gate.expected_per_hour && gate.expected_per_hour < high);
        assert!((0.4..0.52).contains(&gate.threshold), "{gate:?}");
        assert_eq!(
            (gate.opened_share, gate.time_to_decision_s),
            (1.0, Some(0.0))
        );
    }

    #[test]
    fn with_too_little_rest_the_highest_threshold_is_used() {
        // Four seconds of rest cannot distinguish one false activation in an hour from a hundred.
        let stretches = [
            noisy(false, 0.6, 1),
            Stretch {
                confidence: vec![0.2; 100],
                resting: true,
            },
        ];
        let gate = fit(&stretches, 0.04, 30.0).unwrap();
        assert!(
            (gate.threshold - 0.99).abs() < 1e-12 && gate.expected_per_hour > 30.0,
            "{gate:?}"
        );
    }

    #[test]
    fn without_rest_there_is_no_gate() {
        assert_eq!(fit(&[noisy(false, 0.5, 1)], 0.04, 30.0), None);
    }
}
