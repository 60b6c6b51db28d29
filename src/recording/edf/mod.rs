//! Writes EDF+ (Kemp and Olivan 2003) and BDF+ files, for programs that do not read XDF.
//!
//! EDF stores 16 bits per sample and BDF 24, so every channel is scaled to the range of its own values. Missing samples
//! are filled with each channel's value nearest to zero, and annotated as `BAD_ACQ_SKIP`, which MNE ignores.

mod scale;

use crate::block::{Block, Layout};
use crate::printable::{counted, is_unprintable};
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::SampleIndex;
use scale::Scale;
use std::io::{self, Write};

/// Which of the two formats to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdfFormat {
    /// EDF+, 16 bits.
    Edf,
    /// BDF+, 24 bits.
    Bdf,
}

impl EdfFormat {
    /// Bytes per stored number.
    fn width(self) -> usize {
        match self {
            Self::Edf => 2,
            Self::Bdf => 3,
        }
    }

    /// Bits per stored number.
    #[must_use]
    pub fn bits(self) -> usize {
        8 * self.width()
    }

    /// The smallest and the largest stored number.
    fn digital_limits(self) -> [i32; 2] {
        match self {
            Self::Edf => [-(1 << 15), (1 << 15) - 1],
            Self::Bdf => [-(1 << 23), (1 << 23) - 1],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Edf => "EDF",
            Self::Bdf => "BDF",
        }
    }
}

/// Why a recording cannot be written as EDF+ or BDF+.
#[derive(Debug, thiserror::Error)]
pub enum EdfError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A channel's values do not fit.
    #[error(
        "channel {label} reaches {reach:e} µV, which the eight characters of an EDF header cannot hold; convert to XDF instead"
    )]
    Range {
        /// Label of the channel.
        label: String,
        /// Its largest value, µV.
        reach: f64,
    },
    /// More samples are missing than there are.
    #[error(
        "the recording lacks {} and has only {there}: the file would be mostly filler; convert to XDF instead",
        counted(missing, "sample")
    )]
    MostlyMissing {
        /// Number of missing samples.
        missing: u64,
        /// Number of samples.
        there: u64,
    },
}

/// Summary of a written file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// Samples per channel, including missing ones.
    pub samples: u64,
    /// Number of missing samples.
    pub missing: u64,
    /// Number of NaN and infinite values, which were written as the value nearest to zero.
    pub no_numbers: u64,
    /// Channels whose values may change by more than [`COARSE_UV`], and the largest change, µV.
    pub coarse: Vec<(String, f64)>,
    /// Labels that were shortened to the sixteen characters of the header's field.
    pub cut_labels: Vec<String>,
}

/// A channel is reported if storing changes its values by more than this, µV.
pub const COARSE_UV: f64 = 0.1;

/// Results of the first pass.
struct Survey {
    /// Smallest and largest value of each channel, µV.
    ranges: Vec<[f64; 2]>,
    markers: Vec<Marker>,
    /// First index and length of each gap.
    gaps: Vec<(u64, u64)>,
    end: u64,
    written: Written,
}

/// Maximum number of characters in a label.
const LABEL: usize = 16;
/// Maximum size of a time-keeping list in a record, bytes.
const TIME_KEEPING: usize = 32;
const SKIP: &str = "BAD_ACQ_SKIP";

/// Writes a recording. It is opened twice: for the range of its values, and for the values.
///
/// # Errors
/// [`EdfError`] if it cannot be read, or does not fit.
pub fn write<S: Source + ?Sized>(
    mut open: impl FnMut() -> Result<Box<S>, SourceError>,
    out: &mut impl Write,
    format: EdfFormat,
) -> Result<Written, EdfError> {
    let mut source = open()?;
    let layout = source.layout().clone();
    let mut survey = survey(source.as_mut())?;
    let there = survey.end - survey.written.missing;
    if survey.written.missing > there {
        return Err(EdfError::MostlyMissing {
            missing: survey.written.missing,
            there,
        });
    }
    let scales = scales(&layout, &mut survey, format)?;
    let per_record = layout.rate.hz().round().max(1.0) as u64;
    let records = survey.end.div_ceil(per_record);
    let annotations = annotations(&layout, &survey, per_record, records);
    let annotation_bytes = annotations
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .next_multiple_of(format.width());
    let header = Header {
        format,
        layout: &layout,
        scales: &scales,
        per_record,
        records,
        annotation_numbers: annotation_bytes / format.width(),
    };
    header.write(out)?;

    let mut source = open()?;
    let mut block = Block::with_capacity(layout.channel_count(), per_record as usize);
    // One record, channel by channel.
    let mut record = vec![0i32; layout.channel_count() * per_record as usize];
    scales
        .iter()
        .zip(record.chunks_mut(per_record as usize))
        .for_each(|(scale, own)| own.fill(scale.digital(0.0)));
    let empty = record.clone();
    let mut at = 0;
    let mut finish = |record: &mut Vec<i32>, number: u64| -> io::Result<()> {
        record
            .iter()
            .try_for_each(|value| out.write_all(&value.to_le_bytes()[..format.width()]))?;
        let mut own = annotations
            .get(number as usize)
            .cloned()
            .unwrap_or_default();
        own.resize(annotation_bytes, 0);
        out.write_all(&own)?;
        record.clone_from(&empty);
        Ok(())
    };
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                for (offset, frame) in block.iter().enumerate() {
                    let SampleIndex(index) = block.first.after(offset as u64);
                    while at < index / per_record {
                        finish(&mut record, at)?;
                        at += 1;
                    }
                    let within = (index % per_record) as usize;
                    for (channel, (value, scale)) in frame.iter().zip(&scales).enumerate() {
                        record[channel * per_record as usize + within] = scale.digital(*value);
                    }
                }
            }
            SourceEvent::End => break,
            _ => {}
        }
    }
    while at < records {
        finish(&mut record, at)?;
        at += 1;
    }
    Ok(survey.written)
}

