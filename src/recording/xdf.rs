//! Writes XDF files chunk by chunk. What is on the disk can be read at any time, even if the writer is killed.

use crate::printable::{printable, storable, storable_xml};
use crate::source::recording::xdf::format::{
    BOUNDARY, BOUNDARY_SIGNATURE, CLOCK_OFFSET, FILE_HEADER, MAGIC, READING, SAMPLES,
    STREAM_FOOTER, STREAM_HEADER,
};
use bci_cursor_calibration::Reading;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

/// Number of chunks between two boundary chunks, from which a reader can continue after damage.
const CHUNKS_PER_BOUNDARY: u32 = 64;

/// How a stream's samples are stored; little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum SampleType {
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Double64,
    Text,
}

impl SampleType {
    /// Name in a stream's header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float32 => "float32",
            Self::Double64 => "double64",
            Self::Text => "string",
        }
    }
}

/// A channel of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelHeader {
    /// Name of the electrode, or of the quantity.
    pub label: String,
    /// Unit, such as `microvolts`; may be empty.
    pub unit: String,
    /// Type, such as `EEG`.
    pub kind: String,
}

/// Description of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamHeader {
    /// Its name.
    pub name: String,
    /// Content type, such as `EEG` or `Markers`.
    pub kind: String,
    /// Identifies its device across restarts.
    pub source_id: String,
    /// Nominal sampling rate, Hz; 0 if irregular.
    pub rate_hz: f64,
    /// How samples are stored.
    pub sample_type: SampleType,
    /// Its channels.
    pub channels: Vec<ChannelHeader>,
    /// Reference electrode or scheme, and manufacturer of the amplifier; empty if unknown.
    pub reference: String,
    /// See `reference`.
    pub manufacturer: String,
}

impl StreamHeader {
    /// The header as XML, according to the XDF specification and LSL's EEG metadata.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\"?><info>");
        let mut put = |name: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = write!(xml, "<{name}>{}</{name}>", escaped(value));
        };
        put("name", &self.name);
        put("type", &self.kind);
        put("channel_count", &self.channels.len().to_string());
        put("nominal_srate", &self.rate_hz.to_string());
        put("channel_format", self.sample_type.name());
        put("source_id", &self.source_id);
        xml.push_str("<desc>");
        if !self.manufacturer.is_empty() {
            let _ = write!(
                xml,
                "<acquisition><manufacturer>{}</manufacturer></acquisition>",
                escaped(&self.manufacturer)
            );
        }
        if !self.reference.is_empty() {
            let _ = write!(
                xml,
                "<reference><label>{}</label></reference>",
                escaped(&self.reference)
            );
        }
        xml.push_str("<channels>");
        for channel in &self.channels {
            xml.push_str("<channel>");
            for (name, value) in [
                ("label", &channel.label),
                ("unit", &channel.unit),
                ("type", &channel.kind),
            ] {
                if !value.is_empty() {
                    let _ = write!(xml, "<{name}>{}</{name}>", escaped(value));
                }
            }
            xml.push_str("</channel>");
        }
        xml.push_str("</channels></desc></info>");
        xml
    }
}

/// Adds how its channels are read to a stream's header, if known.
///
/// # Errors
/// [`io::Error`] if that cannot be written as JSON.
pub fn with_reading(xml: &str, reading: &Reading) -> io::Result<String> {
    if *reading == Reading::default() {
        return Ok(xml.to_owned());
    }
    let json = serde_json::to_string(reading)?;
    let element = format!("<{READING}>{}</{READING}>", escaped(&printable(&json)));
    let (end, with_end) = ("</desc>", format!("{element}</desc>"));
    if let Some(place) = xml.rfind(end) {
        return Ok([&xml[..place], &with_end, &xml[place + end.len()..]].concat());
    }
    let whole = format!("<desc>{with_end}");
    for empty in ["<desc />", "<desc/>"] {
        if xml.contains(empty) {
            return Ok(xml.replacen(empty, &whole, 1));
        }
    }
    Ok(xml.replacen("</info>", &format!("{whole}</info>"), 1))
}

