//! The driver's end of the process that shows tags.

use super::tags::{TagDisplay, TagError};
use super::usage;
use crate::printable::printable;
use crate::settings::LookSettings;
use crate::stimulus::protocol::{KEEP_ALIVE_NS, Ready, Refusal, Report, Request, Setup};
use crate::stimulus::{Scene, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, select};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a presenter may take until it is ready, seconds.
const READY_S: u64 = 10;
/// Frames and refusals that can wait for the driver.
const FRAMES: usize = 512;
const REFUSALS: usize = 16;
/// How long a presenter may take to end, nanoseconds, and the time between two looks.
const ENDING_NS: i64 = 500_000_000;
const LOOK_NS: i64 = 2_000_000;

/// How to start the process that shows tags: a program, and the arguments that turn it into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenterProgram {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// No tags are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    /// The process cannot be started.
    #[error("the program that shows tags cannot be started: {}", printable(cause))]
    Start {
        /// The system's message.
        cause: String,
    },
    /// It has not answered.
    #[error("the program that shows tags is not ready after {READY_S} s")]
    NotReady,
    /// It has ended, with its reason.
    #[error("{}", printable(reason))]
    Failed {
        /// Its own words.
        reason: String,
    },
    /// It has ended without a reason.
    #[error("the program that shows tags has ended")]
    Ended,
}

/// A running presenter. Dropping it hides all tags and ends the process.
#[derive(Debug)]
pub struct Presenter {
    process: Child,
    /// Scenes and looks to send; none when this is dropped.
    scenes: Option<Newest<Scene>>,
    looks: Newest<LookSettings>,
    frames: Receiver<ShownFrame>,
    refusals: Receiver<Refusal>,
    ready: Ready,
    shared: Arc<Shared>,
}

/// A queue of one. A newer value replaces the one that waits. Only one thread puts.
#[derive(Debug)]
struct Newest<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
}

impl<T> Newest<T> {
    fn new() -> Self {
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }

    fn put(&self, mut value: T) {
        // The reader may take the old value at the same moment. Nobody else fills its place, so this ends.
        while let Err(TrySendError::Full(back)) = self.sender.try_send(value) {
            let _ = self.receiver.try_recv();
            value = back;
        }
    }
}

/// What the reading thread finds.
#[derive(Debug, Default)]
struct Shared {
    lost: AtomicU64,
    /// Why the presenter ended.
    failed: Mutex<Option<TagsError>>,
}

