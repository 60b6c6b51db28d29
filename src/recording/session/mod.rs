//! Writes sessions: EEG, markers, intents and commands in one XDF file, with everything needed to replay them.

mod event;
mod steps;
mod stimulus;

pub use event::{CueTiming, Looked, SessionEvent, stored_settings_hash};
pub use steps::{StepHash, StepRows};
pub use stimulus::{DecodedFrame, FRAMES_TYPE, STIMULUS_TYPE, frame_of_row, frame_row};

use super::xdf::{
    ChannelHeader, SampleType, Samples, StreamHeader, StreamId, XdfWriter, with_reading,
};
use crate::block::{Block, Layout};
use crate::source::recording::xdf::format::SESSION_TYPE;
use crate::time::{SampleIndex, StreamNanos};
use bci_cursor_calibration::Reading;
use std::io::{self, Write};
use steps::{COMMAND_NUMBERS, INTENT_NUMBERS};

/// Types of the streams that contain decisions.
pub const INTENTS_TYPE: &str = "Intents";
/// See [`INTENTS_TYPE`].
pub const COMMANDS_TYPE: &str = "Commands";

/// Interval between clock offsets, seconds (as in LabRecorder).
const CLOCK_OFFSETS_S: f64 = 5.0;

/// Description of a session's source.
#[derive(Debug, Clone)]
pub struct SessionAbout {
    /// Name of the EEG stream, and the identifier of its device.
    pub name: String,
    /// See `name`.
    pub source_id: String,
    /// Manufacturer of the amplifier, and reference of its channels; empty if unknown.
    pub manufacturer: String,
    /// See `manufacturer`.
    pub reference: String,
    /// How the device's channels were read.
    pub reading: Reading,
    /// Channels and sampling rate.
    pub layout: Layout,
    /// Whether every sample fits into a 32-bit float without loss. This halves the size.
    pub is_single_precision: bool,
    /// When the session began, ISO 8601.
    pub date_time: String,
}

struct Decisions {
    intents: StreamId,
    commands: StreamId,
    intent_width: usize,
    width: usize,
    written: u64,
}

/// Writes a session. Memory does not grow with its length.
pub struct SessionWriter<W> {
    xdf: XdfWriter<W>,
    eeg: StreamId,
    markers: StreamId,
    session: StreamId,
    decisions: Option<Decisions>,
    /// What tags show, if there are any.
    stimulus: Option<StreamId>,
    /// Frames as they were decoded, if replay needs them.
    decoded_frames: Option<StreamId>,
    sample_type: SampleType,
    period_s: f64,
    samples: Samples,
    rows: Samples,
    frames: u64,
    next_index: u64,
    /// A sample index and its time, seconds, for placing markers.
    known: (u64, f64),
    /// Whether the clock was reset before the next block.
    clock_reset: bool,
    /// The first entry. It is written with the first block, because there is no time before it.
    start: Option<SessionEvent>,
    /// When the last clock offsets were written, seconds.
    clocks_written_s: Option<f64>,
}

