//! GDF recordings, versions 1 and 2 (Schlögl 2006, "GDF - A general dataformat for biosignals", arXiv:cs/0608052).

use super::about::{About, ChannelAbout, StreamAbout};
use super::input::Input;
use super::records::{Plan, RecordFile, Track};
use super::samples::SampleFormat;
use crate::block::Layout;
use crate::montage::canonical_label;
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::{Hertz, VoltageUnit};
use std::collections::{BTreeMap, VecDeque};

/// Size of the fixed part, and of each channel's part, in bytes.
const PART: u64 = 256;
/// Channels that a header may announce.
const MOST_CHANNELS: u64 = 4096;

/// Whether a file begins as these do.
pub(super) fn begins(start: &[u8]) -> bool {
    start.starts_with(b"GDF ")
}

struct Channel {
    label: String,
    /// The unit as it is shown, and its microvolts where it is a voltage.
    unit: String,
    to_microvolts: Option<f64>,
    format: SampleFormat,
    samples_per_record: u64,
    byte_in_record: u64,
    gain: f64,
    offset: f64,
}

/// Opens a file: reads its header and its event table; samples stay in the file.
///
/// # Errors
/// [`SourceError`] where it is not GDF, or has no EEG.
pub(super) fn open(mut input: Input) -> Result<RecordFile, SourceError> {
    let fixed = input.read_up_to(PART)?;
    let header = Bytes {
        input: &input,
        bytes: &fixed,
    };
    let version_text = String::from_utf8_lossy(header.slice(4, 4)?)
        .trim()
        .to_owned();
    let version: f64 = version_text.parse().map_err(|_| {
        input.malformed(
            4,
            &format!("version {version_text:?}"),
            "a version of GDF, such as 2.20",
        )
    })?;
    let is_v2 = version >= 1.9;
    let data_offset = if is_v2 {
        u64::from(header.u16(184)?) * PART
    } else {
        header.u64(184)?
    };
    let records = header.u64(236)? as i64;
    let (mut numerator, denominator) = (header.u32(244)?, header.u32(248)?);
    let count = if is_v2 {
        u64::from(header.u16(252)?)
    } else {
        u64::from(header.u32(252)?)
    };
    if count == 0 || count > MOST_CHANNELS {
        return Err(input.malformed(252, &format!("{count} channels"), "1 to 4096 channels"));
    }
    if data_offset < PART * (count + 1) {
        let expected = format!("at least {} bytes for {count} channels", PART * (count + 1));
        return Err(input.malformed(184, &format!("a header of {data_offset} bytes"), &expected));
    }
    if numerator == 0 {
        numerator = 1;
    }
    let record_s = f64::from(numerator) / f64::from(denominator);
    let mut bytes = fixed;
    bytes.extend(input.read_up_to(PART * count)?);
    let channels = read_channels(
        &Bytes {
            input: &input,
            bytes: &bytes,
        },
        count as usize,
        is_v2,
    )?;
    input.refuse_text_copy(data_offset)?;

    let mut warnings = Vec::new();
    let record_bytes = channels
        .iter()
        .map(|c| c.samples_per_record * c.format.width() as u64)
        .sum::<u64>();
    let data = input.size().saturating_sub(data_offset);
    let there = data / record_bytes.max(1);
    let announced = u64::try_from(records).unwrap_or(there);
    if announced > there {
        if there == 0 {
            let expected = data_offset.saturating_add(announced.saturating_mul(record_bytes));
            return Err(SourceError::Truncated {
                path: input.path().to_owned(),
                found: input.size(),
                expected,
            });
        }
        warnings.push(format!(
            "the file is cut: {there} of {announced} records are there and used; its events are lost. Copy it again from \
             where it was recorded, if it is whole there"
        ));
    }
    let (used, samples) = choose(&input, &channels, record_s, &mut warnings)?;
    let rate = Hertz::new(samples as f64 / record_s).ok_or_else(|| {
        input.malformed(
            244,
            &format!("records of {record_s} s"),
            "a duration above zero",
        )
    })?;
    let mut plan = Plan {
        layout: Layout {
            rate,
            labels: used
                .iter()
                .map(|channel| canonical_label(&channel.label))
                .collect(),
        },
        tracks: used.iter().map(|channel| channel.track()).collect(),
        status: None,
        data_offset,
        record_bytes,
        records: there.min(announced),
        samples_per_record: samples,
        jumps: VecDeque::new(),
        markers: VecDeque::new(),
    };
    if announced <= there && records >= 0 {
        plan.markers = read_events(&mut input, &plan, version, &mut warnings)?;
    }
    let about = About {
        format: format!("GDF {version_text}"),
        streams: describe(&channels, &plan, record_s),
        warnings,
    };
    if samples == 1 {
        interleave(&mut plan);
    }
    Ok(RecordFile::new(input, plan, about))
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

impl Channel {
    fn track(&self) -> Track {
        Track {
            byte: self.byte_in_record,
            stride: self.format.width(),
            format: self.format,
            gain: self.gain,
            offset: self.offset,
            to_microvolts: self.to_microvolts.unwrap_or(1.0),
        }
    }
}

/// Numbers at places of the header.
struct Bytes<'a> {
    input: &'a Input,
    bytes: &'a [u8],
}