impl Presenter {
    /// Starts the process and waits until it is ready, for about a second.
    ///
    /// # Errors
    /// [`TagsError`], such as a display that cannot show tags.
    pub fn start(program: &PresenterProgram, setup: Setup) -> Result<Self, TagsError> {
        let mut process = spawn(program).map_err(start_error)?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.ok_or_else(|| start_error(io::Error::other("no pipe")))?;
        let (scenes, looks) = (Newest::new(), Newest::new());
        let (frames_tx, frames) = bounded(FRAMES);
        let (refusals_tx, refusals) = bounded(REFUSALS);
        let (ready_tx, ready_rx) = bounded(1);
        let shared = Arc::new(Shared::default());
        let reader = Reader {
            ready: ready_tx,
            frames: frames_tx,
            refusals: refusals_tx,
            shared: Arc::clone(&shared),
        };
        let (next_scene, next_look) = (scenes.receiver.clone(), looks.receiver.clone());
        let started = thread("tags-in", move || {
            write(input, setup, &next_scene, &next_look);
        })
        .and_then(|()| thread("tags-out", move || reader.read(output)));
        let mut presenter = Self {
            process,
            scenes: Some(scenes),
            looks,
            frames,
            refusals,
            ready: Ready::default(),
            shared,
        };
        started.map_err(start_error)?;
        presenter.ready = match ready_rx.recv_timeout(Duration::from_secs(READY_S)) {
            Ok(ready) => ready,
            Err(RecvTimeoutError::Timeout) => return Err(TagsError::NotReady),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(presenter.failure().unwrap_or(TagsError::Ended));
            }
        };
        Ok(presenter)
    }

    /// Shows a scene as soon as possible, without waiting. A scene that was not sent yet is replaced.
    pub fn show(&self, scene: Scene) {
        if let Some(scenes) = &self.scenes {
            scenes.put(scene);
        }
    }

    /// Changes what tags look like, without waiting. The tags of the scene disappear and come back.
    pub fn restyle(&self, look: LookSettings) {
        self.looks.put(look);
    }

    /// The frames that were shown, as they are reported. Closed when the presenter ends.
    #[must_use]
    pub fn frames(&self) -> &Receiver<ShownFrame> {
        &self.frames
    }

    /// Scenes that were not shown, or hidden, with the reason.
    #[must_use]
    pub fn refusals(&self) -> &Receiver<Refusal> {
        &self.refusals
    }

    /// Frames of the display a second.
    #[must_use]
    pub fn refresh_hz(&self) -> f64 {
        self.ready.refresh_hz
    }

    /// What the display is like.
    #[must_use]
    pub fn display(&self) -> Ready {
        self.ready
    }

    /// Processor time that the process has used so far, seconds, if the system tells it.
    #[must_use]
    pub fn cpu_s(&self) -> Option<f64> {
        usage::cpu_s(self.process.id())
    }

    /// Frames that were lost because nobody read them in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Why the presenter has ended; `None` while it works.
    #[must_use]
    pub fn failure(&self) -> Option<TagsError> {
        let failed = self.shared.failed.lock();
        failed.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TagDisplay for Presenter {
    fn show(&mut self, scene: &Scene) -> Result<(), TagError> {
        if let Some(error) = self.failure() {
            return Err(error.into());
        }
        Self::show(self, scene.clone());
        Ok(())
    }

    fn restyle(&mut self, look: LookSettings) {
        Self::restyle(self, look);
    }

    fn next_frame(&mut self) -> Option<ShownFrame> {
        self.frames.try_recv().ok()
    }

    fn refusal(&mut self) -> Option<String> {
        let refused = self.refusals.try_recv().ok();
        refused.map(|refusal| refusal.reason)
    }

    fn refresh_hz(&self) -> f64 {
        self.ready.refresh_hz
    }
}

impl Drop for Presenter {
    fn drop(&mut self) {
        // The writing thread ends, and with it the pipe; then the presenter hides all tags and ends.
        self.scenes = None;
        let end = HostNanos(clock::now().0 + ENDING_NS);
        while matches!(self.process.try_wait(), Ok(None)) {
            if clock::now() >= end {
                log::debug!("the program that shows tags does not end by itself");
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
        }
    }
}

fn spawn(program: &PresenterProgram) -> io::Result<Child> {
    // Otherwise liblsl's sockets and the headset's port would stay open in the presenter.
    #[cfg(all(unix, feature = "desktop"))]
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // Ctrl-C is for the driver only.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

fn start_error(error: io::Error) -> TagsError {
    TagsError::Start {
        cause: error.to_string(),
    }
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = std::thread::Builder::new().name(name.into());
    thread.spawn(body).map(drop)
}

/// Sends scenes, and empty lines as a sign of life, until the driver or the presenter ends.
fn write(
    mut input: impl Write,
    setup: Setup,
    scenes: &Receiver<Scene>,
    looks: &Receiver<LookSettings>,
) {
    let mut send = |request: Option<Request>| {
        let line = request.map_or_else(|| Ok(String::new()), |one| serde_json::to_string(&one));
        let line = line.map_err(io::Error::other)? + "\n";
        input.write_all(line.as_bytes())
    };
    let every = Duration::from_nanos(KEEP_ALIVE_NS.unsigned_abs());
    let mut sent = send(Some(Request::Setup(Box::new(setup))));
    while sent.is_ok() {
        // The looks are closed together with the scenes.
        sent = select! {
            recv(scenes) -> scene => match scene {
                Ok(scene) => send(Some(Request::Scene(scene))),
                Err(_) => return,
            },
            recv(looks) -> look => match look {
                Ok(look) => send(Some(Request::Look(look))),
                Err(_) => return,
            },
            default(every) => send(None),
        };
    }
}

struct Reader {
    ready: Sender<Ready>,
    frames: Sender<ShownFrame>,
    refusals: Sender<Refusal>,
    shared: Arc<Shared>,
}

impl Reader {
    /// Reads reports until the presenter ends.
    fn read(self, output: impl Read) {
        let mut failed = TagsError::Ended;
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(Report::Ready(ready)) => {
                    let _ = self.ready.try_send(ready);
                }
                Ok(Report::Frame(frame)) => {
                    if self.frames.try_send(frame).is_err() {
                        self.shared.lost.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok(Report::Refused(refusal)) => {
                    log::warn!("scene {} is not shown: {}", refusal.scene, refusal.reason);
                    let _ = self.refusals.try_send(refusal);
                }
                Ok(Report::Failed(reason)) => failed = TagsError::Failed { reason },
                Err(error) => log::debug!("a line of the presenter was not understood: {error}"),
            }
        }
        let mut own = self
            .shared
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *own = Some(failed);
    }
}
