//! How the pointer is controlled, and how targets help.

use super::field::Field;
use crate::command::{Axis, Mode};
use crate::control::AssistMode;
use crate::decoding::intent::offered_mode;
use bci_cursor_calibration::Decoder;
use serde::{Deserialize, Serialize};

/// How the pointer is controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Two classes move left and right; there are two targets.
    Axis,
    /// One class turns, the other moves forward.
    Steer,
    /// The classes stand for the two sides of a line that divides the targets.
    #[serde(rename = "bisection")]
    // The name in reports since the first version, which other programs read.
    Choose,
    /// Four classes move left, right, up and down.
    Cartesian,
    /// A regressor on four classes predicts the direction.
    Continuous,
}

impl Scheme {
    /// The schemes with which a decoder can reach the targets of a field.
    #[must_use]
    pub fn of(decoder: &Decoder, field: &Field) -> &'static [Self] {
        match (offered_mode(decoder, &[]), field) {
            (Mode::Continuous, _) => &[Self::Cartesian, Self::Continuous],
            (Mode::Cartesian, _) => &[Self::Cartesian],
            (_, Field::CentreOut) => &[Self::Axis, Self::Steer, Self::Choose],
            // With one axis, targets above and below are out of reach.
            _ => &[Self::Steer, Self::Choose],
        }
    }

    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axis => "axis",
            Self::Steer => "steer",
            Self::Choose => "bisection",
            Self::Cartesian => "cartesian",
            Self::Continuous => "continuous",
        }
    }

    /// The kinds of help that are possible.
    #[must_use]
    pub fn helps(self) -> &'static [Help] {
        match self {
            Self::Choose => &[Help::On],
            _ => &[Help::Off, Help::Gentle, Help::Strong],
        }
    }

    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Axis | Self::Choose => Mode::Axis(Axis::Horizontal),
            Self::Steer => Mode::Steer,
            Self::Cartesian => Mode::Cartesian,
            Self::Continuous => Mode::Continuous,
        }
    }
}

/// How the driver uses the targets that it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Help {
    /// It does not use them.
    Off,
    /// They pull and hold the pointer a little.
    Gentle,
    /// They pull and hold the pointer strongly.
    Strong,
    /// One of them is chosen.
    On,
}

impl Help {
    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Gentle => "gentle",
            Self::Strong => "strong",
            Self::On => "on",
        }
    }

    pub(super) fn assist(self) -> AssistMode {
        match self {
            Self::Off => AssistMode::Off,
            Self::Gentle => AssistMode::Gentle,
            Self::Strong => AssistMode::Strong,
            Self::On => AssistMode::Choose,
        }
    }
}
