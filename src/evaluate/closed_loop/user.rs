//! A simulated user, who sees target and pointer and decides what to imagine. They know how the pointer responds, react
//! with a delay, and do not learn.

use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

/// Reaction time from seeing to imagining, seconds.
const REACTION_S: f64 = 0.3;
/// Delay of the pointer's response, seconds: a practised user starts this much earlier.
const LEAD_S: f64 = 0.7;
/// A heading is good enough if its error is below this, radians, or if it leads into the target.
const TOLERANCE_RAD: f64 = 0.14;

/// What a user sees. Positions are fractions of the field.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The pointer.
    pub at: [f64; 2],
    /// The point of the target that they aim at, and the radius of the target around it.
    pub target: [f64; 2],
    /// See `target`.
    pub radius: f64,
    /// What the classes do.
    pub meaning: ClassMeaning,
}

/// What the classes do, as the user sees it.
#[derive(Debug, Clone, Copy)]
pub enum ClassMeaning {
    /// The first moves left, the second right.
    Axis,
    /// The first turns, the second moves forward in this direction, radians clockwise from the right.
    Heading(f64),
    /// Each of four classes moves in its direction.
    Directions([[f64; 2]; 4]),
    /// Whether the target is on the second class's side of the line.
    Side(bool),
}

/// A simulated user with their current and pending decisions.
#[derive(Debug, Clone, Default)]
pub struct User {
    turn_rad_s: f64,
    decided: VecDeque<(f64, Option<usize>)>,
    /// The class that they imagine now; `None` for rest.
    imagines: Option<usize>,
}

impl User {
    /// A user who knows how fast the heading turns, radians per second.
    #[must_use]
    pub fn new(turn_rad_s: f64) -> Self {
        Self {
            turn_rad_s,
            ..Self::default()
        }
    }

    /// What the user imagines at a time, given what they see: an index in the decoder's classes, or `None` for rest.
    pub fn look(&mut self, now_s: f64, view: &View) -> Option<usize> {
        let intention = self.intention(view);
        let last = self
            .decided
            .back()
            .map_or(self.imagines, |(_, intention)| *intention);
        if intention != last {
            self.decided.push_back((now_s + REACTION_S, intention));
        }
        while let Some((_, intention)) = self.decided.pop_front_if(|(at_s, _)| *at_s <= now_s) {
            self.imagines = intention;
        }
        self.imagines
    }

    fn intention(&self, view: &View) -> Option<usize> {
        let [x, y] = [0, 1].map(|axis: usize| view.target[axis] - view.at[axis]);
        let far = x.hypot(y);
        // On the target, the user rests to stay there.
        if far < 0.7 * view.radius {
            return None;
        }
        let heading_rad = match view.meaning {
            ClassMeaning::Side(is_second) => return Some(usize::from(is_second)),
            ClassMeaning::Axis => return Some(usize::from(x > 0.0)),
            ClassMeaning::Directions(directions) => {
                let gain = |class: usize| directions[class][0] * x + directions[class][1] * y;
                // A class is kept as long as it leads closer, because every change costs time.
                let is_of_use = |class: &usize| gain(*class) > 0.7 * view.radius;
                let kept = self.imagines.filter(is_of_use);
                return kept.or_else(|| (0..4).max_by(|a, b| gain(*a).total_cmp(&gain(*b))));
            }
            ClassMeaning::Heading(heading_rad) => heading_rad,
        };
        let is_turning = self.imagines == Some(0);
        let lead = if is_turning {
            LEAD_S * self.turn_rad_s
        } else {
            0.0
        };
        let error = wrapped(libm::atan2(y, x) - heading_rad - lead);
        let good = libm::atan2(0.7 * view.radius, far).max(TOLERANCE_RAD);
        Some(usize::from(error.abs() < good))
    }
}

/// Wraps an angle to between -pi and pi.
fn wrapped(angle: f64) -> f64 {
    let turned = (angle + PI) % TAU;
    (if turned < 0.0 { turned + TAU } else { turned }) - PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_reacts_late_turns_moves_and_stays() {
        let mut user = User::new(1.5);
        let mut view = View {
            at: [0.5, 0.5],
            target: [0.5, 0.8],
            radius: 0.05,
            meaning: ClassMeaning::Heading(0.0),
        };
        // Down is a quarter turn clockwise.
        assert_eq!(user.look(0.0, &view), None);
        assert_eq!(user.look(0.29, &view), None);
        assert_eq!(user.look(0.31, &view), Some(0));
        // They stop early, because turning continues for a moment.
        view.meaning = ClassMeaning::Heading(TAU / 4.0 - LEAD_S * 1.5);
        user.look(1.0, &view);
        assert_eq!(user.look(1.31, &view), Some(1));
        view.at = [0.5, 0.79];
        user.look(2.0, &view);
        assert_eq!(user.look(2.31, &view), None);
        (view.at, view.meaning) = ([0.5, 0.6], ClassMeaning::Side(true));
        user.look(3.0, &view);
        assert_eq!(user.look(3.31, &view), Some(1));
        // Down, until the target's height is reached.
        let directions = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];
        (view.at, view.meaning) = ([0.5, 0.6], ClassMeaning::Directions(directions));
        user.look(4.0, &view);
        assert_eq!(user.look(4.31, &view), Some(3));
        view.at = [0.4, 0.75];
        user.look(5.0, &view);
        assert_eq!(user.look(5.31, &view), Some(3));
        view.at = [0.4, 0.77];
        user.look(6.0, &view);
        assert_eq!(user.look(6.31, &view), Some(1));
    }
}
