//! The output stage: pointers and their observers, with one file for each back end.

mod backend;
#[cfg(all(feature = "desktop", target_os = "linux"))]
mod board;
mod choice;
#[cfg(feature = "desktop")]
mod connection;
#[cfg(feature = "desktop")]
mod device;
mod dongle;
#[cfg(all(feature = "desktop", not(target_os = "macos")))]
mod guard;
#[cfg(feature = "desktop")]
mod guarded;
#[cfg(all(feature = "desktop", target_os = "linux"))]
mod hands;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod kwin;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod motion_events;
mod mouse_report;
mod overlay;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod piped_process;
#[cfg(all(feature = "desktop", windows))]
#[path = "piped_process_windows.rs"]
mod piped_process;
mod seen;
mod session;
#[cfg(feature = "desktop")]
mod system;
mod trace;
#[cfg(all(feature = "desktop", target_os = "linux"))]
mod uinput;
#[cfg(all(feature = "desktop", windows))]
mod windows;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod wlr;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod x11;

pub use backend::{PointerName, PointerOptions};
#[cfg(all(feature = "desktop", target_os = "linux"))]
pub use board::{
    BoardError, BoardKind, BoardPointer, PortalToken, ScreenSize, bluetooth_board, portal_mouse,
    usb_board,
};
pub use choice::Choice;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub(crate) use connection::connect;
pub use dongle::DonglePointer;
#[cfg(all(feature = "desktop", not(target_os = "macos")))]
pub use guard::{GuardedDisplay, guard};
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub use motion_events::watch_motions;
pub use mouse_report::to_action;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub(crate) use overlay::pane;
pub use overlay::{Badge, Overlay, open_overlay};
pub use seen::Seen;
pub use session::Session;
#[cfg(feature = "desktop")]
pub use system::SystemPointer;
pub use trace::TracePointer;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub(crate) use x11::{in_words, keycode};

pub use crate::command::Action;

use crate::command::Buttons;
use crate::control::Screens;
use crate::printable::printable;
use std::path::PathBuf;

/// A pointer that could not be opened or moved. Trying again can help if the display comes back.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PointerError {
    /// There is no display, or no permission to control its pointer.
    #[error(
        "the pointer cannot be reached ({}) on display '{}'. Set DISPLAY to a running X server",
        printable(cause),
        printable(display)
    )]
    Open {
        /// The system's message.
        cause: String,
        /// The display that was tried.
        display: String,
    },
    /// There is no Wayland compositor, or it has no pointer for us.
    #[error(
        "the pointer of the Wayland display '{}' cannot be controlled: {}",
        printable(display),
        printable(cause)
    )]
    Wayland {
        /// What is missing.
        cause: String,
        /// The display that was tried.
        display: String,
    },
    /// The kernel does not let us create a mouse.
    #[error("no mouse can be created in the kernel: {}", printable(cause))]
    Uinput {
        /// What is missing.
        cause: String,
    },
    /// None of the pointers that fit this session can be used.
    #[error("the pointer cannot be reached: {}. {session}", printable(causes))]
    NoneFits {
        /// Each pointer that was tried, with the reason.
        causes: String,
        /// The session that was found.
        session: Session,
    },
    /// Nothing would release a button if this program died.
    #[error(
        "the guard that releases buttons cannot be started: {}. Nothing is pressed without one: install bci-cursor again",
        printable(cause)
    )]
    Guard {
        /// The system's message.
        cause: String,
    },
    /// A mouse board does not answer.
    #[error(
        "the mouse board at {} does not answer: {}",
        printable(port),
        printable(cause)
    )]
    Dongle {
        /// Its port.
        port: String,
        /// The system's message.
        cause: String,
    },
    /// The process that moves the pointer cannot work.
    #[error("the process that moves the pointer cannot work: {}", printable(cause))]
    Board {
        /// What it lacks.
        cause: String,
    },
    /// The desktop, or the user there, has ended remote control.
    #[error(
        "the desktop has ended remote control of its pointer, as it does when somebody stops it there or the screen is locked. Start \
         the run again to ask again"
    )]
    ConsentEnded,
    /// The badge next to the pointer cannot be shown.
    #[error("{}. The pointer works without it", printable(cause))]
    Overlay {
        /// The system's message.
        cause: String,
    },
    /// Its motion cannot be watched.
    #[error("the motion of the pointer cannot be watched: {}", printable(cause))]
    Watch {
        /// The system's message.
        cause: String,
    },
    /// The display was lost, or refused a request.
    #[error("the pointer could not be moved: {}", printable(cause))]
    Apply {
        /// The system's message.
        cause: String,
    },
}

