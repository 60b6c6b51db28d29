//! A head sensor: turning the head moves the pointer.

use super::super::{HeadAxis, HeadSettings};
use super::{STALE_NS, SourceVelocity};
use crate::time::HostNanos;

/// Rotation of the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadRate {
    /// Rotation about x, y and z, degrees per second.
    pub deg_s: [f64; 3],
    /// When it was received.
    pub at: HostNanos,
}

/// Follows a head sensor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head {
    /// A head sensor is configured, whether or not it has sent anything yet.
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

    /// The velocity that the head asks for; none without a sensor.
    pub(super) fn velocity(
        &self,
        now: HostNanos,
        settings: &HeadSettings,
    ) -> Option<SourceVelocity> {
        if !self.is_there {
            return None;
        }
        let deg_s = self.last.map_or([0.0; 3], |last| last.deg_s);
        let along = |axis: HeadAxis, px_per_deg: f64| {
            let deg_s = deg_s[axis as usize];
            let is_still = deg_s.abs() < settings.dead_zone_deg_s;
            if is_still { 0.0 } else { deg_s * px_per_deg }
        };
        let is_fresh = self.last.is_some_and(|last| now.since(last.at) <= STALE_NS);
        Some(SourceVelocity {
            velocity: [
                along(settings.yaw, settings.px_per_deg_x),
                along(settings.pitch, settings.px_per_deg_y),
            ],
            confidence: f64::from(u8::from(is_fresh)),
        })
    }
}
