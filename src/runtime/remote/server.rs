//! The thread that serves the socket: accepts connections, and decides which of too many gives way.

use super::connection::{Connection, RequestKind};
use super::{BUSY, CLIENTS, Lines};
use crate::system::clock;
use crate::time::HostNanos;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};

/// How long the thread waits for anybody, and while somebody waits for an answer, nanoseconds.
const REST_NS: i64 = 100_000_000;
const LOOK_NS: i64 = 5_000_000;

pub(super) fn serve(listener: &UnixListener, lines: &Lines, is_over: &AtomicBool) {
    let mut clients: Vec<Connection> = Vec::with_capacity(CLIENTS);
    while !is_over.load(Ordering::SeqCst) {
        wait(listener, &clients);
        for _ in 0..CLIENTS {
            match listener.accept() {
                Ok((stream, _)) => let_in(&mut clients, stream, lines),
                Err(_) => break,
            }
        }
        clients.retain_mut(|client| client.go_on(lines));
    }
    // Answers that were given in the run's last look still go out.
    clients.retain_mut(|client| client.go_on(lines));
}

/// Until somebody comes or says something; not for long.
fn wait(listener: &UnixListener, clients: &[Connection]) {
    let is_waited_for = clients.iter().any(|client| client.reply.is_some());
    let rest = Timespec {
        tv_sec: 0,
        tv_nsec: if is_waited_for { LOOK_NS } else { REST_NS },
    };
    let asking = clients.iter().filter(|client| client.reply.is_none());
    let mut watched = vec![PollFd::new(listener, PollFlags::IN)];
    watched.extend(asking.map(|client| PollFd::new(&client.stream, PollFlags::IN)));
    if let Err(error) = poll(&mut watched, Some(&rest))
        && error != rustix::io::Errno::INTR
    {
        log::debug!("who asks is not seen: {error}");
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    }
}

/// Reads what a new client says; where there are too many, one of the others gives way.
fn let_in(clients: &mut Vec<Connection>, stream: UnixStream, lines: &Lines) {
    let mut client = match Connection::new(stream) {
        Ok(client) => client,
        Err(error) => return log::debug!("a client is not heard: {error}"),
    };
    if clients.len() >= CLIENTS {
        // Some may have their answer, or have asked by now.
        clients.retain_mut(|client| client.go_on(lines));
    }
    if clients.len() >= CLIENTS {
        let busy = Err(BUSY.to_owned());
        match gives_way(clients) {
            Some(oldest) => clients.remove(oldest).tell(&busy),
            None => return client.tell(&busy),
        }
    }
    if client.go_on(lines) {
        clients.push(client);
    }
}

/// The oldest client that has asked nothing, or else that only wants to know something, or else whose wish may be repeated.
fn gives_way(clients: &[Connection]) -> Option<usize> {
    let oldest = |of: &dyn Fn(&Connection) -> bool| clients.iter().position(of);
    oldest(&|client| client.reply.is_none())
        .or_else(|| oldest(&|client| client.kind == RequestKind::Know))
        .or_else(|| oldest(&|client| client.kind == RequestKind::Urgent))
}
