//! An eye tracker moves the pointer close to where the eyes look, and no closer ("MAGIC pointing", Zhai, Morimoto and Ihde 1999): eyes are
//! fast but never still, so EEG does the fine positioning.

use super::super::{GazeSettings, Screens};
use super::{STALE_NS, SourceVelocity};
use crate::time::HostNanos;

/// Where the eyes look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GazePoint {
    /// Position from the top left corner of the first screen, to the right and down, in pixels or as a fraction of that screen.
    pub place: [f64; 2],
    /// The position is a fraction of the screen instead of pixels.
    pub is_share: bool,
    /// Confidence of the tracker, 0 to 1.
    pub confidence: f64,
    /// When it was received.
    pub at: HostNanos,
}

/// Where the eyes are known to look now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::control) struct GazeArea {
    /// Pixels of the desktop.
    pub(in crate::control) middle: [f64; 2],
    /// Usual error of the tracker, pixels.
    pub(in crate::control) radius_px: f64,
    /// 0 to 1.
    pub(in crate::control) confidence: f64,
}

impl GazeArea {
    /// How likely the eyes look at a place, relative to a place in the middle of the area.
    pub(in crate::control) fn likelihood(&self, place: [f64; 2]) -> f64 {
        let far = (place[0] - self.middle[0]).hypot(place[1] - self.middle[1]) / self.radius_px;
        let near = libm::exp(-0.5 * far * far);
        self.confidence * near + (1.0 - self.confidence)
    }
}

/// Follows an eye tracker.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gaze {
    /// An eye tracker is configured, whether or not it has sent anything yet.
    is_there: bool,
    last: Option<GazePoint>,
}

impl Gaze {
    pub(super) fn expect(&mut self) {
        self.is_there = true;
    }

    pub(super) fn looked(&mut self, point: GazePoint) {
        self.is_there = true;
        // A tracker reports closed eyes as NaN.
        if point.place.iter().all(|at| at.is_finite()) {
            self.last = Some(point);
        }
    }

    /// Confidence that the eyes still look at the last reported position.
    fn confidence(&self, now: HostNanos, settings: &GazeSettings) -> f64 {
        let fresh = self.last.filter(|last| now.since(last.at) <= STALE_NS);
        let confidence = fresh.map_or(0.0, |last| last.confidence);
        if confidence >= settings.least_confidence {
            confidence.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// The last reported position, pixels of the desktop.
    fn place(&self, screens: &Screens) -> Option<[f64; 2]> {
        let last = self.last?;
        match (last.is_share, screens.rects().first()) {
            (false, _) => Some(last.place),
            (true, Some(screen)) => Some([
                f64::from(screen.x) + last.place[0] * f64::from(screen.width),
                f64::from(screen.y) + last.place[1] * f64::from(screen.height),
            ]),
            (true, None) => None,
        }
    }

    /// Where the eyes look now; none if that is not known.
    pub(super) fn area(
        &self,
        now: HostNanos,
        screens: &Screens,
        settings: &GazeSettings,
    ) -> Option<GazeArea> {
        let confidence = self.confidence(now, settings);
        let middle = self.place(screens).filter(|_| confidence > 0.0)?;
        let scale = screens.scale(Some(middle.map(|at| at as i32)));
        Some(GazeArea {
            middle,
            radius_px: scale * settings.radius_px,
            confidence,
        })
    }

    /// Distance from a place to where the eyes look, pixels on a screen 1080 pixels high.
    fn way(&self, place: [f64; 2], screens: &Screens) -> Option<[f64; 2]> {
        let looked = self.place(screens)?;
        let scale = screens.scale(Some(place.map(|at| at as i32)));
        Some([
            (looked[0] - place[0]) / scale,
            (looked[1] - place[1]) / scale,
        ])
    }

    /// The velocity that the eyes ask for; none without a tracker.
    pub(super) fn velocity(
        &self,
        now: HostNanos,
        place: [f64; 2],
        screens: &Screens,
        settings: &GazeSettings,
    ) -> Option<SourceVelocity> {
        if !self.is_there {
            return None;
        }
        let [x, y] = self.way(place, screens).unwrap_or([0.0; 2]);
        let far = x.hypot(y);
        let speed = settings.speed_per_s * (far - settings.radius_px).max(0.0);
        let share = if far > 0.0 { speed / far } else { 0.0 };
        Some(SourceVelocity {
            velocity: [share * x, share * y],
            confidence: self.confidence(now, settings),
        })
    }

    /// Whether the eyes look at a place.
    pub(super) fn is_on(
        &self,
        now: HostNanos,
        place: [f64; 2],
        screens: &Screens,
        settings: &GazeSettings,
    ) -> bool {
        let near = self.way(place, screens).map(|[x, y]| x.hypot(y));
        self.confidence(now, settings) > 0.0 && near.is_some_and(|far| far <= settings.radius_px)
    }
}
