//! Reading from a pseudo-terminal.

use std::io::{self, Read};

/// What has come, after a short wait; nothing where nothing has.
///
/// # Errors
/// Where the other end is gone.
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
