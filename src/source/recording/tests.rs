//! Tests of what all formats have in common, and of the formats without a test file of their own.

use super::*;
use crate::block::Block;
use crate::source::SourceEvent;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Files in memory, in one folder.
fn open_files(
    name: &str,
    files: &BTreeMap<&str, Vec<u8>>,
) -> Result<Box<dyn Recorded>, SourceError> {
    let input = |name: &str| {
        files
            .get(name)
            .map(|bytes| Input::of_bytes(name, bytes.clone()))
    };
    open_input(input(name).unwrap(), None, &mut |path| {
        let missing = || SourceError::Io {
            path: path.to_owned(),
            cause: std::io::ErrorKind::NotFound.into(),
        };
        input(&path.to_string_lossy()).ok_or_else(missing)
    })
}

fn open_bytes(bytes: &[u8]) -> Result<Box<dyn Recorded>, SourceError> {
    open_files("x", &BTreeMap::from([("x", bytes.to_vec())]))
}

/// Samples and markers of a whole recording.
fn play(recording: &mut dyn Source, capacity: usize) -> (Vec<f64>, Vec<(u64, String)>) {
    let mut block = Block::with_capacity(recording.layout().channel_count(), capacity);
    let (mut samples, mut markers) = (Vec::new(), Vec::new());
    loop {
        match recording.next(&mut block) {
            Ok(SourceEvent::Samples) => samples.extend_from_slice(block.samples()),
            Ok(SourceEvent::Marker(marker)) => markers.push((marker.at.0, marker.label)),
            Ok(SourceEvent::End) | Err(_) => return (samples, markers),
            Ok(_) => {}
        }
    }
}

mod odd_files;

