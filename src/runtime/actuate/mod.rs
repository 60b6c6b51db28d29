//! Carries commands out with the pointer, at a steady tick. `thread` calls it.

pub(super) mod thread;

use super::Latency;
use super::stats::Latencies;
use super::telemetry::{PointerTelemetry, Telemetry};
use crate::command::Command;
use crate::control::watchdog::Watchdog;
use crate::control::{
    AuxiliaryKind, AuxiliarySample, ControlSettings, Governor, Rect, Request, Signal, State,
    Targets, TickInput,
};
use crate::pointer::{Action, OpenPointer, PointerError, PointerOpener, PointerState};
use crate::stimulus::{Scene, SceneTag};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};
use crossbeam_channel::Sender;
use std::sync::Arc;

/// A tick this long after the previous one is late, nanoseconds: the program was stopped or starved, or the computer
/// slept.
const LATE_NS: u64 = 150_000_000;
/// Time between two looks at the pointer's state, nanoseconds. Looking costs more than a tick, so it is done less
/// often.
const LOOK_NS: u64 = 20_000_000;
/// Time after which the screens are read again, in case one was plugged in, nanoseconds.
const SCREENS_NS: u64 = 2_000_000_000;
/// Time between two updates of the latency figures that are shown, nanoseconds.
const FIGURES_NS: u64 = 1_000_000_000;
/// Time between two attempts to reopen a lost display, nanoseconds.
const RETRY_NS: u64 = 500_000_000;
/// Time after which a lost display is given up, nanoseconds.
const GIVE_UP_NS: u64 = 10_000_000_000;

/// A command that was carried out, with the times needed to measure latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedCommand {
    /// Stamp of the newest sample that the command is based on.
    pub acquired: StreamNanos,
    /// When that sample was received.
    pub received: HostNanos,
    /// When the pointer's thread took the command.
    pub taken: HostNanos,
    /// When the display had received the action.
    pub applied: HostNanos,
    /// Whether the pointer moved.
    pub has_moved: bool,
}

/// Carries out commands. Apart from its pointer it has no side effects: time is an argument.
pub struct Actuator {
    open: PointerOpener,
    pointer: Option<OpenPointer>,
    governor: Governor,
    watchdog: Watchdog,
    state: State,
    /// See [`Actuator::assisted`].
    assisted: Option<Rect>,
    stop_key: bool,
    /// When it last woke up, see [`Actuator::wake`].
    woken: Option<HostNanos>,
    /// It has just woken up late.
    is_late: bool,
    /// When the pointer's state was last read, and the result until a tick uses it.
    looked: HostNanos,
    sight: Option<PointerState>,
    /// When the screens were last read.
    screens_at: HostNanos,
    /// When the pointer was lost, and when it was last tried again.
    lost: Option<(HostNanos, HostNanos)>,
    /// Stamp and arrival of the newest command's newest sample, until the command is carried out.
    unanswered: Option<(StreamNanos, HostNanos)>,
    /// See [`Actuator::with_trace`].
    trace: Option<Sender<TimedCommand>>,
    latencies: Latencies,
    commands: u64,
    holds: u64,
    shown: Arc<Telemetry>,
    /// When the latency figures were last updated.
    figures_at: HostNanos,
}

impl Actuator {
    /// Opens the pointer.
    ///
    /// # Errors
    /// [`PointerError`] if it cannot be opened.
    pub fn new(mut open: PointerOpener, settings: ControlSettings) -> Result<Self, PointerError> {
        let pointer = open()?;
        let latencies = Latencies::new().map_err(|error| PointerError::Apply {
            cause: error.to_string(),
        })?;
        Ok(Self {
            open,
            governor: Governor::new(settings, pointer.screens().unwrap_or_default()),
            pointer: Some(pointer),
            watchdog: Watchdog::default(),
            state: State::Starting,
            assisted: None,
            stop_key: false,
            woken: None,
            is_late: false,
            looked: HostNanos::default(),
            sight: None,
            screens_at: HostNanos::default(),
            lost: None,
            unanswered: None,
            trace: None,
            latencies,
            commands: 0,
            holds: 0,
            shown: Arc::new(Telemetry::new(0)),
            figures_at: HostNanos::default(),
        })
    }

    /// Publishes its state to `shown`.
    #[must_use]
    pub fn with_shown(mut self, shown: Arc<Telemetry>) -> Self {
        self.shown = shown;
        self
    }

