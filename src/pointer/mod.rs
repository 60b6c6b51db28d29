//! Where commands end: the operating system's pointer, or a record of it.

mod dongle;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod guard;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod overlay;
#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
#[path = "no_overlay.rs"]
mod overlay;
#[cfg(feature = "desktop")]
mod system;
mod trace;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod x11;

pub use dongle::DonglePointer;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub use guard::{GuardProgram, guard};
#[cfg(feature = "desktop")]
pub use overlay::{Badge, ChoiceOverlay, HeadingArrow, Overlay};
#[cfg(feature = "desktop")]
pub use system::SystemPointer;
pub use trace::TracePointer;

pub use crate::command::Action;

use crate::command::Buttons;
use crate::control::Screens;
use crate::printable::printable;

/// A pointer that could not be opened or moved. Trying again later can help where the display comes back.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PointerError {
    /// No display or no right to move its pointer.
    #[error(
        "the pointer cannot be reached ({}) on display '{}'. {advice}",
        printable(cause),
        printable(display)
    )]
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
        "the mouse board at {} does not answer: {}. 'bci-cursor ports' lists what is there",
        printable(port),
        printable(cause)
    )]
    Dongle {
        /// Its port.
        port: String,
        /// What the system said.
        cause: String,
    },
    /// The sign beside the pointer.
    #[error("{}. The pointer works without", printable(cause))]
    Overlay {
        /// What the system said.
        cause: String,
    },
    /// The display went away, or refused.
    #[error("the pointer could not be moved: {}", printable(cause))]
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

    /// What others do to the pointer, where that can be seen.
    ///
    /// # Errors
    /// [`PointerError`] where the display does not answer.
    fn look(&mut self) -> Result<Option<PointerState>, PointerError> {
        Ok(None)
    }

    /// The screens that it moves on, where they are known.
    fn screens(&self) -> Screens {
        Screens::default()
    }
}

/// What is seen of the pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointerState {
    /// Where it is, pixels from the top left of the desktop.
    pub place_px: [i32; 2],
    /// Buttons that are down, pressed by us or by somebody else.
    pub buttons: Buttons,
    /// The hot key for pause and resume was pressed since the last look,
    pub toggle_key: bool,
    /// and the one that ends everything.
    pub stop_key: bool,
}

/// A pointer that does nothing: for a dry run.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPointer;

impl Pointer for NoPointer {
    fn apply(&mut self, _: Action) -> Result<(), PointerError> {
        Ok(())
    }
}
