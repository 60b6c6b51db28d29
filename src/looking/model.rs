//! A person's response to codes, and its stored form.

use super::figures::LookingFigures;
use bci_cursor_calibration::looking::cvep::CvepModel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the stored form.
const VERSION: u32 = 1;

/// A person's response to codes, fitted to looks at known tags. The response does not depend on which codes are shown later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct LookingModel {
    /// Labels of the channels, in the order of the response.
    channels: Vec<String>,
    response: CvepModel,
    /// How well looks were recognised when the response was fitted, if that was measured.
    pub figures: Option<LookingFigures>,
    /// The delay of the display that was taken into account when the response was fitted, milliseconds; `None` if it was not known: then the
    /// response contains it.
    pub display_delay_ms: Option<f64>,
}

/// A response that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookingModelError {
    /// It was stored by another version of this program.
    #[error(
        "the response to codes has version {found}, expected {VERSION}: use a newer version of this program, or fit it again"
    )]
    Version {
        /// The version in the file.
        found: u32,
    },
    /// Labels and response do not fit together.
    #[error("the response to codes has {found} channel labels, expected {expected}")]
    Channels {
        /// Number of labels.
        found: usize,
        /// Number of channels of the response.
        expected: usize,
    },
    /// Two channels have the same label.
    #[error("the response to codes has two channels called '{label}', expected different labels")]
    SameLabel {
        /// The label.
        label: String,
    },
}

impl LookingModel {
    /// A response, with the labels of its channels in their order.
    ///
    /// # Errors
    /// [`LookingModelError`] if there is not exactly one label for each channel, or two are the same.
    pub fn new(channels: Vec<String>, response: CvepModel) -> Result<Self, LookingModelError> {
        let (found, expected) = (channels.len(), response.channels());
        if found != expected {
            return Err(LookingModelError::Channels { found, expected });
        }
        let mut known = BTreeSet::new();
        if let Some(label) = channels.iter().find(|label| !known.insert(*label)) {
            return Err(LookingModelError::SameLabel {
                label: label.clone(),
            });
        }
        Ok(Self {
            channels,
            response,
            figures: None,
            display_delay_ms: None,
        })
    }

    /// Labels of the channels, in the order of the response.
    #[must_use]
    pub fn channels(&self) -> &[String] {
        &self.channels
    }

    /// The response.
    #[must_use]
    pub fn response(&self) -> &CvepModel {
        &self.response
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    channels: Vec<String>,
    response: CvepModel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    figures: Option<LookingFigures>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_delay_ms: Option<f64>,
}

impl From<LookingModel> for Stored {
    fn from(model: LookingModel) -> Self {
        Self {
            version: VERSION,
            channels: model.channels,
            response: model.response,
            figures: model.figures,
            display_delay_ms: model.display_delay_ms,
        }
    }
}

impl TryFrom<Stored> for LookingModel {
    type Error = LookingModelError;

    fn try_from(stored: Stored) -> Result<Self, LookingModelError> {
        if stored.version != VERSION {
            return Err(LookingModelError::Version {
                found: stored.version,
            });
        }
        Ok(Self {
            figures: stored.figures,
            display_delay_ms: stored.display_delay_ms,
            ..Self::new(stored.channels, stored.response)?
        })
    }
}
