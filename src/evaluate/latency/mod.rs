//! Latency from a published sample to pointer motion that other programs see.

#[cfg(feature = "lsl")]
mod movers;
#[cfg(feature = "lsl")]
mod publisher;

#[cfg(feature = "lsl")]
pub use movers::{driver, floor, peer};
#[cfg(feature = "lsl")]
pub use publisher::Published;

use crate::fit::FitError;
use crate::pointer::PointerError;
use crate::printable::printable;
use crate::runtime::{RunError, TimedCommand};
use crate::source::{LslFault, SourceError};
use crate::time::{HostNanos, StreamNanos};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::process::ExitStatus;

/// Why a latency cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum LatencyError {
    /// No decoder can be fitted to the patient.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The stream cannot be published, or read by the driver.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The driver failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The pointer cannot be opened or moved.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The bare loop cannot read the stream.
    #[error("stream '{}' cannot be read ({fault})", printable(name))]
    Stream {
        /// Its name.
        name: String,
        /// The error.
        fault: LslFault,
    },
    /// The other program cannot be started.
    #[error("'{}' cannot be started: {cause}", printable(name))]
    PeerStart {
        /// Its name.
        name: String,
        /// The system's error.
        cause: std::io::Error,
    },
    /// The other program ended with an error.
    #[error("'{}' failed ({status})", printable(name))]
    PeerFailed {
        /// Its name.
        name: String,
        /// Its exit status.
        status: ExitStatus,
    },
    /// The other program printed an unexpected line.
    #[error(
        "the other program printed '{}', expected four times in nanoseconds",
        printable(found)
    )]
    PeerLine {
        /// The line.
        found: String,
    },
    /// The histograms could not be created.
    #[error(transparent)]
    Histogram(#[from] hdrhistogram::CreationError),
    /// No event matches a motion.
    #[error("the pointer was moved {motions} times, but none of {events} events matches")]
    NoEvent {
        /// Number of motions.
        motions: usize,
        /// Number of events.
        events: usize,
    },
}

/// A distribution of times, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Spread {
    /// Median.
    pub p50_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
    /// Maximum.
    pub max_us: u64,
}

/// Latency of the observed motions: total and parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Latency {
    /// Number of measured motions.
    pub motions: u64,
    /// Motions without an event.
    pub unseen: u64,
    /// From publishing the newest sample to the event that reports the motion.
    pub total: Spread,
    /// From publishing to receiving the sample.
    pub transport: Spread,
    /// From then until the pointer's thread had the command: filters, decoder, queues.
    pub decode: Spread,
    /// From then until the display had received the action.
    pub apply: Spread,
    /// From then until the event arrived; 0 if the display sends the event before its answer, as it often does.
    pub display: Spread,
}

/// Longest recorded time, microseconds: one minute.
const MOST_US: u64 = 60_000_000;

/// Tolerance for comparing stamps, nanoseconds: the clocks of two processes agree to some ten microseconds.
const CLOCKS_NS: i64 = 200_000;

