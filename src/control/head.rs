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
    last: Option<HeadRate>,
}

impl Head {
    pub(super) fn turned(&mut self, rate: HeadRate) {
        self.last = Some(rate);
    }

    /// Velocity that the head gives, pixels per second; none where there never was a sensor. One that is gone stands still.
    pub(super) fn velocity(&self, now: HostNanos, settings: &HeadSettings) -> Option<[f64; 2]> {
        let last = self.last?;
        if now.since(last.at) > STALE_NS {
            return Some([0.0; 2]);
        }
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