impl Bytes<'_> {
    fn slice(&self, at: usize, length: usize) -> Result<&[u8], SourceError> {
        self.bytes.get(at..at + length).ok_or_else(|| {
            let found = format!("the end of the file, {} bytes long", self.bytes.len());
            self.input
                .malformed(self.bytes.len() as u64, &found, "a GDF header")
        })
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], SourceError> {
        let mut out = [0; N];
        out.copy_from_slice(self.slice(at, N)?);
        Ok(out)
    }

    fn u16(&self, at: usize) -> Result<u16, SourceError> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(&self, at: usize) -> Result<u32, SourceError> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn u64(&self, at: usize) -> Result<u64, SourceError> {
        self.array(at).map(u64::from_le_bytes)
    }

    fn f64(&self, at: usize) -> Result<f64, SourceError> {
        self.array(at).map(f64::from_le_bytes)
    }

    /// Latin-1, up to the first NUL.
    fn text(&self, at: usize, length: usize) -> Result<String, SourceError> {
        let field = self
            .slice(at, length)?
            .split(|&byte| byte == 0)
            .next()
            .unwrap_or(&[]);
        let text: String = field.iter().map(|&byte| char::from(byte)).collect();
        Ok(text.trim().to_owned())
    }
}

fn read_channels(
    header: &Bytes<'_>,
    count: usize,
    is_v2: bool,
) -> Result<Vec<Channel>, SourceError> {
    let mut channels = Vec::with_capacity(count);
    let mut byte_in_record = 0u64;
    for k in 0..count {
        // Each field of all channels stands together.
        let at = |before: usize, width: usize| PART as usize + before * count + k * width;
        let label = header.text(at(0, 16), 16)?;
        let (unit, to_microvolts) = if is_v2 {
            voltage_of_code(header.u16(at(102, 2))?, &header.text(at(96, 6), 6)?)
        } else {
            let text = header.text(at(96, 8), 8)?;
            let unit = VoltageUnit::parse(&text).map(VoltageUnit::microvolts);
            (text, unit)
        };
        let limit = |before: usize| {
            let place = at(before, 8);
            if is_v2 {
                header.f64(place)
            } else {
                header.u64(place).map(|number| number as i64 as f64)
            }
        };
        let [physical_min, physical_max] = [header.f64(at(104, 8))?, header.f64(at(112, 8))?];
        let [digital_min, digital_max] = [limit(120)?, limit(128)?];
        let samples_per_record = u64::from(header.u32(at(216, 4))?);
        let code = header.u32(at(220, 4))?;
        let format = format_of_code(code).ok_or_else(|| {
            header.input.malformed(
                at(220, 4) as u64,
                &format!("data type {code} for '{label}'"),
                "a number format of GDF",
            )
        })?;
        let span = digital_max - digital_min;
        let gain = (physical_max - physical_min) / span;
        let usable = gain.is_finite() && gain != 0.0 && span > 0.0;
        if to_microvolts.is_some() && !usable {
            let found = format!(
                "'{label}' scaled {digital_min}..{digital_max} to {physical_min}..{physical_max}"
            );
            let expected = "two different physical and two ascending digital limits";
            return Err(header.input.malformed(at(104, 8) as u64, &found, expected));
        }
        channels.push(Channel {
            label,
            unit,
            to_microvolts,
            format,
            samples_per_record,
            byte_in_record,
            gain,
            offset: physical_min - digital_min * gain,
        });
        byte_in_record += samples_per_record * format.width() as u64;
    }
    Ok(channels)
}

