//! Solving linear equations with a symmetric positive definite matrix, in storage that is reused.

use crate::vectors::dot;

/// The matrix is not positive definite, or it holds a value that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the matrix is not positive definite")]
pub struct NotPositiveDefinite;

/// Replaces the lower triangle of `matrix` (order × order, row-major) by its Cholesky factor `L` with `A = L Lᵀ`.
///
/// # Errors
/// [`NotPositiveDefinite`] where a pivot is not positive. The matrix is then left half factored.
pub fn factor(matrix: &mut [f64], order: usize) -> Result<(), NotPositiveDefinite> {
    for row in 0..order {
        let (above, at) = matrix.split_at_mut(row * order);
        for column in 0..row {
            let other = &above[column * order..][..=column];
            let sum = dot(&other[..column], &at[..column]);
            at[column] = (at[column] - sum) / other[column];
        }
        let pivot = at[row] - dot(&at[..row], &at[..row]);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Err(NotPositiveDefinite);
        }
        at[row] = libm::sqrt(pivot);
    }
    Ok(())
}

/// Solves `L y = b` in place for one right-hand side of length `order`, with `L` from [`factor`].
pub fn solve_lower(lower: &[f64], order: usize, x: &mut [f64]) {
    for row in 0..order {
        let line = &lower[row * order..];
        x[row] = (x[row] - dot(&line[..row], &x[..row])) / line[row];
    }
}

/// Solves `L Lᵀ x = b` in place for one right-hand side of length `order`, with `L` from [`factor`].
pub fn solve(lower: &[f64], order: usize, x: &mut [f64]) {
    solve_lower(lower, order, x);
    for row in (0..order).rev() {
        x[row] /= lower[row * order + row];
        let value = x[row];
        for (x, factor) in x[..row].iter_mut().zip(&lower[row * order..]) {
            *x -= value * factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NotPositiveDefinite, factor, solve};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_solution_fulfils_the_equations(
            values in proptest::collection::vec(-3.0..3.0_f64, 36), x in proptest::collection::vec(-9.0..9.0_f64, 6),
        ) {
            let order = 6;
            let at = |i: usize, j: usize| -> f64 {
                let product: f64 = (0..order).map(|k| values[i * order + k] * values[j * order + k]).sum();
                product + if i == j { 1.0 } else { 0.0 }
            };
            let mut matrix: Vec<f64> = (0..order * order).map(|k| at(k / order, k % order)).collect();
            let mut right: Vec<f64> = (0..order).map(|i| (0..order).map(|j| at(i, j) * x[j]).sum()).collect();
            factor(&mut matrix, order).unwrap();
            solve(&matrix, order, &mut right);
            for (found, expected) in right.iter().zip(&x) {
                prop_assert!((found - expected).abs() < 1e-8, "{right:?} {x:?}");
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_refused() {
        assert_eq!(
            factor(&mut [1.0, 2.0, 2.0, 1.0], 2),
            Err(NotPositiveDefinite)
        );
        assert_eq!(factor(&mut [f64::NAN], 1), Err(NotPositiveDefinite));
    }
}
