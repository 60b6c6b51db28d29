//! Functions of symmetric positive definite (SPD) matrices, without allocation after construction.
//!
//! A matrix of order `n` is a row-major slice of `n * n` numbers; only its upper triangle is read.
//! Plain loops in a fixed order: the same input gives the same bits on every run.

use crate::eigen::{NotFinite, SymmetricEigen};
use crate::vectors::{axpy, axpy4, dot, mirror_upper};

/// `out = W A Wᵀ` for `W` (rows × order) and symmetric `A` (order × order), all row-major; `scratch` holds rows × order,
/// `out` rows × rows.
pub fn congruence(w: &[f64], a: &[f64], order: usize, scratch: &mut [f64], out: &mut [f64]) {
    let rows = w.len() / order;
    scratch.fill(0.0);
    for (w_row, row) in w.chunks_exact(order).zip(scratch.chunks_exact_mut(order)) {
        for (weights, a_rows) in w_row.chunks(4).zip(a.chunks(4 * order)) {
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
    for i in 0..rows {
        let row = &scratch[i * order..(i + 1) * order];
        for j in i..rows {
            out[i * rows + j] = dot(row, &w[j * order..(j + 1) * order]);
        }
    }
    mirror_upper(out, rows);
}

/// The matrix with every eigenvalue replaced by `f(eigenvalue)`.
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn map(matrix: &[f64], order: usize, f: impl Fn(f64) -> f64) -> Result<Vec<f64>, NotFinite> {
    let mut eigen = SymmetricEigen::new(order);
    eigen.decompose(matrix)?;
    let mut out = vec![0.0; order * order];
    eigen.map_into(f, &mut out);
    Ok(out)
}

/// The least eigenvalue that a logarithm or an inverse root is taken of: rounding can make a rank-deficient
/// covariance's zero slightly negative.
pub const EIGENVALUE_FLOOR: f64 = 1e-12;

/// Natural logarithm of an eigenvalue, floored at [`EIGENVALUE_FLOOR`].
#[must_use]
pub fn log_floored(value: f64) -> f64 {
    libm::log(value.max(EIGENVALUE_FLOOR))
}

/// `A^(1/2)`.
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn sqrt(matrix: &[f64], order: usize) -> Result<Vec<f64>, NotFinite> {
    map(matrix, order, |value| value.max(0.0).sqrt())
}

/// `log A`, with eigenvalues floored at [`EIGENVALUE_FLOOR`].
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn log(matrix: &[f64], order: usize) -> Result<Vec<f64>, NotFinite> {
    map(matrix, order, log_floored)
}

/// `exp A` of a symmetric matrix.
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn exp(matrix: &[f64], order: usize) -> Result<Vec<f64>, NotFinite> {
    map(matrix, order, libm::exp)
}

/// `A^(-1/2)`.
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn inverse_sqrt(matrix: &[f64], order: usize) -> Result<Vec<f64>, NotFinite> {
    map(matrix, order, |value| {
        1.0 / value.max(EIGENVALUE_FLOOR).sqrt()
    })
}

/// The `rows` principal components of a matrix: eigenvectors as rows (rows × order), the largest eigenvalue first.
///
/// # Errors
/// [`NotFinite`] where the matrix holds a NaN or an infinity.
pub fn principal_components(
    matrix: &[f64],
    order: usize,
    rows: usize,
) -> Result<Vec<f64>, NotFinite> {
    let mut eigen = SymmetricEigen::new(order);
    eigen.decompose(matrix)?;
    let mut by_size: Vec<usize> = (0..order).collect();
    by_size.sort_by(|&i, &j| eigen.values()[j].total_cmp(&eigen.values()[i]));
    let mut components = Vec::with_capacity(rows * order);
    for &k in by_size.iter().take(rows) {
        components.extend_from_slice(&eigen.vectors()[k * order..(k + 1) * order]);
    }
    Ok(components)
}

/// Log-Euclidean mean `exp(1/m Σ log A_i)` of SPD matrices (Arsigny et al. 2007).
///
/// # Errors
/// [`NotFinite`] where a matrix holds a NaN or an infinity.
pub fn log_euclidean_mean<'a>(
    matrices: impl IntoIterator<Item = &'a [f64]>,
    order: usize,
) -> Result<Vec<f64>, NotFinite> {
    exp(&mean_log(matrices, order)?, order)
}

/// The logarithm of [`log_euclidean_mean`].
///
/// # Errors
/// [`NotFinite`] where a matrix holds a NaN or an infinity.
pub fn mean_log<'a>(
    matrices: impl IntoIterator<Item = &'a [f64]>,
    order: usize,
) -> Result<Vec<f64>, NotFinite> {
    let mut eigen = SymmetricEigen::new(order);
    let mut log = vec![0.0; order * order];
    let mut sum = vec![0.0; order * order];
    let mut count = 0.0;
    for matrix in matrices {
        eigen.decompose(matrix)?;
        eigen.map_into(log_floored, &mut log);
        axpy(1.0, &log, &mut sum);
        count += 1.0;
    }
    sum.iter_mut()
        .for_each(|value| *value /= f64::max(count, 1.0));
    Ok(sum)
}

