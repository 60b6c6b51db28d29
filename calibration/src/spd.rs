//! Functions of symmetric positive definite (SPD) matrices, without allocation after construction.
//!
//! Plain loops in a fixed order: the same input gives the same bits on every run.

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::{axpy, axpy4, dot};

/// `out = W A Wᵀ` for `W` of rows × order. `out` is rows × rows; `scratch` has the shape of `W`.
///
/// # Panics
/// If the shapes do not fit together.
pub fn congruence(
    w: &Matrix,
    a: &SymmetricMatrix,
    scratch: &mut Matrix,
    out: &mut SymmetricMatrix,
) {
    let (rows, order) = (w.rows(), w.columns());
    assert_eq!(order, a.order(), "a column for each row of the matrix");
    assert_eq!(
        (scratch.rows(), scratch.columns()),
        (rows, order),
        "scratch"
    );
    assert_eq!(out.order(), rows, "a row for each row of the weights");
    scratch.values_mut().fill(0.0);
    for (w_row, row) in w.iter().zip(scratch.iter_mut()) {
        for (weights, a_rows) in w_row.chunks(4).zip(a.values().chunks(4 * order)) {
            if let [w0, w1, w2, w3] = *weights {
                let at = |k: usize| &a_rows[k * order..(k + 1) * order];
                axpy4([w0, w1, w2, w3], [at(0), at(1), at(2), at(3)], row);
            } else {
                weights
                    .iter()
                    .zip(a_rows.chunks(order))
                    .for_each(|(weight, a_row)| axpy(*weight, a_row, row));
            }
        }
    }
    out.fill_upper(|i, tail| {
        let row = scratch.row(i);
        for (value, w_row) in tail.iter_mut().zip(w.iter().skip(i)) {
            *value = dot(row, w_row);
        }
    });
}

/// `W A Wᵀ` as a new matrix.
#[must_use]
pub fn projected(w: &Matrix, a: &SymmetricMatrix) -> SymmetricMatrix {
    let mut scratch = Matrix::zeros(w.rows(), w.columns());
    let mut out = SymmetricMatrix::zeros(w.rows());
    congruence(w, a, &mut scratch, &mut out);
    out
}

/// The matrix with each eigenvalue replaced by `f(eigenvalue)`.
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn map(matrix: &SymmetricMatrix, f: impl Fn(f64) -> f64) -> Result<SymmetricMatrix, NotFinite> {
    let mut eigen = SymmetricEigen::new(matrix.order());
    eigen.decompose(matrix)?;
    let mut out = SymmetricMatrix::zeros(matrix.order());
    eigen.map_into(f, &mut out);
    Ok(out)
}

/// Smaller eigenvalues are raised to this value before a logarithm or an inverse root: rounding can make a zero eigenvalue of a
/// rank-deficient covariance slightly negative.
pub const EIGENVALUE_FLOOR: f64 = 1e-12;

/// Natural logarithm of an eigenvalue, floored at [`EIGENVALUE_FLOOR`].
#[must_use]
pub fn log_floored(value: f64) -> f64 {
    libm::log(value.max(EIGENVALUE_FLOOR))
}

/// `A^(1/2)`.
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn sqrt(matrix: &SymmetricMatrix) -> Result<SymmetricMatrix, NotFinite> {
    map(matrix, |value| value.max(0.0).sqrt())
}

/// `log A`, with eigenvalues floored at [`EIGENVALUE_FLOOR`].
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn log(matrix: &SymmetricMatrix) -> Result<SymmetricMatrix, NotFinite> {
    map(matrix, log_floored)
}

/// `exp A` of a symmetric matrix.
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn exp(matrix: &SymmetricMatrix) -> Result<SymmetricMatrix, NotFinite> {
    map(matrix, libm::exp)
}

/// `A^(-1/2)`.
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn inverse_sqrt(matrix: &SymmetricMatrix) -> Result<SymmetricMatrix, NotFinite> {
    map(matrix, |value| 1.0 / value.max(EIGENVALUE_FLOOR).sqrt())
}

/// The principal components of a matrix: eigenvectors as rows (`count` × order), the largest eigenvalue first.
///
/// # Errors
/// [`NotFinite`] if the matrix contains a NaN or an infinity.
pub fn principal_components(matrix: &SymmetricMatrix, count: usize) -> Result<Matrix, NotFinite> {
    let mut eigen = SymmetricEigen::new(matrix.order());
    eigen.decompose(matrix)?;
    let mut components = Matrix::with_columns(matrix.order());
    let by_size = eigen.by_size();
    let largest = by_size.into_iter().take(count);
    largest.for_each(|k| components.push_row(eigen.vector(k)));
    Ok(components)
}

