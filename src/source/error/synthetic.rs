//! What is wrong with the description of a synthetic patient.

use crate::printable::printable;

/// What is wrong with the description of a synthetic patient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A part that is not `key=value`.
    #[error("'{}' has no '='", printable(.0))]
    NoValue(String),
    /// A value that has to be a number.
    #[error("{key} is '{}', which is no number of zero or above", printable(value))]
    NoNumber {
        /// Of which key.
        key: String,
        /// What there is.
        value: String,
    },
    /// A seed that is no whole number.
    #[error("seed is '{}', no whole number", printable(.0))]
    Seed(String),
    /// A sampling rate that no filter can be made for.
    #[error("rate is {}, expected 64 to 20000 Hz", printable(.0))]
    Rate(String),
    /// A kind of noise that is not known.
    #[error("'{}' is no kind of noise; known are {known}", printable(found))]
    Noise {
        /// What there is.
        found: String,
        /// Kinds that are known.
        known: String,
    },
    /// A key that is not known.
    #[error(
        "'{}' is unknown; known are seed, channels, rate, classes, trials, imagery, rest, erd, mains, noise, seconds", printable(.0)
    )]
    Key(String),
    /// A length for a patient, whose length follows from the trials.
    #[error("seconds is for noise=KIND; a patient ends after the trials (trials, imagery, rest)")]
    Seconds,
    /// Noise where a patient is needed.
    #[error("noise follows no cues, and imagines nothing")]
    NoiseAsPatient,
    /// A class that is not known.
    #[error(
        "'{}' is no class; known are left_hand, right_hand, both_hands, feet, clench, blinks", printable(.0)
    )]
    Class(String),
    /// An electrode that is not known.
    #[error(
        "'{}' is no electrode of the 10-10 system (montages by number: 8, 9, 21, 32, 64)", printable(.0)
    )]
    Electrode(String),
}
