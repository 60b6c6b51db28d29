//! The driver's side of one connection: reads a request and writes its reply, without ever waiting.

use super::{Lines, Request, STOPS};
use crate::runtime::reply::{LONGEST, Refusal, Reply};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Time allowed from connecting to the last byte of a request, nanoseconds.
pub(super) const REQUEST_NS: u64 = 1_000_000_000;
/// Time allowed from connecting to the reply, nanoseconds. A slow disk may delay the storing of a setting.
const REPLY_NS: u64 = 10_000_000_000;
/// Number of bytes read at a time.
pub(super) const READ: usize = 4096;

/// The kind of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// End the run.
    Stop,
    /// Pause or resume.
    Urgent,
    /// Change settings. This must not be repeated.
    Change,
    /// Ask for information.
    Query,
}

impl RequestKind {
    fn of(request: &str) -> Self {
        match request {
            "stop" => Self::Stop,
            "pause" | "resume" => Self::Urgent,
            "back" => Self::Change,
            set if set.starts_with("set ") => Self::Change,
            _ => Self::Query,
        }
    }
}

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
        let line = self.request.split(|byte| *byte == b'\n').next();
        let request = String::from_utf8_lossy(line.unwrap_or_default());
        let request = request.trim().to_owned();
        self.kind = RequestKind::of(&request);
        let line = match self.kind {
            RequestKind::Stop => {
                lines.stop.stop();
                self.send(&Ok(STOPS.into()));
                return false;
            }
            RequestKind::Urgent => &lines.urgent,
            RequestKind::Change | RequestKind::Query => &lines.others,
        };
        let (reply, result) = bounded(1);
        if line.try_send(Request { request, reply }).is_err() {
            self.send(&Err(Refusal::Busy));
            return false;
        }
        self.reply = Some(result);
        true
    }

    /// Writes a reply. It fits into the socket's buffer, so a client that does not read it causes no wait.
    pub(super) fn send(&mut self, reply: &Reply) {
        let text = match reply {
            Ok(done) => format!("ok {done}"),
            Err(why) => format!("no {why}"),
        };
        if let Err(error) = self.stream.write_all(text.as_bytes()) {
            log::debug!("a request was not answered: {error}");
        }
    }
}
