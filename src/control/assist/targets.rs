//! The targets that were last found on the screen.

use super::super::Rect;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};

/// Largest number of targets that are kept: those nearest to the pointer.
pub const MOST_TARGETS: usize = 256;

/// Targets whose centres are no further apart than this count as one, pixels: half of what is kept free next to a dividing line.
const SAME_PX: f64 = 5.0;

/// What a user would do with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Press it.
    Button,
    /// Follow it.
    Link,
    /// Choose it from a menu.
    MenuItem,
    /// Tick it, or choose one of several.
    CheckBox,
    /// Write into it.
    Text,
    /// Set it to a value.
    Slider,
    /// Bring it to the front.
    Tab,
    /// Choose it from a list, a tree or a table.
    Item,
    /// Press it to close, minimise or resize its window.
    WindowButton,
    /// Press it on the patient's own panel.
    Panel,
}

impl TargetKind {
    /// The name used in reports.
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
            Self::WindowButton => "window button",
            Self::Panel => "panel button",
        }
    }
}

/// A place on the screen that the user can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its rectangle, pixels of the whole desktop.
    pub rect: Rect,
    /// Its kind.
    pub kind: TargetKind,
    /// How likely it is to be wanted.
    #[serde(default, skip_serializing_if = "Prior::is_usual")]
    pub prior: Prior,
}

impl Target {
    /// A target that is as likely as others.
    #[must_use]
    pub fn new(rect: Rect, kind: TargetKind) -> Self {
        Self {
            rect,
            kind,
            prior: Prior::USUAL,
        }
    }

    /// Whether this is the same place, however likely it is.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        self.rect == other.rect && self.kind == other.kind
    }
}

/// How likely a target is to be wanted before anything was decoded, relative to the usual target: the keys of a keyboard are as likely as their
/// letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prior(u16);

impl Prior {
    /// As likely as others.
    pub const USUAL: Self = Self(256);

    /// A target that is `factor` times as likely as usual. Factors are kept within 1/256 and 256.
    #[must_use]
    pub fn times(factor: f64) -> Self {
        Self((256.0 * factor).round().clamp(1.0, f64::from(u16::MAX)) as u16)
    }

    /// How many times as likely as usual.
    #[must_use]
    pub fn factor(self) -> f64 {
        f64::from(self.0.max(1)) / 256.0
    }

    #[allow(clippy::trivially_copy_pass_by_ref)] // the form that serde takes
    fn is_usual(&self) -> bool {
        *self == Self::USUAL
    }
}

impl Default for Prior {
    fn default() -> Self {
        Self::USUAL
    }
}

/// All targets found at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Targets {
    at: HostNanos,
    list: Vec<Target>,
}

impl Targets {
    /// An empty list, with memory for the largest possible number: nothing is allocated later.
    #[must_use]
    pub fn with_capacity() -> Self {
        Self {
            at: HostNanos::default(),
            list: Vec::with_capacity(MOST_TARGETS),
        }
    }

    /// Replaces the list. Targets that do not fit are left out, so the most likely ones come first. Of targets whose centres are within
    /// five pixels of each other (a button and the link in it), the smallest is kept: nobody could point at one and not at the other.
    pub fn set(&mut self, at: HostNanos, found: &[Target]) {
        self.at = at;
        self.list.clear();
        for target in found {
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

    /// When they were read.
    #[must_use]
    pub fn at(&self) -> HostNanos {
        self.at
    }

    /// The targets.
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
    fn of_targets_in_one_place_the_smallest_is_kept() {
        let target =
            |x, y, width, height| Target::new(Rect::new(x, y, width, height), TargetKind::Button);
        // A row of a list, the link in it, a button at its edge, and something else.
        let row = target(0, 0, 300, 40);
        let (link, edge, other) = (
            target(52, 11, 200, 20),
            target(270, 5, 30, 30),
            target(0, 50, 300, 40),
        );
        for found in [[row, link, edge, other], [link, row, edge, other]] {
            let mut targets = Targets::with_capacity();
            targets.set(HostNanos(0), &found);
            assert_eq!(targets.list(), [link, edge, other]);
        }
    }
}
