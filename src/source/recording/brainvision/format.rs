//! How the samples are stored in their file.

use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::super::text;
use super::text::{Entry, TextFile};
use crate::note::Notes;
use crate::printable::printable_path;
use crate::source::{MOST_CHANNELS, SourceError};
use crate::units::Hertz;

/// How the samples are stored in their file.
pub(super) struct Format {
    pub(super) rate: Hertz,
    /// Number of channels in the file.
    pub(super) channels: usize,
    pub(super) sample: SampleFormat,
    pub(super) multiplexed: bool,
    points: Option<u64>,
    /// Layout of a text file; `None` if the samples are binary.
    pub(super) ascii: Option<Ascii>,
}

/// Layout of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ascii {
    pub(super) decimal_comma: bool,
    /// Lines before the first number, and words before the first number of each line.
    pub(super) skip_lines: u64,
    pub(super) skip_columns: u64,
}

fn unusable(input: &Input, entry: &Entry<'_>, expected: &str) -> SourceError {
    input.malformed(entry.offset, &entry.line(), expected)
}

impl Format {
    pub(super) fn read(input: &Input, header: &TextFile) -> Result<Self, SourceError> {
        let get = |key: &str| header.get("common infos", key);
        let needed = |key: &str, expected: &str| {
            get(key).ok_or_else(|| input.malformed(0, &format!("no {key}="), expected))
        };
        if let Some(entry) =
            get("DataType").filter(|entry| !entry.value.eq_ignore_ascii_case("timedomain"))
        {
            return Err(unusable(input, &entry, "DataType=TIMEDOMAIN"));
        }
        let entry = needed("NumberOfChannels", "the number of channels")?;
        let channels = entry
            .value
            .parse()
            .ok()
            .filter(|count| (1..=MOST_CHANNELS).contains(count));
        let channels = channels.ok_or_else(|| unusable(input, &entry, "1 to 4096 channels"))?;
        let entry = needed("SamplingInterval", "the sampling interval in microseconds")?;
        let rate = text::number(&entry.value).and_then(|interval_us| Hertz::new(1e6 / interval_us));
        let rate = rate.ok_or_else(|| {
            unusable(
                input,
                &entry,
                "a sampling interval in microseconds, at least 1",
            )
        })?;
        let multiplexed = match get("DataOrientation") {
            None => true,
            Some(entry) if entry.value.eq_ignore_ascii_case("multiplexed") => true,
            Some(entry) if entry.value.eq_ignore_ascii_case("vectorized") => false,
            Some(entry) => return Err(unusable(input, &entry, "MULTIPLEXED or VECTORIZED")),
        };
        let ascii = match get("DataFormat") {
            None => None,
            Some(entry) if entry.value.eq_ignore_ascii_case("binary") => None,
            Some(entry) if entry.value.eq_ignore_ascii_case("ascii") => Some(Ascii::read(header)),
            Some(entry) => return Err(unusable(input, &entry, "BINARY or ASCII")),
        };
        // An actiCHamp header (.ahdr) counts one channel fewer than the file has.
        let is_ahdr = input
            .path()
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("ahdr"));
        Ok(Self {
            rate,
            channels: channels + usize::from(is_ahdr),
            sample: match ascii {
                Some(_) => SampleFormat::F64,
                None => sample_format(input, header)?,
            },
            multiplexed,
            points: get("DataPoints")
                .and_then(|entry| entry.value.parse().ok())
                .filter(|&points| points > 0),
            ascii,
        })
    }

    /// Bytes of one sample of all channels.
    pub(super) fn frame_bytes(&self) -> usize {
        self.channels * self.sample.width()
    }

    /// Number of samples per channel in the file. All of them are used, whatever the header announces.
    pub(super) fn samples(&self, data: &Input, warnings: &mut Notes) -> Result<u64, SourceError> {
        let frame = self.frame_bytes() as u64;
        let there = data.size() / frame;
        let rest = data.size() % frame;
        let announced = self.points.unwrap_or(there);
        let is_cut = announced > there || (self.points.is_none() && rest > 0);
        if there == 0 || (is_cut && !self.multiplexed) {
            // Channels are stored one after another, so without the announced size it is unknown where they begin.
            return Err(SourceError::Truncated {
                path: data.path().to_owned(),
                found: data.size(),
                expected: announced.max(there + 1).saturating_mul(frame),
            });
        }
        let of = self
            .points
            .map_or(String::new(), |points| format!(" of {points}"));
        let path = printable_path(data.path());
        if is_cut {
            warnings.push(format!(
                "{path} is cut: it has {} bytes; {there}{of} samples of each channel are used. Copy it again from where it \
                 was recorded, if it is whole there",
                data.size()
            ));
        } else if announced < there && (self.multiplexed || rest == 0) {
            warnings.push(format!(
                "its header announces {announced} samples of each channel, but {path} has {there}: all of them are used"
            ));
        } else if announced < there {
            // Other data follows the samples; each channel is as long as announced.
            return Ok(announced);
        }
        Ok(there)
    }
}

impl Ascii {
    fn read(header: &TextFile) -> Self {
        let get = |key: &str| header.get("ascii infos", key).map(|entry| entry.value);
        let number = |key: &str| get(key).and_then(|value| value.parse().ok()).unwrap_or(0);
        Self {
            decimal_comma: get("DecimalSymbol").is_some_and(|symbol| symbol == ","),
            skip_lines: number("SkipLines"),
            skip_columns: number("SkipColumns"),
        }
    }
}

fn sample_format(input: &Input, header: &TextFile) -> Result<SampleFormat, SourceError> {
    use SampleFormat as F;
    let is_big = header
        .get("binary infos", "UseBigEndianOrder")
        .is_some_and(|entry| entry.value.eq_ignore_ascii_case("yes"));
    let Some(entry) = header.get("binary infos", "BinaryFormat") else {
        return Ok(if is_big { F::I16Be } else { F::I16 });
    };
    let (little, big) = match entry.value.to_ascii_uppercase().as_str() {
        "INT_16" => (F::I16, F::I16Be),
        "UINT_16" => (F::U16, F::U16Be),
        "INT_32" => (F::I32, F::I32Be),
        "IEEE_FLOAT_32" => (F::F32, F::F32Be),
        "IEEE_FLOAT_64" => (F::F64, F::F64Be),
        _ => {
            let expected = "INT_16, UINT_16, INT_32, IEEE_FLOAT_32 or IEEE_FLOAT_64";
            return Err(unusable(input, &entry, expected));
        }
    };
    Ok(if is_big { big } else { little })
}
