//! How a person's visual cortex answers a flicker, over electrodes: known from others first, then from this person.

use super::cholesky;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::SymmetricMatrix;

/// The expected covariance of the whitened response, one matrix for each harmonic, and the weights that follow from it.
///
/// A whitened Fourier coefficient `z` is `N(0, 1)` without a response and `N(0, 1 + t/t₀ · G)` with one, so the logarithm of
/// their likelihood ratio is `zᴴ W z` with `W = 1 - (1 + t/t₀ · G)⁻¹`, but for a constant.
#[derive(Debug, Clone)]
pub struct Response {
    channels: usize,
    /// Window that `G` stands for, seconds.
    window_s: f64,
    prior: Vec<SymmetricMatrix>,
    /// Weighted sum of this person's own covariances, harmonic by harmonic, and its weight in seconds.
    own: Vec<SymmetricMatrix>,
    own_s: f64,
    /// Share of `G` that the weights are made for; the rest is known with its phase.
    share: f64,
    windows_s: Vec<f64>,
    /// `W` for each window and harmonic, window-major.
    weights: Vec<SymmetricMatrix>,
    mixed: SymmetricMatrix,
    kept: SymmetricMatrix,
    eigen: SymmetricEigen,
    column: Vec<f64>,
}

impl Response {
    /// `prior` has a positive semi-definite matrix over all channels for each harmonic, for windows of `window_s`.
    ///
    /// # Errors
    /// [`NotFinite`] where the prior holds a NaN or an infinity.
    pub fn new(
        prior: Vec<SymmetricMatrix>,
        window_s: f64,
        windows_s: &[f64],
    ) -> Result<Self, NotFinite> {
        let channels = prior.first().map_or(0, SymmetricMatrix::order);
        assert!(
            prior.iter().all(|matrix| matrix.order() == channels),
            "matrices of one order"
        );
        let zeros = SymmetricMatrix::zeros(channels);
        let mut new = Self {
            channels,
            window_s,
            own: vec![zeros.clone(); prior.len()],
            own_s: 0.0,
            share: 1.0,
            windows_s: windows_s.to_vec(),
            weights: vec![zeros.clone(); windows_s.len() * prior.len()],
            prior,
            mixed: zeros.clone(),
            kept: zeros,
            eigen: SymmetricEigen::new(channels),
            column: vec![0.0; channels],
        };
        new.update(1.0)?;
        Ok(new)
    }

