//! The EEG of one look, whitened.

use super::Look;
use super::innovations::{weight, windows};
use crate::matrix::Matrix;
use crate::vectors::dot;

/// What an autoregressive model does not predict of a look's EEG.
pub(super) struct WhitenedEeg {
    /// Channels × samples, each sample times its weight.
    pub(super) weighted: Matrix,
    /// Weight of each sample.
    pub(super) weights: Vec<f64>,
}

impl WhitenedEeg {
    /// `whitener` takes a sample and the `order` samples before it.
    pub(super) fn new(look: &Look, whitener: &Matrix, order: usize) -> Self {
        let channels = whitener.rows();
        let past = look.with_past(order);
        let mut weighted = Matrix::zeros(channels, look.samples());
        let mut weights = Vec::with_capacity(look.samples());
        let mut sample = vec![0.0; channels];
        for (at, window) in windows(&past, channels, order).enumerate() {
            for (value, row) in sample.iter_mut().zip(whitener.iter()) {
                *value = dot(row, window);
            }
            let weight = weight(&sample);
            for (value, row) in sample.iter().zip(weighted.iter_mut()) {
                row[at] = weight * value;
            }
            weights.push(weight);
        }
        Self { weighted, weights }
    }
}
