//! How places on the desktop are known.

use super::sway::Windows;
use crate::assist::AssistError;
use crate::wayland::has_compositor;
use std::ffi::OsString;

/// How places on the desktop are known.
pub(super) enum Places {
    /// Programs know where they are: X11.
    Theirs,
    /// Programs know places in their windows, and sway knows where those are.
    Sway { socket: OsString, windows: Windows },
}

impl Places {
    /// Those of this session.
    ///
    /// # Errors
    /// [`AssistError::Places`] if nobody knows them.
    pub(super) fn of_the_session() -> Result<Self, AssistError> {
        match Windows::socket() {
            _ if !has_compositor() => Ok(Self::Theirs),
            Some(socket) => Ok(Self::Sway {
                socket,
                windows: Windows::default(),
            }),
            None => Err(AssistError::Places),
        }
    }

    /// What a program calls places: of the screen, or of the window.
    pub(super) fn coordinates(&self) -> u32 {
        match self {
            Self::Theirs => 0,
            Self::Sway { .. } => 1,
        }
    }
}

/// Whether places on the desktop are known.
///
/// # Errors
/// [`AssistError::Places`] if nobody knows them.
pub(in super::super) fn check_places() -> Result<(), AssistError> {
    Places::of_the_session().map(drop)
}
