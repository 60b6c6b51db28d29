//! Impedances of the electrodes, measured while somebody wishes it: between sitting down and driving, never while driving, as the
//! current that is measured with shows in the EEG.

use crate::time::HostNanos;
use bci_cursor_firmware_protocol::native::command::{
    ALL_CHANNELS, Acknowledgement, HeadsetCommand, Outcome, Repr,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A command that is not answered is repeated after this, nanoseconds, and so often.
const REPEATED_NS: u64 = 500_000_000;
const TRIES: u8 = 4;

/// Ohms of each channel, none where it is not known; empty before the first measurement. Or why there are none.
pub type Measured = Result<Vec<Option<u32>>, String>;

/// The end of who wishes to know: any thread's.
#[derive(Debug, Clone, Default)]
pub struct ImpedanceMeter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_wished: AtomicBool,
    measured: Mutex<Measured>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            is_wished: AtomicBool::new(false),
            measured: Mutex::new(Ok(Vec::new())),
        }
    }
}

impl ImpedanceMeter {
    /// Begins to measure, or ends.
    pub fn measure(&self, on: bool) {
        self.0.is_wished.store(on, Ordering::Relaxed);
    }

    /// Whether it is wished to be measured.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_wished.load(Ordering::Relaxed)
    }

    /// The newest.
    pub fn measured(&self) -> Measured {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        // What it holds is whole after every write.
        let measured = self.0.measured.lock();
        measured.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headset's end: what it has been asked, and what it said.
#[derive(Debug)]
pub(super) struct Measuring {
    meter: ImpedanceMeter,
    /// What the headset was last asked for.
    asked: bool,
    is_waiting: bool,
    tries: u8,
    again_at: HostNanos,
    sequence: u8,
}

impl Measuring {
    /// Of a headset that may still measure for a host that died: it is told not to.
    pub(super) fn new() -> Self {
        Self {
            meter: ImpedanceMeter::default(),
            asked: false,
            is_waiting: true,
            tries: 0,
            again_at: HostNanos(0),
            sequence: 0,
        }
    }

    pub(super) fn meter(&self) -> ImpedanceMeter {
        self.meter.clone()
    }

    /// The headset begins anew: it is told again.
    pub(super) fn restart(&mut self) {
        (self.is_waiting, self.tries, self.again_at) = (true, 0, HostNanos(0));
    }

    /// What is to be sent to a headset that is left.
    pub(super) fn farewell(&mut self) -> Option<Repr> {
        self.meter.measure(false);
        self.asked.then(|| self.due(HostNanos(0))).flatten()
    }

    /// What is to be sent to it now.
    pub(super) fn due(&mut self, now: HostNanos) -> Option<Repr> {
        let wished = self.meter.is_on();
        if wished != self.asked {
            (self.asked, self.is_waiting) = (wished, true);
            (self.tries, self.again_at) = (0, now);
            *self.meter.lock() = Ok(Vec::new());
        }
        if !self.is_waiting || now < self.again_at {
            return None;
        }
        if self.tries == TRIES {
            self.refuse("the headset does not answer");
            return None;
        }
        self.tries += 1;
        self.again_at = HostNanos(now.0.saturating_add_unsigned(REPEATED_NS));
        self.sequence = self.sequence.wrapping_add(1);
        Some(Repr {
            sequence: self.sequence,
            command: HeadsetCommand::Impedance {
                channel: ALL_CHANNELS,
                on: wished,
            },
        })
    }

    pub(super) fn answered(&mut self, answer: Acknowledgement) {
        if !self.is_waiting || answer.sequence != self.sequence {
            return;
        }
        match answer.outcome {
            Outcome::Done => self.is_waiting = false,
            // It is asked again.
            Outcome::Busy => {}
            Outcome::Unknown | Outcome::BadArgument => {
                self.refuse("the headset says that it cannot");
            }
        }
    }

    pub(super) fn heard(&self, ohms: impl Iterator<Item = Option<u32>>) {
        if self.asked {
            *self.meter.lock() = Ok(ohms.collect());
        }
    }

    fn refuse(&mut self, why: &str) {
        self.is_waiting = false;
        *self.meter.lock() = Err(why.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> HostNanos {
        HostNanos(ms * 1_000_000)
    }

    fn answer(asked: Repr, outcome: Outcome) -> Acknowledgement {
        Acknowledgement {
            sequence: asked.sequence,
            outcome,
        }
    }

    #[test]
    fn a_wish_is_repeated_until_it_is_answered_and_only_then_holds() {
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
        assert!(measuring.due(at(1010)).is_some(), "an old answer is none");
        measuring.answered(answer(second, Outcome::Done));
        let third = measuring.due(at(1510)).unwrap();
        measuring.answered(answer(third, Outcome::Done));
        assert_eq!(measuring.due(at(9000)), None);
        measuring.heard([Some(5000), None].into_iter());
        assert_eq!(meter.measured(), Ok(vec![Some(5000), None]));
        // A headset that was restarted is told again.
        measuring.restart();
        assert_eq!(measuring.due(at(9001)).unwrap().command, on(true));
        meter.measure(false);
        assert_eq!(measuring.due(at(9002)).unwrap().command, on(false));
        measuring.heard([Some(1)].into_iter());
        assert_eq!(meter.measured(), Ok(Vec::new()), "too late");
        assert_eq!(measuring.farewell(), None);
        meter.measure(true);
        measuring.due(at(9003)).unwrap();
        assert_eq!(measuring.farewell().unwrap().command, on(false));
    }

    #[test]
    fn a_headset_that_cannot_or_does_not_answer_is_told_of() {
        let mut measuring = Measuring::new();
        let meter = measuring.meter();
        meter.measure(true);
        let asked = measuring.due(at(0)).unwrap();
        measuring.answered(answer(asked, Outcome::Unknown));
        assert!(meter.measured().unwrap_err().contains("cannot"));
        meter.measure(false);
        let times = (0..100).filter_map(|k| measuring.due(at(1 + 500 * k)));
        assert_eq!(times.count(), usize::from(TRIES));
        assert!(meter.measured().unwrap_err().contains("does not answer"));
    }
}
