//! The header of an EDF or EDF+ file (Kemp et al. 1992; Kemp and Olivan 2003, Clinical Neurophysiology 114), and of
//! BDF, which differs in its first byte and in its samples of 24 bits (BioSemi).
//!
//! A field that is not needed to read the samples never makes a file unusable. Dates, patient, reserved text and
//! filters are ignored, and errors in the other fields become warnings.

use super::super::samples::SampleFormat;
use super::super::signals::Described;
use super::super::text;
use crate::note::Notes;
use crate::source::SourceError;
use std::path::Path;

/// Size of the fixed part, and of each signal's part, in bytes.
const PART: usize = 256;
/// Place and width of two fields of the fixed part: the size of the header, and the number of signals.
const HEADER_BYTES: (usize, usize) = (184, 8);
const SIGNALS: (usize, usize) = (252, 4);
const MOST_SIGNALS: f64 = 4096.0;

/// One signal of the file.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    pub(super) about: Described,
    /// Gain and offset: physical value = stored number × gain + offset, in the signal's unit. Zeros if the signal is
    /// unusable.
    pub(super) scaling: (f64, f64),
    /// Whether the digital limits descend, which EDF does not allow. The polarity is then uncertain.
    pub(super) is_turned: bool,
    /// Byte in a record at which the signal's samples begin.
    pub(super) byte_in_record: u64,
}

impl Signal {
    pub(super) fn is_annotations(&self) -> bool {
        ["EDF Annotations", "BDF Annotations"]
            .iter()
            .any(|name| self.about.label.eq_ignore_ascii_case(name))
    }

    pub(super) fn bytes_per_record(&self, format: SampleFormat) -> u64 {
        self.about.samples_per_record * format.width() as u64
    }
}

#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Format of every sample: differs between EDF and BDF.
    pub(super) format: SampleFormat,
    /// Start of the reserved field: `EDF+C`, `BDF+D`, or empty.
    pub(super) subtype: String,
    /// First byte of the first record.
    pub(super) data_offset: u64,
    pub(super) discontinuous: bool,
    /// `None` if the recorder never wrote it.
    pub(super) records: Option<u64>,
    pub(super) record_duration_s: f64,
    pub(super) record_bytes: u64,
    pub(super) signals: Vec<Signal>,
    /// Messages for the user.
    pub(super) warnings: Notes,
}

/// The beginning of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) format: SampleFormat,
    /// Number of surplus bytes before the patient field: 1 if the first byte (255) was written as UTF-8, -1 if it is
    /// missing.
    extra: i64,
    /// Whether the version field is correct.
    is_regular: bool,
}

impl Beginning {
    /// Checks the first 257 bytes of a file. `None` if it is neither EDF nor BDF. Some programs write a date or
    /// something else into the version field. Such a file is recognized by a header size that matches its number of
    /// signals.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let is_edf = start.first() == Some(&b'0')
            && start.get(1..8)?.iter().all(|byte| matches!(byte, b' ' | 0));
        if start.starts_with(b"\xFFBIOSEMI") || is_edf {
            let format = if is_edf {
                SampleFormat::I16
            } else {
                SampleFormat::I24
            };
            return Some(Self {
                format,
                extra: 0,
                is_regular: true,
            });
        }
        // Numbers are left-aligned in their fields. Otherwise a header that is read one byte off could pass.
        let candidates = [(0, true), (-1, true), (1, true), (0, false)];
        candidates
            .into_iter()
            .find_map(|(extra, at_left)| Self::by_structure(start, extra, at_left))
    }

    fn by_structure(start: &[u8], extra: i64, at_left: bool) -> Option<Self> {
        let fixed = shifted(start, extra);
        let number = |(at, width): (usize, usize)| {
            let field = fixed.get(at..at + width)?;
            let is_there = !at_left || field.first().is_some_and(u8::is_ascii_digit);
            text::number(&text::field(field)).filter(|_| is_there)
        };
        let signals = number(SIGNALS).filter(|count| (1.0..=MOST_SIGNALS).contains(count))?;
        let fits = number(HEADER_BYTES)? == PART as f64 * (signals + 1.0);
        let reserved = text::field(fixed.get(192..236)?);
        let is_bdf = reserved.starts_with("24BIT")
            || reserved.starts_with("BDF")
            || start.get(..10)?.windows(7).any(|name| name == b"BIOSEMI");
        fits.then_some(Self {
            format: if is_bdf {
                SampleFormat::I24
            } else {
                SampleFormat::I16
            },
            extra,
            is_regular: false,
        })
    }
}

