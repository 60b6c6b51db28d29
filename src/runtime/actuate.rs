//! The thread that owns the pointer: commands to motion, at a steady tick.

use super::watchdog::{Signal, Watchdog};
use super::{LatencyFigures, StopFlag, clock};
use crate::control::Command;
use crate::control::motion::Motion;
use crate::pointer::{Action, Pointer, PointerError};
use crate::time::{HostNanos, StreamNanos};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use hdrhistogram::Histogram;
use std::time::Duration;

/// Opens the pointer; called again where it was lost.
pub type PointerOpener = Box<dyn FnMut() -> Result<Box<dyn Pointer>, PointerError> + Send>;

/// Time between two motions of the pointer, nanoseconds: no screen of 60 Hz shows more. A command is obeyed at once.
const TICK_NS: u64 = 16_000_000;
/// After a loss the signal must be back for this long before the pointer obeys again, nanoseconds.
const CLEAN_NS: u64 = 1_000_000_000;
/// A lost display is tried again after this, nanoseconds,
const RETRY_NS: u64 = 500_000_000;
/// and given up after this.
const GIVE_UP_NS: u64 = 10_000_000_000;
/// A tick that comes later than this moves no further than one that came in time, seconds.
const LONGEST_TICK_S: f64 = 0.05;

/// Whether the pointer is held because samples stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    No,
    /// They have not come back.
    Lost,
    /// They have been back since.
    Returning(HostNanos),
}

/// Carries commands out. Pure but for its pointer: time is an argument.
pub struct Actuator {
    open: PointerOpener,
    pointer: Option<Box<dyn Pointer>>,
    motion: Motion,
    watchdog: Watchdog,
    command: Option<Command>,
    hold: Hold,
    last_tick: HostNanos,
    /// When the pointer was lost, and when it was last tried again.
    lost: Option<(HostNanos, HostNanos)>,
    /// Stamp of a command's newest sample, until the pointer has obeyed.
    unanswered: Option<StreamNanos>,
    latency_us: Histogram<u64>,
    commands: u64,
    holds: u64,
}

impl Actuator {
    /// Opens the pointer.
    ///
    /// # Errors
    /// [`PointerError`] where it cannot be opened.
    pub fn new(mut open: PointerOpener) -> Result<Self, PointerError> {
        let pointer = open()?;
        // One minute in microseconds to three digits; no number of recordings makes it allocate.
        let latency_us =
            Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|error| PointerError::Apply {
                cause: error.to_string(),
            })?;
        Ok(Self {
            open,
            pointer: Some(pointer),
            motion: Motion::default(),
            watchdog: Watchdog::default(),
            command: None,
            hold: Hold::No,
            last_tick: HostNanos::default(),
            lost: None,
            unanswered: None,
            latency_us,
            commands: 0,
            holds: 0,
        })
    }

    /// Takes a command; it is in force from the next [`tick`](Self::tick) on.
    pub fn command(&mut self, command: Command) {
        self.watchdog.feed(command.received);
        self.unanswered = Some(command.acquired);
        self.command = Some(command);
        self.commands += 1;
    }

    /// Moves the pointer on to a time.
    ///
    /// # Errors
    /// [`PointerError`] where the display has been gone for ten seconds.
    pub fn tick(&mut self, now: HostNanos) -> Result<(), PointerError> {
        let elapsed_s = (now.since(self.last_tick) as f64 / 1e9).min(LONGEST_TICK_S);
        self.last_tick = now;
        let Some(command) = self.command else {
            return Ok(());
        };
        self.update_hold(now);
        let action = if self.hold == Hold::No {
            let [dx_px, dy_px] = self.motion.advance(command.velocity_px_s, elapsed_s);
            Action {
                dx_px,
                dy_px,
                buttons: command.buttons,
            }
        } else {
            Action::default()
        };
        self.apply(action, now)
    }

    fn update_hold(&mut self, now: HostNanos) {
        self.hold = match (self.watchdog.check(now), self.hold) {
            (Signal::Lost, Hold::Lost) => Hold::Lost,
            (Signal::Lost, before) => {
                if before == Hold::No {
                    log::warn!("signal lost: the pointer holds, all buttons are released");
                    self.holds += 1;
                    self.motion.stop();
                }
                Hold::Lost
            }
            (_, Hold::Lost) => Hold::Returning(now),
            (_, Hold::Returning(since)) if now.since(since) >= CLEAN_NS => {
                log::warn!("the signal has been back for a second: control resumes");
                Hold::No
            }
            (_, before) => before,
        };
    }

    fn apply(&mut self, action: Action, now: HostNanos) -> Result<(), PointerError> {
        if let Some(pointer) = &mut self.pointer {
            match pointer.apply(action) {
                Ok(()) => {
                    self.lost = None;
                    if let Some(acquired) = self.unanswered.take() {
                        let nanos = clock::now().0.saturating_sub(acquired.0);
                        let micros = u64::try_from(nanos / 1000).unwrap_or(0);
                        self.latency_us.saturating_record(micros.max(1));
                    }
                    return Ok(());
                }
                Err(error) => {
                    log::error!(
                        "{error}; holding, and trying again for {} s",
                        GIVE_UP_NS / 1_000_000_000
                    );
                    self.pointer = None;
                    self.lost = Some((now, now));
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
                self.pointer = Some(pointer);
                self.motion.stop();
            }
            Err(error) if now.since(since) > GIVE_UP_NS => return Err(error),
            Err(_) => self.lost = Some((since, now)),
        }
        Ok(())
    }

    /// Stops, and releases every button.
    pub fn release(&mut self) {
        self.command = None;
        if let Some(Err(error)) = self
            .pointer
            .as_mut()
            .map(|pointer| pointer.apply(Action::default()))
        {
            log::error!("buttons could not be released: {error}");
        }
    }

    pub(super) fn figures(&self) -> (u64, u64, LatencyFigures) {
        (
            self.commands,
            self.holds,
            LatencyFigures::of(&self.latency_us),
        )
    }
}

