//! The thread that reads targets from the screen. The pointer never waits for it: each list is handed over as a whole,
//! and a list that is too old fades out.

use super::StopFlag;
use super::telemetry::Telemetry;
use crate::assist::{AssistError, TargetReader};
use crate::control::Targets;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::Arc;

/// Opens the reader of the screen on the thread that will own it. Called again if the reader fails.
pub type ReaderOpener = Box<dyn FnMut() -> Result<Box<dyn TargetReader>, AssistError> + Send>;

/// Time between two checks for something to do, nanoseconds.
const LOOK_NS: i64 = 50_000_000;
/// Pause between two readings: at least this long, and this many times as long as the reading took, so that reading
/// uses at most a twentieth of one core, including the programs that answer.
const LEAST_REST_NS: i64 = 200_000_000;
const REST_FOR_WORK: i64 = 19;
/// The screen is read again after this, whether or not a change was reported, nanoseconds; and after the second time
/// even if a reading takes long.
const MOST_REST_NS: i64 = 1_000_000_000;
const LONGEST_REST_NS: i64 = 10_000_000_000;
/// Time before the screen is tried again after an error, nanoseconds.
const RETRY_NS: i64 = 5_000_000_000;

/// The pointer's end: receives new lists and returns replaced ones.
pub(super) struct TargetsLine {
    pub(super) lists: Receiver<Box<Targets>>,
    pub(super) back: Sender<Box<Targets>>,
}

/// Reads the screen while the settings ask for it, until the flag is set.
///
/// # Errors
/// If a thread cannot be started.
pub(super) fn watch(
    open: ReaderOpener,
    shown: Arc<Telemetry>,
    stop: StopFlag,
) -> std::io::Result<TargetsLine> {
    // One list is in use by the pointer, one is on its way, and one is being filled.
    let (lists_tx, lists) = bounded(1);
    let (back, back_rx) = bounded(2);
    let watcher = Watcher {
        open,
        reader: None,
        spare: Some(Box::new(Targets::with_capacity())),
        lists: lists_tx,
        back: back_rx,
        has_warned: false,
    };
    let thread = std::thread::Builder::new().name("screen".into());
    thread.spawn(move || watcher.run(&shown, &stop))?;
    Ok(TargetsLine { lists, back })
}

struct Watcher {
    open: ReaderOpener,
    reader: Option<Box<dyn TargetReader>>,
    spare: Option<Box<Targets>>,
    lists: Sender<Box<Targets>>,
    back: Receiver<Box<Targets>>,
    /// A warning that nothing can be read was logged.
    has_warned: bool,
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
                if !std::mem::replace(&mut self.has_warned, true) {
                    log::warn!("{error}");
                }
                self.reader = None;
                wait(RETRY_NS, stop, || false);
                continue;
            }
            self.has_warned = false;
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
        // If the pointer's thread has not taken the last list, it is busy and gets the next one.
        let Some(mut targets) = self.spare.take() else {
            return;
        };
        targets.set(at, list);
        self.spare = match self.lists.try_send(targets) {
            Ok(()) => None,
            Err(TrySendError::Full(targets) | TrySendError::Disconnected(targets)) => Some(targets),
        };
    }
}

/// Waits for `nanos`, or until the flag is set or the condition holds.
fn wait(nanos: i64, stop: &StopFlag, mut until: impl FnMut() -> bool) {
    let end = clock::now().0 + nanos;
    while clock::now().0 < end && !stop.stopped() && !until() {
        clock::wait_until(HostNanos((clock::now().0 + LOOK_NS).min(end)));
    }
}
