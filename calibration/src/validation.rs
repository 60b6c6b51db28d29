//! How good a decoder is on trials that it was not fitted on.

use crate::dataset::{Dataset, Epoch, Part};
use crate::error::DatasetError;
use crate::estimators::Estimator;
use crate::matrix::SymmetricMatrix;
use crate::model::{Model, Scorer};
use crate::rest;
use crate::statistics::{
    Scored, argmax, auc, log_odds_gain, permutation_test, wilson_interval, wolpaw_bits,
};
use serde::{Deserialize, Serialize};

/// What cross-validation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Trials that were predicted.
    pub trials: usize,
    /// Trials of which the class was right.
    pub correct: usize,
    /// `correct / trials`.
    pub accuracy: f64,
    /// 95 % Wilson interval of the accuracy.
    pub interval: [f64; 2],
    /// Accuracy of guessing.
    pub chance: f64,
    /// Accuracy that guessing reaches once in twenty times, by permutation of the labels.
    pub chance_95: f64,
    /// Probability of at least this many correct trials by guessing, from a permutation test.
    pub p_value: f64,
    /// Contiguous folds that were held out in turn.
    pub folds: usize,
    /// Area under the ROC curve, mean over the folds; two classes only.
    pub auc: Option<f64>,
    /// Row: true class; column: predicted class; trials.
    pub confusion: Vec<Vec<usize>>,
    /// Information in one decision, bits (Wolpaw et al. 2000, IEEE Trans. Rehabilitation Engineering 8(2)).
    pub bits_per_trial: f64,
    /// Area under the ROC curve of trials against stretches of rest, mean over the folds; none without rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_auc: Option<f64>,
}

/// Whether a decoder is good enough to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No better than guessing.
    NoGo,
    /// Better, but below 70 %.
    Weak,
    /// 70 % or more.
    Good,
    /// 85 % or more.
    VeryGood,
}

impl Figures {
    /// Summary of the figures, for somebody who decides whether to use the decoder.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.accuracy {
            _ if self.p_value >= 0.05 => Verdict::NoGo,
            accuracy if accuracy < 0.7 => Verdict::Weak,
            accuracy if accuracy < 0.85 => Verdict::Good,
            _ => Verdict::VeryGood,
        }
    }
}

/// One trial, predicted by a model that was not fitted on it.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Number of the trial.
    pub trial: usize,
    /// Its class.
    pub class: usize,
    /// Fold in which it was held out.
    pub fold: usize,
    /// Mean score of each class over the trial's windows.
    pub scores: Vec<f64>,
}

/// Cross-validated predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// Every trial, in order of time.
    pub held_out: Vec<HeldOut>,
    /// The figures.
    pub figures: Figures,
    /// Gain that makes held-out window scores log-odds, see [`Model::log_odds_gain`].
    pub log_odds_gain: f64,
    /// The same for the log-odds of imagery against rest; none without rest.
    pub rest_log_odds_gain: Option<f64>,
}

impl Validation {
    /// Sets the gains of a model that was fitted to all trials, so that its scores are log-odds on new trials.
    pub fn set_gains(&self, model: &mut Model) {
        model.log_odds_gain = self.log_odds_gain;
        if let (Some(rest), Some(gain)) = (&mut model.rest, self.rest_log_odds_gain) {
            rest.log_odds_gain = gain;
        }
    }
}

/// Predicts each block of trials by a fit to the other blocks. The prediction for a trial is the class with the highest mean score over
/// its windows.
///
/// # Errors
/// [`DatasetError`] if the dataset is too small or degenerate.
pub fn cross_validate(
    dataset: &Dataset,
    estimator: &dyn Estimator,
    starter: Option<&Model>,
    folds: usize,
) -> Result<Validation, DatasetError> {
    let bands: Vec<usize> = (0..dataset.band_count).collect();
    let folds = folds_of(dataset, folds);
    let judge = |fold| {
        judge_fold(dataset, fold, folds, |train| {
            let model = estimator.fit(train, dataset.classes.len(), starter)?;
            Ok((model, bands.clone()))
        })
    };
    let judged = (0..folds).map(judge).collect::<Result<Vec<_>, _>>()?;
    Ok(gather(judged, dataset.classes.len()))
}

/// Number of folds: as requested, but at most one for each trial.
#[must_use]
pub fn folds_of(dataset: &Dataset, folds: usize) -> usize {
    folds.clamp(2, dataset.trials().len().max(2))
}

