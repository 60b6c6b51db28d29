//! Warnings about streams while they are recorded: a stream that stops sending, and two streams stamped by different clocks.

use crate::source::lsl::FoundStream;
use crate::time::{HostNanos, LONGEST_GAP_S, describe_duration};
use serde::Serialize;

/// How long a stream that sends regularly may be silent before that is told.
const SILENT_NS: u64 = 3_000_000_000;

/// How far the recording of a stream is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Progress {
    /// The stream's name.
    pub name: String,
    /// Nominal rate, Hz; 0 where irregular.
    pub rate_hz: f64,
    /// Samples written.
    pub samples: u64,
    /// Samples that were lost on the way, by their stamps.
    pub lost_samples: u64,
    /// Times that its clock went backwards.
    pub clock_resets: u64,
    /// Time from the first stamp to the last, seconds; where the clock went backwards, of the parts before and after.
    pub span_s: f64,
    /// Time stamps that cannot be a time, such as NaN; they are recorded as they are.
    pub invalid_stamps: u64,
    /// How far its first stamp is ahead of LSL's clock, seconds; none before the first sample.
    pub clock_ahead_s: Option<f64>,
}

impl Progress {
    /// How far its stamps are ahead of LSL's clock, seconds, where they are of another clock.
    #[must_use]
    pub fn other_clock_s(&self) -> Option<f64> {
        self.clock_ahead_s
            .filter(|ahead_s| ahead_s.abs() > LONGEST_GAP_S)
    }

    /// Samples a second by their stamps, lost ones counted, Hz; none before there are two.
    #[must_use]
    pub fn measured_hz(&self) -> Option<f64> {
        let periods = (self.samples + self.lost_samples).checked_sub(1 + self.clock_resets)?;
        (periods > 0 && self.span_s > 0.0).then(|| periods as f64 / self.span_s)
    }
}

/// What a user should know of two streams that are stamped by different clocks.
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
        "LSL streams '{other}' and '{right}' are stamped by different clocks, {} apart: what one says cannot be placed in the other. Let \
         the program that publishes '{other}' stamp with LSL's local_clock(), not with the time of day",
        describe_duration(apart_s),
        other = other.name,
        right = right.name,
    ))
}

/// Whether a stream still sends; says once when it stops, and when it is back.
#[derive(Debug, Default)]
pub(super) struct Silence {
    heard: Option<HostNanos>,
    is_away: bool,
}

impl Silence {
    /// A sample came.
    pub(super) fn heard(&mut self, stream: &FoundStream, now: HostNanos) {
        if std::mem::take(&mut self.is_away) {
            let secs = self.heard.map_or(0.0, |last| now.since(last) as f64 / 1e9);
            log::warn!(
                "LSL stream '{}' is back after {secs:.1} s and is recorded again",
                stream.name
            );
        }
        self.heard = Some(now);
    }

    /// No sample came of a stream that sends regularly.
    pub(super) fn nothing(&mut self, stream: &FoundStream, now: HostNanos) {
        let is_long = |last: HostNanos| now.since(last) > SILENT_NS;
        if self.heard.is_some_and(is_long) {
            self.away(stream, "has sent nothing for 3 s");
        }
    }

    /// The program of a stream that sends now and then did not answer.
    pub(super) fn no_answer(&mut self, stream: &FoundStream, now: HostNanos) {
        self.heard.get_or_insert(now);
        self.away(stream, "does not answer any more");
    }

    /// The connection has ended for good.
    pub(super) fn lost(&mut self, stream: &FoundStream) {
        self.away(stream, "is lost");
    }

    fn away(&mut self, stream: &FoundStream, what: &str) {
        if std::mem::replace(&mut self.is_away, true) {
            return;
        }
        let next = if stream.source_id.is_empty() {
            "it has no source id by which it could be found again: where its program starts again, record anew"
        } else {
            "it is taken up again when it is back"
        };
        log::warn!(
            "LSL stream '{}' {what}. What it sent is kept and the recording goes on; {next}. Ctrl-C ends the recording",
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
            let told = clocks_apart(&[eeg.clone(), markers, stamped("late", None)]).unwrap();
            assert!(
                told.contains("that publishes 'cues' stamp with LSL's local_clock()"),
                "{told}"
            );
        }
        assert_eq!(
            clocks_apart(&[eeg.clone(), stamped("cues", Some(30.0))]),
            None
        );
        assert_eq!(clocks_apart(&[eeg, stamped("cues", None)]), None);
        // Both on the time of day: one can be placed in the other.
        let both = [stamped("cap", Some(1.79e9)), stamped("cues", Some(1.79e9))];
        assert_eq!(clocks_apart(&both), None);
    }
}
