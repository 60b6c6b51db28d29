//! Detects windows with unusual activity: a "Riemannian potato" (Barachant, Andreev and Congedo 2013).

/// z-score of a window's distance from the reference above which it is an artifact.
const LIMIT_Z: f64 = 3.0;
/// Number of windows before one can be called an artifact: one second.
const WARM_UP: u32 = 25;
/// Number of windows over which mean and spread are averaged: one minute.
const MEMORY: f64 = 1500.0;
/// Least standard deviation of the logarithm of the distances, even of steady EEG.
const LEAST_SPREAD: f64 = 0.03;

/// Tracks the logarithm of the windows' Riemannian distances from the reference, and detects outliers.
#[derive(Debug, Clone, Default)]
pub struct ArtifactDetector {
    count: u32,
    mean: f64,
    variance: f64,
}

impl ArtifactDetector {
    /// Takes a window's distance and returns whether the window is an artifact.
    ///
    /// Lasting changes are learnt: an outlier moves the mean as far as the limit would, and no further.
    pub fn is_artifact(&mut self, distance: f64) -> bool {
        let log = libm::log(distance.max(f64::MIN_POSITIVE));
        let spread = self.variance.sqrt().max(LEAST_SPREAD);
        let stands_out = self.count >= WARM_UP && log > self.mean + LIMIT_Z * spread;
        let taken = if stands_out {
            self.mean + LIMIT_Z * spread
        } else {
            log
        };
        self.count = self.count.saturating_add(1);
        let share = 1.0 / f64::from(self.count).min(MEMORY);
        let offset = taken - self.mean;
        self.mean += share * offset;
        self.variance += share * (offset * (taken - self.mean) - self.variance);
        stands_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(k: u32) -> f64 {
        10.0 * (1.0 + 0.1 * (f64::from((k * 37) % 101) / 50.0 - 1.0))
    }

    #[test]
    fn steady_windows_pass_and_a_burst_does_not() {
        let mut detector = ArtifactDetector::default();
        assert!((0..2000).all(|k| !detector.is_artifact(steady(k))));
        assert!((0..10).all(|_| detector.is_artifact(25.0)));
        assert!((0..2000).all(|k| !detector.is_artifact(steady(k))));
    }

    #[test]
    fn a_lasting_change_is_learnt() {
        let mut detector = ArtifactDetector::default();
        (0..2000).for_each(|k| {
            detector.is_artifact(steady(k));
        });
        let refused = (0..5000)
            .take_while(|&k| detector.is_artifact(1.8 * steady(k)))
            .count();
        assert!((100..4000).contains(&refused), "{refused}");
    }
}
