//! Impedances of the electrodes, measured on request. They are never measured while driving, because the measuring
//! current shows in the EEG.

use crate::time::HostNanos;
use bci_cursor_firmware_protocol::native::command::{
    ALL_CHANNELS, Acknowledgement, HeadsetCommand, Outcome, Repr,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An unanswered command is repeated after this time, nanoseconds, and up to this many times.
const REPEATED_NS: u64 = 500_000_000;
const TRIES: u8 = 4;

/// Impedance of each channel in ohms, `None` if unknown; empty before the first measurement. The error says why there
/// is none.
pub type Measured = Result<Vec<Option<u32>>, ImpedanceError>;

/// Why a headset does not measure impedances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImpedanceError {
    /// It does not answer, although the command was repeated.
    #[error("the headset does not answer")]
    NoAnswer,
    /// It refuses the command.
    #[error("the headset says that it cannot")]
    Refused,
}

/// Requests measurements and reads the results. Can be used from any thread.
#[derive(Debug, Clone, Default)]
pub struct ImpedanceMeter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_wanted: AtomicBool,
    measured: Mutex<Measured>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            is_wanted: AtomicBool::new(false),
            measured: Mutex::new(Ok(Vec::new())),
        }
    }
}

impl ImpedanceMeter {
    /// Starts or stops measuring.
    pub fn measure(&self, on: bool) {
        self.0.is_wanted.store(on, Ordering::Relaxed);
    }

    /// Whether measuring is requested.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_wanted.load(Ordering::Relaxed)
    }

    /// The newest result.
    pub fn measured(&self) -> Measured {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        // A poisoned lock is safe to use, because every write is complete.
        let measured = self.0.measured.lock();
        measured.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headset's side: what was requested from it, and its answers.
#[derive(Debug)]
pub(super) struct Measuring {
    meter: ImpedanceMeter,
    /// Whether the last command to the headset switched measuring on.
    requested: bool,
    is_waiting: bool,
    tries: u8,
    again_at: HostNanos,
    sequence: u8,
}

impl Measuring {
    /// The initial state assumes that the headset may still be measuring for a host that died, and stops it.
    pub(super) fn new() -> Self {
        Self {
            meter: ImpedanceMeter::default(),
            requested: false,
            is_waiting: true,
            tries: 0,
            again_at: HostNanos(0),
            sequence: 0,
        }
    }

    pub(super) fn meter(&self) -> ImpedanceMeter {
        self.meter.clone()
    }

    /// The headset was restarted, so the command must be sent again.
    pub(super) fn restart(&mut self) {
        (self.is_waiting, self.tries, self.again_at) = (true, 0, HostNanos(0));
    }

    /// The command to send before the headset is closed, if any.
    pub(super) fn stop_command(&mut self) -> Option<Repr> {
        self.meter.measure(false);
        self.requested.then(|| self.due(HostNanos(0))).flatten()
    }

    /// The command to send now, if any.
    pub(super) fn due(&mut self, now: HostNanos) -> Option<Repr> {
        let wanted = self.meter.is_on();
        if wanted != self.requested {
            (self.requested, self.is_waiting) = (wanted, true);
            (self.tries, self.again_at) = (0, now);
            *self.meter.lock() = Ok(Vec::new());
        }
        if !self.is_waiting || now < self.again_at {
            return None;
        }
        if self.tries == TRIES {
            self.refuse(ImpedanceError::NoAnswer);
            return None;
        }
        self.tries += 1;
        self.again_at = HostNanos(now.0.saturating_add_unsigned(REPEATED_NS));
        self.sequence = self.sequence.wrapping_add(1);
        Some(Repr {
            sequence: self.sequence,
            command: HeadsetCommand::Impedance {
                channel: ALL_CHANNELS,
                on: wanted,
            },
        })
    }

    pub(super) fn answered(&mut self, answer: Acknowledgement) {
        if !self.is_waiting || answer.sequence != self.sequence {
            return;
        }
        match answer.outcome {
            Outcome::Done => self.is_waiting = false,
            // `due` sends the command again.
            Outcome::Busy => {}
            Outcome::Unknown | Outcome::BadArgument => self.refuse(ImpedanceError::Refused),
        }
    }

    pub(super) fn received(&self, ohms: impl Iterator<Item = Option<u32>>) {
        if self.requested {
            *self.meter.lock() = Ok(ohms.collect());
        }
    }

    fn refuse(&mut self, error: ImpedanceError) {
        self.is_waiting = false;
        *self.meter.lock() = Err(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> HostNanos {
        HostNanos(ms * 1_000_000)
    }

    fn answer(requested: Repr, outcome: Outcome) -> Acknowledgement {
        Acknowledgement {
            sequence: requested.sequence,
            outcome,
        }
    }

    #[test]
    fn a_request_is_repeated_until_it_is_acknowledged() {
        let mut measuring = Measuring::new();
        let meter = measuring.meter();
        let before = measuring.due(at(0)).unwrap();
        measuring.answered(answer(before, Outcome::Done));
        assert_eq!(measuring.due(at(9)), None);
        meter.measure(true);
        let first = measuring.due(at(10)).unwrap();
        let on = |on| HeadsetCommand::Impedance {
            channel: ALL_CHANNELS,
            on,
        };
        assert_eq!((before.command, first.command), (on(false), on(true)));
        assert_eq!(measuring.due(at(400)), None);
        let second = measuring.due(at(510)).unwrap();
        measuring.answered(answer(first, Outcome::Done));
        assert!(
            measuring.due(at(1010)).is_some(),
            "an old answer does not count"
        );
        measuring.answered(answer(second, Outcome::Done));
        let third = measuring.due(at(1510)).unwrap();
        measuring.answered(answer(third, Outcome::Done));
        assert_eq!(measuring.due(at(9000)), None);
        measuring.received([Some(5000), None].into_iter());
        assert_eq!(meter.measured(), Ok(vec![Some(5000), None]));
        // A restarted headset gets the command again.
        measuring.restart();
        assert_eq!(measuring.due(at(9001)).unwrap().command, on(true));
        meter.measure(false);
        assert_eq!(measuring.due(at(9002)).unwrap().command, on(false));
        measuring.received([Some(1)].into_iter());
        assert_eq!(meter.measured(), Ok(Vec::new()), "too late");
        assert_eq!(measuring.stop_command(), None);
        meter.measure(true);
        measuring.due(at(9003)).unwrap();
        assert_eq!(measuring.stop_command().unwrap().command, on(false));
    }

    #[test]
    fn a_headset_that_refuses_or_does_not_answer_is_an_error() {
        let mut measuring = Measuring::new();
        let meter = measuring.meter();
        meter.measure(true);
        let requested = measuring.due(at(0)).unwrap();
        measuring.answered(answer(requested, Outcome::Unknown));
        assert_eq!(meter.measured(), Err(ImpedanceError::Refused));
        meter.measure(false);
        let times = (0..100).filter_map(|k| measuring.due(at(1 + 500 * k)));
        assert_eq!(times.count(), usize::from(TRIES));
        assert_eq!(meter.measured(), Err(ImpedanceError::NoAnswer));
    }
}
