//! Errors in the description of a synthetic patient.

use crate::printable::printable;

/// What is wrong with the description of a synthetic patient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A part is not `key=value`.
    #[error("'{}' has no '='", printable(.0))]
    NoValue(String),
    /// A value is not a number.
    #[error("{key} is '{}', which is no number of zero or above", printable(value))]
    NoNumber {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// The seed is not a whole number.
    #[error("seed is '{}', no whole number", printable(.0))]
    Seed(String),
    /// The sampling rate is not supported.
    #[error("rate is {}, expected 64 to 20000 Hz", printable(.0))]
    Rate(String),
    /// The kind of noise is unknown.
    #[error("'{}' is no kind of noise; known are {known}", printable(found))]
    Noise {
        /// The given kind.
        found: String,
        /// The known kinds.
        known: String,
    },
    /// A key is unknown.
    #[error(
        "'{}' is unknown; known are seed, channels, rate, classes, trials, imagery, rest, erd, mains, noise, seconds", printable(.0)
    )]
    Key(String),
    /// A length is given for a patient, whose length follows from the trials.
    #[error("seconds is for noise=KIND; a patient ends after the trials (trials, imagery, rest)")]
    Seconds,
    /// Noise is given where a patient is needed.
    #[error("noise follows no cues, and imagines nothing")]
    NoiseAsPatient,
    /// A class is unknown.
    #[error(
        "'{}' is no class; known are left_hand, right_hand, both_hands, feet, clench, blinks", printable(.0)
    )]
    Class(String),
    /// An electrode is unknown.
    #[error(
        "'{}' is no electrode of the 10-10 system (montages by number: 8, 9, 21, 32, 64)", printable(.0)
    )]
    Electrode(String),
}
