//! Where the tag of a target is shown.

use crate::rect::{Rect, nearest};
use crate::settings::{LookSettings, TagPosition};

/// Distance between a target and a tag that does not lie on it, pixels.
const GAP_PX: i32 = 3;
/// Settings are for a screen of this height, pixels.
const REFERENCE_HEIGHT_PX: f64 = 1080.0;
/// Smallest tag that can be seen to flicker, pixels.
const LEAST_PX: i32 = 8;
/// Without a size from the display: pixels per inch, and the millimetres of an inch.
const USUAL_DPI: f64 = 96.0;
const INCH_MM: f64 = 25.4;
/// Pixels of real screens are this large, millimetres. Projectors and virtual displays tell other sizes.
const REAL_MM: std::ops::Range<f64> = 0.04..1.5;

/// A screen and the size of its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Monitor {
    /// Its place on the desktop.
    pub rect: Rect,
    /// Width and height of a pixel, millimetres.
    pub mm_per_px: f64,
    /// The display does not tell its size, or an impossible one: 96 pixels per inch are assumed.
    pub is_assumed: bool,
}

impl Monitor {
    /// A monitor that says that it is this wide; 0 if it says nothing.
    #[must_use]
    pub fn new(rect: Rect, width_mm: u32) -> Self {
        let told = f64::from(width_mm) / f64::from(rect.width.max(1));
        let is_assumed = !REAL_MM.contains(&told);
        Self {
            rect,
            mm_per_px: if is_assumed {
                INCH_MM / USUAL_DPI
            } else {
                told
            },
            is_assumed,
        }
    }
}

/// Places tags on the monitors of a desktop.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    monitors: Vec<Monitor>,
    position: TagPosition,
    side_px: i32,
}

impl Placement {
    /// As the settings ask, on these monitors, the main one first.
    #[must_use]
    pub fn new(look: &LookSettings, monitors: Vec<Monitor>) -> Self {
        let height = monitors.first().map_or(REFERENCE_HEIGHT_PX, |monitor| {
            f64::from(monitor.rect.height)
        });
        let side = f64::from(look.size_px) * height / REFERENCE_HEIGHT_PX;
        let room = monitors
            .iter()
            .map(|monitor| monitor.rect.width.min(monitor.rect.height))
            .min();
        Self {
            side_px: (libm::round(side) as i32)
                .max(LEAST_PX)
                .min(room.unwrap_or(i32::MAX)),
            position: look.position,
            monitors,
        }
    }

    /// The same with tags of this share of their width and height.
    #[must_use]
    pub fn shrunk(&self, share: f64) -> Self {
        let side = libm::floor(share * f64::from(self.side_px)) as i32;
        Self {
            side_px: side.max(LEAST_PX),
            ..self.clone()
        }
    }

    /// Width and height of every tag, pixels.
    #[must_use]
    pub fn side_px(&self) -> i32 {
        self.side_px
    }

    /// The monitors.
    #[must_use]
    pub fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    /// Where the tag of a target lies. It is always wholly on the monitor that shows the target's middle, or on the
    /// nearest one.
    #[must_use]
    pub fn tag(&self, target: &Rect) -> Rect {
        let side = self.side_px;
        let middle = |from: i32, length: i32| from.saturating_add(length.saturating_sub(side) / 2);
        let (mut x, mut y) = (
            middle(target.x, target.width),
            middle(target.y, target.height),
        );
        let monitor = self.monitor(target.middle()).map(|monitor| monitor.rect);
        let before = |from: i32| from.saturating_sub(side + GAP_PX);
        let after = |from: i32, length: i32| from.saturating_add(length.saturating_add(GAP_PX));
        match self.position {
            TagPosition::On => {}
            TagPosition::Beside => {
                let has_room = monitor.is_none_or(|monitor| before(target.x) >= monitor.x);
                x = if has_room {
                    before(target.x)
                } else {
                    after(target.x, target.width)
                };
            }
            TagPosition::Above => {
                let has_room = monitor.is_none_or(|monitor| before(target.y) >= monitor.y);
                y = if has_room {
                    before(target.y)
                } else {
                    after(target.y, target.height)
                };
            }
        }
        if let Some(monitor) = monitor {
            let within = |at: i32, from: i32, length: i32| {
                at.clamp(from, from.saturating_add((length - side).max(0)))
            };
            x = within(x, monitor.x, monitor.width);
            y = within(y, monitor.y, monitor.height);
        }
        Rect::new(x, y, side, side)
    }

    /// The monitor that shows a place, or the nearest one.
    pub(super) fn monitor(&self, place: [f64; 2]) -> Option<&Monitor> {
        let rects = self.monitors.iter().map(|monitor| &monitor.rect);
        nearest(rects, place).map(|number| &self.monitors[number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn placed(position: TagPosition, target: Rect) -> [i32; 2] {
        let look = LookSettings {
            position,
            size_px: 40,
            ..LookSettings::default()
        };
        let monitors = vec![Monitor::new(Rect::new(0, 0, 1920, 1080), 510)];
        let tag = Placement::new(&look, monitors).tag(&target);
        assert_eq!([tag.width, tag.height], [40, 40]);
        [tag.x, tag.y]
    }

    #[test]
    fn a_tag_lies_on_beside_or_above_its_target() {
        let target = Rect::new(500, 300, 100, 20);
        assert_eq!(placed(TagPosition::On, target), [530, 290]);
        assert_eq!(placed(TagPosition::Beside, target), [457, 290]);
        assert_eq!(placed(TagPosition::Above, target), [530, 257]);
        // Without room, on the other side.
        assert_eq!(
            placed(TagPosition::Beside, Rect::new(10, 300, 100, 20)),
            [113, 290]
        );
        assert_eq!(
            placed(TagPosition::Above, Rect::new(500, 5, 100, 20)),
            [530, 28]
        );
        // Half outside, and wholly outside.
        assert_eq!(
            placed(TagPosition::On, Rect::new(1900, 1070, 60, 30)),
            [1880, 1040]
        );
        assert_eq!(
            placed(TagPosition::On, Rect::new(-900, 5000, 60, 30)),
            [0, 1040]
        );
    }

    #[test]
    fn impossible_sizes_of_monitors_are_replaced() {
        let screen = Rect::new(0, 0, 1920, 1080);
        let told = Monitor::new(screen, 510);
        assert!(!told.is_assumed && (told.mm_per_px - 0.265_625).abs() < 1e-9);
        for width_mm in [0, 16, 5000] {
            let assumed = Monitor::new(screen, width_mm);
            assert!(assumed.is_assumed && (assumed.mm_per_px - 0.264_583).abs() < 1e-6);
        }
    }

    proptest! {
        #[test]
        fn a_tag_is_always_wholly_on_a_monitor(
            x: i32, y in -3000..6000i32, width: i32, height in 1..3000i32, size_px in 12..400u32, position in 0..3usize,
        ) {
            let monitors = [Rect::new(0, 200, 800, 600), Rect::new(800, 0, 3840, 2160)].map(|rect| Monitor::new(rect, 0));
            let look = LookSettings { size_px, position: TagPosition::ALL[position].0, ..LookSettings::default() };
            let tag = Placement::new(&look, monitors.to_vec()).tag(&Rect::new(x, y, width, height));
            prop_assert!(monitors.iter().any(|monitor| tag.cut_to(&monitor.rect) == Some(tag)), "{tag:?}");
        }
    }
}
