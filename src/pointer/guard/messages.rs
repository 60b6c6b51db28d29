//! The driver's messages, from a pipe.

use super::Next;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Stdin};
use std::os::fd::AsFd;
use std::time::Duration;

/// Bytes read at once.
const READ: usize = 256;

/// Messages that are read from this file.
pub(super) struct Messages<F: AsFd>(F);

impl Messages<Stdin> {
    /// Reads from standard input.
    ///
    /// # Errors
    /// Never.
    pub(super) fn from_driver() -> io::Result<Self> {
        Ok(Self(io::stdin()))
    }
}

impl<F: AsFd> Messages<F> {
    #[cfg(test)]
    pub(super) fn from(file: F) -> Self {
        Self(file)
    }

    /// The next message, or silence of this length if a length is given.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn next(&mut self, silence: Option<Duration>) -> io::Result<Next> {
        let silence = silence.map(|time| Timespec {
            tv_sec: time.as_secs() as i64,
            tv_nsec: time.subsec_nanos().into(),
        });
        loop {
            match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], silence.as_ref()) {
                Ok(0) => return Ok(Next::Silence),
                Ok(_) => {
                    let mut bytes = [0; READ];
                    let count = self.read(&mut bytes)?;
                    let latest = bytes[..count].last();
                    return Ok(latest.map_or(Next::End, |byte| Next::Message(*byte)));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(&self.0, &mut *into) {
                Err(rustix::io::Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }
}
