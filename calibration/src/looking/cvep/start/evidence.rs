//! How well one response explains labelled looks.

use crate::eigen::SymmetricEigen;
use crate::looking::cholesky;
use crate::looking::cvep::CvepError;
use crate::looking::scores::log_sum_exp;
use crate::matrix::SymmetricMatrix;
use crate::vectors::dot;

/// Prior variance of a response, in units of the noise, and probability that there is one in a direction.
const VARIANCE: f64 = 0.02;
const PRESENT: f64 = 0.1;

/// Sums over labelled looks.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Products of regressors with each other, row by row.
    pub(super) energy: Vec<f64>,
    /// Products of the whitened EEG with regressors: channels × regressors.
    pub(super) product: Vec<f64>,
}

/// Computes evidence, in memory that is reused.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    channels: usize,
    regressors: usize,
    lower: Vec<f64>,
    /// Channels × regressors.
    solved: Vec<f64>,
    explained: SymmetricMatrix,
    eigen: SymmetricEigen,
}

impl Evidence {
    pub(super) fn new(channels: usize, regressors: usize) -> Self {
        Self {
            channels,
            regressors,
            lower: vec![0.0; regressors * regressors],
            solved: vec![0.0; channels * regressors],
            explained: SymmetricMatrix::zeros(channels),
            eigen: SymmetricEigen::new(channels),
        }
    }

    /// Sums over no look.
    pub(super) fn nothing(&self) -> Sums {
        Sums {
            energy: vec![0.0; self.lower.len()],
            product: vec![0.0; self.solved.len()],
        }
    }

    /// Log evidence of labels against no response at all. In each direction over channels there is a response, normal with the covariance
    /// `VARIANCE · 1` over regressors, or none. The directions are those in which most is explained.
    pub(super) fn of(&mut self, sums: &Sums) -> Result<f64, CvepError> {
        let count = self.regressors;
        for (lower, energy) in self.lower.iter_mut().zip(&sums.energy) {
            *lower = VARIANCE * energy;
        }
        (0..count).for_each(|k| self.lower[k * (count + 1)] += 1.0);
        cholesky::factor(&mut self.lower, count).map_err(|_| CvepError::NotFinite)?;
        self.solved.copy_from_slice(&sums.product);
        for row in self.solved.chunks_exact_mut(count) {
            cholesky::solve_lower(&self.lower, count, row);
        }
        let solved = &self.solved;
        self.explained.fill_upper(|channel, tail| {
            let row = &solved[channel * count..][..count];
            for (value, other) in tail
                .iter_mut()
                .zip(solved[channel * count..].chunks_exact(count))
            {
                *value = VARIANCE * dot(row, other);
            }
        });
        self.eigen.find_values(&self.explained)?;
        let log_determinant: f64 = (0..count)
            .map(|k| 2.0 * libm::log(self.lower[k * (count + 1)]))
            .sum();
        let (absent, present) = (libm::log1p(-PRESENT), libm::log(PRESENT));
        // More directions than regressors are never explained.
        let mut explained: Vec<f64> = self.eigen.values().to_vec();
        explained.sort_by(|a, b| b.total_cmp(a));
        explained.truncate(self.channels.min(count));
        let each =
            |explained: f64| log_sum_exp(&[absent, present + 0.5 * (explained - log_determinant)]);
        Ok(explained.into_iter().map(each).sum())
    }
}
