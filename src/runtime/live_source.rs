//! A source on its own thread, from opening to the end of a run.

use super::acquire::{AcquireLines, acquire};
use super::error::RunError;
use super::spawn;
use crate::block::Layout;
use crate::source::{OpenSource, SourceAbout, SourceError, SourceSpec};
use crate::system::priority::{Urgency, raise_soon};
use crossbeam_channel::{Sender, bounded};
use std::thread::JoinHandle;

/// An open source that waits for its run to start. Dropping it closes the source.
pub struct LiveSource {
    pub(super) layout: Layout,
    about: SourceAbout,
    pub(super) is_single_precision: bool,
    start: Sender<AcquireLines>,
    thread: JoinHandle<Result<(), SourceError>>,
}

impl LiveSource {
    /// Opens a source on its own thread (an LSL inlet cannot change threads), and waits until it is open.
    ///
    /// # Errors
    /// [`RunError`] if it is missing or cannot be used.
    pub fn open(source: SourceSpec) -> Result<Self, RunError> {
        Self::open_with(move || source.open())
    }

    /// Like [`open`](Self::open), for a source of your own.
    ///
    /// # Errors
    /// What `open` returns, and [`RunError::Thread`].
    pub fn open_with(
        open: impl FnOnce() -> Result<OpenSource, SourceError> + Send + 'static,
    ) -> Result<Self, RunError> {
        let (opened_tx, opened) = bounded(1);
        let (start, started) = bounded::<AcquireLines>(1);
        let thread = spawn("acquire", move || {
            let OpenSource {
                mut source, about, ..
            } = match open() {
                Ok(open) => open,
                Err(error) => {
                    // `open_with` receives and returns it.
                    let _ = opened_tx.send(Err(error));
                    return Ok(());
                }
            };
            let layout = source.layout().clone();
            let _ = opened_tx.send(Ok((layout, source.is_single_precision(), about)));
            let Ok(lines) = started.recv() else {
                return Ok(());
            };
            // Not before opening: threads that liblsl starts would inherit the priority.
            raise_soon(Urgency::Read);
            acquire(source.as_mut(), &lines)
        })?;
        let opened = opened.recv().map_err(|_| RunError::Panicked("acquire"))?;
        let (layout, is_single_precision, about) = opened?;
        Ok(Self {
            layout,
            about,
            is_single_precision,
            start,
            thread,
        })
    }

    /// Channels and rate of the source.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What else is known about it.
    #[must_use]
    pub fn about(&self) -> &SourceAbout {
        &self.about
    }

    /// Starts to pass on blocks. The thread ends with the source, with an error, or when the stop flag is set.
    pub(super) fn start(self, lines: AcquireLines) -> JoinHandle<Result<(), SourceError>> {
        // If the thread has failed, joining it reports that.
        let _ = self.start.send(lines);
        self.thread
    }
}
