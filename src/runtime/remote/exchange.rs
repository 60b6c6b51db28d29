//! A client's end of the socket.

use super::request::TIMEOUT;
use crate::runtime::reply::LONGEST;
use crate::system::private_folder::PrivateFolder;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Sends a request to the socket of this name, and returns what is replied.
///
/// # Errors
/// The operating system's error: [`io::ErrorKind::ConnectionRefused`] or [`io::ErrorKind::NotFound`] if the driver has ended.
pub(super) fn exchange(folder: &PrivateFolder, name: &str, request: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(folder.place(name))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("{request}\n").as_bytes())?;
    let mut text = String::new();
    stream.take(LONGEST as u64).read_to_string(&mut text)?;
    Ok(text)
}
