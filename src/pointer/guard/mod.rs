//! A process of its own that releases what the driver held down, when the driver cannot do so any more.
//!
//! The driver tells its guard over a pipe what it holds, before it presses and after it released, and again at every tick while
//! anything is down. The guard releases it where the pipe closes without a goodbye (the driver was killed), and where nothing is told
//! for 200 ms while something is down (the driver is stopped or starved). It has a connection to the display of its own, opened
//! beforehand. What is held also stands in a file of the user's private folder, so that the next guard releases it where both were
//! killed.
//!
//! A mouse board needs none: it releases by itself when the driver says nothing for 250 ms.

mod left_behind;
mod watch;

pub use watch::guard;

use super::GuardProgram;
use crate::command::Buttons;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// While anything is down and nothing is told for so long, the guard releases it, nanoseconds: longer than what the driver itself takes
/// for a late tick, so that what goes on after that is released by both.
const SILENT_NS: i64 = 200_000_000;
/// A guard that is not ready by then is taken as failed, seconds.
const READY_S: i64 = 5;
/// How long a guard may take to end after the goodbye: so often, so long.
const ENDING: (u32, Duration) = (50, Duration::from_millis(2));

/// What is told is one byte: these bits are buttons that are down,
const BITS: [u8; 3] = [1, 2, 4];
/// or it is the goodbye.
const GOODBYE: u8 = 0x80;
/// What a guard prints when it is ready.
const READY: &[u8] = b"ready\n";

/// Buttons as bits.
fn bits(buttons: Buttons) -> u8 {
    let downs = [buttons.left, buttons.right, buttons.middle];
    let pairs = BITS.iter().zip(downs);
    pairs.fold(
        0,
        |bits, (bit, is_down)| if is_down { bits | bit } else { bits },
    )
}

/// The driver's end.
#[derive(Debug)]
pub(super) struct Guard {
    process: Child,
    pipe: Option<ChildStdin>,
    told: u8,
}

impl Guard {
    /// Starts a guard and waits until it is ready.
    ///
    /// # Errors
    /// Where it cannot be started, or cannot reach the display.
    pub(super) fn start(how: &GuardProgram) -> io::Result<Self> {
        // liblsl's sockets and the headset's port would stay open in the guard.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut process = Command::new(&how.program)
            .args(&how.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C in a terminal, and the terminal's end, are for the driver.
            .process_group(0)
            .spawn()?;
        let pipe = process.stdin.take();
        let ready = process.stdout.take();
        let mut guard = Self {
            process,
            pipe,
            told: 0,
        };
        let (Some(pipe), Some(mut ready)) = (&mut guard.pipe, ready) else {
            return Err(io::Error::other("it has no pipe"));
        };
        // A guard that does not read must not stop the pointer.
        rustix::io::ioctl_fionbio(&*pipe, true)?;
        let within = Timespec {
            tv_sec: READY_S,
            tv_nsec: 0,
        };
        let mut said = [0; READY.len()];
        if poll(&mut [PollFd::new(&ready, PollFlags::IN)], Some(&within))? == 0 {
            return Err(io::Error::other(format!(
                "it is not ready after {READY_S} s"
            )));
        }
        ready
            .read_exact(&mut said)
            .map_err(|_| io::Error::other("it ended"))?;
        Ok(guard)
    }

    /// Tells what is down, where that has changed or anything is: then it is also a sign of life.
    ///
    /// # Errors
    /// Where the guard has ended, or has not read for a quarter of an hour.
    pub(super) fn notify(&mut self, down: Buttons) -> io::Result<()> {
        let bits = bits(down);
        if bits == 0 && self.told == 0 {
            return Ok(());
        }
        self.send(bits)?;
        self.told = bits;
        Ok(())
    }

    /// As [`tell`](Self::tell), but only where that has changed.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub(super) fn notify_change(&mut self, down: Buttons) -> io::Result<()> {
        if bits(down) == self.told {
            return Ok(());
        }
        self.notify(down)
    }

    fn send(&mut self, byte: u8) -> io::Result<()> {
        let pipe = self.pipe.as_mut();
        let pipe = pipe.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        pipe.write_all(&[byte])
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Only who holds nothing says goodbye; else the guard releases when the pipe closes.
        if self.told == 0
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
        log::debug!("the guard takes its time to end");
    }
}
