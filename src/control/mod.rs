//! Intent to command: how the pointer moves for what is meant. Pure, and timed by sample count.

pub mod motion;

use crate::decoding::Intent;
use crate::time::{HostNanos, SampleIndex, StreamNanos};
use serde::{Deserialize, Serialize};

/// Along which axis two classes move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Left and right.
    Horizontal,
    /// Up and down.
    Vertical,
}

/// What the classes steer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Two classes: velocity on one axis.
    Axis(Axis),
    /// Four classes: velocity in the plane.
    Cartesian,
}

/// How the pointer moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ControlSettings {
    /// Speed at full confidence, pixels per second.
    pub max_speed_px_s: f64,
    /// Time in which velocity covers 63 % of a change, seconds.
    pub smoothing_s: f64,
}

impl Default for ControlSettings {
    fn default() -> Self {
        Self {
            max_speed_px_s: 200.0,
            smoothing_s: 0.15,
        }
    }
}

/// Which buttons are down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Buttons {
    /// Left button.
    pub left: bool,
}

impl Buttons {
    /// All buttons up.
    pub const UP: Self = Self { left: false };
}

/// What the pointer does until the next command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Command {
    /// Index after the last sample that this rests on.
    pub at: SampleIndex,
    /// When that sample was taken.
    pub acquired: StreamNanos,
    /// When this host got it.
    pub received: HostNanos,
    /// Pixels per second; right and down are positive.
    pub velocity_px_s: [f64; 2],
    /// Buttons that are down.
    pub buttons: Buttons,
}

/// Turns intents into velocity, smoothed.
#[derive(Debug, Clone)]
pub struct Control {
    settings: ControlSettings,
    /// Share of the old velocity that a step keeps.
    keep: f64,
    velocity_px_s: [f64; 2],
}

/// Slower than this is standing still, pixels per second.
const STANDSTILL_PX_S: f64 = 0.5;

impl Control {
    /// At a standstill; `step_s` is the time between two intents.
    #[must_use]
    pub fn new(settings: ControlSettings, step_s: f64) -> Self {
        let keep = if settings.smoothing_s > 0.0 {
            libm::exp(-step_s / settings.smoothing_s)
        } else {
            0.0
        };
        Self {
            settings,
            keep,
            velocity_px_s: [0.0; 2],
        }
    }

    /// The velocity and buttons for an intent.
    pub fn step(&mut self, intent: &Intent) -> ([f64; 2], Buttons) {
        let speed = intent.speed * self.settings.max_speed_px_s;
        for (velocity, direction) in self.velocity_px_s.iter_mut().zip(intent.direction) {
            *velocity = self.keep * *velocity + (1.0 - self.keep) * speed * direction;
            if speed == 0.0 && velocity.abs() < STANDSTILL_PX_S {
                *velocity = 0.0;
            }
        }
        (self.velocity_px_s, Buttons { left: intent.press })
    }

    /// Stops at once.
    pub fn stop(&mut self) {
        self.velocity_px_s = [0.0; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moving(speed: f64, direction: [f64; 2]) -> Intent {
        Intent {
            class: Some(0),
            direction,
            speed,
            press: false,
            confidence: speed,
        }
    }

    proptest! {
        #[test]
        fn never_faster_than_the_limit(intents in proptest::collection::vec((0.0..=1.0f64, 0.0..6.3f64), 1..100)) {
            let mut control = Control::new(ControlSettings::default(), 0.04);
            for (speed, angle) in intents {
                let (v, _) = control.step(&moving(speed, [angle.cos(), angle.sin()]));
                prop_assert!(v[0].hypot(v[1]) <= 200.0 + 1e-9);
            }
        }
    }

    #[test]
    fn velocity_follows_and_comes_to_a_stop() {
        let mut control = Control::new(ControlSettings::default(), 0.04);
        (0..100).for_each(|_| {
            control.step(&moving(1.0, [-1.0, 0.0]));
        });
        let (v, buttons) = control.step(&moving(1.0, [-1.0, 0.0]));
        assert!((v[0] + 200.0).abs() < 1e-6 && v[1] == 0.0 && buttons == Buttons::UP);
        (0..100).for_each(|_| {
            control.step(&Intent::REST);
        });
        assert_eq!(control.step(&Intent::REST).0, [0.0, 0.0]);
    }

    #[test]
    fn the_button_is_down_exactly_while_it_is_wished() {
        let mut control = Control::new(ControlSettings::default(), 0.04);
        assert!(
            control
                .step(&Intent {
                    press: true,
                    ..Intent::REST
                })
                .1
                .left
        );
        assert!(!control.step(&Intent::REST).1.left);
    }
}
