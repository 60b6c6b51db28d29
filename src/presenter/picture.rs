//! What the picture of a tag looks like at each step of brightness.

use crate::rect::Rect;
use crate::stimulus::appearance::{Appearance, STEPS};

/// The rim: a dark line outside and a bright one inside, so that a tag is visible on any ground. It does not flicker.
const RIM: [[u8; 3]; 2] = [[0; 3], [255; 3]];
/// Fields of the checkerboard along a side, and the least width of one, pixels.
const FIELDS: i32 = 8;
const FIELD_PX: i32 = 3;

/// Rectangles of one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) colour: [u8; 3],
    pub(super) rects: Vec<Rect>,
}

/// The picture of a tag of this width and height at a step of brightness. Later parts cover earlier ones.
pub(super) fn parts(appearance: &Appearance, step: u8, side: u16) -> Vec<Part> {
    let side = i32::from(side);
    let inset = RIM.len() as i32;
    let fields = (inset, appearance.srgb(step));
    let squares = (0..).zip(RIM).chain([fields]);
    let mut parts: Vec<Part> = squares
        .map(|(inset, colour)| Part {
            colour,
            rects: vec![square(inset, side)],
        })
        .collect();
    if appearance.is_textured() {
        parts.push(Part {
            colour: appearance.srgb(STEPS - step.min(STEPS)),
            rects: other_fields(inset, side),
        });
    }
    parts
}

/// A square within another one, `inset` pixels from its sides.
fn square(inset: i32, side: i32) -> Rect {
    let across = (side - 2 * inset).max(0);
    Rect {
        x: inset,
        y: inset,
        width: across,
        height: across,
    }
}

/// Every other field of a checkerboard.
fn other_fields(inset: i32, side: i32) -> Vec<Rect> {
    let across = (side - 2 * inset).max(0);
    // An even number, so that both halves are equally large.
    let fields = (across / FIELD_PX).clamp(2, FIELDS) / 2 * 2;
    // Ends of the fields, in whole pixels.
    let at = |k: i32| inset + across * k / fields;
    let field = |row: i32, column: i32| Rect {
        x: at(column),
        y: at(row),
        width: at(column + 1) - at(column),
        height: at(row + 1) - at(row),
    };
    let all = (0..fields * fields).map(|k| (k / fields, k % fields));
    all.filter(|(row, column)| (row + column) % 2 == 1)
        .map(|(row, column)| field(row, column))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_the_checkerboard_are_equally_large() {
        for side in [8, 12, 43, 48, 400] {
            let area: u32 = other_fields(2, side)
                .iter()
                .map(|field| (field.width * field.height) as u32)
                .sum();
            let whole = (side as u32 - 4).pow(2);
            assert!(
                area.abs_diff(whole - area) <= side as u32,
                "side {side}: {area} of {whole}"
            );
        }
    }
}
