//! The thread that reads what can be pointed at. The pointer never waits for it: what was read is handed over whole, and what is handed
//! over too late fades out there.

use super::StopFlag;
use super::telemetry::Telemetry;
use crate::assist::{AssistError, TargetReader};
use crate::control::Targets;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::Arc;

/// Opens what reads the screen, on the thread that will own it; called again where that was lost.
pub type ReaderOpener = Box<dyn FnMut() -> Result<Box<dyn TargetReader>, AssistError> + Send>;

/// Time between two looks at whether there is something to do, nanoseconds.
const LOOK_NS: i64 = 50_000_000;
/// Between two readings there is at least this long, and so many times as long as a reading took: it costs a processor no more than a
/// twentieth, programs that answer included.
const LEAST_REST_NS: i64 = 200_000_000;
const REST_FOR_WORK: i64 = 19;
/// It is read anew after this, whether or not anything is told to have changed, nanoseconds; and even where a reading takes long.
const MOST_REST_NS: i64 = 1_000_000_000;
const LONGEST_REST_NS: i64 = 10_000_000_000;
/// What cannot be read is tried again after this, nanoseconds.
const RETRY_NS: i64 = 5_000_000_000;

/// The pointer's end: what was seen comes, and what that replaces goes back.
pub(super) struct TargetsLine {
    pub(super) seen: Receiver<Box<Targets>>,
    pub(super) back: Sender<Box<Targets>>,
}

/// Reads until the flag is set, only while the settings ask for it.
///
/// # Errors
/// Where a thread cannot be started.
pub(super) fn watch(
    open: ReaderOpener,
    shown: Arc<Telemetry>,
    stop: StopFlag,
) -> std::io::Result<TargetsLine> {
    // One is with the pointer, one on the way, one is filled.
    let (seen_tx, seen) = bounded(1);
    let (back, back_rx) = bounded(2);
    let watcher = Watcher {
        open,
        reader: None,
        spare: Some(Box::new(Targets::with_capacity())),
        seen: seen_tx,
        back: back_rx,
        is_told: false,
    };
    let thread = std::thread::Builder::new().name("screen".into());
    thread.spawn(move || watcher.run(&shown, &stop))?;
    Ok(TargetsLine { seen, back })
}

struct Watcher {
    open: ReaderOpener,
    reader: Option<Box<dyn TargetReader>>,
    spare: Option<Box<Targets>>,
    seen: Sender<Box<Targets>>,
    back: Receiver<Box<Targets>>,
    /// It was said that nothing can be read.
    is_told: bool,
}

impl Watcher {
    fn run(mut self, shown: &Telemetry, stop: &StopFlag) {
        let mut list = Vec::new();
        while !stop.stopped() {
            let wanted = shown.wants_targets();
            if !wanted {
                self.reader = None;
            }
            let Some(place) = shown.place_px().filter(|_| wanted) else {
                clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
                continue;
            };
            let began = clock::now();
            let read = self
                .reader()
                .and_then(|reader| reader.read(place, &mut list));
            if let Err(error) = read {
                if !std::mem::replace(&mut self.is_told, true) {
                    log::warn!("{error}");
                }
                self.reader = None;
                wait(RETRY_NS, stop, || false);
                continue;
            }
            self.is_told = false;
            shown.set_targets(&list);
            self.hand_over(began, &list);
            let took_ns = clock::now().0 - began.0;
            let rest_ns = (REST_FOR_WORK * took_ns).clamp(LEAST_REST_NS, LONGEST_REST_NS);
            wait(rest_ns, stop, || false);
            let more_ns = MOST_REST_NS - rest_ns;
            wait(more_ns, stop, || {
                let changed = self.reader.as_mut().map(|reader| reader.has_changed());
                changed.unwrap_or(true)
            });
        }
    }

    fn reader(&mut self) -> Result<&mut Box<dyn TargetReader>, AssistError> {
        match &mut self.reader {
            Some(reader) => Ok(reader),
            none => Ok(none.insert((self.open)()?)),
        }
    }

    fn hand_over(&mut self, at: HostNanos, list: &[crate::control::Target]) {
        self.spare = self.spare.take().or_else(|| self.back.try_recv().ok());
        // Where the pointer's thread has not taken the last ones, it is busy, and gets the next.
        let Some(mut targets) = self.spare.take() else {
            return;
        };
        targets.set(at, list);
        self.spare = match self.seen.try_send(targets) {
            Ok(()) => None,
            Err(TrySendError::Full(targets) | TrySendError::Disconnected(targets)) => Some(targets),
        };
    }
}

/// Waits so long, or until the flag is set or something is so.
fn wait(nanos: i64, stop: &StopFlag, mut until: impl FnMut() -> bool) {
    let end = clock::now().0 + nanos;
    while clock::now().0 < end && !stop.stopped() && !until() {
        clock::wait_until(HostNanos((clock::now().0 + LOOK_NS).min(end)));
    }
}
