//! Settings of what there may be beside EEG.

use super::HeadAxis;
use serde::{Deserialize, Serialize};

/// How EEG and other sources share the pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BesideSettings {
    /// What EEG means moves the pointer as well, where head or eyes do; otherwise it only clicks.
    pub eeg_moves: bool,
    /// EEG moves the pointer while head or eyes that would say nothing.
    pub hand_over: bool,
}

/// A head sensor beside EEG. The axes are those of a sensor on the top of the head, x forward, y left, z up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeadSettings {
    /// Turning the head moves the pointer.
    pub moves: bool,
    /// A nod clicks.
    pub nod_clicks: bool,
    /// Down and up again faster than this is a nod, degrees per second.
    pub nod_deg_s: f64,
    /// About which axis shaking the head turns the sensor.
    pub yaw: HeadAxis,
    /// About which axis nodding does.
    pub pitch: HeadAxis,
    /// Pixels to the right for a degree of yaw; turning left is positive there, so this is negative.
    pub px_per_deg_x: f64,
    /// Pixels down for a degree of pitch.
    pub px_per_deg_y: f64,
    /// Slower than this the head is still, degrees per second.
    pub dead_zone_deg_s: f64,
}

impl Default for HeadSettings {
    fn default() -> Self {
        Self {
            moves: true,
            nod_clicks: false,
            nod_deg_s: 60.0,
            yaw: HeadAxis::Z,
            pitch: HeadAxis::Y,
            px_per_deg_x: -25.0,
            px_per_deg_y: 25.0,
            dead_zone_deg_s: 3.0,
        }
    }
}

/// An eye tracker beside EEG.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GazeSettings {
    /// The pointer goes near to where the eyes look.
    pub moves: bool,
    /// Dwelling counts only while the eyes are on the pointer.
    pub must_look: bool,
    /// Nearer than this the eyes move nothing, and are on the pointer, pixels on a screen 1080 pixels high.
    pub radius_px: f64,
    /// Share of the way that is left which is gone in a second.
    pub speed_per_s: f64,
    /// A tracker that is less sure says nothing, 0 to 1.
    pub least_confidence: f64,
}

impl Default for GazeSettings {
    fn default() -> Self {
        Self {
            moves: true,
            must_look: false,
            radius_px: 120.0,
            speed_per_s: 4.0,
            least_confidence: 0.6,
        }
    }
}
