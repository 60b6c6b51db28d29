//! What each class does to the pointer, and the intent that follows from evidence.

use crate::command::{Axis, Mode};
use bci_cursor_calibration::Decoder;
use bci_cursor_calibration::idle_gate::Gate;
use serde::Serialize;

/// The user's decoded intent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intent {
    /// The intended class (index in the decoder's class list); `None` at rest.
    pub class: Option<usize>,
    /// Direction: right and down are positive; length 1, or 0 at rest.
    pub direction: [f64; 2],
    /// Speed, 0 to 1.
    pub speed: f64,
    /// Hold the left button down.
    pub press: bool,
    /// Probability that an intent is present and that it is the most likely class, among rest and all classes. If the decoder cannot detect
    /// rest: how far the most likely class is above chance, 0 to 1.
    pub confidence: f64,
}

impl Intent {
    /// No intent.
    pub const REST: Self = Self {
        class: None,
        direction: [0.0; 2],
        speed: 0.0,
        press: false,
        confidence: 0.0,
    };
}

/// What a class does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Moves the pointer in this direction (length 1; right and down are positive).
    Move([f64; 2]),
    /// Moves the pointer as the decoder's regressor predicts.
    Follow,
    /// Holds the left button down.
    Press,
    /// Nothing.
    Rest,
}

/// The decoder's classes do not fit the control mode.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RoleError {
    /// `axis` needs two directions.
    #[error("modes 'axis' and 'steer' need exactly two classes that move the pointer, but the decoder has {}: {}", found.len(), found.join(", "))]
    Axis {
        /// Classes that would move the pointer.
        found: Vec<String>,
    },
    /// `cartesian` needs left, right, up and down.
    #[error(
        "mode 'cartesian' needs classes for left, right, up and down (left_hand, right_hand, both_hands or tongue, feet), \
         but the decoder has {}",
        found.join(", ")
    )]
    Cartesian {
        /// Classes of the decoder.
        found: Vec<String>,
    },
    /// `continuous` needs a regressor.
    #[error("mode 'continuous' needs a decoder with a regressor")]
    NoRegressor,
    /// The class to press or to change the axis with does not exist.
    #[error("there is no class '{wanted}' to press or change the axis with; the decoder has {}", found.join(", "))]
    Class {
        /// The requested class.
        wanted: String,
        /// Classes of the decoder.
        found: Vec<String>,
    },
    /// There is no face switch to change the axis with.
    #[error("changing the axis by face needs a face switch")]
    NoFace,
    /// Only mode `axis` has an axis to change.
    #[error("only mode 'axis' has an axis to change; the mode here is '{found}'")]
    Switch {
        /// The mode.
        found: &'static str,
    },
}

/// The mode that suits a decoder: `continuous` if it has a regressor, `cartesian` if it has left, right, up and down, otherwise `axis`.
/// `taken`: classes that do something else.
#[must_use]
pub fn offered_mode(decoder: &Decoder, taken: &[&str]) -> Mode {
    if decoder.model.velocity.is_some() {
        return Mode::Continuous;
    }
    mode_of_classes(&decoder.classes, taken)
}

fn mode_of_classes(classes: &[String], taken: &[&str]) -> Mode {
    let moving = classes
        .iter()
        .filter(|class| !taken.contains(&class.as_str()));
    let directions: Vec<_> = moving.filter_map(|class| usual_direction(class)).collect();
    if ALL.iter().all(|wanted| directions.contains(wanted)) {
        Mode::Cartesian
    } else {
        Mode::Axis(Axis::Horizontal)
    }
}

/// The directions that `cartesian` needs.
const ALL: [[f64; 2]; 4] = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];

/// The usual direction of a class, by its name.
#[must_use]
pub fn usual_direction(class: &str) -> Option<[f64; 2]> {
    Some(match class {
        "left_hand" | "left" => [-1.0, 0.0],
        "right_hand" | "right" => [1.0, 0.0],
        "both_hands" | "both_fists" | "hands" | "tongue" | "up" => [0.0, -1.0],
        "feet" | "both_feet" | "down" => [0.0, 1.0],
        _ => return None,
    })
}

