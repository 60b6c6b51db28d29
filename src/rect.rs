//! Rectangles of the desktop.

use serde::{Deserialize, Serialize};

/// A screen, a target or part of one, in pixels of the whole desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width, at least 1.
    pub width: i32,
    /// Height, at least 1.
    pub height: i32,
}

/// Which of several rectangles a place is on, or else the nearest; none if there are none.
#[must_use]
pub(crate) fn nearest<'a>(
    rects: impl IntoIterator<Item = &'a Rect>,
    place: [f64; 2],
) -> Option<usize> {
    let far = rects.into_iter().map(|rect| rect.distance(place));
    let nearest = far.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
    nearest.map(|(index, _)| index)
}

impl Rect {
    /// A rectangle by its left and top edge and its size, pixels.
    #[must_use]
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Distance of a place from it, pixels; 0 inside.
    #[must_use]
    pub fn distance(&self, [x, y]: [f64; 2]) -> f64 {
        let beyond = |at: f64, from: i32, length: i32| {
            let from = f64::from(from);
            (from - at).max(at - (from + f64::from(length))).max(0.0)
        };
        beyond(x, self.x, self.width).hypot(beyond(y, self.y, self.height))
    }

    /// The part of it that lies within another rectangle; none if they do not overlap.
    #[must_use]
    pub fn cut_to(&self, other: &Self) -> Option<Self> {
        let overlap = |from: i32, length: i32, other_from: i32, other_length: i32| {
            let start = from.max(other_from);
            let end = from
                .saturating_add(length)
                .min(other_from.saturating_add(other_length));
            (end > start).then(|| (start, end - start))
        };
        let (x, width) = overlap(self.x, self.width, other.x, other.width)?;
        let (y, height) = overlap(self.y, self.height, other.y, other.height)?;
        Some(Self::new(x, y, width, height))
    }

    /// The smallest rectangle that contains both.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        let span = |at: i32, length: i32, other_at: i32, other_length: i32| {
            let from = at.min(other_at);
            (from, (at + length).max(other_at + other_length) - from)
        };
        let (x, width) = span(self.x, self.width, other.x, other.width);
        let (y, height) = span(self.y, self.height, other.y, other.height);
        Self::new(x, y, width, height)
    }

    /// The largest part of it that lies beside another rectangle; none if that covers it.
    #[must_use]
    pub fn beside(&self, other: &Self) -> Option<Self> {
        let Some(shared) = self.cut_to(other) else {
            return Some(*self);
        };
        let (right, bottom) = (self.x + self.width, self.y + self.height);
        let (shared_right, shared_bottom) = (shared.x + shared.width, shared.y + shared.height);
        let parts = [
            Self::new(self.x, self.y, shared.x - self.x, self.height),
            Self::new(shared_right, self.y, right - shared_right, self.height),
            Self::new(self.x, self.y, self.width, shared.y - self.y),
            Self::new(self.x, shared_bottom, self.width, bottom - shared_bottom),
        ];
        let area = |part: &Self| i64::from(part.width) * i64::from(part.height);
        let largest = parts.into_iter().max_by_key(area);
        largest.filter(|part| area(part) > 0)
    }

    /// Its centre.
    #[must_use]
    pub fn middle(&self) -> [f64; 2] {
        let middle = |from: i32, length: i32| f64::from(from) + 0.5 * f64::from(length);
        [middle(self.x, self.width), middle(self.y, self.height)]
    }

    /// Whether a place is on it.
    #[must_use]
    pub fn contains(&self, [x, y]: [i32; 2]) -> bool {
        let right = self.x.saturating_add(self.width);
        let bottom = self.y.saturating_add(self.height);
        (self.x..right).contains(&x) && (self.y..bottom).contains(&y)
    }

    /// The nearest place on it.
    #[must_use]
    pub fn nearest(&self, [x, y]: [i32; 2]) -> [i32; 2] {
        let last = |from: i32, length: i32| from.saturating_add(length.max(1) - 1);
        [
            x.clamp(self.x, last(self.x, self.width)),
            y.clamp(self.y, last(self.y, self.height)),
        ]
    }
}

/// An edge of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The left edge.
    Left,
    /// The right edge.
    Right,
    /// The top edge.
    Top,
    /// The bottom edge.
    Bottom,
}

impl Edge {
    /// Whether what lies along it is higher than wide.
    #[must_use]
    pub fn is_upright(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }

    /// The part of a screen within this distance of the edge, pixels.
    #[must_use]
    pub fn strip(self, screen: &Rect, thickness: i32) -> Rect {
        let Rect {
            x,
            y,
            width,
            height,
        } = *screen;
        let (across, down) = (thickness.clamp(1, width), thickness.clamp(1, height));
        match self {
            Self::Left => Rect::new(x, y, across, height),
            Self::Right => Rect::new(x + width - across, y, across, height),
            Self::Top => Rect::new(x, y, width, down),
            Self::Bottom => Rect::new(x, y + height - down, width, down),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_rectangle_is_its_largest_free_part() {
        let panel = Rect::new(1100, 0, 180, 800);
        let beside = |x, y, width, height| Rect::new(x, y, width, height).beside(&panel);
        assert_eq!(beside(100, 50, 300, 40), Some(Rect::new(100, 50, 300, 40)));
        assert_eq!(beside(900, 50, 400, 40), Some(Rect::new(900, 50, 200, 40)));
        assert_eq!(beside(1110, 50, 100, 40), None);
        let bar = Rect::new(0, 700, 1280, 100);
        let tall = Rect::new(50, 100, 80, 690);
        assert_eq!(tall.beside(&bar), Some(Rect::new(50, 100, 80, 600)));
    }

    #[test]
    fn a_strip_lies_along_its_edge_and_within_the_screen() {
        let screen = Rect::new(1280, 100, 1920, 1080);
        let strips =
            [Edge::Left, Edge::Right, Edge::Top, Edge::Bottom].map(|edge| edge.strip(&screen, 160));
        assert_eq!(
            strips,
            [
                Rect::new(1280, 100, 160, 1080),
                Rect::new(3040, 100, 160, 1080),
                Rect::new(1280, 100, 1920, 160),
                Rect::new(1280, 1020, 1920, 160),
            ]
        );
        let small = Rect::new(0, 0, 50, 40);
        assert_eq!(Edge::Right.strip(&small, 160), small);
        assert_eq!(Edge::Top.strip(&small, 160), small);
    }
}
