//! A spatial map and a linear classifier, fitted together and applied together.

use crate::csp::{Csp, CspApplier};
use crate::dataset::{Dataset, Epoch, Part};
use crate::eigen::NotFinite;
use crate::error::DatasetError;
use crate::lda::{self, Shrinkage};
use crate::linear::Linear;
use crate::personal::{self, Examples};
use crate::recentring::Recentring;
use crate::rest::{self, RestDetector};
use crate::tangent_applier::TangentApplier;
use crate::tangent_space::TangentSpace;
use crate::velocity::VelocityRegressor;
use serde::{Deserialize, Serialize};

/// Which spatial map is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// Tangent space, then logistic regression, pulled towards a starter where there is one.
    TangentSpace,
    /// Common spatial patterns of each band (filter-bank CSP), `pairs` filters from each end, then shrinkage LDA.
    Csp {
        /// Filters from each end of the spectrum.
        pairs: usize,
    },
    /// Log band power of every channel, then shrinkage LDA.
    BandPower,
}

/// Covariances to features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpatialMap {
    /// See [`TangentSpace`].
    TangentSpace(TangentSpace),
    /// See [`Csp`]. Log band power is CSP whose filters are the channels themselves.
    Csp(Csp),
}

impl SpatialMap {
    /// Features per epoch.
    #[must_use]
    pub fn feature_count(&self, channels: usize) -> usize {
        match self {
            Self::TangentSpace(space) => space.feature_count(channels),
            Self::Csp(csp) => csp.feature_count(channels),
        }
    }

    /// The features of epochs, a row each.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn rows(&self, epochs: &[&Epoch], channels: usize) -> Result<Vec<Vec<f64>>, NotFinite> {
        match self {
            Self::TangentSpace(space) => space.rows(epochs, channels),
            Self::Csp(csp) => Ok(csp.rows(epochs, channels)),
        }
    }

    /// What it and its linear classifier are called in the literature.
    #[must_use]
    pub fn describe(&self, channels: usize) -> &'static str {
        match self {
            Self::TangentSpace(_) => "tangent space + logistic regression",
            Self::Csp(csp) if csp.is_band_power(channels) => "log band power + shrinkage LDA",
            Self::Csp(_) => "filter-bank CSP + shrinkage LDA",
        }
    }

    /// Places of the channels that have a weight other than zero: all, unless a search left some out.
    #[must_use]
    pub fn channels_used(&self, channels: usize) -> Vec<usize> {
        let is_used = |channel: &usize| {
            let matrices = self.matrices().iter();
            let mut rows = matrices.flat_map(|matrix| matrix.chunks_exact(channels));
            rows.any(|row| row[*channel] != 0.0)
        };
        (0..channels).filter(is_used).collect()
    }

    /// One matrix per band, a weight per channel in each row.
    #[must_use]
    pub fn matrices(&self) -> &[Vec<f64>] {
        match self {
            Self::TangentSpace(space) => &space.projections,
            Self::Csp(csp) => &csp.filters,
        }
    }
}

/// Covariances to a score per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Covariances to features.
    pub spatial_map: SpatialMap,
    /// Features to scores.
    pub linear: Linear,
    /// What scores are multiplied by, so that their differences are log-odds on data that was not fitted on.
    pub log_odds_gain: f64,
    /// Whether anything is wanted at all; none where no rest was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<RestDetector>,
    /// Where to and how fast, for control in every direction at once; none where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub velocity: Option<VelocityRegressor>,
}

