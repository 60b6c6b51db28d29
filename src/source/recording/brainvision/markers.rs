//! Markers, and the segments between pauses of a recording.

use super::super::input::Input;
use super::text::TextFile;
use crate::note::Notes;
use crate::printable::{counted, printable_path};
use crate::source::SourceError;
use crate::time::SampleIndex;
use crate::units::Hertz;
use jiff::civil::DateTime;
use std::collections::VecDeque;

/// Place in the file, in samples from zero, and index: see [`Plan::jumps`](super::super::records::Plan::jumps).
type Jump = (u64, u64);
/// Place or index of a marker, and its text.
type Placed = (i64, String);

/// Content of a marker file.
#[derive(Default)]
pub(super) struct Markers {
    /// Place in the file, in samples from zero, and text. Ascending.
    markers: Vec<Placed>,
    /// Where a segment began, at the start or after a pause, and when. Ascending.
    segments: Vec<(i64, Option<DateTime>)>,
}

impl Markers {
    /// `Mk1=<type>,<description>,<position>,<size>,<channel>,<date>`. Positions count from one. The marker is the
    /// description, or the type if there is no description.
    pub(super) fn read(input: &mut Input, warnings: &mut Notes) -> Result<Self, SourceError> {
        let file = TextFile::read(input)?;
        let mut out = Self::default();
        let mut unreadable = Vec::new();
        for entry in file.entries().filter(|entry| entry.is_in("marker infos")) {
            let fields = entry.fields();
            let position = fields
                .get(2)
                .and_then(|position| position.parse::<i64>().ok());
            let (Some(position), [kind, description, ..]) = (position, fields.as_slice()) else {
                unreadable.push(entry.line());
                continue;
            };
            // Some programs count from zero, so zero is the first sample.
            let at = if position > 0 { position - 1 } else { position };
            let text = if description.is_empty() {
                kind
            } else {
                description
            };
            if kind == "New Segment" {
                let date = fields.get(5).and_then(|text| date_of(text));
                out.segments.push((at, date));
            }
            out.markers.push((at, text.clone()));
        }
        out.markers.sort_by_key(|marker| marker.0);
        out.segments.sort_by_key(|segment| segment.0);
        if let Some(first) = unreadable.first() {
            warnings.push(format!(
                "left out of {}: {} that lack a type, a description or a position; the first is '{first}'",
                printable_path(input.path()),
                counted(unreadable.len(), "line")
            ));
        }
        Ok(out)
    }

    /// Returns the pauses between segments as jumps (place in the file, index), and the markers by index.
    pub(super) fn on_stream(
        self,
        rate: Hertz,
        warnings: &mut Notes,
    ) -> (VecDeque<Jump>, Vec<Placed>) {
        let mut jumps = VecDeque::new();
        let mut missing = 0u64;
        for pair in self.segments.windows(2) {
            let [(before, began), (at, goes_on)] = pair else {
                continue;
            };
            let Ok(place) = u64::try_from(*at) else {
                continue;
            };
            let pause = pause(rate, (*before, *began), (*at, *goes_on));
            let at_s = rate.secs_of(place);
            match pause {
                Some(samples) => {
                    missing = missing.saturating_add(samples).min(SampleIndex::LAST);
                    if samples > 0 {
                        jumps.push_back((place, place.saturating_add(missing)));
                    }
                }
                None if at > before => warnings.push(format!(
                    "a new segment begins after {at_s:.2} s; the length of the pause is unknown, so the samples are \
                     read without a gap"
                )),
                None => {}
            }
        }
        let shift = |at: i64| {
            let before = jumps
                .iter()
                .rev()
                .find(|(place, _)| i64::try_from(*place).is_ok_and(|place| place <= at));
            before.map_or(0, |(place, index)| (index - place) as i64)
        };
        let markers = self
            .markers
            .into_iter()
            .map(|(at, text)| (at.saturating_add(shift(at)), text));
        let markers = markers.collect();
        (jumps, markers)
    }
}

/// Number of samples missed between two segments, by their dates; `None` if the dates do not say.
fn pause(
    rate: Hertz,
    (before, began): (i64, Option<DateTime>),
    (at, goes_on): (i64, Option<DateTime>),
) -> Option<u64> {
    let passed_s = began?.duration_until(goes_on?).as_secs_f64();
    let passed = rate.samples_in_secs(passed_s);
    u64::try_from(passed.saturating_sub(at.saturating_sub(before))).ok()
}

/// A date of twenty digits, from year to microsecond.
fn date_of(text: &str) -> Option<DateTime> {
    if text.len() != 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i32>().ok();
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    DateTime::new(
        i16::try_from(number(0, 4)?).ok()?,
        small(4)?,
        small(6)?,
        small(8)?,
        small(10)?,
        small(12)?,
        number(14, 20)? * 1000,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_stream(lines: &str) -> (VecDeque<Jump>, Vec<Placed>, Notes) {
        let text = format!("BrainVision Data Exchange Marker File\n[Marker Infos]\n{lines}");
        let mut warnings = Notes::new();
        let mut input = Input::of_bytes("x.vmrk", text.into_bytes());
        let markers = Markers::read(&mut input, &mut warnings).unwrap();
        let rate = Hertz::new(100.0).unwrap();
        let (jumps, markers) = markers.on_stream(rate, &mut warnings);
        (jumps, markers, warnings)
    }

    #[test]
    fn a_pause_is_a_gap_of_the_same_length() {
        let (jumps, markers, warnings) = on_stream(
            "Mk1=New Segment,,1,1,0,20240101120000000000\nMk2=Stimulus,a,51,1,0\n\
             Mk3=New Segment,,101,1,0,20240101120003500000\nMk4=Stimulus,b,151,1,0\n",
        );
        // One second was recorded, and two and a half seconds were not.
        assert_eq!(jumps, [(100, 350)]);
        let places: Vec<i64> = markers.iter().map(|marker| marker.0).collect();
        assert_eq!(places, [0, 50, 350, 400]);
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn a_pause_of_unknown_length_is_reported() {
        let (jumps, _, warnings) = on_stream("Mk1=New Segment,,1,1,0\nMk2=New Segment,,101,1,0\n");
        assert!(jumps.is_empty());
        assert!(
            warnings[0].contains("a new segment begins after 1.00 s"),
            "{warnings:?}"
        );
    }

    #[test]
    fn early_positions_and_invalid_lines_are_reported() {
        let (_, markers, warnings) =
            on_stream("Mk1=Stimulus,a,-5,1,0\nMk2=Stimulus,b,x,1,0\nMk3=Stimulus,c,0,1,0\n");
        assert_eq!(markers, [(-5, "a".into()), (0, "c".into())]);
        assert!(
            warnings[0].contains("left out of x.vmrk: 1 line that"),
            "{warnings:?}"
        );
    }
}