fn survey<S: Source + ?Sized>(source: &mut S) -> Result<Survey, EdfError> {
    let channels = source.layout().channel_count();
    let mut block = Block::with_capacity(channels, 256);
    let mut out = Survey {
        ranges: vec![[f64::INFINITY, f64::NEG_INFINITY]; channels],
        markers: Vec::new(),
        gaps: Vec::new(),
        end: 0,
        written: Written::default(),
    };
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                let SampleIndex(first) = block.first;
                if first > out.end {
                    out.gaps.push((out.end, first - out.end));
                    out.written.missing += first - out.end;
                }
                out.end = first + block.frames() as u64;
                for frame in block.iter() {
                    for (value, [least, greatest]) in frame.iter().zip(&mut out.ranges) {
                        if value.is_finite() {
                            *least = least.min(*value);
                            *greatest = greatest.max(*value);
                        } else {
                            out.written.no_numbers += 1;
                        }
                    }
                }
            }
            SourceEvent::Marker(marker) => out.markers.push(marker),
            SourceEvent::End => break,
            _ => {}
        }
    }
    out.written.samples = out.end;
    Ok(out)
}

/// How each channel is stored. Losses of precision are added to the summary.
fn scales(layout: &Layout, survey: &mut Survey, format: EdfFormat) -> Result<Vec<Scale>, EdfError> {
    let mut scales = Vec::with_capacity(layout.channel_count());
    for (label, range) in layout.labels.iter().zip(&survey.ranges) {
        let scale = Scale::new(label, *range, format)?;
        if scale.largest_error() > COARSE_UV {
            let coarse = (label.clone(), scale.largest_error());
            survey.written.coarse.push(coarse);
        }
        if label.chars().count() > LABEL {
            survey.written.cut_labels.push(label.clone());
        }
        scales.push(scale);
    }
    Ok(scales)
}

/// Annotation lists of each record.
fn annotations(layout: &Layout, survey: &Survey, per_record: u64, records: u64) -> Vec<Vec<u8>> {
    let secs = |index: u64| layout.rate.secs_of(index);
    let mut out: Vec<Vec<u8>> = (0..records)
        .map(|record| {
            let mut list = format!("+{}\x14\x14\0", secs(record * per_record)).into_bytes();
            list.truncate(TIME_KEEPING);
            list
        })
        .collect();
    let mut put = |index: u64, duration: Option<u64>, label: &str| {
        let last = records.saturating_sub(1);
        if let Some(list) = out.get_mut((index / per_record).min(last) as usize) {
            let clean: String = label
                .chars()
                // EDF+ allows no control characters except white space here.
                .map(|c| match c {
                    '\t' | '\n' | '\r' => c,
                    c if is_unprintable(c) => '?',
                    c => c,
                })
                .collect();
            let duration =
                duration.map_or(String::new(), |samples| format!("\x15{}", secs(samples)));
            list.extend(format!("+{}{duration}\x14{clean}\x14\0", secs(index)).into_bytes());
        }
    };
    survey
        .markers
        .iter()
        .for_each(|marker| put(marker.at.0, None, &marker.label));
    survey
        .gaps
        .iter()
        .for_each(|&(first, length)| put(first, Some(length), SKIP));
    let whole = records * per_record;
    if whole > survey.end {
        put(survey.end, Some(whole - survey.end), SKIP);
    }
    out
}

/// Fields of the header.
struct Header<'a> {
    format: EdfFormat,
    layout: &'a Layout,
    scales: &'a [Scale],
    per_record: u64,
    records: u64,
    /// Size of a record's annotations, in stored numbers.
    annotation_numbers: usize,
}

impl Header<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            EdfFormat::Edf => out.write_all(b"0       ")?,
            EdfFormat::Bdf => out.write_all(b"\xFFBIOSEMI")?,
        }
        out.write_all(self.text().as_bytes())
    }

    /// All fields except the first.
    fn text(&self) -> String {
        let labels = &self.layout.labels;
        let signals = labels.len() + 1;
        let mut text = String::new();
        let mut put = |field: &str, width: usize| {
            let fitting: String = field
                .chars()
                .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
                .take(width)
                .collect();
            text.push_str(&format!("{fitting:<width$}"));
        };
        // Neither patient nor date is copied to a converted file.
        put("X X X X", 80);
        put("Startdate X X bci-cursor X", 80);
        put("01.01.85", 8);
        put("00.00.00", 8);
        put(&(256 * (signals + 1)).to_string(), 8);
        put(&format!("{}+C", self.format.name()), 44);
        put(&self.records.to_string(), 8);
        let duration_s = self.per_record as f64 / self.layout.rate.hz();
        put(&format!("{duration_s}"), 8);
        put(&signals.to_string(), 4);
        labels.iter().for_each(|label| put(label, LABEL));
        put(&format!("{} Annotations", self.format.name()), LABEL);
        (0..signals).for_each(|_| put("", 80));
        labels.iter().for_each(|_| put("uV", 8));
        put("", 8);
        for limit in [0, 1] {
            let scales = self.scales.iter();
            scales.for_each(|scale| put(&scale.texts[limit], 8));
            put(["-1", "1"][limit], 8);
        }
        for limit in self.format.digital_limits() {
            (0..signals).for_each(|_| put(&limit.to_string(), 8));
        }
        (0..signals).for_each(|_| put("", 80));
        let per_record = self.per_record.to_string();
        labels.iter().for_each(|_| put(&per_record, 8));
        put(&self.annotation_numbers.to_string(), 8);
        (0..signals).for_each(|_| put("", 32));
        text
    }
}
