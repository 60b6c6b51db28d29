//! When tags change their brightness, and what responses to all changes add up to.

use super::basis::LAGS;
use crate::matrix::Matrix;
use crate::vectors::axpy;

/// A change of brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// From dark to bright.
    Rise,
    /// From bright to dark.
    Fall,
}

impl Edge {
    pub(super) const ALL: [Self; 2] = [Self::Rise, Self::Fall];

    /// The change from one state to the next, if there is one.
    pub(super) fn between(was_bright: bool, is_bright: bool) -> Option<Self> {
        match (was_bright, is_bright) {
            (false, true) => Some(Self::Rise),
            (true, false) => Some(Self::Fall),
            _ => None,
        }
    }
}

/// All changes of a code and when they happen. A tag is dark before its code begins.
pub(super) fn edges(code: &[bool]) -> impl Iterator<Item = (usize, Edge)> {
    let before = std::iter::once(&false).chain(code);
    code.iter()
        .zip(before)
        .enumerate()
        .filter_map(|(at, (now, before))| Some((at, Edge::between(*before, *now)?)))
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
    pub(super) fn sum_over(&self, code: &[bool]) -> Matrix {
        let mut sum = Matrix::zeros(self.rise.rows(), code.len());
        for (at, edge) in edges(code) {
            for (shape, sum) in self.of(edge).iter().zip(sum.iter_mut()) {
                axpy(1.0, shape, &mut sum[at..code.len().min(at + LAGS)]);
            }
        }
        sum
    }
}

/// Regressors × samples: a basis convolved with the rises of a code, then with its falls.
pub(super) fn regressors(basis: &Matrix, code: &[bool]) -> Matrix {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_begins_bright_begins_with_a_rise() {
        let found: Vec<_> = edges(&[true, true, false, true]).collect();
        assert_eq!(found, [(0, Edge::Rise), (2, Edge::Fall), (3, Edge::Rise)]);
    }

    #[test]
    fn regressors_repeat_the_basis_after_each_change() {
        let shape: Vec<f64> = (0..LAGS).map(|lag| 1.0 / (1.0 + lag as f64)).collect();
        let basis = Matrix::from_rows([shape]).unwrap();
        let rows = regressors(&basis, &[false, true, false, true]);
        assert_eq!((rows.rows(), rows.columns()), (2, 4));
        assert_eq!(rows.row(0), [0.0, 1.0, 0.5, 1.0 / 3.0 + 1.0]);
        assert_eq!(rows.row(1), [0.0, 0.0, 1.0, 0.5]);
    }
}
