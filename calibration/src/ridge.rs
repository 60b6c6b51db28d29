//! Ridge regression to a continuous target (Hoerl and Kennard 1970, Technometrics 12(1)).

use crate::error::DatasetError;
use crate::linear::{Linear, gram};
use crate::vectors::axpy;
use nalgebra::{DMatrix, DVector};

/// Fits one linear output per target: weights `W` and biases with the least `Σ_i ‖t_i - W x_i - b‖² + ridge · m · ‖W‖²`,
/// where `m` is the mean squared length of the centred rows times their number, so that `ridge` means the same for any
/// features.
///
/// `rows`: n feature vectors; `targets`: n vectors of outputs, in any unit, which is the outputs' unit.
///
/// # Errors
/// [`DatasetError::Degenerate`] where all rows are the same, or a number is not finite.
pub fn fit(rows: &[Vec<f64>], targets: &[Vec<f64>], ridge: f64) -> Result<Linear, DatasetError> {
    let (row_mean, centred) = centre(rows);
    let (target_mean, wanted) = centre(targets);
    let n = rows.len();
    let mut gram = DMatrix::from_row_slice(n, n, &gram(&centred));
    let size = gram.trace();
    if !(size.is_finite() && size > 0.0) {
        return Err(DatasetError::Degenerate);
    }
    for k in 0..n {
        gram[(k, k)] += ridge * size;
    }
    let cholesky = gram.cholesky().ok_or(DatasetError::Degenerate)?;
    let mut linear = Linear {
        weights: Vec::new(),
        biases: Vec::new(),
    };
    for (output, mean) in target_mean.iter().enumerate() {
        let target = DVector::from_iterator(n, wanted.iter().map(|target| target[output]));
        let mut weights = vec![0.0; row_mean.len()];
        for (factor, row) in cholesky.solve(&target).iter().zip(&centred) {
            axpy(*factor, row, &mut weights);
        }
        linear
            .biases
            .push(mean - crate::vectors::dot(&weights, &row_mean));
        linear.weights.push(weights);
    }
    Ok(linear)
}

/// The ridge of some with the least squared error of rows that are left out one at a time (Allen 1974, Technometrics 16(1)).
///
/// # Errors
/// [`DatasetError::Degenerate`] as for [`fit`].
pub fn choose(
    rows: &[Vec<f64>],
    targets: &[Vec<f64>],
    ridges: &[f64],
) -> Result<f64, DatasetError> {
    let (_, centred) = centre(rows);
    let (_, wanted) = centre(targets);
    let n = rows.len();
    let gram = DMatrix::from_row_slice(n, n, &gram(&centred));
    let size = gram.trace();
    let outputs = wanted.first().map_or(0, Vec::len);
    let wanted = DMatrix::from_fn(n, outputs, |row, output| wanted[row][output]);
    let mut best = Err(DatasetError::Degenerate);
    let mut least = f64::INFINITY;
    for &ridge in ridges {
        let shift = ridge * size;
        let ridged = &gram + DMatrix::identity(n, n) * shift;
        let inverse = ridged.cholesky().ok_or(DatasetError::Degenerate)?.inverse();
        let residuals = &inverse * &wanted * shift;
        // A row's own weight in what is predicted for it, with that of the mean.
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

/// The mean, and the rows less the mean.
fn centre(rows: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut mean = vec![0.0; rows.first().map_or(0, Vec::len)];
    rows.iter()
        .for_each(|row| axpy(1.0 / rows.len() as f64, row, &mut mean));
    let less = |row: &Vec<f64>| row.iter().zip(&mean).map(|(x, m)| x - m).collect();
    let centred = rows.iter().map(less).collect();
    (mean, centred)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows() -> impl Strategy<Value = Vec<Vec<f64>>> {
        proptest::collection::vec(proptest::collection::vec(-2.0..2.0f64, 3), 6..20)
    }

    proptest! {
        #[test]
        fn a_linear_target_is_recovered(rows in rows(), w in proptest::collection::vec(-3.0..3.0f64, 3), b in -5.0..5.0f64) {
            let targets: Vec<Vec<f64>> = rows.iter().map(|row| vec![crate::vectors::dot(row, &w) + b, -b]).collect();
            let Ok(linear) = fit(&rows, &targets, 1e-12) else { return Ok(()) };
            for (row, target) in rows.iter().zip(&targets) {
                for (a, b) in linear.scores(row).iter().zip(target) {
                    prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
                }
            }
        }

        #[test]
        fn a_heavy_ridge_gives_the_mean(rows in rows()) {
            let targets: Vec<Vec<f64>> = rows.iter().map(|row| vec![row[0]]).collect();
            let mean = targets.iter().map(|t| t[0]).sum::<f64>() / targets.len() as f64;
            let Ok(linear) = fit(&rows, &targets, 1e9) else { return Ok(()) };
            prop_assert!((linear.scores(&rows[0])[0] - mean).abs() < 1e-6);
        }
    }

    #[test]
    fn noise_takes_a_heavier_ridge_than_a_line() {
        let wobble = |k: usize| ((k * 7919) % 101) as f64 / 50.0 - 1.0;
        let rows: Vec<Vec<f64>> = (0..40)
            .map(|k| (0..30).map(|j| wobble(k * 31 + j * 17)).collect())
            .collect();
        let line: Vec<Vec<f64>> = rows.iter().map(|row| vec![row[0] - row[1]]).collect();
        let noise: Vec<Vec<f64>> = (0..40).map(|k| vec![wobble(k * k + 5)]).collect();
        let ridges = [1e-4, 1e-2, 1.0];
        let chosen = |targets: &[Vec<f64>]| choose(&rows, targets, &ridges).unwrap();
        assert!(chosen(&line) < chosen(&noise));
    }

    #[test]
    fn rows_that_are_all_alike_are_an_error() {
        assert_eq!(
            fit(&vec![vec![1.0]; 4], &vec![vec![1.0]; 4], 0.1),
            Err(DatasetError::Degenerate)
        );
    }
}
