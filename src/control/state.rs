//! The driver's states, and whether anything may move. ARCHITECTURE.md shows the diagram.

use super::PauseSettings;
use crate::time::HostNanos;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The driver's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// No sample has been decoded yet.
    Starting,
    /// Nothing moves until the driver is resumed.
    Paused(PauseReason),
    /// The pointer could move, but no intent is detected.
    Idle,
    /// The pointer moves, or a button is down.
    Active,
    /// Nothing moves for now.
    Hold(HoldReason),
    /// Samples stopped arriving.
    SignalLost,
}

/// Reasons for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PauseReason {
    /// A run starts paused.
    Start,
    /// Somebody requested it.
    Asked,
    /// The patient requested it with the panel, and may end it alone.
    Resting,
    /// The signal was lost and has returned.
    AfterLoss,
    /// No intent was detected for a long time.
    LongRest,
    /// The pointer moved for a long time without selecting anything.
    Aimless,
    /// A hand is on the real mouse. This pause ends after a while.
    ManualOverride,
}

/// Reasons for a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldReason {
    /// The signal has returned, but not for long enough yet.
    Returning,
    /// The display or the mouse board does not respond.
    PointerGone,
    /// The signal does not look like EEG.
    NotEeg,
}

impl State {
    /// All states.
    pub const ALL: [Self; 14] = [
        Self::Starting,
        Self::Paused(PauseReason::Start),
        Self::Paused(PauseReason::Asked),
        Self::Paused(PauseReason::Resting),
        Self::Paused(PauseReason::AfterLoss),
        Self::Paused(PauseReason::LongRest),
        Self::Paused(PauseReason::Aimless),
        Self::Paused(PauseReason::ManualOverride),
        Self::Idle,
        Self::Active,
        Self::Hold(HoldReason::Returning),
        Self::Hold(HoldReason::PointerGone),
        Self::Hold(HoldReason::NotEeg),
        Self::SignalLost,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Paused(PauseReason::Start) => "paused: waiting to be resumed",
            Self::Paused(PauseReason::Asked) => "paused",
            Self::Paused(PauseReason::Resting) => "paused: the patient rests",
            Self::Paused(PauseReason::AfterLoss) => "paused: the signal was lost",
            Self::Paused(PauseReason::LongRest) => "paused: no intent for a long time",
            Self::Paused(PauseReason::Aimless) => "paused: moved for a long time without selecting anything",
            Self::Paused(PauseReason::ManualOverride) => "paused: a hand is on the mouse",
            Self::Idle => "idle",
            Self::Active => "active",
            Self::Hold(HoldReason::Returning) => "hold: the signal is coming back",
            Self::Hold(HoldReason::PointerGone) => "hold: the display or the mouse board does not respond",
            Self::Hold(HoldReason::NotEeg) => {
                "hold: the signal does not look like EEG: neighbouring electrodes are no more alike than distant ones. \
                 Check that the cap is on and that each electrode has contact"
            }
            Self::SignalLost => "signal lost",
        })
    }
}

/// Whether samples arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// No sample has arrived yet.
    Waiting,
    /// Samples arrive.
    Live,
    /// Samples stopped: hold, and release every button.
    Lost,
}

/// How long the signal must be back after a loss, nanoseconds.
pub(super) const CLEAN_NS: u64 = 1_000_000_000;
/// A rest between two motions that is shorter than this counts as motion, nanoseconds.
const SHORT_REST_NS: u64 = 10_000_000_000;
/// No click within this time of a resume, a manual override or a fault, nanoseconds.
pub(super) const QUIET_NS: u64 = 1_000_000_000;

/// Tracks all reasons for not moving, and derives the state from them.
#[derive(Debug, Clone, Copy)]
pub(super) struct StateMachine {
    pause: Option<PauseReason>,
    /// When a hand was last detected on the real mouse, if that is why nothing moves.
    overridden: Option<HostNanos>,
    signal: Followed,
    is_pointer_gone: bool,
    is_eeg: bool,
    /// Since when no intent has been detected.
    rest_since: Option<HostNanos>,
    aimless: Aimless,
    is_moving: bool,
    /// Since when motion has been allowed; none while it is not.
    free_since: Option<HostNanos>,
}

/// Motion since something was last selected. Short rests between motions count as motion, because otherwise noise that moves the pointer
/// now and then would go undetected for hours. Longer rests are not counted, and do not start the time again.
#[derive(Debug, Clone, Copy, Default)]
struct Aimless {
    moved_ns: u64,
    last: Option<HostNanos>,
    /// When an intent was last detected.
    intended: Option<HostNanos>,
}

impl Aimless {
    /// Advances to a time; returns how long the pointer has moved without selecting anything, nanoseconds.
    fn step(&mut self, now: HostNanos, wants: bool) -> u64 {
        if wants {
            self.intended = Some(now);
        }
        let is_motion = self
            .intended
            .is_some_and(|at| now.since(at) < SHORT_REST_NS);
        let elapsed_ns = self.last.map_or(0, |last| now.since(last));
        if is_motion {
            self.moved_ns = self.moved_ns.saturating_add(elapsed_ns);
        }
        self.last = Some(now);
        self.moved_ns
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    Waiting,
    Live,
    Lost,
    Returning(HostNanos),
}

impl StateMachine {
    pub(super) fn new(settings: &PauseSettings) -> Self {
        Self {
            pause: settings.at_start.then_some(PauseReason::Start),
            overridden: None,
            signal: Followed::Waiting,
            is_pointer_gone: false,
            is_eeg: true,
            rest_since: None,
            aimless: Aimless::default(),
            is_moving: false,
            free_since: None,
        }
    }

