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
