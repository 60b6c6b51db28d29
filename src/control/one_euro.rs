//! Smoothing that is strong at rest and fast during motion.

/// The One Euro filter (Casiez, Roussel and Vogel 2012): a low pass whose cut-off rises with the speed of change.
#[derive(Debug, Clone, Copy, Default)]
pub struct OneEuro {
    value: f64,
    slope: f64,
}

/// Cut-off for the speed of change, hertz (as in the paper).
const SLOPE_CUTOFF_HZ: f64 = 1.0;

impl OneEuro {
    /// The smoothed value after a further `secs`. `min_cutoff_hz` is the cut-off at rest; `beta` (seconds per unit) is how much it rises
    /// with the speed of change.
    pub fn step(&mut self, value: f64, secs: f64, min_cutoff_hz: f64, beta: f64) -> f64 {
        if secs <= 0.0 {
            return self.value;
        }
        let slope = (value - self.value) / secs;
        self.slope += share(SLOPE_CUTOFF_HZ, secs) * (slope - self.slope);
        let cutoff_hz = min_cutoff_hz + beta * self.slope.abs();
        self.value += share(cutoff_hz, secs) * (value - self.value);
        self.value
    }

    /// Starts again at zero.
    pub fn stop(&mut self) {
        *self = Self::default();
    }
}

/// Fraction of a change that is followed within `secs`.
fn share(cutoff_hz: f64, secs: f64) -> f64 {
    let tau_s = 1.0 / (std::f64::consts::TAU * cutoff_hz);
    1.0 / (1.0 + tau_s / secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Time until nine tenths of a step are covered, seconds.
    fn rise_s(min_cutoff_hz: f64, beta: f64) -> f64 {
        let mut filter = OneEuro::default();
        let steps = (1..10_000).find(|_| filter.step(100.0, 0.001, min_cutoff_hz, beta) >= 90.0);
        steps.map_or(f64::INFINITY, |steps| f64::from(steps) * 0.001)
    }

    #[test]
    fn without_beta_it_is_a_low_pass_and_beta_makes_it_faster() {
        // 2.3 time constants of 1 / (2 pi f).
        let expected = 10f64.ln() / std::f64::consts::TAU;
        assert!((rise_s(1.0, 0.0) - expected).abs() < 0.01);
        assert!(rise_s(1.0, 0.01) < 0.5 * expected);
    }

    proptest! {
        #[test]
        fn the_output_stays_within_the_range_of_the_input(values in proptest::collection::vec(-1e3..1e3f64, 1..200), beta in 0.0..1.0f64) {
            let mut filter = OneEuro::default();
            for value in values {
                let out = filter.step(value, 0.016, 1.2, beta);
                prop_assert!(out.is_finite() && out.abs() <= 1e3);
            }
        }
    }
}
