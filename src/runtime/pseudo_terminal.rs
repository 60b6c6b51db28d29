//! Reading from a pseudo-terminal.

use std::io::{self, Read};

/// Returns the bytes that arrive before the terminal's timeout; none if none arrive.
///
/// # Errors
/// If the other end is closed.
pub(super) fn read<'a>(terminal: &mut impl Read, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let count = match terminal.read(buffer) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
            ) =>
        {
            0
        }
        read => read?,
    };
    Ok(buffer.get(..count).unwrap_or(&[]))
}
