//! Eigendecomposition of symmetric matrices. The working memory is reused.

use crate::matrix::SymmetricMatrix;
use crate::vectors::{axpy, axpy4, dot};

/// The eigenvalue iteration did not converge: the matrix contains a NaN or an infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a covariance of {order} channels has no eigen-decomposition: it holds a value that is not finite"
)]
pub struct NotFinite {
    /// Number of rows of the matrix.
    pub order: usize,
}

/// Most sweeps of the QL iteration for one eigenvalue. Two are usual; EISPACK stops at 30.
const MAX_SWEEPS: usize = 60;

/// Eigendecomposition `A = Σ λ_k v_k v_kᵀ` of a symmetric matrix. The working memory is reused.
///
/// Householder tridiagonalisation, then implicit QL with Wilkinson's shift (Golub and Van Loan, Matrix
/// Computations, 8.3). Eigenvectors are kept as rows, so that every inner loop runs along memory.
#[derive(Debug, Clone)]
pub struct SymmetricEigen {
    order: usize,
    reduced: Vec<f64>,
    vectors: Vec<f64>,
    values: Vec<f64>,
    off_diagonal: Vec<f64>,
    reflector: Vec<f64>,
    product: Vec<f64>,
    scale: Vec<f64>,
    /// Cosine and sine of each rotation of a sweep, last row first.
    rotations: Vec<[f64; 2]>,
    /// Whether eigenvectors are computed.
    wants_vectors: bool,
}

impl SymmetricEigen {
    /// For matrices of this order.
    #[must_use]
    pub fn new(order: usize) -> Self {
        Self {
            order,
            reduced: vec![0.0; order * order],
            vectors: vec![0.0; order * order],
            values: vec![0.0; order],
            off_diagonal: vec![0.0; order],
            reflector: vec![0.0; order],
            product: vec![0.0; order],
            scale: vec![0.0; order],
            rotations: Vec::with_capacity(order),
            wants_vectors: true,
        }
    }

    /// Number of rows of the matrices.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// Eigenvalues of the last matrix, in no particular order.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Eigenvector of the last matrix for the eigenvalue `values()[k]`. Its length is 1.
    #[must_use]
    pub fn vector(&self, k: usize) -> &[f64] {
        &self.vectors[k * self.order..(k + 1) * self.order]
    }

