//! Second pass over a recording: the stamps of its EEG, and the times of markers.

use super::super::input::Input;
use super::super::markers_before;
use super::choice::{self, Eeg, MarkersAs, SessionTimeline};
use super::clock::Clock;
use super::clocks_apart::clocks_apart;
use super::odd_stamps::OddStamps;
use super::scan::Scan;
use super::stored::StoredStamps;
use super::stream::{Format, Stream};
use super::timeline::{Segment, Watch, duration_s, index_at};
use super::trigger::{codes_of, trigger_channels};
use crate::note::Notes;
use crate::printable::{counted, printable};
use crate::source::{Marker, SourceError};
use crate::time::SampleIndex;
use crate::units::Hertz;

pub(super) struct Times {
    /// From the stamps, and from a session's own entries if it has any.
    pub(super) watched: Vec<Segment>,
    pub(super) segments: Vec<Segment>,
    pub(super) markers: Vec<Marker>,
    pub(super) warnings: Notes,
    /// Time from the first to the last sample, seconds.
    pub(super) stamped_s: Option<f64>,
    /// The rate of stored stamps, if only a few samples have one and the declared rate is wrong.
    pub(super) stored_rate: Option<Hertz>,
}

/// Second pass: the stamps of the EEG, and the times of markers.
pub(super) fn read_times(
    input: &mut Input,
    scan: &Scan,
    eeg: &Eeg,
    count: fn(SessionTimeline) -> SessionTimeline,
) -> Result<Times, SourceError> {
    let mut clocks: Vec<Clock> = scan
        .streams
        .iter()
        .map(|stream| Clock::new(&stream.clock_offsets))
        .collect();
    let mut watch = Watch::new(eeg.layout.rate);
    let mut stored = StoredStamps::new(eeg.layout.rate);
    let mut codes: Vec<Option<String>> = vec![None; scan.streams.len()];
    let mut are_whole = vec![true; scan.streams.len()];
    let mut triggers = trigger_channels(&scan.streams[eeg.place], eeg);
    let (mut odd_stamps, mut without_text) = (OddStamps::default(), 0u64);
    let mut timed: Vec<(usize, f64, String)> = Vec::new();
    let mut timeline = SessionTimeline::default();
    let eeg_id = scan.streams[eeg.place].id;
    let wanted = |stream: &Stream| {
        stream.id == eeg_id || choice::markers_as(stream).is_some() || choice::is_session(stream)
    };
    let mut bytes = vec![
        0;
        scan.streams
            .iter()
            .map(|stream| stream.channels.len() * 8)
            .max()
            .unwrap_or(0)
    ];
    scan.each_sample(input, wanted, |place, stamp_s, walk, input| {
        let stream = &scan.streams[place];
        let time_s = clocks[place].correct(stamp_s);
        match stream.format {
            Format::Numbers(format) => {
                let width = stream.channels.len() * format.width();
                if place == eeg.place {
                    if walk.after_damage {
                        watch.split(time_s);
                        stored.split();
                    }
                    stored.take(walk.is_stored.then_some(stamp_s));
                    watch.stamp(time_s);
                    odd_stamps.take(stamp_s, walk.is_stored);
                    if triggers.is_empty() {
                        return walk.skip_numbers(input, width);
                    }
                    walk.read_numbers(input, &mut bytes[..width])?;
                    let sample = &bytes[..width];
                    triggers.iter_mut().for_each(|own| own.take(sample, time_s));
                    return Ok(());
                }
                walk.read_numbers(input, &mut bytes[..width])?;
                let numbers = bytes[..width].chunks(format.width());
                let numbers: Vec<f64> = numbers.map(|one| format.read(one)).collect();
                are_whole[place] &= numbers.iter().all(|number| number.fract() == 0.0);
                let markers_as = choice::markers_as(stream);
                let label = markers_as.and_then(|how| choice::marker_of(stream, how, &numbers));
                let Some(label) = label else {
                    return Ok(());
                };
                // In a sampled trigger channel, a marker is where a code other than zero begins.
                let is_sampled = stream.rate.is_some();
                let is_new = codes[place].as_ref() != Some(&label);
                if !is_sampled || (is_new && label != "0") {
                    timed.push((place, time_s, label.clone()));
                }
                codes[place] = Some(label);
            }
            Format::Text => {
                let texts = walk.read_texts(input, stream.channels.len())?;
                if choice::is_session(stream) {
                    texts.first().inspect(|text| timeline.take(text));
                } else {
                    let texts: Vec<&str> = texts
                        .iter()
                        .map(|text| text.trim_matches(['\0', ' ']))
                        .collect();
                    if texts.iter().any(|text| !text.is_empty()) {
                        timed.push((place, time_s, texts.join(",")));
                    } else {
                        without_text += 1;
                    }
                }
            }
        }
        Ok(())
    })?;
    let mut segments = watch.finish();
    let watched = segments.clone();
    let stamped_s = duration_s(&segments);
    let is_marker = |place: usize| {
        are_whole[place] || choice::markers_as(&scan.streams[place]) != Some(MarkersAs::WholeValues)
    };
    timed.retain(|(place, _, _)| is_marker(*place));
    let mut trigger_notes = Vec::new();
    // If a marker stream reports the events, trigger codes would repeat them.
    if timed.is_empty() {
        match codes_of(triggers) {
            Ok(codes) => timed.extend(
                codes
                    .into_iter()
                    .map(|(time_s, code)| (eeg.place, time_s, code.to_string())),
            ),
            Err(notes) => trigger_notes = notes,
        }
    }
    let (mut markers, mut warnings) = place_markers(scan, &segments, timed);
    warnings.extend(trigger_notes);
    warnings.extend(odd_stamps.describe());
    if without_text > 0 {
        warnings.push(format!(
            "markers without text are left out ({without_text}): look at the program that sent them"
        ));
    }
    // A session stores exactly which samples it had, and where its markers are; stamps only give this to within their
    // jitter. Its places count the samples of the file, so they are valid only if all of those are present.
    let session = scan.streams.iter().find(|s| choice::is_session(s));
    if session.is_some_and(|session| !scan.may_lack(eeg_id) && !scan.may_lack(session.id)) {
        let timeline = count(timeline);
        (segments, markers) = (timeline.segments, timeline.markers);
        markers.sort_by_key(|marker| marker.at);
        warnings.clear();
    }
    Ok(Times {
        watched,
        segments,
        markers,
        warnings,
        stamped_s,
        stored_rate: stored.other_rate(),
    })
}

