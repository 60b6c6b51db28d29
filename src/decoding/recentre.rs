//! The reference follows the stream: which windows move it, and when.

use bci_cursor_calibration::eigen::NotFinite;
use bci_cursor_calibration::recentring::Recentring;
use bci_cursor_calibration::tangent_space::TangentSpace;
use bci_cursor_calibration::{Decoder, Origin, Scorer, SpatialMap};

/// Windows that the mean remembers at most: ten minutes. A mean that forgot sooner would follow somebody who rests for a
/// while into their rest, and then take it for imagery.
const MEMORY: f64 = 800.0;
/// Windows that a patient's own reference counts as: two minutes, after which a new day's have as much to say.
const OWN_WORTH: f64 = 160.0;
/// Windows without which a starter, which has never seen this person, says nothing.
const FLOOR: f64 = 10.0;

/// Follows the mean of the windows. One band at a time, so that no step costs much more than another.
#[derive(Debug, Clone)]
pub(super) struct StreamRecentring {
    recentring: Recentring,
    /// Where the decoder was fitted.
    origin: TangentSpace,
    /// Steps from one window that is taken to the next: half a window, because nearer ones say nearly the same.
    stride: u64,
    step: u64,
    /// Windows without which nothing is said.
    floor: f64,
}

impl StreamRecentring {
    /// For a decoder whose windows are so many steps long; `None` where its features have no reference.
    ///
    /// # Errors
    /// [`NotFinite`] where a reference is not finite.
    pub(super) fn new(decoder: &Decoder, steps_per_window: u64) -> Result<Option<Self>, NotFinite> {
        let SpatialMap::TangentSpace(space) = &decoder.model.spatial_map else {
            return Ok(None);
        };
        let channels = decoder.channels.len();
        let (recentring, floor) = match decoder.origin {
            Origin::Starter { .. } => (Recentring::new(space, channels, MEMORY), FLOOR),
            Origin::Personal { .. } => (own(space, channels)?, 0.0),
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

    /// Takes a step's covariances, and moves the scorer's reference where it is time to.
    ///
    /// # Errors
    /// [`NotFinite`] where a covariance is not finite; the reference is then as before.
    pub(super) fn step(
        &mut self,
        covariances: &[Vec<f64>],
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

    /// Whether enough was seen of this person.
    #[must_use]
    pub(super) fn is_settled(&self) -> bool {
        (0..self.recentring.band_count()).all(|band| self.recentring.count(band) >= self.floor)
    }

    /// How far the reference has moved from where the decoder was fitted.
    pub(super) fn drift(&self) -> Option<f64> {
        self.recentring.drift(&self.origin).ok()
    }
}

/// A patient's own reference, to begin with.
fn own(space: &TangentSpace, channels: usize) -> Result<Recentring, NotFinite> {
    Recentring::from_references(space, channels, MEMORY, OWN_WORTH)
}
