//! A process of this program that reads the driver's messages from a pipe.

use super::PointerProcess;
use crate::system::signals;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, Read, Write};
use std::os::windows::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Ctrl-C and the closing of a console are meant for the driver only: the process has a hidden console and a group of its
/// own (`CREATE_NO_WINDOW` and `CREATE_NEW_PROCESS_GROUP` of Windows).
const APART: u32 = 0x0800_0000 | 0x0000_0200;
/// Once its pipe is closed, the process's end is checked this many times, at this interval.
const ENDING: (u32, Duration) = (50, Duration::from_millis(2));
/// What a process prints when it is ready.
const READY: &[u8] = b"ready\n";
/// A message that is not in the pipe within this time is not read any more.
const SENDING: Duration = Duration::from_millis(100);

/// The driver's end of the pipe. The process should end when the pipe closes.
#[derive(Debug)]
pub(super) struct PipedProcess {
    process: Child,
    /// A thread of its own writes, because a full pipe of Windows would block the pointer.
    messages: Option<Sender<u8>>,
    written: Receiver<io::Result<()>>,
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
        let mut process = Command::new(&how.program)
            .args(&how.args)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .creation_flags(APART)
            .spawn()?;
        let (Some(input), Some(ready)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        wait_until_ready(ready, ready_within_s)?;
        let (messages, to_write) = bounded(1);
        let (done, written) = bounded(1);
        thread("guard-pipe", move || write(input, &to_write, &done))?;
        Ok(Self {
            process,
            messages: Some(messages),
            written,
        })
    }

    /// Sends a message, byte by byte. When this returns, it is in the pipe, where it stays if this program is killed.
    /// After an error, nothing is sent any more.
    ///
    /// # Errors
    /// If the process has ended, or has not read for so long that the pipe is full.
    pub(super) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let sent = message.iter().try_for_each(|byte| self.send_byte(*byte));
        if sent.is_err() {
            self.messages = None;
        }
        sent
    }

    fn send_byte(&self, byte: u8) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let messages = self.messages.as_ref().ok_or_else(gone)?;
        messages.try_send(byte).map_err(|_| gone())?;
        let written = self.written.recv_timeout(SENDING);
        written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Writes messages until the driver ends.
fn write(mut input: ChildStdin, messages: &Receiver<u8>, done: &Sender<io::Result<()>>) {
    for byte in messages {
        if done.send(input.write_all(&[byte])).is_err() {
            return;
        }
    }
}

/// Waits until the process says that it is ready.
fn wait_until_ready(mut ready: ChildStdout, within_s: i64) -> io::Result<()> {
    let (said, heard) = bounded(1);
    thread("guard-ready", move || {
        let mut line = [0; READY.len()];
        // Nobody waits any more if that took too long.
        let _ = said.send(ready.read_exact(&mut line));
    })?;
    match heard.recv_timeout(Duration::from_secs(within_s.unsigned_abs())) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(io::Error::other("it ended")),
        Err(_) => Err(io::Error::other(format!(
            "it is not ready after {within_s} s"
        ))),
    }
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = std::thread::Builder::new().name(name.into());
    thread.spawn(body).map(drop)
}

impl Drop for PipedProcess {
    fn drop(&mut self) {
        // The writing thread ends, and with it the pipe.
        self.messages = None;
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
    let mut output = io::stdout();
    output.write_all(READY)?;
    output.flush()
}

/// Ignores the events that end the driver, so that this process ends after it.
///
/// # Errors
/// The system's error.
pub(super) fn outlive_signals() -> io::Result<()> {
    // Nobody reads the flag. Having a handler is what keeps the process alive.
    signals::set_instead(&Arc::new(AtomicBool::new(false)))
}
