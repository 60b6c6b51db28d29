//! The thread that writes a session to disk. A slow or full disk never delays control.

use super::screen::PlacedFrame;
use super::stats::{Counters, add};
use super::tape::{Reel, TapeEnd};
use crate::block::Layout;
use crate::control::{ControlSettings, Rect, State};
use crate::looking::Shown;
use crate::printable::printable_path;
use crate::recording::session::{DecodedFrame, Looked, SessionAbout, SessionEvent, SessionWriter};
use crate::source::{Amplifier, Marker};
use crate::stimulus::Scene;
use bci_cursor_calibration::Reading;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Number of reels after which the file is forced to disk: three quarters of a second.
const REELS_PER_SYNC: u32 = 3;
/// Longest wait before notes are written.
const LOOK: Duration = Duration::from_millis(500);

/// The file of a session.
#[derive(Debug)]
pub struct RecordTo {
    /// Its path, for messages.
    pub path: PathBuf,
    /// The open file.
    pub file: File,
    /// When the session began, ISO 8601.
    pub date_time: String,
    /// Name of the EEG stream.
    pub name: String,
    /// Identifies the stream's device.
    pub source_id: String,
    /// The stream's description of its amplifier.
    pub amplifier: Amplifier,
    /// How the device's channels are read.
    pub reading: Reading,
}

impl RecordTo {
    /// The description of the session.
    pub(super) fn about(&self, layout: &Layout, is_single_precision: bool) -> SessionAbout {
        SessionAbout {
            name: self.name.clone(),
            source_id: self.source_id.clone(),
            manufacturer: self.amplifier.manufacturer.clone(),
            reference: self.amplifier.reference.clone(),
            reading: self.reading.clone(),
            layout: layout.clone(),
            is_single_precision,
            date_time: self.date_time.clone(),
        }
    }
}

/// Events between samples.
#[derive(Debug)]
pub(super) enum SessionNote {
    Marker(Marker),
    ClockReset,
    State(State),
    Control(Box<ControlSettings>),
    Assisted(Option<Rect>),
    Scene(Box<Scene>),
    Shown(Shown),
    Looked(Looked),
}

/// What is written beside the tape.
pub(super) struct RecordLines {
    pub(super) notes: Receiver<SessionNote>,
    /// Frames that the display showed.
    pub(super) frames: Receiver<PlacedFrame>,
    /// Number of codes that tags can show; 0 without tags.
    pub(super) codes: usize,
    /// Whether replay needs these frames.
    pub(super) needs_frames: bool,
}

impl RecordLines {
    fn add_streams<W: Write>(&self, writer: &mut SessionWriter<W>) -> io::Result<()> {
        if self.codes > 0 {
            writer.add_stimulus(self.codes)?;
        }
        if self.needs_frames {
            writer.add_frames()?;
        }
        Ok(())
    }

    fn write_frames<W: Write>(&self, writer: &mut SessionWriter<W>) -> io::Result<()> {
        // Without a sample, there is no time yet.
        if writer.frames() == 0 {
            return Ok(());
        }
        let frames: Vec<PlacedFrame> = self.frames.try_iter().collect();
        if frames.is_empty() {
            return Ok(());
        }
        let frames = frames.iter();
        writer.decoded_frames(frames.map(|placed| DecodedFrame {
            frame: &placed.frame,
            stamped: placed.stamped,
            levels: &placed.levels[..self.codes],
        }))
    }
}

