//! Requests to a run that several windows have buttons for.

use crate::control::{DwellSettings, SpeedSettings};

/// A button for the speed changes it by this factor.
const FASTER: f64 = 1.25;
/// A button for the dwell time changes it by this much, milliseconds; it never goes below or above these.
const DWELL_STEP_MS: u32 = 200;
const DWELL_MS: [u32; 2] = [400, 5000];

/// The request that makes the pointer a step faster or slower.
pub(super) fn change_speed(speed: &SpeedSettings, is_faster: bool) -> String {
    let factor = if is_faster { FASTER } else { 1.0 / FASTER };
    let gain = |gain: f64| (100.0 * gain * factor).round() / 100.0;
    format!(
        "set control.speed.gain_x={} control.speed.gain_y={}",
        gain(speed.gain_x),
        gain(speed.gain_y)
    )
}

/// The request that makes the dwell time a step longer or shorter.
pub(super) fn change_dwell(dwell: &DwellSettings, is_longer: bool) -> String {
    let time_ms = if is_longer {
        dwell.time_ms.saturating_add(DWELL_STEP_MS)
    } else {
        dwell.time_ms.saturating_sub(DWELL_STEP_MS)
    };
    let time_ms = time_ms.clamp(DWELL_MS[0], DWELL_MS[1]);
    format!("set control.dwell.time_ms={time_ms}")
}
