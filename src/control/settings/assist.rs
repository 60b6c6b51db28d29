//! Settings of the help with reaching what is on the screen.

use serde::{Deserialize, Serialize};

/// Help with reaching what is on the screen: buttons, links, menu items and the like, as programs tell them to assistive technology.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AssistSettings {
    /// What they do with the pointer.
    pub mode: AssistMode,
}

/// What targets on the screen do with the pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssistMode {
    /// Nothing, and the screen is not read.
    #[default]
    Off,
    /// They pull and hold it: half of the way is the user's.
    Gentle,
    /// A tenth of the way is the user's, where it is clear what they mean.
    Strong,
    /// One of them is chosen with two classes, and the pointer goes there: see [`Question`](crate::control::Question).
    Choose,
}
