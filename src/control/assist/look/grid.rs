//! A grid for programs that publish no targets: the screen is divided into cells, and the cell that was looked at is divided again, until
//! it is a point.

use crate::rect::Rect;

/// A cell that is no larger is a point, pixels on a screen 1080 pixels high.
const POINT_PX: f64 = 40.0;
/// Distance between the middles of neighbouring tags, in widths of a tag, at least.
const APART: f64 = 1.5;
/// Most divisions: enough for the largest screen that X allows.
const DEEPEST: usize = 16;

/// A part of the screen that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Where its tag lies. Tags of small cells lie further apart than the cells do.
    pub(super) tag: Rect,
    /// The part of the screen.
    pub(super) area: Rect,
    /// It is small enough to point at.
    pub(super) is_point: bool,
}

/// What has been looked at so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    screen: Rect,
    /// The areas that were chosen, each within the one before.
    chosen: Vec<Rect>,
}

impl Grid {
    /// A grid without a screen.
    pub(super) fn new() -> Self {
        Self {
            screen: Rect {
                x: 0,
                y: 0,
                width: 1,
                height: 1,
            },
            chosen: Vec::with_capacity(DEEPEST),
        }
    }

    /// Starts with the whole of a screen.
    pub(super) fn restart(&mut self, screen: Rect) {
        self.screen = screen;
        self.chosen.clear();
    }

    /// The screen that is divided.
    pub(super) fn screen(&self) -> Rect {
        self.screen
    }

    /// The area that was chosen last; none at the start.
    pub(super) fn area(&self) -> Option<Rect> {
        self.chosen.last().copied()
    }

    /// Divides an area that was chosen.
    pub(super) fn enter(&mut self, area: Rect) {
        if self.chosen.len() < DEEPEST {
            self.chosen.push(area);
        }
    }

    /// Goes back to the area before.
    pub(super) fn leave(&mut self) {
        self.chosen.pop();
    }

    /// The cells of the area that was chosen last, row by row: `side` in each row and column, with tags of this width. A side that is as
    /// short as that of a point is not divided.
    pub(super) fn cells(&self, side: i32, tag_px: f64, scale: f64) -> impl Iterator<Item = Cell> {
        let (screen, area) = (self.screen, self.area().unwrap_or(self.screen));
        let point_px = POINT_PX * scale;
        let size = [area.width, area.height].map(f64::from);
        let counts = size.map(|size| if size > point_px { side } else { 1 });
        let apart = [0, 1].map(|axis: usize| {
            let count = f64::from(counts[axis]);
            let most = f64::from([screen.width, screen.height][axis]) / count;
            (size[axis] / count).max(APART * tag_px).min(most)
        });
        let covered = [0, 1].map(|axis: usize| apart[axis] * f64::from(counts[axis]));
        let middle = middle_of_tags(&screen, &area, covered);
        (0..counts[0] * counts[1]).map(move |place| {
            let at = [place % counts[0], place / counts[0]];
            let area = part(&area, at, counts);
            let off = [0, 1].map(|axis: usize| {
                apart[axis] * (f64::from(at[axis]) - 0.5 * f64::from(counts[axis] - 1))
            });
            Cell {
                tag: around([middle[0] + off[0], middle[1] + off[1]]),
                area,
                is_point: f64::from(area.width.max(area.height)) <= point_px,
            }
        })
    }
}

/// Where a tag lies that belongs to nothing else: at the edge of a screen, as far from an area as possible.
pub(super) fn far_from(area: &Rect, screen: &Rect, tag_px: f64) -> Rect {
    let left = f64::from(screen.x) + tag_px;
    let right = f64::from(screen.x.saturating_add(screen.width)) - tag_px;
    let [x, _] = area.middle();
    let at = if x - left > right - x { left } else { right };
    around([at, screen.middle()[1]])
}

/// The pixel at a place: a tag lies on its middle.
pub(super) fn around([x, y]: [f64; 2]) -> Rect {
    Rect {
        x: x.floor() as i32,
        y: y.floor() as i32,
        width: 1,
        height: 1,
    }
}