/// A GDF file with two signals (the second is not a voltage) and events at samples 1 and 5.
fn gdf(version: &str, per_record: u32) -> Vec<u8> {
    let is_v2 = version.starts_with('2');
    let records = 8 / per_record;
    let mut out = format!("GDF {version}").into_bytes();
    out.resize(184, b' ');
    if is_v2 {
        out.extend(3u16.to_le_bytes())
    } else {
        out.extend(768u64.to_le_bytes())
    }
    out.resize(236, 0);
    out.extend(i64::from(records).to_le_bytes());
    out.extend(per_record.to_le_bytes());
    out.extend(100u32.to_le_bytes());
    if is_v2 {
        out.extend(2u16.to_le_bytes())
    } else {
        out.extend(2u32.to_le_bytes())
    }
    out.resize(256, 0);
    ["C3", "Temp"]
        .into_iter()
        .for_each(|label| out.extend(format!("{label:<16}").bytes()));
    out.resize(256 + 96 * 2, 0);
    if is_v2 {
        out.extend([0; 12]);
        out.extend(4275u16.to_le_bytes());
        out.extend(6048u16.to_le_bytes());
    } else {
        ["uV", "degC"]
            .into_iter()
            .for_each(|unit| out.extend(format!("{unit:<8}").bytes()));
    }
    [-100.0f64, -1.0, 100.0, 1.0]
        .into_iter()
        .for_each(|limit| out.extend(limit.to_le_bytes()));
    for limit in [-1000i64, -1000, 1000, 1000] {
        out.extend(if is_v2 {
            (limit as f64).to_le_bytes()
        } else {
            limit.to_le_bytes()
        });
    }
    out.resize(256 + 216 * 2, 0);
    [0, 1]
        .into_iter()
        .for_each(|_| out.extend(per_record.to_le_bytes()));
    out.extend(3u32.to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out.resize(768, 0);
    for record in 0..records {
        for k in 0..per_record {
            out.extend((((record * per_record + k) * 10) as i16).to_le_bytes());
        }
        out.extend((0..per_record).map(|_| 0xEE));
    }
    out.push(1);
    if is_v2 {
        out.extend([2, 0, 0]);
        out.extend(100f32.to_le_bytes());
    } else {
        out.extend([100, 0, 0]);
        out.extend(2u32.to_le_bytes());
    }
    [2u32, 6]
        .into_iter()
        .for_each(|position| out.extend(position.to_le_bytes()));
    [769u16, 770]
        .into_iter()
        .for_each(|code| out.extend(code.to_le_bytes()));
    out
}

#[test]
fn gdf_of_both_versions_and_any_record_length() {
    for version in ["1.25", "2.20"] {
        for per_record in [1, 4, 8] {
            let mut recording = open_bytes(&gdf(version, per_record)).unwrap();
            assert_eq!(recording.layout().labels, ["C3"]);
            assert_eq!(recording.layout().rate.hz(), 100.0);
            let (samples, markers) = play(&mut *recording, 3);
            for (k, value) in samples.iter().enumerate() {
                assert!(
                    (value - k as f64).abs() < 1e-9,
                    "{version} {per_record}: {samples:?}"
                );
            }
            assert_eq!(samples.len(), 8);
            assert_eq!(markers, [(1, "769".into()), (5, "770".into())]);
        }
    }
}

#[test]
fn complete_records_of_a_truncated_gdf_file_are_used() {
    let bytes = gdf("2.20", 1);
    let mut recording = open_bytes(&bytes[..768 + 3 * 5 + 1]).unwrap();
    assert!(
        recording
            .about()
            .warnings
            .join("")
            .contains("5 of 8 records are there")
    );
    assert_eq!(play(&mut *recording, 64).0.len(), 5);
}

/// A BrainVision recording with three samples of C3 (µV), F,4 (nV) and a temperature.
fn brainvision(format: &str, orientation: &str) -> BTreeMap<&'static str, Vec<u8>> {
    let header = format!(
        "Brain Vision Data Exchange Header File Version 1.0\r\n; a comment\r\n[Common Infos]\r\nDataFile=$b.eeg\r\n\
         MarkerFile=C:\\old\\x.vmrk\r\nDataFormat=BINARY\r\nDataOrientation={orientation}\r\nNumberOfChannels=3\r\n\
         SamplingInterval=2000\r\n[Binary Infos]\r\nBinaryFormat={format}\r\n[Channel Infos]\r\nCh1=C3,,0.5,\u{b5}V\r\n\
         Ch2=F\\1 4,,,nV\r\nCh3=Temp,,1,\u{b0}C\r\n[Comment]\r\nDataFile=none\r\n"
    );
    let markers = "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\nMk1=New Segment,,1,1,0,2026\n\
                   Mk2=Stimulus,S  2,3,1,0\nMk3=Comment,a\\1 b,2,1,0\n";
    let frames = [[1, 2000, 30], [-2, 4000, 31], [3, -6000, 32]];
    let number = |value: i32| match format {
        "INT_16" => (value as i16).to_le_bytes().to_vec(),
        _ => (value as f32).to_le_bytes().to_vec(),
    };
    let data: Vec<u8> = if orientation == "MULTIPLEXED" {
        frames
            .iter()
            .flatten()
            .flat_map(|&value| number(value))
            .collect()
    } else {
        (0..3)
            .flat_map(|channel| frames.map(|frame| number(frame[channel])))
            .flatten()
            .collect()
    };
    // Latin-1, as older recorders write it.
    let header = header.chars().map(|c| c as u32 as u8).collect();
    BTreeMap::from([
        ("x.vhdr", header),
        ("x.vmrk", markers.as_bytes().to_vec()),
        ("x.eeg", data),
    ])
}

#[test]
fn brainvision_of_every_kind() {
    for format in ["INT_16", "IEEE_FLOAT_32"] {
        for orientation in ["MULTIPLEXED", "VECTORIZED"] {
            let mut recording = open_files("x.vhdr", &brainvision(format, orientation)).unwrap();
            assert_eq!(recording.layout().labels, ["C3", "F, 4"]);
            assert_eq!(recording.layout().rate.hz(), 500.0);
            let (samples, markers) = play(&mut *recording, 2);
            for (value, expected) in samples.iter().zip([0.5, 2.0, -1.0, 4.0, 1.5, -6.0]) {
                assert!(
                    (value - expected).abs() < 1e-9,
                    "{format} {orientation}: {samples:?}"
                );
            }
            assert_eq!(
                markers,
                [
                    (0, "New Segment".into()),
                    (1, "a, b".into()),
                    (2, "S  2".into())
                ]
            );
        }
    }
}

