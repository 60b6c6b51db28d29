//! What a vector autoregressive model does not predict of the EEG (Lütkepohl, New Introduction to Multiple Time Series Analysis, 2005,
//! ch. 3), made white over channels.

use super::{CvepError, Look};
use crate::eigen::SymmetricEigen;
use crate::looking::cholesky;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::{axpy, axpy4, dot};

/// Samples that predict the next one.
pub(super) const ORDER: usize = 10;
/// The autoregressive model for labelled trials.
pub(super) const LABELLED: VarSpec = VarSpec {
    order: ORDER,
    ridge: 0.002,
};

/// An autoregressive model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VarSpec {
    /// Samples that predict the next one.
    pub(super) order: usize,
    /// Ridge of the regression, in units of the variance of a channel, for enough samples.
    pub(super) ridge: f64,
}

/// With fewer samples per coefficient of the model, the ridge grows.
const ENOUGH_SAMPLES: f64 = 10.0;
/// Covariances are shrunk by this share towards their mean variance.
const SHRINKAGE: f64 = 1e-3;
/// EEG with less variance than this is flat, µV².
const FLAT_UV2: f64 = 1e-9;
/// A sample weighs half if its power, in units of the expected one, is above one by this much.
const POWER_OF_HALF_WEIGHT: f64 = 4.0;

/// Sums of products of each sample and those before it, oldest first, over looks.
#[derive(Debug, Clone)]
pub(super) struct LaggedProducts {
    spec: VarSpec,
    channels: usize,
    sums: SymmetricMatrix,
    samples: f64,
}

impl LaggedProducts {
    pub(super) fn new(spec: VarSpec, channels: usize) -> Self {
        Self {
            spec,
            channels,
            sums: SymmetricMatrix::zeros(channels * (spec.order + 1)),
            samples: 0.0,
        }
    }

    /// Adds a look, relative to its own mean.
    pub(super) fn add(&mut self, look: &Look) {
        let channels = self.channels;
        let mut values = look.with_past(self.spec.order);
        let mut mean = vec![0.0; channels];
        for sample in values.chunks_exact(channels).skip(self.spec.order) {
            axpy(1.0 / look.samples() as f64, sample, &mut mean);
        }
        for sample in values.chunks_exact_mut(channels) {
            axpy(-1.0, &mean, sample);
        }
        let windows: Vec<&[f64]> = windows(&values, channels, self.spec.order).collect();
        let length = self.sums.order();
        for four in windows.chunks(4) {
            for row in 0..length {
                let at = row * length + row..(row + 1) * length;
                let sums = &mut self.sums.values_mut()[at];
                if let [a, b, c, d] = four {
                    let factors = [a[row], b[row], c[row], d[row]];
                    axpy4(factors, [&a[row..], &b[row..], &c[row..], &d[row..]], sums);
                } else {
                    four.iter().for_each(|x| axpy(x[row], &x[row..], sums));
                }
            }
        }
        self.sums.mirror();
        self.samples += look.samples() as f64;
    }

    /// The same sums without a look that has been added.
    pub(super) fn without(&self, look: &Look) -> Self {
        let mut own = Self::new(self.spec, self.channels);
        own.add(look);
        let mut rest = self.clone();
        rest.sums.add(-1.0, &own.sums);
        rest.samples -= own.samples;
        rest
    }

    /// Channels × ((order + 1) · channels): the linear map from a sample and those before it, oldest first, to what is new in the
    /// sample, with unit covariance.
    pub(super) fn whitener(&self) -> Result<Matrix, CvepError> {
        let channels = self.channels;
        let past = self.spec.order * channels;
        let mut covariance = self.sums.clone();
        covariance.map_values(|sum| sum / self.samples);
        let now: Vec<usize> = (past..past + channels).collect();
        let present = covariance.part(&now);
        if present.trace() < FLAT_UV2 * channels as f64 {
            return Err(CvepError::Flat);
        }
        let spatial = inverse_root(present)?;
        let covariance = white_over_channels(&covariance, &spatial);
        let coefficients = self.predict(&covariance)?;
        let innovation = innovation_covariance(&covariance, &coefficients);
        let mut map = Matrix::zeros(channels, past + channels);
        for (k, (row, coefficients)) in map.iter_mut().zip(coefficients.iter()).enumerate() {
            let old = row[..past].iter_mut().zip(coefficients);
            old.for_each(|(value, coefficient)| *value = -coefficient);
            row[past + k] = 1.0;
        }
        Ok(inverse_root(innovation)?.times(&times_each_lag(&map, &spatial)))
    }

