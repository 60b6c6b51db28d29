//! A spatial map and a linear classifier, fitted together and applied together.

use crate::damage::Damage;
use crate::dataset::{Epoch, Part};
use crate::eigen::NotFinite;
use crate::error::DatasetError;
use crate::feature_map::{Apply, FeatureMap};
use crate::linear::Linear;
use crate::matrix::{Matrix, SymmetricMatrix};
use crate::personal::{self, Examples};
use crate::recentring::Recentring;
use crate::rest::{self, RestDetector};
use crate::spatial_map::SpatialMap;
use crate::velocity::VelocityRegressor;

/// Covariances to a score per class.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Covariances to features.
    pub spatial_map: SpatialMap,
    /// Features to scores.
    pub linear: Linear,
    /// Factor of the scores. With it, their differences are log-odds on data that the model was not fitted on.
    pub log_odds_gain: f64,
    /// Rest against imagery; none if the recordings had no rest.
    pub rest: Option<RestDetector>,
    /// Direction and speed, for control in all directions; none if it was not requested.
    pub velocity: Option<VelocityRegressor>,
}

impl Model {
    /// A model of these parts, with a gain of 1. `rows` are the features of the trials of `part`. If there is rest as well, a detector of
    /// rest is fitted, starting from another one if it is given.
    ///
    /// # Errors
    /// [`DatasetError`] if a covariance is not finite, or all epochs are alike.
    pub fn with_rest(
        spatial_map: SpatialMap,
        linear: Linear,
        part: &Part<'_>,
        rows: &Matrix,
        starter: Option<&RestDetector>,
    ) -> Result<Self, DatasetError> {
        let rest_rows = spatial_map.as_map().rows(&part.rest)?;
        let examples = rest::examples(&part.epochs, rows, &part.rest, &rest_rows);
        Ok(Self {
            rest: RestDetector::fit(examples, starter)?,
            spatial_map,
            linear,
            log_odds_gain: 1.0,
            velocity: None,
        })
    }

    /// Fits to labelled windows with this model as the prior, at the reference of this model. A model without tangent space stays as it
    /// is.
    ///
    /// # Errors
    /// [`DatasetError`] if a covariance is not finite, or all epochs are alike.
    pub fn refined(&self, part: &Part<'_>, classes: usize) -> Result<Self, DatasetError> {
        let SpatialMap::TangentSpace(space) = &self.spatial_map else {
            return Ok(self.clone());
        };
        let rows = space.rows(&part.epochs)?;
        let linear = fit_linear(&rows, &part.epochs, classes, Some(&self.linear))?;
        let map = self.spatial_map.clone();
        Self::with_rest(map, linear, part, &rows, self.rest.as_ref())
    }

    /// Takes the gains of another fit to more of the same data.
    pub fn take_gains(&mut self, other: &Self) {
        self.log_odds_gain = other.log_odds_gain;
        if let (Some(own), Some(other)) = (&mut self.rest, &other.rest) {
            own.log_odds_gain = other.log_odds_gain;
        }
    }

    /// The same model at the mean of some sets of epochs, for a new person, day or cap. Each set has the same weight. Only tangent space
    /// has such a reference.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn recentred(&self, sets: &[&[&Epoch]]) -> Result<Self, NotFinite> {
        let mut recentred = self.clone();
        if let SpatialMap::TangentSpace(space) = &mut recentred.spatial_map {
            *space = space.recentred(sets)?;
        }
        Ok(recentred)
    }

    /// Prepares the model for the live path. The scorer has its own working memory.
    ///
    /// # Errors
    /// [`NotFinite`] if a reference contains a NaN or an infinity.
    pub fn scorer(&self) -> Result<Scorer, NotFinite> {
        let map = self.spatial_map.as_map();
        Ok(Scorer {
            map: map.applier()?,
            features: vec![0.0; map.feature_count()],
            linear: self.linear.clone(),
            gain: self.log_odds_gain,
            scores: vec![0.0; self.linear.biases.len()],
            rest: self.rest.clone(),
            velocity: self.velocity.clone(),
        })
    }

    /// Checks that all parts fit together and all numbers are finite.
    ///
    /// # Errors
    /// [`Damage`] for the first part that does not fit.
    pub(crate) fn check(
        &self,
        channels: usize,
        bands: usize,
        classes: usize,
    ) -> Result<(), Damage> {
        let map = self.spatial_map.as_map();
        let fits = |matrix: &Matrix| matrix.rows() > 0 && matrix.columns() == channels;
        if map.matrices().len() != bands || !map.matrices().iter().all(fits) {
            return Err(Damage::SpatialMap);
        }
        map.check(bands)?;
        let features = map.feature_count();
        self.linear.check(classes, features)?;
        if let Some(rest) = &self.rest {
            rest.linear.check(2, features)?;
        }
        if let Some(velocity) = &self.velocity {
            velocity.linear.check(2, features)?;
        }
        let gains = self.rest.iter().map(|rest| &rest.log_odds_gain);
        let gains = gains.chain([&self.log_odds_gain]);
        let mut numbers = map.matrices().iter().flat_map(Matrix::values).chain(gains);
        if !numbers.all(|number| number.is_finite()) {
            return Err(Damage::NumberNotFinite);
        }
        Ok(())
    }

    /// Applies a function to each weight; the gains stay as they are.
    pub(crate) fn round(&mut self, round: &dyn Fn(f64) -> f64) {
        self.spatial_map.as_map_mut().round(round);
        let rest = self.rest.iter_mut().map(|rest| &mut rest.linear);
        let velocity = self.velocity.iter_mut();
        let velocity = velocity.map(|velocity| &mut velocity.linear);
        let linears = rest.chain(velocity).chain([&mut self.linear]);
        let weights = linears.flat_map(Linear::values_mut);
        weights.for_each(|weight| *weight = round(*weight));
    }
}

