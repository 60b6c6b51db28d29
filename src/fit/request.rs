//! What to fit.

use super::classes::{ClassMarker, KNOWN_CLASSES};
use super::error::FitError;
use super::trial_windows::TrialTiming;
use crate::source::channels::ReadAs;
use bci_cursor_calibration::{Decoder, Estimator, FeatureSpec, Reference};

/// Line frequency to remove.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mains {
    /// Measured on the recordings: 50 Hz, 60 Hz or none.
    Auto,
    /// As told, Hz.
    Hz(f64),
    /// None.
    Off,
}

/// What to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// Classes and their markers.
    pub classes: Vec<ClassMarker>,
    /// Electrodes to use; all of the first recording where empty.
    pub channels: Vec<String>,
    /// How the recordings are read, where that is not what they say of themselves.
    pub read_as: ReadAs,
    /// Spatial map.
    pub estimator: Estimator,
    /// Spatial reference.
    pub reference: Reference,
    /// Line frequency.
    pub mains: Mains,
    /// Bands, window and hop.
    pub features: FeatureSpec,
    /// Which part of a trial is learnt from.
    pub timing: TrialTiming,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Whether channels, bands and estimator are searched for, instead of the estimator on all of them.
    pub select: bool,
    /// Whether a regressor is fitted as well, for control in every direction at once.
    pub continuous: bool,
    /// How often rest may be taken for a wish, per hour of rest; none: no idle gate is fitted.
    pub false_activations_per_hour: Option<f64>,
    /// Prior of the fit: a decoder of the same classes fitted on other people, whose channels, conditioning and features
    /// are then used. None: own trials only.
    pub starter: Option<Decoder>,
}

/// Usual pass bands: mu in two halves, because people's rhythms differ by a few hertz, and beta in three. Theta is left
/// out although it helps on recorded data: cues on the left and right of a screen draw the eyes there.
pub const BANDS_HZ: [[f64; 2]; 5] = [
    [8.0, 11.0],
    [10.0, 14.0],
    [13.0, 18.0],
    [17.0, 24.0],
    [22.0, 32.0],
];

impl FitRequest {
    /// The usual settings, for some classes.
    #[must_use]
    pub fn new(classes: Vec<ClassMarker>) -> Self {
        Self {
            classes,
            channels: Vec::new(),
            read_as: ReadAs::default(),
            estimator: Estimator::TangentSpace,
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

/// Checks class names, so that a spelling mistake shows before a session and not in it.
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
