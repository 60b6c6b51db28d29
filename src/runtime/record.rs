//! The thread that writes a session to disk. Whatever the disk does, control goes on.

use super::tape::{Reel, TapeEnd};
use crate::recording::session::{SessionAbout, SessionEvent, SessionWriter};
use crate::source::Marker;
use bci_cursor_calibration::Decoder;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

/// What is written is forced to the disk after so many reels, half a second, or where none came for as long.
const REELS_PER_SYNC: u32 = 2;
const SYNC: Duration = Duration::from_millis(500);

/// Where a session goes.
#[derive(Debug)]
pub struct RecordTo {
    /// Its file, for messages.
    pub path: PathBuf,
    /// The same, opened.
    pub file: File,
    /// When the session began, ISO 8601.
    pub date_time: String,
    /// Name of the EEG stream, and what identifies its device.
    pub name: String,
    /// See `name`.
    pub source_id: String,
}

/// What is told between samples.
#[derive(Debug)]
pub(super) enum Told {
    Marker(Marker),
    ClockReset,
}

/// Writes until the tape ends; why it stopped before, where it did.
pub(super) fn record(
    to: RecordTo,
    about: &SessionAbout,
    decoder: &Decoder,
    start: SessionEvent,
    tape: &TapeEnd,
    told: &Receiver<Told>,
) -> Option<io::Error> {
    let mut file = BufWriter::with_capacity(1 << 16, to.file);
    let mut failed = None;
    let mut writer = match SessionWriter::new(&mut file, about, Some(decoder), start) {
        Ok(writer) => Some(writer),
        Err(error) => {
            failed = Some(error);
            None
        }
    };
    // Reels written since the disk was last waited for.
    let mut unsynced = 1;
    loop {
        let reel = tape.full.recv_timeout(SYNC);
        let is_over = matches!(reel, Err(RecvTimeoutError::Disconnected));
        if let Some(own) = &mut writer {
            let written = told
                .try_iter()
                .try_for_each(|told| match told {
                    Told::Marker(marker) => own.marker(marker.at, &marker.label),
                    Told::ClockReset => {
                        own.clock_reset();
                        Ok(())
                    }
                })
                .and_then(|()| reel.as_ref().map_or(Ok(()), |reel| write_reel(own, reel)))
                .and_then(|()| if is_over { own.finish() } else { Ok(()) })
                .and_then(|()| own.get_mut().flush())
                .and_then(|()| {
                    unsynced += u32::from(reel.is_ok());
                    if unsynced == 0 || (reel.is_ok() && unsynced < REELS_PER_SYNC) {
                        return Ok(());
                    }
                    unsynced = 0;
                    sync(own.get_mut().get_ref())
                });
            if let Err(error) = written {
                log::error!(
                    "{} cannot be written ({error}): the recording stops here; control goes on",
                    to.path.display()
                );
                failed = Some(error);
                writer = None;
            }
        }
        match reel {
            // It was made for all of them; without a reader there is nobody to use it again.
            Ok(reel) => drop(tape.spare.try_send(reel)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    drop(writer);
    // What was not written already cannot be: the error was told.
    let _ = file.into_parts();
    failed
}

/// Pipes and devices cannot be synced, and need not be.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
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
