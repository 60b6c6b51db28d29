//! The driver's messages, from standard input.

use super::Next;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::io::{self, Read};
use std::time::Duration;

/// Bytes read at once, and messages that can wait.
const READ: usize = 256;

/// Messages that a thread of their own reads, because a pipe of Windows cannot be read with a deadline.
pub(super) struct Messages(Receiver<u8>);

impl Messages {
    /// Reads from standard input.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(super) fn from_driver() -> io::Result<Self> {
        let (messages, received) = bounded(READ);
        let read = move || {
            let mut input = io::stdin().lock();
            let mut bytes = [0; READ];
            // An error means the same as the end: the driver is gone.
            while let Ok(count @ 1..) = input.read(&mut bytes) {
                if messages.send(bytes[count - 1]).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("messages".into());
        thread.spawn(read)?;
        Ok(Self(received))
    }

    /// The next message, or silence of this length if a length is given.
    ///
    /// # Errors
    /// Never.
    pub(super) fn next(&mut self, silence: Option<Duration>) -> io::Result<Next> {
        let received = match silence {
            Some(silence) => self.0.recv_timeout(silence),
            None => self.0.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        Ok(match received {
            Ok(message) => Next::Message(message),
            Err(RecvTimeoutError::Timeout) => Next::Silence,
            Err(RecvTimeoutError::Disconnected) => Next::End,
        })
    }
}
