//! Asking the drivers that run.

use super::{BUSY, END, LONGEST, Reply};
use crate::system::clock;
use crate::system::private_folder::PrivateFolder;
use crate::time::HostNanos;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long an answer is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Time until a driver that is busy is asked again, nanoseconds.
const AGAIN_NS: i64 = 50_000_000;

/// Asks every running driver of this user; each with its process number.
///
/// # Errors
/// What the system said of the folder, or that it is somebody else's. A driver that does not answer is told of in its answer.
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
        match ask_until_heard(&folder.place(&name), request) {
            Ok(reply) => replies.push((number, reply)),
            // Its driver has died.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                folder.remove(&name);
            }
            // It has just ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => replies.push((number, Err(format!("it does not answer: {error}")))),
        }
    }
    replies.sort_by_key(|(number, _)| *number);
    Ok(replies)
}

/// Asks again for a while where a driver is too busy to hear the question.
fn ask_until_heard(path: &Path, request: &str) -> io::Result<Reply> {
    let start = clock::now();
    loop {
        let result = ask_one(path, request);
        if was_heard(&result) || clock::now().since(start) >= PATIENCE.as_nanos() as u64 {
            return result;
        }
        clock::wait_until(HostNanos(clock::now().0 + AGAIN_NS));
    }
}

/// False where nothing can have come of a question: the driver said so, or closed the connection with the question unread.
fn was_heard(result: &io::Result<Reply>) -> bool {
    match result {
        Ok(Err(why)) => why != BUSY,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
        ),
        Ok(Ok(_)) => true,
    }
}

fn ask_one(path: &Path, request: &str) -> io::Result<Reply> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{request}\n").as_bytes())?;
    let mut text = String::new();
    stream.take(LONGEST as u64).read_to_string(&mut text)?;
    Ok(match text.split_once(' ') {
        Some(("ok", done)) => Ok(done.to_owned()),
        Some((_, why)) => Err(why.to_owned()),
        None => Err("it gave no answer that this version understands".to_owned()),
    })
}
