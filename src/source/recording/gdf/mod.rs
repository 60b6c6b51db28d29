//! GDF recordings, versions 1 and 2 (Schlögl 2006, "GDF - A general dataformat for biosignals", arXiv:cs/0608052).

mod header;

use super::about::About;
use super::input::Input;
use super::records::{Plan, RecordFile};
use super::samples::SampleFormat;
use super::signals::{self, Described};
use crate::block::Layout;
use crate::source::channels::ReadAs;
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::Hertz;
use header::Header;
use std::collections::VecDeque;

/// Whether a file begins as these do.
pub(super) fn begins(start: &[u8]) -> bool {
    start.starts_with(b"GDF ")
}

/// Opens a file: reads its header and its event table; samples stay in the file.
///
/// # Errors
/// [`SourceError`] where it is not GDF, or has no EEG.
pub(super) fn open(mut input: Input, read_as: &ReadAs) -> Result<RecordFile, SourceError> {
    let header = Header::read(&mut input)?;
    input.refuse_text_copy(header.data_offset)?;
    let mut warnings = Vec::new();
    let (records, is_cut) = whole_records(&input, &header, &mut warnings)?;
    let described: Vec<&Described> = header.channels.iter().map(|c| &c.about).collect();
    let record_s = header.record_s;
    let eeg = signals::choose(&input, &described, record_s, read_as, &mut warnings)?;
    let samples = eeg.samples_per_record;
    let rate = Hertz::new(samples as f64 / record_s).ok_or_else(|| {
        let found = format!("{samples} samples in a record of {record_s} s");
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
        status: None,
        data_offset: header.data_offset,
        record_bytes: header.record_bytes(),
        records,
        samples_per_record: samples,
        jumps: VecDeque::new(),
        markers: VecDeque::new(),
    };
    // Without the number of records, or where some are missing, nobody knows where the events begin.
    if header.records.is_some() && !is_cut {
        plan.markers = read_events(&mut input, &plan, header.version, &mut warnings)?;
    }
    let about = About {
        format: format!("GDF {}", header.version_text),
        streams: signals::describe(&described, &eeg, records, record_s),
        warnings,
        rate_doubt: None,
    };
    if samples == 1 {
        interleave(&mut plan);
    }
    Ok(RecordFile::new(input, plan, about))
}

/// Records that are there, and whether some are missing.
fn whole_records(
    input: &Input,
    header: &Header,
    warnings: &mut Vec<String>,
) -> Result<(u64, bool), SourceError> {
    let bytes = header.record_bytes();
    let there = input.size().saturating_sub(header.data_offset) / bytes.max(1);
    let announced = header.records.unwrap_or(there);
    if announced <= there {
        return Ok((announced, false));
    }
    if there == 0 {
        return Err(SourceError::Truncated {
            path: input.path().to_owned(),
            found: input.size(),
            expected: header
                .data_offset
                .saturating_add(announced.saturating_mul(bytes)),
        });
    }
    warnings.push(format!(
        "the file is cut: {there} of {announced} records are there and used; its events are lost. Copy it again from \
         where it was recorded, if it is whole there"
    ));
    Ok((there, true))
}

/// Records of one sample are the same bytes as one long record whose channels are interleaved.
fn interleave(plan: &mut Plan) {
    for track in &mut plan.tracks {
        track.stride = plan.record_bytes as usize;
    }
    plan.samples_per_record = plan.records;
    plan.record_bytes = plan.record_bytes.saturating_mul(plan.records);
    plan.records = 1;
}

/// The event table behind the data. Every event becomes a marker with its code, in decimal.
fn read_events(
    input: &mut Input,
    plan: &Plan,
    version: f64,
    warnings: &mut Vec<String>,
) -> Result<VecDeque<Marker>, SourceError> {
    let table = plan.data_offset + plan.records * plan.record_bytes;
    if table >= input.size() {
        return Ok(VecDeque::new());
    }
    input.go_to(table)?;
    let cut = format!("the event table at byte {table} is cut: there are no markers");
    if input.left() < 8 {
        warnings.push(cut);
        return Ok(VecDeque::new());
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
        return Ok(VecDeque::new());
    }
    if mode != 1 && mode != 3 {
        let found = format!("an event table of mode {mode}");
        return Err(input.malformed(table, &found, "mode 1 or 3"));
    }
    if input.left() < count.saturating_mul(6) {
        warnings.push(cut);
        return Ok(VecDeque::new());
    }
    let own = plan.layout.rate.hz();
    let to_index = if event_hz.is_finite() && event_hz > 0.0 {
        own / event_hz
    } else {
        1.0
    };
    let positions = input.read_up_to(4 * count)?;
    let codes = input.read_up_to(2 * count)?;
    let mut markers: Vec<Marker> = Vec::with_capacity(count as usize);
    SampleFormat::U32.each(&positions, 4, count as usize, |k, position| {
        let code = SampleFormat::U16.read(codes.get(2 * k..).unwrap_or(&[]));
        // Positions count from one.
        let at = ((position - 1.0).max(0.0) * to_index).round() as u64;
        markers.push(Marker {
            at: SampleIndex(at),
            label: format!("{code}"),
        });
    });
    markers.sort_by_key(|marker| marker.at);
    Ok(markers.into())
}
