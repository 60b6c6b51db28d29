//! Chooses a file's EEG stream and its marker streams.

use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::format::SESSION_TYPE;
use super::scan::Scan;
use super::shown::is_of_tags;
use super::stream::{Format, Stream};
use super::timeline::Segment;
use crate::block::Layout;
use crate::note::Notes;
use crate::printable::printable_path;
use crate::source::channels::{self, NoUnit, ReadAs};
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::VoltageUnit;
use bci_cursor_calibration::Reading;
use serde::Deserialize;

/// The EEG stream of a file.
pub(super) struct Eeg {
    /// Its place among the streams.
    pub(super) place: usize,
    pub(super) layout: Layout,
    pub(super) format: SampleFormat,
    /// For each EEG channel, its place in a sample and the factor to µV.
    pub(super) channels: Vec<(usize, f64)>,
    pub(super) warnings: Notes,
    /// How they are read, starting from the device's own channels.
    pub(super) reading: Reading,
    /// What the user stated about the recording, now or when it was recorded.
    pub(super) read_as: ReadAs,
    /// The unit in which the stream's samples are read.
    pub(super) unit: Option<VoltageUnit>,
}

/// Whether a stream without a declared rate may be the EEG. Its stamps then have to give the rate.
pub(super) fn may_be_eeg_without_rate(stream: &Stream, wanted: Option<&str>) -> bool {
    let is_it = match wanted {
        Some(wanted) => stream.is_called(wanted),
        None => stream.kind.eq_ignore_ascii_case("EEG"),
    };
    is_it && stream.rate.is_none() && matches!(stream.format, Format::Numbers(_))
}

/// The stream with the requested name or number, or else the only stream of type EEG.
pub(super) fn choose(
    input: &Input,
    scan: &Scan,
    wanted: Option<&str>,
    read_as: &ReadAs,
) -> Result<Eeg, SourceError> {
    let is_sampled =
        |stream: &Stream| stream.rate.is_some() && matches!(stream.format, Format::Numbers(_));
    let is_eeg = |stream: &Stream| is_sampled(stream) && stream.kind.eq_ignore_ascii_case("EEG");
    let fits = |stream: &Stream| match wanted {
        Some(wanted) => is_sampled(stream) && stream.is_called(wanted),
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
        (&[place], _) => describe(input, scan, place, read_as),
        ([], Some(wanted)) => Err(SourceError::NoSuchStream {
            path: path(),
            wanted: wanted.to_owned(),
            found: lines(&is_sampled),
        }),
        ([], None) => {
            // Some programs declare the type for channels and not for the stream.
            let has_eeg = |stream: &Stream| {
                let mut channels = stream.channels.iter();
                is_sampled(stream) && channels.any(|c| c.kind.eq_ignore_ascii_case("EEG"))
            };
            let mut places = (0..scan.streams.len()).filter(|&place| has_eeg(&scan.streams[place]));
            if let (Some(place), None) = (places.next(), places.next()) {
                return describe(input, scan, place, read_as);
            }
            Err(SourceError::NoEegStream {
                path: path(),
                found: lines(&|_| true),
            })
        }
        (several, _) => {
            // Programs that never sent anything leave empty streams.
            let filled: Vec<usize> = several
                .iter()
                .copied()
                .filter(|&place| scan.streams[place].samples > 0)
                .collect();
            if let &[place] = filled.as_slice() {
                return describe(input, scan, place, read_as);
            }
            Err(SourceError::SeveralEegStreams {
                path: path(),
                found: lines(&fits),
            })
        }
    }
}

fn describe(
    input: &Input,
    scan: &Scan,
    place: usize,
    read_as: &ReadAs,
) -> Result<Eeg, SourceError> {
    let stream = &scan.streams[place];
    let (Some(rate), Format::Numbers(format)) = (stream.rate, stream.format) else {
        return Err(SourceError::NoEegStream {
            path: input.path().to_owned(),
            found: vec![stream.one_line()],
        });
    };
    let what = format!(
        "stream '{}' of {}",
        stream.name,
        printable_path(input.path())
    );
    let is_session = scan.streams.iter().any(is_session);
    let (mut read_as, notes) = match &stream.reading {
        // The samples of a session were already read in this way when it was recorded.
        Some(kept) if !is_session => read_as.or_kept(kept),
        _ => (read_as.clone(), Notes::new()),
    };
    // A session is in microvolts, so the unit of the decoder's recordings no longer matters.
    if is_session && let Some(decoder) = &mut read_as.decoder {
        decoder.unit = None;
    }
    let choice = channels::choose(&what, &stream.channels, NoUnit::Microvolts, &read_as)?;
    let labels = choice.labels();
    let unit = choice.unit();
    Ok(Eeg {
        place,
        layout: Layout { rate, labels },
        format,
        channels: choice
            .taken
            .iter()
            .map(|taken| (taken.place, taken.to_microvolts))
            .collect(),
        warnings: [stream.notes.clone(), notes, choice.warnings]
            .into_iter()
            .flatten()
            .collect(),
        reading: match &stream.reading {
            Some(kept) if is_session => channels::composed(kept, choice.reading),
            _ => choice.reading,
        },
        read_as,
        unit,
    })
}