    pub(super) fn pause(&mut self, reason: PauseReason) {
        self.pause = Some(reason);
    }

    /// The patient rests. A pause that somebody else asked for stays.
    pub(super) fn begin_rest(&mut self) {
        if self.pause != Some(PauseReason::Asked) {
            self.pause = Some(PauseReason::Resting);
        }
    }

    /// The patient has rested.
    pub(super) fn end_rest(&mut self) {
        if self.pause == Some(PauseReason::Resting) {
            self.resume();
        }
    }

    /// Whether it waits to be resumed, whatever else is wrong.
    pub(super) fn is_paused(&self) -> bool {
        self.pause.is_some() || self.overridden.is_some()
    }

    /// Whether the patient rests, and nothing else is wrong.
    pub(super) fn is_resting(&self) -> bool {
        self.state() == State::Paused(PauseReason::Resting)
    }

    /// Forbids clicks for a while from now on.
    pub(super) fn forbid_clicks(&mut self) {
        self.free_since = None;
    }

    /// Ends every pause, but not a fault.
    pub(super) fn resume(&mut self) {
        (self.pause, self.overridden, self.rest_since) = (None, None, None);
        self.aimless = Aimless::default();
        // No click for a while from now on, even if it was not paused.
        self.free_since = None;
    }

    /// Whether the signal looks like EEG. When it does again, that counts as a signal that returned.
    pub(super) fn look_like_eeg(&mut self, is_eeg: bool, settings: &PauseSettings) {
        if is_eeg && !self.is_eeg && settings.after_loss && self.pause.is_none() {
            self.pause = Some(PauseReason::AfterLoss);
        }
        self.is_eeg = is_eeg;
    }

    /// Something was clicked, pressed or chosen: the motion had a purpose.
    pub(super) fn select(&mut self) {
        self.aimless.moved_ns = 0;
    }

    /// A hand was detected on the real mouse.
    pub(super) fn override_by_hand(&mut self, now: HostNanos) {
        self.overridden = Some(now);
    }

    /// Advances to a time. `wants`: an intent is detected.
    pub(super) fn update(
        &mut self,
        now: HostNanos,
        signal: Signal,
        is_pointer_gone: bool,
        wants: bool,
        settings: &PauseSettings,
    ) {
        self.signal = match (signal, self.signal) {
            (Signal::Lost, _) => Followed::Lost,
            (Signal::Waiting, before) => before,
            (Signal::Live, Followed::Lost) => Followed::Returning(now),
            (Signal::Live, Followed::Returning(since)) if now.since(since) < CLEAN_NS => {
                Followed::Returning(since)
            }
            (Signal::Live, Followed::Returning(_)) => {
                if settings.after_loss && self.pause.is_none() {
                    self.pause = Some(PauseReason::AfterLoss);
                }
                Followed::Live
            }
            (Signal::Live, Followed::Waiting | Followed::Live) => Followed::Live,
        };
        self.is_pointer_gone = is_pointer_gone;
        let override_ns = u64::from(settings.manual_override_ms) * 1_000_000;
        self.overridden = self
            .overridden
            .filter(|since| now.since(*since) < override_ns);
        self.rest(now, wants, settings);
        self.aim(now, wants, settings);
        self.is_moving = wants;
        self.free_since = if self.may_move() {
            self.free_since.or(Some(now))
        } else {
            None
        };
    }

    fn rest(&mut self, now: HostNanos, wants: bool, settings: &PauseSettings) {
        if wants || !self.may_move() {
            self.rest_since = None;
            return;
        }
        let since = *self.rest_since.get_or_insert(now);
        let long_ns = u64::from(settings.after_rest_s) * 1_000_000_000;
        if long_ns > 0 && now.since(since) >= long_ns {
            self.pause(PauseReason::LongRest);
        }
    }

    fn aim(&mut self, now: HostNanos, wants: bool, settings: &PauseSettings) {
        if !self.may_move() {
            self.aimless = Aimless::default();
            return;
        }
        let long_ns = u64::from(settings.after_aimless_s) * 1_000_000_000;
        if self.aimless.step(now, wants) >= long_ns && long_ns > 0 {
            self.pause(PauseReason::Aimless);
        }
    }

    pub(super) fn may_move(&self) -> bool {
        matches!(self.state(), State::Idle | State::Active)
    }

    /// Whether a click may begin.
    pub(super) fn may_click(&self, now: HostNanos) -> bool {
        let free = self.free_since.filter(|_| self.may_move());
        free.is_some_and(|since| now.since(since) >= QUIET_NS)
    }

    /// Faults come before intents: with a fault the state is not Paused, and while paused it is not Idle.
    pub(super) fn state(&self) -> State {
        match (self.signal, self.pause) {
            (Followed::Lost, _) => State::SignalLost,
            _ if self.is_pointer_gone => State::Hold(HoldReason::PointerGone),
            (Followed::Returning(_), _) => State::Hold(HoldReason::Returning),
            (Followed::Waiting, _) => State::Starting,
            _ if !self.is_eeg => State::Hold(HoldReason::NotEeg),
            _ if self.overridden.is_some() => State::Paused(PauseReason::ManualOverride),
            (Followed::Live, Some(reason)) => State::Paused(reason),
            (Followed::Live, None) if self.is_moving => State::Active,
            (Followed::Live, None) => State::Idle,
        }
    }
}

#[cfg(test)]
mod tests;
