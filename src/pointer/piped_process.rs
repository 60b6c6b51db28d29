//! A process of this program that reads the driver's messages from a pipe.

use super::PointerProcess;
use crate::system::signals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Once its pipe is closed, the process's end is checked this many times, at this interval.
const ENDING: (u32, Duration) = (50, Duration::from_millis(2));
/// What a process prints when it is ready.
const READY: &[u8] = b"ready\n";

/// The driver's end of the pipe. The process should end when the pipe closes.
#[derive(Debug)]
pub(super) struct PipedProcess {
    process: Child,
    pipe: Option<OwnedFd>,
    /// What it says until it is ready.
    output: Option<OwnedFd>,
}

impl PipedProcess {
    /// Starts the process with `more` arguments and waits until it is ready, for this many seconds at most.
    ///
    /// # Errors
    /// If it cannot be started, ends, or is not ready in time.
    pub(super) fn start(
        how: &PointerProcess,
        more: &[&str],
        ready_within_s: i64,
    ) -> io::Result<Self> {
        let mut started = Self::begin(how, more)?;
        match started.is_ready(ready_within_s)? {
            true => Ok(started),
            false => Err(not_ready(ready_within_s)),
        }
    }

    /// Starts the process. It must be ready before it is sent anything.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn begin(how: &PointerProcess, more: &[&str]) -> io::Result<Self> {
        let mut started = Self::spawn(how, more, Stdio::piped(), Stdio::piped())?;
        started.output = started.process.stdout.take().map(OwnedFd::from);
        Ok(started)
    }

    /// Whether it is ready, or becomes so within this many seconds.
    ///
    /// # Errors
    /// If it has ended.
    pub(super) fn is_ready(&mut self, within_s: i64) -> io::Result<bool> {
        let Some(output) = &self.output else {
            return Ok(true);
        };
        if !says_ready(output, within_s)? {
            return Ok(false);
        }
        self.output = None;
        self.never_wait()?;
        Ok(true)
    }

    /// Like [`start`](Self::start), for a process that has this file open as its standard output. It says over its
    /// standard input, a socket, that it is ready.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    #[cfg(all(feature = "desktop", not(target_os = "macos")))]
    pub(super) fn start_with_file(
        how: &PointerProcess,
        more: &[&str],
        file: OwnedFd,
        ready_within_s: i64,
    ) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        let theirs = Stdio::from(OwnedFd::from(theirs));
        let mut started = Self::spawn(how, more, theirs, Stdio::from(file))?;
        if !says_ready(&ours.try_clone()?.into(), ready_within_s)? {
            return Err(not_ready(ready_within_s));
        }
        started.pipe = Some(ours.into());
        started.never_wait()?;
        Ok(started)
    }

    fn spawn(how: &PointerProcess, more: &[&str], input: Stdio, output: Stdio) -> io::Result<Self> {
        // Otherwise liblsl's sockets and the headset's port would stay open in the process.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let mut process = Command::new(&how.program)
            .args(&how.args)
            .args(more)
            .stdin(input)
            .stdout(output)
            // Ctrl-C and the closing of a terminal are meant for the driver only.
            .process_group(0)
            .spawn()?;
        let pipe = process.stdin.take().map(OwnedFd::from);
        Ok(Self {
            process,
            pipe,
            output: None,
        })
    }

    /// A process that stops reading must not block the pointer.
    fn never_wait(&self) -> io::Result<()> {
        if let Some(pipe) = &self.pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(())
    }

    /// Sends a message.
    ///
    /// # Errors
    /// If the process has ended, or has not read for so long that the pipe is full.
    pub(super) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let pipe = self.pipe.as_ref();
        let pipe = pipe.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        // A message is short enough to be written at once or not at all.
        rustix::io::write(pipe, message)?;
        Ok(())
    }
}

fn not_ready(within_s: i64) -> io::Error {
    io::Error::other(format!("it is not ready after {within_s} s"))
}

/// Waits until the process says that it is ready, for this many seconds at most.
fn says_ready(ready: &OwnedFd, within_s: i64) -> io::Result<bool> {
    let within = Timespec {
        tv_sec: within_s,
        tv_nsec: 0,
    };
    let mut line = [0; READY.len()];
    if poll(&mut [PollFd::new(ready, PollFlags::IN)], Some(&within))? == 0 {
        return Ok(false);
    }
    let mut ready = File::from(ready.try_clone()?);
    ready
        .read_exact(&mut line)
        .map(|()| true)
        .map_err(|_| io::Error::other("it ended"))
}

impl Drop for PipedProcess {
    fn drop(&mut self) {
        self.pipe = None;
        for _ in 0..ENDING.0 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(ENDING.1);
        }
        log::debug!("process {} has not ended yet", self.process.id());
    }
}

/// Tells the driver, from inside the process, that its messages are read from now on.
///
/// # Errors
/// The system's error if the driver has ended.
pub(super) fn say_ready() -> io::Result<()> {
    say_ready_on(io::stdout().as_fd())
}

/// Like [`say_ready`], over this file.
///
/// # Errors
/// As [`say_ready`].
pub(super) fn say_ready_on(file: impl AsFd) -> io::Result<()> {
    rustix::io::write(file, READY)?;
    Ok(())
}

/// Ignores the signals that end the driver, so that this process ends after it.
///
/// # Errors
/// The system's error.
pub(super) fn outlive_signals() -> io::Result<()> {
    // Nobody reads the flag. Having a handler is what keeps the process alive.
    signals::set_instead(&Arc::new(AtomicBool::new(false)))
}
