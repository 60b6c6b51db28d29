//! A client's end of the named pipe.

use super::request::TIMEOUT;
use crate::runtime::reply::LONGEST;
use crate::system::private_folder::PrivateFolder;
use crossbeam_channel::bounded;
use interprocess::os::windows::named_pipe::DuplexPipeStream;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use std::ffi::OsString;
use std::io::{self, Read, Write};

/// Either end.
pub(super) type Pipe = DuplexPipeStream<Bytes>;

/// The path of a driver's pipe.
pub(super) fn path(name: &str) -> OsString {
    format!(r"\\.\pipe\bci-cursor-{name}").into()
}

/// Connects to the pipe of this name.
///
/// # Errors
/// The operating system's error: [`io::ErrorKind::NotFound`] if the driver has ended.
pub(super) fn connect(name: &str) -> io::Result<Pipe> {
    Pipe::connect_by_path(path(name))
}

/// Sends a request to the pipe of this name, and returns what is replied.
///
/// # Errors
/// The operating system's error: [`io::ErrorKind::NotFound`] if the driver has ended.
pub(super) fn exchange(_: &PrivateFolder, name: &str, request: &str) -> io::Result<String> {
    let mut pipe = connect(name)?;
    let request = format!("{request}\n");
    let (said, heard) = bounded(1);
    // A pipe cannot be read with a deadline, so a thread may wait for ever for a driver that hangs.
    let talk = move || {
        let mut text = String::new();
        let sent = pipe.write_all(request.as_bytes());
        let read = sent.and_then(|()| pipe.take(LONGEST as u64).read_to_string(&mut text));
        let _ = said.send(read.map(|_| text));
    };
    let thread = std::thread::Builder::new().name("remote".into());
    thread.spawn(talk)?;
    let answer = heard.recv_timeout(TIMEOUT);
    answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
