//! Tags: small patches on the screen whose brightness follows a code, so that EEG tells which of them is looked at.
//!
//! A [`CodeBook`] is fixed for a run. A [`Scene`] says which target has which code now. The presenter shows it and
//! reports each frame as a [`ShownFrame`]. These three are all that a session has to keep, because the brightness of a
//! tag is a function of its code and the frame number.

pub mod appearance;
pub mod placement;
pub mod protocol;
pub mod safety;

use crate::rect::Rect;
use crate::time::HostNanos;
use bci_cursor_calibration::looking::codes::Code;
use serde::{Deserialize, Serialize};

/// The codes of a run, all different. A tag names its code by its place in this list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeBook {
    /// The codes.
    pub codes: Vec<Code>,
}

impl CodeBook {
    /// Brightness of a code in a frame, from 0 (dark) to 1 (bright), on a display of `refresh_hz`; `None` if there is no
    /// such code.
    #[must_use]
    pub fn brightness(&self, code: u16, frame: u64, refresh_hz: f64) -> Option<f64> {
        let code = self.codes.get(usize::from(code))?;
        Some(code.brightness(frame, refresh_hz))
    }

    /// Brightness of each code in a frame of a scene, and [`NOT_SHOWN`] where no tag shows it.
    pub fn levels(&self, scene: &Scene, frame: u64, refresh_hz: f64) -> impl Iterator<Item = f64> {
        let codes = (0_u16..).take(self.codes.len());
        codes.map(move |code| {
            let is_shown = scene.tags.iter().any(|tag| tag.code == code);
            let level = is_shown.then(|| self.brightness(code, frame, refresh_hz));
            level.flatten().unwrap_or(NOT_SHOWN)
        })
    }
}

/// In a stream of what was shown: a code that no tag shows.
pub const NOT_SHOWN: f64 = -1.0;

/// All tags that are shown at one time. A new scene replaces the whole of the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Number of the scene. It rises with each scene of a run.
    pub number: u32,
    /// The tags. Without any, nothing flickers.
    pub tags: Vec<SceneTag>,
}

/// One tag of a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneTag {
    /// The target to which it belongs, pixels of the whole desktop.
    pub target: Rect,
    /// Place of its code in the [`CodeBook`]. Several tags may share a code.
    pub code: u16,
}

/// A frame that was really shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownFrame {
    /// Number of the scene that it shows.
    pub scene: u32,
    /// Number of the frame whose brightness it shows. Frames of the display are counted from the presenter's start,
    /// missed ones included, so that codes are a function of time.
    pub frame: u64,
    /// When it was shown, by the display's own stamp, on the clock of [`system::clock`](crate::system::clock). It stays
    /// on the screen until the next one.
    pub shown: HostNanos,
    /// Frames of the display since the last shown one in which the old frame stayed on the screen.
    pub missed: u32,
}
