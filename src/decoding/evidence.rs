//! Leaky evidence: scores of many windows, accumulated until they are worth acting on.

use libm::exp;

/// Lower limit for a log-posterior, so that a single extreme window cannot veto a class for seconds.
const LEAST_LOG_POSTERIOR: f64 = -5.0;

/// Leaky average of each class's log-posterior.
#[derive(Debug, Clone)]
pub struct LeakyEvidence {
    /// Share of the previous value that is kept at each step.
    keep: f64,
    evidence: Vec<f64>,
    probabilities: Vec<f64>,
}

impl LeakyEvidence {
    /// Starts without evidence. `time_constant_s`: age at which evidence counts 1/e; `step_s`: time between two
    /// windows.
    #[must_use]
    pub fn new(classes: usize, time_constant_s: f64, step_s: f64) -> Self {
        let keep = kept(time_constant_s, step_s);
        let uniform = 1.0 / classes as f64;
        Self {
            keep,
            evidence: vec![0.0; classes],
            probabilities: vec![uniform; classes],
        }
    }

    /// Takes one window's scores (log-posteriors up to a common constant).
    pub fn add(&mut self, scores: &[f64]) {
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = scores.iter().map(|score| exp(score - top)).sum();
        let log_total = top + libm::log(total);
        for (evidence, score) in self.evidence.iter_mut().zip(scores) {
            let log_posterior = (score - log_total).max(LEAST_LOG_POSTERIOR);
            *evidence = self.keep * *evidence + (1.0 - self.keep) * log_posterior;
        }
        self.normalise();
    }

    /// Lets the evidence fade by one step without a new window.
    pub fn fade(&mut self) {
        self.evidence
            .iter_mut()
            .for_each(|evidence| *evidence *= self.keep);
        self.normalise();
    }

    /// Removes all evidence.
    pub fn reset(&mut self) {
        self.evidence.fill(0.0);
        self.normalise();
    }

    /// Probability of each class.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    fn normalise(&mut self) {
        let top = self
            .evidence
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for (probability, evidence) in self.probabilities.iter_mut().zip(&self.evidence) {
            *probability = exp(evidence - top);
            total += *probability;
        }
        self.probabilities
            .iter_mut()
            .for_each(|probability| *probability /= total);
    }
}

/// Leaky average of a velocity.
#[derive(Debug, Clone)]
pub struct LeakyVelocity {
    keep: f64,
    velocity: [f64; 2],
}

impl LeakyVelocity {
    /// Starts at zero; times as for [`LeakyEvidence::new`].
    #[must_use]
    pub fn new(time_constant_s: f64, step_s: f64) -> Self {
        Self {
            keep: kept(time_constant_s, step_s),
            velocity: [0.0; 2],
        }
    }

    /// Takes one window's velocity; zero lets the average fade.
    pub fn add(&mut self, velocity: [f64; 2]) {
        for (own, new) in self.velocity.iter_mut().zip(velocity) {
            *own = self.keep * *own + (1.0 - self.keep) * new;
        }
    }

    /// Returns to zero.
    pub fn reset(&mut self) {
        self.velocity = [0.0; 2];
    }

    /// The average.
    #[must_use]
    pub fn velocity(&self) -> [f64; 2] {
        self.velocity
    }
}

/// Share of the previous value that is kept at each step.
fn kept(time_constant_s: f64, step_s: f64) -> f64 {
    if time_constant_s > 0.0 {
        exp(-step_s / time_constant_s)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn probabilities_stay_a_distribution(scores in proptest::collection::vec([-1e3..1e3f64, -1e3..1e3, -1e3..1e3], 1..50)) {
            let mut evidence = LeakyEvidence::new(3, 0.5, 0.04);
            for score in &scores {
                evidence.add(score);
                let sum: f64 = evidence.probabilities().iter().sum();
                prop_assert!((sum - 1.0).abs() < 1e-12);
                prop_assert!(evidence.probabilities().iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }

    #[test]
    fn steady_scores_are_reached_in_the_limit() {
        let mut evidence = LeakyEvidence::new(2, 0.5, 0.04);
        (0..500).for_each(|_| evidence.add(&[0.0, 1.0]));
        assert!((evidence.probabilities()[1] - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-9);
    }

    #[test]
    fn evidence_fades_to_none() {
        let mut evidence = LeakyEvidence::new(2, 0.5, 0.04);
        evidence.add(&[0.0, 4.0]);
        (0..500).for_each(|_| evidence.fade());
        assert!((evidence.probabilities()[1] - 0.5).abs() < 1e-6);
    }
}
