//! A stream: its header, and its samples.

use super::super::about::{ChannelAbout, StreamAbout};
use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::super::text;
use super::chunks::{Chunk, length};
use super::format::READING;
use crate::note::{Note, Notes};
use crate::printable::{counted, printable, readable_xml};
use crate::source::channels::{Described, described_one_by_one, label_or_name};
use crate::source::{MOST_CHANNELS, SourceError};
use crate::units::Hertz;
use bci_cursor_calibration::Reading;

/// How a stream stores its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Numbers(SampleFormat),
    Text,
}

/// A stream's header.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) format: Format,
    /// `None` if irregular.
    pub(super) rate: Option<Hertz>,
    /// The rate at which samples without a stored stamp are placed, if the declared rate is wrong.
    pub(super) stored_rate: Option<Hertz>,
    /// Whether its stamps were checked and are irregular.
    pub(super) is_irregular: bool,
    pub(super) channels: Vec<Described>,
    /// How it was read when it was recorded, or must be read, if the recording program stored this.
    pub(super) reading: Option<Reading>,
    /// Messages for the user about its description.
    pub(super) notes: Notes,
    /// Place of its header.
    pub(super) offset: u64,
    /// Number of samples in the file, and clock offsets as (time, offset), seconds.
    pub(super) samples: u64,
    pub(super) clock_offsets: Vec<(f64, f64)>,
}

impl Stream {
    /// Reads a header's XML.
    pub(super) fn read(input: &mut Input, chunk: &Chunk) -> Result<Self, SourceError> {
        let content = input.position();
        let bytes = input.read_up_to(chunk.end - content)?;
        // Each text between tags is decoded separately, because some recorders write µ in Latin-1 next to a name in
        // UTF-8.
        let text = text::decode_each(&bytes, |byte| matches!(byte, b'<' | b'>'));
        let text = readable_xml(text.trim_end_matches('\0').trim());
        let malformed = |found: String, expected: &str| input.malformed(content, &found, expected);
        let document = roxmltree::Document::parse(&text).map_err(|error| {
            malformed(format!("a stream header that is no XML ({error})"), "XML")
        })?;
        let info = document.root_element();
        let field = |name: &str| child_text(info, name);
        let count = field("channel_count");
        let channel_count = count
            .parse()
            .ok()
            .filter(|count| (1..=MOST_CHANNELS).contains(count));
        let channel_count = channel_count.ok_or_else(|| {
            malformed(
                format!("<channel_count>{count}</channel_count>"),
                "1 to 4096 channels",
            )
        })?;
        let format = match field("channel_format") {
            "int8" => Format::Numbers(SampleFormat::I8),
            "int16" => Format::Numbers(SampleFormat::I16),
            "int32" => Format::Numbers(SampleFormat::I32),
            "int64" => Format::Numbers(SampleFormat::I64),
            "float32" => Format::Numbers(SampleFormat::F32),
            "double64" => Format::Numbers(SampleFormat::F64),
            "string" => Format::Text,
            other => {
                let found = format!("<channel_format>{other}</channel_format>");
                return Err(malformed(
                    found,
                    "int8, int16, int32, int64, float32, double64 or string",
                ));
            }
        };
        let rate = field("nominal_srate");
        let hz: f64 = rate.parse().map_err(|_| {
            malformed(
                format!("<nominal_srate>{rate}</nominal_srate>"),
                "a rate in Hz, 0 where irregular",
            )
        })?;
        if hz > Hertz::HIGHEST {
            return Err(malformed(
                format!("<nominal_srate>{rate}</nominal_srate>"),
                "a rate of up to 1000000 Hz",
            ));
        }
        let (channels, note) =
            described_one_by_one(described_channels(info), channel_count, hz.max(0.0));
        let (reading, unread) = kept_reading(info);
        Ok(Self {
            id: chunk.stream,
            name: field("name").to_owned(),
            kind: field("type").to_owned(),
            format,
            rate: Hertz::new(hz),
            stored_rate: None,
            is_irregular: false,
            channels,
            reading,
            notes: note.into_iter().chain(unread.map(Note::from)).collect(),
            offset: chunk.offset,
            samples: 0,
            clock_offsets: Vec::new(),
        })
    }

    /// Seconds from one sample to the next if no stamp is stored; zero if irregular.
    pub(super) fn period_s(&self) -> f64 {
        let rate = self.stored_rate.or(self.rate);
        rate.map_or(0.0, |rate| 1.0 / rate.hz())
    }

