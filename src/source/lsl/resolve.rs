//! Which streams there are, and which one is meant.

use crate::source::SourceError;
use serde::Serialize;

/// A stream on the network.
#[derive(Debug, Clone, Serialize)]
pub struct FoundStream {
    /// Name that its program gave it.
    pub name: String,
    /// Kind of content, such as EEG or Markers.
    #[serde(rename = "type")]
    pub kind: String,
    /// Number of channels.
    pub channels: i32,
    /// Nominal sampling rate, Hz; 0 where irregular.
    pub rate_hz: f64,
    /// What identifies the device across restarts.
    pub source_id: String,
    /// Computer that it comes from.
    pub host: String,
    #[serde(skip)]
    pub(super) info: lsl::StreamInfo,
}

impl FoundStream {
    fn new(info: lsl::StreamInfo) -> Self {
        Self {
            name: info.stream_name(),
            kind: info.stream_type(),
            channels: info.channel_count(),
            rate_hz: info.nominal_srate(),
            source_id: info.source_id(),
            host: info.hostname(),
            info,
        }
    }

    /// Finds this very outlet again, on another thread: what liblsl knows of it cannot change threads.
    #[must_use]
    pub fn query(&self) -> StreamQuery {
        StreamQuery {
            predicate: Some(format!("uid='{}'", self.info.uid())),
            ..StreamQuery::default()
        }
    }

    /// One line that tells it from others.
    #[must_use]
    pub fn describe(&self) -> String {
        let rate = if self.rate_hz > 0.0 {
            format!("{} Hz", self.rate_hz)
        } else {
            "irregular".into()
        };
        format!(
            "'{}' (type {}, {} channels, {rate}, source_id '{}', host {})",
            self.name, self.kind, self.channels, self.source_id, self.host
        )
    }
}

/// Which stream is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamQuery {
    /// By name.
    pub name: Option<String>,
    /// By type.
    pub kind: Option<String>,
    /// By an XPath predicate over the stream's header, as LSL's own tools take it.
    pub predicate: Option<String>,
}

impl StreamQuery {
    fn matches(&self, stream: &FoundStream) -> bool {
        self.name.as_ref().is_none_or(|name| *name == stream.name)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| kind.eq_ignore_ascii_case(&stream.kind))
            && self
                .predicate
                .as_ref()
                .is_none_or(|predicate| stream.info.matches_query(predicate))
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

/// All streams that answer within `wait_s` seconds, in order of name.
///
/// # Errors
/// [`SourceError::Stream`] where liblsl cannot look.
pub fn streams(wait_s: f64) -> Result<Vec<FoundStream>, SourceError> {
    let infos = lsl::resolve_streams(wait_s).map_err(|error| SourceError::Stream {
        name: "(any)".into(),
        what: format!("looking for streams failed: {error:?}. Is the network up? 'bci-cursor doctor' checks it"),
    })?;
    let mut found: Vec<FoundStream> = infos.into_iter().map(FoundStream::new).collect();
    found.sort_by(|a, b| (&a.name, &a.kind, &a.source_id).cmp(&(&b.name, &b.kind, &b.source_id)));
    Ok(found)
}

/// How long one look takes: shorter ones miss streams that are there.
const LOOK_S: f64 = 1.0;

/// The one stream that fits, waiting for it up to `wait_s` seconds.
///
/// # Errors
/// [`SourceError::NoStream`] with what there was instead; [`SourceError::SeveralStreams`] where more than one fits.
pub fn resolve(query: &StreamQuery, wait_s: f64) -> Result<FoundStream, SourceError> {
    let looks = (wait_s / LOOK_S).ceil().max(1.0) as usize;
    let mut seen = Vec::new();
    for _ in 0..looks {
        let found = streams(LOOK_S)?;
        let mut fitting: Vec<FoundStream> = found
            .iter()
            .filter(|stream| query.matches(stream))
            .cloned()
            .collect();
        if fitting.len() > 1 {
            let found = fitting.iter().map(FoundStream::describe).collect();
            return Err(SourceError::SeveralStreams {
                wanted: query.describe(),
                found,
            });
        }
        if let Some(stream) = fitting.pop() {
            return Ok(stream);
        }
        seen = found;
    }
    let found = seen.iter().map(FoundStream::describe).collect();
    Err(SourceError::NoStream {
        wanted: query.describe(),
        waited_s: wait_s,
        found,
    })
}
