//! Ridge regression to a continuous target (Hoerl and Kennard 1970, Technometrics 12(1)).

use crate::error::DatasetError;
use crate::linear::{Linear, gram};
use crate::matrix::Matrix;
use crate::vectors::axpy;
use nalgebra::{DMatrix, DVector};

/// Fits one linear output per target: weights `W` and biases with the least `Σ_i ‖t_i - W x_i - b‖² + ridge · m · ‖W‖²`,
/// where `m` is the mean squared length of the centred rows times their number, so that a value of `ridge` has the same effect for any
/// features.
///
/// `rows`: n × features; `targets`: n × outputs. The outputs have the unit of the targets.
///
/// # Errors
/// [`DatasetError::Degenerate`] if all rows are the same, or a number is not finite.
pub fn fit(rows: &Matrix, targets: &Matrix, ridge: f64) -> Result<Linear, DatasetError> {
    let (row_mean, centred) = centre(rows);
    let (target_mean, wanted) = centre(targets);
    let n = rows.rows();
    let mut gram = DMatrix::from_row_slice(n, n, gram(&centred).values());
    let size = gram.trace();
    if !(size.is_finite() && size > 0.0) {
        return Err(DatasetError::Degenerate);
    }
    for k in 0..n {
        gram[(k, k)] += ridge * size;
    }
    let cholesky = gram.cholesky().ok_or(DatasetError::Degenerate)?;
    let mut linear = Linear {
        weights: Matrix::with_columns(rows.columns()),
        biases: Vec::new(),
    };
    for (output, mean) in target_mean.iter().enumerate() {
        let target = DVector::from_iterator(n, wanted.iter().map(|target| target[output]));
        let mut weights = vec![0.0; row_mean.len()];
        for (factor, row) in cholesky.solve(&target).iter().zip(centred.iter()) {
            axpy(*factor, row, &mut weights);
        }
        linear
            .biases
            .push(mean - crate::vectors::dot(&weights, &row_mean));
        linear.weights.push_row(&weights);
    }
    Ok(linear)
}

/// The ridge with the least squared error on rows that are left out one at a time (Allen 1974, Technometrics 16(1)).
///
/// # Errors
/// [`DatasetError::Degenerate`] as for [`fit`].
pub fn choose(rows: &Matrix, targets: &Matrix, ridges: &[f64]) -> Result<f64, DatasetError> {
    let (_, centred) = centre(rows);
    let (_, wanted) = centre(targets);
    let n = rows.rows();
    let gram = DMatrix::from_row_slice(n, n, gram(&centred).values());
    let size = gram.trace();
    let wanted = DMatrix::from_row_slice(n, wanted.columns(), wanted.values());
    let mut best = Err(DatasetError::Degenerate);
    let mut least = f64::INFINITY;
    for &ridge in ridges {
        let shift = ridge * size;
        let ridged = &gram + DMatrix::identity(n, n) * shift;
        let inverse = ridged.cholesky().ok_or(DatasetError::Degenerate)?.inverse();
        let residuals = &inverse * &wanted * shift;
        // The leverage: the weight of a row in its own prediction, including the mean.
        let left_out = |row: usize| (shift * inverse[(row, row)] - 1.0 / n as f64).max(1e-9);
        let error: f64 = (0..n)
            .map(|row| residuals.row(row).norm_squared() / (left_out(row) * left_out(row)))
            .sum();
        if error < least {
            (best, least) = (Ok(ridge), error);
        }
    }
    best
}

/// The mean, and the rows minus the mean.
fn centre(rows: &Matrix) -> (Vec<f64>, Matrix) {
    let mut mean = vec![0.0; rows.columns()];
    rows.iter()
        .for_each(|row| axpy(1.0 / rows.rows() as f64, row, &mut mean));
    let mut centred = rows.clone();
    for row in centred.iter_mut() {
        row.iter_mut().zip(&mean).for_each(|(x, m)| *x -= m);
    }
    (mean, centred)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Matrix> {
        let values = (6..20usize).prop_flat_map(|n| proptest::collection::vec(-2.0..2.0f64, 3 * n));
        values.prop_map(|values| Matrix::from_values(3, values).unwrap())
    }

    fn targets<const N: usize>(rows: &Matrix, of: impl Fn(&[f64]) -> [f64; N]) -> Matrix {
        Matrix::from_rows(rows.iter().map(of)).unwrap()
    }

    proptest! {
        #[test]
        fn a_linear_target_is_recovered(rows in rows(), w in proptest::collection::vec(-3.0..3.0f64, 3), b in -5.0..5.0f64) {
            let targets = targets(&rows, |row| [crate::vectors::dot(row, &w) + b, -b]);
            let Ok(linear) = fit(&rows, &targets, 1e-12) else { return Ok(()) };
            for (row, target) in rows.iter().zip(targets.iter()) {
                for (a, b) in linear.scores(row).iter().zip(target) {
                    prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
                }
            }
        }

        #[test]
        fn a_heavy_ridge_gives_the_mean(rows in rows()) {
            let targets = targets(&rows, |row| [row[0]]);
            let mean = targets.values().iter().sum::<f64>() / targets.rows() as f64;
            let Ok(linear) = fit(&rows, &targets, 1e9) else { return Ok(()) };
            prop_assert!((linear.scores(rows.row(0))[0] - mean).abs() < 1e-6);
        }
    }

    #[test]
    fn noise_takes_a_heavier_ridge_than_a_line() {
        let wobble = |k: usize| ((k * 7919) % 101) as f64 / 50.0 - 1.0;
        let values = (0..40 * 30).map(|place| wobble(place / 30 * 31 + place % 30 * 17));
        let rows = Matrix::from_values(30, values.collect()).unwrap();
        let line = targets(&rows, |row| [row[0] - row[1]]);
        let noise = Matrix::from_rows((0..40).map(|k| [wobble(k * k + 5)])).unwrap();
        let ridges = [1e-4, 1e-2, 1.0];
        let chosen = |targets: &Matrix| choose(&rows, targets, &ridges).unwrap();
        assert!(chosen(&line) < chosen(&noise));
    }

    #[test]
    fn rows_that_are_all_alike_are_an_error() {
        let ones = Matrix::from_rows([[1.0]; 4]).unwrap();
        assert_eq!(fit(&ones, &ones, 0.1), Err(DatasetError::Degenerate));
    }
}