/// The middle of tags that cover this much: that of the area, moved so that all of them lie on the screen.
fn middle_of_tags(screen: &Rect, area: &Rect, covered: [f64; 2]) -> [f64; 2] {
    let (from, size) = ([screen.x, screen.y], [screen.width, screen.height]);
    [0, 1].map(|axis: usize| {
        let (from, size) = (f64::from(from[axis]), f64::from(size[axis]));
        let half = 0.5 * covered[axis].min(size);
        area.middle()[axis].clamp(from + half, from + size - half)
    })
}

/// A part of an area that is divided into columns and rows (`counts`). All parts together cover it without overlap.
fn part(area: &Rect, at: [i32; 2], counts: [i32; 2]) -> Rect {
    let span = |from: i32, length: i32, axis: usize| {
        let (length, count) = (i64::from(length), i64::from(counts[axis]));
        let edge = |at: i32| i64::from(from) + length * i64::from(at) / count;
        let (start, end) = (edge(at[axis]), edge(at[axis] + 1));
        (start as i32, (end - start).max(1) as i32)
    };
    let (x, width) = span(area.x, area.width, 0);
    let (y, height) = span(area.y, area.height, 1);
    Rect {
        x,
        y,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAG_PX: f64 = 48.0;

    fn screen(width: i32, height: i32) -> Rect {
        Rect {
            x: -100,
            y: 50,
            width,
            height,
        }
    }

    #[test]
    fn looks_that_each_point_needs() {
        for (side, looks) in [(3, 4), (4, 3)] {
            let mut grid = Grid::new();
            grid.restart(screen(1920, 1080));
            for look in 1.. {
                let cell = grid.cells(side, TAG_PX, 1.0).nth(1).unwrap();
                if cell.is_point {
                    assert_eq!(look, looks);
                    break;
                }
                grid.enter(cell.area);
            }
        }
    }

    #[test]
    fn going_back_shows_the_area_before() {
        let mut grid = Grid::new();
        grid.restart(screen(900, 900));
        let cell = grid.cells(3, TAG_PX, 1.0).nth(4).unwrap();
        grid.enter(cell.area);
        assert_eq!(grid.area(), Some(cell.area));
        grid.leave();
        grid.leave();
        assert_eq!(grid.area(), None);
    }

    #[test]
    fn the_tag_that_goes_back_lies_on_the_other_side() {
        let screen = screen(900, 600);
        let left = part(&screen, [0, 1], [3, 3]);
        let right = part(&screen, [2, 0], [3, 3]);
        assert_eq!(far_from(&left, &screen, TAG_PX).x, 800 - 48);
        assert_eq!(far_from(&right, &screen, TAG_PX).x, -100 + 48);
    }

    proptest! {
        /// Every point can be reached, cells cover their area, and tags lie on the screen without touching each other.
        #[test]
        fn every_point_is_reached(
            width in 640..8000i32, height in 480..5000i32, side in 3..5i32, place in proptest::array::uniform2(0.0..1.0f64),
        ) {
            prop_assume!(2 * width > height);
            let screen = screen(width, height);
            let scale = f64::from(height) / 1080.0;
            let tag_px = TAG_PX * scale;
            let wanted = [
                screen.x + (f64::from(width) * place[0]) as i32,
                screen.y + (f64::from(height) * place[1]) as i32,
            ];
            let mut grid = Grid::new();
            grid.restart(screen);
            for _ in 0..DEEPEST {
                let cells: Vec<Cell> = grid.cells(side, tag_px, scale).collect();
                for (k, cell) in cells.iter().enumerate() {
                    prop_assert!(screen.contains([cell.tag.x, cell.tag.y]));
                    for other in &cells[..k] {
                        let apart = [cell.tag.x - other.tag.x, cell.tag.y - other.tag.y];
                        prop_assert!(apart.iter().any(|way| f64::from(way.abs()) >= tag_px), "{:?}", apart);
                    }
                }
                let under: Vec<&Cell> = cells.iter().filter(|cell| cell.area.contains(wanted)).collect();
                prop_assert_eq!(under.len(), 1);
                if under[0].is_point {
                    let [x, y] = under[0].area.middle();
                    prop_assert!((x - f64::from(wanted[0])).abs() <= POINT_PX * scale);
                    prop_assert!((y - f64::from(wanted[1])).abs() <= POINT_PX * scale);
                    return Ok(());
                }
                grid.enter(under[0].area);
            }
            prop_assert!(false, "no point after {} looks", DEEPEST);
        }
    }
}
