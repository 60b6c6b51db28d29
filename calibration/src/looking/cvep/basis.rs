//! Shapes from which responses are composed.

use super::GRID_HZ;
use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::{Matrix, SymmetricMatrix};

/// Samples from a change of brightness to the end of its response: 0.45 s.
pub const LAGS: usize = 54;
/// Length scale of the Gaussian process, seconds.
const SMOOTH_S: f64 = 0.015;
/// Responses are expected between these times, and rise and fall around them like a Gaussian with these deviations, seconds.
const FROM_S: f64 = 0.05;
const RISE_S: f64 = 0.02;
const TO_S: f64 = 0.25;
const FALL_S: f64 = 0.1;
/// Expected amplitude at all other times, as a share.
const FLOOR: f64 = 0.05;
/// Share of the prior variance that the shapes keep.
const KEPT_VARIANCE: f64 = 0.99;

/// Shapes × [`LAGS`]. A response is a sum of these shapes, each with a standard normal weight: a Gaussian process over lags, from its
/// eigenfunctions (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, ch. 4.3).
///
/// # Errors
/// Never: all values are finite.
pub(super) fn response_basis() -> Result<Matrix, NotFinite> {
    let time_s = |lag: usize| lag as f64 / GRID_HZ;
    let mut covariance = SymmetricMatrix::zeros(LAGS);
    covariance.fill_upper(|row, tail| {
        for (column, value) in (row..).zip(tail) {
            let apart = (time_s(row) - time_s(column)) / SMOOTH_S;
            let amplitude = expected_amplitude(time_s(row)) * expected_amplitude(time_s(column));
            *value = amplitude * gaussian(apart);
        }
    });
    let mut eigen = SymmetricEigen::new(LAGS);
    eigen.decompose(&covariance)?;
    let total: f64 = eigen.values().iter().sum();
    let mut basis = Matrix::with_columns(LAGS);
    let mut kept = 0.0;
    for k in eigen.by_size() {
        if kept >= KEPT_VARIANCE * total {
            break;
        }
        let variance = eigen.values()[k];
        kept += variance;
        let scale = libm::sqrt(variance);
        let shape: Vec<f64> = eigen.vector(k).iter().map(|value| scale * value).collect();
        basis.push_row(&shape);
    }
    Ok(basis)
}

fn expected_amplitude(time_s: f64) -> f64 {
    let amplitude = if time_s < FROM_S {
        gaussian((time_s - FROM_S) / RISE_S)
    } else if time_s > TO_S {
        gaussian((time_s - TO_S) / FALL_S)
    } else {
        1.0
    };
    amplitude.max(FLOOR)
}

/// `exp(-x²/2)`.
fn gaussian(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_reproduces_nearly_all_of_the_prior_variance() {
        let basis = response_basis().unwrap();
        assert!(basis.rows() < LAGS / 2, "{} shapes", basis.rows());
        let variance_at = |lag: usize| basis.iter().map(|shape| shape[lag].powi(2)).sum::<f64>();
        // 150 ms: a variance of one; 8 ms: the floor.
        assert!((variance_at(18) - 1.0).abs() < 0.05, "{}", variance_at(18));
        assert!(variance_at(1) < 0.05, "{}", variance_at(1));
    }
}