    /// Begins with this person's own covariance of each harmonic, as if it had been learnt for `seconds`. The weights are from now on made
    /// for this share of it, from the next [`update`](Self::update) on.
    ///
    /// # Panics
    /// If it has another number of channels or harmonics.
    pub fn begin_with(&mut self, own: &[SymmetricMatrix], seconds: f64, share: f64) {
        assert_eq!(own.len(), self.own.len(), "as many harmonics");
        for (sum, own) in self.own.iter_mut().zip(own) {
            assert_eq!(own.order(), self.channels, "as many channels");
            sum.add(seconds, own);
        }
        self.own_s += seconds;
        self.share = share;
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of harmonics.
    #[must_use]
    pub fn harmonics(&self) -> usize {
        self.prior.len()
    }

    /// `W` of one window and harmonic.
    #[must_use]
    pub fn weights(&self, window: usize, harmonic: usize) -> &SymmetricMatrix {
        &self.weights[window * self.harmonics() + harmonic]
    }

    /// What `zᴴ W z` is expected to be without a response, summed over harmonics.
    #[must_use]
    pub fn trace(&self, window: usize) -> f64 {
        (0..self.harmonics())
            .map(|harmonic| self.weights(window, harmonic).trace())
            .sum()
    }

    /// Takes in a whitened coefficient `z` (real parts, then imaginary ones) of a window of `window_s` for `seconds`: a time of looking
    /// times its probability. `noise` is what its power holds without a response.
    pub fn add(&mut self, harmonic: usize, z: &[f64], seconds: f64, noise: f64) {
        let (real, imaginary) = z.split_at(self.channels);
        let own = self.own[harmonic].values_mut();
        for i in 0..real.len() {
            for (j, value) in own[i * real.len()..(i + 1) * real.len()]
                .iter_mut()
                .enumerate()
            {
                let floor = if i == j { noise } else { 0.0 };
                *value += seconds * (real[i] * real[j] + imaginary[i] * imaginary[j] - floor);
            }
        }
    }

    /// Seconds that `add` took in for one harmonic.
    pub fn add_time(&mut self, seconds: f64) {
        self.own_s += seconds;
    }

    /// Computes the weights anew; the prior counts as `prior_s` of looking.
    ///
    /// # Errors
    /// [`NotFinite`] where something that was taken in is not finite. The weights are then partly the old ones.
    pub fn update(&mut self, prior_s: f64) -> Result<(), NotFinite> {
        let (order, harmonics) = (self.channels, self.harmonics());
        for harmonic in 0..harmonics {
            let share = 1.0 / (prior_s + self.own_s);
            self.mixed.map_values(|_| 0.0);
            self.mixed.add(prior_s * share, &self.prior[harmonic]);
            self.mixed.add(share, &self.own[harmonic]);
            self.eigen.decompose(&self.mixed)?;
            self.eigen.map_into(|value| value.max(0.0), &mut self.kept);
            for (window, window_s) in self.windows_s.iter().enumerate() {
                self.mixed.map_values(|_| 0.0);
                self.mixed
                    .add(self.share * window_s / self.window_s, &self.kept);
                self.mixed.add_to_diagonal(1.0);
                // One more than a positive semi-definite matrix is always positive definite.
                cholesky::factor(self.mixed.values_mut(), order)
                    .map_err(|_| NotFinite { order })?;
                let (lower, column) = (self.mixed.values(), &mut self.column);
                self.weights[window * harmonics + harmonic].fill_upper(|row, part| {
                    column.fill(0.0);
                    column[row] = 1.0;
                    cholesky::solve(lower, order, column);
                    for (part, value) in part.iter_mut().zip(&column[row..]) {
                        *part = -value;
                    }
                    part[0] += 1.0;
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Response;
    use crate::matrix::SymmetricMatrix;

    /// A response of 3 on the first of two channels.
    fn first_only() -> SymmetricMatrix {
        SymmetricMatrix::from_values(vec![3.0, 0.0, 0.0, 0.0]).unwrap()
    }

    #[test]
    fn a_channel_with_a_strong_response_counts_fully_and_one_without_not_at_all() {
        let response = Response::new(vec![first_only()], 2.0, &[1.0, 2.0]).unwrap();
        // 1 - 1 / (1 + t/2 · 3)
        for (window, expected) in [(0, 1.0 - 1.0 / 2.5), (1, 0.75)] {
            let weights = response.weights(window, 0).values();
            assert!((weights[0] - expected).abs() < 1e-12, "{weights:?}");
            assert!(
                weights[1..].iter().all(|weight| *weight == 0.0),
                "{weights:?}"
            );
        }
        assert!((response.trace(1) - 0.75).abs() < 1e-15);
    }

    #[test]
    fn looking_replaces_the_prior_by_what_was_seen() {
        let mut response = Response::new(vec![first_only()], 2.0, &[2.0]).unwrap();
        for _ in 0..1000 {
            response.add(0, &[0.0, 3.0, 0.0, 1.0], 1.0, 1.0);
            response.add_time(1.0);
        }
        response.update(1.0).unwrap();
        // On the second channel 9 + 1 - 1; on the first nothing, which is less than the noise: no response.
        let expected = 1.0 - 1.0 / (1.0 + 9.0 * 1000.0 / 1001.0);
        assert!((response.weights(0, 0)[(1, 1)] - expected).abs() < 1e-12);
        assert!(response.weights(0, 0)[(0, 0)].abs() < 1e-12);
    }
}
