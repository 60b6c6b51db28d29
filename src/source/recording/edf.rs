//! EDF and EDF+ recordings, read record by record, with annotations as markers.

use super::edf_annotations::parse_tals;
use super::edf_header::{self, Header, Signal};
use crate::block::{Block, Layout};
use crate::montage::canonical_label;
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use crate::units::{Hertz, VoltageUnit};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An open EDF recording. One record is in memory at a time.
#[derive(Debug)]
pub struct EdfRecording {
    path: PathBuf,
    file: BufReader<File>,
    layout: Layout,
    /// The EEG signals, with the factor from their unit to µV.
    signals: Vec<(Signal, f64)>,
    samples_per_record: usize,
    /// Index of each record's first sample.
    record_starts: Vec<u64>,
    record: Vec<u8>,
    /// Record whose bytes are in `record`, and the next sample in it.
    current: Option<(usize, usize)>,
    next_record: usize,
    next_index: u64,
    markers: VecDeque<Marker>,
}

impl EdfRecording {
    /// Opens a file, reads its header and all its annotations.
    ///
    /// Channels whose unit is no voltage, or whose rate differs from that of most, are left out with a warning.
    ///
    /// # Errors
    /// [`SourceError`] where the file cannot be read, is cut, or is not EDF.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let io = |cause| SourceError::Io {
            path: path.to_owned(),
            cause,
        };
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(io)?);
        let size = file.get_ref().metadata().map_err(io)?.len();
        let mut bytes = Vec::new();
        file.by_ref()
            .take(256)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let announced = edf_header::announced_size(path, &bytes)?;
        file.by_ref()
            .take((announced - bytes.len()) as u64)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        let header = edf_header::parse(path, &bytes)?;
        let records = whole_records(path, &header, size)?;
        let (signals, layout) = eeg_signals(path, &header)?;

        let mut recording = Self {
            path: path.to_owned(),
            file,
            samples_per_record: signals
                .first()
                .map_or(0, |(signal, _)| signal.samples_per_record),
            layout,
            signals,
            record_starts: Vec::new(),
            record: vec![0; header.record_bytes],
            current: None,
            next_record: 0,
            next_index: 0,
            markers: VecDeque::new(),
        };
        recording.scan_annotations(&header, records)?;
        recording.seek_to_records(&header)?;
        Ok(recording)
    }

    fn seek_to_records(&mut self, header: &Header) -> Result<(), SourceError> {
        let seek = self.file.seek(SeekFrom::Start(header.header_bytes));
        seek.map(|_| ()).map_err(|cause| SourceError::Io {
            path: self.path.clone(),
            cause,
        })
    }

    /// First pass: where each record begins in time, and every annotation.
    fn scan_annotations(&mut self, header: &Header, records: usize) -> Result<(), SourceError> {
        let channels: Vec<&Signal> = header
            .signals
            .iter()
            .filter(|signal| signal.is_annotations())
            .collect();
        let per_record = self.samples_per_record as u64;
        if channels.is_empty() {
            self.record_starts = (0..records as u64).map(|k| k * per_record).collect();
            return Ok(());
        }
        let mut found = Vec::new();
        let mut begin_s = None;
        for k in 0..records {
            self.read_record()?;
            let mut start_s = None;
            for (place, signal) in channels.iter().enumerate() {
                let bytes = &self.record
                    [signal.byte_in_record..signal.byte_in_record + signal.bytes_per_record()];
                let mut annotations = parse_tals(bytes);
                if place == 0 && !annotations.is_empty() {
                    // The first list of a record tells when the record begins; it has no text of its own.
                    start_s = annotations.first().map(|annotation| annotation.0);
                }
                annotations.retain(|annotation| !annotation.1.is_empty());
                found.extend(annotations);
            }
            let continuous = k as u64 * per_record;
            let first_s = *begin_s.get_or_insert(start_s.unwrap_or(0.0));
            let start = match start_s {
                Some(secs) if header.discontinuous => {
                    u64::try_from(self.layout.rate.samples_in_secs(secs - first_s)).unwrap_or(0)
                }
                _ => continuous,
            };
            let after_previous = self
                .record_starts
                .last()
                .map_or(0, |previous| previous + per_record);
            self.record_starts.push(start.max(after_previous));
        }
        let begin_s = begin_s.unwrap_or(0.0);
        let rate = self.layout.rate;
        let mut markers: Vec<Marker> = found
            .into_iter()
            .map(|(onset_s, label)| {
                let at = u64::try_from(rate.samples_in_secs(onset_s - begin_s)).unwrap_or(0);
                Marker {
                    at: SampleIndex(at),
                    label,
                }
            })
            .collect();
        markers.sort_by_key(|marker| marker.at);
        self.markers = markers.into();
        Ok(())
    }

    fn read_record(&mut self) -> Result<(), SourceError> {
        self.file
            .read_exact(&mut self.record)
            .map_err(|cause| SourceError::Io {
                path: self.path.clone(),
                cause,
            })
    }

    /// Appends frames of the current record to the block, up to `limit` (an index).
    fn copy_frames(&mut self, into: &mut Block, limit: u64) {
        let Some((record, mut sample)) = self.current else {
            return;
        };
        while sample < self.samples_per_record && self.next_index < limit {
            let Some(frame) = into.push_frame() else {
                break;
            };
            for (value, (signal, to_microvolts)) in frame.iter_mut().zip(&self.signals) {
                let at = signal.byte_in_record + 2 * sample;
                let digital = i16::from_le_bytes([self.record[at], self.record[at + 1]]);
                *value = (f64::from(digital) * signal.gain + signal.offset) * to_microvolts;
            }
            sample += 1;
            self.next_index += 1;
        }
        self.current = (sample < self.samples_per_record).then_some((record, sample));
    }
}

