//! GDF recordings, versions 1 and 2 (Schlögl 2006, "GDF - A general dataformat for biosignals", arXiv:cs/0608052).

mod header;

use super::about::About;
use super::input::Input;
use super::records::{Plan, RecordFile};
use super::samples::SampleFormat;
use super::signals::{self, Described};
use super::trigger::{self, Candidate, Trigger};
use crate::block::Layout;
use crate::note::Notes;
use crate::printable::counted;
use crate::source::SourceError;
use crate::source::channels::{ReadAs, is_trigger_name};
use crate::units::Hertz;
use header::Header;
use std::collections::VecDeque;

/// Highest mode of an event table.
const MOST_MODE: u8 = 7;

/// Whether a file begins like GDF.
pub(super) fn begins(start: &[u8]) -> bool {
    // Some writers end the name with a NUL, as in C.
    start.starts_with(b"GDF ") || start.starts_with(b"GDF\0")
}

/// Opens a file. Reads its header and its event table; samples stay in the file.
///
/// # Errors
/// [`SourceError`] if it is not GDF, or has no EEG.
pub(super) fn open(mut input: Input, read_as: &ReadAs) -> Result<RecordFile, SourceError> {
    let header = Header::read(&mut input)?;
    input.refuse_text_copy(header.data_offset)?;
    let mut warnings = header.warnings.clone();
    let (records, is_cut) = whole_records(&input, &header, &mut warnings)?;
    let described: Vec<&Described> = header.channels.iter().map(|c| &c.about).collect();
    let record_s = header.record_s;
    let eeg = signals::choose(&input, &described, record_s, read_as, &mut warnings)?;
    let samples = eeg.samples_per_record;
    let rate = Hertz::new(samples as f64 / record_s).ok_or_else(|| {
        let found = format!("{} in a record of {record_s} s", counted(samples, "sample"));
        let expected = "a duration above zero, and at most 1000000 samples a second";
        input.malformed(244, &found, expected)
    })?;
    let mut plan = Plan {
        layout: Layout {
            rate,
            labels: eeg.labels(),
        },
        tracks: eeg
            .taken
            .iter()
            .map(|taken| header.channels[taken.place].track(taken.to_microvolts))
            .collect(),
        trigger: trigger(&mut input, &header, records, &mut warnings)?,
        data_offset: header.data_offset,
        record_bytes: header.record_bytes(),
        records,
        samples_per_record: samples,
        jumps: VecDeque::new(),
        markers: VecDeque::new(),
    };
    // If the number of records is unknown or some are missing, it is unknown where the events begin.
    if header.records.is_some() && !is_cut {
        let found = read_events(&mut input, &plan, header.version, &mut warnings)?;
        plan.take_markers(found, &mut warnings);
    }
    plan.warn_of_zeros(&mut input, &mut warnings)?;
    let about = About {
        format: format!("GDF {}", header.version_text),
        streams: signals::describe(&described, &eeg, records, record_s),
        warnings,
        rate_doubt: None,
        unit: eeg.unit,
        reading: eeg.reading,
    };
    if samples == 1 {
        interleave(&mut plan);
    }
    Ok(RecordFile::new(input, plan, about))
}

/// The trigger channel: the first channel with the name of a trigger channel that contains codes.
fn trigger(
    input: &mut Input,
    header: &Header,
    records: u64,
    warnings: &mut Notes,
) -> Result<Option<Trigger>, SourceError> {
    let candidates = header
        .channels
        .iter()
        .filter(|c| c.about.samples_per_record > 0 && is_trigger_name(&c.about.label))
        .map(|channel| Candidate {
            label: &channel.about.label,
            trigger: Trigger {
                track: channel.track(1.0),
                samples_per_record: channel.about.samples_per_record,
            },
            is_certain: false,
        });
    let begins = (0..records).map(|k| header.data_offset + k * header.record_bytes());
    trigger::find(input, candidates, begins, warnings)
}

