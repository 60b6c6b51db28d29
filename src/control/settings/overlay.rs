//! Settings of what is shown beside the pointer.

use serde::{Deserialize, Serialize};

/// A small sign beside the pointer: state, dwelling, kind of click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OverlaySettings {
    /// It is shown.
    pub on: bool,
    /// How high it is, pixels on a screen 1080 pixels high.
    pub size_px: u32,
}

impl Default for OverlaySettings {
    fn default() -> Self {
        Self {
            on: true,
            size_px: 60,
        }
    }
}
