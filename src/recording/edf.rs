//! EDF+ files (Kemp and Olivan 2003), for programs that read nothing else.
//!
//! EDF keeps 16 bits of each sample: every channel is scaled to its own range. Where samples are missing, zeros stand under an
//! annotation `BAD_ACQ_SKIP`, which MNE leaves out by its name.

use crate::block::{Block, Layout};
use crate::printable::is_unprintable;
use crate::source::{Marker, Source, SourceError, SourceEvent};
use crate::time::SampleIndex;
use std::io::{self, Write};

/// A recording that cannot be written as EDF+.
#[derive(Debug, thiserror::Error)]
pub enum EdfError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be written.
    #[error("the EDF+ file cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A channel's values do not fit.
    #[error(
        "channel {label} reaches {reach:e} µV, which EDF's eight characters cannot hold; convert to XDF instead"
    )]
    Range {
        /// Its label.
        label: String,
        /// How far it goes.
        reach: f64,
    },
    /// Samples are missing for longer than there is EEG.
    #[error(
        "{missing} samples are missing in the recording, which has {there}: EDF+ would be mostly zeros; convert to XDF instead"
    )]
    MostlyMissing {
        /// How many.
        missing: u64,
        /// How many there are.
        there: u64,
    },
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Samples of each channel, missing ones counted.
    pub samples: u64,
    /// Samples that were missing.
    pub missing: u64,
    /// Values that are no numbers, and were written as zero.
    pub no_numbers: u64,
}

/// What a first pass finds.
struct Survey {
    /// Least and greatest value of each channel, µV.
    ranges: Vec<[f64; 2]>,
    markers: Vec<Marker>,
    /// First index and length of what is missing.
    gaps: Vec<(u64, u64)>,
    end: u64,
    written: Written,
}

/// Time-keeping lists take this much of a record at most, bytes.
const TIME_KEEPING: usize = 32;
const SKIP: &str = "BAD_ACQ_SKIP";

