//! Fourier coefficients of one window, whitened, and their power.

use crate::matrix::SymmetricMatrix;
use crate::vectors::dot;

/// Running sums at both ends of a window.
pub(super) struct Sums<'a> {
    pub(super) now: &'a [f64],
    pub(super) then: &'a [f64],
    pub(super) samples: u64,
}

impl Sums<'_> {
    /// Writes the whitened Fourier coefficient of one tag's harmonic: real parts, then imaginary parts.
    pub(super) fn whitened(
        &self,
        place: usize,
        whitener: &SymmetricMatrix,
        difference: &mut [f64],
        out: &mut [f64],
    ) {
        let scale = libm::sqrt(2.0 / self.samples as f64);
        let at = place * out.len()..(place + 1) * out.len();
        let both = self.now[at.clone()].iter().zip(&self.then[at]);
        for (difference, (now, then)) in difference.iter_mut().zip(both) {
            *difference = (now - then) * scale;
        }
        of_channels(whitener, difference, out);
    }
}

/// `out = matrix · z`, for real and imaginary parts.
pub(super) fn of_channels(matrix: &SymmetricMatrix, z: &[f64], out: &mut [f64]) {
    let channels = out.len() / 2;
    for (part, out) in z.chunks_exact(channels).zip(out.chunks_exact_mut(channels)) {
        multiply(matrix, part, out);
    }
}

/// `zᴴ W z`, with the real parts of `z` before its imaginary parts.
pub(super) fn power(weights: &SymmetricMatrix, z: &[f64]) -> f64 {
    z.chunks_exact(z.len() / 2)
        .map(|part| quadratic_form(weights, part))
        .sum()
}

/// `out = matrix · vector`.
fn multiply(matrix: &SymmetricMatrix, vector: &[f64], out: &mut [f64]) {
    for (row, out) in matrix.iter().zip(out) {
        *out = dot(row, vector);
    }
}

/// `xᵀ A x`.
fn quadratic_form(matrix: &SymmetricMatrix, x: &[f64]) -> f64 {
    matrix
        .iter()
        .zip(x)
        .map(|(row, value)| value * dot(row, x))
        .sum()
}
