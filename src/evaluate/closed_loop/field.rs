//! Targets and their positions, as fractions of a square field.

use crate::control::Rect;
use bci_cursor_calibration::parse_words::in_words;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde::Deserialize;
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Distance of targets from the centre, and their radius (300 and 50 of 1000 pixels).
const FAR: f64 = 0.3;
const RADIUS: f64 = 0.05;
/// Targets per side of the grid. Each leaves a tenth of its cell free.
const SIDE: usize = 5;
const FILLED: f64 = 0.9;

/// A target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub(super) middle: [f64; 2],
    /// Half of its width and height; for a circle, its radius.
    pub(super) half: [f64; 2],
    pub(super) is_round: bool,
}

impl Shape {
    fn circle(middle: [f64; 2]) -> Self {
        Self {
            middle,
            half: [RADIUS; 2],
            is_round: true,
        }
    }

    /// Whether it contains a place.
    pub(super) fn contains(&self, place: [f64; 2]) -> bool {
        let off = [0, 1].map(|axis: usize| place[axis] - self.middle[axis]);
        if self.is_round {
            return off[0].hypot(off[1]) <= self.half[0];
        }
        (0..2).all(|axis: usize| off[axis].abs() <= self.half[axis])
    }

    /// Radius of the largest circle inside it.
    pub(super) fn radius(&self) -> f64 {
        self.half[0].min(self.half[1])
    }

    /// The point of the target that a user at `from` aims at: in a long target, no further away than necessary.
    pub(super) fn aim(&self, from: [f64; 2]) -> [f64; 2] {
        let room = self.half.map(|half| half - self.radius());
        [0, 1].map(|axis: usize| {
            let middle = self.middle[axis];
            from[axis].clamp(middle - room[axis], middle + room[axis])
        })
    }

    /// The rectangle that the driver sees: for a circle, the largest square inside it. Returns the centre, and half of
    /// the width and height.
    pub(super) fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        let share = if self.is_round { FRAC_1_SQRT_2 } else { 1.0 };
        (self.middle, self.half.map(|half| half * share))
    }
}

/// Where the targets are.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Field {
    /// Eight targets around the centre, each reached from there; two if the pointer has one axis only.
    #[default]
    CentreOut,
    /// 5 by 5 targets that fill the field, each reached from where the pointer is.
    Grid,
    /// Targets of a real desktop, each reached from where the pointer is.
    Desktop(Desktop),
}

/// Targets recorded on a screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Desktop(Vec<Shape>);

/// A list of targets that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// It is not in the format that `bci-cursor targets --json` writes.
    #[error("this is not a list of targets in JSON: {}", in_words(&error.to_string()))]
    Json {
        /// The parser's error.
        error: serde_json::Error,
    },
    /// There are too few targets to choose from.
    #[error("{0} visible targets, expected 2 or more")]
    TooFew(usize),
}

/// Recorded with this program (`bci-cursor targets --json`, on a page in Chromium).
const RECORDED: &str = include_str!("desktop.json");

impl Desktop {
    /// The desktop that comes with the program.
    ///
    /// # Errors
    /// [`DesktopError`] if the shipped file is damaged; a test reads it.
    pub fn recorded() -> Result<Self, DesktopError> {
        Self::from_json(RECORDED)
    }

    /// Reads the output of `bci-cursor targets --json`. The larger side of the area covered by targets becomes the side
    /// of the field.
    ///
    /// # Errors
    /// [`DesktopError`] for other text, or for fewer than two targets.
    pub fn from_json(text: &str) -> Result<Self, DesktopError> {
        #[derive(Deserialize)]
        struct TargetsFile {
            targets: Vec<TargetEntry>,
        }
        #[derive(Deserialize)]
        struct TargetEntry {
            rect: Rect,
        }
        let file: TargetsFile =
            serde_json::from_str(text).map_err(|error| DesktopError::Json { error })?;
        let rects = file.targets.iter().map(|target| target.rect);
        let is_seen = |rect: &Rect| rect.width > 0 && rect.height > 0;
        let rects: Vec<Rect> = rects.filter(is_seen).collect();
        if rects.len() < 2 {
            return Err(DesktopError::TooFew(rects.len()));
        }
        let edges = |ends: &dyn Fn(&Rect) -> [i32; 2]| {
            let least = rects.iter().map(|rect| ends(rect)[0]).min().unwrap_or(0);
            let most = rects.iter().map(|rect| ends(rect)[1]).max().unwrap_or(1);
            [f64::from(least), f64::from(most)]
        };
        let [left, right] = edges(&|rect| [rect.x, rect.x.saturating_add(rect.width)]);
        let [top, bottom] = edges(&|rect| [rect.y, rect.y.saturating_add(rect.height)]);
        let side = (right - left).max(bottom - top);
        let shape = |rect: &Rect| {
            let half = [rect.width, rect.height].map(|px| 0.5 * f64::from(px) / side);
            let corner = [
                (f64::from(rect.x) - left) / side,
                (f64::from(rect.y) - top) / side,
            ];
            Shape {
                middle: [corner[0] + half[0], corner[1] + half[1]],
                half,
                is_round: false,
            }
        };
        Ok(Self(rects.iter().map(shape).collect()))
    }
}

