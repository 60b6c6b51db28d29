//! What all spatial maps have in common: covariances in, features out.

use crate::damage::Damage;
use crate::dataset::Epoch;
use crate::eigen::NotFinite;
use crate::matrix::{Matrix, SymmetricMatrix};
use std::fmt::Debug;

/// A fitted map from covariances (one per band: channels × channels, µV²) to features.
pub trait FeatureMap {
    /// The map and the classifier that is fitted to its features, in a few words.
    fn description(&self) -> &'static str;

    /// Features per epoch.
    fn feature_count(&self) -> usize;

    /// One matrix per band: each row has one weight per channel.
    fn matrices(&self) -> &[Matrix];

    /// The same, mutable.
    fn matrices_mut(&mut self) -> &mut [Matrix];

    /// Indices of the channels with a weight other than zero: all, unless a search left some out.
    fn channels_used(&self) -> Vec<usize> {
        let channels = self.matrices().first().map_or(0, Matrix::columns);
        let is_used = |channel: &usize| {
            let mut rows = self.matrices().iter().flat_map(Matrix::iter);
            rows.any(|row| row[*channel] != 0.0)
        };
        (0..channels).filter(is_used).collect()
    }

    /// Checks what a decoder of this many bands needs of the map, apart from [`matrices`](Self::matrices).
    ///
    /// # Errors
    /// [`Damage`] for the first part that does not fit.
    fn check(&self, _bands: usize) -> Result<(), Damage> {
        Ok(())
    }

    /// Replaces each number by a rounded one.
    fn round(&mut self, round: &dyn Fn(f64) -> f64) {
        let numbers = self.matrices_mut().iter_mut().flat_map(Matrix::values_mut);
        numbers.for_each(|number| *number = round(*number));
    }

    /// Prepares the map for the live path. The applier has its own working memory.
    ///
    /// # Errors
    /// [`NotFinite`] if the map contains a NaN or an infinity.
    fn applier(&self) -> Result<Box<dyn Apply>, NotFinite>;

    /// The features of epochs, one row each.
    ///
    /// # Errors
    /// [`NotFinite`] if the map or a covariance contains a NaN or an infinity.
    fn rows(&self, epochs: &[&Epoch]) -> Result<Matrix, NotFinite> {
        let mut applier = self.applier()?;
        let mut rows = Matrix::zeros(epochs.len(), self.feature_count());
        for (epoch, row) in epochs.iter().zip(rows.iter_mut()) {
            applier.apply(&epoch.covariances, row, &|_| true)?;
        }
        Ok(rows)
    }
}

/// A [`FeatureMap`] on the live path. It allocates nothing.
pub trait Apply: Debug + Send {
    /// Writes the features of the bands that are due. Those of the other bands may stay as they are.
    ///
    /// # Errors
    /// [`NotFinite`] if the covariance of a band that is due contains a NaN or an infinity.
    fn apply(
        &mut self,
        covariances: &[SymmetricMatrix],
        features: &mut [f64],
        is_due: &dyn Fn(usize) -> bool,
    ) -> Result<(), NotFinite>;

    /// Makes the exponential of a matrix (of ln µV²) the reference of a band. A map without a reference does nothing. The argument is a
    /// logarithm because that is how a log-Euclidean mean is kept.
    ///
    /// # Errors
    /// [`NotFinite`] if the matrix contains a NaN or an infinity; the reference is then unchanged.
    fn recentre(
        &mut self,
        _band: usize,
        _log_reference: &SymmetricMatrix,
    ) -> Result<(), NotFinite> {
        Ok(())
    }
}
