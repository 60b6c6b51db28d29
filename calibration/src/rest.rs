//! Rest against imagery ("no control" against "intentional control", Mason and Birch 2000, IEEE Trans. Rehabilitation Engineering 8(2)),
//! from the same features as the classes.

use crate::dataset::Epoch;
use crate::error::DatasetError;
use crate::linear::Linear;
use crate::matrix::Matrix;
use crate::personal::{self, Examples};
use crate::vectors::axpy;

/// Windows at rest that form one example: about as long as a trial.
const WINDOWS_PER_EXAMPLE: usize = 4;

/// Index of rest among the two classes.
pub const REST: usize = 0;
/// Index of imagery, of any class.
pub const IMAGERY: usize = 1;

/// Detects whether a window is rest or imagery.
#[derive(Debug, Clone, PartialEq)]
pub struct RestDetector {
    /// Features to two scores: rest, imagery.
    pub linear: Linear,
    /// Factor of the scores. With it, their difference is log-odds on data that the detector was not fitted on.
    pub log_odds_gain: f64,
}

/// A trial, or a stretch of rest about as long: the mean of the features of its windows.
#[derive(Debug, Clone)]
pub struct Example {
    /// The trial, or the trial before the rest.
    pub trial: usize,
    /// [`REST`] or [`IMAGERY`].
    pub class: usize,
    /// Mean feature vector.
    pub row: Vec<f64>,
}

/// Trials and stretches of rest, in order of time. Rows: one feature vector per window.
#[must_use]
pub fn examples(
    epochs: &[&Epoch],
    epoch_rows: &Matrix,
    rest: &[&Epoch],
    rest_rows: &Matrix,
) -> Vec<Example> {
    let mut out = means(epochs, epoch_rows, IMAGERY, usize::MAX);
    out.extend(means(rest, rest_rows, REST, WINDOWS_PER_EXAMPLE));
    out.sort_by_key(|example| (example.trial, example.class == REST));
    out
}

/// The feature vectors of examples, one row each.
#[must_use]
pub fn rows_of(examples: &[Example]) -> Matrix {
    let mut rows = Matrix::with_columns(examples.first().map_or(0, |example| example.row.len()));
    examples
        .iter()
        .for_each(|example| rows.push_row(&example.row));
    rows
}

fn means(epochs: &[&Epoch], rows: &Matrix, class: usize, most: usize) -> Vec<Example> {
    let features = rows.columns();
    let mut rows = rows.iter();
    let trials = epochs.chunk_by(|a, b| a.trial == b.trial);
    let pieces = trials.flat_map(|trial| trial.chunks(most));
    pieces
        .map(|piece| {
            let mut row = vec![0.0; features];
            for window in rows.by_ref().take(piece.len()) {
                axpy(1.0 / piece.len() as f64, window, &mut row);
            }
            Example {
                trial: piece[0].trial,
                class,
                row,
            }
        })
        .collect()
}

impl RestDetector {
    /// Fits to examples of both, with a gain of 1, pulled towards the detector of a starter if there is one. `None` if there are not examples
    /// of both.
    ///
    /// # Errors
    /// [`DatasetError::Degenerate`] if all examples are alike.
    pub fn fit(
        examples: Vec<Example>,
        starter: Option<&Self>,
    ) -> Result<Option<Self>, DatasetError> {
        let labels: Vec<usize> = examples.iter().map(|example| example.class).collect();
        if !(labels.contains(&REST) && labels.contains(&IMAGERY)) {
            return Ok(None);
        }
        let trials: Vec<usize> = (0..examples.len()).collect();
        let rows = rows_of(&examples);
        let examples = Examples {
            rows: &rows,
            labels: &labels,
            trials: &trials,
            classes: 2,
        };
        let linear = personal::fit(&examples, starter.map(|starter| &starter.linear))?;
        Ok(Some(Self {
            linear,
            log_odds_gain: 1.0,
        }))
    }

    /// Log-odds of imagery against rest for a feature vector; 0 is undecided.
    #[must_use]
    pub fn log_odds(&self, features: &[f64]) -> f64 {
        let score = |class: usize| {
            crate::vectors::dot(self.linear.weights.row(class), features)
                + self.linear.biases[class]
        };
        self.log_odds_gain * (score(IMAGERY) - score(REST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(trial: usize) -> Epoch {
        Epoch {
            class: 0,
            trial,
            covariances: Vec::new(),
        }
    }

    fn wobble(k: usize) -> f64 {
        ((k * 7) % 5) as f64 * 0.1
    }

    /// Two trials' windows each, and the rest after each; power (the first feature) is less in imagery.
    fn recorded(trials: usize) -> Vec<Example> {
        let epochs: Vec<Epoch> = (0..2 * trials).map(|k| epoch(k / 2)).collect();
        let rest: Vec<Epoch> = (0..6 * trials).map(|k| epoch(k / 6)).collect();
        let rows = |power: f64, count: usize| {
            Matrix::from_rows((0..count).map(|k| [power + wobble(k), wobble(k + 1)])).unwrap()
        };
        examples(
            &epochs.iter().collect::<Vec<_>>(),
            &rows(-0.5, epochs.len()),
            &rest.iter().collect::<Vec<_>>(),
            &rows(0.5, rest.len()),
        )
    }

    #[test]
    fn trials_and_rest_alternate_in_order_of_time() {
        let found: Vec<(usize, usize)> = recorded(2).iter().map(|e| (e.trial, e.class)).collect();
        assert_eq!(
            found,
            [
                (0, IMAGERY),
                (0, REST),
                (0, REST),
                (1, IMAGERY),
                (1, REST),
                (1, REST)
            ]
        );
    }

    #[test]
    fn rest_and_imagery_are_distinguished() {
        let detector = RestDetector::fit(recorded(8), None).unwrap().unwrap();
        assert!(detector.log_odds(&[-0.3, 0.2]) > 0.0 && detector.log_odds(&[0.7, 0.2]) < 0.0);
    }

    #[test]
    fn without_rest_there_is_no_detector() {
        let only_imagery = recorded(4)
            .into_iter()
            .filter(|e| e.class == IMAGERY)
            .collect();
        assert_eq!(RestDetector::fit(only_imagery, None).unwrap(), None);
    }
}