    /// Indices of the eigenvalues, the largest first.
    #[must_use]
    pub fn by_size(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.order).collect();
        places.sort_by(|&i, &j| self.values[j].total_cmp(&self.values[i]));
        places
    }

    /// Decomposes a matrix.
    ///
    /// # Errors
    /// [`NotFinite`] if the matrix contains a NaN or an infinity.
    ///
    /// # Panics
    /// If the matrix has another order.
    pub fn decompose(&mut self, matrix: &SymmetricMatrix) -> Result<(), NotFinite> {
        self.wants_vectors = true;
        self.run(matrix)
    }

    /// Computes eigenvalues only, in a fraction of the time. The eigenvectors of the last matrix are lost.
    ///
    /// # Errors
    /// [`NotFinite`] if the matrix contains a NaN or an infinity.
    ///
    /// # Panics
    /// If the matrix has another order.
    pub fn find_values(&mut self, matrix: &SymmetricMatrix) -> Result<(), NotFinite> {
        self.wants_vectors = false;
        self.run(matrix)
    }

    fn run(&mut self, matrix: &SymmetricMatrix) -> Result<(), NotFinite> {
        assert_eq!(matrix.order(), self.order, "a matrix of this order");
        if !matrix.values().iter().all(|value| value.is_finite()) {
            return Err(NotFinite { order: self.order });
        }
        self.reduced.copy_from_slice(matrix.values());
        self.tridiagonalise();
        if self.wants_vectors {
            self.accumulate_reflectors();
        }
        self.iterate_ql()
    }

    /// Reduces to tridiagonal form; reflector `k` stays in row `k` of `reduced`, right of the diagonal.
    fn tridiagonalise(&mut self) {
        let n = self.order;
        for k in 0..n.saturating_sub(2) {
            let tail = n - k - 1;
            let v = &mut self.reflector[..tail];
            v.copy_from_slice(&self.reduced[k * n + k + 1..(k + 1) * n]);
            let norm = dot(v, v).sqrt();
            self.values[k] = self.reduced[k * n + k];
            if norm == 0.0 {
                self.off_diagonal[k] = 0.0;
                self.scale[k] = 0.0;
                continue;
            }
            let alpha = if v[0] > 0.0 { -norm } else { norm };
            v[0] -= alpha;
            let beta = 2.0 / dot(v, v);
            self.off_diagonal[k] = alpha;
            self.scale[k] = beta;

            let p = &mut self.product[..tail];
            p.fill(0.0);
            for i in 0..tail {
                let start = (k + 1 + i) * n + k + 1;
                let row = &self.reduced[start + i..start + tail];
                let (head, rest) = (row[0], &row[1..]);
                p[i] += head * v[i] + dot(rest, &v[i + 1..]);
                axpy(v[i], rest, &mut p[i + 1..]);
            }
            let half = 0.5 * beta * beta * dot(p, v);
            for (p, v) in p.iter_mut().zip(v.iter()) {
                *p = beta * *p - half * v;
            }
            for i in 0..tail {
                let start = (k + 1 + i) * n + k + 1;
                let row = &mut self.reduced[start + i..start + tail];
                for ((a, v_j), w_j) in row.iter_mut().zip(&v[i..]).zip(&p[i..]) {
                    *a -= v[i] * w_j + p[i] * v_j;
                }
            }
            self.reduced[k * n + k + 1..(k + 1) * n].copy_from_slice(v);
        }
        if n >= 2 {
            self.values[n - 2] = self.reduced[(n - 2) * n + n - 2];
            self.off_diagonal[n - 2] = self.reduced[(n - 2) * n + n - 1];
        }
        if n >= 1 {
            self.values[n - 1] = self.reduced[n * n - 1];
            self.off_diagonal[n - 1] = 0.0;
        }
    }

    /// `vectors` becomes the transpose of the product of all reflectors.
    fn accumulate_reflectors(&mut self) {
        let n = self.order;
        self.vectors.fill(0.0);
        for k in 0..n {
            self.vectors[k * n + k] = 1.0;
        }
        for k in (0..n.saturating_sub(2)).rev() {
            let v = &self.reduced[k * n + k + 1..(k + 1) * n];
            for row in self.vectors[(k + 1) * n..].chunks_exact_mut(n) {
                let row = &mut row[k + 1..];
                let projection = -self.scale[k] * dot(row, v);
                axpy(projection, v, row);
            }
        }
    }

    fn iterate_ql(&mut self) -> Result<(), NotFinite> {
        let n = self.order;
        for first in 0..n {
            let mut sweeps = 0;
            loop {
                let last = self.end_of_unreduced_part(first);
                if last == first {
                    break;
                }
                sweeps += 1;
                if sweeps > MAX_SWEEPS {
                    return Err(NotFinite { order: n });
                }
                self.ql_sweep(first, last);
            }
        }
        Ok(())
    }

    fn end_of_unreduced_part(&self, first: usize) -> usize {
        (first..self.order - 1)
            .find(|&m| {
                let size = self.values[m].abs() + self.values[m + 1].abs();
                self.off_diagonal[m].abs() <= f64::EPSILON * size
            })
            .unwrap_or(self.order - 1)
    }

    fn ql_sweep(&mut self, first: usize, last: usize) {
        let (d, e) = (&mut self.values, &mut self.off_diagonal);
        let half_gap = (d[first + 1] - d[first]) / (2.0 * e[first]);
        let radius = (half_gap * half_gap + 1.0).sqrt();
        let mut g = d[last] - d[first] + e[first] / (half_gap + radius.copysign(half_gap));
        let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
        self.rotations.clear();
        let mut deflated = false;
        for i in (first..last).rev() {
            let f = sine * e[i];
            let b = cosine * e[i];
            let length = (f * f + g * g).sqrt();
            e[i + 1] = length;
            if length == 0.0 {
                d[i + 1] -= shift;
                deflated = true;
                break;
            }
            let inverse = 1.0 / length;
            sine = f * inverse;
            cosine = g * inverse;
            g = d[i + 1] - shift;
            let t = (d[i] - g) * sine + 2.0 * cosine * b;
            shift = sine * t;
            d[i + 1] = g + shift;
            g = cosine * t - b;
            self.rotations.push([cosine, sine]);
        }
        if !deflated {
            d[first] -= shift;
            e[first] = g;
        }
        e[last] = 0.0;
        if self.wants_vectors {
            self.rotate_vectors(last);
        }
    }

    /// Applies a sweep's rotations to rows `last` and above, some columns at a time.
    fn rotate_vectors(&mut self, last: usize) {
        let mut column = 0;
        while column + 8 <= self.order {
            self.rotate_columns::<8>(last, column);
            column += 8;
        }
        if column + 4 <= self.order {
            self.rotate_columns::<4>(last, column);
            column += 4;
        }
        while column < self.order {
            self.rotate_columns::<1>(last, column);
            column += 1;
        }
    }

    /// The row that two neighbouring rotations share stays in registers between them.
    fn rotate_columns<const COLUMNS: usize>(&mut self, last: usize, column: usize) {
        let n = self.order;
        let mut row = last * n + column;
        let mut carried = [0.0; COLUMNS];
        carried.copy_from_slice(&self.vectors[row..][..COLUMNS]);
        for &[cosine, sine] in &self.rotations {
            let mut upper = [0.0; COLUMNS];
            upper.copy_from_slice(&self.vectors[row - n..][..COLUMNS]);
            let lower = &mut self.vectors[row..][..COLUMNS];
            for k in 0..COLUMNS {
                lower[k] = sine * upper[k] + cosine * carried[k];
                carried[k] = cosine * upper[k] - sine * carried[k];
            }
            row -= n;
        }
        self.vectors[row..][..COLUMNS].copy_from_slice(&carried);
    }

    /// Writes `Σ f(λ_k) v_k v_kᵀ` of the last matrix into `out`.
    ///
    /// # Panics
    /// If `out` has another order.
    pub fn map_into(&mut self, f: impl Fn(f64) -> f64, out: &mut SymmetricMatrix) {
        assert_eq!(out.order(), self.order, "a matrix of this order");
        let n = self.order;
        for (scale, value) in self.scale.iter_mut().zip(&self.values) {
            *scale = f(*value);
        }
        let values = out.values_mut();
        values.fill(0.0);
        for (weights, vectors) in self.scale.chunks(4).zip(self.vectors.chunks(4 * n)) {
            for i in 0..n {
                let row = &mut values[i * n + i..(i + 1) * n];
                let factor = |k: usize| weights[k] * vectors[k * n + i];
                let tail = |k: usize| &vectors[k * n + i..(k + 1) * n];
                if weights.len() == 4 {
                    let factors = [factor(0), factor(1), factor(2), factor(3)];
                    axpy4(factors, [tail(0), tail(1), tail(2), tail(3)], row);
                } else {
                    (0..weights.len()).for_each(|k| axpy(factor(k), tail(k), row));
                }
            }
        }
        out.mirror();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagonal_and_repeated_eigenvalues_converge() {
        let mut eigen = SymmetricEigen::new(3);
        let matrix = vec![2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 5.0];
        let matrix = SymmetricMatrix::from_values(matrix).unwrap();
        eigen.decompose(&matrix).unwrap();
        let mut values = eigen.values().to_vec();
        values.sort_by(f64::total_cmp);
        assert_eq!(values, [2.0, 2.0, 5.0]);
    }

    #[test]
    fn eigenvalues_alone_have_the_same_bits() {
        let entries: Vec<f64> = (0..64).map(|k| f64::from(k * k % 23)).collect();
        let matrix = SymmetricMatrix::from_values(entries).unwrap();
        let mut eigen = SymmetricEigen::new(8);
        eigen.decompose(&matrix).unwrap();
        let values = eigen.values().to_vec();
        eigen.find_values(&matrix).unwrap();
        assert_eq!(eigen.values(), values);
    }

    #[test]
    fn a_nan_is_an_error_and_not_a_hang() {
        let mut eigen = SymmetricEigen::new(2);
        let matrix = vec![1.0, f64::NAN, f64::NAN, 1.0];
        let matrix = SymmetricMatrix::from_values(matrix).unwrap();
        assert_eq!(eigen.decompose(&matrix), Err(NotFinite { order: 2 }));
    }
}
