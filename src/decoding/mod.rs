//! Covariances to intent.

pub mod evidence;
pub mod intent;

pub use intent::{Intent, Role, RoleError};

use crate::frontend::Window;
use bci_cursor_calibration::{Decoder, DecoderError, Scorer};
use evidence::LeakyEvidence;

/// How eagerly evidence becomes intent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodingSettings {
    /// Age at which evidence counts 1/e, seconds.
    pub time_constant_s: f64,
    /// Confidence (0 at chance, 1 at certainty) below which the intent is rest.
    pub rest_threshold: f64,
}

impl Default for DecodingSettings {
    fn default() -> Self {
        Self {
            time_constant_s: 0.4,
            rest_threshold: 0.2,
        }
    }
}

/// Scores windows, gathers evidence and turns it into intent.
pub struct Decoding {
    scorer: Scorer,
    evidence: LeakyEvidence,
    roles: Vec<Role>,
    rest_threshold: f64,
}

impl Decoding {
    /// For a decoder whose classes have these roles; `step_s` is the time between two windows.
    ///
    /// # Errors
    /// [`DecoderError`] where the decoder's parts do not fit together.
    pub fn new(
        decoder: &Decoder,
        roles: Vec<Role>,
        settings: DecodingSettings,
        step_s: f64,
    ) -> Result<Self, DecoderError> {
        Ok(Self {
            scorer: decoder.scorer()?,
            evidence: LeakyEvidence::new(decoder.classes.len(), settings.time_constant_s, step_s),
            roles,
            rest_threshold: settings.rest_threshold,
        })
    }

    /// Takes one window. A window that is not trusted moves nothing: evidence fades and the intent is rest.
    pub fn step(&mut self, window: &Window<'_>) -> Intent {
        if window.restarted {
            self.evidence.reset();
        }
        match self.scorer.score(window.covariances) {
            Ok(scores) if window.trusted => self.evidence.add(scores),
            // Sanitised samples cannot give a covariance that is not finite; if one ever did, it must not move anything.
            _ => {
                self.evidence.fade();
                return Intent::REST;
            }
        }
        intent::intent(
            self.evidence.probabilities(),
            &self.roles,
            self.rest_threshold,
        )
    }

    /// Probability of each class after the last step.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        self.evidence.probabilities()
    }
}
