//! When tags change their brightness, and what responses to all changes add up to.

use super::basis::LAGS;
use crate::matrix::Matrix;
use crate::vectors::axpy;

/// A change of brightness: from dark to bright, or from bright to dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Rise,
    Fall,
}

impl Edge {
    pub(super) const ALL: [Self; 2] = [Self::Rise, Self::Fall];

    /// The change from one brightness to the next and its size, if there is one.
    pub(super) fn between(before: f64, now: f64) -> Option<(Self, f64)> {
        let size = now - before;
        if size > 0.0 {
            Some((Self::Rise, size))
        } else if size < 0.0 {
            Some((Self::Fall, -size))
        } else {
            None
        }
    }
}

/// All changes of a code, when they happen, and their sizes. A tag is dark before its code begins.
pub(super) fn edges(code: &[f64]) -> impl Iterator<Item = (usize, Edge, f64)> {
    let before = std::iter::once(&0.0).chain(code);
    code.iter()
        .zip(before)
        .enumerate()
        .filter_map(|(at, (now, before))| {
            let (edge, size) = Edge::between(*before, *now)?;
            Some((at, edge, size))
        })
}

/// Responses of several shapes to rises and to falls: a row per shape, [`LAGS`] long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernels<'a> {
    pub(super) rise: &'a Matrix,
    pub(super) fall: &'a Matrix,
}

impl Kernels<'_> {
    pub(super) fn of(&self, edge: Edge) -> &Matrix {
        match edge {
            Edge::Rise => self.rise,
            Edge::Fall => self.fall,
        }
    }

    /// Shapes × samples: for each shape, the sum of the responses to all changes of a code.
    pub(super) fn sum_over(&self, code: &[f64]) -> Matrix {
        let mut sum = Matrix::zeros(self.rise.rows(), code.len());
        for (at, edge, size) in edges(code) {
            for (shape, sum) in self.of(edge).iter().zip(sum.iter_mut()) {
                axpy(size, shape, &mut sum[at..code.len().min(at + LAGS)]);
            }
        }
        sum
    }
}

/// Regressors × samples: a basis convolved with the rises of a code, then with its falls.
pub(super) fn regressors(basis: &Matrix, code: &[f64]) -> Matrix {
    let silent = Matrix::zeros(basis.rows(), LAGS);
    let of = |edge| {
        let kernels = match edge {
            Edge::Rise => Kernels {
                rise: basis,
                fall: &silent,
            },
            Edge::Fall => Kernels {
                rise: &silent,
                fall: basis,
            },
        };
        kernels.sum_over(code)
    };
    let mut all = of(Edge::Rise);
    all.extend_rows(&of(Edge::Fall));
    all
}

/// Each change of a code at each lag: rises, then falls, 2 · lags × samples.
pub(in crate::looking) fn edge_regressors(code: &[f64], lags: usize) -> Matrix {
    let mut rows = Matrix::zeros(2 * lags, code.len());
    for (at, edge, size) in edges(code) {
        let first = edge as usize * lags;
        for (lag, place) in (at..code.len()).take(lags).enumerate() {
            rows.row_mut(first + lag)[place] += size;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_begins_bright_begins_with_a_rise() {
        let found: Vec<_> = edges(&[1.0, 1.0, 0.0, 0.25, 1.0]).collect();
        let (rise, fall) = (Edge::Rise, Edge::Fall);
        assert_eq!(
            found,
            [
                (0, rise, 1.0),
                (2, fall, 1.0),
                (3, rise, 0.25),
                (4, rise, 0.75)
            ]
        );
    }

    #[test]
    fn regressors_repeat_the_basis_after_each_change() {
        let shape: Vec<f64> = (0..LAGS).map(|lag| 1.0 / (1.0 + lag as f64)).collect();
        let basis = Matrix::from_rows([shape]).unwrap();
        let rows = regressors(&basis, &[0.0, 1.0, 0.0, 0.5]);
        assert_eq!((rows.rows(), rows.columns()), (2, 4));
        assert_eq!(rows.row(0), [0.0, 1.0, 0.5, 1.0 / 3.0 + 0.5]);
        assert_eq!(rows.row(1), [0.0, 0.0, 1.0, 0.5]);
    }
}
