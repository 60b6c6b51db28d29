//! The response that best explains whitened EEG.

use super::{CvepError, RANK};
use crate::eigen::SymmetricEigen;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::{axpy, dot};

/// Steps of expectation maximisation.
const STEPS: usize = 15;
/// Prior variance of a response in each direction before the first step, and the least one after it.
const FIRST_VARIANCE: f64 = 0.05;
const LEAST_VARIANCE: f64 = 1e-9;

/// A response in the [`RANK`] directions over channels in which it is strongest.
#[derive(Debug, Clone)]
pub(super) struct Response {
    /// [`RANK`] × channels; zero rows where there are fewer channels.
    pub(super) directions: Matrix,
    /// [`RANK`] × regressors.
    pub(super) weights: Matrix,
}

impl Response {
    /// The posterior mean of `A` in `Z = A E + noise` of unit covariance, where each column of `A` is normal with the covariance `K` over
    /// channels, and `K` maximises the likelihood (expectation maximisation; Dempster et al. 1977).
    ///
    /// `energy` is `E Eᵀ`, and `product` is `Z Eᵀ` (channels × regressors).
    pub(super) fn fit(energy: &SymmetricMatrix, product: &Matrix) -> Result<Self, CvepError> {
        let (channels, count) = (product.rows(), product.columns());
        let mut regressors = SymmetricEigen::new(count);
        regressors.decompose(energy)?;
        let energies: Vec<f64> = regressors.values().iter().map(|v| v.max(0.0)).collect();
        let rotated = rotate(product, &regressors);
        let mut prior = SymmetricMatrix::zeros(channels);
        prior.add_to_diagonal(FIRST_VARIANCE);
        let mut spatial = SymmetricEigen::new(channels);
        for _ in 0..STEPS {
            spatial.decompose(&prior)?;
            prior = improved(&spatial, &energies, &rotated);
        }
        spatial.decompose(&prior)?;
        let mut response = Self {
            directions: Matrix::zeros(RANK, channels),
            weights: Matrix::zeros(RANK, count),
        };
        for (rank, place) in spatial.by_size().into_iter().take(RANK).enumerate() {
            let direction = spatial.vector(place);
            response.directions.row_mut(rank).copy_from_slice(direction);
            let shrunk = posterior(variance(&spatial, place), direction, &energies, &rotated);
            for (k, (mean, _)) in shrunk.enumerate() {
                axpy(mean, regressors.vector(k), response.weights.row_mut(rank));
            }
        }
        Ok(response)
    }

    /// Channels × regressors: `A`.
    pub(super) fn product(&self) -> Matrix {
        let mut product = Matrix::zeros(self.directions.columns(), self.weights.columns());
        for (direction, weights) in self.directions.iter().zip(self.weights.iter()) {
            for (factor, row) in direction.iter().zip(product.iter_mut()) {
                axpy(*factor, weights, row);
            }
        }
        product
    }
}

/// The product in the coordinates in which the energies are independent.
fn rotate(product: &Matrix, regressors: &SymmetricEigen) -> Matrix {
    let mut rotated = Matrix::zeros(product.rows(), product.columns());
    for (row, out) in product.iter().zip(rotated.iter_mut()) {
        for (k, value) in out.iter_mut().enumerate() {
            *value = dot(row, regressors.vector(k));
        }
    }
    rotated
}

fn variance(spatial: &SymmetricEigen, place: usize) -> f64 {
    spatial.values()[place].max(LEAST_VARIANCE)
}

/// Mean and variance of each weight in one direction.
fn posterior<'a>(
    prior_variance: f64,
    direction: &'a [f64],
    energies: &'a [f64],
    rotated: &'a Matrix,
) -> impl Iterator<Item = (f64, f64)> + 'a {
    energies.iter().enumerate().map(move |(k, energy)| {
        let evidence: f64 = direction
            .iter()
            .zip(rotated.iter())
            .map(|(factor, row)| factor * row[k])
            .sum();
        let variance = 1.0 / (energy + 1.0 / prior_variance);
        (variance * evidence, variance)
    })
}

/// One step: the mean of `a aᵀ` over regressors.
fn improved(spatial: &SymmetricEigen, energies: &[f64], rotated: &Matrix) -> SymmetricMatrix {
    let channels = spatial.order();
    let mut means = Matrix::with_columns(energies.len());
    let mut variances = vec![0.0; channels];
    for (place, total) in variances.iter_mut().enumerate() {
        let weights = posterior(
            variance(spatial, place),
            spatial.vector(place),
            energies,
            rotated,
        );
        let row: Vec<f64> = weights
            .map(|(mean, variance)| {
                *total += variance;
                mean
            })
            .collect();
        means.push_row(&row);
    }
    // In the directions of the eigenvectors, then in channels.
    let mut moments = Matrix::zeros(channels, channels);
    for (i, row) in moments.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = dot(means.row(i), means.row(j)) / energies.len() as f64;
        }
        row[i] += variances[i] / energies.len() as f64;
    }
    let mut vectors = Matrix::with_columns(channels);
    (0..channels).for_each(|k| vectors.push_row(spatial.vector(k)));
    let half = moments.times(&vectors);
    let mut next = SymmetricMatrix::zeros(channels);
    next.fill_upper(|i, tail| {
        for k in 0..channels {
            axpy(vectors[(k, i)], &half.row(k)[i..], tail);
        }
    });
    next
}
