//! What every linear classifier here comes to: a weight per feature and a bias for each class.

use crate::vectors::dot;
use serde::{Deserialize, Serialize};

/// A linear score per class; the difference of two scores is the log-odds of their classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Per class: one weight per feature.
    pub weights: Vec<Vec<f64>>,
    /// Per class: the score of a feature vector of zeros.
    pub biases: Vec<f64>,
}

impl Linear {
    /// Writes the score of each class for one feature vector.
    pub fn apply(&self, features: &[f64], scores: &mut [f64]) {
        for ((score, weight), bias) in scores.iter_mut().zip(&self.weights).zip(&self.biases) {
            *score = dot(weight, features) + bias;
        }
    }

    /// The scores of one feature vector.
    #[must_use]
    pub fn scores(&self, features: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; self.biases.len()];
        self.apply(features, &mut scores);
        scores
    }

    /// All scores times a factor.
    pub fn scale(&mut self, factor: f64) {
        let all = self.weights.iter_mut().flatten().chain(&mut self.biases);
        all.for_each(|value| *value *= factor);
    }

    /// Adds a factor times another of the same shape.
    pub fn add(&mut self, factor: f64, other: &Self) {
        let own = self.weights.iter_mut().flatten().chain(&mut self.biases);
        let others = other.weights.iter().flatten().chain(&other.biases);
        own.zip(others)
            .for_each(|(value, other)| *value += factor * other);
    }
}

/// Inner products of all pairs of rows: rows × rows, row-major.
#[must_use]
pub fn gram(rows: &[Vec<f64>]) -> Vec<f64> {
    /// Rows that are taken against one another while they stay in a processor's cache.
    const TILE: usize = 16;
    let n = rows.len();
    let mut gram = vec![0.0; n * n];
    for i_tile in (0..n).step_by(TILE) {
        for j_tile in (i_tile..n).step_by(TILE) {
            for i in i_tile..(i_tile + TILE).min(n) {
                for j in j_tile.max(i)..(j_tile + TILE).min(n) {
                    gram[i * n + j] = dot(&rows[i], &rows[j]);
                }
            }
        }
    }
    crate::vectors::mirror_upper(&mut gram, n);
    gram
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gram_holds_every_inner_product() {
        let rows: Vec<Vec<f64>> = (0..40)
            .map(|i| vec![f64::from(i), 1.0, f64::from(i % 7)])
            .collect();
        let gram = gram(&rows);
        for i in 0..40 {
            for j in 0..40 {
                assert_eq!(gram[i * 40 + j], dot(&rows[i], &rows[j]));
            }
        }
    }
}