    /// Channels × (order · channels): coefficients of the past, by ridge regression.
    fn predict(&self, covariance: &Matrix) -> Result<Matrix, CvepError> {
        let past = self.spec.order * self.channels;
        let too_few = ENOUGH_SAMPLES * past as f64 / self.samples;
        let ridge = self.spec.ridge * too_few.max(1.0);
        let mut lower = Vec::with_capacity(past * past);
        for (k, row) in covariance.iter().take(past).enumerate() {
            lower.extend_from_slice(&row[..past]);
            lower[k * past + k] += ridge;
        }
        cholesky::factor(&mut lower, past).map_err(|_| CvepError::Flat)?;
        let mut coefficients = Matrix::with_columns(past);
        for row in covariance.iter().skip(past) {
            let mut row = row[..past].to_vec();
            cholesky::solve(&lower, past, &mut row);
            coefficients.push_row(&row);
        }
        Ok(coefficients)
    }
}

/// For each sample that has `order` samples before it, these and the sample.
pub(super) fn windows(
    values: &[f64],
    channels: usize,
    order: usize,
) -> impl Iterator<Item = &[f64]> {
    values
        .windows((order + 1) * channels)
        .step_by(channels.max(1))
}

/// Weight of a whitened sample. Its expected power is one per channel.
pub(super) fn weight(whitened: &[f64]) -> f64 {
    let power = dot(whitened, whitened) / whitened.len() as f64;
    1.0 / (1.0 + (power - 1.0).max(0.0) / POWER_OF_HALF_WEIGHT)
}

/// Covariance of what the coefficients do not predict.
fn innovation_covariance(covariance: &Matrix, coefficients: &Matrix) -> SymmetricMatrix {
    let channels = coefficients.rows();
    let past = coefficients.columns();
    let mut old = Matrix::with_columns(past);
    for row in covariance.iter().take(past) {
        old.push_row(&row[..past]);
    }
    let predicted = coefficients.times(&old);
    let mut innovation = SymmetricMatrix::zeros(channels);
    innovation.fill_upper(|i, tail| {
        for (j, value) in (i..).zip(tail) {
            let (a, b) = (coefficients.row(i), coefficients.row(j));
            let (x, y) = (covariance.row(past + i), covariance.row(past + j));
            let cross = dot(a, &y[..past]) + dot(b, &x[..past]);
            *value = x[past + j] - cross + dot(predicted.row(i), b);
        }
    });
    innovation
}

/// `W S W`, where `W` has `spatial` in each diagonal block.
fn white_over_channels(covariance: &Matrix, spatial: &SymmetricMatrix) -> Matrix {
    let half = transposed(&times_each_lag(covariance, spatial));
    times_each_lag(&half, spatial)
}

/// Multiplies the part of each row that belongs to one lag by a symmetric matrix.
fn times_each_lag(matrix: &Matrix, spatial: &SymmetricMatrix) -> Matrix {
    let mut product = Matrix::zeros(matrix.rows(), matrix.columns());
    let channels = spatial.order();
    for (row, out) in matrix.iter().zip(product.iter_mut()) {
        for (row, out) in row
            .chunks_exact(channels)
            .zip(out.chunks_exact_mut(channels))
        {
            for (value, line) in row.iter().zip(spatial.iter()) {
                axpy(*value, line, out);
            }
        }
    }
    product
}

fn transposed(matrix: &Matrix) -> Matrix {
    let mut out = Matrix::zeros(matrix.columns(), matrix.rows());
    for (column, row) in matrix.iter().enumerate() {
        for (line, value) in out.iter_mut().zip(row) {
            line[column] = *value;
        }
    }
    out
}

/// The inverse square root of a slightly shrunk covariance.
fn inverse_root(mut covariance: SymmetricMatrix) -> Result<SymmetricMatrix, CvepError> {
    let mean = covariance.trace() / covariance.order() as f64;
    covariance.map_values(|value| (1.0 - SHRINKAGE) * value);
    covariance.add_to_diagonal(SHRINKAGE * mean);
    let mut eigen = SymmetricEigen::new(covariance.order());
    eigen.decompose(&covariance)?;
    if !eigen.values().iter().all(|value| *value > 0.0) {
        return Err(CvepError::Flat);
    }
    let mut root = SymmetricMatrix::zeros(covariance.order());
    eigen.map_into(|value| 1.0 / libm::sqrt(value), &mut root);
    Ok(root)
}
