//! Asking a running driver: a private socket in the user's runtime directory, which only the user can open.
//!
//! A thread of its own reads questions and writes answers, so that nobody who connects can hold up the run: a question has a second to
//! arrive, however it trickles in, and of many clients the oldest that has asked nothing gives way, or else the oldest that only wants to
//! know something. `stop` works as soon as it is read; `pause` and `resume` have a queue of their own, so no number of other questions
//! keeps them out.

mod client;
mod connection;
mod server;

pub use client::ask;

use super::StopFlag;
use crate::system::private_folder::PrivateFolder;
use crossbeam_channel::{Receiver, Sender, bounded};
use server::serve;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// No question or answer is longer, bytes.
const LONGEST: usize = 65_536;
/// Clients at a time, and those that are let in at once.
const CLIENTS: usize = 64;
/// Questions that wait for the run, apart from `pause` and `resume`. Fewer than clients, so that there is always one that can give way.
const REQUESTS: usize = 32;
/// Ends the name of a socket.
const END: &str = ".sock";
/// What a client is told whose question was not passed on.
const BUSY: &str = "too many ask this driver at once: ask again";
/// What `stop` is answered.
const STOPS: &str = "stops, with every button released";

/// What a driver answers: what it did, or why it did not.
pub type Reply = Result<String, String>;

/// A question, and where its answer goes.
struct Request {
    request: String,
    reply: Sender<Reply>,
}

/// Where questions go.
struct Lines {
    /// `pause` and `resume`, which the run looks at first.
    urgent: Sender<Request>,
    others: Sender<Request>,
    stop: StopFlag,
}

/// The driver's end.
pub struct Remote {
    urgent: Receiver<Request>,
    others: Receiver<Request>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    folder: PrivateFolder,
    name: String,
}

impl Remote {
    /// Makes the socket of this process, and the thread that serves it. `stop` ends the run.
    ///
    /// # Errors
    /// What the system said.
    pub fn open(stop: StopFlag) -> io::Result<Self> {
        Self::open_in(PrivateFolder::make()?, stop)
    }

    fn open_in(folder: PrivateFolder, stop: StopFlag) -> io::Result<Self> {
        let name = format!("{}{END}", std::process::id());
        // Left by a process of the same number that died.
        folder.remove(&name);
        let place = folder.place(&name);
        let listener = UnixListener::bind(&place)?;
        std::fs::set_permissions(&place, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let (urgent_tx, urgent) = bounded(CLIENTS);
        let (others_tx, others) = bounded(REQUESTS);
        let lines = Lines {
            urgent: urgent_tx,
            others: others_tx,
            stop,
        };
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let serve = move || serve(&listener, &lines, &over);
        let thread = std::thread::Builder::new()
            .name("remote".into())
            .spawn(serve)?;
        Ok(Self {
            urgent,
            others,
            is_over,
            thread: Some(thread),
            folder,
            name,
        })
    }

    /// Answers the questions that have come since, without waiting.
    pub fn reply(&self, mut reply: impl FnMut(&str) -> Reply) {
        // No more than there was room for: a client that asks all the time must not keep the run here.
        for _ in 0..REQUESTS {
            let urgent = self.urgent.try_iter().take(CLIENTS);
            for ask in urgent.chain(self.others.try_recv().ok()) {
                // There is room for one; who asked may be gone.
                let _ = ask.reply.try_send(reply(&ask.request));
            }
            if self.urgent.is_empty() && self.others.is_empty() {
                return;
            }
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.folder.remove(&self.name);
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            log::error!("the thread that answers requests failed");
        }
    }
}

#[cfg(test)]
mod tests;
