//! Sending requests to running drivers.

use super::END;
use super::exchange::exchange;
use super::request::TIMEOUT;
use crate::runtime::reply::{Refusal, Reply};
use crate::system::clock;
use crate::system::private_folder::PrivateFolder;
use crate::time::HostNanos;
use std::io;

/// Time between two attempts to reach a busy driver, nanoseconds.
const AGAIN_NS: i64 = 50_000_000;

/// Sends a request to every running driver of this user. Returns each driver's process number and reply.
///
/// # Errors
/// The operating system's error for the folder, or that the folder belongs to another user. A driver that does not reply is reported in its
/// reply.
pub fn ask(request: &str) -> io::Result<Vec<(u32, Reply)>> {
    match PrivateFolder::find()? {
        Some(folder) => ask_in(&folder, request),
        None => Ok(Vec::new()),
    }
}

pub(super) fn ask_in(folder: &PrivateFolder, request: &str) -> io::Result<Vec<(u32, Reply)>> {
    let mut replies = Vec::new();
    for name in folder.names()? {
        let number = name
            .strip_suffix(END)
            .and_then(|number| number.parse().ok());
        let Some(number) = number else {
            continue;
        };
        match ask_until_read(folder, &name, request) {
            Ok(reply) => replies.push((number, reply)),
            // The driver has died, or has just ended.
            Err(error) if has_ended(&error) => drop(folder.remove(&name)),
            Err(error) => replies.push((number, Err(Refusal::Silent(error.to_string())))),
        }
    }
    replies.sort_by_key(|(number, _)| *number);
    Ok(replies)
}

fn has_ended(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
    )
}

/// Repeats the request for a while if the driver is too busy to read it.
fn ask_until_read(folder: &PrivateFolder, name: &str, request: &str) -> io::Result<Reply> {
    let start = clock::now();
    loop {
        let result = ask_one(folder, name, request);
        if was_read(&result) || clock::now().since(start) >= TIMEOUT.as_nanos() as u64 {
            return result;
        }
        clock::wait_until(HostNanos(clock::now().0 + AGAIN_NS));
    }
}

/// False if the driver certainly did not act: it reported that it is busy, or closed the connection without reading the
/// request.
fn was_read(result: &io::Result<Reply>) -> bool {
    match result {
        Ok(Err(why)) => *why != Refusal::Busy,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
        ),
        Ok(Ok(_)) => true,
    }
}

fn ask_one(folder: &PrivateFolder, name: &str, request: &str) -> io::Result<Reply> {
    let text = exchange(folder, name, request)?;
    Ok(match text.split_once(' ') {
        Some(("ok", done)) => Ok(done.to_owned()),
        Some((_, why)) if why == Refusal::Busy.to_string() => Err(Refusal::Busy),
        Some((_, why)) => Err(Refusal::Explained(why.to_owned())),
        None => Err(Refusal::Unreadable),
    })
}
