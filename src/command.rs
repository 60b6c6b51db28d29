//! The command that decoding gives to the pointer's side.

use crate::time::{HostNanos, SampleIndex, StreamNanos};
use serde::{Deserialize, Serialize};

/// The axis along which two classes move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Left and right.
    Horizontal,
    /// Up and down.
    Vertical,
}

/// What changes the axis, in mode `axis`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchAxis {
    /// Rest for this long after motion, seconds.
    Rest(f64),
    /// A class held for half a second.
    Class(String),
    /// The face switch, which then does not click.
    Face,
}

/// What the classes control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Two classes: velocity on one axis.
    Axis(Axis),
    /// Four classes: velocity in the plane.
    Cartesian,
    /// Two classes: one turns the heading, the other moves forward.
    Steer,
    /// A regressor: velocity in the plane, in every direction.
    Continuous,
}

/// Which buttons are down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Buttons {
    /// Left button.
    pub left: bool,
    /// Right button.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub right: bool,
    /// Middle button.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub middle: bool,
}

impl Buttons {
    /// All buttons up.
    pub const UP: Self = Self {
        left: false,
        right: false,
        middle: false,
    };
    /// Only the left button down.
    pub const LEFT: Self = Self {
        left: true,
        ..Self::UP
    };
}

/// Most codes of tags that are told apart.
pub const MOST_CODES: usize = 32;

/// One of the tags that were shown was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    /// The scene in which it was shown.
    pub scene: u32,
    /// Natural logarithm of each code's probability, given that one of them was looked at; `-∞` for codes that were not shown.
    pub log_probability: [f64; MOST_CODES],
}

/// What the pointer should do until the next command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Command {
    /// Index after the last sample that this is based on.
    pub at: SampleIndex,
    /// When that sample was taken.
    pub acquired: StreamNanos,
    /// When this host received it.
    pub received: HostNanos,
    /// The intended class (index in the decoder's class list); none at rest.
    pub class: Option<usize>,
    /// Log-odds of the second class against the first; none unless there are two classes.
    pub log_odds: Option<f64>,
    /// Confidence that an intent is present, 0 to 1.
    pub confidence: f64,
    /// Pixels per second on a screen 1080 pixels high; right and down are positive.
    pub velocity_px_s: [f64; 2],
    /// The heading turns: there is an intent, although the pointer does not move (mode `steer`).
    pub is_turning: bool,
    /// The face switch was activated since the previous command.
    pub face: bool,
    /// A tag was looked at since the previous command.
    pub selection: Option<Selection>,
    /// One of the decoder's channels is bad: nothing may click.
    pub has_fault: bool,
    /// The signal looks like EEG, or this is not known yet; otherwise nothing may move.
    pub is_eeg: bool,
    /// The decoder has an idle gate fitted to this person.
    pub has_gate: bool,
    /// Buttons to hold down.
    pub buttons: Buttons,
}

impl Command {
    /// Nothing is intended, up to a sample.
    #[must_use]
    pub fn at_rest(at: SampleIndex, acquired: StreamNanos, received: HostNanos) -> Self {
        Self {
            at,
            acquired,
            received,
            class: None,
            log_odds: None,
            confidence: 0.0,
            velocity_px_s: [0.0; 2],
            is_turning: false,
            face: false,
            selection: None,
            has_fault: false,
            is_eeg: true,
            has_gate: false,
            buttons: Buttons::UP,
        }
    }
}

/// An action of a pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Pixels to the right.
    pub dx_px: i32,
    /// Pixels down.
    pub dy_px: i32,
    /// Steps of the wheel to the right and down.
    #[serde(skip_serializing_if = "is_still")]
    pub wheel: [i32; 2],
    /// Buttons that are down from now on.
    pub buttons: Buttons,
}

fn is_still(wheel: &[i32; 2]) -> bool {
    *wheel == [0; 2]
}
