//! Arrows at the edges of the screen. Each look at one moves the pointer by a step in its direction: longer steps while it goes on, half as
//! long after it has turned round, so that every place is found.

use super::grid::around;
use crate::rect::Rect;

/// Length of the first step, of the longest and of the shortest, pixels on a screen 1080 pixels high.
const FIRST_PX: f64 = 160.0;
const LONGEST_PX: f64 = 480.0;
const SHORTEST_PX: f64 = 10.0;
/// Factor from one step to the next in the same direction.
const GROWS: f64 = 1.5;

/// A direction of the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    pub(super) const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Up, Self::Down];

    /// The axis (0: x, 1: y) and the sign along it.
    fn axis(self) -> (usize, f64) {
        match self {
            Self::Left => (0, -1.0),
            Self::Right => (0, 1.0),
            Self::Up => (1, -1.0),
            Self::Down => (1, 1.0),
        }
    }

    /// Where its tag lies: at the middle of an edge.
    pub(super) fn tag(self, screen: &Rect, tag_px: f64) -> Rect {
        let mut at = screen.middle();
        let (axis, sign) = self.axis();
        let half = 0.5 * f64::from([screen.width, screen.height][axis]);
        at[axis] += sign * (half - tag_px).max(0.0);
        around(at)
    }
}

/// The last steps along each axis: sign and length.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Arrows {
    steps: [Option<(f64, f64)>; 2],
}

impl Arrows {
    /// The next step in a direction, pixels of a screen of this scale.
    pub(super) fn step(&mut self, direction: Direction, scale: f64) -> [f64; 2] {
        let (axis, sign) = direction.axis();
        let length = match self.steps[axis] {
            None => FIRST_PX,
            Some((before, length)) if before == sign => (GROWS * length).min(LONGEST_PX),
            Some((_, length)) => (0.5 * length).max(SHORTEST_PX),
        };
        self.steps[axis] = Some((sign, length));
        let mut step = [0.0; 2];
        step[axis] = sign * length * scale;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_and_are_halved_at_a_turn() {
        let mut arrows = Arrows::default();
        let mut along = |direction| arrows.step(direction, 1.0);
        assert_eq!(along(Direction::Right), [160.0, 0.0]);
        assert_eq!(along(Direction::Right), [240.0, 0.0]);
        assert_eq!(along(Direction::Up), [0.0, -160.0]);
        assert_eq!(along(Direction::Left), [-120.0, 0.0]);
        assert_eq!(along(Direction::Right), [60.0, 0.0]);
        assert_eq!(along(Direction::Down), [0.0, 80.0]);
        for _ in 0..9 {
            along(Direction::Right);
        }
        assert_eq!(along(Direction::Right), [480.0, 0.0]);
    }

    #[test]
    fn every_place_is_found() {
        for wanted in [3.0, 77.0, 1234.0, -950.0] {
            let (mut arrows, mut at, mut looks) = (Arrows::default(), 0.0f64, 0);
            while (at - wanted).abs() > 10.0 {
                let direction = if at < wanted {
                    Direction::Right
                } else {
                    Direction::Left
                };
                at += arrows.step(direction, 1.0)[0];
                looks += 1;
            }
            assert!(looks <= 14, "{wanted}: {looks}");
        }
    }

    #[test]
    fn arrows_lie_at_the_edges() {
        let screen = Rect {
            x: 100,
            y: 0,
            width: 1000,
            height: 600,
        };
        let tags = Direction::ALL.map(|direction| {
            let tag = direction.tag(&screen, 50.0);
            [tag.x, tag.y]
        });
        assert_eq!(tags, [[150, 300], [1050, 300], [600, 50], [600, 550]]);
    }
}
