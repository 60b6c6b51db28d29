//! A simulated user: sees target and pointer, and decides what to imagine. They know how the pointer answers, react late, and do
//! not learn.

use crate::control::Mode;
use std::collections::VecDeque;
use std::f64::consts::{PI, TAU};

/// From seeing to imagining, seconds.
const REACTION_S: f64 = 0.3;
/// How late the pointer answers, seconds: whoever has steered it a while begins that much earlier.
const LEAD_S: f64 = 0.7;
/// A heading is good enough within this, radians, or where it leads into the target.
const TOLERANCE_RAD: f64 = 0.14;

/// What a user sees. Places are shares of the field.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The pointer.
    pub at: [f64; 2],
    /// The target's middle, and its radius.
    pub target: [f64; 2],
    /// See `target`.
    pub radius: f64,
    /// Where forward is, radians clockwise from the right, in mode `steer`.
    pub heading_rad: Option<f64>,
}

/// What somebody means to imagine, and will in a moment.
#[derive(Debug, Clone, Default)]
pub struct User {
    turn_rad_s: f64,
    decided: VecDeque<(f64, Option<usize>)>,
    /// What they imagine now; none: rest.
    imagines: Option<usize>,
}

impl User {
    /// Who knows how fast the heading turns.
    #[must_use]
    pub fn new(turn_rad_s: f64) -> Self {
        Self {
            turn_rad_s,
            ..Self::default()
        }
    }

    /// What they imagine at a time at which they see this; a place in the decoder's classes, of which the first means left or turning,
    /// the second right or forward. None: they rest.
    pub fn look(&mut self, now_s: f64, view: &View, mode: Mode) -> Option<usize> {
        let wish = self.wish(view, mode);
        let last = self.decided.back().map_or(self.imagines, |(_, wish)| *wish);
        if wish != last {
            self.decided.push_back((now_s + REACTION_S, wish));
        }
        while let Some((_, wish)) = self.decided.pop_front_if(|(at_s, _)| *at_s <= now_s) {
            self.imagines = wish;
        }
        self.imagines
    }

    fn wish(&self, view: &View, mode: Mode) -> Option<usize> {
        let [x, y] = [0, 1].map(|axis: usize| view.target[axis] - view.at[axis]);
        let far = x.hypot(y);
        // In it: what is to be done is to stay.
        if far < 0.7 * view.radius {
            return None;
        }
        match (mode, view.heading_rad) {
            (Mode::Steer, Some(heading_rad)) => {
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
            _ => Some(usize::from(x > 0.0)),
        }
    }
}

/// Between -pi and pi.
fn wrapped(angle: f64) -> f64 {
    let turned = (angle + PI) % TAU;
    (if turned < 0.0 { turned + TAU } else { turned }) - PI
}