/// Escapes a text for XML. Characters that should not be printed become question marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in storable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// Samples of one stream that will be written as one chunk. The memory is reused.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    bytes: Vec<u8>,
    count: u32,
    /// Stamp of the last sample, seconds.
    last_stamp_s: Option<f64>,
    first_stamp_s: Option<f64>,
}

impl Samples {
    /// Starts a sample. Without a stamp, readers use the previous time plus a period.
    pub fn begin(&mut self, stamp_s: Option<f64>, period_s: f64) {
        match stamp_s {
            Some(stamp_s) => {
                self.bytes.push(8);
                self.bytes.extend(stamp_s.to_le_bytes());
                self.last_stamp_s = Some(stamp_s);
            }
            None => {
                self.bytes.push(0);
                self.last_stamp_s = self.last_stamp_s.map(|last| last + period_s);
            }
        }
        self.first_stamp_s = self.first_stamp_s.or(self.last_stamp_s);
        self.count += 1;
    }

    /// Adds a number in the stream's type. A number out of range becomes the nearest possible one.
    pub fn number(&mut self, value: f64, sample_type: SampleType) {
        match sample_type {
            SampleType::Int8 => self.bytes.extend((value as i8).to_le_bytes()),
            SampleType::Int16 => self.bytes.extend((value as i16).to_le_bytes()),
            SampleType::Int32 => self.bytes.extend((value as i32).to_le_bytes()),
            SampleType::Int64 => self.bytes.extend((value as i64).to_le_bytes()),
            SampleType::Float32 => self.bytes.extend((value as f32).to_le_bytes()),
            SampleType::Double64 => self.bytes.extend(value.to_le_bytes()),
            SampleType::Text => self.text(&value.to_string()),
        }
    }

