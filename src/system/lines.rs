//! Reads lines that another process sends through a pipe, without waiting for them.

use std::io;
use std::os::fd::AsFd;

/// Bytes read at once, and most bytes of a line.
const READ: usize = 16 * 1024;
const LONGEST: usize = 4 * 1024 * 1024;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Something, so the other process is alive.
    Some,
    /// It has closed its end.
    End,
}

/// Lines that have arrived so far.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    /// Reads what is there. Call it when the pipe has something.
    ///
    /// # Errors
    /// The system's error, or a line without an end.
    pub(crate) fn read(&mut self, from: impl AsFd) -> io::Result<Read> {
        let mut bytes = [0; READ];
        let count = loop {
            match rustix::io::read(&from, &mut bytes[..]) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other?,
            }
        };
        if count == 0 {
            return Ok(Read::End);
        }
        self.bytes.extend_from_slice(&bytes[..count]);
        if self.bytes.len() > LONGEST {
            let cause = format!("a line is longer than {LONGEST} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, cause));
        }
        Ok(Read::Some)
    }

    /// The next whole line that is not empty.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let end = self.bytes.iter().position(|byte| *byte == b'\n')?;
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            if !text.is_empty() {
                return Some(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_arrive_in_any_pieces_and_empty_ones_are_left_out() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let mut lines = Lines::default();
        let mut send = |text: &str| {
            rustix::io::write(&writer, text.as_bytes()).unwrap();
            assert_eq!(lines.read(&reader).unwrap(), Read::Some);
            std::iter::from_fn(|| lines.next()).collect::<Vec<_>>()
        };
        assert_eq!(send("{\"a\""), [""; 0]);
        assert_eq!(
            send(":1}\n\n\n{\"b\":2}\n{\"c\""),
            ["{\"a\":1}", "{\"b\":2}"]
        );
        assert_eq!(send(":3}\r\n"), ["{\"c\":3}"]);
        assert_eq!(send("\n"), [""; 0]);
        drop(writer);
        assert_eq!(lines.read(&reader).unwrap(), Read::End);
    }
}
