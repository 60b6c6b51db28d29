//! Reads the samples of one stream in order.

use super::super::input::Input;
use super::format::SAMPLES;
use super::repair::Chunks;
use super::scan::Scan;
use super::stream::{Format, Stream, Walk};
use crate::source::SourceError;

/// The reading position in one stream.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    stream: u32,
    walk: Walk,
    chunks: Chunks,
    /// Place of the next chunk.
    at: u64,
    inside: bool,
}

impl Cursor {
    pub(super) fn new(
        input: &mut Input,
        stream: &Stream,
        chunks: Chunks,
    ) -> Result<Self, SourceError> {
        let at = chunks.begin(input)?;
        Ok(Self {
            stream: stream.id,
            walk: Walk::new(stream),
            chunks,
            at,
            inside: false,
        })
    }

    /// Stamp of the next sample. The input is then at the sample's values.
    pub(super) fn next_stamp(&mut self, input: &mut Input) -> Result<Option<f64>, SourceError> {
        loop {
            if self.inside {
                if let Some(stamp_s) = self.walk.next_stamp(input)? {
                    return Ok(Some(stamp_s));
                }
                self.inside = false;
            }
            let Some(chunk) = self.chunks.next(input, self.at)? else {
                return Ok(None);
            };
            self.at = chunk.end;
            if chunk.tag == SAMPLES && chunk.stream == self.stream {
                self.walk.enter(input, &chunk)?;
                self.inside = true;
            }
        }
    }

    pub(super) fn read_numbers(
        &self,
        input: &mut Input,
        into: &mut [u8],
    ) -> Result<(), SourceError> {
        self.walk.read_numbers(input, into)
    }
}

/// One stream of a file, sample by sample, with the stamps as they were recorded.
#[derive(Debug)]
pub struct XdfStream {
    input: Input,
    format: Format,
    channels: usize,
    cursor: Cursor,
    bytes: Vec<u8>,
}

impl XdfStream {
    /// The first stream of a type; `None` if the file has no such stream.
    ///
    /// # Errors
    /// [`SourceError`] if the file cannot be read.
    pub fn of_kind(mut input: Input, kind: &str) -> Result<Option<Self>, SourceError> {
        let scan = Scan::of(&mut input)?;
        let Some(stream) = scan.streams.iter().find(|stream| stream.kind == kind) else {
            return Ok(None);
        };
        let channels = stream.channels.len();
        let bytes = match stream.format {
            Format::Numbers(format) => vec![0; channels * format.width()],
            Format::Text => Vec::new(),
        };
        let cursor = Cursor::new(&mut input, stream, scan.chunks.clone())?;
        Ok(Some(Self {
            format: stream.format,
            channels,
            cursor,
            bytes,
            input,
        }))
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Stamp of the next sample, seconds, and its numbers; `None` at the end, or if the samples are texts.
    ///
    /// # Errors
    /// [`SourceError`] if the file cannot be read.
    pub fn next_numbers(&mut self, into: &mut Vec<f64>) -> Result<Option<f64>, SourceError> {
        let Format::Numbers(format) = self.format else {
            return Ok(None);
        };
        let stamp_s = self.cursor.next_stamp(&mut self.input)?;
        if stamp_s.is_some() {
            self.cursor.read_numbers(&mut self.input, &mut self.bytes)?;
            into.clear();
            format.each(&self.bytes, format.width(), self.channels, |_, value| {
                into.push(value)
            });
        }
        Ok(stamp_s)
    }

    /// Stamp of the next sample, seconds, and its texts; `None` at the end, or if the samples are numbers.
    ///
    /// # Errors
    /// [`SourceError`] if the file cannot be read.
    pub fn next_texts(&mut self) -> Result<Option<(f64, Vec<String>)>, SourceError> {
        if self.format != Format::Text {
            return Ok(None);
        }
        let Some(stamp_s) = self.cursor.next_stamp(&mut self.input)? else {
            return Ok(None);
        };
        let texts = self
            .cursor
            .walk
            .read_texts(&mut self.input, self.channels)?;
        Ok(Some((stamp_s, texts)))
    }
}
