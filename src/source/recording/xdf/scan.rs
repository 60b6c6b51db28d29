//! First pass over a file: its streams, how their clocks ran, where it is cut. Samples are passed over.

use super::super::input::Input;
use super::chunks::{Chunk, Next, begin, chunk_at};
use super::format::{CLOCK_OFFSET, SAMPLES, STREAM_HEADER};
use super::stream::{Stream, Walk, count_samples};
use crate::source::SourceError;

/// What a file holds.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    /// In the order of their headers.
    pub(super) streams: Vec<Stream>,
    /// The end of the last whole chunk.
    pub(super) end: u64,
    pub(super) warnings: Vec<String>,
}

impl Scan {
    pub(super) fn of(input: &mut Input) -> Result<Self, SourceError> {
        let mut scan = Self {
            streams: Vec::new(),
            end: begin(input)?,
            warnings: Vec::new(),
        };
        loop {
            match chunk_at(input, scan.end)? {
                Next::Chunk(chunk) => {
                    scan.take(input, &chunk)?;
                    scan.end = chunk.end;
                }
                Next::End => return Ok(scan),
                Next::Cut { at } => {
                    scan.warnings.push(format!(
                        "the file is cut within a chunk that begins at byte {at} of {}; what is before it is used",
                        input.size()
                    ));
                    return Ok(scan);
                }
            }
        }
    }

    fn take(&mut self, input: &mut Input, chunk: &Chunk) -> Result<(), SourceError> {
        if !matches!(chunk.tag, STREAM_HEADER | SAMPLES | CLOCK_OFFSET) {
            return Ok(());
        }
        let known = self
            .streams
            .iter_mut()
            .find(|stream| stream.id == chunk.stream);
        let number = chunk.stream;
        match (chunk.tag, known) {
            (STREAM_HEADER, None) => self.streams.push(Stream::read(input, chunk)?),
            (STREAM_HEADER, Some(first)) => {
                let expected = format!("one; the first is at byte {}", first.offset);
                return Err(input.malformed(
                    chunk.offset,
                    &format!("a second header of stream {number}"),
                    &expected,
                ));
            }
            (SAMPLES, Some(stream)) => stream.samples += count_samples(input, chunk)?,
            (_, Some(stream)) => {
                if chunk.end - input.position() != 16 {
                    let found = format!("{} bytes of a clock offset", chunk.end - input.position());
                    return Err(input.malformed(input.position(), &found, "16 bytes"));
                }
                let time_s = f64::from_le_bytes(input.array()?);
                stream
                    .clock_offsets
                    .push((time_s, f64::from_le_bytes(input.array()?)));
            }
            (_, None) => {
                let found = format!("data of stream {number}");
                return Err(input.malformed(chunk.offset, &found, "the stream's header first"));
            }
        }
        Ok(())
    }

    /// Calls `take` for each sample of the streams that are wanted, in the order of the file, with the stream's place, the
    /// sample's stamp, and what reads or passes over its values.
    pub(super) fn each_sample(
        &self,
        input: &mut Input,
        wanted: impl Fn(&Stream) -> bool,
        mut take: impl FnMut(usize, f64, &Walk, &mut Input) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let mut walks: Vec<Option<Walk>> = self
            .streams
            .iter()
            .map(|stream| wanted(stream).then(|| Walk::new(stream)))
            .collect();
        let mut at = begin(input)?;
        while at < self.end {
            let Next::Chunk(chunk) = chunk_at(input, at)? else {
                break;
            };
            at = chunk.end;
            if chunk.tag != SAMPLES {
                continue;
            }
            let place = self
                .streams
                .iter()
                .position(|stream| stream.id == chunk.stream);
            let Some((place, Some(walk))) =
                place.and_then(|place| Some((place, walks.get_mut(place)?.as_mut())))
            else {
                continue;
            };
            walk.enter(input, &chunk)?;
            while let Some(stamp_s) = walk.next_stamp(input)? {
                take(place, stamp_s, walk, input)?;
            }
        }
        Ok(())
    }
}
