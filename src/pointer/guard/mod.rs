//! A separate process that releases the driver's buttons if the driver can no longer do so.
//!
//! The driver sends the state of its buttons to the guard through a pipe: before it presses, after it releases, and at
//! every tick while a button is down. The guard releases the buttons if the pipe closes without a goodbye (the driver
//! was killed), or if nothing arrives for 200 ms while a button is down (the driver hangs or is starved). It opens its
//! own connection to the display beforehand. A file in the user's private folder also lists the buttons, so that the
//! next guard can release them if both processes are killed.
//!
//! A mouse board needs no guard: it releases its buttons if it receives nothing for 250 ms.

#[cfg(unix)]
mod displays;
#[cfg(windows)]
#[path = "displays_windows.rs"]
mod displays;
mod left_behind;
#[cfg(unix)]
mod messages;
#[cfg(windows)]
#[path = "messages_windows.rs"]
mod messages;
mod release;
mod watch;

pub use watch::guard;

use super::piped_process::PipedProcess;
use super::{PointerError, PointerProcess};
use crate::command::Buttons;
use std::io;
#[cfg(all(unix, not(target_os = "macos")))]
use std::os::fd::OwnedFd;

/// While a button is down, the guard releases it after this much silence, nanoseconds. This is longer than the driver's
/// own limit for a late tick, so that a driver which recovers has released its buttons too.
const SILENT_NS: u64 = 200_000_000;

/// A guard that is not ready within this time has failed, seconds.
const READY_S: i64 = 5;

/// A message is one byte, in which these bits mean buttons that are down.
const BITS: [u8; 3] = [1, 2, 4];
/// The message that ends the guard.
const GOODBYE: u8 = 0x80;

/// A kind of display on which a guard releases buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum GuardedDisplay {
    /// An X server.
    #[cfg(unix)]
    X11,
    /// A Wayland compositor with virtual pointers.
    #[cfg(unix)]
    Wlr,
    /// KWin, the compositor of KDE.
    #[cfg(unix)]
    Kwin,
    /// The desktop of Windows.
    #[cfg(windows)]
    System,
    /// A mouse of the kernel, whose file is the guard's standard output.
    #[cfg(target_os = "linux")]
    Uinput,
}

impl GuardedDisplay {
    /// The display of this program.
    #[cfg(unix)]
    pub const DESKTOP: Self = Self::X11;
    /// The display of this program.
    #[cfg(windows)]
    pub const DESKTOP: Self = Self::System;

    /// Its name, which is the last argument of a guard.
    fn name(self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::X11 => "x11",
            #[cfg(unix)]
            Self::Wlr => "wlr",
            #[cfg(unix)]
            Self::Kwin => "kwin",
            #[cfg(windows)]
            Self::System => "system",
            #[cfg(target_os = "linux")]
            Self::Uinput => "uinput",
        }
    }
}

/// What the driver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It sent this message, the latest of several.
    Message(u8),
    /// It sent nothing in time.
    Silence,
    /// Its end of the pipe is closed.
    End,
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn unstarted(error: io::Error) -> PointerError {
    PointerError::Guard {
        cause: error.to_string(),
    }
}

/// Buttons as bits.
fn bits(buttons: Buttons) -> u8 {
    let downs = [buttons.left, buttons.right, buttons.middle];
    let pairs = BITS.iter().zip(downs);
    pairs.fold(
        0,
        |bits, (bit, is_down)| if is_down { bits | bit } else { bits },
    )
}

/// The driver's end of the pipe.
#[derive(Debug)]
pub(super) struct Guard {
    process: PipedProcess,
    sent: u8,
}

impl Guard {
    /// Starts a guard and waits until it is ready.
    ///
    /// # Errors
    /// [`PointerError::Guard`] if it cannot be started or cannot reach the display.
    pub(super) fn start(
        how: &PointerProcess,
        display: GuardedDisplay,
    ) -> Result<Self, PointerError> {
        let started = PipedProcess::start(how, &[display.name()], READY_S);
        let process = started.map_err(unstarted)?;
        Ok(Self { process, sent: 0 })
    }

    /// Like [`start`](Self::start), for a mouse of the kernel or the connection to a compositor: the guard has this file open, too.
    ///
    /// # Errors
    /// [`PointerError::Guard`].
    #[cfg(all(unix, not(target_os = "macos")))]
    pub(super) fn start_with(
        how: &PointerProcess,
        display: GuardedDisplay,
        file: OwnedFd,
    ) -> Result<Self, PointerError> {
        let started = PipedProcess::start_with_file(how, &[display.name()], file, READY_S);
        let process = started.map_err(unstarted)?;
        Ok(Self { process, sent: 0 })
    }

    /// Sends which buttons are down, if that has changed or any button is down; the message is then also a sign of
    /// life.
    ///
    /// # Errors
    /// If the guard has ended, or has not read for so long that the pipe is full.
    pub(super) fn notify(&mut self, down: Buttons) -> io::Result<()> {
        let bits = bits(down);
        if bits == 0 && self.sent == 0 {
            return Ok(());
        }
        self.process.send(&[bits])?;
        self.sent = bits;
        Ok(())
    }

    /// Like [`notify`](Self::notify), but sends nothing if the buttons have not changed.
    ///
    /// # Errors
    /// As [`notify`](Self::notify).
    pub(super) fn notify_change(&mut self, down: Buttons) -> io::Result<()> {
        if bits(down) == self.sent {
            return Ok(());
        }
        self.notify(down)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Without a goodbye, the guard releases the buttons when the pipe closes. So say goodbye only if none is down.
        if self.sent == 0
            && let Err(error) = self.process.send(&[GOODBYE])
        {
            log::debug!("the guard is gone already: {error}");
        }
    }
}