/// The role of each class in a mode.
///
/// In mode `axis`, a class that usually means left or up moves backwards, one that means right or down moves forwards; two classes with
/// other names move backwards and forwards in their order. A class called `rest` never moves anything.
///
/// # Errors
/// [`RoleError`] if the mode lacks a direction, or if `press` or `switch` (which changes the axis) names no class.
pub fn roles(
    classes: &[String],
    mode: Mode,
    press: Option<&str>,
    switch: Option<&str>,
) -> Result<Vec<Role>, RoleError> {
    let mut taken = press.iter().chain(&switch);
    if let Some(wanted) = taken.find(|wanted| !classes.iter().any(|class| class == *wanted)) {
        return Err(RoleError::Class {
            wanted: (*wanted).to_owned(),
            found: classes.to_vec(),
        });
    }
    let is_taken = |class: &str| press == Some(class) || switch == Some(class);
    let moving: Vec<&String> = classes
        .iter()
        .filter(|class| *class != "rest" && !is_taken(class))
        .collect();
    let other = |class: &String| {
        if press == Some(class.as_str()) {
            Role::Press
        } else {
            Role::Rest
        }
    };
    match mode {
        // As in mode `axis` with two classes: one turns, the other moves forward.
        Mode::Axis(_) | Mode::Steer => {
            let [first, second] = moving.as_slice() else {
                return Err(RoleError::Axis {
                    found: moving.into_iter().cloned().collect(),
                });
            };
            let backwards = |class: &str| usual_direction(class).map(|[x, y]| x + y < 0.0);
            let swapped = backwards(first) == Some(false) && backwards(second) == Some(true);
            let along = |sign: f64| match mode {
                Mode::Axis(Axis::Vertical) => Role::Move([0.0, sign]),
                _ => Role::Move([sign, 0.0]),
            };
            let sign = if swapped { 1.0 } else { -1.0 };
            Ok(classes
                .iter()
                .map(|class| match class {
                    class if class == *first => along(sign),
                    class if class == *second => along(-sign),
                    class => other(class),
                })
                .collect())
        }
        Mode::Continuous => {
            let follows = |class: &String| class != "rest" && !is_taken(class);
            let role = |class: &String| {
                if follows(class) {
                    Role::Follow
                } else {
                    other(class)
                }
            };
            Ok(classes.iter().map(role).collect())
        }
        Mode::Cartesian => {
            let directions: Vec<[f64; 2]> = moving
                .iter()
                .filter_map(|class| usual_direction(class))
                .collect();
            if !ALL.iter().all(|wanted| directions.contains(wanted)) {
                return Err(RoleError::Cartesian {
                    found: classes.to_vec(),
                });
            }
            Ok(classes
                .iter()
                .map(|class| match usual_direction(class) {
                    Some(direction) if !is_taken(class) => Role::Move(direction),
                    _ => other(class),
                })
                .collect())
        }
    }
}

