//! What can be pointed at, as it was last seen on the screen.

use super::super::Rect;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};

/// No more than so many are kept: those nearest to the pointer.
pub const MOST_TARGETS: usize = 256;

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

    /// Takes what was seen at a time; what does not fit is left out, so the most likely ones come first.
    pub fn set(&mut self, at: HostNanos, seen: &[Target]) {
        self.at = at;
        self.list.clear();
        self.list.extend(seen.iter().take(MOST_TARGETS));
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
