//! Multinomial logistic regression with a ridge that pulls towards given weights.

use crate::error::DatasetError;
use crate::linear::{Linear, gram};
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::vectors::axpy;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// Squared length of the constant feature that carries the biases, as a share of the mean squared length of the rows: the biases are
/// regularised too, but little.
const CONSTANT_SHARE: f64 = 0.6;
/// The iteration ends if no probability changes by more than this.
const CONVERGED: f64 = 1e-6;
/// It also ends after this number of steps. A separable problem has found its direction long before.
const MOST_STEPS: usize = 500;

/// The data of a logistic regression, as inner products: any number of subsets, priors and ridges can share this expensive part.
#[derive(Debug, Clone)]
pub struct Problem<'a> {
    rows: &'a Matrix,
    labels: &'a [usize],
    weights: &'a [f64],
    classes: usize,
    /// Rows × rows, with the constant feature.
    gram: SymmetricMatrix,
    constant: f64,
    mean_square: f64,
}

impl<'a> Problem<'a> {
    /// `rows`: one feature vector per example; `labels`: its class; `weights`: its weight in the loss.
    ///
    /// # Errors
    /// [`DatasetError::Degenerate`] if all features are zero, or one is not finite.
    pub fn new(
        rows: &'a Matrix,
        labels: &'a [usize],
        weights: &'a [f64],
        classes: usize,
    ) -> Result<Self, DatasetError> {
        let mut gram = gram(rows);
        let mean_square = gram.trace() / rows.rows() as f64;
        if !(mean_square.is_finite() && mean_square > 0.0) {
            return Err(DatasetError::Degenerate);
        }
        let constant = CONSTANT_SHARE * mean_square;
        gram.map_values(|value| value + constant);
        Ok(Self {
            rows,
            labels,
            weights,
            classes,
            gram,
            constant,
            mean_square,
        })
    }

    /// Fits to all rows. The weights `W` minimise `Σ_i weight_i · -ln p(label_i | W x_i) + ridge/2 · m · ‖W - W₀‖²`, where `m` is the mean
    /// squared length of the rows and `W₀` the prior (zero without one).
    ///
    /// # Errors
    /// [`DatasetError::Degenerate`] if the problem has no solution in floating-point numbers.
    pub fn fit(&self, ridge: f64, prior: Option<&Linear>) -> Result<Linear, DatasetError> {
        let all: Vec<usize> = (0..self.rows.rows()).collect();
        let prior_scores = self.scores_of(prior);
        let dual = self.solver(&all, ridge)?.solve(&prior_scores);
        let mut fitted = prior.cloned().unwrap_or_else(|| Linear {
            weights: Matrix::zeros(self.classes, self.rows.columns()),
            biases: vec![0.0; self.classes],
        });
        for (class, dual) in dual.iter().enumerate() {
            for (factor, row) in dual.iter().zip(self.rows.iter()) {
                axpy(*factor, row, fitted.weights.row_mut(class));
            }
            fitted.biases[class] += self.constant * dual.iter().sum::<f64>();
        }
        Ok(fitted)
    }

    /// The scores of each row (rows × classes) by given weights; zero without any.
    #[must_use]
    pub fn scores_of(&self, linear: Option<&Linear>) -> Matrix {
        let mut scores = Matrix::zeros(self.rows.rows(), self.classes);
        if let Some(linear) = linear {
            let rows = self.rows.iter().zip(scores.iter_mut());
            rows.for_each(|(row, scores)| linear.apply(row, scores));
        }
        scores
    }

    /// Prepares a fit to some of the rows.
    ///
    /// # Errors
    /// [`DatasetError::Degenerate`] if the problem has no solution in floating-point numbers.
    pub fn solver(&self, train: &[usize], ridge: f64) -> Result<Solver<'_>, DatasetError> {
        let ridge = ridge * self.mean_square;
        let gram = DMatrix::from_fn(train.len(), train.len(), |i, j| {
            self.gram[(train[i], train[j])]
        });
        let mut bound = gram.clone();
        for (k, &row) in train.iter().enumerate() {
            bound[(k, k)] += 2.0 * ridge / self.weights[row];
        }
        let bound = bound.cholesky().ok_or(DatasetError::Degenerate)?;
        Ok(Solver {
            problem: self,
            train: train.to_vec(),
            gram,
            bound,
            ridge,
        })
    }
}

/// A fit to some of the rows, for any prior.
///
/// Uses the bound of Böhning (1992, Ann. Inst. Stat. Math. 44): the Hessian never exceeds half the weighted Gram matrix, so one
/// factorisation is enough for all steps, and each step improves the fit.
#[derive(Debug)]
pub struct Solver<'a> {
    problem: &'a Problem<'a>,
    train: Vec<usize>,
    gram: DMatrix<f64>,
    bound: Cholesky<f64, Dyn>,
    ridge: f64,
}

