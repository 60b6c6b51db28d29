use super::*;
use crate::block::Block;
use crate::source::Marker;
use crate::source::channels::ReadAs;
use crate::source::recording::Recorded;
use crate::source::{Source, SourceEvent};
use proptest::prelude::*;

/// A small EDF+ file: `labels` at 10 samples per record of 0.1 s. Sample value = channel × 100 + index.
pub(super) fn edf(
    labels: &[(&str, &str)],
    starts_s: &[f64],
    annotations: &[&str],
    discontinuous: bool,
) -> Vec<u8> {
    let count = labels.len() + 1;
    let mut out = Vec::new();
    let mut put = |text: &str, width: usize| out.extend(format!("{text:<width$}").bytes());
    put("0", 8);
    put("X X X X", 80);
    put("Startdate X X X X", 80);
    put("01.01.26", 8);
    put("00.00.00", 8);
    put(&(256 * (count + 1)).to_string(), 8);
    put(if discontinuous { "EDF+D" } else { "EDF+C" }, 44);
    put(&starts_s.len().to_string(), 8);
    put("0.1", 8);
    put(&count.to_string(), 4);
    labels
        .iter()
        .map(|l| l.0)
        .chain(["EDF Annotations"])
        .for_each(|label| put(label, 16));
    (0..count).for_each(|_| put("", 80));
    labels
        .iter()
        .map(|l| l.1)
        .chain([""])
        .for_each(|unit| put(unit, 8));
    for (low, high) in [("-3276.8", "3276.7"), ("-32768", "32767")] {
        (0..count).for_each(|_| put(low, 8));
        (0..count).for_each(|_| put(high, 8));
    }
    (0..count).for_each(|_| put("", 80));
    labels
        .iter()
        .map(|_| "10")
        .chain(["32"])
        .for_each(|samples| put(samples, 8));
    (0..count).for_each(|_| put("", 32));
    for (k, start) in starts_s.iter().enumerate() {
        for channel in 0..labels.len() {
            for sample in 0..10 {
                out.extend(((channel * 100 + k * 10 + sample) as i16 * 10).to_le_bytes());
            }
        }
        let mut tal = format!("+{start}\u{14}\u{14}\0").into_bytes();
        tal.extend(annotations.get(k).unwrap_or(&"").bytes());
        tal.resize(64, 0);
        out.extend(tal);
    }
    out
}

pub(super) fn open(bytes: &[u8]) -> Result<RecordFile, SourceError> {
    super::open(Input::of_bytes("x.edf", bytes.to_vec()), &ReadAs::default())
}

pub(super) fn play(
    recording: &mut RecordFile,
    capacity: usize,
) -> Vec<(SourceEvent, u64, Vec<f64>)> {
    let mut block = Block::with_capacity(recording.layout().channel_count(), capacity);
    let mut out = Vec::new();
    loop {
        let event = recording.next(&mut block).unwrap();
        let end = event == SourceEvent::End;
        let samples = if event == SourceEvent::Samples {
            block.samples().to_vec()
        } else {
            vec![]
        };
        out.push((event, block.first.0, samples));
        if end {
            return out;
        }
    }
}

#[test]
fn samples_are_in_microvolts_whatever_the_unit() {
    let mut recording = open(&edf(
        &[("C3..", "uV"), ("C4..", "mV"), ("Temp", "degC")],
        &[0.0],
        &[],
        false,
    ))
    .unwrap();
    assert_eq!(recording.layout().labels, ["C3", "C4"]);
    assert_eq!(recording.layout().rate.hz(), 100.0);
    let events = play(&mut recording, 2);
    let values = &events[0].2;
    for (value, expected) in values.iter().zip([0.0, 100_000.0, 1.0, 101_000.0]) {
        assert!((value - expected).abs() < 1e-6, "{values:?}");
    }
}

#[test]
fn markers_come_exactly_before_their_sample_whatever_the_block_size() {
    let bytes = edf(
        &[("C3", "uV")],
        &[0.0, 0.1, 0.2],
        &[
            "",
            "+0.13\u{15}4.1\u{14}T1\u{14}\0",
            "+0.07\u{14}T0\u{14}\0",
        ],
        false,
    );
    for capacity in [1, 7, 256] {
        let events = play(&mut open(&bytes).unwrap(), capacity);
        let mut samples_before = 0;
        let mut markers = Vec::new();
        for (event, first, samples) in &events {
            match event {
                SourceEvent::Marker(marker) => {
                    markers.push((marker.label.clone(), marker.at.0, samples_before))
                }
                SourceEvent::Samples => {
                    assert_eq!(*first, samples_before);
                    samples_before += samples.len() as u64;
                }
                _ => {}
            }
        }
        assert_eq!(
            markers,
            [("T0".into(), 7, 7), ("T1".into(), 13, 13)],
            "capacity {capacity}"
        );
        assert_eq!(samples_before, 30);
    }
}