/// The intent for these class probabilities; rest while the gate is closed. `wanted`: probability that any intent is present, none if the
/// decoder cannot tell. `velocity`: prediction of the decoder's regressor, none if it has none.
#[must_use]
pub fn intent(
    probabilities: &[f64],
    wanted: Option<f64>,
    velocity: Option<[f64; 2]>,
    roles: &[Role],
    gate: &mut Gate,
) -> Intent {
    let best = bci_cursor_calibration::statistics::argmax(probabilities);
    // Between two directions no single class is likely, although an intent is present.
    let follows = velocity.filter(|_| roles[best] == Role::Follow);
    let length = follows.map_or(0.0, |[x, y]| (x * x + y * y).sqrt().min(1.0));
    let confidence = match wanted {
        Some(wanted) if follows.is_some() => wanted,
        None if follows.is_some() => length,
        Some(wanted) => wanted * probabilities[best],
        None => {
            let chance = 1.0 / probabilities.len() as f64;
            ((probabilities[best] - chance) / (1.0 - chance)).clamp(0.0, 1.0)
        }
    };
    let resting = Intent {
        confidence,
        ..Intent::REST
    };
    if !gate.step(confidence) {
        return resting;
    }
    match roles[best] {
        Role::Rest => Intent {
            class: Some(best),
            ..resting
        },
        Role::Follow => match follows {
            Some([x, y]) if length > 0.0 => {
                let whole = (x * x + y * y).sqrt();
                Intent {
                    class: Some(best),
                    direction: [x / whole, y / whole],
                    speed: length,
                    press: false,
                    confidence,
                }
            }
            _ => resting,
        },
        // A gate that is still open keeps the pointer moving, but pressing takes full confidence.
        Role::Press => Intent {
            class: Some(best),
            press: gate.is_reached(confidence),
            ..resting
        },
        Role::Move(_) => {
            let mut pull = [0.0; 2];
            for (probability, role) in probabilities.iter().zip(roles) {
                if let Role::Move(direction) = role {
                    pull[0] += probability * direction[0];
                    pull[1] += probability * direction[1];
                }
            }
            let length = (pull[0] * pull[0] + pull[1] * pull[1]).sqrt();
            if length == 0.0 {
                return resting;
            }
            let direction = [pull[0] / length, pull[1] / length];
            Intent {
                class: Some(best),
                direction,
                speed: length.min(1.0),
                press: false,
                confidence,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(classes: &[&str]) -> Vec<String> {
        classes.iter().map(|class| (*class).to_owned()).collect()
    }

    #[test]
    fn left_moves_left_whatever_the_order_of_classes() {
        let axis = Mode::Axis(Axis::Horizontal);
        let (left, right) = (Role::Move([-1.0, 0.0]), Role::Move([1.0, 0.0]));
        assert_eq!(
            roles(&names(&["left_hand", "right_hand"]), axis, None, None),
            Ok(vec![left, right])
        );
        assert_eq!(
            roles(
                &names(&["right_hand", "rest", "left_hand"]),
                axis,
                None,
                None
            ),
            Ok(vec![right, Role::Rest, left])
        );
        assert_eq!(
            roles(&names(&["a", "b"]), axis, None, None),
            Ok(vec![left, right])
        );
        assert_eq!(
            roles(
                &names(&["left_hand", "feet", "right_hand"]),
                axis,
                Some("feet"),
                None
            ),
            Ok(vec![left, Role::Press, right])
        );
    }

    #[test]
    fn modes_say_which_classes_they_lack() {
        let two = names(&["left_hand", "right_hand"]);
        let error = roles(&two, Mode::Cartesian, None, None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("left_hand, right_hand"), "{error}");
        let four = names(&["left_hand", "right_hand", "both_hands", "feet"]);
        assert!(roles(&four, Mode::Cartesian, None, None).is_ok());
        assert!(roles(&four, Mode::Axis(Axis::Vertical), None, None).is_err());
        assert!(matches!(
            roles(&two, Mode::Axis(Axis::Vertical), Some("feet"), None),
            Err(RoleError::Class { .. })
        ));
    }

    #[test]
    fn the_decoder_offers_a_mode() {
        let four = names(&["left_hand", "right_hand", "both_hands", "feet"]);
        assert_eq!(mode_of_classes(&four, &[]), Mode::Cartesian);
        assert_eq!(
            mode_of_classes(&four, &["feet"]),
            Mode::Axis(Axis::Horizontal)
        );
        let switched = roles(&four[1..], Mode::Axis(Axis::Horizontal), None, Some("feet"));
        assert_eq!(switched.map(|roles| roles[2]), Ok(Role::Rest));
    }

    #[test]
    fn below_the_threshold_is_rest() {
        let roles = [Role::Move([-1.0, 0.0]), Role::Move([1.0, 0.0])];
        let from_rest = |probabilities: &[f64], wanted, threshold| {
            intent(
                probabilities,
                wanted,
                None,
                &roles,
                &mut Gate::new(threshold),
            )
        };
        assert_eq!(from_rest(&[0.45, 0.55], None, 0.2).class, None);
        let moving = from_rest(&[0.2, 0.8], None, 0.2);
        assert_eq!((moving.class, moving.direction), (Some(1), [1.0, 0.0]));
        assert!((moving.speed - 0.6).abs() < 1e-12 && (moving.confidence - 0.6).abs() < 1e-12);
        // The same probabilities, but no intent is present.
        assert_eq!(from_rest(&[0.2, 0.8], Some(0.4), 0.5).class, None);
        let moving = from_rest(&[0.2, 0.8], Some(0.9), 0.5);
        assert!(moving.class == Some(1) && (moving.confidence - 0.72).abs() < 1e-12);
    }

    #[test]
    fn a_regressor_points_anywhere_and_classes_still_press() {
        let classes = names(&["left", "right", "feet", "rest"]);
        let roles = roles(&classes, Mode::Continuous, Some("feet"), None).unwrap();
        assert_eq!(roles, [Role::Follow, Role::Follow, Role::Press, Role::Rest]);
        let of = |probabilities: &[f64], velocity| {
            let mut gate = Gate::new(0.5);
            intent(probabilities, Some(0.9), Some(velocity), &roles, &mut gate)
        };
        let moving = of(&[0.3, 0.3, 0.2, 0.2], [0.3, -0.4]);
        assert!((moving.speed - 0.5).abs() < 1e-12 && (moving.direction[1] + 0.8).abs() < 1e-12);
        assert!((moving.confidence - 0.9).abs() < 1e-12);
        assert!((of(&[0.4, 0.2, 0.2, 0.2], [3.0, 4.0]).speed - 1.0).abs() < 1e-12);
        assert!(of(&[0.1, 0.1, 0.7, 0.1], [1.0, 0.0]).press);
        assert_eq!(of(&[0.1, 0.1, 0.1, 0.7], [1.0, 0.0]).speed, 0.0);
        assert_eq!(of(&[0.4, 0.2, 0.2, 0.2], [0.0; 2]).class, None);
    }

    #[test]
    fn a_gate_that_is_still_open_does_not_press() {
        let roles = [Role::Move([-1.0, 0.0]), Role::Press];
        let mut gate = Gate::new(0.5);
        assert_eq!(
            intent(&[0.9, 0.1], Some(0.6), None, &roles, &mut gate).class,
            Some(0)
        );
        let unsure = intent(&[0.1, 0.9], Some(0.5), None, &roles, &mut gate);
        assert_eq!((unsure.class, unsure.press), (Some(1), false));
        assert!(intent(&[0.1, 0.9], Some(0.6), None, &roles, &mut gate).press);
    }
}
