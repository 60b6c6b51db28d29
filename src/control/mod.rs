//! Intent to motion and clicks. Pure: time is an argument.
//!
//! [`Steering`] runs on the stream, sample by sample, and is what a session can be run again with. [`Governor`] runs on the
//! pointer's tick: it decides whether anything may move at all, and how.

mod assist;
mod beside;
pub mod clicker;
mod command;
pub mod dwell;
mod dynamics;
mod gesture;
mod governor;
pub mod motion;
pub mod one_euro;
mod screens;
mod settings;
mod state;
mod steering;
mod takeback;

pub use assist::{MOST_TARGETS, Question, Target, TargetKind, Targets};
pub use beside::{BesideKind, BesideSample, GazePoint, HeadAxis, HeadRate};
pub use command::{Action, Axis, Buttons, Command, Mode, SwitchAxis};
pub use governor::{Governor, Outcome, Request, Seen};
pub use screens::{Rect, Screens};
pub use settings::{
    AssistMode, AssistSettings, BesideSettings, ClickKind, ClickSettings, ControlSettings,
    DwellSettings, Edges, GazeSettings, HeadSettings, OverlaySettings, PauseSettings, PressMeaning,
    ScrollSettings, SettingsError, SpeedSettings,
};
pub use state::{HoldReason, PauseReason, Signal, State};
pub use steering::{Steering, SteeringSettings};
