//! EDF, EDF+, BDF and BDF+ recordings, with annotations and trigger codes as markers.

mod annotations;
mod header;

use super::about::About;
use super::input::Input;
use super::records::{Plan, RecordFile, WHOLE_RECORD_BYTES};
use super::samples::SampleFormat;
use super::signals::{self, Described};
use super::trigger::{self, Candidate, Trigger};
use crate::block::Layout;
use crate::note::Notes;
use crate::printable::counted;
use crate::source::SourceError;
use crate::source::channels::{ReadAs, Taken, is_trigger_name};
use crate::source::recording::track::Track;
use crate::time::SampleIndex;
use crate::units::Hertz;
use annotations::{parse_tals, without_channel};
use header::{Beginning, Header, Signal};
use std::collections::VecDeque;

/// Number of recent annotations among which a repetition for another channel is looked for.
const MOST_AT_ONCE: usize = 64;

/// Whether a file begins like EDF or BDF.
pub(super) fn begins(start: &[u8]) -> bool {
    Beginning::of(start).is_some()
}

/// Opens a file. Reads its header and all its annotations; samples stay in the file.
///
/// Signals are left out with a warning if their unit is not a voltage, their rate differs from that of most voltages,
/// or their header makes them unusable.
///
/// # Errors
/// [`SourceError`] if it is not EDF or BDF, or has no EEG.
pub(super) fn open(mut input: Input, read_as: &ReadAs) -> Result<RecordFile, SourceError> {
    let header = read_header(&mut input)?;
    input.refuse_text_copy(header.data_offset)?;
    let mut warnings = header.warnings.clone();
    let records = whole_records(&input, &header, &mut warnings)?;
    let trigger = trigger(&mut input, &header, records, &mut warnings)?;
    let channels: Vec<&Signal> = channels(&header).collect();
    let described: Vec<&Described> = channels.iter().map(|signal| &signal.about).collect();
    let record_s = header.record_duration_s;
    let eeg = signals::choose(&input, &described, record_s, read_as, &mut warnings)?;
    let samples_per_record = eeg.samples_per_record;
    let rate = Hertz::new(samples_per_record as f64 / record_s).ok_or_else(|| {
        let found = format!(
            "{} in a record of {record_s} s",
            counted(samples_per_record, "sample")
        );
        let expected = "a duration above zero, and at most 1000000 samples a second";
        input.malformed(244, &found, expected)
    })?;
    let taken = || {
        let taken = eeg.taken.iter();
        taken.map(|taken| (channels[taken.place], taken))
    };
    let turned = taken().filter(|(signal, _)| signal.is_turned);
    let turned: Vec<String> = turned
        .map(|(signal, _)| format!("{} ({:e})", signal.about.label, signal.scaling.0))
        .collect();
    if !turned.is_empty() {
        warnings.push(format!(
            "digital limits descend. They are used as written, with the gains in brackets: {}. Check the polarity",
            turned.join(", ")
        ));
    }
    let track_of = |(signal, taken): (&Signal, &Taken)| track(&header, signal, taken.to_microvolts);
    let mut plan = Plan {
        layout: Layout {
            rate,
            labels: eeg.labels(),
        },
        tracks: taken().map(track_of).collect(),
        trigger: trigger.filter(|trigger| {
            // If records are read in pieces, only a trigger channel of the same rate can be followed.
            trigger.samples_per_record == samples_per_record
                || header.record_bytes <= WHOLE_RECORD_BYTES
        }),
        data_offset: header.data_offset,
        record_bytes: header.record_bytes,
        records,
        samples_per_record,
        jumps: VecDeque::new(),
        markers: VecDeque::new(),
    };
    scan_annotations(&mut input, &header, &mut plan, &mut warnings)?;
    plan.warn_of_zeros(&mut input, &mut warnings)?;
    let about = About {
        format: format_name(&header),
        streams: signals::describe(&described, &eeg, records, record_s),
        warnings,
        rate_doubt: None,
        unit: eeg.unit,
        reading: eeg.reading,
    };
    Ok(RecordFile::new(input, plan, about))
}

fn read_header(input: &mut Input) -> Result<Header, SourceError> {
    let mut bytes = input.read_up_to(257)?;
    let beginning = Beginning::of(&bytes).ok_or_else(|| {
        let found = format!("{:?}", String::from_utf8_lossy(bytes.get(..8).unwrap_or(&bytes)));
        let expected = "an EDF file, which begins with '0' and seven spaces, or a BDF file, which begins with 255 and 'BIOSEMI'";
        input.malformed(0, &found, expected)
    })?;
    let announced = header::announced_size(input.path(), &bytes, beginning)?;
    bytes.extend(input.read_up_to(announced.saturating_sub(bytes.len() as u64))?);
    header::parse(input.path(), &bytes, beginning, input.size())
}

