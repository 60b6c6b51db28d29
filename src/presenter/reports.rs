//! Writes reports to the driver from a thread of its own, because a driver that does not read must delay no frame.

use super::PresenterError;
use crate::stimulus::protocol::Report;
use crossbeam_channel::{Sender, bounded};
use std::io::{self, Write};
use std::thread::JoinHandle;

/// Reports that can wait: about ten seconds of frames.
const WAITING: usize = 600;

pub(super) struct Reports {
    queue: Sender<Report>,
    writer: JoinHandle<()>,
}

impl Reports {
    pub(super) fn to(mut output: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, waiting) = bounded(WAITING);
        let write = move || {
            for report in waiting {
                let line = serde_json::to_string(&report).map_err(io::Error::other);
                let written = line
                    .and_then(|line| writeln!(output, "{line}"))
                    .and_then(|()| output.flush());
                if let Err(error) = written {
                    log::debug!("the driver does not read any more: {error}");
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("reports".into());
        Ok(Self {
            queue,
            writer: thread.spawn(write)?,
        })
    }

    /// Hands over a report.
    ///
    /// # Errors
    /// [`PresenterError::NotRead`] if the driver has not read for long.
    pub(super) fn send(&self, report: Report) -> Result<(), PresenterError> {
        self.queue
            .try_send(report)
            .map_err(|_| PresenterError::NotRead)
    }

    /// Waits until everything is written, unless the driver does not read.
    pub(super) fn finish(self) {
        let is_read = !self.queue.is_full();
        drop(self.queue);
        if is_read {
            let _ = self.writer.join();
        }
    }
}