/// Writes a recording, which is opened twice: for the range of its values, and for the values.
///
/// # Errors
/// [`EdfError`] where it cannot be read, or does not fit.
pub fn write<S: Source + ?Sized>(
    mut open: impl FnMut() -> Result<Box<S>, SourceError>,
    out: &mut impl Write,
) -> Result<Written, EdfError> {
    let mut source = open()?;
    let layout = source.layout().clone();
    let survey = survey(source.as_mut())?;
    let there = survey.end - survey.written.missing;
    if survey.written.missing > there {
        return Err(EdfError::MostlyMissing {
            missing: survey.written.missing,
            there,
        });
    }
    let scales: Vec<Scale> = layout
        .labels
        .iter()
        .zip(&survey.ranges)
        .map(|(label, range)| Scale::new(label, *range))
        .collect::<Result<_, _>>()?;
    let per_record = layout.rate.hz().round().max(1.0) as u64;
    let records = survey.end.div_ceil(per_record);
    let annotations = annotations(&layout, &survey, per_record, records);
    let annotation_bytes = annotations
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .next_multiple_of(2);
    write_header(
        out,
        &layout,
        &scales,
        per_record,
        records,
        annotation_bytes / 2,
    )?;

    let mut source = open()?;
    let mut block = Block::with_capacity(layout.channel_count(), per_record as usize);
    // One record, channel after channel.
    let mut record = vec![0i16; layout.channel_count() * per_record as usize];
    scales
        .iter()
        .zip(record.chunks_mut(per_record as usize))
        .for_each(|(scale, own)| own.fill(scale.digital(0.0)));
    let empty = record.clone();
    let mut at = 0;
    let mut finish = |record: &mut Vec<i16>, number: u64| -> io::Result<()> {
        record
            .iter()
            .try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
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

/// From µV to 16 bits.
struct Scale {
    /// The limits as the header spells them.
    texts: [String; 2],
    least: f64,
    step: f64,
}

impl Scale {
    fn new(label: &str, [least, greatest]: [f64; 2]) -> Result<Self, EdfError> {
        // Zero is written where nothing is known.
        let (least, greatest) = (least.min(0.0), greatest.max(0.0));
        let (least, greatest) = if greatest > least {
            (least, greatest)
        } else {
            (-1.0, 1.0)
        };
        let texts = [in_eight(least, f64::floor), in_eight(greatest, f64::ceil)];
        let [Some((low, low_text)), Some((high, high_text))] = texts else {
            return Err(EdfError::Range {
                label: label.to_owned(),
                reach: greatest.max(-least),
            });
        };
        Ok(Self {
            texts: [low_text, high_text],
            least: low,
            step: (high - low) / 65_535.0,
        })
    }

    fn digital(&self, value: f64) -> i16 {
        let value = if value.is_finite() { value } else { 0.0 };
        (((value - self.least) / self.step).round() - 32_768.0) as i16
    }
}

/// A number in eight characters, rounded away from zero; with what the text says.
fn in_eight(value: f64, round: fn(f64) -> f64) -> Option<(f64, String)> {
    (0..=5).rev().find_map(|digits| {
        let scale = 10f64.powi(digits);
        let rounded = round(value * scale) / scale;
        let text = format!("{rounded:.*}", digits as usize);
        Some((text.parse().ok()?, text)).filter(|(_, text)| text.len() <= 8)
    })
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
                // White space is the only control that EDF+ allows here.
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

fn write_header(
    out: &mut impl Write,
    layout: &Layout,
    scales: &[Scale],
    per_record: u64,
    records: u64,
    annotation_words: usize,
) -> io::Result<()> {
    let signals = layout.channel_count() + 1;
    let mut text = String::new();
    let mut put = |field: &str, width: usize| {
        let fitting: String = field
            .chars()
            .map(|c| if matches!(c, ' '..='~') { c } else { '?' })
            .take(width)
            .collect();
        text.push_str(&format!("{fitting:<width$}"));
    };
    put("0", 8);
    // Nothing of the patient or the date goes into a converted file.
    put("X X X X", 80);
    put("Startdate X X bci-cursor X", 80);
    put("01.01.85", 8);
    put("00.00.00", 8);
    put(&(256 * (signals + 1)).to_string(), 8);
    put("EDF+C", 44);
    put(&records.to_string(), 8);
    let duration_s = per_record as f64 / layout.rate.hz();
    put(&format!("{duration_s}"), 8);
    put(&signals.to_string(), 4);
    layout.labels.iter().for_each(|label| put(label, 16));
    put("EDF Annotations", 16);
    (0..signals).for_each(|_| put("", 80));
    layout.labels.iter().for_each(|_| put("uV", 8));
    put("", 8);
    for limit in [0, 1] {
        scales.iter().for_each(|scale| put(&scale.texts[limit], 8));
        put(["-1", "1"][limit], 8);
    }
    for limit in ["-32768", "32767"] {
        (0..signals).for_each(|_| put(limit, 8));
    }
    (0..signals).for_each(|_| put("", 80));
    layout
        .labels
        .iter()
        .for_each(|_| put(&per_record.to_string(), 8));
    put(&annotation_words.to_string(), 8);
    (0..signals).for_each(|_| put("", 32));
    out.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_of_a_range_is_written_to_half_a_step(least in -1e5..1e5f64, span in 0.001..1e5f64, at in 0.0..=1.0f64) {
            let range = [least, least + span];
            let scale = Scale::new("C3", range).unwrap();
            let value = least + at * span;
            let back = scale.least + (f64::from(scale.digital(value)) + 32_768.0) * scale.step;
            prop_assert!((back - value).abs() <= 0.5001 * scale.step);
            prop_assert!(scale.texts.iter().all(|text| text.len() <= 8));
        }
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let error = Scale::new("C3", [0.0, 1e9]).err().unwrap().to_string();
        assert!(error.contains("channel C3 reaches 1e9"), "{error}");
    }
}