/// All signals except annotations.
fn channels(header: &Header) -> impl Iterator<Item = &Signal> {
    header.signals.iter().filter(|s| !s.is_annotations())
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

/// The trigger channel: the first signal with the name of a trigger channel that contains codes.
fn trigger(
    input: &mut Input,
    header: &Header,
    records: u64,
    warnings: &mut Notes,
) -> Result<Option<Trigger>, SourceError> {
    let is_bdf = header.format.width() == 3;
    let candidates = channels(header)
        .filter(|s| s.about.samples_per_record > 0 && is_trigger_name(&s.about.label))
        .map(|signal| {
            let mut track = track(header, signal, 1.0);
            if is_bdf {
                // BioSemi's codes are the stored numbers, whatever the limits say.
                track = Track {
                    format: SampleFormat::U24,
                    gain: 1.0,
                    offset: 0.0,
                    ..track
                };
            }
            Candidate {
                label: &signal.about.label,
                trigger: Trigger {
                    track,
                    samples_per_record: signal.about.samples_per_record,
                },
                is_certain: is_bdf && signal.about.label.eq_ignore_ascii_case("status"),
            }
        });
    let begins = (0..records).map(|k| header.data_offset + k * header.record_bytes);
    trigger::find(input, candidates, begins, warnings)
}

/// Number of complete records in the file. All of them are used, whatever the header announces.
fn whole_records(input: &Input, header: &Header, warnings: &mut Notes) -> Result<u64, SourceError> {
    let data = input.size().saturating_sub(header.data_offset);
    let there = data.checked_div(header.record_bytes).unwrap_or(0);
    if there == 0 {
        return Err(match header.records {
            Some(announced) => SourceError::Truncated {
                path: input.path().to_owned(),
                found: input.size(),
                expected: header
                    .data_offset
                    .saturating_add(announced.saturating_mul(header.record_bytes)),
            },
            None => input.malformed(
                header.data_offset,
                &format!("{data} bytes behind the header"),
                &format!("at least one record of {} bytes", header.record_bytes),
            ),
        });
    }
    let is_cut = header.records.is_some_and(|announced| announced > there);
    match header.records {
        Some(announced) if is_cut => {
            let expected = announced.saturating_mul(header.record_bytes);
            warnings.push(format!(
                "the file is cut: it has {} bytes, its header announces {}; {there} of {announced} records are used. \
                 Copy it again from where it was recorded, if it is whole there",
                input.size(),
                header.data_offset.saturating_add(expected)
            ));
        }
        Some(announced) if announced < there => warnings.push(format!(
            "its header announces {announced} records, but {there} whole ones are there: all of them are used"
        )),
        Some(_) => {}
        None => warnings.push(format!(
            "its recorder was stopped before it wrote how long the recording is; {there} whole records are there and used"
        )),
    }
    let rest = data - there * header.record_bytes;
    if rest > 0 && !is_cut {
        warnings.push(format!(
            "its last {rest} bytes are no whole record, and are left out"
        ));
    }
    Ok(there)
}

/// First pass: finds the annotations, and records that begin later than expected. Only the bytes of annotations are
/// read.
fn scan_annotations(
    input: &mut Input,
    header: &Header,
    plan: &mut Plan,
    warnings: &mut Notes,
) -> Result<(), SourceError> {
    let lists: Vec<&Signal> = header
        .signals
        .iter()
        .filter(|s| s.is_annotations() && s.about.samples_per_record > 0)
        .collect();
    if lists.is_empty() {
        return Ok(());
    }
    let rate = plan.layout.rate;
    let is_label = |channel: &str| header.signals.iter().any(|s| s.about.label == channel);
    let (mut begin_s, mut next) = (None, 0);
    let mut markers: Vec<(i64, String)> = Vec::new();
    for record in 0..plan.records {
        let mut start_s = None;
        for (place, signal) in lists.iter().enumerate() {
            input.go_to(plan.data_offset + record * plan.record_bytes + signal.byte_in_record)?;
            let bytes = input.read_up_to(signal.bytes_per_record(header.format))?;
            let annotations = parse_tals(&bytes);
            if place == 0 {
                // The first list of a record gives the time at which the record begins and has no text.
                let first = annotations.first().filter(|(_, text)| text.is_empty());
                start_s = first.map(|annotation| annotation.0);
            }
            let begin_s = *begin_s.get_or_insert(start_s.unwrap_or(0.0));
            for (onset_s, text) in annotations.iter().filter(|(_, text)| !text.is_empty()) {
                let label = without_channel(text, is_label);
                let marker = (rate.samples_in_secs(onset_s - begin_s), label.to_owned());
                // An annotation that is repeated for several channels is one marker.
                let is_repeated = label != text
                    && markers
                        .iter()
                        .rev()
                        .take(MOST_AT_ONCE)
                        .any(|m| *m == marker);
                if !is_repeated {
                    markers.push(marker);
                }
            }
        }
        if let (true, Some(start_s)) = (header.discontinuous, start_s) {
            let since_begin_s = start_s - begin_s.unwrap_or(0.0);
            let start = u64::try_from(rate.samples_in_secs(since_begin_s)).unwrap_or(0);
            let start = start.min(SampleIndex::LAST);
            if start > next {
                plan.jumps
                    .push_back((record * plan.samples_per_record, start));
                next = start;
            }
        }
        next = next.saturating_add(plan.samples_per_record);
    }
    plan.take_markers(markers, warnings);
    Ok(())
}

#[cfg(test)]
mod odd_headers;
#[cfg(test)]
mod tests;
