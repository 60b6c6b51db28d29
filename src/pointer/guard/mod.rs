//! A separate process that releases the driver's buttons if the driver can no longer do so.
//!
//! The driver sends the state of its buttons to the guard through a pipe: before it presses, after it releases, and at
//! every tick while a button is down. The guard releases the buttons if the pipe closes without a goodbye (the driver
//! was killed), or if nothing arrives for 200 ms while a button is down (the driver hangs or is starved). It opens its
//! own connection to the display beforehand. A file in the user's private folder also lists the buttons, so that the
//! next guard can release them if both processes are killed.
//!
//! A mouse board needs no guard: it releases its buttons if it receives nothing for 250 ms.

mod left_behind;
mod release;
mod watch;

pub use watch::guard;

use super::{GuardProgram, PointerError};
use crate::command::Buttons;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// While a button is down, the guard releases it after this much silence, nanoseconds. This is longer than the driver's
/// own limit for a late tick, so that a driver which recovers has released its buttons too.
const SILENT_NS: i64 = 200_000_000;
/// A guard that is not ready within this time has failed, seconds.
const READY_S: i64 = 5;
/// After the goodbye, the guard's end is checked this many times, at this interval.
const ENDING: (u32, Duration) = (50, Duration::from_millis(2));

/// A message is one byte, in which these bits mean buttons that are down.
const BITS: [u8; 3] = [1, 2, 4];
/// The message that ends the guard.
const GOODBYE: u8 = 0x80;
/// What a guard prints when it is ready.
const READY: &[u8] = b"ready\n";

/// A kind of display on which a guard releases buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum GuardedDisplay {
    /// An X server.
    X11,
    /// A Wayland compositor with virtual pointers.
    Wlr,
    /// A mouse of the kernel, whose file is the guard's standard output.
    #[cfg(target_os = "linux")]
    Uinput,
}

impl GuardedDisplay {
    /// Its name, which is the last argument of a guard.
    fn name(self) -> &'static str {
        match self {
            Self::X11 => "x11",
            Self::Wlr => "wlr",
            #[cfg(target_os = "linux")]
            Self::Uinput => "uinput",
        }
    }
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
    process: Child,
    pipe: Option<OwnedFd>,
    sent: u8,
}

impl Guard {
    /// Starts a guard and waits until it is ready.
    ///
    /// # Errors
    /// [`PointerError::Guard`] if it cannot be started or cannot reach the display.
    pub(super) fn start(how: &GuardProgram, display: GuardedDisplay) -> Result<Self, PointerError> {
        let started = Self::spawn(how, display, Stdio::piped(), Stdio::piped());
        let guard = started.and_then(|mut guard| {
            let ready = guard.process.stdout.take();
            let ready = ready.ok_or_else(|| io::Error::other("it has no output"))?;
            guard.wait_until_ready(&ready.into())?;
            guard.never_wait()?;
            Ok(guard)
        });
        guard.map_err(unstarted)
    }

    /// Like [`start`](Self::start), for a mouse of the kernel: the guard has its file open, too, and releases over it.
    ///
    /// # Errors
    /// [`PointerError::Guard`].
    #[cfg(target_os = "linux")]
    pub(super) fn start_for_mouse(
        how: &GuardProgram,
        mouse: OwnedFd,
    ) -> Result<Self, PointerError> {
        let start = || {
            // Standard output is taken, so it says over this socket that it is ready.
            let (ours, theirs) = UnixStream::pair()?;
            let (theirs, mouse) = (Stdio::from(OwnedFd::from(theirs)), Stdio::from(mouse));
            let mut guard = Self::spawn(how, GuardedDisplay::Uinput, theirs, mouse)?;
            guard.wait_until_ready(&ours.try_clone()?.into())?;
            guard.pipe = Some(ours.into());
            guard.never_wait()?;
            Ok(guard)
        };
        start().map_err(unstarted)
    }

    fn spawn(
        how: &GuardProgram,
        display: GuardedDisplay,
        input: Stdio,
        output: Stdio,
    ) -> io::Result<Self> {
        // Otherwise liblsl's sockets and the headset's port would stay open in the guard.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut process = Command::new(&how.program)
            .args(&how.args)
            .arg(display.name())
            .stdin(input)
            .stdout(output)
            // Ctrl-C and the closing of a terminal are meant for the driver only.
            .process_group(0)
            .spawn()?;
        let pipe = process.stdin.take().map(OwnedFd::from);
        Ok(Self {
            process,
            pipe,
            sent: 0,
        })
    }

    /// A guard that stops reading must not block the pointer.
    fn never_wait(&self) -> io::Result<()> {
        if let Some(pipe) = &self.pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(())
    }

    /// Waits until the guard says that it is ready.
    fn wait_until_ready(&self, ready: &OwnedFd) -> io::Result<()> {
        let within = Timespec {
            tv_sec: READY_S,
            tv_nsec: 0,
        };
        let mut line = [0; READY.len()];
        if poll(&mut [PollFd::new(ready, PollFlags::IN)], Some(&within))? == 0 {
            return Err(io::Error::other(format!(
                "it is not ready after {READY_S} s"
            )));
        }
        let mut ready = File::from(ready.try_clone()?);
        ready
            .read_exact(&mut line)
            .map_err(|_| io::Error::other("it ended"))
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
        self.send(bits)?;
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

    fn send(&mut self, byte: u8) -> io::Result<()> {
        let pipe = self.pipe.as_ref();
        let pipe = pipe.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        rustix::io::write(pipe, &[byte])?;
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Without a goodbye, the guard releases the buttons when the pipe closes. So say goodbye only if none is down.
        if self.sent == 0
            && let Err(error) = self.send(GOODBYE)
        {
            log::debug!("the guard is gone already: {error}");
        }
        self.pipe = None;
        for _ in 0..ENDING.0 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(ENDING.1);
        }
        log::debug!("the guard has not ended yet");
    }
}
