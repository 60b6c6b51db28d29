//! Where commands end: the operating system's pointer, or a record of it.

mod dongle;
mod system;
mod trace;

pub use dongle::DonglePointer;
pub use system::SystemPointer;
pub use trace::TracePointer;

use crate::control::Buttons;
use serde::Serialize;

/// One thing for a pointer to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Pixels to the right.
    pub dx_px: i32,
    /// Pixels down.
    pub dy_px: i32,
    /// Buttons that are down from now on.
    pub buttons: Buttons,
}

/// A pointer that could not be opened or moved. Trying again later can help where the display comes back.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PointerError {
    /// No display or no right to move its pointer.
    #[error("the pointer cannot be reached ({cause}) on display '{display}'. {advice}")]
    Open {
        /// What the system said.
        cause: String,
        /// The display that was tried.
        display: String,
        /// What to do.
        advice: &'static str,
    },
    /// A mouse board.
    #[error(
        "the mouse board at {port} does not answer: {cause}. 'bci-cursor ports' lists what is there"
    )]
    Dongle {
        /// Its port.
        port: String,
        /// What the system said.
        cause: String,
    },
    /// The display went away, or refused.
    #[error("the pointer could not be moved: {cause}")]
    Apply {
        /// What the system said.
        cause: String,
    },
}

/// Something that moves and presses.
pub trait Pointer {
    /// Moves, then brings the buttons into the wished state.
    ///
    /// # Errors
    /// [`PointerError`] where the system refused; the buttons' state is then unknown.
    fn apply(&mut self, action: Action) -> Result<(), PointerError>;
}

/// A pointer that does nothing: for a dry run.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPointer;

impl Pointer for NoPointer {
    fn apply(&mut self, _: Action) -> Result<(), PointerError> {
        Ok(())
    }
}
