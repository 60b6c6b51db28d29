//! Pointers that a process of their own moves, as a mouse board does: it takes the driver's reports through a pipe, and releases
//! every button if the driver ends, or is silent for 250 ms.
//!
//! A desktop's portal and a USB port belong to the process that opened them, so no guard could release their buttons.

mod bluetooth;
mod portal;
mod reports;
mod signals;
mod usb;
mod work;

pub use bluetooth::bluetooth_board;
pub(super) use bluetooth::check as check_bluetooth;
pub(super) use portal::check as check_portal;
pub use portal::{PortalToken, portal_mouse};
pub use reports::{BoardKind, ScreenSize};
pub use usb::usb_board;

use super::mouse_report::to_report;
use super::piped_process::PipedProcess;
use super::{Action, Pointer, PointerError, PointerProcess};
use crate::printable::printable;
use bci_cursor_firmware_protocol::pointer::Report;
use std::fmt::Display;
use std::io;

/// Why such a process cannot work.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The USB port is not set up, or its file may not be written.
    #[error("{path} cannot be opened: {cause}")]
    Open {
        /// The file.
        path: String,
        /// The system's error.
        cause: io::Error,
    },
    /// The USB port is set up as something else.
    #[error(
        "the USB port is not set up as a {wanted}: sudo bci-cursor-usb-mouse down; sudo bci-cursor-usb-mouse up{}",
        if *wanted == "pen" { " pen" } else { "" }
    )]
    OtherKind {
        /// What it should be.
        wanted: &'static str,
    },
    /// Nothing is plugged in, or what is plugged in sleeps.
    #[error("no computer takes the reports of {path}{}", cause.as_ref().map_or_else(String::new, |cause| format!(": {cause}")))]
    NotTaken {
        /// The file.
        path: String,
        /// The system's error, if it reported one.
        cause: Option<io::Error>,
    },
    /// The desktop has no portal, or it refuses.
    #[error(
        "the desktop's portal does not let this program control the pointer: {}",
        printable(cause)
    )]
    Portal {
        /// What is missing.
        cause: String,
    },
    /// There is no Bluetooth, or the other device has gone.
    #[error("this computer cannot be a Bluetooth mouse: {}", printable(cause))]
    Bluetooth {
        /// What is missing.
        cause: String,
    },
    /// The driver's messages cannot be read.
    #[error("the driver's messages cannot be read: {0}")]
    Driver(#[from] io::Error),
}

/// Moves and presses through such a process.
///
/// Every action is sent, even without motion, as a sign of life.
pub struct BoardPointer(PipedProcess);

impl BoardPointer {
    /// Starts the process, and waits until it is ready.
    ///
    /// # Errors
    /// [`PointerError::Board`] if it cannot be started or used.
    pub fn open(program: &PointerProcess, ready_within_s: i64) -> Result<Self, PointerError> {
        let process = PipedProcess::start(program, &[], ready_within_s);
        process.map(Self).map_err(board_error)
    }
}

/// Opens such a process again without waiting for it, for a pointer's thread.
#[derive(Debug, Default)]
pub(super) struct Reopening(Option<PipedProcess>);

impl Reopening {
    /// Starts the process if none is starting, and returns the pointer once it is ready.
    ///
    /// # Errors
    /// [`PointerError::Board`] while it is not ready, and if it cannot be started or has ended.
    pub(super) fn open(&mut self, program: &PointerProcess) -> Result<BoardPointer, PointerError> {
        let mut process = match self.0.take() {
            Some(process) => process,
            None => PipedProcess::begin(program, &[]).map_err(board_error)?,
        };
        if process.is_ready(0).map_err(board_error)? {
            return Ok(BoardPointer(process));
        }
        self.0 = Some(process);
        Err(board_error("the other device has not connected again"))
    }
}

fn board_error(cause: impl Display) -> PointerError {
    PointerError::Board {
        cause: cause.to_string(),
    }
}

impl Pointer for BoardPointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        let mut message = [0; Report::BYTES];
        let emitted = to_report(action).emit(&mut message);
        emitted.map_err(board_error)?;
        let sent = self.0.send(&message);
        sent.map_err(|error| board_error(format!("it is gone: {error}")))
    }
}

impl Drop for BoardPointer {
    fn drop(&mut self) {
        if let Err(error) = self.apply(Action::default()) {
            log::error!("buttons could not be released at the end: {error}");
        }
    }
}
