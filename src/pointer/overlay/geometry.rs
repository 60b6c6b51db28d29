//! Where everything lies that is shown beside the pointer and around targets, whatever draws it.

use crate::control::{ChoiceLine, Rect};

/// Lengths of the line and of frames are for a screen of this height, pixels.
pub(super) const REFERENCE_HEIGHT_PX: f64 = 1080.0;
/// Distance of the stripes' edges from the line, pixels on a screen 1080 pixels high. The first class's stripe lies
/// before the line.
pub(super) const STRIPES: [[f64; 2]; 2] = [[-5.0, -1.0], [1.0, 11.0]];
/// Widths of the white frame around what was chosen and of the black one around it, pixels on a screen 1080 pixels high.
pub(super) const CHOSEN_PX: [f64; 2] = [4.0, 7.0];

/// Where the arrow starts and ends (distance from the pointer), the length of its head, and half the widths of shaft
/// and head, all as fractions of the badge's height.
const FROM: f64 = 0.5;
const TO: f64 = 1.25;
const HEAD: f64 = 0.4;
const HALF_SHAFT: f64 = 0.07;
const HALF_HEAD: f64 = 0.24;
/// Width of its edge.
pub(super) const EDGE: f64 = 0.06;

/// Width and height of the badge, pixels.
pub(super) fn size(height: u16) -> [u16; 2] {
    [height + height * 4 / 5, height]
}

/// Distance of the badge from the pointer, sideways and down, pixels.
pub(super) fn gap(height: u16, has_arrow: bool) -> i32 {
    let reach = if has_arrow { TO } else { 0.5 };
    (reach * f64::from(height)) as i32
}

/// Position of the badge: to the right of and below the pointer, or on the other side at the edge of the screen.
pub(super) fn beside(pointer: [i32; 2], size: [i32; 2], screen: &Rect, gap: i32) -> [i32; 2] {
    let (from, length) = ([screen.x, screen.y], [screen.width, screen.height]);
    [0, 1].map(|axis| {
        let after = pointer[axis] + gap;
        if after + size[axis] <= from[axis] + length[axis] {
            after
        } else {
            (pointer[axis] - gap - size[axis]).max(from[axis])
        }
    })
}

/// Half the side length of the arrow's square, pixels.
pub(super) fn reach_px(height: u16) -> u16 {
    ((TO + 3.0 * EDGE) * f64::from(height)).ceil() as u16
}

/// Corners of the arrow around the pointer, made wider by `edge`; pixels to the right and down.
pub(super) fn arrow(heading_rad: f64, height: f64, edge: f64) -> [[f64; 2]; 7] {
    let (sin, cos) = heading_rad.sin_cos();
    let point = |along: f64, across: f64| {
        [along * cos - across * sin, along * sin + across * cos].map(|at| at * height)
    };
    let (shaft, head) = (HALF_SHAFT + edge, HALF_HEAD + 1.5 * edge);
    let neck = TO - HEAD - edge;
    [
        point(FROM - edge, -shaft),
        point(neck, -shaft),
        point(neck, -head),
        point(TO + 2.0 * edge, 0.0),
        point(neck, head),
        point(neck, shaft),
        point(FROM - edge, shaft),
    ]
}

/// Corners of a stripe across the desktop.
pub(super) fn stripe(choice: &ChoiceLine, stripe: [f64; 2], desktop: &Rect) -> [[f64; 2]; 4] {
    let (sin, cos) = choice.normal_rad.sin_cos();
    let scale = f64::from(desktop.height) / REFERENCE_HEIGHT_PX;
    let middle = desktop.middle();
    // Long enough to cross the desktop at any angle, from the point of the line that is nearest to the centre.
    let reach = 0.5 * f64::from(desktop.width).hypot(f64::from(desktop.height)) + 50.0;
    let along = middle[1] * cos - middle[0] * sin;
    let point = |beside: f64, along: f64| {
        let off = choice.offset_px + beside * scale;
        [off * cos - along * sin, off * sin + along * cos]
    };
    let [from, to] = stripe;
    [
        point(from, along - reach),
        point(to, along - reach),
        point(to, along + reach),
        point(from, along + reach),
    ]
}

/// Thickness of the frames of targets on a stripe's side: half as thick as the stripe.
pub(super) fn frame_px(stripe: [f64; 2], desktop: &Rect) -> i32 {
    let scale = f64::from(desktop.height) / REFERENCE_HEIGHT_PX;
    (0.5 * (stripe[1] - stripe[0]) * scale).round().max(1.0) as i32
}

/// The four sides of a frame around a rectangle.
pub(super) fn frame(rect: &Rect, thick: i32) -> [Rect; 4] {
    let [left, top] = [rect.x - thick, rect.y - thick];
    let [width, height] = [rect.width + 2 * thick, rect.height + 2 * thick];
    [
        Rect::new(left, top, width, thick),
        Rect::new(left, rect.y + rect.height, width, thick),
        Rect::new(left, top, thick, height),
        Rect::new(rect.x + rect.width, top, thick, height),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_stays_on_the_screen_and_off_the_pointer() {
        for (left, top) in [(0, 0), (-1280, 300)] {
            let screen = Rect::new(left, top, 1280, 800);
            for x in (left..left + 1280).step_by(7) {
                for y in (top..top + 800).step_by(7) {
                    for gap in [false, true].map(|has_arrow| gap(40, has_arrow)) {
                        let [at_x, at_y] = beside([x, y], [72, 40], &screen, gap);
                        let badge = Rect::new(at_x, at_y, 72, 40);
                        assert_eq!(badge.cut_to(&screen), Some(badge));
                        assert!(!badge.contains([x, y]), "{x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_arrow_points_ahead_and_stays_in_its_square() {
        for (degrees, ahead) in [(0, [1.0, 0.0]), (90, [0.0, 1.0]), (180, [-1.0, 0.0])] {
            let heading_rad = f64::from(degrees).to_radians();
            let tip = arrow(heading_rad, 40.0, 0.0)[3];
            for axis in [0, 1] {
                assert!(
                    (tip[axis] - TO * 40.0 * ahead[axis]).abs() < 1e-9,
                    "{tip:?}"
                );
            }
            let reach = f64::from(reach_px(40));
            let far = arrow(heading_rad, 40.0, EDGE);
            assert!(far.iter().flatten().all(|at| at.abs() <= reach), "{far:?}");
        }
    }

    #[test]
    fn stripes_lie_on_their_classes_sides_and_cross_the_desktop() {
        for normal_rad in [-1.5, -0.7, 0.0, 0.4, 1.57] {
            let (sin, cos) = f64::sin_cos(normal_rad);
            let offset_px = 640.0 * cos + 400.0 * sin + 30.0;
            let choice = ChoiceLine {
                normal_rad,
                offset_px,
            };
            for (second, edges) in STRIPES.into_iter().enumerate() {
                for at in stripe(&choice, edges, &Rect::new(0, 0, 1280, 800)) {
                    let far = at[0] * cos + at[1] * sin - offset_px;
                    assert!(far.abs() < 10.0);
                    assert!(far.abs() < 1.0 || choice.is_second(at) == (second == 1));
                    let outside = !(0.0..1280.0).contains(&at[0]) || !(0.0..800.0).contains(&at[1]);
                    assert!(outside, "{at:?}");
                }
            }
        }
    }
}