impl<W: Write> SessionWriter<W> {
    /// Starts a session. `start` is its first entry. With the classes of a decoder (none if only looks are decoded), the session can be
    /// replayed and verified.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn new(
        out: W,
        about: &SessionAbout,
        classes: Option<&[String]>,
        start: SessionEvent,
    ) -> io::Result<Self> {
        let mut xdf = XdfWriter::new(out, &about.date_time)?;
        let sample_type = if about.is_single_precision {
            SampleType::Float32
        } else {
            SampleType::Double64
        };
        let header = |name: &str, kind: &str, rate_hz: f64, sample_type, channels| StreamHeader {
            name: name.to_owned(),
            kind: kind.to_owned(),
            source_id: format!("{}-{}", about.source_id, kind.to_ascii_lowercase()),
            rate_hz,
            sample_type,
            channels,
            reference: String::new(),
            manufacturer: "bci-cursor".into(),
        };
        let named = |label: &str, unit: &str, kind: &str| ChannelHeader {
            label: label.to_owned(),
            unit: unit.to_owned(),
            kind: kind.to_owned(),
        };
        let eeg = about
            .layout
            .labels
            .iter()
            .map(|label| named(label, "microvolts", "EEG"))
            .collect();
        let eeg = StreamHeader {
            source_id: about.source_id.clone(),
            manufacturer: about.manufacturer.clone(),
            reference: about.reference.clone(),
            ..header(&about.name, "EEG", about.layout.rate.hz(), sample_type, eeg)
        };
        let eeg = xdf.add_stream_xml(&with_reading(&eeg.to_xml(), &about.reading)?)?;
        let text = |kind: &str| vec![named(kind, "", kind)];
        let markers = header(
            &format!("{}-markers", about.name),
            "Markers",
            0.0,
            SampleType::Text,
            text("Markers"),
        );
        let markers = xdf.add_stream(&markers)?;
        let session = header(
            "bci-cursor-session",
            SESSION_TYPE,
            0.0,
            SampleType::Text,
            text(SESSION_TYPE),
        );
        let session = xdf.add_stream(&session)?;
        let decisions = match classes {
            None => None,
            Some(classes) => {
                let mut channels: Vec<ChannelHeader> = INTENT_NUMBERS
                    .iter()
                    .map(|label| named(label, "", "Intent"))
                    .collect();
                let intent_width = channels.len() + classes.len();
                channels.extend(
                    classes
                        .iter()
                        .map(|class| named(class, "probability", "Score")),
                );
                let intents = header(
                    "bci-cursor-intents",
                    INTENTS_TYPE,
                    0.0,
                    SampleType::Double64,
                    channels,
                );
                let unit = |label: &str| {
                    if label.starts_with("velocity") {
                        "px/s"
                    } else {
                        ""
                    }
                };
                let channels = COMMAND_NUMBERS
                    .iter()
                    .map(|label| named(label, unit(label), "Command"))
                    .collect();
                let commands = header(
                    "bci-cursor-commands",
                    COMMANDS_TYPE,
                    0.0,
                    SampleType::Double64,
                    channels,
                );
                Some(Decisions {
                    intents: xdf.add_stream(&intents)?,
                    commands: xdf.add_stream(&commands)?,
                    intent_width,
                    width: StepRows::width(classes.len()),
                    written: 0,
                })
            }
        };
        Ok(Self {
            xdf,
            eeg,
            markers,
            session,
            decisions,
            stimulus: None,
            decoded_frames: None,
            sample_type,
            period_s: 1.0 / about.layout.rate.hz(),
            samples: Samples::default(),
            rows: Samples::default(),
            frames: 0,
            next_index: 0,
            known: (0, 0.0),
            clock_reset: false,
            start: Some(start),
            clocks_written_s: None,
        })
    }

    /// Writes an entry about the session itself.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn event(&mut self, event: &SessionEvent) -> io::Result<()> {
        let text = serde_json::to_string(event)?;
        let stamp_s = self.stamp_s(self.next_index);
        self.rows.begin(Some(stamp_s), 0.0);
        self.rows.text(&text);
        self.xdf.samples(self.session, &mut self.rows)
    }

    /// The stream's clock jumped backwards before the next block.
    pub fn clock_reset(&mut self) {
        self.clock_reset = true;
    }

    /// Writes consecutive frames. `stamps` gives the times of some of them.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn block(&mut self, block: &Block, stamps: &[(usize, StreamNanos)]) -> io::Result<()> {
        let SampleIndex(first) = block.first;
        let frame_of = |offset: usize| first + offset as u64;
        if let Some(&(offset, taken)) = stamps.first() {
            self.known = (frame_of(offset), taken.0 as f64 / 1e9);
        }
        if let Some(start) = self.start.take() {
            self.event(&start)?;
        }
        if first != self.next_index || self.clock_reset {
            let clock_reset = std::mem::take(&mut self.clock_reset);
            self.next_index = first;
            self.event(&SessionEvent::Gap {
                at_frame: self.frames,
                first_sample: first,
                clock_reset,
            })?;
        }
        let mut stamps = stamps.iter().peekable();
        for (offset, frame) in block.iter().enumerate() {
            let stamped = stamps
                .next_if(|(at, _)| *at == offset)
                .map(|(_, taken)| taken.0 as f64 / 1e9);
            let stamp_s = stamped.or_else(|| (offset == 0).then(|| self.stamp_s(first)));
            self.samples.begin(stamp_s, self.period_s);
            for &value in frame {
                self.samples.number(value, self.sample_type);
            }
            if let Some(stamp_s) = stamped {
                self.known = (frame_of(offset), stamp_s);
            }
        }
        self.warn_of_clocks()?;
        self.frames += block.frames() as u64;
        self.next_index = frame_of(block.frames());
        self.xdf.samples(self.eeg, &mut self.samples)
    }

    /// All stamps already use one clock, but readers expect clock offsets regularly and otherwise report the file as
    /// broken.
    fn warn_of_clocks(&mut self) -> io::Result<()> {
        let (_, now_s) = self.known;
        if self
            .clocks_written_s
            .is_some_and(|last_s| (now_s - last_s).abs() < CLOCK_OFFSETS_S)
        {
            return Ok(());
        }
        self.clocks_written_s = Some(now_s);
        let decisions = self
            .decisions
            .as_ref()
            .map(|decisions| [decisions.intents, decisions.commands]);
        let streams = [self.eeg, self.markers, self.session]
            .into_iter()
            .chain(decisions.into_iter().flatten())
            .chain(self.stimulus)
            .chain(self.decoded_frames);
        for stream in streams {
            self.xdf.clock_offset(stream, now_s, 0.0)?;
        }
        Ok(())
    }

    /// Writes steps, each of [`StepRows::width`] numbers.
    ///
    /// # Errors
    /// [`io::Error`] if they cannot be written.
    pub fn steps(&mut self, rows: &[f64]) -> io::Result<()> {
        let Some(Decisions {
            intents,
            commands,
            intent_width,
            width,
            ..
        }) = self.decisions
        else {
            return Ok(());
        };
        for (stream, range) in [(intents, 0..intent_width), (commands, intent_width..width)] {
            for row in rows.chunks_exact(width) {
                // The stamp of a step is that of its last sample.
                let stamp_s = self.stamp_s((row[0] as u64).saturating_sub(1));
                self.rows.begin(Some(stamp_s), 0.0);
                row[range.clone()]
                    .iter()
                    .for_each(|&value| self.rows.number(value, SampleType::Double64));
            }
            self.xdf.samples(stream, &mut self.rows)?;
        }
        if let Some(decisions) = &mut self.decisions {
            decisions.written += (rows.len() / width) as u64;
        }
        Ok(())
    }

    /// Writes a marker at a sample.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn marker(&mut self, at: SampleIndex, label: &str) -> io::Result<()> {
        let stamp_s = self.stamp_s(at.0);
        self.rows.begin(Some(stamp_s), 0.0);
        self.rows.text(label);
        self.xdf.samples(self.markers, &mut self.rows)?;
        self.event(&SessionEvent::Marker {
            sample: at.0,
            label: label.to_owned(),
        })
    }

    /// Number of frames written.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Ends the session normally.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        if let Some(start) = self.start.take() {
            self.event(&start)?;
        }
        let intents = self
            .decisions
            .as_ref()
            .map_or(0, |decisions| decisions.written);
        self.event(&SessionEvent::End {
            frames: self.frames,
            intents,
        })?;
        self.xdf.finish()
    }

    /// The underlying writer.
    pub fn get_mut(&mut self) -> &mut W {
        self.xdf.get_mut()
    }

    /// Best estimate of when a sample was acquired, seconds.
    fn stamp_s(&self, index: u64) -> f64 {
        let (known, taken_s) = self.known;
        taken_s + (index as f64 - known as f64) * self.period_s
    }
}