/// The bytes of a header as if its first field had the right length.
fn shifted(bytes: &[u8], extra: i64) -> Vec<u8> {
    match extra {
        -1 => [&[0xFF], bytes].concat(),
        1 => bytes.get(1..).unwrap_or(&[]).to_vec(),
        _ => bytes.to_vec(),
    }
}

/// Reads fields and knows their places in the file.
struct Fields<'a> {
    path: &'a Path,
    bytes: &'a [u8],
}

impl Fields<'_> {
    fn malformed(&self, offset: usize, found: &str, expected: &str) -> SourceError {
        SourceError::Malformed {
            path: self.path.to_owned(),
            offset: offset as u64,
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn text(&self, offset: usize, length: usize) -> Result<String, SourceError> {
        let end = format!("the end of the file, {} bytes long", self.bytes.len());
        let bytes = self
            .bytes
            .get(offset..offset + length)
            .ok_or_else(|| self.malformed(offset, &end, "an EDF header"))?;
        Ok(text::field(bytes))
    }

    /// A whole number that is required for reading.
    fn whole(
        &self,
        (offset, length): (usize, usize),
        what: &str,
        least: f64,
        most: f64,
    ) -> Result<u64, SourceError> {
        let found = self.text(offset, length)?;
        let number = text::number(&found)
            .filter(|number| number.fract() == 0.0 && (least..=most).contains(number));
        let number = number.ok_or_else(|| {
            let expected = format!("{what}, a whole number from {least} to {most}");
            self.malformed(offset, &format!("'{found}'"), &expected)
        })?;
        Ok(number as u64)
    }
}

/// Number of bytes that must be read before the whole header can be parsed.
pub(super) fn announced_size(
    path: &Path,
    fixed: &[u8],
    beginning: Beginning,
) -> Result<u64, SourceError> {
    let bytes = shifted(fixed, beginning.extra);
    let fields = Fields {
        path,
        bytes: &bytes,
    };
    let signals = fields.whole(SIGNALS, "the number of signals", 1.0, MOST_SIGNALS)?;
    Ok((PART as u64 * (signals + 1)).saturating_add_signed(beginning.extra))
}

/// Parses a whole header. `size` is the file's size in bytes.
pub(super) fn parse(
    path: &Path,
    bytes: &[u8],
    beginning: Beginning,
    size: u64,
) -> Result<Header, SourceError> {
    let bytes = shifted(bytes, beginning.extra);
    let fields = Fields {
        path,
        bytes: &bytes,
    };
    let count = fields.whole(SIGNALS, "the number of signals", 1.0, MOST_SIGNALS)? as usize;
    let mut warnings = Notes::new();
    if !beginning.is_regular {
        let shown = text::decode(fields.bytes.get(..8).unwrap_or(&[]));
        let name = if beginning.format.width() == 3 {
            "BDF"
        } else {
            "EDF"
        };
        warnings.push(format!(
            "begins with {shown:?}, which is not a version of {name}; it is read as {name}, because the rest of its header matches"
        ));
    }
    let record_duration_s = record_duration(&fields, &mut warnings)?;
    let mut signals = Vec::with_capacity(count);
    let mut record_bytes = 0;
    for k in 0..count {
        let signal = parse_signal(&fields, k, count, record_bytes)?;
        record_bytes += signal.bytes_per_record(beginning.format);
        signals.push(signal);
    }
    let announced = text::number(&fields.text(236, 8)?);
    let records = announced
        .filter(|records| records.fract() == 0.0 && (1.0..1e15).contains(records))
        .map(|records| records as u64);
    let after_signals = PART as u64 * (count as u64 + 1);
    let header_bytes = header_bytes(
        &fields,
        after_signals,
        size,
        records.unwrap_or(0).saturating_mul(record_bytes),
        &mut warnings,
    )?;
    let reserved = fields.text(192, 44)?;
    let subtype: String = reserved.chars().take(5).collect();
    Ok(Header {
        format: beginning.format,
        data_offset: header_bytes.saturating_add_signed(beginning.extra),
        discontinuous: matches!(subtype.as_str(), "EDF+D" | "BDF+D"),
        subtype,
        records,
        record_duration_s,
        record_bytes,
        signals,
        warnings,
    })
}

/// The size that follows from the number of signals, unless only the announced size matches the file's size.
fn header_bytes(
    fields: &Fields<'_>,
    after_signals: u64,
    size: u64,
    data_bytes: u64,
    warnings: &mut Notes,
) -> Result<u64, SourceError> {
    let (at, width) = HEADER_BYTES;
    let found = fields.text(at, width)?;
    let announced = text::number(&found).map(|bytes| bytes as u64);
    if announced == Some(after_signals) {
        return Ok(after_signals);
    }
    if let Some(announced) = announced.filter(|&bytes| bytes > after_signals)
        && data_bytes > 0
        && announced.saturating_add(data_bytes) == size
    {
        return Ok(announced);
    }
    warnings.push(format!(
        "its header announces its own size as '{found}' bytes, but its signals come to {after_signals}; the samples are \
         read from there"
    ));
    Ok(after_signals)
}

/// Duration of a record, seconds.
fn record_duration(fields: &Fields<'_>, warnings: &mut Notes) -> Result<f64, SourceError> {
    let found = fields.text(244, 8)?;
    match text::number(&found) {
        Some(secs) if secs > 0.0 => Ok(secs),
        Some(0.0) => {
            warnings
                .push("its header gives records of 0 s; 1 s is assumed. Check the sampling rate");
            Ok(1.0)
        }
        _ => Err(fields.malformed(
            244,
            &format!("'{found}'"),
            "the duration of a record in seconds, above zero",
        )),
    }
}

fn parse_signal(
    fields: &Fields<'_>,
    k: usize,
    count: usize,
    byte_in_record: u64,
) -> Result<Signal, SourceError> {
    // Each field is stored for all signals together: all labels, all transducers, and so on.
    let at = |before: usize, width: usize| PART + before * count + k * width;
    let label = fields.text(at(0, 16), 16)?;
    let unit = fields.text(at(96, 8), 8)?;
    let samples = fields.whole(
        (at(216, 8), 8),
        "the samples of a record",
        0.0,
        f64::from(1 << 24),
    )?;
    let limits = [104, 112, 120, 128].map(|before| fields.text(at(before, 8), 8));
    let [low, high, digital_low, digital_high] = limits;
    let limits = [low?, high?, digital_low?, digital_high?];
    let digital = [&limits[2], &limits[3]].map(|text| text::number(text));
    let scaling = scaling(&limits);
    let [low, high, digital_low, digital_high] = limits;
    let spelled =
        || format!("its header scales '{digital_low}'..'{digital_high}' to '{low}'..'{high}'");
    Ok(Signal {
        about: Described {
            label,
            unit,
            samples_per_record: samples,
            unusable: scaling.is_none().then(spelled),
        },
        scaling: scaling.unwrap_or_default(),
        is_turned: digital[0] > digital[1],
        byte_in_record,
    })
}

/// Gain and offset from the physical and digital limits; `None` if the limits are invalid.
fn scaling(limits: &[String; 4]) -> Option<(f64, f64)> {
    let [low, high, digital_low, digital_high] = limits;
    let [low, high] = [text::number(low)?, text::number(high)?];
    let [digital_low, digital_high] = [text::number(digital_low)?, text::number(digital_high)?];
    let gain = (high - low) / (digital_high - digital_low);
    (gain.is_finite() && gain != 0.0).then_some((gain, low - digital_low * gain))
}
