//! Why no response can be fitted, or a stored one cannot be used.

use crate::eigen::NotFinite;

/// Trials from which no response can be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CvepError {
    /// No trial is left to fit to.
    #[error("a response needs at least {needed} trials; found {found}")]
    TooFewTrials {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A trial has another number of channels than the first one.
    #[error("trial {trial} has {found} channels, expected {expected} as in the first trial")]
    Channels {
        /// Which trial, counted from 1.
        trial: usize,
        /// Its channels.
        found: usize,
        /// Channels of the first trial.
        expected: usize,
    },
    /// The tags' codes are not as long as the EEG.
    #[error(
        "trial {trial}: the brightness of its tags has {found} values, expected {expected}, one for each sample"
    )]
    Length {
        /// Which trial, counted from 1.
        trial: usize,
        /// Values of the code.
        found: usize,
        /// Samples of the EEG.
        expected: usize,
    },
    /// A trial without a sample.
    #[error("trial {trial} has no samples after its lead-in")]
    Empty {
        /// Which trial, counted from 1.
        trial: usize,
    },
    /// The target is none of the trial's tags.
    #[error("trial {trial}: the target is tag {target} of {tags}")]
    NoSuchTarget {
        /// Which trial, counted from 1.
        trial: usize,
        /// The target, counted from 1.
        target: usize,
        /// How many tags the trial has.
        tags: usize,
    },
    /// The brightness of the target never changed.
    #[error("trial {trial}: the target never changes its brightness, so it evokes no response")]
    SteadyTarget {
        /// Which trial, counted from 1.
        trial: usize,
    },
    /// The EEG or the brightness contains a NaN or an infinity.
    #[error("the EEG or the brightness of a tag contains a value that is not finite")]
    NotFinite,
    /// The EEG is constant.
    #[error("the EEG of all trials is flat")]
    Flat,
    /// More tags than the decoder was made for.
    #[error("{found} tags, expected at most {most}")]
    TooManyTags {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A stored response of another version.
    #[error("a response of version {found}, expected {expected}")]
    Version {
        /// The version in the file.
        found: u32,
        /// The version that this program reads.
        expected: u32,
    },
    /// A stored response with parts that do not fit together.
    #[error("the stored response has {found} numbers of its {part}, expected {expected}")]
    Stored {
        /// Which part.
        part: &'static str,
        /// How many numbers it has.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
}

impl From<NotFinite> for CvepError {
    fn from(_: NotFinite) -> Self {
        Self::NotFinite
    }
}