#[test]
fn a_discontinuous_file_has_gaps() {
    let events = play(
        &mut open(&edf(&[("C3", "uV")], &[5.0, 5.1, 6.0], &[], true)).unwrap(),
        64,
    );
    let shape: Vec<_> = events
        .iter()
        .map(|(event, first, samples)| (event.clone(), *first, samples.len()))
        .collect();
    assert_eq!(
        shape,
        [
            (SourceEvent::Samples, 0, 20),
            (SourceEvent::Gap { missing: 80 }, 20, 0),
            (SourceEvent::Samples, 100, 10),
            (SourceEvent::End, 110, 0)
        ]
    );
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let good = edf(&[("C3", "uV")], &[0.0], &[], false);
    let mut other = good.clone();
    other[0] = b'7';
    other[184..192].copy_from_slice(b"nonsense");
    let mut scale = good.clone();
    scale[256 + 104 * 2..256 + 104 * 2 + 8].copy_from_slice(b"nonsense");
    for (bytes, expected) in [
        (Vec::new(), "at byte 0: found \"\", expected an EDF file"),
        (
            good[..good.len() - 100].to_vec(),
            "is cut: it has 752 bytes, but its header announces 852",
        ),
        (
            good[..300].to_vec(),
            "found the end of the file, 300 bytes long",
        ),
        (other, "an EDF file, which begins with '0'"),
        (
            scale,
            "has no EEG channel. It has C3 (its header scales '-32768'..'32767' to 'nonsense'..'3276.7')",
        ),
        (
            edf(&[("Temp", "degC")], &[0.0], &[], false),
            "has no EEG channel. It has Temp (degC)",
        ),
    ] {
        let error = open(&bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn channels_without_eeg_or_range_are_left_out() {
    let mut bytes = edf(
        &[
            ("EEG C3-A2", "uV"),
            ("EOG-left", "uV"),
            ("C4", "uVolts"),
            ("Cz", "uV"),
        ],
        &[0.0],
        &[],
        false,
    );
    // The last channel has an empty physical range.
    let count = 5;
    for at in [104, 112] {
        let at = 256 + at * count + 8 * 3;
        bytes[at..at + 8].copy_from_slice(b"0       ");
    }
    let file = open(&bytes).unwrap();
    assert_eq!(file.layout().labels, ["C3", "C4"]);
    let warnings = file.about().warnings.join("\n");
    for warning in [
        "left out, not EEG: EOG-left (EOG)",
        "left out, cannot be read: Cz (its header scales ",
    ] {
        assert!(warnings.contains(warning), "{warnings}");
    }
}

#[test]
fn an_annotation_before_the_first_sample_is_left_out_and_reported() {
    let annotations = ["+0.5\u{14}early\u{14}\0+1.05\u{14}cue\u{14}\0"];
    let file = open(&edf(&[("C3", "uV")], &[1.0, 1.1], &annotations, false));
    let mut file = file.unwrap();
    assert!(file.about().warnings[0].contains("1 marker before the first sample"));
    let markers = play(&mut file, 64).into_iter();
    let markers: Vec<SourceEvent> = markers.map(|(event, ..)| event).collect();
    let label = |event: &SourceEvent| match event {
        SourceEvent::Marker(marker) => Some((marker.at.0, marker.label.clone())),
        _ => None,
    };
    let found: Vec<(u64, String)> = markers.iter().filter_map(label).collect();
    assert_eq!(found, [(5, "cue".to_owned())]);
}

#[test]
fn every_channel_of_annotations_is_read() {
    let mut bytes = edf(
        &[("C3", "uV"), ("EDF Annotations", "")],
        &[0.0, 0.1],
        &["", "+0.15\u{14}T1\u{14}\0"],
        false,
    );
    // Written over the samples of the second channel. The first of several annotation channels keeps the time.
    for (record, text) in ["+0\x14\x14\0+0.03\x14T2\x14\0", "+0.1\x14\x14\0"]
        .iter()
        .enumerate()
    {
        let from = 256 * 4 + 104 * record + 20;
        bytes[from..from + 20].fill(0);
        bytes[from..from + text.len()].copy_from_slice(text.as_bytes());
    }
    let events = play(&mut open(&bytes).unwrap(), 64);
    let markers: Vec<SourceEvent> = events
        .into_iter()
        .map(|event| event.0)
        .filter(|event| matches!(event, SourceEvent::Marker(_)))
        .collect();
    let marker = |at, label: &str| {
        SourceEvent::Marker(Marker {
            at: SampleIndex(at),
            label: label.into(),
        })
    };
    assert_eq!(markers, [marker(3, "T2"), marker(15, "T1")]);
}

#[test]
fn complete_records_of_a_truncated_file_are_used() {
    let good = edf(
        &[("C3", "uV")],
        &[0.0, 0.1, 0.2],
        &["", "", "+0.05\u{14}T1\u{14}\0"],
        false,
    );
    let mut recording = open(&good[..good.len() - 30]).unwrap();
    let warning = recording.about().warnings.join("");
    assert!(
        warning.contains(
            "the file is cut: it has 990 bytes, its header announces 1020; 2 of 3 records"
        ),
        "{warning}"
    );
    let events = play(&mut recording, 64);
    assert_eq!(events[0].2.len(), 20);
    assert_eq!(events[1].0, SourceEvent::End);
}

#[test]
fn a_copy_made_as_text_is_refused() {
    let good = edf(&[("C3", "uV")], &vec![0.0; 200], &[], false);
    let (header, data) = good.split_at(256 * 3);
    // Many samples contain the value 10, a line feed.
    let data: Vec<u8> = data
        .iter()
        .flat_map(|&byte| if byte == 10 { vec![13, 10] } else { vec![byte] })
        .collect();
    let error = open(&[header, &data].concat()).unwrap_err().to_string();
    assert!(
        error.contains("at byte 7") && error.contains("made as text"),
        "{error}"
    );
}

/// A small BDF file: one signal of 4 samples per record, and a trigger channel.
pub(super) fn bdf(signal: &[i32], status: &[u32]) -> Vec<u8> {
    let mut out = b"\xFFBIOSEMI".to_vec();
    let mut put = |text: &str, width: usize| out.extend(format!("{text:<width$}").bytes());
    for (text, width) in [
        ("", 80),
        ("", 80),
        ("01.01.26", 8),
        ("00.00.00", 8),
        ("768", 8),
        ("24BIT", 44),
    ] {
        put(text, width);
    }
    put(&(signal.len() / 4).to_string(), 8);
    put("0.04", 8);
    put("2", 4);
    ["C3", "Status"]
        .into_iter()
        .for_each(|label| put(label, 16));
    [0, 1].into_iter().for_each(|_| put("", 80));
    ["uV", "Boolean"].into_iter().for_each(|unit| put(unit, 8));
    for limit in ["-262144", "262144", "-8388608", "8388607"] {
        [0, 1].into_iter().for_each(|_| put(limit, 8));
    }
    [0, 1].into_iter().for_each(|_| put("", 80));
    [0, 1].into_iter().for_each(|_| put("4", 8));
    [0, 1].into_iter().for_each(|_| put("", 32));
    for (signal, status) in signal.chunks(4).zip(status.chunks(4)) {
        signal
            .iter()
            .for_each(|value| out.extend(&value.to_le_bytes()[..3]));
        status
            .iter()
            .for_each(|value| out.extend(&value.to_le_bytes()[..3]));
    }
    out
}

#[test]
fn trigger_codes_of_a_bdf_file_are_markers() {
    // The upper bits hold the amplifier's state.
    let status = [0, 0, 5, 5, 0x10_0005, 0x10_0000, 0x10_0007, 0x10_0009];
    let bytes = bdf(&[0, 32, -32, 8_388_607, -8_388_608, 1, 2, 3], &status);
    for capacity in [1, 3, 64] {
        let events = play(&mut open(&bytes).unwrap(), capacity);
        let samples: Vec<f64> = events.iter().flat_map(|event| event.2.clone()).collect();
        assert_eq!(samples.len(), 8);
        assert!((samples[1] - samples[0] - 1.0).abs() < 1e-6 && samples[3] == 262_144.0);
        let markers: Vec<(u64, String)> = events
            .into_iter()
            .filter_map(|event| match event.0 {
                SourceEvent::Marker(marker) => Some((marker.at.0, marker.label)),
                _ => None,
            })
            .collect();
        assert_eq!(markers, [(2, "5".into()), (6, "7".into()), (7, "9".into())]);
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0..1000usize, byte: u8, length in 0..1000usize) {
        let mut bytes = edf(&[("C3", "uV")], &[0.0, 0.1], &["+0.05\u{14}T1\u{14}\0"], true);
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(length / 2));
        if let Ok(mut recording) = open(&bytes) {
            play(&mut recording, 16);
        }
    }
}
