//! A spatial map and a linear classifier, fitted together and applied together.

use crate::csp::{Csp, CspApplier};
use crate::dataset::{Dataset, DatasetError, Epoch};
use crate::lda::Lda;
use crate::spd::NotFinite;
use crate::tangent_space::{TangentApplier, TangentSpace};
use serde::{Deserialize, Serialize};

/// Which spatial map is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// Tangent space, then shrinkage LDA.
    TangentSpace,
    /// Common spatial patterns, `pairs` filters from each end, then shrinkage LDA.
    Csp {
        /// Filters from each end of the spectrum.
        pairs: usize,
    },
}

/// Covariances to features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpatialMap {
    /// See [`TangentSpace`].
    TangentSpace(TangentSpace),
    /// See [`Csp`].
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

    /// One matrix per band, a weight per channel in each row.
    #[must_use]
    pub fn matrices(&self) -> &[Vec<f64>] {
        match self {
            Self::TangentSpace(space) => &space.whiteners,
            Self::Csp(csp) => &csp.filters,
        }
    }
}

/// Covariances to a score per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Covariances to features.
    pub spatial_map: SpatialMap,
    /// Features to scores.
    pub lda: Lda,
    /// What scores are multiplied by, so that their differences are log-odds on data that was not fitted on.
    pub log_odds_gain: f64,
}

impl Model {
    /// Fits to labelled windows, with a gain of 1.
    ///
    /// # Errors
    /// Where a covariance is not finite or all epochs are alike.
    pub fn fit(
        epochs: &[&Epoch],
        dataset: &Dataset,
        estimator: Estimator,
    ) -> Result<Self, DatasetError> {
        let (channels, bands) = (dataset.channel_count, dataset.band_count);
        let classes = dataset.classes.len();
        let spatial_map = match estimator {
            Estimator::TangentSpace => {
                SpatialMap::TangentSpace(TangentSpace::fit(epochs, channels, bands)?)
            }
            Estimator::Csp { pairs } => {
                SpatialMap::Csp(Csp::fit(epochs, classes, channels, bands, pairs)?)
            }
        };
        let mut features = FeatureMap::new(&spatial_map, channels);
        let mut rows = Vec::with_capacity(epochs.len());
        for epoch in epochs {
            rows.push(features.apply(&epoch.covariances)?.to_vec());
        }
        let labels: Vec<usize> = epochs.iter().map(|epoch| epoch.class).collect();
        let lda = Lda::fit(&rows, &labels, classes)?;
        Ok(Self {
            spatial_map,
            lda,
            log_odds_gain: 1.0,
        })
    }

    /// Readies the model for use, with storage of its own.
    #[must_use]
    pub fn scorer(&self, channels: usize) -> Scorer {
        Scorer {
            features: FeatureMap::new(&self.spatial_map, channels),
            lda: self.lda.clone(),
            gain: self.log_odds_gain,
            scores: vec![0.0; self.lda.biases.len()],
        }
    }
}

/// A [`Model`] ready to run; allocates nothing.
#[derive(Debug, Clone)]
pub struct Scorer {
    features: FeatureMap,
    lda: Lda,
    gain: f64,
    scores: Vec<f64>,
}

impl Scorer {
    /// Log-posterior of each class, up to a constant common to all, for one covariance per band.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance holds a NaN or an infinity.
    pub fn score(&mut self, covariances: &[Vec<f64>]) -> Result<&[f64], NotFinite> {
        let features = self.features.apply(covariances)?;
        self.lda.apply(features, &mut self.scores);
        self.scores.iter_mut().for_each(|score| *score *= self.gain);
        Ok(&self.scores)
    }
}

#[derive(Debug, Clone)]
struct FeatureMap {
    map: Applier,
    features: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Applier {
    TangentSpace(TangentApplier),
    Csp(CspApplier),
}

impl FeatureMap {
    fn new(map: &SpatialMap, channels: usize) -> Self {
        let count = map.feature_count(channels);
        let map = match map {
            SpatialMap::TangentSpace(space) => Applier::TangentSpace(space.applier(channels)),
            SpatialMap::Csp(csp) => Applier::Csp(csp.applier(channels)),
        };
        Self {
            map,
            features: vec![0.0; count],
        }
    }

    fn apply(&mut self, covariances: &[Vec<f64>]) -> Result<&[f64], NotFinite> {
        match &mut self.map {
            Applier::TangentSpace(map) => map.apply(covariances, &mut self.features)?,
            Applier::Csp(map) => map.apply(covariances, &mut self.features),
        }
        Ok(&self.features)
    }
}