/// Places markers at their samples, and adds warnings about those that belong to none.
fn place_markers(
    scan: &Scan,
    segments: &[Segment],
    mut timed: Vec<(usize, f64, String)>,
) -> (Vec<Marker>, Notes) {
    let mut warnings = Notes::new();
    let (Some(first), Some(long_s)) = (segments.first(), duration_s(segments)) else {
        return (Vec::new(), warnings);
    };
    let span_s = [first.start_s(), first.start_s() + long_s];
    for (place, stream) in scan.streams.iter().enumerate() {
        let times_s = timed.iter().filter(|marker| marker.0 == place);
        let name = printable(&stream.name);
        if let Some(warning) = clocks_apart(&name, times_s.map(|marker| marker.1), span_s) {
            warnings.push(warning);
            timed.retain(|marker| marker.0 != place);
        }
    }
    let after_s = span_s[1] + first.period_s();
    let late = timed.iter().filter(|marker| marker.1 > after_s).count();
    if late > 0 {
        let lie = if late == 1 { "lies" } else { "lie" };
        warnings.push(format!(
            "{} {lie} after the last sample",
            counted(late, "marker")
        ));
    }
    let count = timed.len();
    let mut markers: Vec<Marker> = timed
        .into_iter()
        .filter_map(|(_, time_s, label)| {
            Some(Marker {
                at: SampleIndex(index_at(segments, time_s)?),
                label,
            })
        })
        .collect();
    markers.sort_by_key(|marker| marker.at);
    if markers.len() < count {
        warnings.push(markers_before(count - markers.len()));
    }
    (markers, warnings)
}
