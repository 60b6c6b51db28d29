//! Warnings while streams are recorded: a stream stops sending, or two streams use different clocks.

use crate::source::lsl::FoundStream;
use crate::time::{HostNanos, LONGEST_GAP_S, describe_duration};
use serde::Serialize;

/// How long a stream that sends regularly may be silent before a warning, nanoseconds.
const SILENT_NS: u64 = 3_000_000_000;

/// Progress of recording one stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Progress {
    /// The stream's name.
    pub name: String,
    /// Nominal rate, Hz; 0 if irregular.
    pub rate_hz: f64,
    /// Samples written.
    pub samples: u64,
    /// Samples lost on the way, according to their stamps.
    pub lost_samples: u64,
    /// How many times its clock went backwards.
    pub clock_resets: u64,
    /// Time from the first stamp to the last, seconds. If the clock went backwards, the sum of the parts.
    pub span_s: f64,
    /// Time stamps that cannot be a time, such as NaN. They are recorded unchanged.
    pub invalid_stamps: u64,
    /// How far its first stamp is ahead of LSL's clock, seconds. `None` before the first sample.
    pub clock_ahead_s: Option<f64>,
}

impl Progress {
    /// How far its stamps are ahead of LSL's clock, seconds, if they are from another clock.
    #[must_use]
    pub fn other_clock_s(&self) -> Option<f64> {
        self.clock_ahead_s
            .filter(|ahead_s| ahead_s.abs() > LONGEST_GAP_S)
    }

    /// Samples per second according to their stamps, including lost ones, Hz. `None` before there are two.
    #[must_use]
    pub fn measured_hz(&self) -> Option<f64> {
        let periods = (self.samples + self.lost_samples).checked_sub(1 + self.clock_resets)?;
        (periods > 0 && self.span_s > 0.0).then(|| periods as f64 / self.span_s)
    }
}

/// A warning if two streams use different clocks.
pub(super) fn clocks_apart(progress: &[Progress]) -> Option<String> {
    let known = || {
        let streams = progress.iter();
        streams.filter_map(|stream| Some((stream, stream.clock_ahead_s?)))
    };
    let most = known().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let least = known().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let apart_s = most.1 - least.1;
    if apart_s <= LONGEST_GAP_S {
        return None;
    }
    let (other, right) = if most.1.abs() > least.1.abs() {
        (most.0, least.0)
    } else {
        (least.0, most.0)
    };
    Some(format!(
        "LSL streams '{other}' and '{right}' use different clocks, {} apart: events of one cannot be located in the other. Let \
         the program that publishes '{other}' stamp with LSL's local_clock(), not with the time of day",
        describe_duration(apart_s),
        other = other.name,
        right = right.name,
    ))
}

/// Whether a stream still sends. Warns once when it stops and once when it is back.
#[derive(Debug, Default)]
pub(super) struct Silence {
    received: Option<HostNanos>,
    is_away: bool,
}

impl Silence {
    /// A sample arrived.
    pub(super) fn received(&mut self, stream: &FoundStream, now: HostNanos) {
        if std::mem::take(&mut self.is_away) {
            let secs = self
                .received
                .map_or(0.0, |last| now.since(last) as f64 / 1e9);
            log::warn!(
                "LSL stream '{}' is back after {secs:.1} s and is recorded again",
                stream.name
            );
        }
        self.received = Some(now);
    }

    /// No sample arrived from a stream that sends regularly.
    pub(super) fn nothing_received(&mut self, stream: &FoundStream, now: HostNanos) {
        let is_long = |last: HostNanos| now.since(last) > SILENT_NS;
        if self.received.is_some_and(is_long) {
            self.away(stream, "has sent nothing for 3 s");
        }
    }

    /// The program of a stream that sends irregularly did not answer.
    pub(super) fn no_answer(&mut self, stream: &FoundStream, now: HostNanos) {
        self.received.get_or_insert(now);
        self.away(stream, "no longer answers");
    }

    /// The connection was lost for good.
    pub(super) fn lost(&mut self, stream: &FoundStream) {
        self.away(stream, "is lost");
    }

    fn away(&mut self, stream: &FoundStream, what: &str) {
        if std::mem::replace(&mut self.is_away, true) {
            return;
        }
        let next = if stream.source_id.is_empty() {
            "it has no source id, so it cannot be found again: if its program is restarted, start a new recording"
        } else {
            "it is recorded again when it is back"
        };
        log::warn!(
            "LSL stream '{}' {what}. What it sent is kept, and the recording continues; {next}. Ctrl-C ends the recording",
            stream.name
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(name: &str, clock_ahead_s: Option<f64>) -> Progress {
        Progress {
            name: name.into(),
            clock_ahead_s,
            ..Progress::default()
        }
    }

    #[test]
    fn the_stream_that_is_not_on_lsls_clock_is_named() {
        let eeg = stamped("cap", Some(-0.02));
        for ahead_s in [1.79e9, -90_000.0] {
            let markers = stamped("cues", Some(ahead_s));
            let warning = clocks_apart(&[eeg.clone(), markers, stamped("late", None)]).unwrap();
            assert!(
                warning.contains("that publishes 'cues' stamp with LSL's local_clock()"),
                "{warning}"
            );
        }
        assert_eq!(
            clocks_apart(&[eeg.clone(), stamped("cues", Some(30.0))]),
            None
        );
        assert_eq!(clocks_apart(&[eeg, stamped("cues", None)]), None);
        // Both use the time of day, so events of one can be located in the other.
        let both = [stamped("cap", Some(1.79e9)), stamped("cues", Some(1.79e9))];
        assert_eq!(clocks_apart(&both), None);
    }
}