impl Model {
    /// Fits to labelled windows, with a gain of 1. A tangent-space fit is pulled towards `starter`, a tangent-space model
    /// of the same classes, channels and bands; other estimators do not take one.
    ///
    /// # Errors
    /// Where a covariance is not finite or all epochs are alike.
    pub fn fit(
        part: &Part<'_>,
        dataset: &Dataset,
        estimator: Estimator,
        starter: Option<&Self>,
    ) -> Result<Self, DatasetError> {
        let epochs = part.epochs.as_slice();
        let (channels, bands) = (dataset.channel_count, dataset.band_count);
        let classes = dataset.classes.len();
        let csp = match (estimator, starter) {
            (Estimator::TangentSpace, Some(starter)) => {
                return starter
                    .recentred(&part.sets(), channels)?
                    .refined(part, dataset);
            }
            (Estimator::TangentSpace, None) => {
                let mut space = TangentSpace::fit(&part.sets(), channels, bands)?;
                let mut rows = space.rows(epochs, channels)?;
                space.balance(&mut rows, channels);
                let linear = linear(&rows, epochs, classes, None)?;
                let map = SpatialMap::TangentSpace(space);
                return Self::new(map, linear).with_rest(part, &rows, channels, None);
            }
            (Estimator::Csp { pairs }, _) => Csp::fit(epochs, classes, channels, bands, pairs)?,
            (Estimator::BandPower, _) => Csp::band_power(channels, bands),
        };
        let labels: Vec<usize> = epochs.iter().map(|epoch| epoch.class).collect();
        let rows = csp.rows(epochs, channels);
        let linear = lda::fit(&rows, &labels, classes, Shrinkage::LedoitWolf)?;
        Self::new(SpatialMap::Csp(csp), linear).with_rest(part, &rows, channels, None)
    }

    /// Adds what tells rest from imagery; `rows` are the features of the part's trials.
    fn with_rest(
        self,
        part: &Part<'_>,
        rows: &[Vec<f64>],
        channels: usize,
        starter: Option<&RestDetector>,
    ) -> Result<Self, DatasetError> {
        let rest_rows = self.spatial_map.rows(&part.rest, channels)?;
        let examples = rest::examples(&part.epochs, rows, &part.rest, &rest_rows);
        Ok(Self {
            rest: RestDetector::fit(examples, starter)?,
            ..self
        })
    }

    fn new(spatial_map: SpatialMap, linear: Linear) -> Self {
        Self {
            spatial_map,
            linear,
            log_odds_gain: 1.0,
            rest: None,
            velocity: None,
        }
    }

    /// This model as the prior of one fitted to labelled windows, at this model's reference. A model that has no tangent
    /// space stays as it is.
    ///
    /// # Errors
    /// Where a covariance is not finite or all epochs are alike.
    pub fn refined(&self, part: &Part<'_>, dataset: &Dataset) -> Result<Self, DatasetError> {
        let SpatialMap::TangentSpace(space) = &self.spatial_map else {
            return Ok(self.clone());
        };
        let (channels, classes) = (dataset.channel_count, dataset.classes.len());
        let rows = space.rows(&part.epochs, channels)?;
        let linear = linear(&rows, &part.epochs, classes, Some(&self.linear))?;
        Self::new(self.spatial_map.clone(), linear).with_rest(
            part,
            &rows,
            channels,
            self.rest.as_ref(),
        )
    }

    /// Takes the gains of another fit to more of the same data.
    pub fn take_gains(&mut self, other: &Self) {
        self.log_odds_gain = other.log_odds_gain;
        if let (Some(own), Some(other)) = (&mut self.rest, &other.rest) {
            own.log_odds_gain = other.log_odds_gain;
        }
    }

    /// The same model at the mean of some sets of epochs, each of which counts the same (tangent space; other maps have no
    /// reference): for a new person, day or cap.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn recentred(&self, sets: &[&[&Epoch]], channels: usize) -> Result<Self, NotFinite> {
        let mut recentred = self.clone();
        if let SpatialMap::TangentSpace(space) = &mut recentred.spatial_map {
            *space = space.recentred(sets, channels)?;
        }
        Ok(recentred)
    }

    /// Readies the model for use, with storage of its own.
    ///
    /// # Errors
    /// [`NotFinite`] where a reference holds a NaN or an infinity.
    pub fn scorer(&self, channels: usize) -> Result<Scorer, NotFinite> {
        let map = match &self.spatial_map {
            SpatialMap::TangentSpace(space) => Applier::TangentSpace(space.applier(channels)?),
            SpatialMap::Csp(csp) => Applier::Csp(csp.applier(channels)),
        };
        Ok(Scorer {
            map,
            features: vec![0.0; self.spatial_map.feature_count(channels)],
            linear: self.linear.clone(),
            gain: self.log_odds_gain,
            scores: vec![0.0; self.linear.biases.len()],
            rest: self.rest.clone(),
            velocity: self.velocity.clone(),
        })
    }
}

