//! Sending requests to a running driver, through a private socket in the user's runtime directory that only the user can open. On Windows
//! it is a named pipe, and the folder holds an empty file of its name.
//!
//! A separate thread reads requests and writes replies, so no client can block the run. A request must arrive within a second. If there are
//! too many clients, the oldest one without a request is disconnected, or else the oldest one that only asks for information. The thread
//! handles `stop` as soon as it has read it. `pause` and `resume` have their own queue, so other requests never crowd them out.

mod client;
#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod exchange;
#[cfg(windows)]
#[path = "exchange_windows.rs"]
mod exchange;
mod request;
#[cfg(unix)]
mod server;
#[cfg(windows)]
#[path = "server_windows.rs"]
mod server;

pub use client::ask;

use super::StopFlag;
use super::reply::Reply;
use crate::system::private_folder::PrivateFolder;
use crossbeam_channel::{Receiver, bounded};
use request::{Lines, Request};
use server::{bind, serve, wake};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Maximum number of clients, and of connections accepted at a time.
const CLIENTS: usize = 64;
/// Maximum number of queued requests, apart from `pause` and `resume`. Lower than `CLIENTS`, so there is always a client that can be dropped.
const REQUESTS: usize = 32;
/// Suffix of a socket's name.
const END: &str = ".sock";

/// The driver's side of the socket.
pub struct Remote {
    urgent: Receiver<Request>,
    others: Receiver<Request>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    folder: PrivateFolder,
    name: String,
}

impl Remote {
    /// Creates the socket of this process, and starts the thread that serves it. `stop` ends the run.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn open(stop: StopFlag) -> io::Result<Self> {
        Self::open_in(PrivateFolder::make()?, stop)
    }

    fn open_in(folder: PrivateFolder, stop: StopFlag) -> io::Result<Self> {
        let name = format!("{}{END}", std::process::id());
        // A dead process with the same number may have left one.
        folder.remove(&name);
        let listener = bind(&folder, &name)?;
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

    /// Replies to the requests that have arrived since the last call, without waiting.
    pub fn reply(&self, mut reply: impl FnMut(&str) -> Reply) {
        // At most one queue's worth, so that a client that never stops asking cannot keep the run here.
        for _ in 0..REQUESTS {
            let urgent = self.urgent.try_iter().take(CLIENTS);
            for ask in urgent.chain(self.others.try_recv().ok()) {
                // The channel holds one reply; the client may have gone.
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
        wake(&self.name);
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

#[cfg(unix)]
#[cfg(test)]
mod tests;