/// Affine-invariant (Karcher) mean: the matrix with the least sum of squared [`distance`]s to all (Moakher 2005; Pennec
/// et al. 2006), by fixed-step gradient descent from the log-Euclidean mean.
///
/// # Errors
/// [`NotFinite`] where a matrix holds a NaN or an infinity.
pub fn affine_invariant_mean(matrices: &[&[f64]], order: usize) -> Result<Vec<f64>, NotFinite> {
    /// A step shorter than this, relative to the matrix, is none: rounding is not far below.
    const CONVERGED: f64 = 1e-12;
    const MOST_STEPS: usize = 100;
    let mut mean = log_euclidean_mean(matrices.iter().copied(), order)?;
    let mut eigen = SymmetricEigen::new(order);
    let [mut scratch, mut whitened, mut log] = [(); 3].map(|()| vec![0.0; order * order]);
    for _ in 0..MOST_STEPS {
        let (root, whitener) = (sqrt(&mean, order)?, inverse_sqrt(&mean, order)?);
        let mut step = vec![0.0; order * order];
        for matrix in matrices {
            congruence(&whitener, matrix, order, &mut scratch, &mut whitened);
            eigen.decompose(&whitened)?;
            eigen.map_into(log_floored, &mut log);
            axpy(1.0 / matrices.len() as f64, &log, &mut step);
        }
        let length = dot(&step, &step).sqrt();
        congruence(&root, &exp(&step, order)?, order, &mut scratch, &mut mean);
        if length < CONVERGED {
            break;
        }
    }
    Ok(mean)
}