/// Log-Euclidean mean `exp(1/m Σ log A_i)` of SPD matrices (Arsigny et al. 2007).
///
/// # Errors
/// [`NotFinite`] if a matrix contains a NaN or an infinity.
pub fn log_euclidean_mean<'a>(
    matrices: impl IntoIterator<Item = &'a SymmetricMatrix>,
) -> Result<SymmetricMatrix, NotFinite> {
    exp(&mean_log(matrices)?)
}

/// The logarithm of [`log_euclidean_mean`]; of order 0 if there are no matrices.
///
/// # Errors
/// [`NotFinite`] if a matrix contains a NaN or an infinity.
pub fn mean_log<'a>(
    matrices: impl IntoIterator<Item = &'a SymmetricMatrix>,
) -> Result<SymmetricMatrix, NotFinite> {
    let mut matrices = matrices.into_iter().peekable();
    let order = matrices.peek().map_or(0, |matrix| matrix.order());
    let mut eigen = SymmetricEigen::new(order);
    let mut log = SymmetricMatrix::zeros(order);
    let mut sum = SymmetricMatrix::zeros(order);
    let mut count = 0.0;
    for matrix in matrices {
        eigen.decompose(matrix)?;
        eigen.map_into(log_floored, &mut log);
        sum.add(1.0, &log);
        count += 1.0;
    }
    sum.map_values(|value| value / f64::max(count, 1.0));
    Ok(sum)
}

/// Affine-invariant (Karcher) mean: the matrix with the least sum of squared [`distance`]s to all others (Moakher 2005; Pennec et al.
/// 2006), by fixed-step gradient descent from the log-Euclidean mean.
///
/// # Errors
/// [`NotFinite`] if a matrix contains a NaN or an infinity.
pub fn affine_invariant_mean(matrices: &[&SymmetricMatrix]) -> Result<SymmetricMatrix, NotFinite> {
    /// The descent ends with a step shorter than this, relative to the matrix: rounding errors are almost as large.
    const CONVERGED: f64 = 1e-12;
    const MOST_STEPS: usize = 100;
    let mut mean = log_euclidean_mean(matrices.iter().copied())?;
    let order = mean.order();
    let mut eigen = SymmetricEigen::new(order);
    let mut scratch = Matrix::zeros(order, order);
    let [mut whitened, mut log] = [(); 2].map(|()| SymmetricMatrix::zeros(order));
    for _ in 0..MOST_STEPS {
        let (root, whitener) = (sqrt(&mean)?, inverse_sqrt(&mean)?);
        let mut step = SymmetricMatrix::zeros(order);
        for matrix in matrices {
            congruence(&whitener, matrix, &mut scratch, &mut whitened);
            eigen.decompose(&whitened)?;
            eigen.map_into(log_floored, &mut log);
            step.add(1.0 / matrices.len() as f64, &log);
        }
        let length = dot(step.values(), step.values()).sqrt();
        congruence(&root, &exp(&step)?, &mut scratch, &mut mean);
        if length < CONVERGED {
            break;
        }
    }
    Ok(mean)
}