/// Finds the event of each motion: the first one after the motion began and before the next command. All lists are in
/// order of time.
///
/// `published` has the stamp of the last sample of each block. The other samples of a block have the time at which they
/// were acquired: a reader of half a block acts on a sample that was already old when it was published, and that age
/// belongs to the headset.
///
/// # Errors
/// [`LatencyError::NoEvent`] if no motion was observed; [`LatencyError::Histogram`] if a histogram could not be created.
pub fn measure(
    commands: &[TimedCommand],
    published: &[StreamNanos],
    events: &[HostNanos],
) -> Result<Latency, LatencyError> {
    let histogram = || Histogram::<u64>::new_with_bounds(1, MOST_US, 3);
    let mut parts = [
        histogram()?,
        histogram()?,
        histogram()?,
        histogram()?,
        histogram()?,
    ];
    let mut unseen = 0;
    let event_count = events.len();
    let mut events = events.iter().peekable();
    for (place, command) in commands.iter().enumerate() {
        let until = commands.get(place + 1).map(|next| next.taken);
        while events.next_if(|event| **event < command.taken).is_some() {}
        if !command.has_moved {
            continue;
        }
        let is_its = |event: &&HostNanos| until.is_none_or(|until| **event < until);
        let Some(event) = events.next_if(is_its) else {
            unseen += 1;
            continue;
        };
        let TimedCommand {
            acquired,
            received,
            taken,
            applied,
            ..
        } = *command;
        let block = published.partition_point(|block| block.0 < acquired.0 - CLOCKS_NS);
        let from = published.get(block).map_or(acquired.0, |block| block.0);
        let ns = [
            event.0 - from,
            received.0 - from,
            taken.0 - received.0,
            applied.0 - taken.0,
            event.0 - applied.0,
        ];
        for (part, ns) in parts.iter_mut().zip(ns) {
            part.saturating_record(u64::try_from(ns / 1000).unwrap_or(0).max(1));
        }
    }
    if parts[0].is_empty() {
        return Err(LatencyError::NoEvent {
            motions: commands.iter().filter(|command| command.has_moved).count(),
            events: event_count,
        });
    }
    let spread = |part: &Histogram<u64>| Spread {
        p50_us: part.value_at_quantile(0.5),
        p99_us: part.value_at_quantile(0.99),
        max_us: part.max(),
    };
    Ok(Latency {
        motions: parts[0].len(),
        unseen,
        total: spread(&parts[0]),
        transport: spread(&parts[1]),
        decode: spread(&parts[2]),
        apply: spread(&parts[3]),
        display: spread(&parts[4]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published at a time in microseconds; received, taken and applied 100, 300 and 350 later.
    fn command(at_us: i64, has_moved: bool) -> TimedCommand {
        let after = |us: i64| HostNanos((at_us + us) * 1000);
        TimedCommand {
            acquired: StreamNanos(at_us * 1000),
            received: after(100),
            taken: after(300),
            applied: after(350),
            has_moved,
        }
    }

    #[test]
    fn each_motion_is_matched_with_its_event() {
        let commands = [
            command(0, true),
            command(40_000, false),
            command(80_000, true),
            command(120_000, true),
        ];
        // A tick between two commands moves, too; the event of the third is lost; the last event comes before the
        // display answers.
        let events_us = [-5, 400, 16_300, 32_300, 40_400, 56_300, 120_330, 136_000];
        let events = events_us.map(|us| HostNanos(us * 1000));
        let found = measure(&commands, &[], &events).unwrap();
        assert_eq!((found.motions, found.unseen), (2, 1));
        assert_eq!((found.total.p50_us, found.total.max_us), (330, 400));
        assert_eq!((found.transport.p50_us, found.decode.p50_us), (100, 200));
        assert_eq!((found.apply.p50_us, found.display.max_us), (50, 50));
        let none = measure(&[], &[], &events).unwrap_err();
        assert!(matches!(
            none,
            LatencyError::NoEvent {
                motions: 0,
                events: 8
            }
        ));
    }

    #[test]
    fn a_sample_in_the_middle_of_a_block_is_published_with_its_end() {
        // The first motion is based on a sample 20 ms before the end of its block; stamps differ by the offset of the
        // clocks.
        let commands = [
            command(44_000, true),
            command(64_030, true),
            command(128_000, true),
        ];
        let late = |timed: TimedCommand, by_us: i64| {
            let after = |time: HostNanos| HostNanos(time.0 + by_us * 1000);
            TimedCommand {
                received: after(timed.received),
                taken: after(timed.taken),
                applied: after(timed.applied),
                ..timed
            }
        };
        let commands = [
            late(commands[0], 20_000),
            late(commands[1], 500),
            commands[2],
        ];
        let published = [0, 64_000, 128_000, 192_000].map(|us| StreamNanos(us * 1000));
        let events = [64_400, 64_900, 128_400].map(|us| HostNanos(us * 1000));
        let found = measure(&commands, &published, &events).unwrap();
        assert_eq!((found.motions, found.total.max_us), (3, 900));
        assert_eq!(found.transport.p50_us, 100);
    }
}
