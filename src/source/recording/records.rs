//! Files in which the place of each sample can be computed: EDF, BDF, GDF, BrainVision.

use super::Recorded;
use super::about::About;
use super::input::Input;
use super::markers_before;
use super::track::Track;
use super::trigger::Trigger;
use crate::block::{Block, Layout};
use crate::note::Notes;
use crate::printable::counted;
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use std::collections::VecDeque;

/// Where everything is in the file.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    /// One for each channel of the layout.
    pub(super) tracks: Vec<Track>,
    /// The trigger channel, if any.
    pub(super) trigger: Option<Trigger>,
    /// First byte of the first record.
    pub(super) data_offset: u64,
    pub(super) record_bytes: u64,
    pub(super) records: u64,
    pub(super) samples_per_record: u64,
    /// Samples that do not directly follow the previous one: their place in the file, counted in samples, and their
    /// index. Ascending. With a trigger channel, they must be at the beginning of records.
    pub(super) jumps: VecDeque<(u64, u64)>,
    /// Ascending.
    pub(super) markers: VecDeque<Marker>,
}

/// Records up to this size are read as a whole, bytes.
pub(super) const WHOLE_RECORD_BYTES: u64 = 1 << 20;
/// Bytes of longer records that are in memory at a time.
const PIECE_BYTES: u64 = WHOLE_RECORD_BYTES;
/// Zero bytes at the end of a file are reported if they last longer than this, seconds.
const ZEROS_S: f64 = 1.0;

impl Plan {
    /// Number of samples per channel in the file.
    pub(super) fn samples(&self) -> u64 {
        self.records.saturating_mul(self.samples_per_record)
    }

    /// The index after the last sample.
    fn end_index(&self) -> u64 {
        let (place, index) = self.jumps.back().copied().unwrap_or((0, 0));
        index.saturating_add(self.samples().saturating_sub(place))
    }

    /// Adds markers. Those before the first or after the last sample are reported.
    pub(super) fn take_markers(&mut self, found: Vec<(i64, String)>, warnings: &mut Notes) {
        let before = found.iter().filter(|(at, _)| *at < 0).count();
        let mut markers: Vec<Marker> = found
            .into_iter()
            .filter_map(|(at, label)| {
                let at = SampleIndex(u64::try_from(at).ok()?.min(SampleIndex::LAST));
                Some(Marker { at, label })
            })
            .collect();
        markers.sort_by_key(|marker| marker.at);
        let end = self.end_index();
        let after = markers.iter().filter(|marker| marker.at.0 > end).count();
        self.markers = markers.into();
        if before > 0 {
            warnings.push(markers_before(before));
        }
        if after > 0 {
            let lie = if after == 1 { "lies" } else { "lie" };
            warnings.push(format!(
                "{} {lie} after the last sample",
                counted(after, "marker")
            ));
        }
    }

    /// Reports zero bytes at the end. A power failure leaves them where nothing was written yet.
    pub(super) fn warn_of_zeros(
        &self,
        input: &mut Input,
        warnings: &mut Notes,
    ) -> Result<(), SourceError> {
        const PIECE: u64 = 1 << 16;
        let data_bytes = self.records.saturating_mul(self.record_bytes);
        let end = self
            .data_offset
            .saturating_add(data_bytes)
            .min(input.size());
        let mut at = end;
        while at > self.data_offset {
            let from = at.saturating_sub(PIECE).max(self.data_offset);
            input.go_to(from)?;
            let piece = input.read_up_to(at - from)?;
            if let Some(last) = piece.iter().rposition(|&byte| byte != 0) {
                at = from + last as u64 + 1;
                break;
            }
            at = from;
        }
        let secs = self.layout.rate.secs_of(self.samples());
        let zeros_s = secs * (end - at) as f64 / data_bytes.max(1) as f64;
        if zeros_s > ZEROS_S {
            warnings.push(format!(
                "its last {zeros_s:.1} s are zero bytes, which a power failure can leave; they are read as samples"
            ));
        }
        Ok(())
    }
}

