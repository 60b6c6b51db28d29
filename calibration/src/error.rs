//! Why no decoder can be fitted.

use crate::eigen::NotFinite;

/// A dataset on which no decoder can be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DatasetError {
    /// Fewer than two classes were named.
    #[error("a decoder needs at least two classes; found {found}")]
    TooFewClasses {
        /// How many were named.
        found: usize,
    },
    /// A class has too few trials for cross-validation.
    #[error("class '{class}' has {found} trials; at least {needed} are needed")]
    TooFewTrials {
        /// The class.
        class: String,
        /// Its trials.
        found: usize,
        /// What a fit needs.
        needed: usize,
    },
    /// A covariance holds a NaN or an infinity.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The shrunk covariance of the features is singular: every epoch is the same.
    #[error("all epochs are alike: is the recording flat?")]
    Degenerate,
}
