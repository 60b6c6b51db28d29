//! Which of a file's streams is the EEG, and which carry markers.

use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::format::SESSION_TYPE;
use super::scan::Scan;
use super::stream::{Format, Stream};
use super::timeline::Segment;
use crate::block::Layout;
use crate::montage::canonical_label;
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::VoltageUnit;
use serde::Deserialize;

/// The EEG stream of a file.
pub(super) struct Eeg {
    /// Its place among the streams.
    pub(super) place: usize,
    pub(super) layout: Layout,
    pub(super) format: SampleFormat,
    /// For each EEG channel, its place in the stream and its factor to µV.
    pub(super) channels: Vec<(usize, f64)>,
    pub(super) warnings: Vec<String>,
}

/// The stream that is wanted by name or number; without one, the only stream of type EEG.
pub(super) fn choose(input: &Input, scan: &Scan, wanted: Option<&str>) -> Result<Eeg, SourceError> {
    let is_sampled =
        |stream: &Stream| stream.rate.is_some() && matches!(stream.format, Format::Numbers(_));
    let is_eeg = |stream: &Stream| is_sampled(stream) && stream.kind.eq_ignore_ascii_case("EEG");
    let fits = |stream: &Stream| match wanted {
        Some(wanted) => {
            is_sampled(stream) && (stream.name == wanted || stream.id.to_string() == wanted)
        }
        None => is_eeg(stream),
    };
    let lines = |fits: &dyn Fn(&Stream) -> bool| -> Vec<String> {
        scan.streams
            .iter()
            .filter(|stream| fits(stream))
            .map(Stream::one_line)
            .collect()
    };
    let path = || input.path().to_owned();
    let fitting: Vec<usize> = (0..scan.streams.len())
        .filter(|&place| fits(&scan.streams[place]))
        .collect();
    match (fitting.as_slice(), wanted) {
        (&[place], _) => describe(input, scan, place),
        ([], Some(wanted)) => Err(SourceError::NoSuchStream {
            path: path(),
            wanted: wanted.to_owned(),
            found: lines(&is_sampled),
        }),
        ([], None) => Err(SourceError::NoEegStream {
            path: path(),
            found: lines(&|_| true),
        }),
        (several, _) => {
            // Empty ones are left behind by programs that never sent anything.
            let filled: Vec<usize> = several
                .iter()
                .copied()
                .filter(|&place| scan.streams[place].samples > 0)
                .collect();
            if let &[place] = filled.as_slice() {
                return describe(input, scan, place);
            }
            Err(SourceError::SeveralEegStreams {
                path: path(),
                found: lines(&fits),
            })
        }
    }
}

fn describe(input: &Input, scan: &Scan, place: usize) -> Result<Eeg, SourceError> {
    let stream = &scan.streams[place];
    let (Some(rate), Format::Numbers(format)) = (stream.rate, stream.format) else {
        return Err(SourceError::NoEegStream {
            path: input.path().to_owned(),
            found: vec![stream.one_line()],
        });
    };
    let (mut channels, mut labels, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let (mut others, mut without_unit) = (Vec::new(), 0);
    for (k, channel) in stream.channels.iter().enumerate() {
        if !channel.kind.is_empty() && !channel.kind.eq_ignore_ascii_case("EEG") {
            others.push(format!("'{}' ({})", channel.label, channel.kind));
            continue;
        }
        let unit = if channel.unit.is_empty() {
            without_unit += 1;
            VoltageUnit::Microvolt
        } else {
            VoltageUnit::parse(&channel.unit).ok_or_else(|| {
                let found = format!(
                    "channel '{}' of stream '{}' in '{}'",
                    channel.label, stream.name, channel.unit
                );
                input.malformed(
                    stream.offset,
                    &found,
                    "a unit of voltage, such as microvolts",
                )
            })?
        };
        channels.push((k, unit.microvolts()));
        labels.push(canonical_label(&channel.label));
    }
    if channels.is_empty() {
        return Err(SourceError::NoChannels {
            what: format!("stream '{}'", stream.name),
            found: others,
        });
    }
    if !others.is_empty() {
        warnings.push(format!("left out, no EEG: {}", others.join(", ")));
    }
    if without_unit > 0 {
        warnings.push(format!(
            "{without_unit} channels carry no unit: taken for microvolts"
        ));
    }
    Ok(Eeg {
        place,
        layout: Layout { rate, labels },
        format,
        channels,
        warnings,
    })
}

/// Whether a stream's samples are markers: texts, or numbers that come irregularly and are called so.
pub(super) fn has_markers(stream: &Stream) -> bool {
    let kind = stream.kind.to_ascii_lowercase();
    let is_called_so = || {
        ["marker", "event", "trigger", "stim"]
            .iter()
            .any(|name| kind.contains(name))
    };
    match stream.format {
        Format::Text => !is_session(stream),
        Format::Numbers(_) => stream.rate.is_none() && stream.channels.len() == 1 && is_called_so(),
    }
}

/// Whether a stream is one in which this program tells of its session.
pub(super) fn is_session(stream: &Stream) -> bool {
    stream.kind == SESSION_TYPE && stream.format == Format::Text
}

/// What a session tells of its samples; other events are passed over.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum ToldEvent {
    Gap {
        at_frame: u64,
        first_sample: u64,
        #[serde(default)]
        clock_reset: bool,
    },
    Marker {
        sample: u64,
        label: String,
    },
    #[serde(other)]
    Other,
}

/// What a session tells of its samples, exactly.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) segments: Vec<Segment>,
    pub(super) markers: Vec<Marker>,
}

impl Told {
    /// Takes one of its events.
    pub(super) fn take(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(ToldEvent::Gap {
                at_frame,
                first_sample,
                clock_reset,
            }) => {
                let first = first_sample.min(SampleIndex::LAST);
                self.segments
                    .push(Segment::known(at_frame, first, clock_reset));
            }
            Ok(ToldEvent::Marker { sample, label }) => {
                let at = SampleIndex(sample);
                self.markers.push(Marker { at, label });
            }
            // Later versions may tell more.
            Ok(ToldEvent::Other) | Err(_) => {}
        }
    }
}
