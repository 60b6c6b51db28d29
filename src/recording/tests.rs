//! What is written can be read again, even if the file is truncated or damaged.

use super::session::{SessionAbout, SessionEvent, SessionWriter};
use super::xdf::{ChannelHeader, SampleType, Samples, StreamHeader, XdfWriter};
use crate::block::{Block, Layout};
use crate::source::recording::{Input, Recorded, open_input, xdf::XdfStream};
use crate::source::{SourceError, SourceEvent};
use crate::time::{SampleIndex, StreamNanos};
use crate::units::Hertz;
use bci_cursor_calibration::Reading;
use proptest::prelude::*;
use std::path::Path;

fn open(bytes: &[u8]) -> Result<Box<dyn Recorded>, SourceError> {
    let none = |path: &Path| {
        Err(SourceError::Io {
            path: path.to_owned(),
            cause: std::io::ErrorKind::NotFound.into(),
        })
    };
    open_input(
        Input::of_bytes("x.xdf", bytes.to_vec()),
        None,
        &mut |path| none(path),
    )
}

/// The events of a recording, with the index of each block and the bits of its samples.
fn play(
    recording: &mut dyn Recorded,
    capacity: usize,
) -> Result<Vec<(SourceEvent, u64, Vec<u64>)>, SourceError> {
    let mut block = Block::with_capacity(recording.layout().channel_count(), capacity);
    let mut out = Vec::new();
    loop {
        let event = recording.next(&mut block)?;
        if event == SourceEvent::End {
            return Ok(out);
        }
        let bits = block
            .samples()
            .iter()
            .map(|value| value.to_bits())
            .collect();
        out.push((event, block.first.0, bits));
    }
}

/// A block of two channels: its first index and its frames.
type Written = (u64, Vec<[f64; 2]>);

