//! What clients ask for, and the queues for it.

use crate::runtime::StopFlag;
use crate::runtime::reply::{Refusal, Reply};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::time::Duration;

/// Time allowed from connecting to the reply, nanoseconds. A slow disk may delay the storing of a setting.
pub(super) const REPLY_NS: u64 = 10_000_000_000;
/// How long a client waits for a reply.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// Reply to `stop`.
pub(super) const STOPS: &str = "stops, with every button released";

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

/// How requests begin that must not be repeated.
const CHANGES: [&str; 3] = ["set ", "click ", "scroll "];

impl RequestKind {
    pub(super) fn of(request: &str) -> Self {
        match request {
            "stop" => Self::Stop,
            "pause" | "rest" | "end rest" | "resume" => Self::Urgent,
            "back" => Self::Change,
            change if CHANGES.iter().any(|word| change.starts_with(word)) => Self::Change,
            _ => Self::Query,
        }
    }
}

/// A request, and the channel for its reply.
pub(super) struct Request {
    pub(super) request: String,
    pub(super) reply: Sender<Reply>,
}

/// The queues for requests.
#[derive(Clone)]
pub(super) struct Lines {
    /// `pause` and `resume`, which the run handles first.
    pub(super) urgent: Sender<Request>,
    pub(super) others: Sender<Request>,
    pub(super) stop: StopFlag,
}

impl Lines {
    /// Queues a request. Returns the channel for its reply.
    ///
    /// # Errors
    /// The reply, if there is one at once: to `stop`, or because the queue is full.
    pub(super) fn queue(&self, request: String) -> Result<Receiver<Reply>, Reply> {
        let line = match RequestKind::of(&request) {
            RequestKind::Stop => {
                self.stop.stop();
                return Err(Ok(STOPS.into()));
            }
            RequestKind::Urgent => &self.urgent,
            RequestKind::Change | RequestKind::Query => &self.others,
        };
        let (reply, result) = bounded(1);
        let queued = line.try_send(Request { request, reply });
        queued.map(|()| result).map_err(|_| Err(Refusal::Busy))
    }
}

/// The request in what a client sent: its first line.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next();
    let request = String::from_utf8_lossy(line.unwrap_or_default());
    request.trim().to_owned()
}

/// A reply as it is sent.
pub(super) fn as_text(reply: &Reply) -> String {
    match reply {
        Ok(done) => format!("ok {done}"),
        Err(why) => format!("no {why}"),
    }
}
