//! The thread that serves the socket: accepts connections, and chooses which client to drop if there are too many.

use super::CLIENTS;
use super::connection::Connection;
use super::request::{Lines, RequestKind};
use crate::runtime::reply::Refusal;
use crate::system::clock;
use crate::system::private_folder::PrivateFolder;
use crate::time::HostNanos;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};

/// Maximum wait for a client, and maximum wait while a reply is pending, nanoseconds.
const REST_NS: i64 = 100_000_000;
const LOOK_NS: i64 = 5_000_000;

/// Creates the socket.
///
/// # Errors
/// The operating system's error.
pub(super) fn bind(folder: &PrivateFolder, name: &str) -> io::Result<UnixListener> {
    let place = folder.place(name);
    let listener = UnixListener::bind(&place)?;
    std::fs::set_permissions(&place, Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Nothing: the thread looks often enough.
pub(super) fn wake(_: &str) {}

/// Serves clients until the run is over.
pub(super) fn serve(listener: &UnixListener, lines: &Lines, is_over: &AtomicBool) {
    let mut clients: Vec<Connection> = Vec::with_capacity(CLIENTS);
    while !is_over.load(Ordering::SeqCst) {
        wait(listener, &clients);
        for _ in 0..CLIENTS {
            match listener.accept() {
                Ok((stream, _)) => accept(&mut clients, stream, lines),
                Err(_) => break,
            }
        }
        clients.retain_mut(|client| client.proceed(lines));
    }
    // Replies from the run's last round are still sent.
    clients.retain_mut(|client| client.proceed(lines));
}

/// Waits a short time for a new client or new data.
fn wait(listener: &UnixListener, clients: &[Connection]) {
    let is_reply_pending = clients.iter().any(|client| client.reply.is_some());
    let rest = Timespec {
        tv_sec: 0,
        tv_nsec: if is_reply_pending { LOOK_NS } else { REST_NS },
    };
    let asking = clients.iter().filter(|client| client.reply.is_none());
    let mut watched = vec![PollFd::new(listener, PollFlags::IN)];
    watched.extend(asking.map(|client| PollFd::new(&client.stream, PollFlags::IN)));
    if let Err(error) = poll(&mut watched, Some(&rest))
        && error != rustix::io::Errno::INTR
    {
        log::debug!("clients cannot be polled: {error}");
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    }
}

/// Reads the request of a new client. If there are too many clients, drops one of the others.
fn accept(clients: &mut Vec<Connection>, stream: UnixStream, lines: &Lines) {
    let mut client = match Connection::new(stream) {
        Ok(client) => client,
        Err(error) => return log::debug!("a client cannot be read: {error}"),
    };
    if clients.len() >= CLIENTS {
        // Some may have received their reply, or sent their request, by now.
        clients.retain_mut(|client| client.proceed(lines));
    }
    if clients.len() >= CLIENTS {
        let busy = Err(Refusal::Busy);
        match client_to_drop(clients) {
            Some(oldest) => clients.remove(oldest).send(&busy),
            None => return client.send(&busy),
        }
    }
    if client.proceed(lines) {
        clients.push(client);
    }
}

/// The client to drop: the oldest without a request, or else the oldest that asks for information, or else one that may repeat its request.
fn client_to_drop(clients: &[Connection]) -> Option<usize> {
    let oldest = |of: &dyn Fn(&Connection) -> bool| clients.iter().position(of);
    oldest(&|client| client.reply.is_none())
        .or_else(|| oldest(&|client| client.kind == RequestKind::Query))
        .or_else(|| oldest(&|client| client.kind == RequestKind::Urgent))
}