/// Scores of the held-out trials and rest of one fold.
#[derive(Debug, Default)]
pub struct Fold {
    held_out: Vec<HeldOut>,
    windows: Vec<Scored>,
    at_rest: RestScores,
}

/// Predicts one block of trials by a fit to the others. `fit` returns a model and the indices of the bands that it expects.
///
/// # Errors
/// [`DatasetError`] if the dataset is too small or degenerate, or the fit fails.
pub fn judge_fold(
    dataset: &Dataset,
    fold: usize,
    folds: usize,
    fit: impl FnOnce(&Part<'_>) -> Result<(Model, Vec<usize>), DatasetError>,
) -> Result<Fold, DatasetError> {
    dataset.check()?;
    let (train, test) = dataset.split(fold, folds);
    check_every_class(&train.epochs, dataset)?;
    let (model, bands) = fit(&train)?;
    let mut scorer = model.scorer()?;
    let mut some = Vec::new();
    let mut out = Fold::default();
    for epochs in test.epochs.chunk_by(|a, b| a.trial == b.trial) {
        let (trial, class) = (epochs[0].trial, epochs[0].class);
        let share = 1.0 / epochs.len() as f64;
        let mut mean = vec![0.0; dataset.classes.len()];
        for epoch in epochs {
            let scores = scorer.score(of_bands(epoch, &bands, &mut some))?;
            crate::vectors::axpy(share, scores, &mut mean);
            out.windows.push((class, share, scores.to_vec()));
        }
        out.held_out.push(HeldOut {
            trial,
            class,
            fold,
            scores: mean,
        });
    }
    let at_rest = &mut out.at_rest;
    at_rest.add(fold, rest::IMAGERY, &test.epochs, &bands, &mut scorer)?;
    at_rest.add(fold, rest::REST, &test.rest, &bands, &mut scorer)?;
    Ok(out)
}

/// The figures of all folds together.
#[must_use]
pub fn gather(folds: Vec<Fold>, classes: usize) -> Validation {
    let count = folds.len();
    let mut all = Fold::default();
    for fold in folds {
        all.held_out.extend(fold.held_out);
        all.windows.extend(fold.windows);
        all.at_rest.windows.extend(fold.at_rest.windows);
        all.at_rest.trials.extend(fold.at_rest.trials);
    }
    Validation {
        figures: Figures {
            rest_auc: mean_fold_auc(&all.at_rest.trials),
            ..figures(&all.held_out, classes, count)
        },
        held_out: all.held_out,
        log_odds_gain: log_odds_gain(&all.windows),
        rest_log_odds_gain: all.at_rest.gain(),
    }
}

/// The covariances of some bands of an epoch. `some` is working memory.
fn of_bands<'a>(
    epoch: &'a Epoch,
    bands: &[usize],
    some: &'a mut Vec<SymmetricMatrix>,
) -> &'a [SymmetricMatrix] {
    if bands.len() == epoch.covariances.len() {
        return &epoch.covariances;
    }
    some.clear();
    some.extend(bands.iter().map(|&band| epoch.covariances[band].clone()));
    some
}

/// Log-odds of imagery of held-out trials and stretches of rest.
#[derive(Debug, Default)]
struct RestScores {
    windows: Vec<Scored>,
    trials: Vec<HeldOut>,
}

impl RestScores {
    /// Adds the windows of one class in one fold. Does nothing if the model has no detector of rest.
    fn add(
        &mut self,
        fold: usize,
        class: usize,
        epochs: &[&Epoch],
        bands: &[usize],
        scorer: &mut Scorer,
    ) -> Result<(), DatasetError> {
        let mut some = Vec::new();
        for trial in epochs.chunk_by(|a, b| a.trial == b.trial) {
            let mut mean = vec![0.0; 2];
            for epoch in trial {
                scorer.score(of_bands(epoch, bands, &mut some))?;
                let Some(log_odds) = scorer.imagery_log_odds() else {
                    return Ok(());
                };
                mean[rest::IMAGERY] += log_odds / trial.len() as f64;
                self.windows
                    .push((class, 1.0 / trial.len() as f64, vec![0.0, log_odds]));
            }
            self.trials.push(HeldOut {
                trial: trial[0].trial,
                class,
                fold,
                scores: mean,
            });
        }
        Ok(())
    }

    fn gain(&self) -> Option<f64> {
        (!self.windows.is_empty()).then(|| log_odds_gain(&self.windows))
    }
}

