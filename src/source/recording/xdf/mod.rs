//! XDF recordings, as written by LabRecorder and this program.
//!
//! They are read in three passes, so that memory does not grow with the number of samples: over the chunks (streams and
//! clock offsets), over the stamps (lost samples, markers), and over the samples while they are played.

mod choice;
mod chunks;
mod clock;
mod clocks_apart;
mod cursor;
pub(crate) mod format;
mod odd_stamps;
mod rate;
mod repair;
mod scan;
mod shown;
mod stored;
mod stream;
mod timeline;
mod times;
mod trigger;

pub use cursor::XdfStream;

use super::about::About;
use super::input::Input;
use super::samples::SampleFormat;
use super::{Recorded, Source, SourceError, Stimulus};
use crate::block::{Block, Layout};
use crate::printable::printable_path;
use crate::source::channels::ReadAs;
use crate::source::{Marker, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use choice::SessionTimeline;
use cursor::Cursor;
use scan::Scan;
use std::collections::VecDeque;
use stream::Stream;
use timeline::Segment;
use times::read_times;

/// Whether a file begins like XDF.
pub(super) fn begins(start: &[u8]) -> bool {
    start.starts_with(format::MAGIC)
}

/// An open XDF recording: its EEG stream, and all markers of its marker streams.
#[derive(Debug)]
pub struct XdfRecording {
    input: Input,
    about: About,
    layout: Layout,
    /// For each EEG channel, its first byte in a sample and the factor to µV.
    channels: Vec<(usize, f64)>,
    format: SampleFormat,
    cursor: Cursor,
    sample: Vec<u8>,
    /// The sample in `sample` has not been delivered yet.
    pending: bool,
    segments: VecDeque<Segment>,
    markers: VecDeque<Marker>,
    /// For [`Recorded::stimulus`]: the streams, and the EEG's segments by stamps and by index.
    scan: Scan,
    watched: Vec<Segment>,
    counted: Vec<Segment>,
    /// Place in the file and index of the next sample.
    frame: u64,
    next_index: u64,
}

impl XdfRecording {
    /// Opens a recording. `wanted` is the name or number of its EEG stream, required if there are several.
    ///
    /// # Errors
    /// [`SourceError`] if the file is unusable, has no EEG stream or several, or no EEG channel.
    pub fn open(input: Input, wanted: Option<&str>) -> Result<Self, SourceError> {
        Self::open_as(input, wanted, &ReadAs::default())
    }

    /// Like [`Self::open`], but `read_as` overrides what the file declares.
    pub(super) fn open_as(
        input: Input,
        wanted: Option<&str>,
        read_as: &ReadAs,
    ) -> Result<Self, SourceError> {
        Self::read(input, wanted, read_as, SessionTimeline::since_first_sample)
    }

    /// Opens a session with the sample indices of the run that recorded it, which its intents and commands refer to.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn as_run(input: Input) -> Result<Self, SourceError> {
        Self::read(input, None, &ReadAs::default(), |timeline| timeline)
    }

    fn read(
        mut input: Input,
        wanted: Option<&str>,
        read_as: &ReadAs,
        count: fn(SessionTimeline) -> SessionTimeline,
    ) -> Result<Self, SourceError> {
        let mut scan = match Scan::of(&mut input) {
            Ok(scan) => scan,
            Err(error) => {
                // In a text copy all lengths are wrong, so report the cause and not the first symptom.
                input.refuse_text_copy(0)?;
                return Err(error);
            }
        };
        if !scan.is_whole(&input) {
            input.refuse_text_copy(0)?;
        }
        measure_rates(&mut input, &mut scan, wanted, read_as)?;
        let mut eeg = match choice::choose(&input, &scan, wanted, read_as) {
            Ok(eeg) => eeg,
            // The requested stream may be the one whose header is unusable.
            Err(error @ SourceError::NoEegStream { .. }) => {
                return Err(scan.unusable_header.unwrap_or(error));
            }
            Err(error) => return Err(error),
        };
        let mut times = read_times(&mut input, &scan, &eeg, count)?;
        let is_session = scan.streams.iter().any(choice::is_session);
        let declared = eeg.layout.rate;
        // Samples between stored stamps are placed at this rate, even if the header declares another one.
        if let Some(rate) = times.stored_rate.filter(|_| !is_session) {
            scan.streams[eeg.place].stored_rate = Some(rate);
            times = read_times(&mut input, &scan, &eeg, count)?;
        }
        let stamped_rate_hz = rate::stamped_hz(&times.watched, declared);
        let what = printable_path(input.path()).to_string();
        // The rate of a session was checked when it was recorded, and the session is replayed at that rate.
        let (used, rate_doubt) = if is_session {
            (eeg.read_as.rate.unwrap_or(eeg.layout.rate), None)
        } else {
            rate::settle(&what, eeg.layout.rate, &times.watched, &eeg.read_as)?
        };
        if used != eeg.layout.rate {
            eeg.layout.rate = used;
            times = read_times(&mut input, &scan, &eeg, count)?;
        }
        let mut about = About {
            format: "XDF".into(),
            streams: scan.streams.iter().map(Stream::about).collect(),
            warnings: [scan.warnings.clone(), eeg.warnings, times.warnings]
                .into_iter()
                .flatten()
                .collect(),
            rate_doubt,
            reading: eeg.reading,
            unit: eeg.unit,
        };
        if let Some(stream) = about.streams.get_mut(eeg.place) {
            stream.is_read = true;
            stream.stamped_s = times.stamped_s;
            stream.stamped_rate_hz = stamped_rate_hz;
            for &place in &eeg.channels {
                if let Some(channel) = stream.channels.get_mut(place.0) {
                    channel.is_read = true;
                }
            }
        }
        about.log_warnings(input.path());
        let stream = &scan.streams[eeg.place];
        let cursor = Cursor::new(&mut input, stream, scan.chunks.clone())?;
        Ok(Self {
            input,
            about,
            layout: eeg.layout,
            channels: eeg
                .channels
                .iter()
                .map(|&(place, factor)| (place * eeg.format.width(), factor))
                .collect(),
            format: eeg.format,
            cursor,
            sample: vec![0; stream.channels.len() * eeg.format.width()],
            pending: false,
            segments: times.segments.clone().into(),
            markers: times.markers.into(),
            scan,
            watched: times.watched,
            counted: times.segments,
            frame: 0,
            next_index: 0,
        })
    }

    /// If the next sample's index jumps, returns the event to deliver before it.
    fn jump(&mut self) -> Option<SourceEvent> {
        let segment = self
            .segments
            .front()
            .filter(|segment| segment.first_frame <= self.frame)?;
        let (index, after_reset) = (segment.first_index, segment.after_reset);
        self.segments.pop_front();
        let missing = index.saturating_sub(self.next_index);
        self.next_index = self.next_index.max(index);
        if missing > 0 {
            return Some(SourceEvent::Gap { missing });
        }
        after_reset.then_some(SourceEvent::ClockReset)
    }
}

