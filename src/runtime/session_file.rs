//! The file of a calibration, written by its own thread, so that a window never waits for the disk.

use super::record::RecordTo;
use crate::block::{Block, Layout};
use crate::printable::printable_path;
use crate::recording::session::{SessionEvent, SessionWriter};
use crate::time::{SampleIndex, StreamNanos};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// Blocks and markers that can wait to be written: about ten seconds.
const WAITING: usize = 4096;

enum Line {
    Block(Block),
    Marker(SampleIndex, String),
    Event(Box<SessionEvent>),
    Codes(usize),
    Frame(StreamNanos, Vec<f32>),
}

/// Why a calibration's file is incomplete.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// Too many samples wait to be written.
    #[error("the disk is too slow")]
    TooSlow,
    /// The file cannot be written.
    #[error("{0}")]
    Io(io::Error),
    /// The writing thread panicked.
    #[error("the thread that writes it failed")]
    Thread,
}

/// A calibration's file that is incomplete.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {fault}", printable_path(path))]
pub struct NotWritten {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub fault: WriteFault,
}

/// A file that is being written.
#[derive(Debug)]
pub struct SessionFile {
    path: PathBuf,
    lines: Option<Sender<Line>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    failed: Option<WriteFault>,
}

impl SessionFile {
    /// Starts a file of EEG and markers.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(to: RecordTo, layout: &Layout, start: SessionEvent) -> io::Result<Self> {
        let (lines, written) = bounded(WAITING);
        let path = to.path.clone();
        let session = to.about(layout, false);
        let body = move || write(&to, &session, start, &written);
        let thread = std::thread::Builder::new()
            .name("calibration".into())
            .spawn(body)?;
        Ok(Self {
            path,
            lines: Some(lines),
            thread: Some(thread),
            failed: None,
        })
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds samples.
    pub fn block(&mut self, block: &Block) {
        self.send(Line::Block(block.clone()));
    }

    /// Adds a marker.
    pub fn marker(&mut self, at: SampleIndex, label: &str) {
        self.send(Line::Marker(at, label.to_owned()));
    }

    /// Adds an event of the session.
    pub fn event(&mut self, event: SessionEvent) {
        self.send(Line::Event(Box::new(event)));
    }

    /// Adds a stream of what tags show, with a channel for each code.
    pub fn codes(&mut self, codes: usize) {
        self.send(Line::Codes(codes));
    }

    /// Adds a frame that was shown at a time of the stream's clock: the brightness of each code, and -1 where no tag shows it.
    pub fn frame(&mut self, at: StreamNanos, levels: Vec<f32>) {
        self.send(Line::Frame(at, levels));
    }

    /// The error, if one occurred. Nothing more is written then.
    #[must_use]
    pub fn failure(&self) -> Option<&WriteFault> {
        self.failed.as_ref()
    }

    /// Completes the file, and waits until it is written.
    ///
    /// # Errors
    /// [`NotWritten`] if part of it could not be written.
    pub fn finish(mut self) -> Result<PathBuf, NotWritten> {
        self.end();
        let path = self.path.clone();
        match self.failed.take() {
            None => Ok(path),
            Some(fault) => Err(NotWritten { path, fault }),
        }
    }

    fn send(&mut self, line: Line) {
        let sent = self.lines.as_ref().map(|lines| lines.try_send(line));
        match sent {
            Some(Err(crossbeam_channel::TrySendError::Full(_))) => {
                self.failed = Some(WriteFault::TooSlow);
                self.lines = None;
            }
            Some(Err(crossbeam_channel::TrySendError::Disconnected(_))) => self.end(),
            _ => {}
        }
    }

    fn end(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            let failed = match thread.join() {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(WriteFault::Io(error)),
                Err(_) => Some(WriteFault::Thread),
            };
            self.failed = self.failed.take().or(failed);
        }
    }
}

impl Drop for SessionFile {
    /// Closing a window loses nothing.
    fn drop(&mut self) {
        self.end();
    }
}

/// Converts an index of the stream into an index of the file.
fn since(at: SampleIndex, origin: u64) -> SampleIndex {
    SampleIndex(at.0.saturating_sub(origin))
}

fn write(
    to: &RecordTo,
    about: &crate::recording::session::SessionAbout,
    start: SessionEvent,
    lines: &Receiver<Line>,
) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 16, &to.file);
    let mut writer = SessionWriter::new(&mut file, about, None, start)?;
    // The stream has been running for a while. The session begins with the next sample.
    let (mut first, mut waiting) = (None, Vec::<(SampleIndex, String)>::new());
    for line in lines {
        match (line, first) {
            (Line::Block(mut block), _) => {
                let SampleIndex(origin) = *first.get_or_insert(block.first);
                block.first.0 = block.first.0.saturating_sub(origin);
                let last = block.frames().saturating_sub(1);
                writer.block(&block, &[(last, block.acquired())])?;
                for (at, label) in waiting.drain(..) {
                    writer.marker(since(at, origin), &label)?;
                }
                writer.get_mut().flush()?;
            }
            (Line::Marker(at, label), Some(SampleIndex(origin))) => {
                writer.marker(since(at, origin), &label)?;
            }
            (Line::Marker(at, label), None) => waiting.push((at, label)),
            (Line::Event(event), _) => writer.event(&event)?,
            (Line::Codes(codes), _) => writer.add_stimulus(codes)?,
            (Line::Frame(at, levels), _) => writer.frame(at, &levels)?,
        }
    }
    // No sample ever arrived. The markers are kept anyway.
    for (_, label) in waiting {
        writer.marker(SampleIndex(0), &label)?;
    }
    writer.finish()?;
    drop(writer);
    file.flush()?;
    to.file.sync_data()
}