/// A session of blocks with gaps between them, and markers.
fn session(blocks: &[Written], markers: &[(u64, String)], is_single_precision: bool) -> Vec<u8> {
    let about = SessionAbout {
        name: "a <b> & c".into(),
        source_id: "s".into(),
        manufacturer: "m".into(),
        reference: "CAR".into(),
        reading: Reading::default(),
        layout: Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: vec!["C3".into(), "C4".into()],
        },
        is_single_precision,
        date_time: "2026-11-24T12:00:00Z".into(),
    };
    let start = SessionEvent::Converted { from: "x".into() };
    let mut bytes = Vec::new();
    let mut writer = SessionWriter::new(&mut bytes, &about, None, start).unwrap();
    for (first, frames) in blocks {
        let mut block = Block::with_capacity(2, frames.len().max(1));
        block.restart(SampleIndex(*first));
        for frame in frames {
            block.push_frame().unwrap().copy_from_slice(frame);
        }
        // Stamps jitter as on a network, but sample indices do not.
        let taken = StreamNanos((*first as i64) * 4_000_000 + (*first as i64 % 7) * 3_000_000);
        writer.block(&block, &[(0, taken)]).unwrap();
    }
    for (at, label) in markers {
        writer.marker(SampleIndex(*at), label).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn blocks() -> impl Strategy<Value = Vec<Written>> {
    let value =
        prop_oneof![9 => (-1e5..1e5f64).prop_map(|v| f64::from(v as f32)), 1 => Just(f64::NAN)];
    let frames = proptest::collection::vec([value.clone(), value], 1..40);
    proptest::collection::vec(
        (prop_oneof![3 => Just(0u64), 1 => 1..2000u64], frames),
        1..12,
    )
    .prop_map(|parts| {
        let mut next = 0;
        parts
            .into_iter()
            .map(|(gap, frames)| {
                let first = next + gap;
                next = first + frames.len() as u64;
                (first, frames)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_session_is_read_bit_for_bit(blocks in blocks(), single: bool, capacity in 1..64usize) {
        let bytes = session(&blocks, &[], single);
        let mut frames = Vec::new();
        for (event, first, bits) in play(open(&bytes).unwrap().as_mut(), capacity).unwrap() {
            if event == SourceEvent::Samples {
                frames.extend(bits.chunks(2).enumerate().map(|(k, bits)| (first + k as u64, [bits[0], bits[1]])));
            }
        }
        let bits = |value: f64| if single { f64::from(value as f32).to_bits() } else { value.to_bits() };
        let origin = blocks[0].0;
        let expected: Vec<(u64, [u64; 2])> = blocks
            .iter()
            .flat_map(|(first, frames)| frames.iter().enumerate().map(move |(k, v)| (first - origin + k as u64, v.map(bits))))
            .collect();
        prop_assert_eq!(frames, expected);
    }

    #[test]
    fn a_truncated_session_can_be_read_up_to_the_cut(blocks in blocks(), at in 0.0..1.0f64) {
        let bytes = session(&blocks, &[(3, "a".into())], true);
        let cut = (bytes.len() as f64 * at) as usize;
        let whole: Vec<u64> = play(open(&bytes).unwrap().as_mut(), 16).unwrap().into_iter().flat_map(|event| event.2).collect();
        // Until the header of its EEG is complete, there is no recording.
        if let Ok(mut recording) = open(&bytes[..cut]) {
            let part: Vec<u64> = play(recording.as_mut(), 16).unwrap().into_iter().flat_map(|event| event.2).collect();
            prop_assert_eq!(part.as_slice(), &whole[..part.len()]);
            let is_reported = recording.about().warnings.iter().any(|warning| warning.contains("the file is cut"));
            // A cut between two chunks cannot be detected.
            prop_assert!(is_reported || part.len() <= whole.len());
        }
    }

    #[test]
    fn damage_never_panics(blocks in blocks(), at in 0.0..1.0f64, byte: u8) {
        let mut bytes = session(&blocks, &[(3, "a".into())], false);
        let place = (bytes.len() as f64 * at) as usize;
        bytes[place] = byte;
        if let Ok(mut recording) = open(&bytes) {
            let _ = play(recording.as_mut(), 16);
        }
    }

    #[test]
    fn streams_of_every_type_are_read(
        rows in proptest::collection::vec(proptest::collection::vec(-100..100i32, 3), 1..300),
        texts in proptest::collection::vec(".{0,300}", 3),
        kind in 0..6usize,
    ) {
        use SampleType::{Double64, Float32, Int8, Int16, Int32, Int64};
        let sample_type = [Int8, Int16, Int32, Int64, Float32, Double64][kind];
        let mut bytes = Vec::new();
        let mut writer = XdfWriter::new(&mut bytes, "now").unwrap();
        let header = |kind: &str, sample_type| StreamHeader {
            name: texts[0].clone(),
            kind: kind.into(),
            source_id: texts[1].clone(),
            rate_hz: 100.0,
            sample_type,
            channels: vec![ChannelHeader { label: texts[2].clone(), ..ChannelHeader::default() }; 3],
            reference: "CAR".into(),
            manufacturer: "<&>".into(),
        };
        let numbers = writer.add_stream(&header("Numbers", sample_type)).unwrap();
        let words = writer.add_stream(&header("Words", SampleType::Text)).unwrap();
        let mut samples = Samples::default();
        for (k, row) in rows.iter().enumerate() {
            samples.begin((k % 3 == 0).then_some(k as f64 / 100.0), 0.01);
            row.iter().for_each(|&value| samples.number(f64::from(value), sample_type));
            if k % 50 == 49 {
                writer.samples(numbers, &mut samples).unwrap();
            }
        }
        writer.samples(numbers, &mut samples).unwrap();
        samples.begin(Some(1.0), 0.0);
        texts.iter().for_each(|text| samples.text(text));
        writer.samples(words, &mut samples).unwrap();
        writer.finish().unwrap();

        let stream = |kind: &str| XdfStream::of_kind(Input::of_bytes("x", bytes.clone()), kind).unwrap().unwrap();
        let (mut read, mut row) = (stream("Numbers"), Vec::new());
        for (k, expected) in rows.iter().enumerate() {
            let stamp_s = read.next_numbers(&mut row).unwrap().unwrap();
            prop_assert!((stamp_s - k as f64 / 100.0).abs() < 1e-9);
            prop_assert_eq!(&row, &expected.iter().map(|&value| f64::from(value)).collect::<Vec<_>>());
        }
        prop_assert_eq!(read.next_numbers(&mut row).unwrap(), None);
        prop_assert_eq!(stream("Words").next_texts().unwrap(), Some((1.0, texts)));
    }
}

#[test]
fn markers_come_before_their_sample() {
    let frames = |count: usize| vec![[1.0, 2.0]; count];
    let bytes = session(
        &[(0, frames(10)), (50, frames(10))],
        &[(4, "a".into()), (55, "b".into())],
        true,
    );
    let events = play(open(&bytes).unwrap().as_mut(), 64).unwrap();
    let shape: Vec<(SourceEvent, u64, usize)> = events
        .into_iter()
        .map(|(event, first, bits)| (event, first, bits.len() / 2))
        .collect();
    let marker = |at, label: &str| {
        SourceEvent::Marker(crate::source::Marker {
            at: SampleIndex(at),
            label: label.into(),
        })
    };
    assert_eq!(
        shape,
        [
            (SourceEvent::Samples, 0, 4),
            (marker(4, "a"), 4, 0),
            (SourceEvent::Samples, 4, 6),
            (SourceEvent::Gap { missing: 40 }, 10, 0),
            (SourceEvent::Samples, 50, 5),
            (marker(55, "b"), 55, 0),
            (SourceEvent::Samples, 55, 5),
        ]
    );
}

mod damage;

#[test]
fn samples_before_the_recording_are_not_missing() {
    // Earlier versions wrote calibrations like this. The stream had run for 29856 samples before, and 10 samples are
    // really missing.
    let frames = |count: usize| vec![[1.0, 2.0]; count];
    let bytes = session(
        &[(29_856, frames(10)), (29_876, frames(10))],
        &[(29_860, "a".into()), (29_881, "b".into())],
        false,
    );
    let mut recording = open(&bytes).unwrap();
    let inspected = crate::evaluate::quality::inspect(recording.as_mut()).unwrap();
    assert_eq!((inspected.samples, inspected.missing_samples), (20, 10));
    assert_eq!(inspected.gaps, [(SampleIndex(20), 10)]);
    assert!((inspected.length_s - 30.0 / 250.0).abs() < 1e-12);
    let markers = |recording: &mut dyn Recorded| -> Vec<u64> {
        let events = play(recording, 64).unwrap();
        let markers = events.into_iter().filter_map(|(event, ..)| match event {
            SourceEvent::Marker(marker) => Some(marker.at.0),
            _ => None,
        });
        markers.collect()
    };
    assert_eq!(markers(open(&bytes).unwrap().as_mut()), [4, 25]);
    // Conversion fills the samples that are really missing.
    let mut edf = Vec::new();
    let format = crate::recording::edf::EdfFormat::Edf;
    let written = crate::recording::edf::write(|| open(&bytes), &mut edf, format).unwrap();
    assert_eq!((written.missing, written.no_numbers), (10, 0));
    // The decisions of a run use the indices of that run.
    let input = Input::of_bytes("x.xdf", bytes);
    let mut as_run = crate::source::recording::xdf::XdfRecording::as_run(input).unwrap();
    assert_eq!(markers(&mut as_run), [29_860, 29_881]);
}

#[test]
fn a_copy_made_as_text_is_refused() {
    let frames = (0..2000)
        .map(|k| [f64::from(k) * 0.37, f64::from(k % 10)])
        .collect();
    let bytes = session(&[(0, frames)], &[], false);
    let copied: Vec<u8> = bytes
        .iter()
        .flat_map(|&byte| {
            if byte == b'\n' {
                vec![b'\r', b'\n']
            } else {
                vec![byte]
            }
        })
        .collect();
    assert!(copied.len() > bytes.len() + 8);
    let error = open(&copied).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("this copy was made as text"), "{error}");
}

/// A file with two EEG streams, the second of which is in degrees.
fn two_streams() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = XdfWriter::new(&mut bytes, "now").unwrap();
    for (name, unit) in [("left", "microvolts"), ("right", "celsius")] {
        let header = StreamHeader {
            name: name.into(),
            kind: "EEG".into(),
            source_id: name.into(),
            rate_hz: 100.0,
            sample_type: SampleType::Float32,
            channels: vec![ChannelHeader {
                label: "C3".into(),
                unit: unit.into(),
                kind: "EEG".into(),
            }],
            reference: String::new(),
            manufacturer: String::new(),
        };
        let id = writer.add_stream(&header).unwrap();
        let mut samples = Samples::default();
        samples.begin(Some(1.0), 0.01);
        samples.number(7.0, SampleType::Float32);
        writer.samples(id, &mut samples).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

#[test]
fn of_several_eeg_streams_the_user_chooses() {
    let choose = |wanted: Option<&str>| {
        let none = |path: &Path| {
            Err(SourceError::Io {
                path: path.to_owned(),
                cause: std::io::ErrorKind::NotFound.into(),
            })
        };
        let input = Input::of_bytes("x.xdf", two_streams());
        open_input(input, wanted, &mut |path| none(path)).map(|_| ())
    };
    let error = |wanted| choose(wanted).unwrap_err().to_string();
    assert!(choose(Some("left")).is_ok() && choose(Some("1")).is_ok());
    let several = error(None);
    assert!(
        several.contains("has 2 EEG streams") && several.contains("'right' (number 2"),
        "{several}"
    );
    assert!(error(Some("middle")).contains("has no EEG stream 'middle'"));
    let unit = error(Some("right"));
    assert!(
        unit.contains("stream 'right'") && unit.contains("C3 (celsius)"),
        "{unit}"
    );
}