/// Carries commands out until no more come or the stop flag is set; releases every button at the end.
pub(super) fn actuate(
    actuator: &mut Actuator,
    commands: &Receiver<Command>,
    stop: &StopFlag,
) -> Result<(), PointerError> {
    let mut next_tick = clock::now();
    let mut result = Ok(());
    while !stop.stopped() && result.is_ok() {
        let now = clock::now();
        let wait_ns = TICK_NS - now.since(next_tick).min(TICK_NS);
        match commands.recv_timeout(Duration::from_nanos(wait_ns)) {
            Ok(command) => {
                actuator.command(command);
                commands
                    .try_iter()
                    .for_each(|newer| actuator.command(newer));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        next_tick = clock::now();
        result = actuator.tick(next_tick);
    }
    actuator.release();
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Buttons;
    use crate::time::SampleIndex;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Shared {
        actions: Vec<Action>,
        broken: bool,
    }

    struct SharedPointer(Arc<Mutex<Shared>>);

    impl Pointer for SharedPointer {
        fn apply(&mut self, action: Action) -> Result<(), PointerError> {
            let mut shared = self.0.lock().unwrap();
            if shared.broken {
                return Err(PointerError::Apply {
                    cause: "display gone".into(),
                });
            }
            shared.actions.push(action);
            Ok(())
        }
    }

    fn actuator() -> (Actuator, Arc<Mutex<Shared>>) {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let handle = shared.clone();
        let open: PointerOpener = Box::new(move || {
            if handle.lock().unwrap().broken {
                return Err(PointerError::Apply {
                    cause: "no display".into(),
                });
            }
            Ok(Box::new(SharedPointer(handle.clone())) as Box<dyn Pointer>)
        });
        (Actuator::new(open).unwrap(), shared)
    }

    fn ms(ms: i64) -> HostNanos {
        HostNanos(ms * 1_000_000)
    }

    fn command(at: HostNanos, vx: f64, left: bool) -> Command {
        Command {
            at: SampleIndex(0),
            acquired: StreamNanos(at.0),
            received: at,
            velocity_px_s: [vx, 0.0],
            buttons: Buttons { left },
        }
    }

    #[test]
    fn silence_holds_and_releases_and_return_resumes() {
        let (mut actuator, shared) = actuator();
        actuator.command(command(ms(0), 500.0, true));
        (0..19).for_each(|k| actuator.tick(ms(8 * k)).unwrap());
        assert!(shared.lock().unwrap().actions.last().unwrap().buttons.left);
        shared.lock().unwrap().actions.clear();
        (19..40).for_each(|k| actuator.tick(ms(8 * k)).unwrap());
        let held: Vec<Action> = std::mem::take(&mut shared.lock().unwrap().actions);
        assert!(
            held.iter().all(|action| *action == Action::default()),
            "{held:?}"
        );
        // The signal is back: for a second nothing happens, then control resumes.
        for time in (330..1_400).step_by(8) {
            actuator.command(command(ms(time), 500.0, true));
            actuator.tick(ms(time + 2)).unwrap();
        }
        let after: Vec<Action> = std::mem::take(&mut shared.lock().unwrap().actions);
        let resumed = after
            .iter()
            .position(|action| *action != Action::default())
            .unwrap();
        assert!(
            (1_000..1_020).contains(&(8 * resumed)),
            "{} ms",
            8 * resumed
        );
        assert!(
            after[resumed..]
                .iter()
                .all(|action| action.buttons.left && action.dx_px > 0)
        );
        assert_eq!(actuator.figures().1, 1);
    }

    #[test]
    fn motion_is_velocity_times_time_whatever_the_ticks() {
        for tick_ms in [4, 8, 13] {
            let (mut actuator, shared) = actuator();
            actuator.tick(ms(0)).unwrap();
            let mut time = 0;
            while time < 2_000 {
                time += tick_ms;
                actuator.command(command(ms(time), 300.0, false));
                actuator.tick(ms(time)).unwrap();
            }
            let moved: i32 = shared
                .lock()
                .unwrap()
                .actions
                .iter()
                .map(|action| action.dx_px)
                .sum();
            assert!(
                (f64::from(moved) - 0.3 * time as f64).abs() <= 1.0,
                "{moved} after {time} ms"
            );
        }
    }

    #[test]
    fn nothing_moves_before_the_first_command() {
        let (mut actuator, shared) = actuator();
        (0..100).for_each(|k| actuator.tick(ms(8 * k)).unwrap());
        assert!(shared.lock().unwrap().actions.is_empty());
    }

    #[test]
    fn a_lost_display_is_tried_again_and_given_up_after_ten_seconds() {
        let (mut actuator, shared) = actuator();
        let step = |actuator: &mut Actuator, time| {
            actuator.command(command(ms(time), 100.0, false));
            actuator.tick(ms(time))
        };
        step(&mut actuator, 0).unwrap();
        shared.lock().unwrap().broken = true;
        for time in (100..3_000).step_by(100) {
            step(&mut actuator, time).unwrap();
        }
        shared.lock().unwrap().broken = false;
        for time in (3_000..5_000).step_by(100) {
            step(&mut actuator, time).unwrap();
        }
        assert!(
            shared.lock().unwrap().actions.len() > 5,
            "the pointer came back"
        );
        shared.lock().unwrap().broken = true;
        let failed = (5_000..20_000)
            .step_by(100)
            .find(|&time| step(&mut actuator, time).is_err())
            .unwrap();
        assert!((15_000..16_000).contains(&failed), "{failed}");
    }
}
