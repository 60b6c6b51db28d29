//! The header of a GDF file.

use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::super::signals::Described;
use super::super::text;
use crate::note::Notes;
use crate::source::recording::track::Track;
use crate::source::{MOST_CHANNELS, SourceError};
use crate::units::VoltageUnit;

/// Size of the fixed part, and of each channel's part, in bytes.
const PART: u64 = 256;

pub(super) struct Channel {
    pub(super) about: Described,
    format: SampleFormat,
    byte_in_record: u64,
    gain: f64,
    offset: f64,
}

pub(super) struct Header {
    pub(super) version: f64,
    pub(super) version_text: String,
    /// First byte of the first record.
    pub(super) data_offset: u64,
    /// `None` if the recorder never wrote it.
    pub(super) records: Option<u64>,
    /// Duration of a record, seconds.
    pub(super) record_s: f64,
    pub(super) channels: Vec<Channel>,
    /// Messages for the user.
    pub(super) warnings: Notes,
}

impl Header {
    /// Reads a whole header.
    pub(super) fn read(input: &mut Input) -> Result<Self, SourceError> {
        let fixed = input.read_up_to(PART)?;
        let header = Bytes {
            input,
            bytes: &fixed,
        };
        let version_text = header.slice(3, 5)?.iter().map(|&byte| match byte {
            0 => ' ',
            byte => char::from(byte),
        });
        let version_text = version_text.collect::<String>().trim().to_owned();
        let version = text::number(&version_text).ok_or_else(|| {
            let found = format!("version {version_text:?}");
            input.malformed(4, &found, "a version of GDF, such as 2.20")
        })?;
        let is_v2 = version >= 1.9;
        let (announced, count) = if is_v2 {
            (
                u64::from(header.u16(184)?) * PART,
                u64::from(header.u16(252)?),
            )
        } else {
            (header.u64(184)?, u64::from(header.u32(252)?))
        };
        let records = u64::try_from(header.u64(236)? as i64).ok();
        let records = records.filter(|records| *records > 0);
        // Some writers leave out the numerator. All readers then assume one second.
        let numerator = header.u32(244)?.max(1);
        let record_s = f64::from(numerator) / f64::from(header.u32(248)?);
        if count == 0 || count > MOST_CHANNELS as u64 {
            return Err(input.malformed(252, &format!("{count} channels"), "1 to 4096 channels"));
        }
        let least = PART * (count + 1);
        let mut warnings = Notes::new();
        if announced < least {
            warnings.push(format!(
                "its header announces a size of {announced} bytes, but its channels come to {least}; the samples are read from \
                 there"
            ));
        }
        let mut bytes = fixed;
        bytes.extend(input.read_up_to(PART * count)?);
        let whole = Bytes {
            input,
            bytes: &bytes,
        };
        let channels = read_channels(&whole, count as usize, is_v2)?;
        Ok(Self {
            version,
            version_text,
            data_offset: announced.max(least),
            records,
            record_s,
            channels,
            warnings,
        })
    }

    /// Bytes per record.
    pub(super) fn record_bytes(&self) -> u64 {
        let bytes = |c: &Channel| c.about.samples_per_record * c.format.width() as u64;
        self.channels.iter().map(bytes).sum()
    }
}

impl Channel {
    /// Where its samples are.
    pub(super) fn track(&self, to_microvolts: f64) -> Track {
        Track {
            byte: self.byte_in_record,
            stride: self.format.width(),
            format: self.format,
            gain: self.gain,
            offset: self.offset,
            to_microvolts,
        }
    }
}

/// Reads numbers at places of the header.
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

    fn text(&self, at: usize, length: usize) -> Result<String, SourceError> {
        self.slice(at, length).map(text::field)
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
        // Each field is stored for all channels together.
        let at = |before: usize, width: usize| PART as usize + before * count + k * width;
        let label = header.text(at(0, 16), 16)?;
        let unit = if is_v2 {
            unit_of_code(header.u16(at(102, 2))?, &header.text(at(96, 6), 6)?)
        } else {
            header.text(at(96, 8), 8)?
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
        // A channel without samples has no numbers to read.
        let known = format_of_code(code).or((samples_per_record == 0).then_some(SampleFormat::U8));
        let format = known.ok_or_else(|| {
            header.input.malformed(
                at(220, 4) as u64,
                &format!("data type {code} for '{label}'"),
                "a number format of GDF",
            )
        })?;
        let span = digital_max - digital_min;
        let gain = (physical_max - physical_min) / span;
        let usable = gain.is_finite() && gain != 0.0 && samples_per_record > 0;
        let limits =
            || format!("scaled {digital_min}..{digital_max} to {physical_min}..{physical_max}");
        channels.push(Channel {
            about: Described {
                label,
                unit,
                samples_per_record,
                unusable: (!usable).then(limits),
            },
            format,
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

/// The unit of a physical dimension code (ISO/IEEE 11073-10101: volt is 4256, plus the decimal prefix). Older writers
/// stored `text` instead.
fn unit_of_code(code: u16, text: &str) -> String {
    let unit = match code {
        0 => return text.to_owned(),
        4256 => VoltageUnit::Volt,
        4274 => VoltageUnit::Millivolt,
        4275 => VoltageUnit::Microvolt,
        4276 => VoltageUnit::Nanovolt,
        _ => return format!("dimension code {code}"),
    };
    unit.symbol().to_owned()
}