/// Writes until the tape ends. If the disk fails, that is reported once and nothing more is written: samples that could
/// not be written, and all later ones, count as not recorded.
pub(super) fn record(
    to: RecordTo,
    about: &SessionAbout,
    classes: &[String],
    start: SessionEvent,
    tape: &TapeEnd,
    lines: &RecordLines,
    counters: &Counters,
) {
    let mut file = BufWriter::with_capacity(1 << 16, to.file);
    let mut reels = 0;
    let (sync, synced) = syncing(file.get_ref());
    let opened = SessionWriter::new(&mut file, about, Some(classes), start);
    let opened = opened.and_then(|mut writer| {
        lines.add_streams(&mut writer)?;
        Ok(writer)
    });
    let mut writer = match opened {
        Ok(writer) => Some(writer),
        Err(error) => {
            stopped(&to.path, &error);
            None
        }
    };
    loop {
        let reel = tape.full.recv_timeout(LOOK);
        let is_over = matches!(reel, Err(RecvTimeoutError::Disconnected));
        if let Some(own) = &mut writer {
            let written = lines
                .notes
                .try_iter()
                .try_for_each(|note| match note {
                    SessionNote::Marker(marker) => own.marker(marker.at, &marker.label),
                    SessionNote::ClockReset => {
                        own.clock_reset();
                        Ok(())
                    }
                    SessionNote::State(state) => own.event(&SessionEvent::State {
                        at_frame: own.frames(),
                        state: state.to_string(),
                    }),
                    SessionNote::Assisted(towards) => own.event(&SessionEvent::Assisted {
                        at_frame: own.frames(),
                        towards,
                    }),
                    SessionNote::Scene(scene) => own.event(&SessionEvent::Scene(*scene)),
                    SessionNote::Shown(shown) => own.event(&SessionEvent::Shown(shown)),
                    SessionNote::Looked(looked) => own.event(&SessionEvent::Looked(looked)),
                    SessionNote::Control(settings) => own.event(&SessionEvent::Control {
                        at_frame: own.frames(),
                        settings: *settings,
                    }),
                })
                .and_then(|()| reel.as_ref().map_or(Ok(()), |reel| write_reel(own, reel)))
                .and_then(|()| lines.write_frames(own))
                .and_then(|()| if is_over { own.finish() } else { Ok(()) })
                .and_then(|()| own.get_mut().flush());
            reels += u32::from(reel.is_ok());
            if reels >= REELS_PER_SYNC {
                reels = 0;
                // If the thread is still waiting for the disk, it is notified again with the next reel.
                let _ = sync.try_send(());
            }
            let written = written.and_then(|()| synced.try_iter().collect::<io::Result<()>>());
            if let Err(error) = written {
                stopped(&to.path, &error);
                writer = None;
            }
        }
        if writer.is_none()
            && let Ok(reel) = &reel
        {
            add(&counters.not_recorded, reel.block.frames() as u64);
        }
        match reel {
            // The channel has room for every reel; without a reader, the reel is not needed again.
            Ok(reel) => drop(tape.spare.try_send(reel)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let is_whole = writer.is_some();
    drop(writer);
    drop(sync);
    // If writing failed before, it would fail again, and that was reported.
    let (file, _) = file.into_parts();
    if is_whole && let Err(error) = force(&file) {
        stopped(&to.path, &error);
    }
}

fn stopped(path: &Path, error: &io::Error) {
    log::error!(
        "{} cannot be written ({error}): the recording stops here; control goes on",
        printable_path(path)
    );
}

/// Waits until the data is on the disk. Pipes and devices cannot be waited for, and do not need it.
fn force(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Forces written data to disk on request, on a separate thread, so that a disk that takes seconds for this does not
/// delay writing the next samples. Returns a channel of errors.
fn syncing(file: &File) -> (Sender<()>, Receiver<io::Result<()>>) {
    let (requests, requested) = bounded(1);
    let (results, result) = bounded(1);
    let synced = move |file: File| {
        for () in requested {
            let outcome = force(&file);
            if outcome.is_err() {
                // One error is enough, because it ends the recording.
                let _ = results.try_send(outcome);
            }
        }
    };
    let started = file.try_clone().and_then(|file| {
        let thread = std::thread::Builder::new().name("sync".into());
        thread.spawn(move || synced(file))
    });
    if let Err(error) = started {
        log::warn!("the recording is not forced to disk while it is written: {error}");
    }
    (requests, result)
}

fn write_reel<W: Write>(writer: &mut SessionWriter<W>, reel: &Reel) -> io::Result<()> {
    if reel.lost_before > 0 {
        let event = SessionEvent::NotRecorded {
            at_frame: writer.frames(),
            frames: reel.lost_before,
        };
        writer.event(&event)?;
    }
    writer.block(&reel.block, &reel.stamps)?;
    writer.steps(&reel.rows)
}
