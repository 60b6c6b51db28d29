//! Reads the stream of what was shown on a screen.

use super::super::Stimulus;
use super::super::input::Input;
use super::super::samples::SampleFormat;
use super::clock::Clock;
use super::scan::Scan;
use super::stream::{Format, Stream};
use super::timeline::{Segment, place_at};
use crate::source::SourceError;

/// Type of the stream, and its name if it has no type.
const STIMULUS: &str = "Stimulus";

/// Whether a stream tells the brightness of tags.
fn is_stimulus(stream: &Stream) -> bool {
    let named = if stream.kind.is_empty() {
        &stream.name
    } else {
        &stream.kind
    };
    named.eq_ignore_ascii_case(STIMULUS) && matches!(stream.format, Format::Numbers(_))
}

/// Whether a stream tells the brightness of tags, so that its numbers are no markers. One channel of whole numbers may be markers, which some
/// programs call stimuli.
pub(super) fn is_of_tags(stream: &Stream) -> bool {
    let is_float = matches!(
        stream.format,
        Format::Numbers(SampleFormat::F32 | SampleFormat::F64)
    );
    is_stimulus(stream) && (stream.channels.len() > 1 || is_float)
}

/// The stream of what was shown; of several, the first that holds a frame.
fn find(scan: &Scan) -> Option<&Stream> {
    let mut all = scan.streams.iter().filter(|stream| is_stimulus(stream));
    let filled = all.clone().find(|stream| stream.samples > 0);
    filled.or_else(|| all.next())
}

/// What was shown, at places in samples of the EEG. `watched` are the EEG's segments by its stamps, and `counted` those with its indices.
/// `None` if the file has no such stream.
pub(super) fn read(
    input: &mut Input,
    scan: &Scan,
    watched: &[Segment],
    counted: &[Segment],
) -> Result<Option<Stimulus>, SourceError> {
    let Some(stream) = find(scan) else {
        return Ok(None);
    };
    let Format::Numbers(format) = stream.format else {
        return Ok(None);
    };
    let labels = stream.channels.iter().map(|channel| channel.label.clone());
    let mut shown = Stimulus::new(labels.collect());
    let mut clock = Clock::new(&stream.clock_offsets);
    let mut bytes = vec![0; stream.sample_bytes()];
    let is_it = |other: &Stream| other.id == stream.id;
    scan.each_sample(input, is_it, |_, stamp_s, walk, input| {
        walk.read_numbers(input, &mut bytes)?;
        let values = bytes.chunks_exact(format.width());
        let place = place_at(watched, counted, clock.correct(stamp_s));
        shown.push(
            place.unwrap_or(f64::NAN),
            values.map(|value| format.read(value)),
        );
        Ok(())
    })?;
    Ok(Some(shown))
}
