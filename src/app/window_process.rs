//! A window as a process of its own: lines go to its standard input, and lines come from its standard output. The run never waits for it.

use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

/// How long a window may take to close, nanoseconds, and the time between two looks.
const CLOSING_NS: i64 = 2_000_000_000;
const LOOK_NS: i64 = 10_000_000;
/// Number of lines that can wait for a slow window, and that can wait for the run.
const TO_WINDOW: usize = 4;
const FROM_WINDOW: usize = 16;

/// A window's process.
pub(super) struct WindowProcess {
    process: Child,
    /// None once it is to close.
    lines: Option<Sender<String>>,
    answers: Receiver<String>,
}

impl WindowProcess {
    /// Starts this program with these arguments.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn start(args: &[String]) -> io::Result<Self> {
        let mut window = Command::new(std::env::current_exe()?);
        window.args(args).args(verbosity());
        window.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the run, which then closes its window.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut window, 0);
        let mut process = window.spawn()?;
        let (lines, lines_rx) = bounded(TO_WINDOW);
        let (answers_tx, answers) = bounded(FROM_WINDOW);
        if let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) {
            spawn("window-in", move || write(&lines_rx, input))?;
            spawn("window-out", move || read(output, &answers_tx))?;
        }
        Ok(Self {
            process,
            lines: Some(lines),
            answers,
        })
    }

    /// Whether it has not read what was sent before.
    pub(super) fn is_slow(&self) -> bool {
        self.lines.as_ref().is_some_and(Sender::is_full)
    }

    /// Sends a value as a line of JSON, unless the window is slow. Returns whether it was sent.
    ///
    /// # Errors
    /// If the value is none that JSON can hold.
    pub(super) fn send(&self, value: &impl Serialize) -> serde_json::Result<bool> {
        if self.is_slow() {
            return Ok(false);
        }
        let line = serde_json::to_string(value)?;
        // If nobody reads any more, the window has ended, which the next look finds.
        let sent = self
            .lines
            .as_ref()
            .map(|lines| lines.try_send(line).is_ok());
        Ok(sent.unwrap_or(false))
    }

    /// The lines that it has written since the last call.
    pub(super) fn answers(&self) -> impl Iterator<Item = String> {
        self.answers.try_iter()
    }

    /// Its exit status, if it has ended.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Asks it to close, waits for that, and ends it if it does not.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.lines = None;
        let end = HostNanos(clock::now().0 + CLOSING_NS);
        while self.process.try_wait()?.is_none() {
            if clock::now() >= end {
                self.process.kill()?;
                self.process.wait()?;
                return Ok(());
            }
            clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
        }
        Ok(())
    }
}

impl Drop for WindowProcess {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            log::debug!("a window was not closed: {error}");
        }
    }
}

/// The window logs as much as the run does.
fn verbosity() -> Option<&'static str> {
    match log::max_level() {
        log::LevelFilter::Info => Some("-v"),
        log::LevelFilter::Debug | log::LevelFilter::Trace => Some("-vv"),
        _ => None,
    }
}

/// Writes lines until nobody reads them, or there are no more. It may have to wait for the window, so it has its own thread.
fn write(lines: &Receiver<String>, mut to: impl Write) {
    super::gui::step_back();
    let written = lines.iter().try_for_each(|line| writeln!(to, "{line}"));
    if let Err(error) = written {
        log::debug!("the window no longer reads: {error}");
    }
}

/// Reads lines until the window ends.
fn read(from: impl Read, answers: &Sender<String>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        if answers.send(line).is_err() {
            return;
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.into()).spawn(body)?;
    Ok(())
}
