//! The layout of a page: a head and a bar that are always visible, and between them a body that scrolls. They are drawn in reading
//! order, so that Tab follows that order.

use super::look::palette;
use eframe::egui::{
    self, Event, EventFilter, Frame, Id, Key, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, vec2,
};

/// How far an arrow key scrolls, points.
const ARROW: f32 = 60.0;
/// How far Page Up and Page Down scroll, as a share of the visible height.
const PAGE: f32 = 0.85;
/// More than the height of any page, points.
const WHOLE: f32 = 1e6;

/// Measurements of the last frame, which this one uses for its layout.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Measured {
    bar_height: f32,
    /// The bar had the same height in the frame before, so that everything is where the user saw it.
    is_settled: bool,
    overflows: bool,
    focused: Option<Id>,
}

/// Draws a page. Its three parts use `own`; `name` is what screen readers call its body. Returns what the bar returns.
pub(super) fn page<T, R>(
    ui: &mut Ui,
    name: &str,
    own: &mut T,
    head: impl FnOnce(&mut T, &mut Ui),
    body: impl FnOnce(&mut T, &mut Ui),
    bar: impl FnOnce(&mut T, &mut Ui) -> R,
) -> R {
    let id = ui.scope_id().with("page");
    let mut measured: Measured = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    egui::Panel::top("head").show(ui, |ui| head(own, ui));
    let rest = ui.available_rect_before_wrap();
    let middle = (rest.bottom() - measured.bar_height).max(rest.top());
    let (above, below) = rest.split_top_bottom_at_y(middle);
    ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
        ui.set_clip_rect(above);
        Frame::central_panel(ui.style()).show(ui, |ui| {
            scrolled(ui, id, name, &mut measured, |ui| body(own, ui));
        });
    });
    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
    let builder = UiBuilder::new().max_rect(below).id_salt("bar");
    let shown = ui.scope_builder(builder, |ui| {
        ui.painter()
            .rect_filled(below, 0.0, ui.visuals().panel_fill);
        ui.painter().hline(below.x_range(), below.top(), edge);
        Frame::new()
            .inner_margin(vec2(8.0, 6.0))
            .show(ui, |ui| bar(own, ui))
    });
    let height = shown.response.rect.height();
    measured.is_settled = (height - measured.bar_height).abs() <= 0.5;
    if !measured.is_settled {
        measured.bar_height = height;
        ui.ctx().request_discard("the bar has another height");
    }
    ui.data_mut(|data| data.insert_temp(id, measured));
    shown.inner.inner
}

/// Scrolls by wheel, and by keyboard: with Page Up and Page Down always; with arrows, Home and End while the page has the focus, which
/// Tab gives it if there is something to scroll.
fn scrolled(
    ui: &mut Ui,
    id: Id,
    name: &str,
    measured: &mut Measured,
    content: impl FnOnce(&mut Ui),
) {
    let view = ui.available_rect_before_wrap();
    let by_keys = if measured.overflows {
        keys(ui, id, name, view)
    } else {
        0.0
    };
    let area = ScrollArea::vertical().auto_shrink([false; 2]).id_salt(id);
    let shown = area.show(ui, |ui| {
        if by_keys != 0.0 {
            ui.scroll_with_delta(vec2(0.0, by_keys));
        }
        content(ui);
        if measured.is_settled {
            follow_focus(ui, view, &mut measured.focused);
        }
    });
    let overflows = shown.content_size.y > shown.inner_rect.height() + 1.0;
    if overflows != measured.overflows {
        measured.overflows = overflows;
        ui.ctx().request_repaint();
    }
}

/// How far the keys of this frame scroll, points; up is positive.
fn keys(ui: &Ui, id: Id, name: &str, view: Rect) -> f32 {
    let region = ui.interact(view, id.with("region"), Sense::focusable_noninteractive());
    region.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ScrollView, true, name));
    let is_focused = region.has_focus();
    if is_focused {
        // Otherwise an arrow would move the focus to the next button.
        let arrows = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(region.id, arrows));
        let ring = Stroke::new(3.0, palette(ui).focus());
        ui.painter()
            .rect_stroke(view, 0.0, ring, egui::StrokeKind::Inside);
    }
    let page = PAGE * view.height();
    let of_key = |key: &Key| match key {
        Key::PageUp => page,
        Key::PageDown => -page,
        Key::ArrowUp if is_focused => ARROW,
        Key::ArrowDown if is_focused => -ARROW,
        Key::Home if is_focused => WHOLE,
        Key::End if is_focused => -WHOLE,
        _ => 0.0,
    };
    ui.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key, pressed: true, ..
            } => Some(of_key(key)),
            _ => None,
        });
        keys.sum()
    })
}

/// Scrolls to the widget that has received the focus.
fn follow_focus(ui: &mut Ui, view: Rect, before: &mut Option<Id>) {
    let focused = ui.memory(|memory| memory.focused());
    if std::mem::replace(before, focused) == focused {
        return;
    }
    let Some(response) = focused.and_then(|id| ui.ctx().read_response(id)) else {
        return;
    };
    // A widget in another part of the window is visible there.
    let seen = response.interact_rect;
    let is_elsewhere = seen.is_positive() && !view.expand(4.0).contains_rect(seen);
    let is_in_width = view.x_range().contains(response.rect.center().x);
    let is_hidden = !view.contains_rect(response.rect) && response.rect.height() < view.height();
    if is_hidden && is_in_width && !is_elsewhere {
        ui.scroll_to_rect(response.rect.expand(8.0), None);
    }
}

/// Lays things out from left to right at the right end of a row.
pub(super) fn at_right(ui: &mut Ui, salt: &str, content: impl FnOnce(&mut Ui)) {
    let id = ui.scope_id().with(salt);
    let width: f32 = right_width(ui, salt);
    ui.add_space((ui.available_width() - width).max(0.0));
    let shown = ui.horizontal(content).response.rect.width();
    if (shown - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, shown));
        ui.ctx().request_discard("the right end has another width");
    }
}

/// Keeps things together: if the row is too short for all of them, they start the next one.
pub(super) fn together(ui: &mut Ui, salt: &str, content: impl FnOnce(&mut Ui)) {
    let id = ui.scope_id().with(salt);
    let width: f32 = right_width(ui, salt);
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
    let shown = ui.horizontal(content).response.rect.width();
    if (shown - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, shown));
        ui.ctx().request_discard("a group has another width");
    }
}

/// Width of what [`at_right`] or [`together`] drew in the last frame.
pub(super) fn right_width(ui: &Ui, salt: &str) -> f32 {
    let id = ui.scope_id().with(salt);
    ui.data(|data| data.get_temp(id)).unwrap_or(0.0)
}