/// Fits the linear part, starting from another one if it is given. The windows of a trial are one example, their mean: they resemble
/// each other, and what differs between them is mostly noise.
///
/// # Errors
/// [`DatasetError::Degenerate`] if all epochs are alike.
pub fn fit_linear(
    rows: &Matrix,
    epochs: &[&Epoch],
    classes: usize,
    starter: Option<&Linear>,
) -> Result<Linear, DatasetError> {
    let means = rest::examples(epochs, rows, &[], &Matrix::default());
    let labels: Vec<usize> = epochs
        .chunk_by(|a, b| a.trial == b.trial)
        .map(|trial| trial[0].class)
        .collect();
    let trials: Vec<usize> = means.iter().map(|mean| mean.trial).collect();
    let examples = Examples {
        rows: &rest::rows_of(&means),
        labels: &labels,
        trials: &trials,
        classes,
    };
    personal::fit(&examples, starter)
}

/// A [`Model`] on the live path. It allocates nothing.
#[derive(Debug)]
pub struct Scorer {
    map: Box<dyn Apply>,
    features: Vec<f64>,
    linear: Linear,
    gain: f64,
    scores: Vec<f64>,
    rest: Option<RestDetector>,
    velocity: Option<VelocityRegressor>,
}

impl Scorer {
    /// Makes the running mean the reference. Maps without a reference stay as they are.
    ///
    /// # Errors
    /// [`NotFinite`] if the mean is not finite.
    pub fn recentre(&mut self, recentring: &Recentring) -> Result<(), NotFinite> {
        (0..recentring.band_count()).try_for_each(|band| self.recentre_band(recentring, band))
    }

    /// The same for one band.
    ///
    /// # Errors
    /// [`NotFinite`] if the mean is not finite; the reference is then unchanged.
    pub fn recentre_band(&mut self, recentring: &Recentring, band: usize) -> Result<(), NotFinite> {
        match recentring.mean_log(band) {
            Some(mean) => self.map.recentre(band, mean),
            None => Ok(()),
        }
    }

    /// The scores of the last window.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Log-odds that the last window was imagery and not rest; none if the model has no detector of rest.
    #[must_use]
    pub fn imagery_log_odds(&self) -> Option<f64> {
        let rest = self.rest.as_ref()?;
        Some(rest.log_odds(&self.features))
    }

    /// Velocity in the last window: right and down are positive, and full speed is about 1. None if the model has no regressor.
    #[must_use]
    pub fn velocity(&self) -> Option<[f64; 2]> {
        Some(self.velocity.as_ref()?.velocity(&self.features))
    }

    /// Length of the last feature vector; in tangent space, its distance from the reference.
    #[must_use]
    pub fn distance(&self) -> f64 {
        crate::vectors::dot(&self.features, &self.features).sqrt()
    }

    /// Log-posterior of each class, up to a common constant, for one covariance per band.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance contains a NaN or an infinity.
    pub fn score(&mut self, covariances: &[SymmetricMatrix]) -> Result<&[f64], NotFinite> {
        self.score_some(covariances, |_| true)
    }

    /// As [`score`](Self::score), but updates only the bands that are due. A map that costs little may update all of them.
    ///
    /// # Errors
    /// [`NotFinite`] if the covariance of a band that is due contains a NaN or an infinity.
    pub fn score_some(
        &mut self,
        covariances: &[SymmetricMatrix],
        is_due: impl Fn(usize) -> bool,
    ) -> Result<&[f64], NotFinite> {
        self.map.apply(covariances, &mut self.features, &is_due)?;
        self.linear.apply(&self.features, &mut self.scores);
        self.scores.iter_mut().for_each(|score| *score *= self.gain);
        Ok(&self.scores)
    }
}
