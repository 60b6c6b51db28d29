//! Asking a running driver: a private socket in the user's runtime directory, which only the user can open.

use std::fs::{DirBuilder, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Nobody is waited for longer.
const WAIT: Duration = Duration::from_millis(500);
/// No question or answer is longer, bytes.
const LONGEST: u64 = 65_536;

/// What a driver answers: what it did, or why it did not.
pub type Answer = Result<String, String>;

/// The driver's end.
pub struct Remote {
    listener: UnixListener,
    path: PathBuf,
}

/// `bci-cursor` in the runtime directory; where there is none, in the folder for data.
fn folder() -> io::Result<PathBuf> {
    let home = directories::BaseDirs::new();
    let home = home.ok_or_else(|| io::Error::other("there is no home directory"))?;
    let runtime = home.runtime_dir().map(|folder| folder.join("bci-cursor"));
    Ok(runtime.unwrap_or_else(|| home.data_dir().join("bci-cursor/run")))
}

impl Remote {
    /// Makes the socket of this process.
    ///
    /// # Errors
    /// What the system said.
    pub fn open() -> io::Result<Self> {
        Self::open_in(&folder()?)
    }

    fn open_in(folder: &Path) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // Fails where it is somebody else's.
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        let path = folder.join(format!("{}.sock", std::process::id()));
        // Left by a process of the same number that died.
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, path })
    }

    /// Answers whoever has asked since.
    pub fn answer(&self, mut answer: impl FnMut(&str) -> Answer) {
        while let Ok((stream, _)) = self.listener.accept() {
            if let Err(error) = serve(stream, &mut answer) {
                log::debug!("a question was not answered: {error}");
            }
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // Where it is gone already, all is well.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn serve(stream: UnixStream, answer: &mut impl FnMut(&str) -> Answer) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    let mut question = String::new();
    BufReader::new((&stream).take(LONGEST)).read_line(&mut question)?;
    let text = match answer(question.trim()) {
        Ok(done) => format!("ok {done}"),
        Err(why) => format!("no {why}"),
    };
    (&stream).write_all(text.as_bytes())
}

/// Asks every running driver of this user; each with its process number.
///
/// # Errors
/// What the system said of the folder. A driver that does not answer is told of in its answer.
pub fn ask(question: &str) -> io::Result<Vec<(u32, Answer)>> {
    ask_in(&folder()?, question)
}

fn ask_in(folder: &Path, question: &str) -> io::Result<Vec<(u32, Answer)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut answers = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let number = path
            .file_stem()
            .and_then(|name| name.to_str()?.parse().ok());
        let Some(number) = number.filter(|_| path.extension().is_some_and(|end| end == "sock"))
        else {
            continue;
        };
        match ask_one(&path, question) {
            Ok(answer) => answers.push((number, answer)),
            // Its driver has died.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let _ = std::fs::remove_file(&path);
            }
            Err(error) => answers.push((number, Err(format!("it does not answer: {error}")))),
        }
    }
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers)
}

fn ask_one(path: &Path, question: &str) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(2 * WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    stream.write_all(format!("{question}\n").as_bytes())?;
    let mut text = String::new();
    stream.take(LONGEST).read_to_string(&mut text)?;
    Ok(match text.split_once(' ') {
        Some(("ok", done)) => Ok(done.to_owned()),
        Some((_, why)) => Err(why.to_owned()),
        None => Err("it answers in no known way".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn questions_are_answered_and_only_the_user_may_ask() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        assert_eq!(ask_in(&folder, "status").unwrap(), []);
        let remote = Remote::open_in(&folder).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&remote.path)), (0o700, 0o600));
        // One whose driver has died.
        drop(UnixListener::bind(folder.join("7.sock")).unwrap());
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    remote.answer(|question| match question {
                        "status" => Ok("idle".into()),
                        other => Err(format!("'{other}' is not known")),
                    });
                    std::thread::yield_now();
                }
            });
            let own = std::process::id();
            let good = ask_in(&folder, "status").unwrap();
            let bad = ask_in(&folder, "fly").unwrap();
            is_over.store(true, Ordering::SeqCst);
            assert_eq!(good, [(own, Ok("idle".to_owned()))]);
            assert_eq!(bad, [(own, Err("'fly' is not known".to_owned()))]);
        });
        assert!(!folder.join("7.sock").exists());
        let path = remote.path.clone();
        drop(remote);
        assert!(!path.exists());
    }
}
