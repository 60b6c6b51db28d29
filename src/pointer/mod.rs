//! The output stage: pointers and their observers, with one file for each back end.

mod backend;
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

pub use backend::{PointerName, PointerOptions};
pub use dongle::DonglePointer;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub use guard::guard;
#[cfg(feature = "desktop")]
pub use overlay::{Badge, ChoiceOverlay, HeadingArrow, Overlay};
#[cfg(feature = "desktop")]
pub use system::SystemPointer;
pub use trace::TracePointer;

pub use crate::command::Action;

use crate::command::Buttons;
use crate::control::Screens;
use crate::printable::printable;
use std::path::PathBuf;

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
///
/// Motion is relative, so that the user's own mouse keeps working beside it. A device that reports places instead adds the motion up itself.
/// A pointer that is dropped must release its buttons.
pub trait Pointer {
    /// Moves, then brings the buttons into the wanted state. Called at each tick, also if nothing is to be done.
    ///
    /// # Errors
    /// [`PointerError`] if the system refused; the state of the buttons is then unknown.
    fn apply(&mut self, action: Action) -> Result<(), PointerError>;
}

/// Observes the pointer, including motion and presses by others.
pub trait PointerObserver {
    /// What is seen now.
    ///
    /// # Errors
    /// [`PointerError`] if the display does not answer: the pointer then counts as lost, and is opened again.
    fn look(&mut self) -> Result<PointerState, PointerError>;

    /// The screens that the pointer moves on, if they can be seen.
    fn screens(&self) -> Option<Screens>;
}

/// What an observer sees. Each part may be invisible: a mouse read without a display has buttons, but no place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointerState {
    /// Where the pointer is, pixels from the top left of the desktop.
    pub place_px: Option<[i32; 2]>,
    /// Buttons that are down, including those that others press.
    pub buttons: Option<Buttons>,
    /// The hot key to pause and resume was pressed since the last look.
    pub toggle_key: bool,
    /// The hot key to stop the run was pressed since the last look.
    pub stop_key: bool,
}

/// A pointer that is open, and what sees it, if anything does.
pub struct OpenPointer {
    /// Moves and presses.
    pub pointer: Box<dyn Pointer>,
    /// Sees.
    pub observer: Option<Box<dyn PointerObserver>>,
}

impl OpenPointer {
    /// A pointer that nothing sees.
    #[must_use]
    pub fn unobserved(pointer: impl Pointer + 'static) -> Self {
        Self {
            pointer: Box::new(pointer),
            observer: None,
        }
    }

    /// The screens that it moves on, if they can be seen.
    #[must_use]
    pub fn screens(&self) -> Option<Screens> {
        self.observer.as_ref()?.screens()
    }
}

/// Opens a pointer; called again after it was lost.
pub type PointerOpener = Box<dyn FnMut() -> Result<OpenPointer, PointerError> + Send>;

/// How the guard process of a pointer is started: a program, and the arguments that make it one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardProgram {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A pointer that does nothing: for a dry run.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPointer;

impl Pointer for NoPointer {
    fn apply(&mut self, _: Action) -> Result<(), PointerError> {
        Ok(())
    }
}
