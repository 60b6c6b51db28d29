//! Where the parts of the panel are.

use eframe::egui::{Rect, pos2, vec2};

/// Height of the state at the top of an upright panel, or its width in a flat one, points.
const HEAD: [f32; 2] = [44.0, 120.0];
/// Space between buttons, and around them, points.
const GAP: f32 = 6.0;
/// No target of the panel is smaller than this, pixels; and none is too low for a line of text, points.
const LEAST_PX: f32 = 48.0;
const LINE: f32 = 26.0;
/// Buttons grow up to this size, points: width and height.
const MOST: [f32; 2] = [150.0, 92.0];
/// Width of the buttons of an upright panel, of those in several columns, and height of those of a flat panel, points.
const WIDE: f32 = 160.0;
const BESIDE: f32 = 120.0;
const HIGH: f32 = 72.0;
/// Words of this width are below an icon, points.
const BELOW: f32 = 80.0;
/// What a tag needs beside itself, points.
const TAG_ROOM: f32 = 12.0;

/// Smallest size of a target where a point is `scale` pixels, points.
pub(super) fn least(scale: f32) -> f32 {
    (LEAST_PX / scale).max(LINE)
}

/// The shortest button along the panel, points: in a flat one, words are below an icon.
fn shortest(is_upright: bool, scale: f32) -> f32 {
    if is_upright {
        least(scale)
    } else {
        least(scale).max(BELOW)
    }
}

/// How many buttons fit into this length, at least one.
fn fitting(length: f32, each: f32) -> usize {
    ((length + GAP) / (each + GAP)).floor().max(1.0) as usize
}

/// How far the panel reaches from its edge, points, with `count` buttons along an edge of this length, each with room for a tag.
pub(super) fn thickness(is_upright: bool, count: usize, length: f32, tag: f32, scale: f32) -> f32 {
    let rest = length - HEAD[usize::from(!is_upright)] - 3.0 * GAP;
    let rows = count.div_ceil(fitting(rest, shortest(is_upright, scale)));
    let each = match (is_upright, rows) {
        (true, 1) => WIDE,
        (true, _) => BESIDE,
        (false, _) => HIGH,
    };
    let tag = if tag > 0.0 { tag + TAG_ROOM } else { 0.0 };
    rows as f32 * (each + tag + GAP) + GAP
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
    let shortest = shortest(is_upright, scale);
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
    let in_length = fitting(along, shortest);
    let rows = count.div_ceil(in_length);
    let rows = rows.clamp(1, fitting(across, least(scale)));
    let in_row = count.div_ceil(rows).clamp(1, in_length);
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

/// Height of the line above a keyboard, points.
const WRITTEN: f32 = 30.0;
/// Number of rows of a keyboard with ten columns, and of one with fewer.
const ROWS: [usize; 2] = [5, 9];
/// Keys are at least so large where there is room, points.
const KEY: f32 = 52.0;
/// Space around a tag on its key, and what a letter or an icon needs beside it, points.
const AROUND_TAG: f32 = 16.0;
const LETTER: f32 = 22.0;

/// How far a panel with a keyboard reaches from its edge, points; an upright one is as high as the screen.
pub(super) fn keyboard_thickness(
    is_upright: bool,
    columns: u8,
    screen: f32,
    tag: f32,
    scale: f32,
) -> f32 {
    let rows = ROWS[usize::from(columns < 10)] as f32;
    let key = least(scale).max(KEY.min(2.0 * KEY / scale));
    let tag = if tag > 0.0 { tag + AROUND_TAG } else { 0.0 };
    if !is_upright {
        return rows * (key.max(tag) + GAP) + WRITTEN + 2.0 * GAP;
    }
    let height = ((screen - WRITTEN - 2.0 * GAP) / rows - GAP).min(MOST[1]);
    // The tag is below the letter, or beside it where there is no room.
    let width = if height >= tag + LETTER {
        key.max(tag)
    } else {
        key.max(tag + LETTER)
    };
    f32::from(columns) * (width + GAP) + GAP
}

/// Divides a panel into a line of text, and cells in rows: for each row, how many columns each cell takes.
pub(super) fn grid(whole: Rect, columns: u8, rows: &[Vec<u8>]) -> (Rect, Vec<Rect>) {
    let inner = whole.shrink(GAP);
    let (line, mut rest) = inner.split_top_bottom_at_y(inner.top() + WRITTEN);
    rest.min.y += GAP;
    let part = |length: f32, parts: f32| ((length + GAP) / parts - GAP).max(1.0);
    let width = part(rest.width(), f32::from(columns));
    let height = part(rest.height(), rows.len() as f32).min(MOST[1]);
    let mut cells = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let top = rest.top() + number as f32 * (height + GAP);
        let mut left = rest.left();
        for columns in row {
            let columns = f32::from(*columns);
            let size = vec2(columns * (width + GAP) - GAP, height);
            cells.push(Rect::from_min_size(pos2(left, top), size));
            left += size.x + GAP;
        }
    }
    (line, cells)
}

