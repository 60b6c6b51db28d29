//! Everything that this program prints goes through here, so that foreign text never controls the terminal, and a
//! failed write never causes a panic.

use crate::printable::printable_lines;
use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written")]
pub(super) struct OutputError(#[from] io::Error);

impl OutputError {
    /// The reader, such as `head`, has closed the pipe. That is not an error.
    pub(super) fn is_reader_gone(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Whether a message could not be written to standard error.
static MESSAGE_LOST: AtomicBool = AtomicBool::new(false);

/// Whether a progress bar is drawn on the terminal, which a message overwrites.
static BAR: AtomicBool = AtomicBool::new(false);

/// Prints a line on standard output: `say!("{count} samples")?`.
macro_rules! say {
    ($($part:tt)*) => { $crate::app::out::print_line(format_args!($($part)*)) };
}

/// Prints a line on standard error. If it cannot be written, work continues, and the exit status is 1 at the end.
macro_rules! note {
    ($($part:tt)*) => { $crate::app::out::note_line(format_args!($($part)*)) };
}

pub(super) use {note, say};

/// See [`say!`].
pub(super) fn print_line(text: fmt::Arguments<'_>) -> Result<(), OutputError> {
    let line = format!("{}\n", printable_lines(&text.to_string()));
    let mut out = io::stdout().lock();
    Ok(out.write_all(line.as_bytes()).and_then(|()| out.flush())?)
}

/// See [`note!`].
pub(super) fn note_line(text: fmt::Arguments<'_>) {
    let line = format!("{}\n", printable_lines(&text.to_string()));
    // `Messages` remembers a failure.
    let _ = Messages.write_all(line.as_bytes());
}

/// Whether every message could be written.
pub(super) fn are_messages_whole() -> bool {
    !MESSAGE_LOST.load(Ordering::Relaxed)
}

/// Sets whether a progress bar is drawn on the terminal.
pub(super) fn set_bar(is_drawn: bool) {
    BAR.store(is_drawn, Ordering::Relaxed);
}

/// Writes what is still buffered for standard output.
pub(super) fn flush() -> Result<(), OutputError> {
    Ok(io::stdout().flush()?)
}

/// Writes many lines to standard output efficiently. Call [`Lines::flush`] at the end.
pub(super) struct Lines(BufWriter<StdoutLock<'static>>);

impl Lines {
    pub(super) fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    pub(super) fn line(&mut self, text: &str) -> Result<(), OutputError> {
        self.0.write_all(printable_lines(text).as_bytes())?;
        Ok(self.0.write_all(b"\n")?)
    }

    pub(super) fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.0.flush()?)
    }
}

/// Standard error, which remembers if it could not be written.
pub(super) struct Messages;

impl Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut error = io::stderr().lock();
        if BAR.load(Ordering::Relaxed) {
            // Clear the line of the bar, which is drawn again below the message.
            error.write_all(b"\r\x1b[2K")?;
        }
        let written = error.write(bytes);
        let failed = written.as_ref().is_err_and(|error| {
            !matches!(
                error.kind(),
                io::ErrorKind::BrokenPipe | io::ErrorKind::Interrupted
            )
        });
        if failed {
            MESSAGE_LOST.store(true, Ordering::Relaxed);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