fn format_of_code(code: u32) -> Option<SampleFormat> {
    Some(match code {
        1 => SampleFormat::I8,
        2 => SampleFormat::U8,
        3 => SampleFormat::I16,
        4 => SampleFormat::U16,
        5 => SampleFormat::I32,
        6 => SampleFormat::U32,
        7 => SampleFormat::I64,
        8 => SampleFormat::U64,
        16 => SampleFormat::F32,
        17 => SampleFormat::F64,
        279 => SampleFormat::I24,
        535 => SampleFormat::U24,
        _ => return None,
    })
}

/// The unit of a physical dimension code (ISO/IEEE 11073-10101: volt is 4256, plus the decimal prefix); the text is what
/// older writers left instead.
fn voltage_of_code(code: u16, text: &str) -> (String, Option<f64>) {
    let unit = match code {
        0 => {
            return (
                text.to_owned(),
                VoltageUnit::parse(text).map(VoltageUnit::microvolts),
            );
        }
        4256 => VoltageUnit::Volt,
        4274 => VoltageUnit::Millivolt,
        4275 => VoltageUnit::Microvolt,
        4276 => VoltageUnit::Nanovolt,
        _ => return (format!("dimension code {code}"), None),
    };
    let name = match unit {
        VoltageUnit::Volt => "V",
        VoltageUnit::Millivolt => "mV",
        VoltageUnit::Microvolt => "uV",
        VoltageUnit::Nanovolt => "nV",
    };
    (name.to_owned(), Some(unit.microvolts()))
}

/// The channels that are EEG: a voltage unit, and the rate that most of those have (of several, the fastest).
fn choose<'a>(
    input: &Input,
    channels: &'a [Channel],
    record_s: f64,
    warnings: &mut Vec<String>,
) -> Result<(Vec<&'a Channel>, u64), SourceError> {
    let is_voltage =
        |channel: &&Channel| channel.to_microvolts.is_some() && channel.samples_per_record > 0;
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for channel in channels.iter().filter(is_voltage) {
        *counts.entry(channel.samples_per_record).or_default() += 1;
    }
    let named = |channel: &Channel| {
        let rate = channel.samples_per_record as f64 / record_s;
        format!("'{}' ({}, {rate} Hz)", channel.label, channel.unit)
    };
    let Some((&samples, _)) = counts
        .iter()
        .max_by_key(|&(samples, count)| (*count, *samples))
    else {
        return Err(SourceError::NoChannels {
            what: input.path().display().to_string(),
            found: channels.iter().map(named).collect(),
        });
    };
    let is_used = |channel: &&Channel| is_voltage(channel) && channel.samples_per_record == samples;
    let left_out: Vec<String> = channels
        .iter()
        .filter(|channel| !is_used(channel))
        .map(named)
        .collect();
    if !left_out.is_empty() {
        let rate = samples as f64 / record_s;
        warnings.push(format!(
            "left out, no voltage at {rate} Hz: {}",
            left_out.join(", ")
        ));
    }
    Ok((channels.iter().filter(is_used).collect(), samples))
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

fn describe(channels: &[Channel], plan: &Plan, record_s: f64) -> Vec<StreamAbout> {
    let is_read = |channel: &Channel| {
        plan.tracks
            .iter()
            .any(|track| track.byte == channel.byte_in_record)
    };
    let mut streams: Vec<StreamAbout> = Vec::new();
    for channel in channels
        .iter()
        .filter(|channel| channel.samples_per_record > 0)
    {
        let is_read = is_read(channel);
        let samples = plan.records.saturating_mul(channel.samples_per_record);
        let about = ChannelAbout {
            label: channel.label.clone(),
            unit: channel.unit.clone(),
            is_read,
        };
        match streams
            .iter_mut()
            .find(|stream| stream.samples == samples && stream.is_read == is_read)
        {
            Some(stream) => stream.channels.push(about),
            None => streams.push(StreamAbout {
                kind: if is_read { "EEG" } else { "other" }.into(),
                rate_hz: Some(channel.samples_per_record as f64 / record_s),
                samples,
                is_read,
                channels: vec![about],
                ..StreamAbout::default()
            }),
        }
    }
    streams
}
