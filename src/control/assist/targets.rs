//! What can be pointed at, as it was last seen on the screen.

use super::super::Rect;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};

/// No more than so many are kept: those nearest to the pointer.
pub const MOST_TARGETS: usize = 256;

/// Targets whose middles are no further apart are one, pixels: half of what is left free beside a line that parts them.
const SAME_PX: f64 = 5.0;

/// What somebody would do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Pressed.
    Button,
    /// Followed.
    Link,
    /// Chosen from a menu.
    MenuItem,
    /// Ticked, or one of several chosen.
    CheckBox,
    /// Written into.
    Text,
    /// Set to a value.
    Slider,
    /// Brought to the front.
    Tab,
    /// Chosen from a list, a tree or a table.
    Item,
}

impl TargetKind {
    /// As in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Button => "button",
            Self::Link => "link",
            Self::MenuItem => "menu item",
            Self::CheckBox => "check box",
            Self::Text => "text",
            Self::Slider => "slider",
            Self::Tab => "tab",
            Self::Item => "item",
        }
    }
}

/// A place on the screen that something can be done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Where it is, pixels of the whole desktop.
    pub rect: Rect,
    /// What it is.
    pub kind: TargetKind,
}

/// All that were seen at a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Targets {
    at: HostNanos,
    list: Vec<Target>,
}

impl Targets {
    /// None, with room for all there can be: nothing is allocated later on.
    #[must_use]
    pub fn with_capacity() -> Self {
        Self {
            at: HostNanos::default(),
            list: Vec::with_capacity(MOST_TARGETS),
        }
    }

    /// Takes what was seen at a time; what does not fit is left out, so the most likely ones come first. Of those whose middles are
    /// within five pixels (a button and the link in it), the smallest is kept: nobody could point at one and not at the other.
    pub fn set(&mut self, at: HostNanos, seen: &[Target]) {
        self.at = at;
        self.list.clear();
        for target in seen {
            let middle = target.rect.middle();
            let is_same = |other: &Target| {
                let [x, y] = other.rect.middle();
                (x - middle[0]).hypot(y - middle[1]) <= SAME_PX
            };
            match self.list.iter().position(is_same) {
                Some(other) if area(target) < area(&self.list[other]) => self.list[other] = *target,
                Some(_) => {}
                None if self.list.len() < MOST_TARGETS => self.list.push(*target),
                None => break,
            }
        }
    }

    /// When they were looked for.
    #[must_use]
    pub fn at(&self) -> HostNanos {
        self.at
    }

    /// Each of them.
    #[must_use]
    pub fn list(&self) -> &[Target] {
        &self.list
    }
}

fn area(target: &Target) -> i64 {
    i64::from(target.rect.width) * i64::from(target.rect.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_lies_in_one_place_the_smallest_is_kept() {
        let target = |x, y, width, height| Target {
            rect: Rect {
                x,
                y,
                width,
                height,
            },
            kind: TargetKind::Button,
        };
        // A row of a list, the link in it, a button at its edge, and something else.
        let row = target(0, 0, 300, 40);
        let (link, edge, other) = (
            target(52, 11, 200, 20),
            target(270, 5, 30, 30),
            target(0, 50, 300, 40),
        );
        for seen in [[row, link, edge, other], [link, row, edge, other]] {
            let mut targets = Targets::with_capacity();
            targets.set(HostNanos(0), &seen);
            assert_eq!(targets.list(), [link, edge, other]);
        }
    }
}
