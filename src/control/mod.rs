//! Commands to motion and clicks, at each tick of the pointer. Pure: time is an argument.
//!
//! [`Governor`] decides whether anything may move, and how.

mod assist;
mod auxiliary;
pub mod clicker;
pub mod dwell;
mod dynamics;
mod gesture;
mod governor;
mod manual_override;
pub mod motion;
pub mod one_euro;
mod screens;
mod state;
pub mod watchdog;

pub use assist::{ChoiceLine, MOST_TARGETS, Prior, Target, TargetKind, Targets};
pub use auxiliary::{AuxiliaryKind, AuxiliarySample, GazePoint, HeadRate};
pub use governor::{Governor, Outcome, Request, TickInput};
pub use screens::Screens;
pub use state::{HoldReason, PauseReason, Signal, State};

pub use crate::rect::Rect;
pub use crate::settings::{
    AssistMode, AssistSettings, AuxiliarySettings, ClickKind, ClickSettings, ControlSettings,
    DwellSettings, Edges, GazeSettings, HeadAxis, HeadSettings, LookSettings, OverlaySettings,
    PauseSettings, PressMeaning, ScrollSettings, SpeedSettings,
};
