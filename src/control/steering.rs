//! Intent to velocity, by mode. Timed by sample count.

use super::{Buttons, Mode};
use crate::decoding::Intent;
use serde::{Deserialize, Serialize};

/// How fast it goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SteeringSettings {
    /// Speed at full confidence, pixels per second on a screen 1080 pixels high.
    pub max_speed_px_s: f64,
    /// How fast the heading turns at full confidence, degrees per second (mode `steer`).
    #[serde(default = "usual_turn_deg_s")]
    pub turn_deg_s: f64,
}

fn usual_turn_deg_s() -> f64 {
    90.0
}

impl Default for SteeringSettings {
    fn default() -> Self {
        Self {
            max_speed_px_s: 200.0,
            turn_deg_s: usual_turn_deg_s(),
        }
    }
}

/// Turns intents into velocity.
#[derive(Debug, Clone)]
pub struct Steering {
    mode: Mode,
    settings: SteeringSettings,
    step_s: f64,
    /// Where forward is, radians clockwise from the right (mode `steer`).
    heading_rad: f64,
}

impl Steering {
    /// At a standstill, heading right; `step_s` is the time between two intents.
    #[must_use]
    pub fn new(mode: Mode, settings: SteeringSettings, step_s: f64) -> Self {
        Self {
            mode,
            settings,
            step_s,
            heading_rad: 0.0,
        }
    }

    /// The velocity (pixels per second) and buttons for an intent.
    ///
    /// In mode `steer` the intent's direction is not a place on the screen: leftwards turns the heading clockwise, rightwards
    /// goes forward.
    pub fn step(&mut self, intent: &Intent) -> ([f64; 2], Buttons) {
        let buttons = if intent.press {
            Buttons::LEFT
        } else {
            Buttons::UP
        };
        let speed = intent.speed * self.settings.max_speed_px_s;
        let [x, y] = intent.direction;
        if self.mode != Mode::Steer {
            return ([speed * x, speed * y], buttons);
        }
        if x < 0.0 {
            let turned = self.settings.turn_deg_s.to_radians() * intent.speed * self.step_s;
            self.heading_rad = (self.heading_rad + turned) % std::f64::consts::TAU;
            return ([0.0; 2], buttons);
        }
        let forward = speed * x;
        let (sin, cos) = libm::sincos(self.heading_rad);
        ([forward * cos, forward * sin], buttons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Axis;
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
        fn never_faster_than_the_limit(intents in proptest::collection::vec((0.0..=1.0f64, 0.0..6.3f64), 1..100), steer: bool) {
            let mode = if steer { Mode::Steer } else { Mode::Cartesian };
            let mut steering = Steering::new(mode, SteeringSettings::default(), 0.04);
            for (speed, angle) in intents {
                let (v, _) = steering.step(&moving(speed, [angle.cos(), angle.sin()]));
                prop_assert!(v[0].hypot(v[1]) <= 200.0 + 1e-9);
            }
        }
    }

    #[test]
    fn the_button_is_wished_exactly_while_it_is_meant() {
        let mode = Mode::Axis(Axis::Horizontal);
        let mut steering = Steering::new(mode, SteeringSettings::default(), 0.04);
        let press = Intent {
            press: true,
            ..Intent::REST
        };
        assert_eq!(steering.step(&press), ([0.0; 2], Buttons::LEFT));
        assert_eq!(steering.step(&Intent::REST), ([0.0; 2], Buttons::UP));
    }

    #[test]
    fn two_classes_reach_every_direction() {
        let mut steering = Steering::new(Mode::Steer, SteeringSettings::default(), 0.04);
        // Forward is right at first; after a second of turning at full confidence it is down, after another left.
        for expected in [[200.0, 0.0], [0.0, 200.0], [-200.0, 0.0], [0.0, -200.0]] {
            let (v, _) = steering.step(&moving(1.0, [1.0, 0.0]));
            assert!(
                (v[0] - expected[0]).hypot(v[1] - expected[1]) < 1e-6,
                "{v:?}"
            );
            for _ in 0..25 {
                assert_eq!(steering.step(&moving(1.0, [-1.0, 0.0])).0, [0.0; 2]);
            }
        }
    }
}
