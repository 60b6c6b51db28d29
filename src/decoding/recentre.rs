//! Recentring: which windows move the reference, and when.

use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::recentring::Recentring;
use bci_cursor_calibration::tangent_space::TangentSpace;
use bci_cursor_calibration::{Decoder, Origin, Scorer, SpatialMap, SymmetricMatrix};

/// Longest memory of the mean, in windows: ten minutes. A mean that forgot sooner would follow a resting user, and then take rest for
/// imagery.
const MEMORY: f64 = 800.0;
/// Weight of a patient's own reference, in windows: two minutes, after which a new day's windows count as much.
const OWN_WORTH: f64 = 160.0;
/// Windows that a starter, which has no data from this person, needs before it is used.
const FLOOR: f64 = 10.0;

/// Tracks the mean of the windows, one band per step, so that all steps cost about the same.
#[derive(Debug, Clone)]
pub(super) struct StreamRecentring {
    recentring: Recentring,
    /// The reference that the decoder was fitted at.
    origin: TangentSpace,
    /// Steps between two windows that are used: half a window, because closer ones are nearly the same.
    stride: u64,
    step: u64,
    /// Windows needed before the decoder is used.
    floor: f64,
}

impl StreamRecentring {
    /// For a decoder with windows of a given number of steps; `None` if its features have no reference.
    ///
    /// # Errors
    /// [`NotFinite`] if a reference is not finite.
    pub(super) fn new(decoder: &Decoder, steps_per_window: u64) -> Result<Option<Self>, NotFinite> {
        let SpatialMap::TangentSpace(space) = &decoder.model.spatial_map else {
            return Ok(None);
        };
        let (recentring, floor) = match decoder.origin {
            Origin::Starter { .. } => (Recentring::new(space, MEMORY), FLOOR),
            Origin::Personal { .. } => (own(space)?, 0.0),
        };
        let bands = recentring.band_count() as u64;
        Ok(Some(Self {
            recentring,
            origin: space.clone(),
            stride: (steps_per_window / 2).max(bands),
            step: 0,
            floor,
        }))
    }

    /// Takes the covariances of a step, and moves the scorer's reference when it is due.
    ///
    /// # Errors
    /// [`NotFinite`] if a covariance is not finite; the reference is then unchanged.
    pub(super) fn step(
        &mut self,
        covariances: &[SymmetricMatrix],
        scorer: &mut Scorer,
    ) -> Result<(), NotFinite> {
        let band = usize::try_from(self.step % self.stride).unwrap_or(usize::MAX);
        self.step += 1;
        let Some(covariance) = covariances.get(band) else {
            return Ok(());
        };
        self.recentring.push(band, covariance)?;
        scorer.recentre_band(&self.recentring, band)
    }

    /// Whether enough windows of this person have been averaged.
    #[must_use]
    pub(super) fn is_settled(&self) -> bool {
        (0..self.recentring.band_count()).all(|band| self.recentring.count(band) >= self.floor)
    }

    /// How far the reference has moved from where the decoder was fitted.
    pub(super) fn drift(&self) -> Option<f64> {
        self.recentring.drift(&self.origin).ok()
    }
}

/// A patient's own reference as the initial value.
fn own(space: &TangentSpace) -> Result<Recentring, NotFinite> {
    Recentring::from_references(space, MEMORY, OWN_WORTH)
}