impl Source for XdfRecording {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        while into.frames() < into.capacity() {
            if !self.pending {
                if self.cursor.next_stamp(&mut self.input)?.is_none() {
                    break;
                }
                self.cursor
                    .read_numbers(&mut self.input, &mut self.sample)?;
                self.pending = true;
            }
            let jumps = self
                .segments
                .front()
                .is_some_and(|segment| segment.first_frame <= self.frame);
            let marker_due = self
                .markers
                .front()
                .is_some_and(|marker| marker.at.0 <= self.next_index);
            if into.frames() > 0 && (jumps || marker_due) {
                break;
            }
            if jumps && let Some(event) = self.jump() {
                return Ok(event);
            }
            if self
                .markers
                .front()
                .is_some_and(|marker| marker.at.0 <= self.next_index)
                && let Some(marker) = self.markers.pop_front()
            {
                return Ok(SourceEvent::Marker(marker));
            }
            into.first = if into.frames() == 0 {
                SampleIndex(self.next_index)
            } else {
                into.first
            };
            if let Some(frame) = into.push_frame() {
                for (value, &(byte, to_microvolts)) in frame.iter_mut().zip(&self.channels) {
                    *value =
                        self.format.read(self.sample.get(byte..).unwrap_or(&[])) * to_microvolts;
                }
            }
            self.pending = false;
            self.frame += 1;
            self.next_index += 1;
        }
        if into.frames() > 0 {
            into.set_acquired(StreamNanos::from_secs(
                self.layout.rate.secs_of(self.next_index),
            ));
            return Ok(SourceEvent::Samples);
        }
        let marker = self.markers.pop_front();
        Ok(marker.map_or(SourceEvent::End, SourceEvent::Marker))
    }
}

impl Recorded for XdfRecording {
    fn about(&self) -> &About {
        &self.about
    }

    fn stimulus(&mut self) -> Result<Option<Stimulus>, SourceError> {
        let position = self.input.position();
        let shown = shown::read(&mut self.input, &self.scan, &self.watched, &self.counted)?;
        self.input.go_to(position)?;
        Ok(shown)
    }
}

/// Streams of EEG that declare no rate, but whose samples are regular, get the rate of their stamps.
fn measure_rates(
    input: &mut Input,
    scan: &mut Scan,
    wanted: Option<&str>,
    read_as: &ReadAs,
) -> Result<(), SourceError> {
    for place in 0..scan.streams.len() {
        if !choice::may_be_eeg_without_rate(&scan.streams[place], wanted) {
            continue;
        }
        let measured = rate::of_regular_stream(input, scan, place, read_as)?;
        let stream = &mut scan.streams[place];
        match measured {
            Some(rate) => {
                stream.notes.push(format!(
                    "stream '{}' declares no sampling rate; its time stamps give {rate}, which is used",
                    stream.name
                ));
                stream.rate = Some(rate);
                stream
                    .channels
                    .iter_mut()
                    .for_each(|c| c.rate_hz = rate.hz());
            }
            None => stream.is_irregular = true,
        }
    }
    Ok(())
}