impl PointerError {
    /// What is missing, without the advice of the whole message.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::Open { cause, display } | Self::Wayland { cause, display }
                if !display.is_empty() =>
            {
                format!("{} (display '{}')", printable(cause), printable(display))
            }
            Self::Open { cause, .. }
            | Self::Wayland { cause, .. }
            | Self::Uinput { cause }
            | Self::Guard { cause }
            | Self::Board { cause }
            | Self::Overlay { cause }
            | Self::Watch { cause }
            | Self::Apply { cause } => printable(cause).into_owned(),
            Self::ConsentEnded | Self::NoneFits { .. } | Self::Dongle { .. } => self.to_string(),
        }
    }
}

/// Something that moves and presses.
///
/// Motion is relative, so that the user's own mouse keeps working. A device that reports positions must add the motion
/// up itself.
/// A pointer that is dropped must release its buttons.
pub trait Pointer {
    /// Moves, then brings the buttons into the requested state. Called at every tick, even if nothing changes.
    ///
    /// # Errors
    /// [`PointerError`] if the system refused; the state of the buttons is then unknown.
    fn apply(&mut self, action: Action) -> Result<(), PointerError>;
}

/// Observes the pointer, including motion and presses by others.
pub trait PointerObserver {
    /// The pointer's current state.
    ///
    /// # Errors
    /// [`PointerError`] if the display does not answer: the pointer then counts as lost, and is opened again.
    fn look(&mut self) -> Result<PointerState, PointerError>;

    /// The screens that the pointer moves on, if they can be seen.
    fn screens(&self) -> Option<Screens>;
}

/// The state of the pointer. Parts that an observer cannot see are `None`: a mouse read without a display has buttons,
/// but no position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointerState {
    /// Where the pointer is, pixels from the top left of the desktop.
    pub place_px: Option<[i32; 2]>,
    /// Buttons that are down, including those that others press.
    pub buttons: Option<Buttons>,
    /// How far hands have moved real mice since the last look, in their own counts; for observers that see mice, but no
    /// position.
    pub hand_px: Option<[i32; 2]>,
    /// The hot key to pause and resume was pressed since the last look.
    pub toggle_key: bool,
    /// The hot key to stop the run was pressed since the last look.
    pub stop_key: bool,
}

/// An open pointer, with its observer if it has one.
pub struct OpenPointer {
    /// Moves and presses.
    pub pointer: Box<dyn Pointer>,
    /// Observes.
    pub observer: Option<Box<dyn PointerObserver>>,
}

impl OpenPointer {
    /// A pointer without an observer.
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

/// Opens a pointer. Called again after the pointer was lost.
pub type PointerOpener = Box<dyn FnMut() -> Result<OpenPointer, PointerError> + Send>;

/// How to start a process of a pointer, such as its guard: a program, and the arguments that turn it into that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerProcess {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments. For a guard, the kind of the display follows: `x11`, `wlr`, `kwin`, `uinput` or `system`.
    pub args: Vec<String>,
}

/// A pointer that does nothing, for dry runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPointer;

impl Pointer for NoPointer {
    fn apply(&mut self, _: Action) -> Result<(), PointerError> {
        Ok(())
    }
}
