//! The driver's side of one connection: reads a request and writes its reply, without ever waiting.

use super::request::{Lines, REPLY_NS, RequestKind, as_text, text_of};
use crate::runtime::reply::{LONGEST, Refusal, Reply};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, TryRecvError};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Time allowed from connecting to the last byte of a request, nanoseconds.
pub(super) const REQUEST_NS: u64 = 1_000_000_000;
/// Number of bytes read at a time.
pub(super) const READ: usize = 4096;

/// A connected client.
pub(super) struct Connection {
    pub(super) stream: UnixStream,
    since: HostNanos,
    request: Vec<u8>,
    /// Known once the request is complete.
    pub(super) kind: RequestKind,
    /// The channel for the reply, once the request is complete.
    pub(super) reply: Option<Receiver<Reply>>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            since: clock::now(),
            request: Vec::new(),
            kind: RequestKind::Query,
            reply: None,
        })
    }

    /// Reads or replies as far as possible without waiting. Returns false once the connection is finished.
    pub(super) fn proceed(&mut self, lines: &Lines) -> bool {
        let passed_ns = clock::now().since(self.since);
        let Some(reply) = &self.reply else {
            return self.read(lines) && passed_ns < REQUEST_NS;
        };
        match reply.try_recv() {
            Ok(reply) => {
                self.send(&reply);
                false
            }
            Err(TryRecvError::Empty) => passed_ns < REPLY_NS,
            Err(TryRecvError::Disconnected) => false,
        }
    }

    /// Reads what has arrived, and queues the request once it is complete. Returns false if no request will come.
    fn read(&mut self, lines: &Lines) -> bool {
        let mut bytes = [0; READ];
        while self.request.len() <= LONGEST {
            let is_whole = match self.stream.read(&mut bytes) {
                Ok(0) if self.request.is_empty() => return false,
                Ok(0) => true,
                Ok(count) => {
                    self.request.extend_from_slice(&bytes[..count]);
                    bytes[..count].contains(&b'\n')
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            if is_whole {
                return self.ask(lines);
            }
        }
        self.send(&Err(Refusal::TooLong));
        false
    }

    fn ask(&mut self, lines: &Lines) -> bool {
        let request = text_of(&self.request);
        self.kind = RequestKind::of(&request);
        match lines.queue(request) {
            Ok(result) => self.reply = Some(result),
            Err(reply) => self.send(&reply),
        }
        self.reply.is_some()
    }

    /// Writes a reply. It fits into the socket's buffer, so a client that does not read it causes no wait.
    pub(super) fn send(&mut self, reply: &Reply) {
        let text = as_text(reply);
        if let Err(error) = self.stream.write_all(text.as_bytes()) {
            log::debug!("a request was not answered: {error}");
        }
    }
}