/// µ in UTF-8 next to a degree sign in Latin-1, encoded twice, as the Greek letter, and in Shift-JIS.
#[test]
fn microvolts_are_recognized_in_any_encoding() {
    let whole = brainvision("INT_16", "MULTIPLEXED");
    for micro in [
        &b"\xC2\xB5"[..],
        b"\xC3\x82\xC2\xB5",
        b"\xCE\xBC",
        b"\x83\xCA",
    ] {
        let mut files = whole.clone();
        let header = files.get_mut("x.vhdr").unwrap();
        let at = header.iter().position(|&byte| byte == 0xB5).unwrap();
        header.splice(at..=at, micro.iter().copied());
        let mut recording = open_files("x.vhdr", &files).unwrap();
        assert_eq!(recording.layout().labels, ["C3", "F, 4"], "{micro:?}");
        assert_eq!(play(&mut *recording, 2).0[0], 0.5);
    }
}

#[test]
fn incomplete_brainvision_recordings() {
    let whole = brainvision("INT_16", "MULTIPLEXED");
    let error = |name: &'static str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = whole.clone();
        change(files.get_mut(name).unwrap());
        open_files("x.vhdr", &files)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let mut files = whole.clone();
    files.remove("x.eeg");
    let missing = open_files("x.vhdr", &files)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("x.vhdr names x.eeg (DataFile=)"),
        "{missing}"
    );
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: &mut Vec<u8>| {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            *bytes = text
                .replace(from, to)
                .chars()
                .map(|c| c as u32 as u8)
                .collect();
        }
    };
    for (from, to, expected) in [
        (
            "NumberOfChannels=3",
            "NumberOfChannels=-3",
            "NumberOfChannels=-3, expected 1 to 4096",
        ),
        (
            "NumberOfChannels=3",
            "NumberOfChannels=4000",
            "[Channel Infos] of 3 channels",
        ),
        (
            "SamplingInterval=2000",
            "SamplingInterval=0",
            "sampling interval in microseconds",
        ),
        (
            "SamplingInterval=2000",
            "SamplingInterval=0.000001",
            "in microseconds, at least 1",
        ),
        ("BinaryFormat=INT_16", "BinaryFormat=INT_15", "at byte 2"),
        ("DataFormat=BINARY", "DataFormat=ASCII", "expected a number"),
        ("\u{b5}V", "\u{b5}S", "nothing"),
    ] {
        if expected == "nothing" {
            let mut files = whole.clone();
            replace(from, to)(files.get_mut("x.vhdr").unwrap());
            assert_eq!(
                open_files("x.vhdr", &files).unwrap().layout().labels,
                ["F, 4"]
            );
            continue;
        }
        let found = error("x.vhdr", &replace(from, to));
        assert!(found.contains(expected), "{to}: {found}");
    }
    let mut files = whole.clone();
    files.get_mut("x.eeg").unwrap().pop();
    let mut cut = open_files("x.vhdr", &files).unwrap();
    assert!(
        cut.about()
            .warnings
            .join("")
            .contains("2 samples of each channel are used")
    );
    assert_eq!(play(&mut *cut, 64).0.len(), 4);
}

#[test]
fn files_that_are_not_recordings_are_refused() {
    for (bytes, expected) in [
        (b"".as_slice(), "an empty file"),
        (b"PK\x03\x04zip", "unpack it with 'unzip'"),
        (b"\x00\x00\x00\x64\x00\x00\x00\x1Ffif", "a FIF file"),
        (b"MATLAB 5.0 MAT-file, x", "EEGLAB exports"),
        (b"RIFF", "expected a recording in XDF"),
        (b"XDF", "expected a recording in XDF"),
        (b"XDF:\x07", "a length of 7 bytes"),
        (b"GDF x.yz", "a version of GDF"),
        (b"GDF 2.20", "the end of the file, 8 bytes long"),
    ] {
        let error = open_bytes(bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics(version in "1.25|2.20", per_record in 1..3u32, at in 0..800usize, byte: u8, left in 0..900usize) {
        let mut bytes = gdf(&version, 4 / per_record);
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        bytes.truncate(left);
        if let Ok(mut recording) = open_bytes(&bytes) {
            play(&mut *recording, 16);
        }
    }

    #[test]
    fn damage_to_a_text_never_panics(vectorised: bool, at in 0..600usize, byte: u8, left in 0..900usize) {
        let mut files = brainvision("INT_16", if vectorised { "VECTORIZED" } else { "MULTIPLEXED" });
        for bytes in files.values_mut() {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            bytes.truncate(left.max(20));
        }
        if let Ok(mut recording) = open_files("x.vhdr", &files) {
            play(&mut *recording, 16);
        }
    }
}
