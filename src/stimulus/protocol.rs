//! What the driver and the presenter's process say to each other: one JSON text a line, in both directions.
//!
//! The driver begins with [`Request::Setup`]. Then it sends a [`Request::Scene`] whenever the tags change, and an empty
//! line at least every [`KEEP_ALIVE_NS`]. If it says nothing for [`SILENT_NS`], or closes its end, all tags disappear.

use super::{CodeBook, Scene, ShownFrame};
use crate::rect::Rect;
use crate::settings::LookSettings;
use serde::{Deserialize, Serialize};

/// Time between two lines of the driver, at most, nanoseconds.
pub const KEEP_ALIVE_NS: i64 = 100_000_000;
/// After this much silence, the presenter hides all tags, nanoseconds.
pub const SILENT_NS: i64 = 500_000_000;
/// Most tags in a scene.
pub const MOST_TAGS: usize = 128;
/// Most codes of a run.
pub const MOST_CODES: usize = 1024;

/// From the driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The first line.
    Setup(Box<Setup>),
    /// Tags to show from now on.
    Scene(Scene),
    /// What tags look like from now on.
    Look(LookSettings),
}

/// What does not change during a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The codes.
    pub codes: CodeBook,
    /// What tags look like.
    pub look: LookSettings,
    /// Somebody has confirmed that the thresholds for photosensitive epilepsy may be exceeded.
    pub may_exceed: bool,
    /// Publish over LSL what each code showed in each frame, and the scenes.
    pub publishes: bool,
}

/// From the presenter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The first line: scenes can be shown.
    Ready(Ready),
    /// A frame was shown.
    Frame(ShownFrame),
    /// Tags were not shown, or were hidden. The others of the run are not affected.
    Refused(Refusal),
    /// The presenter has failed and ends: the reason in words.
    Failed(String),
}

/// About the display.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// Frames a second.
    pub refresh_hz: f64,
    /// Width and height of a pixel of the main monitor, millimetres.
    pub mm_per_px: f64,
    /// The display does not tell its size: 96 pixels per inch are assumed.
    pub is_size_assumed: bool,
    /// Width and height of each tag, pixels.
    pub tag_px: i32,
    /// The main monitor, pixels of the desktop.
    pub main: Option<Rect>,
}

/// A scene that is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its number.
    pub scene: u32,
    /// Why, in words.
    pub reason: String,
    /// It exceeds the thresholds for photosensitive epilepsy.
    pub exceeds: bool,
}
