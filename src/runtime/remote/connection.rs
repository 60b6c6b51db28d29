//! The driver's end of one connection: reads a question and writes its answer, without ever waiting.

use super::{BUSY, LONGEST, Lines, Reply, Request, STOPS};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// From connecting to the last byte of a question, nanoseconds.
pub(super) const REQUEST_NS: u64 = 1_000_000_000;
/// From connecting to the answer, nanoseconds: a disk may be slow to keep a setting.
const REPLY_NS: u64 = 10_000_000_000;
/// Bytes that are read at once.
pub(super) const READ: usize = 4096;

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// To end the run.
    Stop,
    /// To hold or go on with it.
    Urgent,
    /// To change settings, which is not to be done twice.
    Change,
    /// To know something.
    Know,
}

impl RequestKind {
    fn of(request: &str) -> Self {
        match request {
            "stop" => Self::Stop,
            "pause" | "resume" => Self::Urgent,
            "back" => Self::Change,
            set if set.starts_with("set ") => Self::Change,
            _ => Self::Know,
        }
    }
}

/// Somebody who asks.
pub(super) struct Connection {
    pub(super) stream: UnixStream,
    since: HostNanos,
    request: Vec<u8>,
    /// Once the question is whole.
    pub(super) kind: RequestKind,
    /// Where the answer comes from, once the question is whole.
    pub(super) reply: Option<Receiver<Reply>>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            since: clock::now(),
            request: Vec::new(),
            kind: RequestKind::Know,
            reply: None,
        })
    }

    /// Reads or answers as far as that is possible without waiting; false where it is done with.
    pub(super) fn go_on(&mut self, lines: &Lines) -> bool {
        let passed_ns = clock::now().since(self.since);
        let Some(reply) = &self.reply else {
            return self.read(lines) && passed_ns < REQUEST_NS;
        };
        match reply.try_recv() {
            Ok(reply) => {
                self.tell(&reply);
                false
            }
            Err(TryRecvError::Empty) => passed_ns < REPLY_NS,
            Err(TryRecvError::Disconnected) => false,
        }
    }

    /// Reads what is there; passes the question on where it is whole. False where there will be none.
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
        self.tell(&Err(format!("a request has at most {LONGEST} bytes")));
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
                self.tell(&Ok(STOPS.into()));
                return false;
            }
            RequestKind::Urgent => &lines.urgent,
            RequestKind::Change | RequestKind::Know => &lines.others,
        };
        let (reply, result) = bounded(1);
        if line.try_send(Request { request, reply }).is_err() {
            self.tell(&Err(BUSY.into()));
            return false;
        }
        self.reply = Some(result);
        true
    }

    /// Writes an answer. It fits into the socket's own memory, so who does not read it is not waited for.
    pub(super) fn tell(&mut self, reply: &Reply) {
        let text = match reply {
            Ok(done) => format!("ok {done}"),
            Err(why) => format!("no {why}"),
        };
        if let Err(error) = self.stream.write_all(text.as_bytes()) {
            log::debug!("a request was not answered: {error}");
        }
    }
}
