//! Where the fields are, and the marks at them.

use super::cues::arrow;
use crate::app::gui::look::HIGH_CONTRAST;
use crate::guided::looks::{COLUMNS, ROWS};
use crate::rect::Rect as ScreenRect;
use eframe::egui::{Painter, Pos2, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// Distance between a field and the frame that marks it, and the frame's width, points.
const GAP: f32 = 16.0;
const LINE: f32 = 7.0;

/// The middles of the fields, row by row.
pub(super) fn centres(area: Rect) -> impl Iterator<Item = Pos2> {
    let cell = vec2(area.width() / COLUMNS as f32, area.height() / ROWS as f32);
    (0..COLUMNS * ROWS).map(move |field| {
        let (row, column) = ((field / COLUMNS) as f32, (field % COLUMNS) as f32);
        pos2(
            area.left() + cell.x * (column + 0.5),
            area.top() + cell.y * (row + 0.5),
        )
    })
}

/// Where the fields are on the desktop, pixels.
pub(super) fn targets(ui: &Ui, area: Rect, side: f32) -> impl Iterator<Item = ScreenRect> {
    let scale = ui.ctx().pixels_per_point();
    let window = ui.ctx().input(|input| input.viewport().inner_rect);
    let origin = window.map_or(Vec2::ZERO, |window| window.min.to_vec2());
    let length = (scale * side).round() as i32;
    centres(area).map(move |centre| {
        let middle = scale * (centre + origin).to_vec2();
        ScreenRect {
            x: middle.x.round() as i32 - length / 2,
            y: middle.y.round() as i32 - length / 2,
            width: length,
            height: length,
        }
    })
}

/// A frame around a field, and an arrow that points to it: from below, or from above if it is in the last row.
pub(super) fn mark(painter: &Painter, place: Rect, is_in_last_row: bool) {
    let line = Stroke::new(LINE, HIGH_CONTRAST.warning);
    let around = place.expand(GAP);
    painter.rect_stroke(around, 6.0, line, StrokeKind::Outside);
    let size = 0.5 * place.width().max(30.0);
    let away = 0.5 * around.height() + LINE + 1.2 * size;
    let (direction, from) = if is_in_last_row {
        (vec2(0.0, 1.0), vec2(0.0, -away))
    } else {
        (vec2(0.0, -1.0), vec2(0.0, away))
    };
    arrow(painter, place.center() + from, direction, size);
}

/// A frame around the field that was chosen.
pub(super) fn frame_choice(painter: &Painter, place: Rect, is_right: bool) {
    let colour = if is_right {
        HIGH_CONTRAST.good
    } else {
        HIGH_CONTRAST.bad
    };
    let line = Stroke::new(LINE, colour);
    painter.rect_stroke(place.expand(GAP), 6.0, line, StrokeKind::Outside);
}