impl Solver<'_> {
    /// The dual weights (classes × rows that were fitted to): `W = W₀ + Σ_i dual[class][i] x_i`. `prior_scores`: the scores of all rows of the
    /// problem by the prior.
    #[must_use]
    pub fn solve(&self, prior_scores: &Matrix) -> Matrix {
        let (n, classes) = (self.train.len(), self.problem.classes);
        let mut dual = vec![DVector::<f64>::zeros(n); classes];
        let mut probabilities = vec![vec![f64::INFINITY; classes]; n];
        for _ in 0..MOST_STEPS {
            let added: Vec<DVector<f64>> = dual.iter().map(|dual| &self.gram * dual).collect();
            let mut change = 0.0f64;
            for (k, old) in probabilities.iter_mut().enumerate() {
                let prior = prior_scores.row(self.train[k]);
                let scores: Vec<f64> = (0..classes).map(|c| prior[c] + added[c][k]).collect();
                let new = softmax(&scores);
                for (old, new) in old.iter().zip(&new) {
                    change = change.max((old - new).abs());
                }
                *old = new;
            }
            if change < CONVERGED {
                break;
            }
            for (class, dual) in dual.iter_mut().enumerate() {
                let slope = DVector::from_fn(n, |k, _| {
                    let row = self.train[k];
                    let wanted = f64::from(u8::from(self.problem.labels[row] == class));
                    wanted
                        - probabilities[k][class]
                        - self.ridge * dual[k] / self.problem.weights[row]
                });
                *dual += 2.0 * self.bound.solve(&slope);
            }
        }
        let mut solution = Matrix::with_columns(n);
        dual.iter()
            .for_each(|dual| solution.push_row(dual.as_slice()));
        solution
    }

    /// Scores of a row of the problem, which need not be one that was fitted to.
    #[must_use]
    pub fn scores(&self, dual: &Matrix, prior_scores: &Matrix, row: usize) -> Vec<f64> {
        let gram = self.problem.gram.row(row);
        let added = |dual: &[f64]| -> f64 {
            self.train
                .iter()
                .zip(dual)
                .map(|(&train, factor)| factor * gram[train])
                .sum()
        };
        prior_scores
            .row(row)
            .iter()
            .zip(dual.iter())
            .map(|(prior, dual)| prior + added(dual))
            .collect()
    }
}

/// Probabilities from log-odds.
#[must_use]
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| libm::exp(score - top)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows_and_labels() -> impl Strategy<Value = (Matrix, Vec<usize>)> {
        (6..20usize).prop_flat_map(|n| {
            (
                proptest::collection::vec(-2.0..2.0f64, 3 * n)
                    .prop_map(|values| Matrix::from_values(3, values).unwrap()),
                proptest::collection::vec(0..3usize, n),
            )
        })
    }

    fn objective(linear: &Linear, problem: &Problem<'_>, ridge: f64) -> f64 {
        let loss: f64 = problem
            .rows
            .iter()
            .zip(problem.labels)
            .zip(problem.weights)
            .map(|((row, &label), weight)| -weight * libm::log(softmax(&linear.scores(row))[label]))
            .sum();
        let squares: f64 = linear.weights.values().iter().map(|w| w * w).sum();
        let biases: f64 = linear.biases.iter().map(|b| b * b).sum::<f64>() / problem.constant;
        loss + 0.5 * ridge * problem.mean_square * (squares + biases)
    }

    proptest! {
        #[test]
        fn no_neighbour_is_better((rows, labels) in rows_and_labels(), ridge in 0.05..2.0f64) {
            let weights: Vec<f64> = (0..rows.rows()).map(|k| 0.5 + (k % 3) as f64).collect();
            let Ok(problem) = Problem::new(&rows, &labels, &weights, 3) else { return Ok(()) };
            let fitted = problem.fit(ridge, None).unwrap();
            let least = objective(&fitted, &problem, ridge);
            for class in 0..3 {
                for feature in 0..4 {
                    for step in [-0.01, 0.01] {
                        let mut other = fitted.clone();
                        match other.weights.row_mut(class).get_mut(feature) {
                            Some(weight) => *weight += step,
                            None => other.biases[class] += step,
                        }
                        prop_assert!(objective(&other, &problem, ridge) > least - 1e-7);
                    }
                }
            }
        }

        #[test]
        fn a_heavy_ridge_stays_at_the_prior((rows, labels) in rows_and_labels()) {
            let weights = vec![1.0; rows.rows()];
            let prior = Linear { weights: Matrix::from_rows([[0.3, -0.1, 0.2]; 3]).unwrap(), biases: vec![0.1, 0.0, -0.1] };
            let Ok(problem) = Problem::new(&rows, &labels, &weights, 3) else { return Ok(()) };
            let fitted = problem.fit(1e9, Some(&prior)).unwrap();
            for (a, b) in fitted.weights.values().iter().zip(prior.weights.values()) {
                prop_assert!((a - b).abs() < 1e-6);
            }
        }
    }

    /// scikit-learn 1.9.1: LogisticRegression(C=1/(ridge*m), fit_intercept=False) on rows with the constant appended.
    #[test]
    fn agrees_with_scikit_learn() {
        let rows = [
            [1.0, 2.0],
            [2.0, 0.5],
            [-1.0, 0.3],
            [-2.0, -1.0],
            [0.2, -1.5],
        ];
        let rows = Matrix::from_rows(rows).unwrap();
        let labels = [0, 0, 1, 1, 2];
        let problem = Problem::new(&rows, &labels, &[1.0; 5], 3).unwrap();
        let fitted = problem.fit(0.1, None).unwrap();
        let expected = [
            [0.946_799_29, 0.757_661_28],
            [-1.249_503_54, 0.224_153_72],
            [0.302_704_26, -0.981_815],
        ];
        for (a, b) in fitted
            .weights
            .values()
            .iter()
            .zip(expected.iter().flatten())
        {
            assert!((a - b).abs() < 1e-4, "{:?}", fitted.weights);
        }
    }
}
