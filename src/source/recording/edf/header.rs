//! The header of an EDF or EDF+ file (Kemp et al. 1992; Kemp and Olivan 2003, Clinical Neurophysiology 114), and of BDF,
//! which differs in its first byte and in samples of 24 bits (BioSemi).

use super::super::samples::SampleFormat;
use super::super::signals::Described;
use super::super::text;
use crate::source::SourceError;
use std::path::Path;

/// Size of the fixed part, and of each signal's part, in bytes.
const PART: usize = 256;

/// One signal of the file.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    pub(super) about: Described,
    /// Physical value per digital step, in the signal's unit, and physical value of digital zero. Neither means anything where
    /// the signal is unusable.
    pub(super) scaling: (f64, f64),
    /// Where its samples begin in a record, in bytes.
    pub(super) byte_in_record: u64,
}

impl Signal {
    pub(super) fn is_annotations(&self) -> bool {
        matches!(
            self.about.label.as_str(),
            "EDF Annotations" | "BDF Annotations"
        )
    }

    pub(super) fn bytes_per_record(&self, format: SampleFormat) -> u64 {
        self.about.samples_per_record * format.width() as u64
    }
}

#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Format of every sample, which tells EDF from BDF.
    pub(super) format: SampleFormat,
    /// What the reserved field says: `EDF+C`, `BDF+D`, or nothing.
    pub(super) subtype: String,
    pub(super) header_bytes: u64,
    pub(super) discontinuous: bool,
    /// `None` where the recorder never filled it in.
    pub(super) records: Option<u64>,
    pub(super) record_duration_s: f64,
    pub(super) record_bytes: u64,
    pub(super) signals: Vec<Signal>,
}

/// Reads fields one after another and knows where it is.
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

    /// ASCII says the specification; recorders write µ and accents in UTF-8 or Latin-1.
    fn text(&self, offset: usize, length: usize) -> Result<String, SourceError> {
        let end = format!("the end of the file, {} bytes long", self.bytes.len());
        let field = self
            .bytes
            .get(offset..offset + length)
            .ok_or_else(|| self.malformed(offset, &end, "an EDF header"))?;
        Ok(text::decode(field).trim().to_owned())
    }

    fn number(&self, offset: usize, length: usize, what: &str) -> Result<f64, SourceError> {
        let text = self.text(offset, length)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| {
            self.malformed(offset, &format!("'{text}'"), &format!("{what}, a number"))
        })
    }

    fn whole(
        &self,
        offset: usize,
        length: usize,
        what: &str,
        least: i64,
        most: i64,
    ) -> Result<i64, SourceError> {
        let number = self.number(offset, length, what)?;
        if number.fract() != 0.0 || number < least as f64 || number > most as f64 {
            let expected = format!("{what}, a whole number from {least} to {most}");
            return Err(self.malformed(offset, &format!("{number}"), &expected));
        }
        Ok(number as i64)
    }
}

/// EDF or BDF, by how the file begins.
pub(super) fn format_of(start: &[u8]) -> Option<SampleFormat> {
    if start.starts_with(b"\xFFBIOSEMI") {
        return Some(SampleFormat::I24);
    }
    // Some writers fill up with NUL.
    let is_edf = start.first() == Some(&b'0')
        && start.get(1..8)?.iter().all(|byte| matches!(byte, b' ' | 0));
    is_edf.then_some(SampleFormat::I16)
}

/// How many bytes must be read before the whole header can be parsed.
pub(super) fn announced_size(path: &Path, fixed: &[u8]) -> Result<usize, SourceError> {
    let fields = Fields { path, bytes: fixed };
    if fixed.is_empty() {
        return Err(fields.malformed(0, "an empty file", "an EDF header of at least 512 bytes"));
    }
    let version = fields.text(0, 8.min(fixed.len()))?;
    if format_of(fixed).is_none() {
        let expected = "an EDF file, which begins with '0' and seven spaces, or a BDF file, which begins with 255 and 'BIOSEMI'";
        return Err(fields.malformed(0, &format!("{version:?}"), expected));
    }
    let signals = fields.whole(252, 4, "the number of signals", 1, 4096)? as usize;
    Ok(PART * (signals + 1))
}

/// Parses a whole header.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Header, SourceError> {
    let fields = Fields { path, bytes };
    let count = announced_size(path, bytes)? / PART - 1;
    let header_bytes = fields.whole(184, 8, "the size of the header", 0, 1 << 24)? as u64;
    if header_bytes != (PART * (count + 1)) as u64 {
        let expected = format!("{} for its {count} signals", PART * (count + 1));
        return Err(fields.malformed(184, &format!("a header size of {header_bytes}"), &expected));
    }
    let reserved = fields.text(192, 44)?;
    let records = fields.whole(236, 8, "the number of records", -1, i64::MAX / 4096)?;
    let record_duration_s = fields.number(244, 8, "the duration of a record")?;
    if record_duration_s <= 0.0 {
        let found = format!("{record_duration_s}");
        return Err(fields.malformed(
            244,
            &found,
            "the duration of a record in seconds, above zero",
        ));
    }
    let format = format_of(bytes).unwrap_or(SampleFormat::I16);
    let mut signals = Vec::with_capacity(count);
    let mut byte_in_record = 0;
    for k in 0..count {
        let signal = parse_signal(&fields, k, count, byte_in_record)?;
        byte_in_record += signal.bytes_per_record(format);
        signals.push(signal);
    }
    let subtype = reserved.get(..5).unwrap_or("").to_owned();
    Ok(Header {
        format,
        header_bytes,
        discontinuous: matches!(subtype.as_str(), "EDF+D" | "BDF+D"),
        subtype,
        records: u64::try_from(records).ok(),
        record_duration_s,
        record_bytes: byte_in_record,
        signals,
    })
}

fn parse_signal(
    fields: &Fields<'_>,
    k: usize,
    count: usize,
    byte_in_record: u64,
) -> Result<Signal, SourceError> {
    // Each field of all signals stands together: all labels, all transducers, and so on.
    let at = |before: usize, width: usize| PART + before * count + k * width;
    let label = fields.text(at(0, 16), 16)?;
    let unit = fields.text(at(96, 8), 8)?;
    let samples_per_record =
        fields.whole(at(216, 8), 8, "the samples of a record", 1, 1 << 24)? as u64;
    let mut limits = [0.0; 4];
    if !matches!(label.as_str(), "EDF Annotations" | "BDF Annotations") {
        let names = [
            "a physical minimum",
            "a physical maximum",
            "a digital minimum",
            "a digital maximum",
        ];
        for ((limit, name), before) in limits.iter_mut().zip(names).zip([104, 112, 120, 128]) {
            *limit = fields.number(at(before, 8), 8, name)?;
        }
    }
    let [physical_min, physical_max, digital_min, digital_max] = limits;
    let usable = digital_max > digital_min && physical_max != physical_min;
    let gain = (physical_max - physical_min) / (digital_max - digital_min);
    let found = format!("scaled {digital_min}..{digital_max} to {physical_min}..{physical_max}");
    Ok(Signal {
        about: Described {
            label,
            unit,
            samples_per_record,
            unusable: (!usable).then_some(found),
        },
        scaling: (gain, physical_min - digital_min * gain),
        byte_in_record,
    })
}
