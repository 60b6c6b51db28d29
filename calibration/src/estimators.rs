//! Ways to fit a decoder: each combines a spatial map with a linear classifier.
//!
//! An estimator `fit`s labelled covariances and returns a [`Model`]. [`Model::scorer`] applies it to new windows; its scores are what
//! scikit-learn calls a decision function. A new estimator is one more type here, added to [`ALL`].
//!
//! Decoders of evoked responses learn from samples and stimulus times instead of covariances, and need a trait of their own beside this
//! one. They can share [`Matrix`](crate::matrix::Matrix), the classifiers, `folds` and `statistics`, none of which know of covariances.

use crate::csp::Csp;
use crate::dataset::Part;
use crate::error::DatasetError;
use crate::feature_map::FeatureMap;
use crate::lda::{self, Shrinkage};
use crate::model::{Model, fit_linear};
use crate::spatial_map::SpatialMap;
use crate::tangent_space::TangentSpace;
use std::fmt::Debug;

/// A way to fit a decoder to labelled covariances.
pub trait Estimator: Debug + Send + Sync {
    /// Its name on the command line, such as `csp`. No two estimators have the same name.
    fn name(&self) -> &'static str;

    /// Fits to labelled windows of `classes` classes, with a gain of 1. An estimator that can use a `starter` starts from it: a model of
    /// the same classes, channels and bands, fitted on other people. The others ignore it.
    ///
    /// # Errors
    /// [`DatasetError`] if a covariance is not finite, or all epochs are alike.
    fn fit(
        &self,
        part: &Part<'_>,
        classes: usize,
        starter: Option<&Model>,
    ) -> Result<Model, DatasetError>;
}

impl PartialEq for dyn Estimator {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// The usual estimator: see [`TangentSpaceLogistic`].
pub const TANGENT_SPACE: &dyn Estimator = &TangentSpaceLogistic;
/// See [`CspLda`]. Three pairs of filters are what the literature uses (Blankertz et al. 2008).
pub const CSP: &dyn Estimator = &CspLda { pairs: 3 };
/// See [`BandPowerLda`].
pub const BAND_POWER: &dyn Estimator = &BandPowerLda;

/// All estimators, the usual one first.
pub const ALL: [&dyn Estimator; 3] = [TANGENT_SPACE, CSP, BAND_POWER];

/// The estimator of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Estimator> {
    ALL.into_iter().find(|estimator| estimator.name() == name)
}

/// Tangent space, then logistic regression. A starter gives both the space and the prior of the regression.
#[derive(Debug, Clone, Copy)]
pub struct TangentSpaceLogistic;

impl Estimator for TangentSpaceLogistic {
    fn name(&self) -> &'static str {
        "tangent-space"
    }

    fn fit(
        &self,
        part: &Part<'_>,
        classes: usize,
        starter: Option<&Model>,
    ) -> Result<Model, DatasetError> {
        if let Some(starter) = starter {
            return starter.recentred(&part.sets())?.refined(part, classes);
        }
        let mut space = TangentSpace::fit(&part.sets())?;
        let mut rows = space.rows(&part.epochs)?;
        space.balance(&mut rows);
        let linear = fit_linear(&rows, &part.epochs, classes, None)?;
        Model::with_rest(SpatialMap::TangentSpace(space), linear, part, &rows, None)
    }
}

/// Common spatial patterns of each band (filter-bank CSP), then shrinkage LDA.
#[derive(Debug, Clone, Copy)]
pub struct CspLda {
    /// Filters from each end of the spectrum.
    pub pairs: usize,
}

impl Estimator for CspLda {
    fn name(&self) -> &'static str {
        "csp"
    }

    fn fit(
        &self,
        part: &Part<'_>,
        classes: usize,
        _starter: Option<&Model>,
    ) -> Result<Model, DatasetError> {
        let csp = Csp::fit(&part.epochs, classes, self.pairs)?;
        with_lda(csp, part, classes)
    }
}

/// Log band power of each channel, then shrinkage LDA.
#[derive(Debug, Clone, Copy)]
pub struct BandPowerLda;

impl Estimator for BandPowerLda {
    fn name(&self) -> &'static str {
        "band-power"
    }

    fn fit(
        &self,
        part: &Part<'_>,
        classes: usize,
        _starter: Option<&Model>,
    ) -> Result<Model, DatasetError> {
        with_lda(Csp::band_power(&part.epochs), part, classes)
    }
}

fn with_lda(csp: Csp, part: &Part<'_>, classes: usize) -> Result<Model, DatasetError> {
    let labels: Vec<usize> = part.epochs.iter().map(|epoch| epoch.class).collect();
    let rows = csp.rows(&part.epochs)?;
    let linear = lda::fit(&rows, &labels, classes, Shrinkage::LedoitWolf)?;
    Model::with_rest(SpatialMap::Csp(csp), linear, part, &rows, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_estimator_is_found_by_its_own_name() {
        for estimator in ALL {
            assert!(
                by_name(estimator.name()) == Some(estimator),
                "{estimator:?}"
            );
        }
        assert!(by_name("svm").is_none());
    }
}
