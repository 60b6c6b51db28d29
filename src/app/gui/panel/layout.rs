//! Where the parts of the panel are.

use eframe::egui::{Rect, vec2};

/// Height of the state at the top of an upright panel, or its width in a flat one, points.
const HEAD: [f32; 2] = [44.0, 120.0];
/// Space between buttons, and around them, points.
const GAP: f32 = 6.0;
/// No target of the panel is smaller than this, pixels; and none is too low for a line of text, points.
const LEAST_PX: f32 = 48.0;
const LINE: f32 = 26.0;
/// Buttons grow up to this size, points: width and height.
const MOST: [f32; 2] = [150.0, 92.0];

/// How far the panel reaches from its edge without tags, points.
pub(super) fn thickness(is_upright: bool) -> f32 {
    if is_upright { 172.0 } else { 84.0 }
}

/// Smallest size of a target where a point is `scale` pixels, points.
pub(super) fn least(scale: f32) -> f32 {
    (LEAST_PX / scale).max(LINE)
}

/// The state, and the buttons of a page.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) head: Rect,
    pub(super) cells: Vec<Rect>,
}

/// Divides the panel into the state and `count` buttons in one row, or in as many as are needed for buttons that are large enough. Buttons that
/// do not fit at all are left out.
pub(super) fn layout(whole: Rect, is_upright: bool, count: usize, scale: f32) -> Layout {
    let least = least(scale);
    let inner = whole.shrink(GAP);
    let (head, mut rest) = if is_upright {
        inner.split_top_bottom_at_y((inner.top() + HEAD[0]).min(inner.bottom()))
    } else {
        inner.split_left_right_at_x((inner.left() + HEAD[1]).min(inner.right()))
    };
    rest.min += if is_upright {
        vec2(0.0, GAP)
    } else {
        vec2(GAP, 0.0)
    };
    let (along, across) = if is_upright {
        (rest.height(), rest.width())
    } else {
        (rest.width(), rest.height())
    };
    let fit = |length: f32| ((length + GAP) / (least + GAP)).floor().max(1.0) as usize;
    let rows = count.div_ceil(fit(along)).clamp(1, fit(across));
    let in_row = count.div_ceil(rows).clamp(1, fit(along));
    let size = |length: f32, parts: usize| (length + GAP) / parts as f32 - GAP;
    let most = if is_upright { MOST[1] } else { MOST[0] };
    let (length, breadth) = (size(along, in_row).min(most), size(across, rows));
    let cell = |number: usize| {
        let at = (number % in_row) as f32 * (length + GAP);
        let beside = (number / in_row) as f32 * (breadth + GAP);
        let (offset, size) = if is_upright {
            (vec2(beside, at), vec2(breadth, length))
        } else {
            (vec2(at, beside), vec2(length, breadth))
        };
        Rect::from_min_size(rest.min + offset, size)
    };
    let cells = (0..count.min(rows * in_row)).map(cell).collect();
    Layout { head, cells }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::Pos2;

    fn panel(width: f32, height: f32) -> Rect {
        Rect::from_min_size(Pos2::ZERO, vec2(width, height))
    }

    #[test]
    fn ten_buttons_fit_into_small_and_large_screens_without_touching() {
        for (whole, is_upright, scale) in [
            (panel(172.0, 800.0), true, 1.0),
            (panel(172.0, 600.0), true, 1.0),
            // Twice as large on a screen of 1280 x 800 pixels.
            (panel(172.0, 400.0), true, 2.0),
            (panel(240.0, 2160.0), true, 1.0),
            (panel(1280.0, 84.0), false, 1.0),
            (panel(640.0, 132.0), false, 2.0),
        ] {
            let Layout { head, cells } = layout(whole, is_upright, 10, scale);
            assert_eq!(cells.len(), 10, "{whole}");
            for (number, cell) in cells.iter().enumerate() {
                let size = cell.size();
                assert!(scale * size.min_elem() >= LEAST_PX, "{whole}: {cell}");
                assert!(whole.contains_rect(*cell) && !head.intersects(*cell));
                let others = cells.iter().skip(number + 1);
                assert!(others.clone().all(|other| !other.intersects(*cell)));
            }
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let cells = layout(panel(60.0, 200.0), true, 10, 1.0).cells;
        assert_eq!(cells.len(), 2);
    }
}
