//! The inputs and outputs of the governor at a tick.

use crate::command::{Action, Buttons};
use crate::control::{ClickKind, ControlSettings, Rect, Signal, State};

/// A request from the user, a helper or a hot key.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::large_enum_variant)] // copied and not boxed, so that the pointer's thread frees nothing
pub enum Request {
    /// Stop all motion.
    Pause,
    /// Stop all motion until the patient ends that: with the panel, or by two classes in turn.
    Rest,
    /// End the patient's own rest; other pauses stay.
    EndRest,
    /// Allow motion again.
    Resume,
    /// Pause or resume, whichever applies.
    Toggle,
    /// Use other settings, already checked.
    Settings(ControlSettings),
    /// What the next click does, whatever the settings say.
    NextClick(ClickKind),
    /// Turn the wheel where the user works, by this many steps down; negative numbers turn it up.
    Scroll(i32),
    /// Where the patient's panel is; `None` if there is no panel.
    Panel(Option<Rect>),
}

/// The state of the world at a tick.
#[derive(Debug, Clone, Copy)]
pub struct TickInput {
    /// Whether samples arrive.
    pub signal: Signal,
    /// The display or the mouse board does not respond.
    pub is_pointer_gone: bool,
    /// Position of the pointer, pixels; none if it was not read or cannot be.
    pub place_px: Option<[i32; 2]>,
    /// How far hands have moved real mice since the last tick, pixels; none if it is not seen apart from the position.
    pub hand_px: Option<[i32; 2]>,
    /// Buttons that are down now, pressed by us or by somebody else; none as above.
    pub buttons: Option<Buttons>,
}

/// The result of a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// What the pointer does.
    pub action: Action,
    /// The driver's state.
    pub state: State,
    /// Fraction of the dwell time that has passed, 0 to 1; 0 if no dwelling is in progress.
    pub dwell: f64,
    /// Whether staying here can be intended as a click: not on the way to a chosen target.
    pub may_dwell: bool,
    /// A click begins.
    pub clicks: bool,
    /// The target that changes the pointer's motion; none if the motion is the user's alone.
    pub assisted: Option<Rect>,
}