/// Affine-invariant distance `‖log(A^(-1/2) B A^(-1/2))‖`: it does not depend on the linear mixture at the electrodes.
///
/// # Errors
/// [`NotFinite`] if a matrix contains a NaN or an infinity.
pub fn distance(a: &SymmetricMatrix, b: &SymmetricMatrix) -> Result<f64, NotFinite> {
    let whitener = inverse_sqrt(a)?;
    let whitened = projected(&whitener, b);
    let mut eigen = SymmetricEigen::new(a.order());
    eigen.decompose(&whitened)?;
    let squares = eigen.values().iter().map(|value| {
        let log = log_floored(*value);
        log * log
    });
    Ok(squares.sum::<f64>().sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::gram;
    use proptest::prelude::*;

    /// A random SPD matrix `B Bᵀ + 0.1 I`.
    fn spd(max_order: usize) -> impl Strategy<Value = SymmetricMatrix> {
        (1..=max_order).prop_flat_map(|n| {
            proptest::collection::vec(-2.0..2.0f64, n * n).prop_map(move |b| {
                let mut a = gram(&Matrix::from_values(n, b).unwrap());
                a.add_to_diagonal(0.1);
                a
            })
        })
    }

    fn largest_difference(a: &Matrix, b: &Matrix) -> f64 {
        let pairs = a.values().iter().zip(b.values());
        pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
    }

    fn product(a: &Matrix, b: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(a.rows(), b.columns());
        for (row, weights) in out.iter_mut().zip(a.iter()) {
            for (weight, b_row) in weights.iter().zip(b.iter()) {
                axpy(*weight, b_row, row);
            }
        }
        out
    }

    proptest! {
        #[test]
        fn decomposition_rebuilds_the_matrix(a in spd(24)) {
            let rebuilt = map(&a, |value| value).unwrap();
            prop_assert!(largest_difference(&rebuilt, &a) < 1e-11 * (1.0 + a.order() as f64));
        }

        #[test]
        fn eigenvectors_are_orthonormal(a in spd(24)) {
            let n = a.order();
            let mut eigen = SymmetricEigen::new(n);
            eigen.decompose(&a).unwrap();
            for i in 0..n {
                for j in 0..n {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    let inner = dot(eigen.vector(i), eigen.vector(j));
                    prop_assert!((inner - expected).abs() < 1e-12 * (1.0 + n as f64));
                }
            }
        }

        #[test]
        fn inverse_root_whitens(a in spd(16)) {
            let whitened = projected(&inverse_sqrt(&a).unwrap(), &a);
            let identity = SymmetricMatrix::identity(a.order());
            prop_assert!(largest_difference(&whitened, &identity) < 1e-9);
        }

        #[test]
        fn principal_components_are_uncorrelated_and_in_order(a in spd(16), share in 0.1..=1.0f64) {
            let rows = ((a.order() as f64 * share) as usize).max(1);
            let components = principal_components(&a, rows).unwrap();
            prop_assert_eq!(components.rows(), rows);
            let out = projected(&components, &a);
            for i in 0..rows {
                for j in 0..i {
                    prop_assert!(out[(i, j)].abs() < 1e-9);
                }
                prop_assert!(i == 0 || out[(i, i)] <= out[(i - 1, i - 1)] + 1e-9);
            }
        }

        #[test]
        fn a_root_times_itself_is_the_matrix(a in spd(16)) {
            let root = sqrt(&a).unwrap();
            prop_assert!(largest_difference(&product(&root, &root), &a) < 1e-9 * (1.0 + a.order() as f64));
        }

        #[test]
        fn the_affine_invariant_mean_follows_any_mixture(a in spd(6), seed in 0.5..2.0f64) {
            let n = a.order();
            let b = map(&a, |value| (seed * value).sqrt() + 0.2).unwrap();
            let mut c = SymmetricMatrix::zeros(n);
            c.fill_upper(|row, tail| {
                tail.fill(0.0);
                tail[0] = 1.0 + (row * (n + 1)) as f64;
            });
            let mean = affine_invariant_mean(&[&a, &b, &c]).unwrap();
            // A mixture that is not symmetric: upper triangular.
            let mixture = (0..n * n)
                .map(|k| if k / n == k % n { 1.5 } else if k / n < k % n { 0.3 } else { 0.0 })
                .collect();
            let mixture = Matrix::from_values(n, mixture).unwrap();
            let mix = |matrix: &SymmetricMatrix| projected(&mixture, matrix);
            let (a, b, c) = (mix(&a), mix(&b), mix(&c));
            let mixed = affine_invariant_mean(&[&a, &b, &c]).unwrap();
            let expected = mix(&mean);
            let size = dot(expected.values(), expected.values()).sqrt();
            prop_assert!(largest_difference(&mixed, &expected) < 1e-7 * (1.0 + size));
        }

        #[test]
        fn distance_is_symmetric_and_survives_inversion(a in spd(10), seed in 0.5..2.0f64) {
            let b = map(&a, |value| (seed * value).sqrt() + 0.2).unwrap();
            let inverse = |m: &SymmetricMatrix| map(m, |value| 1.0 / value).unwrap();
            let d = distance(&a, &b).unwrap();
            prop_assert!((d - distance(&b, &a).unwrap()).abs() < 1e-7 * (1.0 + d));
            prop_assert!((d - distance(&inverse(&a), &inverse(&b)).unwrap()).abs() < 1e-7 * (1.0 + d));
            prop_assert!(distance(&a, &a).unwrap() < 1e-6);
        }

        #[test]
        fn exp_inverts_log(a in spd(16)) {
            let back = exp(&log(&a).unwrap()).unwrap();
            prop_assert!(largest_difference(&back, &a) < 1e-9 * (1.0 + a.order() as f64));
        }

        #[test]
        fn mean_of_a_matrix_and_its_inverse_is_the_identity(a in spd(12)) {
            let inverse = map(&a, |value| 1.0 / value).unwrap();
            let mean = log_euclidean_mean([&a, &inverse]).unwrap();
            let identity = SymmetricMatrix::identity(a.order());
            prop_assert!(largest_difference(&mean, &identity) < 1e-8);
        }

        #[test]
        fn congruence_is_the_product_of_three(a in spd(12), seed in 0.1..3.0f64) {
            let w = map(&a, |value| (seed * value).sqrt()).unwrap();
            let expected = product(&product(&w, &a), &w);
            let found = projected(&w, &a);
            prop_assert!(largest_difference(&found, &expected) < 1e-8 * (1.0 + a.order() as f64));
        }
    }
}