#[cfg(test)]
mod tests {
    use super::super::button::Shown;
    use super::*;
    use eframe::egui::Pos2;

    fn panel(width: f32, height: f32) -> Rect {
        Rect::from_min_size(Pos2::ZERO, vec2(width, height))
    }

    /// Eleven buttons have room for an icon, for words beside or below it, and for a tag.
    #[test]
    fn buttons_fit_into_small_and_large_screens_without_touching() {
        let count = 11;
        for ([width, height], scale) in [
            ([1280.0, 800.0], 1.0),
            ([1280.0, 720.0], 1.0),
            ([800.0, 600.0], 1.0),
            ([640.0, 400.0], 2.0),
            ([1280.0, 720.0], 1.5),
            ([3840.0, 2160.0], 1.0),
        ] {
            for (is_upright, tag) in [(true, 0.0), (true, 36.0), (false, 0.0), (false, 36.0)] {
                let length = if is_upright { height } else { width };
                let thick = thickness(is_upright, count, length, tag, scale);
                let whole = if is_upright {
                    panel(thick, length)
                } else {
                    panel(length, thick)
                };
                let what = format!("{whole}, {scale} times, a tag of {tag}");
                let Layout { head, cells } = layout(whole, is_upright, count, scale);
                assert_eq!(cells.len(), count, "{what}");
                for (number, cell) in cells.iter().enumerate() {
                    let size = cell.size();
                    assert!(scale * size.min_elem() >= LEAST_PX, "{what}: {size}");
                    let is_beside = is_upright && size.x >= BESIDE - 1.0 + tag;
                    let is_below = size.x >= BELOW && size.y >= HIGH - 1.0 + tag;
                    assert!(is_beside || is_below, "{what}: {size}");
                    assert!(whole.contains_rect(*cell) && !head.intersects(*cell));
                    let mut others = cells.iter().skip(number + 1);
                    assert!(others.all(|other| !other.intersects(*cell)), "{what}");
                }
            }
        }
    }

    /// Keys are large enough to be pointed at, and have room for a tag with a letter beside it.
    #[test]
    fn keys_fit_into_small_and_large_screens_without_touching() {
        for (width, height, scale, tag) in [
            (1280.0, 800.0, 1.0, 0.0),
            (1280.0, 800.0, 1.0, 36.0),
            (1920.0, 1080.0, 1.0, 48.0),
            (1280.0, 720.0, 1.0, 32.0),
            (1366.0, 768.0, 1.0, 34.0),
            (1920.0, 1200.0, 1.0, 53.3),
            (2560.0, 1440.0, 1.0, 64.0),
            (960.0, 540.0, 2.0, 24.0),
            (1280.0, 720.0, 1.5, 32.0),
            (640.0, 400.0, 2.0, 18.0),
            (1920.0, 1080.0, 1.5, 32.0),
        ] {
            for (is_upright, columns) in [(true, 6), (true, 10), (false, 10)] {
                let thickness = keyboard_thickness(is_upright, columns, height, tag, scale);
                let whole = if is_upright {
                    panel(thickness, height)
                } else {
                    panel(width, thickness)
                };
                let rows = vec![vec![1; usize::from(columns)]; ROWS[usize::from(columns < 10)]];
                let (line, cells) = grid(whole, columns, &rows);
                let what = format!("{whole} {columns} columns, {scale} times");
                for (number, cell) in cells.iter().enumerate() {
                    let size = cell.size();
                    let least_px = if is_upright { 40.0 } else { LEAST_PX };
                    assert!(scale * size.x >= LEAST_PX, "{what}: {size}");
                    assert!(scale * size.y >= least_px, "{what}: {size}");
                    let shown = Shown {
                        rect: *cell,
                        tag,
                        dwell: 0.0,
                        is_key: true,
                    };
                    let letter = shown.words().size();
                    assert!(
                        letter.min_elem() >= 17.5,
                        "{what}: {letter} beside a tag of {tag}"
                    );
                    assert!(whole.expand(0.5).contains_rect(*cell), "{what}: {cell}");
                    assert!(!line.intersects(*cell));
                    let mut others = cells.iter().skip(number + 1);
                    assert!(others.all(|other| !other.intersects(*cell)), "{what}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let cells = layout(panel(60.0, 200.0), true, 10, 1.0).cells;
        assert_eq!(cells.len(), 2);
    }
}
