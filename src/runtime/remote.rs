//! Asking a running driver: a private socket in the user's runtime directory, which only the user can open.
//!
//! A thread of its own reads questions and writes answers, so that nobody who connects can hold up the run: a question has a second to
//! arrive, however it trickles in, and of many clients the oldest that has asked nothing gives way, or else the oldest that only wants to
//! know something. `stop` works as soon as it is read; `pause` and `resume` have a queue of their own, so no number of other questions
//! keeps them out.

use super::StopFlag;
use crate::system::clock;
use crate::system::private_folder::PrivateFolder;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// From connecting to the last byte of a question, nanoseconds.
const REQUEST_NS: u64 = 1_000_000_000;
/// From connecting to the answer, nanoseconds: a disk may be slow to keep a setting.
const REPLY_NS: u64 = 10_000_000_000;
/// Who asks waits for an answer for so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// No question or answer is longer, bytes.
const LONGEST: usize = 65_536;
/// Clients at a time, and those that are let in at once.
const CLIENTS: usize = 64;
/// Questions that wait for the run, apart from `pause` and `resume`. Fewer than clients, so that there is always one that can give way.
const REQUESTS: usize = 32;
/// Bytes that are read at once.
const READ: usize = 4096;
/// How long the thread waits for anybody, and while somebody waits for an answer, nanoseconds.
const REST_NS: i64 = 100_000_000;
const LOOK_NS: i64 = 5_000_000;
/// Ends the name of a socket.
const END: &str = ".sock";
/// What a client is told whose question was not passed on, and how long after that it asks again, nanoseconds.
const BUSY: &str = "too many ask this driver at once: ask again";
const AGAIN_NS: i64 = 50_000_000;
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

