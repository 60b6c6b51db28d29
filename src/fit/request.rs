//! The settings of a fit.

use super::classes::{ClassMarker, KNOWN_CLASSES};
use super::error::FitError;
use super::trial_windows::TrialTiming;
use crate::source::channels::ReadAs;
use bci_cursor_calibration::{Decoder, Estimator, FeatureSpec, Reference, estimators};

/// Line frequency to remove.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mains {
    /// Measured on the recordings: 50 Hz, 60 Hz or none.
    Auto,
    /// A given frequency, Hz.
    Hz(f64),
    /// No line noise is removed.
    Off,
}

/// The settings of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// Classes and their markers.
    pub classes: Vec<ClassMarker>,
    /// Electrodes to use; empty for all of the first recording.
    pub channels: Vec<String>,
    /// How to read the recordings, if not as they declare themselves.
    pub read_as: ReadAs,
    /// Spatial map and classifier.
    pub estimator: &'static dyn Estimator,
    /// Spatial reference.
    pub reference: Reference,
    /// Line frequency to remove.
    pub mains: Mains,
    /// Bands, window and hop.
    pub features: FeatureSpec,
    /// Which part of a trial is used.
    pub timing: TrialTiming,
    /// Number of folds of the cross-validation.
    pub folds: usize,
    /// Whether to search for channels, bands and estimator instead of using `estimator` on all of them.
    pub select: bool,
    /// Whether to fit a regressor as well, for control in every direction.
    pub continuous: bool,
    /// Accepted rate of false activations per hour of rest; `None`: no idle gate is fitted.
    pub false_activations_per_hour: Option<f64>,
    /// Prior of the fit: a decoder of the same classes fitted on other people, whose channels, conditioning and
    /// features are then used. `None`: own trials only.
    pub starter: Option<Decoder>,
}

/// Default bands, Hz: mu in two halves, because people's rhythms differ by a few hertz, and beta in three. Theta is
/// left out although it helps on recorded data, because cues on the left and right of a screen attract the eyes.
pub const BANDS_HZ: [[f64; 2]; 5] = [
    [8.0, 11.0],
    [10.0, 14.0],
    [13.0, 18.0],
    [17.0, 24.0],
    [22.0, 32.0],
];

impl FitRequest {
    /// Default settings for some classes.
    #[must_use]
    pub fn new(classes: Vec<ClassMarker>) -> Self {
        Self {
            classes,
            channels: Vec::new(),
            read_as: ReadAs::default(),
            estimator: estimators::TANGENT_SPACE,
            reference: Reference::CommonAverage,
            mains: Mains::Auto,
            features: FeatureSpec {
                bands_hz: BANDS_HZ.to_vec(),
                filter_order: 4,
                window_ms: 1500,
                hop_ms: 40,
                shrinkage: 0.1,
            },
            timing: TrialTiming::default(),
            folds: 5,
            select: false,
            continuous: false,
            false_activations_per_hour: None,
            starter: None,
        }
    }
}

/// Checks class names, so that a typing error is found before a session and not during it.
///
/// # Errors
/// [`FitError::UnknownClass`], or [`FitError::MarkerOfTwoClasses`].
pub fn check_classes(classes: &[ClassMarker]) -> Result<(), FitError> {
    let is_known = |class: &&ClassMarker| KNOWN_CLASSES.contains(&class.class.as_str());
    if let Some(unknown) = classes.iter().find(|class| !is_known(class)) {
        return Err(FitError::UnknownClass {
            found: unknown.class.clone(),
        });
    }
    for (k, class) in classes.iter().enumerate() {
        let is_other = |other: &&ClassMarker| {
            other.class != class.class && other.spelling() == class.spelling()
        };
        if let Some(other) = classes[..k].iter().find(is_other) {
            return Err(FitError::MarkerOfTwoClasses {
                marker: class.spelling(),
                classes: [other.class.clone(), class.class.clone()],
            });
        }
    }
    Ok(())
}
