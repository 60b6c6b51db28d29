//! From a starter to a personal decoder: logistic regressions that are pulled towards the starter, averaged by how well each predicts
//! trials that it has not seen.
//!
//! With 36 trials, the best single pull is mostly a matter of chance (figures: `calibration/README.md`). So all candidates are averaged,
//! in proportion to their likelihood on held-out trials. The average of linear scores is one linear score.

use crate::error::DatasetError;
use crate::folds::blocked_folds;
use crate::linear::Linear;
use crate::logistic::Problem;
use crate::matrix::Matrix;
use crate::statistics::{Scored, log_odds_gain, mean_log_loss};

/// Ridge of each candidate, as a share of the mean squared length of the rows.
const RIDGE: f64 = 0.04;
/// Multiples of the starter's weights towards which candidates are pulled.
const PULLS: [f64; 5] = [2.0, 1.0, 0.5, 0.25, 0.0];
/// Contiguous folds that are held out in turn.
const FOLDS: usize = 6;

/// Labelled feature vectors.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// One feature vector per example.
    pub rows: &'a Matrix,
    /// Class of each example.
    pub labels: &'a [usize],
    /// Trial of each example, ascending. The rows of a trial are neighbours.
    pub trials: &'a [usize],
    /// Number of classes.
    pub classes: usize,
}

/// Handicap of the starter alone per trial, nats: the others are judged on fits to five sixths of the trials and then fitted to all,
/// the starter is not. With this value the starter is kept for the first dozen trials.
const STARTER_HANDICAP: f64 = 0.125;

/// One way to combine own trials and the starter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Candidate {
    /// The starter as it is: few or misleading trials cannot make it worse.
    Starter,
    /// A fit that is pulled towards this multiple of the starter.
    Pulled(f64),
}

/// Fits to examples, pulled towards a starter if there is one.
///
/// # Errors
/// [`DatasetError::Degenerate`] if all examples are alike.
pub fn fit(examples: &Examples<'_>, starter: Option<&Linear>) -> Result<Linear, DatasetError> {
    let weights = trial_weights(examples.trials);
    let problem = Problem::new(examples.rows, examples.labels, &weights, examples.classes)?;
    let Some(starter) = starter else {
        return problem.fit(RIDGE, None);
    };
    let candidates: Vec<Candidate> = [Candidate::Starter]
        .into_iter()
        .chain(PULLS.map(Candidate::Pulled))
        .collect();
    let prior_scores = problem.scores_of(Some(starter));
    let held_out = held_out_scores(examples, &problem, &candidates, &prior_scores)?;
    let trials = count_trials(examples.trials) as f64;
    let losses: Vec<f64> = candidates
        .iter()
        .zip(&held_out)
        .map(|(candidate, scored)| {
            let loss = trials * mean_log_loss(scored, log_odds_gain(scored));
            match candidate {
                Candidate::Starter => loss + STARTER_HANDICAP * trials,
                Candidate::Pulled(_) => loss,
            }
        })
        .collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let shares: Vec<f64> = losses.iter().map(|loss| libm::exp(least - loss)).collect();
    let total: f64 = shares.iter().sum();

    let mut average = starter.clone();
    average.scale(0.0);
    for ((candidate, scored), share) in candidates.iter().zip(&held_out).zip(shares) {
        let fitted = match candidate {
            Candidate::Starter => starter.clone(),
            Candidate::Pulled(pull) => problem.fit(RIDGE, Some(&scaled(starter, *pull)))?,
        };
        // The weight of a candidate does not depend on the size of its scores.
        average.add(share / total / spread(scored), &fitted);
    }
    Ok(average)
}

/// Root mean square of held-out scores about their mean over the classes.
fn spread(scored: &[Scored]) -> f64 {
    let squares: f64 = scored
        .iter()
        .map(|(_, weight, scores)| {
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            weight
                * scores
                    .iter()
                    .map(|score| (score - mean) * (score - mean))
                    .sum::<f64>()
        })
        .sum();
    let total: f64 = scored.iter().map(|(_, weight, _)| weight).sum();
    (squares / total).sqrt().max(f64::MIN_POSITIVE.sqrt())
}