/// Some samples of one record, in memory.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    /// The first sample and the one after the last, within the record.
    first: u64,
    end: u64,
    /// The next sample to be delivered.
    next: u64,
}

/// An open recording of this kind.
#[derive(Debug)]
pub(super) struct RecordFile {
    input: Input,
    about: About,
    plan: Plan,
    buffer: Vec<u8>,
    /// Where each track's samples begin in the buffer.
    places: Vec<usize>,
    piece: Piece,
    record: u64,
    next_index: u64,
    last_code: i64,
}

impl RecordFile {
    pub(super) fn new(input: Input, plan: Plan, about: About) -> Self {
        about.log_warnings(input.path());
        Self {
            input,
            about,
            places: vec![0; plan.tracks.len() + 1],
            plan,
            buffer: Vec::new(),
            piece: Piece::default(),
            record: 0,
            next_index: 0,
            last_code: 0,
        }
    }

    /// Makes the next samples available. Returns false at the end.
    fn load(&mut self) -> Result<bool, SourceError> {
        if self.piece.next < self.piece.end {
            return Ok(true);
        }
        if self.piece.end >= self.plan.samples_per_record && self.piece.end > 0 {
            self.record += 1;
            self.piece = Piece::default();
        }
        if self.record >= self.plan.records || self.plan.samples_per_record == 0 {
            return Ok(false);
        }
        let first = self.piece.end;
        let left = self.plan.samples_per_record - first;
        let begin = self.plan.data_offset + self.record * self.plan.record_bytes;
        let count = if self.plan.record_bytes <= WHOLE_RECORD_BYTES {
            self.read_record(begin)?;
            left
        } else {
            self.read_piece(begin, first, left)?
        };
        self.piece = Piece {
            first,
            end: first + count,
            next: first,
        };
        self.read_triggers();
        Ok(true)
    }

    fn read_record(&mut self, begin: u64) -> Result<(), SourceError> {
        self.buffer.resize(self.plan.record_bytes as usize, 0);
        self.input.go_to(begin)?;
        self.input.read(&mut self.buffer)?;
        let trigger = self.plan.trigger.map(|trigger| trigger.track);
        let tracks = self.plan.tracks.iter().chain(&trigger);
        for (place, track) in self.places.iter_mut().zip(tracks) {
            *place = track.byte as usize;
        }
        Ok(())
    }

    /// Reads a part of a long record: channel by channel, or at once if the channels are interleaved.
    fn read_piece(&mut self, begin: u64, first: u64, left: u64) -> Result<u64, SourceError> {
        let tracks: Vec<Track> = self
            .plan
            .tracks
            .iter()
            .copied()
            .chain(self.plan.trigger.map(|trigger| trigger.track))
            .collect();
        let interleaved = tracks
            .iter()
            .all(|track| track.stride > track.format.width());
        let bytes_per_frame = if interleaved {
            tracks.first().map_or(1, |track| track.stride)
        } else {
            tracks.iter().map(|track| track.stride).sum()
        };
        let count = left.min((PIECE_BYTES / bytes_per_frame.max(1) as u64).max(1));
        if interleaved {
            // A track's byte is its place within a frame.
            let wanted = count * bytes_per_frame as u64;
            self.buffer.resize(wanted as usize, 0);
            self.input.go_to(begin + first * bytes_per_frame as u64)?;
            self.input.read(&mut self.buffer)?;
            for (place, track) in self.places.iter_mut().zip(&tracks) {
                *place = track.byte as usize;
            }
            return Ok(count);
        }
        self.buffer.resize(count as usize * bytes_per_frame, 0);
        let mut place = 0;
        for (own, track) in self.places.iter_mut().zip(&tracks) {
            let bytes = count as usize * track.stride;
            self.input
                .go_to(begin + track.byte + first * track.stride as u64)?;
            self.input.read(&mut self.buffer[place..place + bytes])?;
            *own = place;
            place += bytes;
        }
        Ok(count)
    }

