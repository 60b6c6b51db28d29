//! A client of a Wayland compositor: connection, outputs, pictures and surfaces above all windows. Pointers, tags and what is shown
//! beside the pointer use it.

mod client;
mod events;
mod layer;
mod outputs;
mod picture;
mod stage;

pub(crate) use client::{Client, has_compositor, socket};
use events::Callback;
pub(crate) use events::Event;
pub(crate) use layer::{Layer, LayerPlace, Shell};
pub(crate) use picture::{Picture, pictures, shared_file};
pub(crate) use stage::{Patch, Stage};

/// What a compositor lacks, or why it cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WaylandError {
    /// There is no compositor, or it does not let this user in.
    #[error("{0}")]
    Absent(String),
    /// It does not offer a protocol.
    #[error("this compositor does not offer {0}")]
    NotOffered(&'static str),
    /// It hangs.
    #[error("the compositor does not answer")]
    Silent,
    /// It has ended the connection.
    #[error("the connection to the Wayland compositor is lost")]
    Lost,
    /// It has no screen, or does not let us draw on it.
    #[error(
        "nothing can be drawn on the compositor's main screen: is a screen connected and switched on?"
    )]
    NoScreen,
    /// The system refused memory that we share with it.
    #[error("no picture can be shared with the compositor: {0}")]
    Memory(String),
}
