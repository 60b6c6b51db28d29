//! The covariance of what no tag explains, and the linear map that makes it the identity.

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::SymmetricMatrix;
use crate::vectors::axpy;

/// A long and a short running covariance. Their mix follows bursts (a blink, a jaw) without forgetting what is usual.
#[derive(Debug, Clone)]
pub struct NoiseCovariance {
    channels: usize,
    rate_hz: f64,
    spec: NoiseSpec,
    long: Running,
    short: Running,
    /// Sum of products of the block that has not ended; upper triangle.
    block: SymmetricMatrix,
    samples: usize,
    mixed: SymmetricMatrix,
    eigen: SymmetricEigen,
    /// The inverse square root of the mix.
    whitener: SymmetricMatrix,
}

/// How the covariance follows the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseSpec {
    /// Time after which a sample counts half in the long covariance, seconds.
    pub long_half_life_s: f64,
    /// The same in the short one.
    pub short_half_life_s: f64,
    /// Share of the short one.
    pub short_share: f64,
    /// Ridge, as a share of the mean diagonal.
    pub ridge: f64,
    /// The least variance of a channel, µV².
    pub floor_uv2: f64,
}

#[derive(Debug, Clone)]
struct Running {
    sum: SymmetricMatrix,
    weight: f64,
}

impl NoiseCovariance {
    /// A covariance that has seen nothing.
    #[must_use]
    pub fn new(channels: usize, rate_hz: f64, spec: NoiseSpec) -> Self {
        let empty = || Running {
            sum: SymmetricMatrix::zeros(channels),
            weight: 0.0,
        };
        Self {
            channels,
            rate_hz,
            spec,
            long: empty(),
            short: empty(),
            block: SymmetricMatrix::zeros(channels),
            samples: 0,
            mixed: SymmetricMatrix::zeros(channels),
            eigen: SymmetricEigen::new(channels),
            whitener: SymmetricMatrix::zeros(channels),
        }
    }

    /// Takes one sample, one value a channel.
    pub fn push(&mut self, sample: &[f64]) {
        for (row, value) in sample.iter().enumerate() {
            let sums =
                &mut self.block.values_mut()[row * self.channels + row..(row + 1) * self.channels];
            axpy(*value, &sample[row..], sums);
        }
        self.samples += 1;
    }

    /// Ends a block: both covariances decay by its length and take it in.
    pub fn end_block(&mut self) {
        self.block.mirror();
        let samples = self.samples as f64;
        let half_lives = [self.spec.long_half_life_s, self.spec.short_half_life_s];
        for (running, half_life_s) in [&mut self.long, &mut self.short]
            .into_iter()
            .zip(half_lives)
        {
            let decay = libm::exp2(-samples / self.rate_hz / half_life_s);
            running.sum.map_values(|sum| decay * sum);
            running.sum.add(1.0, &self.block);
            running.weight = decay * running.weight + samples;
        }
        self.block.map_values(|_| 0.0);
        self.samples = 0;
    }

    /// The inverse square root of the covariance of all channels.
    ///
    /// # Errors
    /// [`NotFinite`] where the signal held a NaN or an infinity.
    pub fn whitener(&mut self) -> Result<&SymmetricMatrix, NotFinite> {
        let short = self.spec.short_share;
        self.mixed.map_values(|_| 0.0);
        self.mixed
            .add((1.0 - short) / self.long.weight.max(1.0), &self.long.sum);
        self.mixed
            .add(short / self.short.weight.max(1.0), &self.short.sum);
        let ridge = self.spec.ridge * self.mixed.trace() / self.channels as f64;
        self.mixed.add_to_diagonal(ridge + self.spec.floor_uv2);
        self.eigen.decompose(&self.mixed)?;
        self.eigen
            .map_into(|value| 1.0 / libm::sqrt(value), &mut self.whitener);
        Ok(&self.whitener)
    }
}

#[cfg(test)]
mod tests {
    use super::{NoiseCovariance, NoiseSpec};

    const SPEC: NoiseSpec = NoiseSpec {
        long_half_life_s: 20.0,
        short_half_life_s: 1.0,
        short_share: 0.5,
        ridge: 0.0,
        floor_uv2: 0.0,
    };

    #[test]
    fn independent_channels_are_divided_by_their_deviation() {
        let mut noise = NoiseCovariance::new(2, 4.0, SPEC);
        for sample in [[2.0, 3.0], [-2.0, 3.0], [2.0, -3.0], [-2.0, -3.0]] {
            noise.push(&sample);
        }
        noise.end_block();
        let whitener = noise.whitener().unwrap();
        for (found, expected) in whitener.values().iter().zip([0.5, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{whitener:?}");
        }
    }

    #[test]
    fn the_short_covariance_follows_a_burst() {
        let mut noise = NoiseCovariance::new(1, 4.0, SPEC);
        for k in 0..400 {
            noise.push(&[if k < 396 { 1.0 } else { 10.0 }]);
            if k % 4 == 3 {
                noise.end_block();
            }
        }
        // Sums of geometric series: a second counts half in the short one and 2^(-1/20) in the long one.
        let share = |decay: f64| (1.0 - decay) / (1.0 - decay.powi(100));
        let [long, short] = [0.5_f64.powf(1.0 / 20.0), 0.5].map(|decay| 1.0 + 99.0 * share(decay));
        let expected = 1.0 / (0.5 * long + 0.5 * short).sqrt();
        assert!((noise.whitener().unwrap()[(0, 0)] - expected).abs() < 1e-12);
    }

    #[test]
    fn a_nan_is_an_error() {
        let mut noise = NoiseCovariance::new(1, 4.0, SPEC);
        noise.push(&[f64::NAN]);
        noise.end_block();
        assert!(noise.whitener().is_err());
    }
}
