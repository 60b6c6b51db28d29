//! Lists the streams on the network, and finds the requested one.

use super::detached::within;
use super::found::{FoundStream, describe_thread};
use super::probe::{Deadline, NoAnswer, Probes};
use crate::source::{LslFault, SourceError, StreamError};
use std::time::Duration;

/// A query for a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamQuery {
    /// Its name.
    pub name: Option<String>,
    /// Its type.
    pub kind: Option<String>,
    /// An XPath predicate over its header, as in LSL's own tools.
    pub predicate: Option<String>,
    /// If several streams come from the same device, take the one that was started last.
    pub takes_newest: bool,
}

impl StreamQuery {
    /// A query for the stream with this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::default()
        }
    }

    fn matches(&self, stream: &FoundStream) -> bool {
        self.name.as_ref().is_none_or(|name| *name == stream.name)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| kind.eq_ignore_ascii_case(&stream.kind))
            && self
                .predicate
                .as_ref()
                .is_none_or(|predicate| stream.matches(predicate))
    }

    /// Checks that the predicate can be true for some stream.
    ///
    /// # Errors
    /// [`SourceError::Predicate`].
    fn check(&self) -> Result<(), SourceError> {
        let Some(predicate) = &self.predicate else {
            return Ok(());
        };
        let refuse = |lacks_quotes| {
            Err(SourceError::Predicate {
                predicate: predicate.clone(),
                lacks_quotes,
            })
        };
        // A shell removes quotes: source_id=abc then compares with an element <abc>, which no header has.
        let compares_with_name = predicate.split('=').skip(1).any(|right| {
            let right = right.trim_start();
            right.starts_with(|c: char| c.is_alphabetic() || c == '_') && !right.contains('(')
        });
        if compares_with_name && !predicate.contains(['\'', '"']) {
            return refuse(true);
        }
        // liblsl evaluates a predicate that it cannot parse as false. For every other predicate, it or its negation is
        // true.
        let format = lsl::ChannelFormat::Float32;
        let any = lsl::StreamInfo::new("any", "any", 1, 1.0, format, "any");
        let is_read = any.is_ok_and(|any| {
            any.matches_query(predicate) || any.matches_query(&format!("not({predicate})"))
        });
        if is_read { Ok(()) } else { refuse(false) }
    }

    fn describe(&self) -> String {
        let part = |what: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{what} '{value}'"))
        };
        let parts = [
            part("named", &self.name),
            part("of type", &self.kind),
            part("where", &self.predicate),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// All streams that are announced within `wait_s` seconds, sorted by name.
///
/// # Errors
/// [`SourceError::Stream`] if liblsl cannot search.
pub fn streams(wait_s: f64) -> Result<Vec<FoundStream>, SourceError> {
    let failed = |fault| SourceError::Stream {
        name: "(any)".into(),
        error: StreamError::Look(fault),
    };
    let look = move || {
        let infos = lsl::resolve_streams(wait_s)?;
        Ok(infos.iter().filter_map(FoundStream::new).collect())
    };
    let limit = Duration::from_secs_f64(wait_s) + LIBLSL_LATE;
    let found: Result<Vec<FoundStream>, lsl::Error> =
        within("lsl-look", limit, look).ok_or_else(|| failed(LslFault::NoReturn))?;
    let mut found = found.map_err(|error| failed(error.into()))?;
    found.sort_by(|a, b| (&a.name, &a.kind, &a.source_id).cmp(&(&b.name, &b.kind, &b.source_id)));
    Ok(found)
}

/// All streams that match the query and are found within `wait_s` seconds, sorted by name.
///
/// # Errors
/// As [`streams`], and [`SourceError::Predicate`].
pub fn streams_that_fit(query: &StreamQuery, wait_s: f64) -> Result<Vec<FoundStream>, SourceError> {
    query.check()?;
    let mut found = streams(wait_s)?;
    found.retain(|stream| query.matches(stream));
    if query.takes_newest {
        keep_newest(&mut found);
    }
    Ok(found)
}

/// As [`streams`], but on this thread, unsorted, and for as long as liblsl takes.
pub(super) fn look(wait_s: f64) -> Result<Vec<FoundStream>, lsl::Error> {
    let infos = lsl::resolve_streams(wait_s)?;
    Ok(infos.iter().filter_map(FoundStream::new).collect())
}

/// Duration of one search, seconds: shorter ones miss streams.
const LOOK_S: f64 = 1.0;
/// By how much liblsl may exceed the requested time.
const LIBLSL_LATE: Duration = Duration::from_secs(3);
/// How long to wait for the next answer before the results are evaluated.
const NEXT: Duration = Duration::from_millis(100);

/// The one stream that matches the query and answers, waiting for it up to `wait_s` seconds.
///
/// # Errors
/// [`SourceError::NoStream`] with the streams that were found instead; [`SourceError::SeveralStreams`] if more than one
/// matches; [`SourceError::Stream`] if a matching stream does not answer; [`SourceError::Predicate`].
pub fn resolve(query: &StreamQuery, wait_s: f64) -> Result<FoundStream, SourceError> {
    query.check()?;
    let deadline = Deadline::after(Duration::from_secs_f64(wait_s.clamp(0.0, 1e6)));
    let (mut visible, mut silent);
    loop {
        let found = streams(LOOK_S)?;
        let fitting = found.iter().filter(|stream| query.matches(stream));
        let fitting: Vec<FoundStream> = fitting.cloned().collect();
        let announced = fitting.len();
        let mut answering = responding(fitting);
        silent = announced - answering.len();
        if query.takes_newest {
            keep_newest(&mut answering);
        }
        if answering.len() > 1 {
            return Err(SourceError::SeveralStreams {
                wanted: query.describe(),
                found: describe_thread(&answering),
            });
        }
        if let Some(stream) = answering.pop() {
            let wanted = query.describe();
            match silent {
                0 => {}
                1 => log::warn!(
                    "one other stream {wanted} was announced and does not answer; it is left out"
                ),
                _ => log::warn!(
                    "{silent} other streams {wanted} were announced and do not answer; they are left out"
                ),
            }
            return Ok(stream);
        }
        visible = found;
        if deadline.has_passed() {
            break;
        }
    }
    if silent > 0 {
        let error = StreamError::Silent {
            wanted: query.describe(),
            count: silent,
        };
        let name = query.name.clone().unwrap_or_else(|| "(any)".into());
        return Err(SourceError::Stream { name, error });
    }
    let found = visible.iter().map(FoundStream::describe).collect();
    Err(SourceError::NoStream {
        wanted: query.describe(),
        waited_s: wait_s,
        found,
    })
}

/// Of several streams from the same device, keeps the one that was started last.
fn keep_newest(streams: &mut Vec<FoundStream>) {
    streams.sort_by(|a, b| b.created_at_s.total_cmp(&a.created_at_s));
    let mut newest: Vec<FoundStream> = Vec::new();
    streams.retain(|stream| {
        let is_known = newest.iter().any(|known| known.is_same_device(stream));
        if !is_known {
            newest.push(stream.clone());
        }
        !is_known
    });
}

/// The streams that answer. If only liblsl can find them, so that they cannot be probed, all of those.
fn responding(streams: Vec<FoundStream>) -> Vec<FoundStream> {
    let is_contested = streams.len() > 1;
    let (mut answering, mut elsewhere) = (Vec::new(), Vec::new());
    let mut probes = Probes::all(streams, is_contested);
    while !probes.is_over() {
        match probes.next(NEXT) {
            Some((stream, Ok(_))) => answering.push(stream),
            Some((stream, Err(NoAnswer::AddressUnknown))) => elsewhere.push(stream),
            Some((_, Err(_))) | None => {}
        }
    }
    if answering.is_empty() {
        elsewhere
    } else {
        answering
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(predicate: &str) -> Result<(), SourceError> {
        let query = StreamQuery {
            predicate: Some(predicate.into()),
            ..StreamQuery::default()
        };
        query.check()
    }

    #[test]
    fn a_predicate_that_cannot_be_read_is_named() {
        for good in [
            "source_id='abc'",
            "type=\"EEG\" and channel_count=8",
            "nominal_srate>=250",
            "starts-with(name,'Cap') or not(hostname='lab')",
            "string-length(name)=string-length(type)",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "source_id='abc",
            "name='a' and",
            "(type='EEG'",
            "]",
            "",
            "name==",
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains(&format!("\"{bad}\" is no XPath")), "{error}");
        }
        let error = check("source_id=abc").unwrap_err().to_string();
        assert!(error.contains("quotes of its own"), "{error}");
    }
}
