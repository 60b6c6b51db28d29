//! A head sensor: how the head turns is how the pointer moves.

use super::HeadSettings;
use crate::time::HostNanos;

/// How the head turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadRate {
    /// About x, y and z, degrees per second.
    pub deg_s: [f64; 3],
    /// When that was received.
    pub at: HostNanos,
}

/// Without a word for this long the head is still, nanoseconds.
const STALE_NS: u64 = 150_000_000;

/// Follows a head sensor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    /// There is a sensor, whether or not it has said anything yet.
    is_there: bool,
    last: Option<HeadRate>,
}

impl Head {
    pub(super) fn expect(&mut self) {
        self.is_there = true;
    }

    pub(super) fn turned(&mut self, rate: HeadRate) {
        (self.is_there, self.last) = (true, Some(rate));
    }

    /// Velocity that the head gives, pixels per second; none where there is no sensor. One that says nothing stands still.
    pub(super) fn velocity(&self, now: HostNanos, settings: &HeadSettings) -> Option<[f64; 2]> {
        if !self.is_there {
            return None;
        }
        let fresh = self.last.filter(|last| now.since(last.at) <= STALE_NS);
        let Some(last) = fresh else {
            return Some([0.0; 2]);
        };
        let along = |axis: HeadAxis, px_per_deg: f64| {
            let deg_s = last.deg_s[axis as usize];
            let is_still = deg_s.abs() < settings.dead_zone_deg_s;
            if is_still { 0.0 } else { deg_s * px_per_deg }
        };
        Some([
            along(settings.yaw, settings.px_per_deg_x),
            along(settings.pitch, settings.px_per_deg_y),
        ])
    }
}

/// An axis of the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadAxis {
    /// The first channel.
    X,
    /// The second.
    Y,
    /// The third.
    Z,
}
