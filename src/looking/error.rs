//! Why looks cannot be decoded.

use super::model::LookingModelError;
use super::prior::PriorError;
use crate::command::MOST_CODES;
use crate::conditioning::design::DesignError;
use crate::printable::printable_list;
use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::looking::cvep::CvepError;

/// Looks cannot be decoded from a stream.
#[derive(Debug, thiserror::Error)]
pub enum LookingError {
    /// None of the electrodes is over the visual cortex.
    #[error(
        "looking needs electrodes over the visual cortex (such as Oz, O1, O2, POz), and the stream has {}. Connect some of them",
        found.join(", ")
    )]
    NoElectrode {
        /// Electrodes of the stream.
        found: Vec<String>,
    },
    /// The stream lacks channels of the person's response.
    #[error(
        "the person's response to codes was fitted to channels that this stream does not have: {}. It has {}. Connect them, or fit the response \
         again with these electrodes",
        printable_list(missing),
        printable_list(found)
    )]
    MissingChannels {
        /// Labels that the stream lacks.
        missing: Vec<String>,
        /// Channels of the stream.
        found: Vec<String>,
    },
    /// There are too many codes, or none.
    #[error("{found} flicker frequencies are set, expected 1 to {MOST_CODES}")]
    Codes {
        /// Their number.
        found: usize,
    },
    /// The sampling rate is too low.
    #[error("looks cannot be decoded from this stream: {0}")]
    Design(#[from] DesignError),
    /// The shipped table of responses is damaged.
    #[error(transparent)]
    Prior(#[from] PriorError),
    /// The table holds a NaN.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The response does not fit its channels.
    #[error(transparent)]
    Model(#[from] LookingModelError),
    /// The response cannot be used with these codes.
    #[error(transparent)]
    Response(#[from] CvepError),
}