/// A stream of numbers with more channels is not a marker stream.
const MOST_MARKER_CHANNELS: usize = 4;

/// How markers are derived from a stream's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkersAs {
    /// The texts or numbers of a sample are the marker.
    Values,
    /// The same, but only if all numbers of the stream are whole, because nothing else shows that they are markers.
    WholeValues,
    /// The marker is the names of the channels that are not zero, as in annotations from MNE-LSL.
    ChannelNames,
}

/// Whether a stream's samples are markers, and how. Markers are
///
/// - texts,
/// - irregular numbers, if the stream's type (or its name, without a type) contains a word such as "marker" or "event", and they are not
///   the brightness of tags,
/// - irregular whole numbers in a stream without a type,
/// - trigger codes that are sampled like EEG, if the stream has one channel and its type contains such a word.
pub(super) fn markers_as(stream: &Stream) -> Option<MarkersAs> {
    let names_markers = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["marker", "event", "trigger", "stim", "annotation"]
            .iter()
            .any(|name| text.contains(name))
    };
    let values = |are_markers: bool| are_markers.then_some(MarkersAs::Values);
    let Format::Numbers(format) = stream.format else {
        return values(!is_session(stream));
    };
    if is_of_tags(stream) {
        return None;
    }
    if stream.rate.is_some() {
        return values(names_markers(&stream.kind) && stream.channels.len() == 1);
    }
    let labels = stream.channels.iter().map(|channel| channel.label.as_str());
    if channels::are_annotations(&stream.kind, &stream.name, labels) {
        return Some(MarkersAs::ChannelNames);
    }
    if stream.channels.len() > MOST_MARKER_CHANNELS {
        return None;
    }
    let is_untyped = stream.kind.trim().is_empty();
    let is_whole = !matches!(format, SampleFormat::F32 | SampleFormat::F64);
    let is_named = names_markers(&stream.kind) || (is_untyped && names_markers(&stream.name));
    if is_untyped && !is_named && !is_whole {
        return Some(MarkersAs::WholeValues);
    }
    values(is_named || is_untyped)
}

/// The marker for the numbers of a sample; `None` if they are not a marker.
pub(super) fn marker_of(stream: &Stream, markers_as: MarkersAs, numbers: &[f64]) -> Option<String> {
    if markers_as == MarkersAs::ChannelNames {
        let labels = stream.channels.iter().map(|channel| channel.label.as_str());
        return channels::names_of_nonzero(labels, numbers);
    }
    let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
    Some(texts.join(","))
}

/// Whether this is the stream in which a session describes itself.
pub(super) fn is_session(stream: &Stream) -> bool {
    stream.kind == SESSION_TYPE && stream.format == Format::Text
}

/// An entry of a session about its samples. Other entries are ignored.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum SessionEntry {
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

/// What a session says about its samples, exactly.
#[derive(Debug, Default)]
pub(super) struct SessionTimeline {
    pub(super) segments: Vec<Segment>,
    pub(super) markers: Vec<Marker>,
}

impl SessionTimeline {
    /// Counts from the first sample of the file. Earlier versions counted from when the stream was opened, so that
    /// everything before the recording looked like a gap.
    pub(super) fn since_first_sample(mut self) -> Self {
        let first = self.segments.first().filter(|first| first.first_frame == 0);
        let before = first.map_or(0, |first| first.first_index);
        for segment in &mut self.segments {
            segment.first_index = segment.first_index.saturating_sub(before);
        }
        for marker in &mut self.markers {
            marker.at.0 = marker.at.0.saturating_sub(before);
        }
        self
    }

    /// Adds one entry of the session.
    pub(super) fn take(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(SessionEntry::Gap {
                at_frame,
                first_sample,
                clock_reset,
            }) => {
                let first = first_sample.min(SampleIndex::LAST);
                self.segments
                    .push(Segment::known(at_frame, first, clock_reset));
            }
            Ok(SessionEntry::Marker { sample, label }) => {
                let at = SampleIndex(sample);
                self.markers.push(Marker { at, label });
            }
            // Later versions may write other entries.
            Ok(SessionEntry::Other) | Err(_) => {}
        }
    }
}
