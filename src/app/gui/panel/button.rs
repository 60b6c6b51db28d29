//! A large button with an icon and a few words. It shows by shape as well as by colour that it is on, and how long the pointer has stayed on it.

use super::icons;
use crate::app::gui::look::palette;
use eframe::egui::{
    Color32, FontId, Galley, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use lucide_icons::Icon;
use std::borrow::Cow;
use std::sync::Arc;

const ROUNDING: f32 = 8.0;
/// Space within the edges of a button, points.
const INSET: f32 = 8.0;
/// The same where the button is low.
const LOW_INSET: f32 = 3.0;
const KEY_INSET: f32 = 2.0;
const LOW: f32 = 44.0;
const ICON: f32 = 28.0;
/// Largest and smallest text, points.
const TEXT: [f32; 2] = [17.0, 11.0];
/// Largest text of a key, points.
const KEY_TEXT: f32 = 26.0;
/// Height of the bar that shows the dwell time, points.
const BAR: f32 = 8.0;
/// From this width on, the words are beside the icon instead of below it, points.
const WIDE: f32 = 130.0;

/// What a button shows.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) icon: Option<Icon>,
    pub(super) label: Cow<'static, str>,
    /// A key shows either its icon or its label, as large as fits.
    is_key: bool,
    /// A value, below the label.
    pub(super) detail: Option<String>,
    pub(super) is_on: bool,
}

impl Face {
    /// A button with an icon and words.
    pub(super) fn new(icon: Icon, label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            icon: Some(icon),
            label: label.into(),
            is_key: false,
            detail: None,
            is_on: false,
        }
    }

    /// A key with an icon, or else with its label.
    pub(super) fn key(icon: Option<Icon>, label: String) -> Self {
        Self {
            icon,
            label: label.into(),
            is_key: true,
            detail: None,
            is_on: false,
        }
    }
}

/// How a button is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) rect: Rect,
    /// Width and height of the tag that may be shown on it, points; 0 if there are no tags.
    pub(super) tag: f32,
    /// Fraction of the dwell time that has passed.
    pub(super) dwell: f32,
    /// A key needs less space around its letter.
    pub(super) is_key: bool,
}

impl Shown {
    /// The part that is left for icon and words, and the place that is looked at or pointed at.
    fn parts(self) -> (Rect, Rect) {
        if self.tag <= 0.0 {
            return (self.rect.shrink2(self.inset()), self.rect);
        }
        let tag = self.tag + 2.0 * INSET;
        let (words, tag) = if self.rect.width() >= self.rect.height() {
            self.rect
                .split_left_right_at_x((self.rect.right() - tag).max(self.rect.left()))
        } else {
            self.rect
                .split_top_bottom_at_y((self.rect.bottom() - tag).max(self.rect.top()))
        };
        (words.shrink2(self.inset()), tag)
    }

    /// Space within the edges.
    fn inset(self) -> Vec2 {
        if self.is_key {
            return vec2(KEY_INSET, KEY_INSET);
        }
        let is_low = self.rect.height() < LOW;
        vec2(INSET, if is_low { LOW_INSET } else { INSET })
    }

    /// The part that is left for icon and words.
    #[cfg(test)]
    pub(super) fn words(self) -> Rect {
        self.parts().0
    }

    /// The place that is looked at or pointed at.
    pub(super) fn target(self) -> Rect {
        self.parts().1
    }
}

