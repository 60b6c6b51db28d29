//! The result of every linear classifier: a weight per feature and a bias for each class.

use crate::damage::Damage;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::dot;

/// A linear score per class; the difference of two scores is the log-odds of their classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// A row for each class, with one weight per feature.
    pub weights: Matrix,
    /// Per class: the score of a feature vector of zeros.
    pub biases: Vec<f64>,
}

impl Linear {
    /// Writes the score of each class for one feature vector.
    pub fn apply(&self, features: &[f64], scores: &mut [f64]) {
        for ((score, weight), bias) in scores.iter_mut().zip(self.weights.iter()).zip(&self.biases)
        {
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

    /// Multiplies all scores by a factor.
    pub fn scale(&mut self, factor: f64) {
        self.values_mut().for_each(|value| *value *= factor);
    }

    /// Adds `factor` times another one of the same shape.
    pub fn add(&mut self, factor: f64, other: &Self) {
        let others = other.values();
        self.values_mut()
            .zip(others)
            .for_each(|(value, other)| *value += factor * other);
    }

    /// Checks that there is one row per class and one weight per feature, and that all numbers are finite.
    ///
    /// # Errors
    /// [`Damage`] if it is not so.
    pub(crate) fn check(&self, classes: usize, features: usize) -> Result<(), Damage> {
        let rows = self.weights.rows();
        if rows != classes || self.biases.len() != classes {
            return Err(Damage::Classes { classes, rows });
        }
        let weights = self.weights.columns();
        if weights != features {
            return Err(Damage::Features { features, weights });
        }
        if !self.values().all(|number| number.is_finite()) {
            return Err(Damage::WeightNotFinite);
        }
        Ok(())
    }

    /// All weights, then all biases.
    pub fn values(&self) -> impl Iterator<Item = &f64> {
        self.weights.values().iter().chain(&self.biases)
    }

    /// All weights, then all biases, mutable.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let weights = self.weights.values_mut();
        weights.iter_mut().chain(&mut self.biases)
    }
}

/// Inner products of all pairs of rows (rows × rows).
#[must_use]
pub fn gram(rows: &Matrix) -> SymmetricMatrix {
    /// Rows that are multiplied with each other while they are in the processor's cache.
    const TILE: usize = 16;
    let n = rows.rows();
    let mut gram = SymmetricMatrix::zeros(n);
    let values = gram.values_mut();
    for i_tile in (0..n).step_by(TILE) {
        for j_tile in (i_tile..n).step_by(TILE) {
            for i in i_tile..(i_tile + TILE).min(n) {
                for j in j_tile.max(i)..(j_tile + TILE).min(n) {
                    values[i * n + j] = dot(rows.row(i), rows.row(j));
                }
            }
        }
    }
    gram.mirror();
    gram
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gram_holds_every_inner_product() {
        let row = |i: u32| [f64::from(i), 1.0, f64::from(i % 7)];
        let rows = Matrix::from_rows((0..40).map(row)).unwrap();
        let gram = gram(&rows);
        for i in 0..40 {
            for j in 0..40 {
                assert_eq!(gram[(i, j)], dot(rows.row(i), rows.row(j)));
            }
        }
    }
}
