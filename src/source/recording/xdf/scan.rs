//! First pass over a file: its streams, their clock offsets, and damage. Every chunk of samples is checked, so that
//! later passes find no errors.
//!
//! A damaged chunk is left out. Reading continues with the next chunk, or after the next boundary (as in pyxdf).

use super::super::input::Input;
use super::chunks::{Chunk, Next, begin, chunk_at, damage, find_boundary};
use super::format::{BOUNDARY_SIGNATURE, CLOCK_OFFSET, SAMPLES, STREAM_FOOTER, STREAM_HEADER};
use super::repair::{Chunks, MOST_REPAIRS, Repair, zeros_from};
use super::stream::{Format, Stream, Walk};
use crate::note::Notes;
use crate::source::SourceError;
use std::collections::BTreeSet;

/// Minimum number of zero bytes at the end of a file that count as the result of a power failure.
const LEAST_ZEROS: u64 = 8;
/// Maximum number of bytes before a chunk's content.
const LONGEST_HEAD: u64 = 15;
/// Disks lose whole sectors, bytes.
const SECTOR: u64 = 512;
/// Number of damaged places that are listed individually.
const NAMED: usize = 3;

/// What a file contains.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order of their headers.
    pub(super) streams: Vec<Stream>,
    pub(super) chunks: Chunks,
    pub(super) warnings: Notes,
    /// The error of the first header that cannot be used.
    pub(super) unusable_header: Option<SourceError>,
    /// Streams in whose middle samples may be missing.
    lacking: BTreeSet<u32>,
    lacks_anything: bool,
    /// Streams with samples but without a header.
    headless: BTreeSet<u32>,
    /// First byte of each damaged part, and the byte after it.
    damaged: Vec<(u64, u64)>,
}

impl Scan {
    /// # Errors
    /// [`SourceError`] if the file cannot be read, or contains no valid chunk.
    pub(super) fn of(input: &mut Input) -> Result<Self, SourceError> {
        let mut scan = Self::default();
        let mut at = begin(input)?;
        let mut last = None;
        loop {
            let (chunk, error) = match chunk_at(input, at)? {
                Next::End => break,
                Next::Chunk(chunk) => match scan.take(input, &chunk) {
                    Ok(()) => {
                        last = Some(chunk);
                        at = chunk.end;
                        continue;
                    }
                    Err(error) => (Some(chunk), damage(error)?),
                },
                Next::TooLong(chunk) => {
                    let found = format!("a chunk of {} bytes", chunk.end.saturating_sub(at));
                    let expected = "a length that ends within the file";
                    (Some(chunk), input.malformed(at, &found, expected))
                }
                Next::Nothing(error) => (None, error),
            };
            match scan.go_on(input, at, chunk.as_ref())? {
                Some(next) => at = next,
                None => {
                    if scan.streams.is_empty() {
                        return Err(error);
                    }
                    at = scan.warn_of_tail(input, at, chunk, last, &error)?;
                    break;
                }
            }
        }
        scan.chunks.end = at;
        scan.warn_of_damage();
        Ok(scan)
    }

    /// Whether the file is undamaged.
    pub(super) fn is_whole(&self, input: &Input) -> bool {
        self.chunks.repairs.is_empty() && self.chunks.end == input.size()
    }

    /// Whether samples may be missing in the middle of a stream.
    pub(super) fn may_lack(&self, stream: u32) -> bool {
        self.lacks_anything || self.lacking.contains(&stream)
    }