/// Number of complete records in the file, and whether some are missing.
fn whole_records(
    input: &Input,
    header: &Header,
    warnings: &mut Notes,
) -> Result<(u64, bool), SourceError> {
    let bytes = header.record_bytes();
    let there = input
        .size()
        .saturating_sub(header.data_offset)
        .checked_div(bytes)
        .unwrap_or(0);
    let announced = header.records.unwrap_or(there);
    if there == 0 {
        return Err(SourceError::Truncated {
            path: input.path().to_owned(),
            found: input.size(),
            expected: header
                .data_offset
                .saturating_add(announced.max(1).saturating_mul(bytes.max(1))),
        });
    }
    if header.records.is_none() {
        warnings.push(format!(
            "its recorder was stopped before it wrote how long the recording is; {there} whole records are there and used. \
             Events after them are not found"
        ));
    }
    if announced <= there {
        return Ok((announced, false));
    }
    warnings.push(format!(
        "the file is cut: {there} of {announced} records are there and used; its events are lost. Copy it again from \
         where it was recorded, if it is whole there"
    ));
    Ok((there, true))
}

/// Records of one sample have the same bytes as one long record with interleaved channels.
fn interleave(plan: &mut Plan) {
    let stride = plan.record_bytes as usize;
    plan.trigger = plan
        .trigger
        .filter(|trigger| trigger.samples_per_record == 1);
    if let Some(trigger) = &mut plan.trigger {
        trigger.track.stride = stride;
        trigger.samples_per_record = plan.records;
    }
    for track in &mut plan.tracks {
        track.stride = stride;
    }
    plan.samples_per_record = plan.records;
    plan.record_bytes = plan.record_bytes.saturating_mul(plan.records);
    plan.records = 1;
}

/// The event table after the data. Every event becomes a marker with its code, in decimal.
fn read_events(
    input: &mut Input,
    plan: &Plan,
    version: f64,
    warnings: &mut Notes,
) -> Result<Vec<(i64, String)>, SourceError> {
    let table = plan.data_offset + plan.records * plan.record_bytes;
    if table >= input.size() {
        return Ok(Vec::new());
    }
    input.go_to(table)?;
    let cut = format!("the event table at byte {table} is cut: there are no markers");
    if input.left() < 8 {
        warnings.push(cut);
        return Ok(Vec::new());
    }
    let [mode, a, b, c] = input.array()?;
    let four = input.array::<4>()?;
    let three = f64::from(a) + 256.0 * f64::from(b) + 65_536.0 * f64::from(c);
    let (count, event_hz) = if version < 1.94 {
        (u64::from(u32::from_le_bytes(four)), three)
    } else {
        (three as u64, f64::from(f32::from_le_bytes(four)))
    };
    if mode == 0 && count == 0 {
        return Ok(Vec::new());
    }
    // Later versions add columns after these two. If this is not a table, the mode can be anything.
    if mode > MOST_MODE {
        warnings.push(format!(
            "what follows the samples at byte {table} is no event table (mode {mode}): there are no markers"
        ));
        return Ok(Vec::new());
    }
    if input.left() < count.saturating_mul(6) {
        warnings.push(cut);
        return Ok(Vec::new());
    }
    let own = plan.layout.rate.hz();
    let to_index = if event_hz.is_finite() && event_hz > 0.0 {
        own / event_hz
    } else {
        1.0
    };
    let positions = input.read_up_to(4 * count)?;
    let codes = input.read_up_to(2 * count)?;
    let mut markers = Vec::with_capacity(count as usize);
    SampleFormat::U32.each(&positions, 4, count as usize, |k, position| {
        let code = SampleFormat::U16.read(codes.get(2 * k..).unwrap_or(&[]));
        // Positions count from one.
        let at = ((position - 1.0).max(0.0) * to_index).round() as i64;
        markers.push((at, format!("{code}")));
    });
    Ok(markers)
}