    /// Adds a whole number in the stream's type. A number out of range becomes the nearest possible one.
    pub fn integer(&mut self, value: i64, sample_type: SampleType) {
        match sample_type {
            SampleType::Int64 => self.bytes.extend(value.to_le_bytes()),
            other => self.number(value as f64, other),
        }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        put_length(&mut self.bytes, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn clear(&mut self) {
        *self = Self {
            bytes: std::mem::take(&mut self.bytes),
            ..Self::default()
        };
        self.bytes.clear();
    }
}

fn put_length(into: &mut Vec<u8>, length: u64) {
    if let Ok(length) = u8::try_from(length) {
        into.extend([1, length]);
    } else if let Ok(length) = u32::try_from(length) {
        into.push(4);
        into.extend(length.to_le_bytes());
    } else {
        into.push(8);
        into.extend(length.to_le_bytes());
    }
}

/// Removes an incomplete chunk at the end of a file, for example after a full disk.
///
/// # Errors
/// [`io::Error`] if the file cannot be read or truncated.
pub fn cut_to_whole_chunks(file: &File) -> io::Result<()> {
    let mut input = BufReader::new(file);
    let size = input.seek(SeekFrom::End(0))?;
    let mut whole = input.seek(SeekFrom::Start(MAGIC.len() as u64))?;
    while whole < size {
        let Some(length) = read_length(&mut input)? else {
            break;
        };
        let end = input.stream_position()?.saturating_add(length);
        if end > size {
            break;
        }
        whole = input.seek(SeekFrom::Start(end))?;
    }
    file.set_len(whole.min(size))
}

/// Length of the next chunk; `None` if it is incomplete.
fn read_length(input: &mut impl Read) -> io::Result<Option<u64>> {
    let mut read = |bytes: &mut [u8]| match input.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    };
    let (mut count, mut bytes) = ([0], [0; 8]);
    let is_there = read(&mut count)?;
    let count = usize::from(count[0]);
    let is_whole = is_there && [1, 4, 8].contains(&count) && read(&mut bytes[..count])?;
    Ok(is_whole.then(|| u64::from_le_bytes(bytes)))
}

/// Number of a stream in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamId(u32);

#[derive(Debug, Clone, Copy, Default)]
struct Footer {
    first_stamp_s: Option<f64>,
    last_stamp_s: Option<f64>,
    samples: u64,
}

/// Writes an XDF file. Memory does not grow with its length.
#[derive(Debug)]
pub struct XdfWriter<W> {
    out: W,
    footers: Vec<Footer>,
    chunks: u32,
    head: Vec<u8>,
}

impl<W: Write> XdfWriter<W> {
    /// Starts a file. `date_time` is when it was recorded, ISO 8601.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn new(mut out: W, date_time: &str) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let mut writer = Self {
            out,
            footers: Vec::new(),
            chunks: 0,
            head: Vec::new(),
        };
        let xml = format!(
            "<?xml version=\"1.0\"?><info><version>1.0</version><datetime>{}</datetime></info>",
            escaped(date_time)
        );
        writer.chunk(FILE_HEADER, None, &[], xml.as_bytes())?;
        Ok(writer)
    }

    /// Adds a stream.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn add_stream(&mut self, header: &StreamHeader) -> io::Result<StreamId> {
        self.add_stream_xml(&header.to_xml())
    }

    /// Adds a stream whose header is already XML, for example from LSL. Characters that are invalid in XML are
    /// replaced.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn add_stream_xml(&mut self, xml: &str) -> io::Result<StreamId> {
        self.footers.push(Footer::default());
        let id = StreamId(u32::try_from(self.footers.len()).unwrap_or(u32::MAX));
        self.chunk(STREAM_HEADER, Some(id), &[], storable_xml(xml).as_bytes())?;
        Ok(id)
    }

    /// Writes samples as a chunk, and clears them.
    ///
    /// # Errors
    /// [`io::Error`] if they cannot be written.
    pub fn samples(&mut self, stream: StreamId, samples: &mut Samples) -> io::Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        let mut count = [4, 0, 0, 0, 0];
        count[1..].copy_from_slice(&samples.count.to_le_bytes());
        self.chunk(SAMPLES, Some(stream), &count, &samples.bytes)?;
        if let Some(footer) = self.footers.get_mut(stream.0 as usize - 1) {
            footer.first_stamp_s = footer.first_stamp_s.or(samples.first_stamp_s);
            footer.last_stamp_s = samples.last_stamp_s.or(footer.last_stamp_s);
            footer.samples += u64::from(samples.count);
        }
        samples.clear();
        self.chunks += 1;
        if self.chunks.is_multiple_of(CHUNKS_PER_BOUNDARY) {
            self.chunk(BOUNDARY, None, &[], &BOUNDARY_SIGNATURE)?;
        }
        Ok(())
    }

    /// Writes the offset from a stream's clock to the recorder's at a time on the stream's clock, seconds.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn clock_offset(&mut self, stream: StreamId, time_s: f64, offset_s: f64) -> io::Result<()> {
        self.chunk(
            CLOCK_OFFSET,
            Some(stream),
            &time_s.to_le_bytes(),
            &offset_s.to_le_bytes(),
        )
    }

    /// Writes every stream's footer. A file without footers is also valid.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        for k in 0..self.footers.len() {
            let footer = self.footers[k];
            let mut xml = String::from("<?xml version=\"1.0\"?><info>");
            for (name, stamp_s) in [
                ("first", footer.first_stamp_s),
                ("last", footer.last_stamp_s),
            ] {
                if let Some(stamp_s) = stamp_s {
                    let _ = write!(xml, "<{name}_timestamp>{stamp_s}</{name}_timestamp>");
                }
            }
            let _ = write!(
                xml,
                "<sample_count>{}</sample_count></info>",
                footer.samples
            );
            self.chunk(
                STREAM_FOOTER,
                Some(StreamId(k as u32 + 1)),
                &[],
                xml.as_bytes(),
            )?;
        }
        self.out.flush()
    }

    /// Returns the underlying writer, without writing footers.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// The underlying writer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    fn chunk(
        &mut self,
        tag: u16,
        stream: Option<StreamId>,
        head: &[u8],
        body: &[u8],
    ) -> io::Result<()> {
        let id_bytes = if stream.is_some() { 4 } else { 0 };
        self.head.clear();
        put_length(
            &mut self.head,
            2 + id_bytes + (head.len() + body.len()) as u64,
        );
        self.head.extend(tag.to_le_bytes());
        if let Some(StreamId(id)) = stream {
            self.head.extend(id.to_le_bytes());
        }
        self.head.extend(head);
        self.out.write_all(&self.head)?;
        self.out.write_all(body)
    }
}