    /// Sends every command that was carried out to `trace`. If the channel is full, it is skipped.
    #[must_use]
    pub fn with_trace(mut self, trace: Option<Sender<TimedCommand>>) -> Self {
        self.trace = trace;
        self
    }

    /// Sets how many codes tags to look at can show; 0 if there are no tags.
    #[must_use]
    pub fn with_tag_codes(mut self, codes: usize) -> Self {
        self.governor.set_tag_codes(codes);
        self
    }

    /// Takes a command, which applies from the next [`tick`](Self::tick) on.
    pub fn command(&mut self, command: Command) {
        if self.watchdog.feed(command.acquired, command.received) {
            self.unanswered = Some((command.acquired, command.received));
        }
        self.governor.command(command);
        self.commands += 1;
    }

    /// Declares an auxiliary input, whether or not it has sent anything yet.
    pub fn expect(&mut self, kind: AuxiliaryKind) {
        self.governor.expect(kind);
    }

    /// Takes a sample of an auxiliary input, which applies from the next [`tick`](Self::tick) on.
    pub fn receive_auxiliary(&mut self, sample: AuxiliarySample) {
        self.governor.receive_auxiliary(sample);
    }

    /// Takes a request, which applies from the next [`tick`](Self::tick) on.
    pub fn request(&mut self, request: Request) {
        self.governor.request(request);
    }

    /// Whether the hot key that stops the run was pressed.
    #[must_use]
    pub fn is_stop_asked(&self) -> bool {
        self.stop_key
    }

    /// The driver's state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes the targets found on the screen, which apply from the next [`tick`](Self::tick) on. Returns the previous
    /// list.
    pub fn see(&mut self, targets: Box<Targets>) -> Box<Targets> {
        self.governor.see(targets)
    }

    /// The target that changes the pointer's motion; `None` if the motion is the user's alone.
    #[must_use]
    pub fn assisted(&self) -> Option<Rect> {
        self.assisted
    }

    /// Number of the scene of tags that is to be shown.
    #[must_use]
    pub fn scene(&self) -> u32 {
        self.governor.tags().0
    }

    /// Writes that scene, as far as it has room for tags.
    pub fn fill_scene(&self, scene: &mut Scene) {
        let (number, tags) = self.governor.tags();
        scene.number = number;
        let room = scene.tags.capacity() - scene.tags.len();
        scene
            .tags
            .extend(tags.take(room).map(|(target, code)| SceneTag {
                target,
                code: u16::from(code),
            }));
    }

    /// Reads the pointer's state and the screens, if it is time to. The display can be slow to answer, so this happens
    /// before [`wake`](Self::wake) and not within a tick.
    pub fn look(&mut self, now: HostNanos) {
        if now.since(self.looked) >= LOOK_NS {
            self.looked = now;
            self.sight = self.look_now(now);
        }
        if now.since(self.screens_at) > SCREENS_NS
            && let Some(pointer) = &self.pointer
        {
            if let Some(screens) = pointer.screens() {
                self.governor.set_screens(screens);
            }
            self.screens_at = now;
        }
    }

    /// Announces when the next [`tick`](Self::tick) begins, on a clock that keeps running while the computer sleeps
    /// ([`clock::with_sleep`]). If that is more than 150 ms after the previous tick, we cannot know what happened in
    /// between, and queued commands are old: the tick releases everything, carries out no command, and counts as a loss
    /// of the signal.
    pub fn wake(&mut self, with_sleep: HostNanos) {
        let before = self.woken.replace(with_sleep);
        let passed_ns = before.map_or(0, |before| with_sleep.since(before));
        if passed_ns > LATE_NS {
            // Warned once per hold, however often the thread stalls meanwhile.
            let holds = matches!(self.state, State::SignalLost | State::Hold(_));
            let level = if holds {
                log::Level::Debug
            } else {
                log::Level::Warn
            };
            log::log!(
                level,
                "the pointer's thread stood still for {} ms: stopped, too busy, or asleep",
                passed_ns / 1_000_000
            );
            self.is_late = true;
        }
    }

    /// Whether samples and ticks arrive in time.
    fn signal(&mut self, now: HostNanos) -> Signal {
        match (std::mem::take(&mut self.is_late), self.watchdog.check(now)) {
            (true, Signal::Live) => Signal::Lost,
            (_, signal) => signal,
        }
    }

