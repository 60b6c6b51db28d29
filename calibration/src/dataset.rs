//! Labelled covariances: what estimators are fitted on.

use crate::error::DatasetError;
use crate::folds::blocked_folds;

/// One window of EEG during a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Index into [`Dataset::classes`].
    pub class: usize,
    /// Number of the trial that the window lies in, ascending in order of time; windows of a trial stay together.
    pub trial: usize,
    /// One covariance (channels × channels, row-major, µV²) per band.
    pub covariances: Vec<Vec<f64>>,
}

/// Labelled windows of one person, in order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// Class names; a class is referred to by its place here.
    pub classes: Vec<String>,
    /// Order of every covariance.
    pub channel_count: usize,
    /// Covariances per epoch.
    pub band_count: usize,
    /// The windows of trials.
    pub epochs: Vec<Epoch>,
    /// Windows at rest, in order of time; their trial is the one before, their class means nothing.
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
    /// The windows that have the same mean: those of trials, and those at rest where there are any. A reference lies in the
    /// middle of both, however long somebody rested.
    #[must_use]
    pub fn sets(&self) -> Vec<&[&'a Epoch]> {
        let sets = [self.epochs.as_slice(), self.rest.as_slice()];
        sets.into_iter().filter(|set| !set.is_empty()).collect()
    }
}

/// Trials of each class without which nothing is fitted: a fold must leave some of every class to train on.
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

    /// The trials that a fold leaves to train on, of so many contiguous ones, as a dataset of their own.
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

    /// What a fold, of so many contiguous ones, leaves to train on, and what it holds out.
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

    /// The windows of the trials that `keep` chooses, and the rest after them.
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
    /// Too few classes, or a class with fewer than [`MIN_TRIALS_PER_CLASS`] trials.
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
