//! A virtual mouse board: takes reports over a pseudo-terminal, and moves a pointer like a computer that reads the
//! board's HID reports.

use super::{StopFlag, pseudo_terminal};
use crate::pointer::{Pointer, PointerError, to_action};
use crate::system::clock;
use bci_cursor_firmware_protocol::native::{Kind, frame};
use bci_cursor_firmware_protocol::pointer::{Mouse, Report, read_hid};
use serialport::{SerialPort, TTYPort};
use std::io;
use std::time::Duration;

/// How long to wait for the host; a USB mouse is polled about as often.
const WAIT: Duration = Duration::from_millis(4);

/// Why a virtual board failed.
#[derive(Debug, thiserror::Error)]
pub enum DongleError {
    /// The pseudo-terminal failed.
    #[error("the pseudo-terminal cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The pseudo-terminal could not be created.
    #[error("no pseudo-terminal can be made: {0}")]
    Make(#[from] serialport::Error),
    /// The pointer failed.
    #[error(transparent)]
    Pointer(#[from] PointerError),
}

/// A virtual mouse board.
pub struct VirtualDongle {
    ours: TTYPort,
    /// Held open, so that the port survives hosts that come and go.
    theirs: TTYPort,
    incoming: frame::Deframer,
    mouse: Mouse,
}

impl VirtualDongle {
    /// Creates its pseudo-terminal.
    ///
    /// # Errors
    /// [`DongleError`] if it cannot be created.
    pub fn new() -> Result<Self, DongleError> {
        let (mut ours, theirs) = TTYPort::pair()?;
        ours.set_timeout(WAIT)?;
        Ok(Self {
            ours,
            theirs,
            incoming: frame::Deframer::default(),
            mouse: Mouse::default(),
        })
    }

    /// Path of the port that a host opens.
    #[must_use]
    pub fn port(&self) -> String {
        self.theirs.name().unwrap_or_default()
    }

    /// Runs until the stop flag is set.
    ///
    /// # Errors
    /// [`DongleError`] if the pseudo-terminal or the pointer fails.
    pub fn work(&mut self, pointer: &mut dyn Pointer, stop: &StopFlag) -> Result<(), DongleError> {
        let mut buffer = [0; 256];
        while !stop.stopped() {
            let bytes = pseudo_terminal::read(&mut self.ours, &mut buffer)?;
            let now_millis = (clock::now().0 / 1_000_000) as u32;
            let mouse = &mut self.mouse;
            self.incoming.feed(bytes, |frame| match frame.kind() {
                Some(Kind::Pointer) => {
                    if let Ok(report) = Report::parse(frame.payload) {
                        mouse.report(&report, now_millis);
                    }
                }
                Some(Kind::KeepAlive) => mouse.keep_alive(now_millis),
                _ => {}
            });
            while let Some(report) = self.mouse.poll(now_millis) {
                // Reads it as the computer's mouse driver does.
                let Ok(report) = read_hid(&report) else { break };
                pointer.apply(to_action(&report))?;
            }
        }
        Ok(())
    }
}