/// Affine-invariant distance `‖log(A^(-1/2) B A^(-1/2))‖`: how far apart two covariances are, whatever linear mixture the
/// electrodes see.
///
/// # Errors
/// [`NotFinite`] where a matrix holds a NaN or an infinity.
pub fn distance(a: &[f64], b: &[f64], order: usize) -> Result<f64, NotFinite> {
    let [mut scratch, mut whitened] = [(); 2].map(|()| vec![0.0; order * order]);
    congruence(
        &inverse_sqrt(a, order)?,
        b,
        order,
        &mut scratch,
        &mut whitened,
    );
    let mut eigen = SymmetricEigen::new(order);
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
    use proptest::prelude::*;

    /// A random SPD matrix `B Bᵀ + 0.1 I`.
    fn spd(max_order: usize) -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1..=max_order).prop_flat_map(|n| {
            proptest::collection::vec(-2.0..2.0f64, n * n).prop_map(move |b| {
                let mut a = vec![0.0; n * n];
                for i in 0..n {
                    for j in 0..n {
                        a[i * n + j] = dot(&b[i * n..(i + 1) * n], &b[j * n..(j + 1) * n]);
                    }
                    a[i * n + i] += 0.1;
                }
                (n, a)
            })
        })
    }

    fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f64::max)
    }

    fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
        let mut out = vec![0.0; n * n];
        for i in 0..n {
            for k in 0..n {
                for j in 0..n {
                    out[i * n + j] += a[i * n + k] * b[k * n + j];
                }
            }
        }
        out
    }

    fn identity(n: usize) -> Vec<f64> {
        (0..n * n)
            .map(|k| if k % (n + 1) == 0 { 1.0 } else { 0.0 })
            .collect()
    }

    proptest! {
        #[test]
        fn decomposition_rebuilds_the_matrix((n, a) in spd(24)) {
            let rebuilt = map(&a, n, |value| value).unwrap();
            prop_assert!(largest_difference(&rebuilt, &a) < 1e-11 * (1.0 + n as f64));
        }

        #[test]
        fn eigenvectors_are_orthonormal((n, a) in spd(24)) {
            let mut eigen = SymmetricEigen::new(n);
            eigen.decompose(&a).unwrap();
            let v = eigen.vectors();
            for i in 0..n {
                for j in 0..n {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    let inner = dot(&v[i * n..(i + 1) * n], &v[j * n..(j + 1) * n]);
                    prop_assert!((inner - expected).abs() < 1e-12 * (1.0 + n as f64));
                }
            }
        }

        #[test]
        fn inverse_root_whitens((n, a) in spd(16)) {
            let w = inverse_sqrt(&a, n).unwrap();
            let (mut scratch, mut out) = (vec![0.0; n * n], vec![0.0; n * n]);
            congruence(&w, &a, n, &mut scratch, &mut out);
            prop_assert!(largest_difference(&out, &identity(n)) < 1e-9);
        }

        #[test]
        fn principal_components_are_uncorrelated_and_in_order((n, a) in spd(16), share in 0.1..=1.0f64) {
            let rows = ((n as f64 * share) as usize).max(1);
            let w = principal_components(&a, n, rows).unwrap();
            let (mut scratch, mut out) = (vec![0.0; rows * n], vec![0.0; rows * rows]);
            congruence(&w, &a, n, &mut scratch, &mut out);
            for i in 0..rows {
                for j in 0..i {
                    prop_assert!(out[i * rows + j].abs() < 1e-9);
                }
                prop_assert!(i == 0 || out[i * rows + i] <= out[(i - 1) * (rows + 1)] + 1e-9);
            }
        }

        #[test]
        fn a_root_times_itself_is_the_matrix((n, a) in spd(16)) {
            let root = sqrt(&a, n).unwrap();
            prop_assert!(largest_difference(&product(&root, &root, n), &a) < 1e-9 * (1.0 + n as f64));
        }

        #[test]
        fn the_affine_invariant_mean_follows_any_mixture((n, a) in spd(6), seed in 0.5..2.0f64) {
            let b = map(&a, n, |value| (seed * value).sqrt() + 0.2).unwrap();
            let c = (0..n * n).map(|k| if k % (n + 1) == 0 { 1.0 + k as f64 } else { 0.0 }).collect::<Vec<_>>();
            let mean = affine_invariant_mean(&[&a, &b, &c], n).unwrap();
            // A mixture that is not symmetric: upper triangular.
            let mixture: Vec<f64> = (0..n * n)
                .map(|k| if k / n == k % n { 1.5 } else if k / n < k % n { 0.3 } else { 0.0 })
                .collect();
            let mix = |matrix: &[f64]| {
                let (mut scratch, mut out) = (vec![0.0; n * n], vec![0.0; n * n]);
                congruence(&mixture, matrix, n, &mut scratch, &mut out);
                out
            };
            let (a, b, c) = (mix(&a), mix(&b), mix(&c));
            let mixed = affine_invariant_mean(&[&a, &b, &c], n).unwrap();
            let expected = mix(&mean);
            let size = dot(&expected, &expected).sqrt();
            prop_assert!(largest_difference(&mixed, &expected) < 1e-7 * (1.0 + size));
        }

        #[test]
        fn distance_is_symmetric_and_survives_inversion((n, a) in spd(10), seed in 0.5..2.0f64) {
            let b = map(&a, n, |value| (seed * value).sqrt() + 0.2).unwrap();
            let inverse = |m: &[f64]| map(m, n, |value| 1.0 / value).unwrap();
            let d = distance(&a, &b, n).unwrap();
            prop_assert!((d - distance(&b, &a, n).unwrap()).abs() < 1e-7 * (1.0 + d));
            prop_assert!((d - distance(&inverse(&a), &inverse(&b), n).unwrap()).abs() < 1e-7 * (1.0 + d));
            prop_assert!(distance(&a, &a, n).unwrap() < 1e-6);
        }

        #[test]
        fn exp_inverts_log((n, a) in spd(16)) {
            let back = map(&map(&a, n, log_floored).unwrap(), n, libm::exp).unwrap();
            prop_assert!(largest_difference(&back, &a) < 1e-9 * (1.0 + n as f64));
        }

        #[test]
        fn mean_of_a_matrix_and_its_inverse_is_the_identity((n, a) in spd(12)) {
            let inverse = map(&a, n, |value| 1.0 / value).unwrap();
            let mean = log_euclidean_mean([a.as_slice(), inverse.as_slice()], n).unwrap();
            prop_assert!(largest_difference(&mean, &identity(n)) < 1e-8);
        }

        #[test]
        fn congruence_is_the_product_of_three((n, a) in spd(12), seed in 0.1..3.0f64) {
            let w: Vec<f64> = map(&a, n, |value| (seed * value).sqrt()).unwrap();
            let (mut scratch, mut out) = (vec![0.0; n * n], vec![0.0; n * n]);
            congruence(&w, &a, n, &mut scratch, &mut out);
            let expected = product(&product(&w, &a, n), &w, n);
            prop_assert!(largest_difference(&out, &expected) < 1e-8 * (1.0 + n as f64));
        }
    }
}
