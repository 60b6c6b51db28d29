//! Why no decoder can be fitted.

use crate::eigen::NotFinite;

/// A dataset on which no decoder can be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DatasetError {
    /// There are fewer than two classes.
    #[error("a decoder needs at least two classes; found {found}")]
    TooFewClasses {
        /// Number of classes.
        found: usize,
    },
    /// A class has too few trials for cross-validation.
    #[error("class '{class}' has {found} trials; at least {needed} are needed")]
    TooFewTrials {
        /// The class.
        class: String,
        /// Number of its trials.
        found: usize,
        /// Number that a fit needs.
        needed: usize,
    },
    /// A covariance contains a NaN or an infinity.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The shrunk covariance of the features is singular: every epoch is the same.
    #[error("all epochs are alike: is the recording flat?")]
    Degenerate,
}