impl Field {
    /// The name used in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CentreOut => "centre-out",
            Self::Grid => "grid",
            Self::Desktop(_) => "desktop",
        }
    }

    /// Its targets. `on_axis`: the pointer moves only left and right, so only two targets next to the centre can be
    /// reached.
    pub(super) fn shapes(&self, on_axis: bool) -> Vec<Shape> {
        match self {
            Self::CentreOut => around(if on_axis { 2 } else { 8 }),
            Self::Grid => grid(),
            Self::Desktop(desktop) => desktop.0.clone(),
        }
    }

    /// Whether every trial starts in the centre.
    pub(super) fn is_from_middle(&self) -> bool {
        *self == Self::CentreOut
    }
}

/// This many circles around the centre.
fn around(count: usize) -> Vec<Shape> {
    let one = |k: usize| {
        let (sin, cos) = libm::sincos(TAU * k as f64 / count as f64);
        Shape::circle([0.5 + FAR * cos, 0.5 + FAR * sin])
    };
    (0..count).map(one).collect()
}

fn grid() -> Vec<Shape> {
    let cell = 1.0 / SIDE as f64;
    let one = |k: usize| Shape {
        middle: [k % SIDE, k / SIDE].map(|place| (place as f64 + 0.5) * cell),
        half: [0.5 * FILLED * cell; 2],
        is_round: false,
    };
    (0..SIDE * SIDE).map(one).collect()
}

/// Random decoys around a target, of the same size. They do not touch it, and are at most a fifth of the field away.
pub(super) fn decoys(around: &Shape, count: usize, random: &mut ChaCha8Rng) -> Vec<Shape> {
    const FURTHEST: f64 = 0.2;
    let nearest = 2.0 * around.half[0].hypot(around.half[1]).min(RADIUS);
    let mut share = || random.next_u64() as f64 / u64::MAX as f64;
    let mut one = |_| {
        let (sin, cos) = libm::sincos(TAU * share());
        let far = nearest + (FURTHEST - nearest) * share();
        Shape {
            middle: [around.middle[0] + far * cos, around.middle[1] + far * sin],
            half: [RADIUS; 2],
            is_round: true,
        }
    };
    (0..count).map(&mut one).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn eight() -> Vec<Shape> {
        around(8)
    }

    #[test]
    fn targets_lie_in_the_field_and_apart() {
        let desktop = Field::Desktop(Desktop::recorded().unwrap());
        for field in [Field::CentreOut, Field::Grid, desktop] {
            let shapes = field.shapes(false);
            assert!(shapes.len() >= 8);
            for shape in &shapes {
                assert!(shape.contains(shape.aim([0.0; 2])) && shape.contains(shape.aim([1.0; 2])));
                for axis in 0..2 {
                    let [low, high] =
                        [-1.0, 1.0].map(|s| shape.middle[axis] + s * shape.half[axis]);
                    assert!(low >= -1e-9 && high <= 1.0 + 1e-9, "{shape:?}");
                }
            }
            if field != Field::Grid && field != Field::CentreOut {
                continue;
            }
            for (k, one) in shapes.iter().enumerate() {
                assert!(shapes[..k].iter().all(|other| !other.contains(one.middle)));
            }
        }
    }

    #[test]
    fn a_long_target_is_aimed_at_its_nearest_part() {
        let field = Shape {
            middle: [0.5, 0.5],
            half: [0.3, 0.02],
            is_round: false,
        };
        assert_eq!(field.aim([0.6, 0.9]), [0.6, 0.5]);
        let [x, y] = field.aim([0.0, 0.1]);
        assert!((x - 0.22).abs() < 1e-12 && y == 0.5);
        assert_eq!(Shape::circle([0.2, 0.3]).aim([0.9, 0.9]), [0.2, 0.3]);
    }

    #[test]
    fn other_text_is_no_desktop() {
        for (text, message) in [
            ("{}", "not a list of targets"),
            (
                r#"{"targets": []}"#,
                "0 visible targets, expected 2 or more",
            ),
        ] {
            let error = Desktop::from_json(text).unwrap_err().to_string();
            assert!(error.to_lowercase().contains(message), "{error}");
        }
    }
}