    /// Whether this is the stream with this name or number.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        self.name == wanted || self.id.to_string() == wanted
    }

    /// Bytes of one sample; zero if the samples are texts.
    pub(super) fn sample_bytes(&self) -> usize {
        match self.format {
            Format::Numbers(format) => self.channels.len() * format.width(),
            Format::Text => 0,
        }
    }

    /// One line that describes the stream.
    pub(super) fn one_line(&self) -> String {
        let rate = match self.rate {
            Some(rate) => rate.to_string(),
            None if self.is_irregular => {
                "no rate is declared and its time stamps are not regular".into()
            }
            None => "irregular".into(),
        };
        format!(
            "'{}' (number {}, type {}, {}, {rate}, {})",
            printable(&self.name),
            self.id,
            printable(&self.kind),
            counted(self.channels.len(), "channel"),
            counted(self.samples, "sample")
        )
    }

    pub(super) fn about(&self) -> StreamAbout {
        let channel = |channel: &Described| ChannelAbout {
            label: channel.label.clone(),
            unit: channel.unit.clone(),
            is_read: false,
        };
        StreamAbout {
            name: self.name.clone(),
            kind: self.kind.clone(),
            rate_hz: self.rate.map(Hertz::hz),
            samples: self.samples,
            channels: self.channels.iter().map(channel).collect(),
            ..StreamAbout::default()
        }
    }
}

fn child<'a, 'b>(node: roxmltree::Node<'a, 'b>, name: &str) -> Option<roxmltree::Node<'a, 'b>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn child_text<'a>(node: roxmltree::Node<'a, '_>, name: &str) -> &'a str {
    child(node, name)
        .and_then(|child| child.text())
        .unwrap_or("")
        .trim()
}

/// The content of `desc/bci_cursor_reading`, or why it cannot be used.
fn kept_reading(info: roxmltree::Node<'_, '_>) -> (Option<Reading>, Option<String>) {
    let kept = child(info, "desc").map_or("", |desc| child_text(desc, READING));
    if kept.is_empty() {
        return (None, None);
    }
    match serde_json::from_str(kept) {
        Ok(reading) => (Some(reading), None),
        Err(error) => {
            let why = format!(
                "its header says how to read its channels and unit, but this version cannot parse it ({error}): it is ignored"
            );
            (None, Some(why))
        }
    }
}

/// The channels in `desc/channels/channel`.
fn described_channels(info: roxmltree::Node<'_, '_>) -> Vec<Described> {
    let list = child(info, "desc").and_then(|desc| child(desc, "channels"));
    let described = list.into_iter().flat_map(|list| {
        list.children()
            .filter(|child| child.has_tag_name("channel"))
    });
    described
        .map(|channel| Described {
            label: label_or_name(child_text(channel, "label"), child_text(channel, "name"))
                .to_owned(),
            unit: child_text(channel, "unit").to_owned(),
            kind: child_text(channel, "type").to_owned(),
            ..Described::default()
        })
        .collect()
}

/// Reads the samples of chunks that are known to be complete.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    period_s: f64,
    last_stamp_s: f64,
    /// Number of samples left in the chunk, and its end.
    left: u64,
    end: u64,
    /// Whether samples may have been lost before the next one.
    pub(super) after_damage: bool,
    /// Whether the last sample's stamp is stored in the file, and not derived from the previous one.
    pub(super) is_stored: bool,
}

impl Walk {
    pub(super) fn new(stream: &Stream) -> Self {
        Self {
            period_s: stream.period_s(),
            last_stamp_s: 0.0,
            left: 0,
            end: 0,
            after_damage: false,
            is_stored: false,
        }
    }

    /// Starts a chunk of samples. The input must be at its content.
    pub(super) fn enter(&mut self, input: &mut Input, chunk: &Chunk) -> Result<(), SourceError> {
        let count = length(input)?.unwrap_or(0);
        self.left = chunk.samples.unwrap_or(count);
        self.end = chunk.end;
        Ok(())
    }