    /// Advances the pointer to a time.
    ///
    /// # Errors
    /// [`PointerError`] if the display has been gone for ten seconds.
    pub fn tick(&mut self, now: HostNanos) -> Result<(), PointerError> {
        let (sight, signal) = (self.sight.take(), self.signal(now));
        if let Some(sight) = sight {
            self.stop_key |= sight.stop_key;
            if sight.toggle_key {
                self.governor.request(Request::Toggle);
            }
        }
        let output = self.governor.tick(
            now,
            &TickInput {
                signal,
                is_pointer_gone: self.pointer.is_none(),
                place_px: sight.and_then(|sight| sight.place_px),
                hand_px: sight.and_then(|sight| sight.hand_px),
                buttons: sight.and_then(|sight| sight.buttons),
            },
        );
        self.note(output.state);
        self.assisted = output.assisted;
        self.shown
            .set_place(self.governor.last_place_px(), self.governor.wants_targets());
        self.shown
            .set_window_buttons(self.governor.wants_window_buttons());
        self.shown.set_choice_line(self.governor.choice_line());
        self.shown.set_chosen(self.governor.chosen());
        self.shown.set_pointer(PointerTelemetry {
            state: output.state,
            kind: self.governor.click_kind(),
            dwell: output.dwell,
            overlay_px: self.governor.overlay_px(),
        });
        if output.clicks {
            self.shown.count_click();
        }
        if now.since(self.figures_at) > FIGURES_NS {
            self.figures_at = now;
            self.shown.set_latency(self.latencies.of_minute(now));
        }
        self.apply(output.action, now)
    }

    fn note(&mut self, state: State) {
        if state == State::SignalLost && self.state != state {
            log::warn!("signal lost: the pointer holds, all buttons are released");
            self.holds += 1;
            self.shown.count_hold();
        }
        self.state = state;
    }

    /// The pointer's state, if it can be observed.
    fn look_now(&mut self, now: HostNanos) -> Option<PointerState> {
        match self.pointer.as_mut()?.observer.as_mut()?.look() {
            Ok(sight) => Some(sight),
            Err(error) => {
                self.lose(&error, now);
                None
            }
        }
    }

    fn lose(&mut self, error: &PointerError, now: HostNanos) {
        log::error!(
            "{error}; holding, and trying again for {} s",
            GIVE_UP_NS / 1_000_000_000
        );
        self.pointer = None;
        self.lost = Some((now, now));
    }

    fn apply(&mut self, action: Action, now: HostNanos) -> Result<(), PointerError> {
        if let Some(pointer) = &mut self.pointer {
            match pointer.pointer.apply(action) {
                Ok(()) => {
                    self.lost = None;
                    if let Some(unanswered) = self.unanswered.take() {
                        self.trace_command(unanswered, &action, now);
                    }
                    return Ok(());
                }
                Err(error) => {
                    self.lose(&error, now);
                    return Ok(());
                }
            }
        }
        let (since, tried) = self.lost.unwrap_or((now, now));
        if now.since(tried) < RETRY_NS {
            return Ok(());
        }
        match (self.open)() {
            Ok(pointer) => {
                log::warn!("the pointer is back");
                self.governor
                    .set_screens(pointer.screens().unwrap_or_default());
                self.pointer = Some(pointer);
            }
            Err(error) if now.since(since) > GIVE_UP_NS => return Err(error),
            Err(_) => self.lost = Some((since, now)),
        }
        Ok(())
    }

    fn trace_command(
        &mut self,
        (acquired, received): (StreamNanos, HostNanos),
        action: &Action,
        taken: HostNanos,
    ) {
        let applied = clock::now();
        self.latencies
            .record(applied.0.saturating_sub(acquired.0) / 1000);
        if let Some(trace) = &self.trace {
            let command = TimedCommand {
                acquired,
                received,
                taken,
                applied,
                has_moved: action.dx_px != 0 || action.dy_px != 0,
            };
            // A benchmark has room for all of them; a normal run has no trace.
            let _ = trace.try_send(command);
        }
    }

    /// Stops the pointer and releases every button.
    pub fn release(&mut self) {
        if let Some(Err(error)) = self
            .pointer
            .as_mut()
            .map(|pointer| pointer.pointer.apply(Action::default()))
        {
            log::error!("buttons could not be released: {error}");
        }
    }

    pub(super) fn figures(&self) -> (u64, u64, Latency) {
        (self.commands, self.holds, self.latencies.of_run())
    }
}

#[cfg(test)]
mod stalls;
#[cfg(test)]
mod tests;