fn held_out_scores(
    examples: &Examples<'_>,
    problem: &Problem<'_>,
    candidates: &[Candidate],
    prior_scores: &Matrix,
) -> Result<Vec<Vec<Scored>>, DatasetError> {
    let trials = count_trials(examples.trials);
    let fold_of_trial = blocked_folds(trials, FOLDS.min(trials));
    let fold_of_row = ordinal(examples.trials)
        .map(|trial| fold_of_trial[trial])
        .collect::<Vec<_>>();
    let weights = trial_weights(examples.trials);
    let mut out = vec![Vec::new(); candidates.len()];
    for fold in 0..FOLDS.min(trials) {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..examples.rows.rows()).partition(|&row| fold_of_row[row] == fold);
        let every_class = (0..examples.classes)
            .all(|class| train.iter().any(|&row| examples.labels[row] == class));
        let solver = if every_class {
            Some(problem.solver(&train, RIDGE)?)
        } else {
            None
        };
        for (candidate, out) in candidates.iter().zip(&mut out) {
            let pull = match candidate {
                Candidate::Pulled(pull) => *pull,
                Candidate::Starter => 1.0,
            };
            let mut prior = prior_scores.clone();
            let scores = prior.values_mut().iter_mut();
            scores.for_each(|score| *score *= pull);
            // With only one class in the training trials, the fit would be the same as its prior.
            let solved = match (candidate, &solver) {
                (Candidate::Pulled(_), Some(solver)) => Some((solver, solver.solve(&prior))),
                _ => None,
            };
            out.extend(test.iter().map(|&row| {
                let scores = match &solved {
                    Some((solver, dual)) => solver.scores(dual, &prior, row),
                    None => prior.row(row).to_vec(),
                };
                (examples.labels[row], weights[row], scores)
            }));
        }
    }
    Ok(out)
}

fn scaled(linear: &Linear, factor: f64) -> Linear {
    let mut scaled = linear.clone();
    scaled.scale(factor);
    scaled
}

/// Index of the trial of each row, among the trials.
fn ordinal(trials: &[usize]) -> impl Iterator<Item = usize> {
    let mut place = 0;
    (0..trials.len()).map(move |row| {
        place += usize::from(row > 0 && trials[row] != trials[row - 1]);
        place
    })
}

fn count_trials(trials: &[usize]) -> usize {
    ordinal(trials).last().map_or(0, |last| last + 1)
}

/// Weight of each window, so that the windows of each trial add up to 1.
#[must_use]
pub fn trial_weights(trials: &[usize]) -> Vec<f64> {
    let places: Vec<usize> = ordinal(trials).collect();
    let mut windows = vec![0.0; count_trials(trials)];
    places.iter().for_each(|&place| windows[place] += 1.0);
    places
        .into_iter()
        .map(|place| 1.0 / windows[place])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trials of two windows whose class shows in the first feature, with noise.
    fn rows(trials: usize, signal: f64) -> (Matrix, Vec<usize>, Vec<usize>) {
        let mut seed = 7u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
        };
        let (mut labels, mut of_trial) = (vec![], vec![]);
        let mut rows = Matrix::with_columns(8);
        for trial in 0..trials {
            for _ in 0..2 {
                let class = trial % 2;
                let side = if class == 1 { signal } else { -signal };
                let mut row = [0.0; 8].map(|_: f64| noise());
                row[0] += side;
                rows.push_row(&row);
                labels.push(class);
                of_trial.push(trial);
            }
        }
        (rows, labels, of_trial)
    }

    fn starter(weight: f64) -> Linear {
        let row = |sign: f64| {
            let mut row = [0.0; 8];
            row[0] = sign * weight;
            row
        };
        Linear {
            weights: Matrix::from_rows([row(-1.0), row(1.0)]).unwrap(),
            biases: vec![0.0; 2],
        }
    }

    fn right(linear: &Linear, rows: &Matrix, labels: &[usize]) -> usize {
        let hits = rows.iter().zip(labels).filter(|(row, label)| {
            let scores = linear.scores(row);
            (scores[1] > scores[0]) == (**label == 1)
        });
        hits.count()
    }

    #[test]
    fn a_good_starter_is_kept_if_trials_are_few() {
        let (few_rows, few_labels, few_trials) = rows(4, 0.4);
        let examples = Examples {
            rows: &few_rows,
            labels: &few_labels,
            trials: &few_trials,
            classes: 2,
        };
        let fitted = fit(&examples, Some(&starter(1.0))).unwrap();
        let alone = fit(&examples, None).unwrap();
        let (test, labels, _) = rows(400, 0.4);
        assert!(right(&fitted, &test, &labels) > right(&alone, &test, &labels));
    }

    #[test]
    fn a_starter_with_the_wrong_sign_is_overruled() {
        let (many, labels, trials) = rows(40, 1.0);
        let examples = Examples {
            rows: &many,
            labels: &labels,
            trials: &trials,
            classes: 2,
        };
        let fitted = fit(&examples, Some(&starter(-1.0))).unwrap();
        let (test, labels, _) = rows(200, 1.0);
        assert!(
            right(&fitted, &test, &labels) > 340,
            "{}",
            right(&fitted, &test, &labels)
        );
    }

    #[test]
    fn all_trials_have_the_same_weight() {
        assert_eq!(
            trial_weights(&[3, 3, 5, 7, 7, 7, 7]),
            [0.5, 0.5, 1.0, 0.25, 0.25, 0.25, 0.25]
        );
    }

    #[test]
    fn with_one_trial_the_starter_decides() {
        let (own, labels, trials) = rows(1, 0.4);
        let examples = Examples {
            rows: &own,
            labels: &labels,
            trials: &trials,
            classes: 2,
        };
        let fitted = fit(&examples, Some(&starter(1.0))).unwrap();
        assert!(fitted.weights[(1, 0)] > 0.0);
    }
}
