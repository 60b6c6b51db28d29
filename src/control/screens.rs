//! The screens: where the pointer may be, and how large a pixel is.

use crate::rect::Rect;

/// All screens. Motion is not limited if none is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screens {
    rects: Vec<Rect>,
}

/// Speeds are given for a screen of this height, pixels.
const REFERENCE_HEIGHT_PX: f64 = 1080.0;

impl Screens {
    /// A list of screens; empty rectangles are ignored.
    #[must_use]
    pub fn new(rects: Vec<Rect>) -> Self {
        let has_area = |rect: &Rect| rect.width > 0 && rect.height > 0;
        Self {
            rects: rects.into_iter().filter(has_area).collect(),
        }
    }

    /// The screens.
    #[must_use]
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// Whether a place is on one of them.
    #[must_use]
    pub fn contains(&self, place: [i32; 2]) -> bool {
        self.rects.iter().any(|rect| rect.contains(place))
    }

    /// Screen pixels per pixel of the settings: the pointer crosses every screen in the same time.
    #[must_use]
    pub fn scale(&self, place: Option<[i32; 2]>) -> f64 {
        let here = place.and_then(|place| self.rects.iter().find(|rect| rect.contains(place)));
        here.or(self.rects.first())
            .map_or(1.0, |rect| f64::from(rect.height) / REFERENCE_HEIGHT_PX)
    }

    /// Limits a motion to the screens: all of it if it ends on a screen, otherwise up to the edge.
    #[must_use]
    pub fn cut(&self, from: [i32; 2], motion: [i32; 2]) -> [i32; 2] {
        let to = [
            from[0].saturating_add(motion[0]),
            from[1].saturating_add(motion[1]),
        ];
        if self.rects.is_empty() || self.contains(to) {
            return motion;
        }
        let distance = |rect: &&Rect| {
            let [x, y] = rect.nearest(from);
            i64::from(x.abs_diff(from[0])) + i64::from(y.abs_diff(from[1]))
        };
        let Some(here) = self.rects.iter().min_by_key(distance) else {
            return motion;
        };
        let [x, y] = here.nearest(to);
        [x.saturating_sub(from[0]), y.saturating_sub(from[1])]
    }

    /// Distance to the edge of the desktop along a motion, for each axis; none without motion or without a known edge.
    #[must_use]
    pub fn room(&self, from: [i32; 2], motion: [f64; 2]) -> [Option<u32>; 2] {
        let Some(here) = self.rects.iter().find(|rect| rect.contains(from)) else {
            return [None; 2];
        };
        let far = here.nearest(from_motion(from, motion));
        let room = |axis: usize| {
            // Another screen continues there.
            let mut beyond = from;
            beyond[axis] = if motion[axis] > 0.0 {
                far[axis].saturating_add(1)
            } else {
                far[axis].saturating_sub(1)
            };
            (motion[axis] != 0.0 && !self.contains(beyond)).then(|| far[axis].abs_diff(from[axis]))
        };
        [room(0), room(1)]
    }
}

/// A place far away in the direction of a motion.
fn from_motion(from: [i32; 2], motion: [f64; 2]) -> [i32; 2] {
    let far = |at: i32, along: f64| match along {
        along if along > 0.0 => i32::MAX,
        along if along < 0.0 => i32::MIN,
        _ => at,
    };
    [far(from[0], motion[0]), far(from[1], motion[1])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small screen to the left of a large one, lower by 200 pixels.
    fn two() -> Screens {
        let rect = |x, y, width, height| Rect {
            x,
            y,
            width,
            height,
        };
        Screens::new(vec![rect(0, 200, 800, 600), rect(800, 0, 3840, 2160)])
    }

    #[test]
    fn motion_stops_at_an_edge_and_continues_on_the_next_screen() {
        let screens = two();
        assert_eq!(screens.cut([790, 400], [30, 0]), [30, 0]);
        assert_eq!(screens.cut([810, 50], [-30, 0]), [-10, 0]);
        assert_eq!(screens.cut([5, 300], [-30, 7]), [-5, 7]);
        assert_eq!(screens.room([5, 300], [-1.0, 0.0]), [Some(5), None]);
        assert_eq!(screens.room([790, 300], [1.0, 1.0]), [None, Some(499)]);
        assert_eq!(Screens::default().cut([0, 0], [-5, -5]), [-5, -5]);
    }

    #[test]
    fn speeds_are_scaled_to_the_screen_that_the_pointer_is_on() {
        assert_eq!(two().scale(Some([900, 100])), 2.0);
        assert!((two().scale(Some([10, 300])) - 600.0 / 1080.0).abs() < 1e-12);
        assert_eq!(Screens::default().scale(None), 1.0);
    }

    proptest! {
        #[test]
        fn the_pointer_never_leaves_the_screens(x in 0..4640i32, y in 0..2160i32, motion in proptest::array::uniform2(-5000..5000i32)) {
            let screens = two();
            prop_assume!(screens.contains([x, y]));
            let [dx, dy] = screens.cut([x, y], motion);
            prop_assert!(screens.contains([x + dx, y + dy]));
            prop_assert!(dx.abs() <= motion[0].abs() && dy.abs() <= motion[1].abs());
        }
    }
}