fn serve(listener: &UnixListener, lines: &Lines, is_over: &AtomicBool) {
    let mut clients: Vec<Client> = Vec::with_capacity(CLIENTS);
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
fn wait(listener: &UnixListener, clients: &[Client]) {
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
fn let_in(clients: &mut Vec<Client>, stream: UnixStream, lines: &Lines) {
    let mut client = match Client::new(stream) {
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
fn gives_way(clients: &[Client]) -> Option<usize> {
    let oldest = |of: &dyn Fn(&Client) -> bool| clients.iter().position(of);
    oldest(&|client| client.reply.is_none())
        .or_else(|| oldest(&|client| client.kind == RequestKind::Know))
        .or_else(|| oldest(&|client| client.kind == RequestKind::Urgent))
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestKind {
    /// To end the run.
    Stop,
    /// To hold or go on with it.
    Urgent,
    /// To change settings, which is not to be done twice.
    Change,
    /// To know something.
    Know,
}

impl RequestKind {
    fn of(request: &str) -> Self {
        match request {
            "stop" => Self::Stop,
            "pause" | "resume" => Self::Urgent,
            "back" => Self::Change,
            set if set.starts_with("set ") => Self::Change,
            _ => Self::Know,
        }
    }
}

/// Somebody who asks.
struct Client {
    stream: UnixStream,
    since: HostNanos,
    request: Vec<u8>,
    /// Once the question is whole.
    kind: RequestKind,
    /// Where the answer comes from, once the question is whole.
    reply: Option<Receiver<Reply>>,
}

impl Client {
    fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            since: clock::now(),
            request: Vec::new(),
            kind: RequestKind::Know,
            reply: None,
        })
    }

    /// Reads or answers as far as that is possible without waiting; false where it is done with.
    fn go_on(&mut self, lines: &Lines) -> bool {
        let passed_ns = clock::now().since(self.since);
        let Some(reply) = &self.reply else {
            return self.read(lines) && passed_ns < REQUEST_NS;
        };
        match reply.try_recv() {
            Ok(reply) => {
                self.tell(&reply);
                false
            }
            Err(TryRecvError::Empty) => passed_ns < REPLY_NS,
            Err(TryRecvError::Disconnected) => false,
        }
    }

    /// Reads what is there; passes the question on where it is whole. False where there will be none.
    fn read(&mut self, lines: &Lines) -> bool {
        let mut bytes = [0; READ];
        while self.request.len() <= LONGEST {
            let is_whole = match self.stream.read(&mut bytes) {
                Ok(0) if self.request.is_empty() => return false,
                Ok(0) => true,
                Ok(count) => {
                    self.request.extend_from_slice(&bytes[..count]);
                    bytes[..count].contains(&b'\n')
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            if is_whole {
                return self.ask(lines);
            }
        }
        self.tell(&Err(format!("a request has at most {LONGEST} bytes")));
        false
    }

    fn ask(&mut self, lines: &Lines) -> bool {
        let line = self.request.split(|byte| *byte == b'\n').next();
        let request = String::from_utf8_lossy(line.unwrap_or_default());
        let request = request.trim().to_owned();
        self.kind = RequestKind::of(&request);
        let line = match self.kind {
            RequestKind::Stop => {
                lines.stop.stop();
                self.tell(&Ok(STOPS.into()));
                return false;
            }
            RequestKind::Urgent => &lines.urgent,
            RequestKind::Change | RequestKind::Know => &lines.others,
        };
        let (reply, result) = bounded(1);
        if line.try_send(Request { request, reply }).is_err() {
            self.tell(&Err(BUSY.into()));
            return false;
        }
        self.reply = Some(result);
        true
    }

    /// Writes an answer. It fits into the socket's own memory, so who does not read it is not waited for.
    fn tell(&mut self, reply: &Reply) {
        let text = match reply {
            Ok(done) => format!("ok {done}"),
            Err(why) => format!("no {why}"),
        };
        if let Err(error) = self.stream.write_all(text.as_bytes()) {
            log::debug!("a request was not answered: {error}");
        }
    }
}

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

fn ask_in(folder: &PrivateFolder, request: &str) -> io::Result<Vec<(u32, Reply)>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path) -> PrivateFolder {
        PrivateFolder::make_at(&path.join("run")).unwrap()
    }

    /// A driver that answers, and what others do meanwhile.
    fn beside_a_driver(path: &Path, others: impl FnOnce(&PrivateFolder)) {
        let remote = Remote::open_in(folder(path), StopFlag::default()).unwrap();
        let is_over = AtomicBool::new(false);
        let place = path.join("run").join(&remote.name);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    remote.reply(|request| match request {
                        "status" => Ok("idle".into()),
                        other => Err(format!("'{other}' is not known")),
                    });
                    std::thread::park_timeout(Duration::from_millis(1));
                }
            });
            struct Ends<'a>(&'a AtomicBool);
            impl Drop for Ends<'_> {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::SeqCst);
                }
            }
            let _ends = Ends(&is_over);
            others(&folder(path));
        });
        assert!(place.exists());
        drop(remote);
        assert!(!place.exists());
    }

    fn ask_twice(folder: &PrivateFolder) {
        let own = std::process::id();
        let start = clock::now();
        let good = ask_in(folder, "status").unwrap();
        let bad = ask_in(folder, "fly").unwrap();
        let took_ms = clock::now().since(start) / 1_000_000;
        assert_eq!(good, [(own, Ok("idle".to_owned()))]);
        assert_eq!(bad, [(own, Err("'fly' is not known".to_owned()))]);
        assert!(took_ms < 500, "{took_ms} ms");
    }

    #[test]
    fn questions_are_answered_and_only_the_user_may_ask() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(ask_in(&folder(home.path()), "status").unwrap(), []);
        beside_a_driver(home.path(), |folder| {
            let own = folder.place(&format!("{}{END}", std::process::id()));
            let mode = std::fs::metadata(own).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            // One whose driver has died.
            drop(UnixListener::bind(folder.place("7.sock")).unwrap());
            ask_twice(folder);
            assert!(!folder.place("7.sock").exists());
        });
    }

    #[test]
    fn who_asks_nothing_or_slowly_keeps_nobody_waiting() {
        let home = tempfile::tempdir().unwrap();
        beside_a_driver(home.path(), |folder| {
            let own = folder.place(&format!("{}{END}", std::process::id()));
            let mut slow = UnixStream::connect(&own).unwrap();
            slow.write_all(b"s").unwrap();
            let idle: Vec<UnixStream> = (0..300)
                .map(|_| UnixStream::connect(&own).unwrap())
                .collect();
            ask_twice(folder);
            // The slow one has given way; another one has a second, whatever it says meanwhile.
            let mut slow = UnixStream::connect(&own).unwrap();
            let start = clock::now();
            while slow.write_all(b"s").is_ok() {
                assert!(clock::now().since(start) < 3 * REQUEST_NS, "still heard");
                std::thread::park_timeout(Duration::from_millis(20));
            }
            assert!(clock::now().since(start) > REQUEST_NS / 2);
            ask_twice(folder);
            drop(idle);
        });
    }

    #[test]
    fn stop_and_pause_are_heard_while_the_run_answers_nobody() {
        let home = tempfile::tempdir().unwrap();
        let stop = StopFlag::default();
        let remote = Remote::open_in(folder(home.path()), stop.clone()).unwrap();
        let folder = folder(home.path());
        let place = folder.place(&remote.name);
        let connect = |request: &[u8]| {
            let mut client = UnixStream::connect(&place).unwrap();
            // Some are turned away before.
            let _ = client.write_all(request);
            client
        };
        let many: Vec<UnixStream> = (0..300)
            .map(|k| connect([&b"status\n"[..], b"set a=b\n", b"back\n"][k % 3]))
            .collect();
        let _pausing = connect(b"pause\n");
        let start = clock::now();
        while remote.urgent.is_empty() {
            assert!(clock::now().since(start) < 5 * REQUEST_NS, "not heard");
            std::thread::park_timeout(Duration::from_millis(1));
        }
        let mut asked = Vec::new();
        remote.reply(|request| {
            asked.push(request.to_owned());
            Ok(String::new())
        });
        assert_eq!(asked[0], "pause");
        assert_eq!(
            ask_in(&folder, "stop").unwrap(),
            [(std::process::id(), Ok(STOPS.to_owned()))]
        );
        assert!(stop.stopped());
        drop(many);
    }

    #[test]
    fn a_question_without_end_is_refused() {
        let home = tempfile::tempdir().unwrap();
        beside_a_driver(home.path(), |folder| {
            let own = folder.place(&format!("{}{END}", std::process::id()));
            let mut endless = UnixStream::connect(own).unwrap();
            endless.set_write_timeout(Some(PATIENCE)).unwrap();
            assert!((0..64).any(|_| endless.write_all(&[b'x'; READ]).is_err()));
            ask_twice(folder);
        });
    }
}
