//! Labelled covariances, to which estimators are fitted.

use crate::error::DatasetError;
use crate::folds::blocked_folds;
use crate::matrix::SymmetricMatrix;

/// One window of EEG during a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Index into [`Dataset::classes`].
    pub class: usize,
    /// Number of the trial, ascending with time. The windows of a trial are neighbours.
    pub trial: usize,
    /// One covariance (channels × channels, µV²) per band.
    pub covariances: Vec<SymmetricMatrix>,
}

/// Labelled windows of one person, in order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Class names. A class is referred to by its index in this list.
    pub classes: Vec<String>,
    /// Channels of each covariance.
    pub channel_count: usize,
    /// Covariances per epoch.
    pub band_count: usize,
    /// The windows of trials.
    pub epochs: Vec<Epoch>,
    /// Windows at rest, in order of time. Their trial is the one before them, and their class has no meaning.
    pub rest: Vec<Epoch>,
}

/// Some of a dataset's windows.
#[derive(Debug, Clone, Default)]
pub struct Part<'a> {
    /// Windows of trials.
    pub epochs: Vec<&'a Epoch>,
    /// Windows at rest.
    pub rest: Vec<&'a Epoch>,
}

impl<'a> Part<'a> {
    /// The sets that have the same weight in a reference: the windows of trials and, if there are any, those at rest. The reference is
    /// in the middle of both, however long the rest was.
    #[must_use]
    pub fn sets(&self) -> Vec<&[&'a Epoch]> {
        let sets = [self.epochs.as_slice(), self.rest.as_slice()];
        sets.into_iter().filter(|set| !set.is_empty()).collect()
    }
}

/// Fewest trials of each class: a fold must leave some of each class to train on.
pub const MIN_TRIALS_PER_CLASS: usize = 3;

impl Dataset {
    /// The same classes, channels and bands, without windows.
    #[must_use]
    pub fn like(&self) -> Self {
        Self {
            classes: self.classes.clone(),
            channel_count: self.channel_count,
            band_count: self.band_count,
            epochs: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// The training trials of one of `folds` contiguous folds, as a dataset of their own.
    #[must_use]
    pub fn without_fold(&self, fold: usize, folds: usize) -> Self {
        let (kept, _) = self.split(fold, folds);
        let of = |epochs: Vec<&Epoch>| epochs.into_iter().cloned().collect();
        Self {
            epochs: of(kept.epochs),
            rest: of(kept.rest),
            ..self.like()
        }
    }

    /// The training part and the held-out part of one of `folds` contiguous folds.
    #[must_use]
    pub fn split(&self, fold: usize, folds: usize) -> (Part<'_>, Part<'_>) {
        let trials = self.trials();
        let fold_of = blocked_folds(trials.len(), folds);
        let is_held_out = |trial: usize| {
            let place = trials.binary_search_by_key(&trial, |t| t.0);
            place.is_ok_and(|place| fold_of[place] == fold)
        };
        (
            self.part(|trial| !is_held_out(trial)),
            self.part(is_held_out),
        )
    }

    /// Trials in order of time: number and class of each.
    #[must_use]
    pub fn trials(&self) -> Vec<(usize, usize)> {
        let mut trials: Vec<(usize, usize)> = self
            .epochs
            .iter()
            .map(|epoch| (epoch.trial, epoch.class))
            .collect();
        trials.sort_unstable();
        trials.dedup();
        trials
    }

    /// The windows of the trials for which `keep` is true, and the rest after these trials.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool) -> Part<'_> {
        Part {
            epochs: self
                .epochs
                .iter()
                .filter(|epoch| keep(epoch.trial))
                .collect(),
            rest: self.rest.iter().filter(|epoch| keep(epoch.trial)).collect(),
        }
    }

    /// Checks that there is enough to fit and validate on.
    ///
    /// # Errors
    /// [`DatasetError`] if there are too few classes, or a class has fewer than [`MIN_TRIALS_PER_CLASS`] trials.
    pub fn check(&self) -> Result<(), DatasetError> {
        if self.classes.len() < 2 {
            return Err(DatasetError::TooFewClasses {
                found: self.classes.len(),
            });
        }
        let trials = self.trials();
        for (class, name) in self.classes.iter().enumerate() {
            let found = trials.iter().filter(|trial| trial.1 == class).count();
            if found < MIN_TRIALS_PER_CLASS {
                let needed = MIN_TRIALS_PER_CLASS;
                return Err(DatasetError::TooFewTrials {
                    class: name.clone(),
                    found,
                    needed,
                });
            }
        }
        Ok(())
    }
}
