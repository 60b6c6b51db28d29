//! Covariances to intent.

pub mod artifact;
pub mod evidence;
mod face;
pub mod intent;
pub mod likeness;
mod recentre;

pub use face::{FaceError, FaceReader};
pub use intent::{Intent, Role, RoleError};

use crate::preprocessing::Window;
use artifact::ArtifactDetector;
use bci_cursor_calibration::idle_gate::Gate;
use bci_cursor_calibration::{
    Damage, Decoder, DecoderError, Origin, Scorer, SpatialMap, SymmetricMatrix,
};
use evidence::{LeakyEvidence, LeakyVelocity};
use likeness::EegLikeness;
use recentre::StreamRecentring;
use serde::{Deserialize, Serialize};

/// How evidence becomes intent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecodingSettings {
    /// Age at which evidence counts 1/e, seconds.
    pub time_constant_s: f64,
    /// Confidence (see [`Intent::confidence`]) below which the intent is rest; none: the decoder's idle gate, or [`UNFITTED_GATE`] if it
    /// has none.
    pub rest_threshold: Option<f64>,
    /// Whether the reference follows the stream. For a starter it always does, because a starter has no data from this person.
    pub recentre: bool,
    /// Whether a signal that does not look like EEG counts as rest. Sessions from before this check replay without it.
    #[serde(default)]
    pub checks_eeg: bool,
    /// Whether a bad channel of unknown position is left out until it is good again, while the others are decoded. Sessions from before
    /// replay with rest during that time.
    #[serde(default)]
    pub leaves_out_unplaced: bool,
}

/// Gate threshold if none was fitted: well above 1/4, which each of two classes has without evidence.
pub const UNFITTED_GATE: f64 = 0.4;
/// The same if the decoder cannot detect rest, as confidence above chance.
pub const UNFITTED_GATE_WITHOUT_REST: f64 = 0.2;

impl Default for DecodingSettings {
    fn default() -> Self {
        Self {
            time_constant_s: 0.4,
            rest_threshold: None,
            recentre: true,
            checks_eeg: true,
            leaves_out_unplaced: true,
        }
    }
}

/// Scores windows, accumulates evidence and turns it into intent.
pub struct Decoding {
    scorer: Scorer,
    evidence: LeakyEvidence,
    /// Imagery against rest; `None` if the decoder cannot detect rest.
    imagery: Option<LeakyEvidence>,
    /// Prediction of the regressor; none if the decoder has none.
    velocity: Option<LeakyVelocity>,
    roles: Vec<Role>,
    gate: Gate,
    recentring: Option<StreamRecentring>,
    /// Only in tangent space, where distances are meaningful.
    artifacts: Option<ArtifactDetector>,
    artifact_windows: u64,
    /// None if the check is off or impossible.
    likeness: Option<EegLikeness>,
    not_eeg_windows: u64,
    has_gate: bool,
    shortened_windows: u64,
    /// Log-odds of the second of two classes in the last window alone; 0 if it was not used.
    log_odds: f64,
    /// Parity of the bands that are scored at this step.
    parity: usize,
    /// The last window was not used, so all bands are due.
    all_due: bool,
}

impl Decoding {
    /// Decoding for a decoder whose classes have these roles; `step_s`: time between two windows, each of which is
    /// `steps_per_window` steps long.
    ///
    /// # Errors
    /// [`DecoderError`] if the decoder's parts do not fit together.
    pub fn new(
        decoder: &Decoder,
        roles: Vec<Role>,
        settings: DecodingSettings,
        step_s: f64,
        steps_per_window: u64,
    ) -> Result<Self, DecoderError> {
        let follows = settings.recentre || matches!(decoder.origin, Origin::Starter { .. });
        let recentring = StreamRecentring::new(decoder, steps_per_window);
        let recentring = recentring.map_err(Damage::from)?;
        let gate = match (decoder.idle_gate, &decoder.model.rest) {
            (Some(gate), _) => gate.threshold,
            (None, Some(_)) => UNFITTED_GATE,
            (None, None) => UNFITTED_GATE_WITHOUT_REST,
        };
        let has_reference = matches!(decoder.model.spatial_map, SpatialMap::TangentSpace(_));
        Ok(Self {
            recentring: recentring.filter(|_| follows),
            artifacts: has_reference.then(ArtifactDetector::default),
            artifact_windows: 0,
            not_eeg_windows: 0,
            likeness: settings
                .checks_eeg
                .then(|| {
                    EegLikeness::new(&decoder.channels, decoder.features.bands_hz.len(), step_s)
                })
                .flatten(),
            has_gate: decoder.idle_gate.is_some(),
            shortened_windows: 0,
            log_odds: 0.0,
            parity: 0,
            all_due: true,
            scorer: decoder.scorer()?,
            evidence: LeakyEvidence::new(decoder.classes.len(), settings.time_constant_s, step_s),
            imagery: decoder
                .model
                .rest
                .as_ref()
                .map(|_| LeakyEvidence::new(2, settings.time_constant_s, step_s)),
            velocity: decoder
                .model
                .velocity
                .as_ref()
                .map(|_| LeakyVelocity::new(settings.time_constant_s, step_s)),
            roles,
            gate: Gate::new(settings.rest_threshold.unwrap_or(gate)),
        })
    }

    /// Confidence from which on an intent is detected.
    #[must_use]
    pub fn gate_threshold(&self) -> f64 {
        self.gate.threshold()
    }

