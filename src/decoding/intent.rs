//! What each class means to a pointer, and the intent that follows from evidence.

use crate::command::{Axis, Mode};
use bci_cursor_calibration::Decoder;
use bci_cursor_calibration::idle_gate::Gate;
use serde::Serialize;

/// What the user wants now, as far as the decoder can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intent {
    /// Class that is meant (place in the decoder's class list); `None` at rest.
    pub class: Option<usize>,
    /// Where to: right and down are positive; length 1, or 0 at rest.
    pub direction: [f64; 2],
    /// How fast, 0 to 1.
    pub speed: f64,
    /// The left button is wished down.
    pub press: bool,
    /// Probability that anything is meant and that it is the likeliest class, among rest and all classes. Where the decoder
    /// cannot tell rest: how far the likeliest class is above chance, 0 to 1.
    pub confidence: f64,
}

impl Intent {
    /// Nothing is meant.
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
    /// Moves the pointer this way (length 1; right and down are positive).
    Move([f64; 2]),
    /// Moves the pointer as the decoder's regressor says.
    Follow,
    /// Holds the left button down.
    Press,
    /// Nothing.
    Rest,
}

/// Classes that a control mode can do nothing with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RoleError {
    /// `axis` needs two directions.
    #[error("modes 'axis' and 'steer' need exactly two classes that move the pointer, but the decoder has {}: {}. {}", found.len(), found.join(", "),
        if found.len() > 2 { "Use --mode cartesian" } else { "Fit a decoder with two classes, such as left_hand and right_hand" })]
    Axis {
        /// Classes that would move.
        found: Vec<String>,
    },
    /// `cartesian` needs left, right, up and down.
    #[error(
        "mode 'cartesian' needs classes for left, right, up and down (left_hand, right_hand, both_hands or tongue, feet), \
         but the decoder has {}. Use --mode axis, or fit a decoder with four classes",
        found.join(", ")
    )]
    Cartesian {
        /// Classes that there are.
        found: Vec<String>,
    },
    /// `continuous` needs a regressor.
    #[error(
        "mode 'continuous' needs a decoder with a regressor: fit one with 'bci-cursor fit --continuous', or use another --mode"
    )]
    NoRegressor,
    /// No such class to press or change the axis with.
    #[error("there is no class '{wanted}' to press or change the axis with; the decoder has {}", found.join(", "))]
    Class {
        /// The class asked for.
        wanted: String,
        /// Classes that there are.
        found: Vec<String>,
    },
    /// Nothing to change the axis with.
    #[error(
        "--switch-axis face needs a face switch: name its file with --face (bci-cursor fit-switch makes one)"
    )]
    NoFace,
    /// Only one mode has an axis to change.
    #[error("--switch-axis is for mode 'axis'; the mode here is '{found}'")]
    Switch {
        /// The mode.
        found: &'static str,
    },
}

/// The mode that a decoder offers: `continuous` where it has a regressor, `cartesian` where it has left, right, up and down,
/// else `axis`. `taken` are classes that do something else.
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
/// `axis`: a class that usually means left or up goes backwards, right or down forwards; two classes of other names go
/// backwards and forwards in their order. A class called `rest` never moves anything.
///
/// # Errors
/// [`RoleError`] where the mode lacks a direction, or `press` or `switch` (which changes the axis) names no class.
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
        // Two classes as on an axis: the one turns, the other goes forward.
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

/// The intent that class probabilities amount to; rest while the gate is closed. `wanted`: how likely it is that anything is
/// meant; none where the decoder cannot tell. `velocity`: what the decoder's regressor says; none where it has none.
#[must_use]
pub fn intent(
    probabilities: &[f64],
    wanted: Option<f64>,
    velocity: Option<[f64; 2]>,
    roles: &[Role],
    gate: &mut Gate,
) -> Intent {
    let best = bci_cursor_calibration::statistics::argmax(probabilities);
    // Between two directions no class is likely, and still something is meant.
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
        // A gate that is still open moves on, but it takes full confidence to press.
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
    fn left_goes_left_whatever_the_order_of_classes() {
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
        assert!(
            error.contains("left_hand, right_hand") && error.contains("--mode axis"),
            "{error}"
        );
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
        // The same, but it does not look as though anything were meant.
        assert_eq!(from_rest(&[0.2, 0.8], Some(0.4), 0.5).class, None);
        let meant = from_rest(&[0.2, 0.8], Some(0.9), 0.5);
        assert!(meant.class == Some(1) && (meant.confidence - 0.72).abs() < 1e-12);
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
    fn what_moves_on_does_not_press() {
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
