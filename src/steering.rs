//! Intent to velocity, by mode. Timed by sample count.

use crate::command::{Buttons, Mode, SwitchAxis};
use crate::decoding::Intent;
use crate::settings::SteeringSettings;

/// Turns intents into velocity.
#[derive(Debug, Clone)]
pub struct Steering {
    mode: Mode,
    settings: SteeringSettings,
    step_s: f64,
    switch: Switch,
    /// Direction of forward motion, radians clockwise from the right (mode `steer`).
    heading_rad: f64,
}

impl Steering {
    /// Not moving, heading right; `step_s`: time between two intents.
    #[must_use]
    pub fn new(mode: Mode, settings: SteeringSettings, step_s: f64) -> Self {
        Self {
            mode,
            settings,
            step_s,
            switch: Switch::default(),
            heading_rad: 0.0,
        }
    }

    /// Lets rest or a class change the axis; `classes`: those of the decoder.
    #[must_use]
    pub fn with_switch(mut self, switch: &SwitchAxis, classes: &[String]) -> Self {
        match switch {
            SwitchAxis::Rest(secs) => self.switch.rest_s = Some(*secs),
            SwitchAxis::Class(name) => {
                self.switch.class = classes.iter().position(|class| class == name);
            }
            // `change_axis` is called instead.
            SwitchAxis::Face => {}
        }
        self
    }

    /// Direction of forward motion in mode `steer`, radians clockwise from the right; none in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        (self.mode == Mode::Steer).then_some(self.heading_rad)
    }

    /// Whether an intent turns the heading, so that there is an intent although the pointer does not move (mode `steer`).
    #[must_use]
    pub fn is_turning(&self, intent: &Intent) -> bool {
        self.mode == Mode::Steer && intent.direction[0] < 0.0 && intent.speed > 0.0
    }

    /// Changes the axis at once.
    pub fn change_axis(&mut self) {
        self.switch.is_other = !self.switch.is_other;
    }

    /// The velocity (pixels per second) and buttons for an intent.
    ///
    /// In mode `steer` the intent's direction is not a direction on the screen: left turns the heading clockwise, right moves forward.
    pub fn step(&mut self, intent: &Intent) -> ([f64; 2], Buttons) {
        let buttons = if intent.press {
            Buttons::LEFT
        } else {
            Buttons::UP
        };
        let speed = intent.speed * self.settings.max_speed_px_s;
        let [x, y] = intent.direction;
        match self.mode {
            Mode::Steer => {}
            Mode::Axis(_) if self.switch.step(intent, self.step_s) => {
                return ([speed * y, speed * x], buttons);
            }
            Mode::Axis(_) | Mode::Cartesian | Mode::Continuous => {
                return ([speed * x, speed * y], buttons);
            }
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

/// How long a class must be decoded to change the axis, seconds.
const SWITCH_S: f64 = 0.5;

/// The active axis.
#[derive(Debug, Clone, Copy, Default)]
struct Switch {
    rest_s: Option<f64>,
    class: Option<usize>,
    is_other: bool,
    /// How long the class has been decoded, seconds; none if it has already counted, or nothing has moved since.
    lasts_s: Option<f64>,
}

impl Switch {
    /// Whether the other axis is active after an intent.
    fn step(&mut self, intent: &Intent, step_s: f64) -> bool {
        let (is_switching, needed_s) = match (self.rest_s, self.class) {
            (Some(rest_s), _) => (intent.class.is_none(), rest_s),
            (None, Some(class)) => (intent.class == Some(class), SWITCH_S),
            (None, None) => return self.is_other,
        };
        if !is_switching {
            self.lasts_s = Some(0.0);
        } else if let Some(lasts_s) = &mut self.lasts_s {
            *lasts_s += step_s;
            // Half a step of tolerance: sums of steps are not exact.
            if *lasts_s > needed_s - step_s / 2.0 {
                self.is_other = !self.is_other;
                self.lasts_s = None;
            }
        }
        self.is_other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Axis;
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
    fn the_button_is_held_exactly_while_the_class_is_decoded() {
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
    fn rest_or_a_class_changes_the_axis() {
        let classes = ["left_hand", "right_hand", "feet"].map(str::to_owned);
        let mode = Mode::Axis(Axis::Horizontal);
        let new = || Steering::new(mode, SteeringSettings::default(), 0.04);
        let right = moving(1.0, [1.0, 0.0]);
        let feet = Intent {
            class: Some(2),
            ..Intent::REST
        };
        let by_rest = new().with_switch(&SwitchAxis::Rest(1.0), &classes);
        let by_feet = new().with_switch(&SwitchAxis::Class("feet".into()), &classes);
        for (mut steering, switching, steps) in [(by_rest, Intent::REST, 25), (by_feet, feet, 13)] {
            // Without motion before it, rest does not change the axis.
            for _ in 0..100 {
                steering.step(&Intent::REST);
            }
            for expected in [[200.0, 0.0], [0.0, 200.0], [200.0, 0.0]] {
                assert_eq!(steering.step(&right).0, expected);
                // Too short, then long enough; it does not count twice.
                (0..steps - 1).for_each(|_| _ = steering.step(&switching));
                assert_eq!(steering.step(&right).0, expected);
                (0..10 * steps).for_each(|_| _ = steering.step(&switching));
            }
        }
    }

    #[test]
    fn two_classes_reach_every_direction() {
        let mut steering = Steering::new(Mode::Steer, SteeringSettings::default(), 0.04);
        // Forward is right at first, down after one second of turning at full confidence, and left after another.
        for expected in [[200.0, 0.0], [0.0, 200.0], [-200.0, 0.0], [0.0, -200.0]] {
            let (v, _) = steering.step(&moving(1.0, [1.0, 0.0]));
            assert!(
                (v[0] - expected[0]).hypot(v[1] - expected[1]) < 1e-6,
                "{v:?}"
            );
            assert!(!steering.is_turning(&moving(1.0, [1.0, 0.0])));
            assert!(!steering.is_turning(&Intent::REST));
            for _ in 0..25 {
                assert!(steering.is_turning(&moving(1.0, [-1.0, 0.0])));
                assert_eq!(steering.step(&moving(1.0, [-1.0, 0.0])).0, [0.0; 2]);
            }
        }
    }
}