    /// Takes one window. Every other band is scored, in turn: a step is a few percent of a window of a second or more, and this saves half
    /// of the processor time.
    ///
    /// A window that is not trusted, an artifact, or a signal that does not look like EEG moves nothing: evidence fades and the intent is
    /// rest. The same applies until a starter has averaged enough windows of this person.
    pub fn step(&mut self, window: &Window<'_>) -> Intent {
        if window.restarted {
            self.evidence.reset();
            self.imagery.iter_mut().for_each(LeakyEvidence::reset);
            self.velocity
                .iter_mut()
                .for_each(|velocity| velocity.reset());
        }
        self.parity ^= 1;
        self.shortened_windows += u64::from(window.clean_share < 1.0);
        // Scores of a band from before a fault are not used after it.
        self.all_due |= window.restarted || !window.trusted || !self.is_eeg();
        self.log_odds = 0.0;
        if let Some(likeness) = self.likeness.as_mut().filter(|_| window.trusted) {
            likeness.take(window.covariances);
            self.not_eeg_windows += u64::from(!likeness.is_eeg());
        }
        if !window.trusted || !self.is_eeg() || !self.take(window.covariances) {
            self.evidence.fade();
            self.imagery.iter_mut().for_each(LeakyEvidence::fade);
            self.velocity
                .iter_mut()
                .for_each(|velocity| velocity.add([0.0; 2]));
            self.gate.close();
            return Intent::REST;
        }
        let mut intent = intent::intent(
            self.evidence.probabilities(),
            self.imagery
                .as_ref()
                .map(|imagery| imagery.probabilities()[1]),
            self.velocity.as_ref().map(LeakyVelocity::velocity),
            &self.roles,
            &mut self.gate,
        );
        // A missing channel never leads to a press.
        intent.press &= window.faults.iter().all(Option::is_none);
        intent
    }

    /// Scores a trusted window; false if it cannot be used.
    fn take(&mut self, covariances: &[SymmetricMatrix]) -> bool {
        let (all, parity) = (self.all_due, self.parity);
        let scored = self
            .scorer
            .score_some(covariances, |band| all || band % 2 == parity);
        // Sanitised samples always give a finite covariance; if one ever did not, it must not move anything.
        self.all_due = scored.is_err();
        if self.all_due {
            return false;
        }
        // Before the reference has settled, every window is far from it.
        let settled = self
            .recentring
            .as_ref()
            .is_none_or(StreamRecentring::is_settled);
        let distance = self.scorer.distance();
        let artifact = settled
            && self
                .artifacts
                .as_mut()
                .is_some_and(|artifacts| artifacts.is_artifact(distance));
        if artifact {
            self.artifact_windows += 1;
            return false;
        }
        if settled {
            self.evidence.add(self.scorer.scores());
            if let [first, second] = *self.scorer.scores() {
                self.log_odds = second - first;
            }
            if let (Some(imagery), Some(log_odds)) =
                (&mut self.imagery, self.scorer.imagery_log_odds())
            {
                imagery.add(&[0.0, log_odds]);
            }
            if let (Some(velocity), Some(new)) = (&mut self.velocity, self.scorer.velocity()) {
                velocity.add(new);
            }
        }
        let followed = match &mut self.recentring {
            Some(recentring) => recentring.step(covariances, &mut self.scorer),
            None => Ok(()),
        };
        settled && followed.is_ok()
    }

    /// Whether the signal looks like EEG; also true while this is not known.
    #[must_use]
    pub fn is_eeg(&self) -> bool {
        self.likeness.as_ref().is_none_or(EegLikeness::is_eeg)
    }

    /// Number of windows that were not used because the signal did not look like EEG.
    #[must_use]
    pub fn not_eeg_windows(&self) -> u64 {
        self.not_eeg_windows
    }

    /// Whether the decoder has an idle gate fitted to this person.
    #[must_use]
    pub fn has_gate(&self) -> bool {
        self.has_gate
    }

    /// Number of windows that were not used because of unusual activity.
    #[must_use]
    pub fn artifact_windows(&self) -> u64 {
        self.artifact_windows
    }

    /// Number of windows from which artifacts were cut out.
    #[must_use]
    pub fn shortened_windows(&self) -> u64 {
        self.shortened_windows
    }

    /// How far the reference has moved from where the decoder was fitted, as an affine-invariant distance; none if it does not move.
    /// Allocates: not for the live path.
    #[must_use]
    pub fn drift(&self) -> Option<f64> {
        self.recentring.as_ref().and_then(StreamRecentring::drift)
    }

    /// Log-odds of the second of two classes in the last window alone, for callers that accumulate evidence themselves; 0 if the window was
    /// not used, none unless there are two classes.
    #[must_use]
    pub fn log_odds(&self) -> Option<f64> {
        (self.scorer.scores().len() == 2).then_some(self.log_odds)
    }

    /// Probability of each class after the last step.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        self.evidence.probabilities()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_from_before_the_check_replays_without_it() {
        let kept = r#"{"time_constant_s":0.4,"rest_threshold":null,"recentre":true}"#;
        let settings: DecodingSettings = serde_json::from_str(kept).unwrap();
        assert!(!settings.checks_eeg && DecodingSettings::default().checks_eeg);
        assert!(!settings.leaves_out_unplaced);
        let now = serde_json::to_string(&DecodingSettings::default()).unwrap();
        let settings: DecodingSettings = serde_json::from_str(&now).unwrap();
        assert!(settings.checks_eeg && settings.leaves_out_unplaced);
    }
}