/// Windows of a trial are one example, their mean: they resemble each other, and what differs between them is mostly noise.
fn linear(
    rows: &[Vec<f64>],
    epochs: &[&Epoch],
    classes: usize,
    starter: Option<&Linear>,
) -> Result<Linear, DatasetError> {
    let means = rest::examples(epochs, rows, &[], &[]);
    let labels: Vec<usize> = epochs
        .chunk_by(|a, b| a.trial == b.trial)
        .map(|trial| trial[0].class)
        .collect();
    let trials: Vec<usize> = means.iter().map(|mean| mean.trial).collect();
    let rows: Vec<Vec<f64>> = means.into_iter().map(|mean| mean.row).collect();
    let examples = Examples {
        rows: &rows,
        labels: &labels,
        trials: &trials,
        classes,
    };
    personal::fit(&examples, starter)
}

/// A [`Model`] ready to run; allocates nothing.
#[derive(Debug, Clone)]
pub struct Scorer {
    map: Applier,
    features: Vec<f64>,
    linear: Linear,
    gain: f64,
    scores: Vec<f64>,
    rest: Option<RestDetector>,
    velocity: Option<VelocityRegressor>,
}

#[derive(Debug, Clone)]
enum Applier {
    TangentSpace(TangentApplier),
    Csp(CspApplier),
}

impl Scorer {
    /// Makes the running mean the reference (tangent space; other maps have none).
    ///
    /// # Errors
    /// [`NotFinite`] where the mean is not finite.
    pub fn recentre(&mut self, recentring: &Recentring) -> Result<(), NotFinite> {
        (0..recentring.band_count()).try_for_each(|band| self.recentre_band(recentring, band))
    }

    /// The same for one band.
    ///
    /// # Errors
    /// [`NotFinite`] where the mean is not finite; the reference is then as before.
    pub fn recentre_band(&mut self, recentring: &Recentring, band: usize) -> Result<(), NotFinite> {
        match &mut self.map {
            Applier::TangentSpace(map) => recentring.recentre(band, map),
            Applier::Csp(_) => Ok(()),
        }
    }

    /// What [`score`](Self::score) gave last.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Log-odds that the last window was imagery and not rest; none where the model cannot tell.
    #[must_use]
    pub fn imagery_log_odds(&self) -> Option<f64> {
        let rest = self.rest.as_ref()?;
        Some(rest.log_odds(&self.features))
    }

    /// Velocity that the last window meant: right and down are positive, about 1 at full speed; none where the model has no
    /// regressor.
    #[must_use]
    pub fn velocity(&self) -> Option<[f64; 2]> {
        Some(self.velocity.as_ref()?.velocity(&self.features))
    }

    /// Length of the last window's feature vector; in tangent space, its distance from the reference.
    #[must_use]
    pub fn distance(&self) -> f64 {
        crate::vectors::dot(&self.features, &self.features).sqrt()
    }

    /// Log-posterior of each class, up to a constant common to all, for one covariance per band.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn score(&mut self, covariances: &[Vec<f64>]) -> Result<&[f64], NotFinite> {
        self.score_some(covariances, |_| true)
    }

    /// As [`score`](Self::score), looking anew only at the bands that are due (tangent space; other maps cost little and
    /// look at all).
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance of a band that is due holds a NaN or an infinity.
    pub fn score_some(
        &mut self,
        covariances: &[Vec<f64>],
        is_due: impl Fn(usize) -> bool,
    ) -> Result<&[f64], NotFinite> {
        match &mut self.map {
            Applier::TangentSpace(map) => {
                map.apply_some(covariances, &mut self.features, is_due)?
            }
            Applier::Csp(map) => map.apply(covariances, &mut self.features),
        }
        self.linear.apply(&self.features, &mut self.scores);
        self.scores.iter_mut().for_each(|score| *score *= self.gain);
        Ok(&self.scores)
    }
}