    /// Stamp of the next sample, `None` at the end of the chunk. The input is then at the sample's values.
    pub(super) fn next_stamp(&mut self, input: &mut Input) -> Result<Option<f64>, SourceError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let stored_s = read_stamp(input)?;
        self.is_stored = stored_s.is_some();
        let stamp_s = stored_s.unwrap_or(self.last_stamp_s + self.period_s);
        self.last_stamp_s = stamp_s;
        Ok(Some(stamp_s))
    }

    /// Skips a sample's numbers.
    pub(super) fn skip_numbers(&self, input: &mut Input, bytes: usize) -> Result<(), SourceError> {
        let to = input.position() + bytes as u64;
        self.check_within(input, to)?;
        input.go_to(to)
    }

    /// Reads a sample's numbers.
    pub(super) fn read_numbers(
        &self,
        input: &mut Input,
        into: &mut [u8],
    ) -> Result<(), SourceError> {
        self.check_within(input, input.position() + into.len() as u64)?;
        input.read(into)
    }

    /// Reads a sample's texts.
    pub(super) fn read_texts(
        &self,
        input: &mut Input,
        channels: usize,
    ) -> Result<Vec<String>, SourceError> {
        let mut texts = Vec::new();
        for _ in 0..channels {
            let count = length(input)?.unwrap_or(u64::MAX);
            self.check_within(input, input.position().saturating_add(count))?;
            texts.push(text::decode(&input.read_up_to(count)?));
        }
        Ok(texts)
    }

    fn check_within(&self, input: &Input, to: u64) -> Result<(), SourceError> {
        if to <= self.end {
            return Ok(());
        }
        let found = format!("a sample that ends at byte {to}");
        let expected = format!("byte {} at most, where the chunk ends", self.end);
        Err(input.malformed(input.position(), &found, &expected))
    }
}

/// A sample's stamp; `None` if it is derived from the previous one.
fn read_stamp(input: &mut Input) -> Result<Option<f64>, SourceError> {
    let at = input.position();
    match input.array::<1>()? {
        [0] => Ok(None),
        [8] => Ok(Some(f64::from_le_bytes(input.array()?))),
        [other] => {
            let found = format!("a time stamp of {other} bytes");
            Err(input.malformed(at, &found, "0 or 8 bytes"))
        }
    }
}

/// Number of samples that a chunk declares.
fn count_samples(input: &mut Input, chunk: &Chunk) -> Result<u64, SourceError> {
    let at = input.position();
    let count = length(input)?.unwrap_or(0);
    // Each sample has at least one byte.
    if input.position().saturating_add(count) > chunk.end {
        let expected = format!("no more than its {} bytes can hold", chunk.end - at);
        return Err(input.malformed(at, &format!("a chunk of {count} samples"), &expected));
    }
    Ok(count)
}

impl Stream {
    /// Skips the samples of a chunk, starting at its content. Calls `take` with the end of each sample until it returns
    /// false. Returns the number of samples skipped.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] if they do not match the stream's header and the chunk.
    pub(super) fn pass_over(
        &self,
        input: &mut Input,
        chunk: &Chunk,
        mut take: impl FnMut(u64) -> bool,
    ) -> Result<u64, SourceError> {
        let count = count_samples(input, chunk)?;
        for passed in 0..count {
            read_stamp(input)?;
            match self.format {
                Format::Numbers(format) => {
                    let width = self.channels.len() * format.width();
                    input.go_to(input.position() + width as u64)?;
                }
                Format::Text => {
                    for _ in 0..self.channels.len() {
                        let bytes = length(input)?.unwrap_or(u64::MAX);
                        input.go_to(input.position().saturating_add(bytes).min(chunk.end + 1))?;
                    }
                }
            }
            let end = input.position();
            if end > chunk.end {
                let expected = format!("byte {} at most, where the chunk ends", chunk.end);
                return Err(input.malformed(
                    end,
                    &format!("a sample that ends at byte {end}"),
                    &expected,
                ));
            }
            if !take(end) {
                return Ok(passed);
            }
        }
        Ok(count)
    }

    /// Checks a chunk, starting at its content. Returns its number of samples.
    ///
    /// # Errors
    /// [`SourceError::Malformed`] if the chunk is not complete.
    pub(super) fn check(&self, input: &mut Input, chunk: &Chunk) -> Result<u64, SourceError> {
        let count = self.pass_over(input, chunk, |_| true)?;
        let end = input.position();
        if end != chunk.end {
            let found = format!("samples that end at byte {end}");
            let expected = format!("byte {}, as the chunk's length says", chunk.end);
            return Err(input.malformed(end, &found, &expected));
        }
        Ok(count)
    }
}
