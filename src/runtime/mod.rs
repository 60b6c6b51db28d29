//! Threads, queues, recording and publishing.
//!
//! `acquire` (owns the source) → `process` (owns the pipeline) → `actuate` (owns the pointer), connected by bounded
//! channels; `record` (owns the session's file) runs alongside.

mod acquire;
mod actuate;
mod auxiliary;
mod driver;
mod error;
pub mod feed;
#[cfg(feature = "lsl")]
pub mod intent_outlet;
mod live_source;
#[cfg(feature = "desktop")]
pub mod overlay;
pub mod parallel;
pub mod presenter;
mod process;
pub mod progress;
#[cfg(unix)]
mod pseudo_terminal;
#[cfg(feature = "lsl")]
pub mod publish;
mod record;
#[cfg(feature = "lsl")]
pub mod record_streams;
#[cfg(feature = "lsl")]
mod record_watch;
pub mod remote;
mod reply;
mod screen;
pub mod session_file;
pub mod signal_tap;
#[cfg(unix)]
pub mod simulate;
mod stats;
mod tags;
mod tape;
mod targets;
pub mod telemetry;
pub mod usage;
#[cfg(unix)]
pub mod virtual_dongle;

pub use actuate::{Actuator, TimedCommand};
pub use auxiliary::{AuxiliaryRequest, SensorOpener};
pub use driver::{Driver, RecordingOpener, RunSettings};
pub use error::RunError;
pub use live_source::LiveSource;
pub use record::RecordTo;
pub use reply::{Refusal, Reply};
pub(crate) use screen::{Screen, ScreenReport};
pub(crate) use stats::Counters;
pub use stats::{Latency, LatencyFigures, RunStats};
pub(crate) use tags::Tags;
pub use tags::{TagDisplay, TagError, TagOpener};
pub use tape::{Reel, Tape, TapeEnd};
pub use targets::ReaderOpener;

use crate::system::signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Tells all threads to release every button and end.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Sets the flag.
    pub fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Sets the flag on every signal that can be caught and would otherwise end the program, such as Ctrl-C. Before this
    /// call they end the program at once, which is safe as long as no button can be down.
    ///
    /// # Errors
    /// The system's error.
    pub fn ask_on_signals(&self) -> std::io::Result<()> {
        signals::set_instead(&self.0)
    }
}

/// Starts a thread of the run.
fn spawn<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, RunError> {
    let thread = std::thread::Builder::new().name(name.into());
    thread.spawn(body).map_err(RunError::Thread)
}
