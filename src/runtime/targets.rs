//! The thread that reads targets from the screen. The pointer never waits for it: each list is handed over as a whole,
//! and a list that is too old fades out.

use super::StopFlag;
use super::telemetry::{PanelTargets, Telemetry};
use crate::assist::{AssistError, TargetReader};
use crate::control::{PauseReason, State, Target, TargetKind, Targets};
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
/// What a panel leaves of a target is none if it is narrower than this, pixels.
const LEAST_PX: i32 = 8;
/// Time before the screen is tried again after an error, nanoseconds.
const RETRY_NS: u64 = 5_000_000_000;

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
    // One list is in use by the pointer; the other is on its way or being filled.
    let (lists_tx, lists) = bounded(1);
    let (back, back_rx) = bounded(2);
    let watcher = Watcher {
        open,
        reader: None,
        failed: None,
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
    /// When reading last failed, if nothing has been read since.
    failed: Option<HostNanos>,
    spare: Option<Box<Targets>>,
    lists: Sender<Box<Targets>>,
    back: Receiver<Box<Targets>>,
    /// A warning that nothing can be read was logged.
    has_warned: bool,
}

impl Watcher {
    fn run(mut self, shown: &Telemetry, stop: &StopFlag) {
        let mut programs = Vec::new();
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
            if rests(shown) {
                // Only the panel can be chosen, whatever programs do.
                programs.clear();
            } else {
                self.read_programs(began, place, &mut programs);
            }
            let took_ns = clock::now().0 - began.0;
            let mut panel = self.publish(began, &programs, shown);
            // The panel's buttons are known at once, and programs are not asked again because of them.
            let mut published = clock::now();
            let mut renew = |own: &mut Self| {
                let now = clock::now();
                // A list with nothing but the panel stays true, and would count as too old.
                let is_old =
                    programs.is_empty() && now.since(published) > MOST_REST_NS.unsigned_abs();
                if shown.panel().version != panel || is_old {
                    panel = own.publish(began, &programs, shown);
                    published = now;
                }
            };
            let rest_ns = (REST_FOR_WORK * took_ns).clamp(LEAST_REST_NS, LONGEST_REST_NS);
            wait(rest_ns, stop, || {
                renew(&mut self);
                false
            });
            let more_ns = MOST_REST_NS - rest_ns;
            wait(more_ns, stop, || {
                renew(&mut self);
                let changed = self.reader.as_mut().map(|reader| reader.has_changed());
                changed.unwrap_or(false)
            });
        }
    }

    /// Reads the targets of programs. After an error there are none, and nobody is asked for a while.
    fn read_programs(&mut self, now: HostNanos, place: [i32; 2], into: &mut Vec<Target>) {
        if self.failed.is_some_and(|at| now.since(at) < RETRY_NS) {
            return;
        }
        let read = self.reader().and_then(|reader| reader.read(place, into));
        self.failed = read.is_err().then_some(now);
        if let Err(error) = read {
            if !std::mem::replace(&mut self.has_warned, true) {
                log::warn!("{error}");
            }
            self.reader = None;
            into.clear();
        } else {
            self.has_warned = false;
        }
    }

    /// Hands over what can be chosen now, of which programs told their part at `at`. Returns the version of the panel.
    fn publish(&mut self, at: HostNanos, programs: &[Target], shown: &Telemetry) -> u64 {
        let (panel, rests) = (shown.panel(), rests(shown));
        let list = offered(&panel, programs, rests, shown.wants_window_buttons());
        shown.set_targets(&list);
        // The panel itself is never out of date.
        let is_panel = list.iter().all(|target| target.kind == TargetKind::Panel);
        let at = if is_panel { clock::now() } else { at };
        if self.hand_over(at, &list) {
            panel.version
        } else {
            // Tried again soon.
            panel.version.wrapping_sub(1)
        }
    }

    fn reader(&mut self) -> Result<&mut Box<dyn TargetReader>, AssistError> {
        match &mut self.reader {
            Some(reader) => Ok(reader),
            none => Ok(none.insert((self.open)()?)),
        }
    }

    /// Returns false if the pointer's thread has not taken the last list.
    fn hand_over(&mut self, at: HostNanos, list: &[Target]) -> bool {
        self.spare = self.spare.take().or_else(|| self.back.try_recv().ok());
        // If the pointer's thread has not taken the last list, it is busy and gets the next one.
        let Some(mut targets) = self.spare.take() else {
            return false;
        };
        targets.set(at, list);
        self.spare = match self.lists.try_send(targets) {
            Ok(()) => None,
            Err(TrySendError::Full(targets) | TrySendError::Disconnected(targets)) => Some(targets),
        };
        self.spare.is_none()
    }
}

/// What can be chosen: the panel's buttons, and, unless the patient rests, the targets of programs.
fn offered(
    panel: &PanelTargets,
    programs: &[Target],
    rests: bool,
    wants_window_buttons: bool,
) -> Vec<Target> {
    let own = panel.buttons.iter().copied();
    // The panel lies above programs, and tells screen readers about its buttons as well.
    let seen = programs.iter().filter_map(|target| {
        let rect = match &panel.place {
            Some(place) => target.rect.beside(place)?,
            None => target.rect,
        };
        let is_large = rect == target.rect || rect.width.min(rect.height) >= LEAST_PX;
        let is_safe = wants_window_buttons || target.kind != TargetKind::WindowButton;
        (!rests && is_large && is_safe).then_some(Target { rect, ..*target })
    });
    own.chain(seen).collect()
}

/// Whether the patient rests.
fn rests(shown: &Telemetry) -> bool {
    shown.pointer().state == State::Paused(PauseReason::Resting)
}

/// Waits for `nanos`, or until the flag is set or the condition holds.
fn wait(nanos: i64, stop: &StopFlag, mut until: impl FnMut() -> bool) {
    let end = clock::now().0 + nanos;
    while clock::now().0 < end && !stop.stopped() && !until() {
        clock::wait_until(HostNanos((clock::now().0 + LOOK_NS).min(end)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Rect;

    fn target(x: i32, kind: TargetKind) -> Target {
        Target::new(Rect::new(x, 100, 80, 30), kind)
    }

    #[test]
    fn window_buttons_and_what_lies_under_the_panel_are_left_out() {
        let own = Target::new(Rect::new(1110, 60, 160, 60), TargetKind::Panel);
        let panel = PanelTargets {
            version: 1,
            place: Some(Rect::new(1100, 0, 180, 800)),
            buttons: vec![own],
        };
        let [ok, close] = [(100, TargetKind::Button), (900, TargetKind::WindowButton)]
            .map(|(x, kind)| target(x, kind));
        let programs = [ok, close, target(1120, TargetKind::Button)];
        // A wide link is cut.
        let link = Target::new(Rect::new(1000, 300, 200, 20), TargetKind::Link);
        let cut = Target {
            rect: Rect::new(1000, 300, 100, 20),
            ..link
        };
        assert_eq!(offered(&panel, &[link], false, false), [own, cut]);
        assert_eq!(offered(&panel, &programs, false, false), [own, ok]);
        assert_eq!(offered(&panel, &programs, false, true), [own, ok, close]);
        assert_eq!(offered(&panel, &programs, true, true), [own]);
        let none = PanelTargets::default();
        assert_eq!(offered(&none, &programs[..2], false, false), [ok]);
    }
}