    /// Turns the trigger codes of this piece into markers, where a code other than zero begins.
    fn read_triggers(&mut self) {
        let Some(trigger) = self.plan.trigger else {
            return;
        };
        let place = self.places.last().copied().unwrap_or(0);
        let base = self.jump_target().unwrap_or(self.next_index);
        let (own, all) = (trigger.samples_per_record, self.plan.samples_per_record);
        // A trigger channel of another rate is read one whole record at a time.
        let count = if own == all {
            self.piece.end - self.piece.first
        } else {
            own
        };
        let (last, markers) = (&mut self.last_code, &mut self.plan.markers);
        let bytes = self.buffer.get(place..).unwrap_or(&[]);
        let Track { format, stride, .. } = trigger.track;
        format.each(bytes, stride, count as usize, |k, number| {
            let code = trigger.code(number);
            if code != *last && code != 0 {
                let at = SampleIndex(base + (k as u64 * all).div_ceil(own));
                let after = markers.partition_point(|marker| marker.at <= at);
                let label = code.to_string();
                markers.insert(after, Marker { at, label });
            }
            *last = code;
        });
    }

    /// Place of the next sample in the file, counted in samples.
    fn place(&self) -> u64 {
        self.record * self.plan.samples_per_record + self.piece.next
    }

    /// Drops jumps that have no effect.
    fn pass_jumps(&mut self) {
        while let Some(&(place, index)) = self.plan.jumps.front()
            && place <= self.place()
            && index <= self.next_index
        {
            self.plan.jumps.pop_front();
        }
    }

    /// Index of the next sample, if it is later than the sample count.
    fn jump_target(&self) -> Option<u64> {
        let &(place, index) = self.plan.jumps.front()?;
        (place <= self.place() && index > self.next_index).then_some(index)
    }

    /// Appends frames to the block, up to `limit` (an index) and to the next jump.
    fn copy_frames(&mut self, into: &mut Block, limit: u64) {
        let room = (into.capacity() - into.frames()) as u64;
        let jump = self.plan.jumps.front().map_or(u64::MAX, |jump| jump.0);
        let count = room
            .min(self.piece.end - self.piece.next)
            .min(jump.saturating_sub(self.place()))
            .min(limit.saturating_sub(self.next_index)) as usize;
        let channels = into.channels();
        let from = into.frames() * channels;
        for _ in 0..count {
            into.push_frame();
        }
        let out = &mut into.samples_mut()[from..];
        let ahead = (self.piece.next - self.piece.first) as usize;
        for (channel, (track, place)) in self.plan.tracks.iter().zip(&self.places).enumerate() {
            let begin = place + ahead * track.stride;
            let bytes = self.buffer.get(begin..).unwrap_or(&[]);
            let Track {
                gain,
                offset,
                to_microvolts,
                ..
            } = *track;
            track.format.each(bytes, track.stride, count, |k, number| {
                out[k * channels + channel] = (number * gain + offset) * to_microvolts;
            });
        }
        self.piece.next += count as u64;
        self.next_index += count as u64;
    }
}

impl Source for RecordFile {
    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        while self.load()? {
            self.pass_jumps();
            if let Some(index) = self.jump_target() {
                if into.frames() > 0 {
                    break;
                }
                let missing = index - self.next_index;
                self.next_index = index;
                self.plan.jumps.pop_front();
                return Ok(SourceEvent::Gap { missing });
            }
            // A marker comes directly before its sample, so a block ends there.
            let limit = self
                .plan
                .markers
                .front()
                .map_or(u64::MAX, |marker| marker.at.0);
            if limit <= self.next_index {
                if into.frames() > 0 {
                    break;
                }
                if let Some(marker) = self.plan.markers.pop_front() {
                    return Ok(SourceEvent::Marker(marker));
                }
            }
            self.copy_frames(into, limit);
            if into.frames() == into.capacity() {
                break;
            }
        }
        if into.frames() > 0 {
            into.set_acquired(StreamNanos::from_secs(
                self.plan.layout.rate.secs_of(self.next_index),
            ));
            return Ok(SourceEvent::Samples);
        }
        let marker = self.plan.markers.pop_front();
        Ok(marker.map_or(SourceEvent::End, SourceEvent::Marker))
    }
}

impl Recorded for RecordFile {
    fn about(&self) -> &About {
        &self.about
    }
}