fn check_every_class(epochs: &[&Epoch], dataset: &Dataset) -> Result<(), DatasetError> {
    for (class, name) in dataset.classes.iter().enumerate() {
        if !epochs.iter().any(|epoch| epoch.class == class) {
            let needed = crate::dataset::MIN_TRIALS_PER_CLASS;
            return Err(DatasetError::TooFewTrials {
                class: name.clone(),
                found: 0,
                needed,
            });
        }
    }
    Ok(())
}

/// Figures of trials that were predicted in `folds` folds.
#[must_use]
pub fn figures(held_out: &[HeldOut], classes: usize, folds: usize) -> Figures {
    let trials = held_out.len();
    let predicted: Vec<usize> = held_out.iter().map(|trial| argmax(&trial.scores)).collect();
    let labels: Vec<usize> = held_out.iter().map(|trial| trial.class).collect();
    let mut confusion = vec![vec![0; classes]; classes];
    for (&label, &predicted) in labels.iter().zip(&predicted) {
        confusion[label][predicted] += 1;
    }
    let correct = (0..classes).map(|class| confusion[class][class]).sum();
    let accuracy = correct as f64 / trials as f64;
    let guessing = permutation_test(&predicted, &labels);
    Figures {
        trials,
        correct,
        accuracy,
        interval: wilson_interval(correct, trials),
        chance: 1.0 / classes as f64,
        chance_95: guessing.accuracy_95,
        p_value: guessing.p_value,
        folds,
        auc: mean_fold_auc(held_out).filter(|_| classes == 2),
        confusion,
        bits_per_trial: wolpaw_bits(accuracy, classes),
        rest_auc: None,
    }
}

/// Area under the ROC curve of two-class trials, mean over the folds with both classes; `None` if there is no such fold.
#[must_use]
pub fn mean_fold_auc(held_out: &[HeldOut]) -> Option<f64> {
    let folds = held_out
        .iter()
        .map(|trial| trial.fold + 1)
        .max()
        .unwrap_or(0);
    let by_fold: Vec<f64> = (0..folds)
        .filter_map(|fold| {
            let of_fold = held_out.iter().filter(|trial| trial.fold == fold);
            auc(of_fold.map(two_class_score))
        })
        .collect();
    (!by_fold.is_empty()).then(|| by_fold.iter().sum::<f64>() / by_fold.len() as f64)
}

/// Whether a trial is of the second class, and its score for that class minus its score for the first.
#[must_use]
pub fn two_class_score(trial: &HeldOut) -> (bool, f64) {
    let score = |class: usize| trial.scores.get(class).copied().unwrap_or(0.0);
    (trial.class == 1, score(1) - score(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Epoch;
    use crate::estimators::{self, TANGENT_SPACE};

    fn dataset(separation: f64, trials: usize) -> Dataset {
        let mut seed = 1u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut epochs = Vec::new();
        for trial in 0..trials {
            let class = trial % 2;
            for _ in 0..3 {
                let a = (noise() + if class == 0 { separation } else { 0.0 }).exp();
                let b = (noise() + if class == 1 { separation } else { 0.0 }).exp();
                let c = 0.1 * noise();
                epochs.push(Epoch {
                    class,
                    trial,
                    covariances: vec![SymmetricMatrix::from_values(vec![a, c, c, b]).unwrap()],
                });
            }
        }
        let classes = vec!["left_hand".into(), "right_hand".into()];
        Dataset {
            classes,
            channel_count: 2,
            band_count: 1,
            epochs,
            rest: Vec::new(),
        }
    }

    #[test]
    fn every_estimator_separates_separable_classes() {
        for estimator in estimators::ALL {
            let validation = cross_validate(&dataset(1.5, 30), estimator, None, 5).unwrap();
            assert!(
                validation.figures.accuracy > 0.95,
                "{estimator:?}: {:?}",
                validation.figures
            );
        }
    }

    #[test]
    fn noise_stays_at_chance() {
        let figures = cross_validate(&dataset(0.0, 60), TANGENT_SPACE, None, 5)
            .unwrap()
            .figures;
        assert!(figures.p_value > 0.01, "{figures:?}");
    }

    #[test]
    fn too_few_trials_are_named() {
        let error = cross_validate(&dataset(1.0, 4), TANGENT_SPACE, None, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class 'left_hand' has 2 trials; at least 3 are needed"
        );
    }
}