    /// Where reading continues after damage; `None` if nothing follows.
    fn go_on(
        &mut self,
        input: &mut Input,
        at: u64,
        chunk: Option<&Chunk>,
    ) -> Result<Option<u64>, SourceError> {
        if self.chunks.repairs.len() >= MOST_REPAIRS {
            return Ok(None);
        }
        if let Some(chunk) = chunk {
            // The samples are complete, but the chunk's length is wrong.
            if let Some(repair) = self.by_samples(input, chunk)? {
                let Repair::Samples { end, .. } = repair else {
                    return Ok(None);
                };
                self.chunks.repairs.insert(at, repair);
                self.damaged.push((at, chunk.content));
                return Ok(Some(end));
            }
            if chunk.end < input.size() && is_chunk(input, chunk.end)? {
                self.leave_out(at, chunk.end);
                self.lacking.insert(chunk.stream);
                return Ok(Some(chunk.end));
            }
        }
        let Some(boundary) = find_boundary(input, at + 1)? else {
            return Ok(None);
        };
        let next = boundary + BOUNDARY_SIGNATURE.len() as u64;
        self.leave_out(at, next);
        self.lacks_anything = true;
        Ok(Some(next))
    }

    fn leave_out(&mut self, at: u64, to: u64) {
        self.chunks.repairs.insert(at, Repair::GoOn(to));
        self.damaged.push((at, to));
    }

    /// The end of a chunk of samples with a wrong length, found from its samples; `None` unless another chunk follows
    /// there.
    fn by_samples(
        &mut self,
        input: &mut Input,
        chunk: &Chunk,
    ) -> Result<Option<Repair>, SourceError> {
        let stream = self.streams.iter_mut().find(|s| s.id == chunk.stream);
        let Some(stream) = stream.filter(|_| chunk.tag == SAMPLES) else {
            return Ok(None);
        };
        input.go_to(chunk.content)?;
        let open = Chunk {
            end: input.size(),
            ..*chunk
        };
        let count = match stream.pass_over(input, &open, |_| true) {
            Ok(count) => count,
            Err(error) => return damage(error).map(|_| None),
        };
        let end = input.position();
        if count == 0 || end == input.size() || !is_chunk(input, end)? {
            return Ok(None);
        }
        stream.samples += count;
        Ok(Some(Repair::Samples { end, count }))
    }