/// Shows a button, which has a number among those that are shown. Returns whether it was pressed: a button that shows something else than when
/// it went down was not.
pub(super) fn show(ui: &mut Ui, number: usize, face: &Face, shown: Shown) -> bool {
    let id = ui.scope_id().with((number, &face.label));
    let response = ui.interact(shown.rect, id, Sense::click());
    response.widget_info(|| {
        let name = match &face.detail {
            Some(detail) => format!("{}, {detail}", face.label),
            None => face.label.clone().into_owned(),
        };
        WidgetInfo::selected(Role::Button, true, face.is_on, name)
    });
    let own = palette(ui);
    let (fill, text) = match (face.is_on, response.hovered()) {
        (true, _) => (own.selected[0], own.selected[1]),
        (false, true) => (own.buttons[1], own.text),
        (false, false) => (own.buttons[0], own.text),
    };
    let painter = ui.painter();
    painter.rect_filled(shown.rect, ROUNDING, fill);
    let marked = if face.is_on { text } else { own.focus() };
    let edge = if response.hovered() {
        Stroke::new(3.0, marked)
    } else {
        Stroke::new(own.border_px, own.border)
    };
    painter.rect_stroke(shown.rect, ROUNDING, edge, StrokeKind::Inside);
    if face.is_on {
        // A tick in the corner, so that it does not depend on the colour.
        let at = shown.rect.right_top() + vec2(-INSET - 6.0, INSET + 6.0);
        let tick = icons::galley(painter, Icon::Check, 16.0, text);
        painter.galley(at - tick.size() / 2.0, tick, text);
    }
    let (words, _) = shown.parts();
    if words.size().min_elem() < TEXT[1] {
        // The window has still the size of another page.
    } else if face.is_key {
        draw_key(painter, face, words, text);
    } else {
        draw(painter, face, words, text);
    }
    if response.hovered() && shown.dwell > 0.0 {
        let bar = shown.rect.shrink(4.0);
        let bar = Rect::from_min_max(
            pos2(bar.left(), bar.bottom() - BAR),
            pos2(bar.left() + shown.dwell * bar.width(), bar.bottom()),
        );
        painter.rect_filled(bar, 3.0, marked);
    }
    response.clicked()
}

/// The icon of a key, or its character or word.
fn draw_key(painter: &Painter, face: &Face, room: Rect, colour: Color32) {
    let galley = match face.icon {
        Some(icon) => icons::galley(painter, icon, ICON.min(room.size().min_elem()), colour),
        None => largest(
            painter,
            &face.label,
            room.size(),
            [KEY_TEXT, TEXT[1]],
            colour,
        ),
    };
    let at = room.center() - galley.size() / 2.0;
    painter.galley(snapped(at), galley, colour);
}

/// Icon and words, in the middle of their room.
fn draw(painter: &Painter, face: &Face, room: Rect, colour: Color32) {
    let icon = face.icon.unwrap_or(Icon::Square);
    let icon = icons::galley(painter, icon, ICON.min(room.height()), colour);
    let is_beside = room.width() >= WIDE || room.height() < ICON + 2.0 * TEXT[1];
    let most = if is_beside {
        room.width() - icon.size().x - INSET
    } else {
        room.width()
    };
    let label = fitting(painter, &face.label, most, colour);
    let detail = face
        .detail
        .as_ref()
        .map(|detail| fitting(painter, detail, most, colour));
    let lines: Vec<Arc<Galley>> = std::iter::once(label).chain(detail).collect();
    let height: f32 = lines.iter().map(|line| line.size().y).sum();
    if is_beside {
        let at = pos2(room.left(), room.center().y - icon.size().y / 2.0);
        let left = room.left() + icon.size().x + INSET;
        painter.galley(snapped(at), icon, colour);
        put(
            painter,
            lines,
            room.center().y - height / 2.0,
            colour,
            |_| left,
        );
    } else {
        let top = room.center().y - (icon.size().y + height) / 2.0;
        let at = pos2(room.center().x - icon.size().x / 2.0, top);
        let below = top + icon.size().y;
        painter.galley(snapped(at), icon, colour);
        put(painter, lines, below, colour, |line| {
            room.center().x - line.size().x / 2.0
        });
    }
}

fn put(
    painter: &Painter,
    lines: Vec<Arc<Galley>>,
    mut top: f32,
    colour: Color32,
    left: impl Fn(&Galley) -> f32,
) {
    for line in lines {
        let (at, height) = (pos2(left(&line), top), line.size().y);
        painter.galley(snapped(at), line, colour);
        top += height;
    }
}

fn snapped(at: Pos2) -> Pos2 {
    at.round()
}

/// Words in the largest size that fits into a width.
pub(super) fn fitting(painter: &Painter, words: &str, most: f32, colour: Color32) -> Arc<Galley> {
    largest(painter, words, vec2(most, f32::INFINITY), TEXT, colour)
}

/// Words in the largest size that fits into a room, from the first to the second size, points.
fn largest(
    painter: &Painter,
    words: &str,
    room: Vec2,
    [most, least]: [f32; 2],
    colour: Color32,
) -> Arc<Galley> {
    let of_size = |size: f32| {
        let font = FontId::proportional(size);
        painter.layout_no_wrap(words.to_owned(), font, colour)
    };
    let mut size = most;
    loop {
        let galley = of_size(size);
        let fits = galley.size().x <= room.x && galley.size().y <= room.y;
        if fits || size <= least {
            return galley;
        }
        size -= 1.0;
    }
}
