//! Serves the named pipe. A pipe cannot be read with a deadline, so each client has a thread of its own, which nobody
//! joins.

use super::CLIENTS;
use super::exchange::{Pipe, connect, path};
use super::request::{Lines, REPLY_NS, as_text, text_of};
use crate::runtime::reply::{LONGEST, Refusal, Reply};
use crate::system::clock;
use crate::system::private_folder::PrivateFolder;
use crate::time::HostNanos;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::{PipeListener, PipeListenerOptions};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use widestring::{U16CStr, u16cstr};

/// Who may use the pipe: its owner and the system.
const ALLOWED: &U16CStr = u16cstr!("D:P(A;;GA;;;OW)(A;;GA;;;SY)");
/// Time before a pipe that fails is tried again, nanoseconds.
const AGAIN_NS: i64 = 100_000_000;

/// Creates the pipe, and a file of this name by which clients find it.
///
/// # Errors
/// The operating system's error.
pub(super) fn bind(folder: &PrivateFolder, name: &str) -> io::Result<PipeListener<Bytes, Bytes>> {
    let listener = PipeListenerOptions::new()
        .path(path(name))
        .security_descriptor(Some(SecurityDescriptor::deserialize(ALLOWED)?))
        .create_duplex()?;
    folder.file(name)?;
    Ok(listener)
}

/// Lets [`serve`] see that the run is over.
pub(super) fn wake(name: &str) {
    if let Err(error) = connect(name) {
        log::debug!("the pipe does not answer at the end: {error}");
    }
}

/// Serves clients until the run is over.
pub(super) fn serve(listener: &PipeListener<Bytes, Bytes>, lines: &Lines, is_over: &AtomicBool) {
    // Each thread of a client holds one of these.
    let clients = Arc::new(());
    while !is_over.load(Ordering::SeqCst) {
        let pipe = match listener.accept() {
            Ok(pipe) => pipe,
            Err(error) => {
                log::debug!("a client cannot be read: {error}");
                clock::wait_until(HostNanos(clock::now().0 + AGAIN_NS));
                continue;
            }
        };
        if Arc::strong_count(&clients) > CLIENTS {
            send(&pipe, &Err(Refusal::Busy));
            continue;
        }
        let (lines, client) = (lines.clone(), Arc::clone(&clients));
        let body = move || {
            answer(&pipe, &lines);
            drop(client);
        };
        let thread = std::thread::Builder::new().name("remote-client".into());
        if let Err(error) = thread.spawn(body) {
            log::debug!("a client is not served: {error}");
        }
    }
}

/// Reads a request, and replies.
fn answer(pipe: &Pipe, lines: &Lines) {
    let mut request = Vec::new();
    let mut input = BufReader::new(pipe).take(LONGEST as u64 + 1);
    match input.read_until(b'\n', &mut request) {
        Ok(0) | Err(_) => {}
        Ok(length) if length > LONGEST => send(pipe, &Err(Refusal::TooLong)),
        Ok(_) => match lines.queue(text_of(&request)) {
            Ok(result) => {
                if let Ok(reply) = result.recv_timeout(Duration::from_nanos(REPLY_NS)) {
                    send(pipe, &reply);
                }
            }
            Err(reply) => send(pipe, &reply),
        },
    }
}

fn send(mut pipe: &Pipe, reply: &Reply) {
    if let Err(error) = pipe.write_all(as_text(reply).as_bytes()) {
        log::debug!("a request was not answered: {error}");
    }
}