impl Source for EdfRecording {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        loop {
            if self.current.is_none() {
                let Some(&start) = self.record_starts.get(self.next_record) else {
                    break;
                };
                if start > self.next_index {
                    if into.frames() > 0 {
                        break;
                    }
                    let missing = start - self.next_index;
                    self.next_index = start;
                    return Ok(SourceEvent::Gap { missing });
                }
                self.read_record()?;
                self.current = Some((self.next_record, 0));
                self.next_record += 1;
            }
            // A marker comes exactly before its sample, so a block ends there.
            let limit = self.markers.front().map_or(u64::MAX, |marker| marker.at.0);
            if limit <= self.next_index {
                if into.frames() > 0 {
                    break;
                }
                if let Some(marker) = self.markers.pop_front() {
                    return Ok(SourceEvent::Marker(marker));
                }
            }
            self.copy_frames(into, limit);
            if into.frames() == into.capacity() {
                break;
            }
        }
        if into.frames() > 0 {
            into.acquired = StreamNanos::from_secs(self.layout.rate.secs_of(self.next_index));
            return Ok(SourceEvent::Samples);
        }
        Ok(self
            .markers
            .pop_front()
            .map_or(SourceEvent::End, SourceEvent::Marker))
    }
}

fn whole_records(path: &Path, header: &Header, size: u64) -> Result<usize, SourceError> {
    let record_bytes = header.record_bytes as u64;
    let data = size.saturating_sub(header.header_bytes);
    let Some(records) = header.records else {
        // The recorder was stopped before it could write the number: what is whole is used.
        return Ok((data / record_bytes) as usize);
    };
    let expected = header.header_bytes + records.saturating_mul(record_bytes);
    if size < expected {
        return Err(SourceError::Truncated {
            path: path.to_owned(),
            found: size,
            expected,
        });
    }
    Ok(records as usize)
}

/// The signals that are EEG: a voltage unit, and the rate that most of those have.
fn eeg_signals(path: &Path, header: &Header) -> Result<(Vec<(Signal, f64)>, Layout), SourceError> {
    let voltages: Vec<(Signal, f64)> = header
        .signals
        .iter()
        .filter(|signal| !signal.is_annotations())
        .filter_map(|signal| {
            Some((
                signal.clone(),
                VoltageUnit::parse(&signal.unit)?.microvolts(),
            ))
        })
        .collect();
    let count_of = |samples: usize| {
        voltages
            .iter()
            .filter(|(s, _)| s.samples_per_record == samples)
            .count()
    };
    let most = voltages
        .iter()
        .map(|(signal, _)| signal.samples_per_record)
        .max_by_key(|&samples| count_of(samples));
    let named = |signal: &Signal| {
        format!(
            "'{}' ({})",
            signal.label,
            if signal.unit.is_empty() {
                "no unit"
            } else {
                &signal.unit
            }
        )
    };
    let (Some(samples), Some(rate)) = (
        most,
        most.and_then(|samples| Hertz::new(samples as f64 / header.record_duration_s)),
    ) else {
        let found = header.signals.iter().map(named).collect();
        return Err(SourceError::NoChannels {
            what: path.display().to_string(),
            found,
        });
    };
    let signals: Vec<(Signal, f64)> = voltages
        .into_iter()
        .filter(|(signal, _)| signal.samples_per_record == samples)
        .collect();
    let used = |signal: &Signal| {
        signals
            .iter()
            .any(|(s, _)| s.byte_in_record == signal.byte_in_record)
    };
    let left_out: Vec<String> = header
        .signals
        .iter()
        .filter(|s| !s.is_annotations() && !used(s))
        .map(named)
        .collect();
    if !left_out.is_empty() {
        log::warn!(
            "{}: left out, no voltage at {rate}: {}",
            path.display(),
            left_out.join(", ")
        );
    }
    let labels = signals
        .iter()
        .map(|(signal, _)| canonical_label(&signal.label))
        .collect();
    Ok((signals, Layout { rate, labels }))
}

#[cfg(test)]
#[path = "edf_tests.rs"]
mod tests;
