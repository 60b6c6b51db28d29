//! EDF, EDF+, BDF and BDF+ recordings, with annotations and trigger codes as markers.

mod annotations;
mod header;

use super::about::About;
use super::input::Input;
use super::markers_before;
use super::records::{Plan, RecordFile, Track};
use super::signals::{self, Described};
use crate::block::Layout;
use crate::source::channels::ReadAs;
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::Hertz;
use annotations::parse_tals;
use header::{Header, Signal};
use std::collections::VecDeque;

/// Whether a file begins as these do.
pub(super) fn begins(start: &[u8]) -> bool {
    header::format_of(start).is_some()
}

/// Opens a file: reads its header and all its annotations; samples stay in the file.
///
/// Signals that are not EEG, or whose rate differs from that of most EEG, are left out with a warning.
///
/// # Errors
/// [`SourceError`] where it is not EDF or BDF, or has no EEG.
pub(super) fn open(mut input: Input, read_as: &ReadAs) -> Result<RecordFile, SourceError> {
    let mut bytes = input.read_up_to(256)?;
    let announced = header::announced_size(input.path(), &bytes)?;
    bytes.extend(input.read_up_to((announced - bytes.len()) as u64)?);
    let header = header::parse(input.path(), &bytes)?;
    input.refuse_text_copy(header.header_bytes)?;
    let mut warnings = Vec::new();
    let records = whole_records(&input, &header, &mut warnings)?;
    let channels: Vec<&Signal> = header
        .signals
        .iter()
        .filter(|s| !s.is_annotations())
        .collect();
    let described: Vec<&Described> = channels.iter().map(|s| &s.about).collect();
    let record_s = header.record_duration_s;
    let eeg = signals::choose(&input, &described, record_s, read_as, &mut warnings)?;
    let samples_per_record = eeg.samples_per_record;
    let rate = Hertz::new(samples_per_record as f64 / header.record_duration_s);
    let rate = rate.ok_or_else(|| {
        input.malformed(
            244,
            &format!(
                "{samples_per_record} samples in a record of {} s",
                header.record_duration_s
            ),
            "a duration above zero, and at most 1000000 samples a second",
        )
    })?;
    let tracks = eeg
        .taken
        .iter()
        .map(|taken| track(&header, channels[taken.place], taken.to_microvolts))
        .collect();
    let mut plan = Plan {
        layout: Layout {
            rate,
            labels: eeg.labels(),
        },
        tracks,
        status: status(&header, samples_per_record),
        data_offset: header.header_bytes,
        record_bytes: header.record_bytes,
        records,
        samples_per_record,
        jumps: VecDeque::new(),
        markers: VecDeque::new(),
    };
    scan_annotations(&mut input, &header, &mut plan, &mut warnings)?;
    let about = About {
        format: format_name(&header),
        streams: signals::describe(&described, &eeg, records, record_s),
        warnings,
        rate_doubt: None,
    };
    Ok(RecordFile::new(input, plan, about))
}

fn format_name(header: &Header) -> String {
    let base = if header.format.width() == 3 {
        "BDF"
    } else {
        "EDF"
    };
    if header.subtype.starts_with(base) {
        return header.subtype.clone();
    }
    base.to_owned()
}

fn track(header: &Header, signal: &Signal, to_microvolts: f64) -> Track {
    let (gain, offset) = signal.scaling;
    Track {
        byte: signal.byte_in_record,
        stride: header.format.width(),
        format: header.format,
        gain,
        offset,
        to_microvolts,
    }
}

/// BioSemi's trigger channel, where it is sampled as the EEG is.
fn status(header: &Header, samples_per_record: u64) -> Option<Track> {
    let is_status = |signal: &&Signal| {
        header.format.width() == 3
            && signal.about.label.eq_ignore_ascii_case("status")
            && signal.about.samples_per_record == samples_per_record
    };
    header.signals.iter().find(is_status).map(|signal| Track {
        byte: signal.byte_in_record,
        stride: header.format.width(),
        format: super::samples::SampleFormat::U24,
        gain: 1.0,
        offset: 0.0,
        to_microvolts: 1.0,
    })
}

/// Records that are there. A file that is cut is used as far as it goes.
fn whole_records(
    input: &Input,
    header: &Header,
    warnings: &mut Vec<String>,
) -> Result<u64, SourceError> {
    let data = input.size().saturating_sub(header.header_bytes);
    let there = data / header.record_bytes.max(1);
    let Some(announced) = header.records else {
        warnings.push(format!(
            "its recorder was stopped before it wrote how long the recording is; {there} whole records are there"
        ));
        return Ok(there);
    };
    let expected = header
        .header_bytes
        .saturating_add(announced.saturating_mul(header.record_bytes));
    if input.size() < expected {
        if there == 0 {
            return Err(SourceError::Truncated {
                path: input.path().to_owned(),
                found: input.size(),
                expected,
            });
        }
        warnings.push(format!(
            "the file is cut: it has {} bytes, its header announces {expected}; {there} of {announced} records are used. \
             Copy it again from where it was recorded, if it is whole there",
            input.size()
        ));
    } else if input.size() > expected {
        warnings.push(format!(
            "{} bytes follow the {announced} records that the header announces; they are not read",
            input.size() - expected
        ));
    }
    Ok(there.min(announced))
}

/// First pass: what annotations there are, and where a record begins later than it should. Only the bytes of annotations
/// are read.
fn scan_annotations(
    input: &mut Input,
    header: &Header,
    plan: &mut Plan,
    warnings: &mut Vec<String>,
) -> Result<(), SourceError> {
    let channels: Vec<&Signal> = header
        .signals
        .iter()
        .filter(|s| s.is_annotations())
        .collect();
    if channels.is_empty() {
        return Ok(());
    }
    let rate = plan.layout.rate;
    let mut begin_s = None;
    let (mut next, mut before) = (0, 0);
    for record in 0..plan.records {
        let mut start_s = None;
        for (place, signal) in channels.iter().enumerate() {
            input.go_to(plan.data_offset + record * plan.record_bytes + signal.byte_in_record)?;
            let bytes = input.read_up_to(signal.bytes_per_record(header.format))?;
            let annotations = parse_tals(&bytes);
            if place == 0 {
                // The first list of a record tells when the record begins; it has no text of its own.
                start_s = annotations.first().map(|annotation| annotation.0);
            }
            let begin_s = *begin_s.get_or_insert(start_s.unwrap_or(0.0));
            let texts = annotations.into_iter().filter(|(_, text)| !text.is_empty());
            for (onset_s, label) in texts {
                match u64::try_from(rate.samples_in_secs(onset_s - begin_s)) {
                    Ok(at) => plan.markers.push_back(Marker {
                        at: SampleIndex(at),
                        label,
                    }),
                    Err(_) => before += 1,
                }
            }
        }
        if let (true, Some(start_s)) = (header.discontinuous, start_s) {
            let since_begin_s = start_s - begin_s.unwrap_or(0.0);
            let start = u64::try_from(rate.samples_in_secs(since_begin_s)).unwrap_or(0);
            let start = start.min(SampleIndex::LAST);
            if start > next {
                plan.jumps.push_back((record, start));
                next = start;
            }
        }
        next = next.saturating_add(plan.samples_per_record);
    }
    if before > 0 {
        warnings.push(markers_before(before));
    }
    plan.markers
        .make_contiguous()
        .sort_by_key(|marker| marker.at);
    Ok(())
}

#[cfg(test)]
mod tests;