    fn take(&mut self, input: &mut Input, chunk: &Chunk) -> Result<(), SourceError> {
        if !matches!(chunk.tag, STREAM_HEADER | SAMPLES | CLOCK_OFFSET) {
            return Ok(());
        }
        let number = chunk.stream;
        let known = self.streams.iter_mut().find(|stream| stream.id == number);
        match (chunk.tag, known) {
            (STREAM_HEADER, None) => match Stream::read(input, chunk) {
                Ok(stream) => self.streams.push(stream),
                Err(error) => self.pass_header(number, damage(error)?),
            },
            (STREAM_HEADER, Some(first)) => self.warnings.push(format!(
                "a second header of stream {number} at byte {} is not read; the first is at byte {}",
                chunk.offset, first.offset
            )),
            (SAMPLES, Some(stream)) => stream.samples += stream.check(input, chunk)?,
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
                if self.headless.len() < MOST_REPAIRS && self.headless.insert(number) {
                    self.warnings.push(format!(
                        "stream {number} has no header that can be read: its data are left out"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Skips a header that cannot be used, because the other streams can be.
    fn pass_header(&mut self, number: u32, error: SourceError) {
        if let SourceError::Malformed {
            found,
            expected,
            offset,
            ..
        } = &error
        {
            self.warnings.push(format!(
                "stream {number} is left out: its header at byte {offset} has {found}, expected {expected}"
            ));
        }
        self.headless.insert(number);
        self.unusable_header.get_or_insert(error);
    }

    /// Reports what is at the end of the file instead of a chunk. Returns where reading ends.
    fn warn_of_tail(
        &mut self,
        input: &mut Input,
        at: u64,
        damaged: Option<Chunk>,
        last: Option<Chunk>,
        error: &SourceError,
    ) -> Result<u64, SourceError> {
        let size = input.size();
        // The zeros may begin within the damaged chunk, or within the one before it.
        let within = damaged.or(last);
        let from = within.map_or(at, |chunk| chunk.content.min(at));
        let zeros = zeros_from(input, from)?;
        let reaches = zeros <= at + LONGEST_HEAD || damaged.is_some_and(|chunk| zeros < chunk.end);
        if reaches && size - zeros >= LEAST_ZEROS {
            self.warnings.push(format!(
                "its last {} bytes, from byte {zeros} on, are zeros: the computer probably lost power before they were \
                 written. What is before them is used",
                size - zeros
            ));
            if let Some(chunk) = within.filter(|chunk| zeros < chunk.end) {
                return self.trim(input, &chunk, zeros, chunk.offset == at);
            }
            return Ok(at);
        }
        let is_cut = damaged.is_some_and(|chunk| chunk.end > size);
        self.warnings.push(match error {
            SourceError::Malformed { found, expected, .. } if !is_cut => format!(
                "the file is damaged from byte {at} of {size} on (found {found}, expected {expected}); what is before it is used"
            ),
            _ => format!(
                "the file is cut within a chunk that begins at byte {at} of {size}; what is before it is used"
            ),
        });
        Ok(at)
    }

    /// Uses only the part of a chunk before the zeros. The chunk was already read, unless it is new. Returns where
    /// reading ends.
    fn trim(
        &mut self,
        input: &mut Input,
        chunk: &Chunk,
        zeros: u64,
        is_new: bool,
    ) -> Result<u64, SourceError> {
        let known = self.streams.iter_mut().find(|s| s.id == chunk.stream);
        let stream = match (chunk.tag, known) {
            (SAMPLES, Some(stream)) => stream,
            (CLOCK_OFFSET, Some(stream)) if !is_new => {
                stream.clock_offsets.pop();
                return Ok(chunk.offset);
            }
            _ => return Ok(chunk.offset),
        };
        // An integer may end in zero bytes of its own, but not across a lost sector.
        let own = match stream.format {
            Format::Numbers(format) if format.is_integer() => format.width() as u64,
            Format::Numbers(_) | Format::Text => 1,
        };
        let lost_from = zeros.next_multiple_of(SECTOR);
        let open = Chunk {
            end: chunk.end.min(input.size()),
            ..*chunk
        };
        input.go_to(chunk.content)?;
        let mut count = 0;
        let passed = stream.pass_over(input, &open, |end| {
            let is_whole = end <= zeros || (end < zeros + own && end <= lost_from);
            count += u64::from(is_whole);
            is_whole
        });
        match passed {
            Ok(_) => {}
            Err(error) => drop(damage(error)?),
        }
        let all = if is_new {
            0
        } else {
            input.go_to(chunk.content)?;
            stream.check(input, chunk)?
        };
        if is_new || count < all {
            stream.samples = stream.samples - all + count;
            let end = open.end;
            let repair = match count {
                0 => Repair::GoOn(end),
                count => Repair::Samples { end, count },
            };
            self.chunks.repairs.insert(chunk.offset, repair);
        }
        Ok(open.end.max(chunk.offset))
    }

    fn warn_of_damage(&mut self) {
        if self.damaged.is_empty() {
            return;
        }
        let places: Vec<String> = self
            .damaged
            .iter()
            .take(NAMED)
            .map(|(from, to)| format!("{from} to {to}"))
            .collect();
        let more = match self.damaged.len() - places.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.warnings.push(format!(
            "damaged: bytes {}{more}. They are left out and the rest is used; samples that were lost are a gap",
            places.join(", ")
        ));
    }

    /// Calls `take` for each sample of the selected streams, in file order, with the stream's place, the sample's
    /// stamp, and a reader for its values.
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
        let mut at = self.chunks.begin(input)?;
        while let Some(chunk) = self.chunks.next(input, at)? {
            if chunk.offset > at {
                walks
                    .iter_mut()
                    .flatten()
                    .for_each(|walk| walk.after_damage = true);
            }
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
                walk.after_damage = false;
            }
        }
        Ok(())
    }
}

/// Whether a chunk of a known kind, or the end of the file, is at a place.
fn is_chunk(input: &mut Input, at: u64) -> Result<bool, SourceError> {
    Ok(match chunk_at(input, at)? {
        Next::Chunk(chunk) => chunk.tag <= STREAM_FOOTER,
        Next::End => true,
        Next::TooLong(_) | Next::Nothing(_) => false,
    })
}
