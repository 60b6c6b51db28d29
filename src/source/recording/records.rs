//! Files whose samples lie at places that can be computed: EDF, BDF, GDF, BrainVision.

use super::Recorded;
use super::about::About;
use super::input::Input;
use super::samples::SampleFormat;
use crate::block::{Block, Layout};
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use std::collections::VecDeque;

/// Where one channel's samples lie in a record, and what they mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Track {
    /// Its first sample, in bytes from the record's beginning.
    pub(super) byte: u64,
    /// From one of its samples to the next, bytes.
    pub(super) stride: usize,
    pub(super) format: SampleFormat,
    /// Physical value = stored number × gain + offset, in the channel's unit.
    pub(super) gain: f64,
    pub(super) offset: f64,
    /// Microvolts in one of that unit.
    pub(super) to_microvolts: f64,
}

/// Where everything lies.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    /// One for each channel of the layout.
    pub(super) tracks: Vec<Track>,
    /// A channel of trigger codes (BDF's "Status").
    pub(super) status: Option<Track>,
    /// First byte of the first record.
    pub(super) data_offset: u64,
    pub(super) record_bytes: u64,
    pub(super) records: u64,
    pub(super) samples_per_record: u64,
    /// Records that do not follow the one before at once, with the index of their first sample; ascending.
    pub(super) jumps: VecDeque<(u64, u64)>,
    /// Ascending by place.
    pub(super) markers: VecDeque<Marker>,
}

/// Bytes that are in memory at a time, unless a record is no longer than this by itself.
const PIECE_BYTES: u64 = 1 << 20;
/// The bits of a trigger channel that carry codes (BioSemi).
const CODE_BITS: u32 = 0xFFFF;

/// Some samples of one record, in memory.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    /// The first of them and the one after the last, within the record.
    first: u64,
    end: u64,
    /// The next to be given.
    next: u64,
}

/// An open recording of this kind.
#[derive(Debug)]
pub(super) struct RecordFile {
    input: Input,
    about: About,
    plan: Plan,
    buffer: Vec<u8>,
    /// Where each track's samples of this piece begin in the buffer.
    places: Vec<usize>,
    piece: Piece,
    record: u64,
    next_index: u64,
    last_code: u32,
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

    /// Makes the next samples available; false at the end.
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
        let count = if self.plan.record_bytes <= PIECE_BYTES {
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
        self.read_status();
        Ok(true)
    }

    fn read_record(&mut self, begin: u64) -> Result<(), SourceError> {
        self.buffer.resize(self.plan.record_bytes as usize, 0);
        self.input.go_to(begin)?;
        self.input.read(&mut self.buffer)?;
        let tracks = self.plan.tracks.iter().chain(&self.plan.status);
        for (place, track) in self.places.iter_mut().zip(tracks) {
            *place = track.byte as usize;
        }
        Ok(())
    }

    /// Reads a part of a long record: channel by channel, or at once where the channels are interleaved.
    fn read_piece(&mut self, begin: u64, first: u64, left: u64) -> Result<u64, SourceError> {
        let tracks: Vec<Track> = self
            .plan
            .tracks
            .iter()
            .chain(&self.plan.status)
            .copied()
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
            // Where the tracks lie within a frame is their byte.
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

    /// Index of a sample of this record.
    fn index(&self, within_record: u64) -> u64 {
        self.next_index + within_record - self.piece.next
    }

    /// Trigger codes of this piece become markers: where a code that is not zero begins.
    fn read_status(&mut self) {
        let Some(status) = self.plan.status else {
            return;
        };
        let place = self.places.last().copied().unwrap_or(0);
        let count = (self.piece.end - self.piece.first) as usize;
        let base = self.jump_target().unwrap_or(self.index(self.piece.first));
        let (last, markers) = (&mut self.last_code, &mut self.plan.markers);
        let bytes = self.buffer.get(place..).unwrap_or(&[]);
        status.format.each(bytes, status.stride, count, |k, value| {
            let code = value as u32 & CODE_BITS;
            if code != *last && code != 0 {
                let at = SampleIndex(base + k as u64);
                let after = markers.partition_point(|marker| marker.at <= at);
                let label = code.to_string();
                markers.insert(after, Marker { at, label });
            }
            *last = code;
        });
    }

    /// Index at which the current record begins, where it begins later than it should.
    fn jump_target(&self) -> Option<u64> {
        let &(record, index) = self.plan.jumps.front()?;
        (record == self.record && self.piece.next == 0 && index > self.next_index).then_some(index)
    }

    /// Appends frames to the block, up to `limit` (an index).
    fn copy_frames(&mut self, into: &mut Block, limit: u64) {
        let room = (into.capacity() - into.frames()) as u64;
        let count = room
            .min(self.piece.end - self.piece.next)
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
            if let Some(index) = self.jump_target() {
                if into.frames() > 0 {
                    break;
                }
                let missing = index - self.next_index;
                self.next_index = index;
                self.plan.jumps.pop_front();
                return Ok(SourceEvent::Gap { missing });
            }
            // A marker comes exactly before its sample, so a block ends there.
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
            into.acquired = StreamNanos::from_secs(self.plan.layout.rate.secs_of(self.next_index));
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
