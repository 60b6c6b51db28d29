//! Recordings are read like by common readers (MNE, pyxdf, edfio), and those readers read what is written here.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::montage::canonical_label;
use bci_cursor::source::{SourceError, SourceEvent, open_recording};
use bci_cursor::system::clock;
use common::{Lab, eeg_dir, eegmmidb, ms_since};
use serde_json::Value;
use std::path::Path;

/// A whole recording as read by one of two readers.
struct RecordingContents {
    labels: Vec<String>,
    rate_hz: f64,
    /// Frames × channels, µV.
    samples: Vec<f64>,
    /// Place, counted in frames of the file, and text.
    events: Vec<(f64, String)>,
    took_ms: f64,
}

fn ours(path: &str) -> RecordingContents {
    read(path).unwrap()
}

fn read(path: &str) -> Result<RecordingContents, SourceError> {
    let start = clock::now();
    let mut source = open_recording(path)?;
    let channels = source.layout().channel_count();
    let mut block = Block::with_capacity(channels, 256);
    let (mut samples, mut events, mut missing) = (Vec::new(), Vec::new(), 0);
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => samples.extend_from_slice(block.samples()),
            SourceEvent::Marker(marker) => {
                events.push((marker.at.0 as f64 - missing as f64, marker.label))
            }
            SourceEvent::Gap { missing: more } => missing += more,
            SourceEvent::End => break,
            _ => {}
        }
    }
    let layout = source.layout();
    Ok(RecordingContents {
        labels: layout.labels.clone(),
        rate_hz: layout.rate.hz(),
        samples,
        events,
        took_ms: ms_since(start),
    })
}

fn theirs(lab: &Lab, path: &str) -> RecordingContents {
    let data = lab.path("data.f64");
    let (code, text) = lab
        .python("read_recording.py", &[path, &data.to_string_lossy()])
        .finish(120.0);
    assert_eq!(code, Some(0), "{path}");
    contents_of(&serde_json::from_str(&text).unwrap(), &data)
}

/// A recording as another reader wrote it to a file.
fn contents_of(read: &Value, data: &Path) -> RecordingContents {
    let list = |name: &str| read[name].as_array().cloned().unwrap_or_default();
    RecordingContents {
        labels: list("labels")
            .iter()
            .map(|label| canonical_label(label.as_str().unwrap()))
            .collect(),
        rate_hz: read["rate_hz"].as_f64().unwrap(),
        samples: std::fs::read(data)
            .unwrap()
            .chunks_exact(8)
            .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
            .collect(),
        events: list("events")
            .iter()
            .map(|event| {
                (
                    event[0].as_f64().unwrap(),
                    event[1].as_str().unwrap().to_owned(),
                )
            })
            .collect(),
        took_ms: 1000.0 * read["took_s"].as_f64().unwrap_or_default(),
    }
}

/// Compares the channels that we read with the same channels of the other reader.
fn assert_same(
    lab: &Lab,
    path: &str,
    tolerance: f64,
    text: impl Fn(&str) -> String,
) -> (RecordingContents, RecordingContents) {
    let (own, peer) = (ours(path), theirs(lab, path));
    // Our rate by the time stamps is rounded.
    let rates = (own.rate_hz, peer.rate_hz);
    let is_stamped = path.ends_with(".xdf") && rates.1.fract() != 0.0;
    let is_same = rates.0 == rates.1 || (is_stamped && (rates.0 / rates.1 - 1.0).abs() < 1e-3);
    assert!(is_same, "{path}: {rates:?} Hz");
    let place = |label: &String| peer.labels.iter().position(|theirs| theirs == label);
    let places: Vec<usize> = own
        .labels
        .iter()
        .map(|label| place(label).unwrap_or_else(|| panic!("{path}: {label}")))
        .collect();
    let (channels, theirs) = (own.labels.len(), peer.labels.len());
    assert_eq!(
        own.samples.len() / channels,
        peer.samples.len() / theirs,
        "{path}: frames"
    );
    let mut largest = 0f64;
    for (frame, (a, b)) in own
        .samples
        .chunks(channels)
        .zip(peer.samples.chunks(theirs))
        .enumerate()
    {
        for (value, &place) in a.iter().zip(&places) {
            let expected = b[place];
            let difference = (value - expected).abs();
            assert!(
                difference <= tolerance * expected.abs().max(1.0),
                "{path}: frame {frame}: {value} here, {expected} there"
            );
            largest = largest.max(difference);
        }
    }
    // Each of their events has one of ours within half a sample.
    let mut left = own.events.clone();
    for (at, label) in &peer.events {
        let wanted = text(label);
        let near = |(own_at, own_label): &&(f64, String)| {
            *own_label == wanted && (own_at - at).abs() <= 0.501
        };
        let found = left.iter().position(|event| near(&event));
        let found = found.unwrap_or_else(|| panic!("{path}: no '{wanted}' near {at}"));
        left.swap_remove(found);
    }
    println!(
        "{}: {channels} channels, {} frames, {} events the same; largest difference {largest:.1e} µV; {:.1} ms here, {:.0} ms there",
        Path::new(path).file_name().unwrap().to_string_lossy(),
        own.samples.len() / channels,
        peer.events.len(),
        own.took_ms,
        peer.took_ms
    );
    (own, peer)
}

fn same_text(text: &str) -> String {
    text.to_owned()
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn real_recordings_of_all_formats_are_read_like_by_other_readers() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let path = |name: &str| eeg.join(name).to_string_lossy().into_owned();
    for name in [
        "xdf/minimal.xdf",
        "xdf/clock_resets.xdf",
        "xdf/bci-essentials_switch.xdf",
        "xdf/sub-P001_ses-S001_task-MISwitch_run-002_eeg.xdf",
        "xdf/twochannel_string_marker.xdf",
        "formats/short_psg.edf",
        "formats/short_psg.bdf",
        "formats/test_subsecond.edf",
        "formats/biosig_sample.gdf",
    ] {
        let (own, peer) = assert_same(&lab, &path(name), 1e-9, same_text);
        // Our reader keeps events before the first sample and after the last, and repeated ones.
        assert!(own.events.len() >= peer.events.len(), "{name}");
    }
    // MNE puts the type before a BrainVision marker's description, and leaves out the first "New Segment".
    let description = |text: &str| {
        text.split_once('/')
            .map_or(text, |(_, text)| text)
            .to_owned()
    };
    assert_same(&lab, &path("formats/test.vhdr"), 1e-9, description);
    for (subject, run) in [("S001", 4), ("S007", 12), ("S012", 3)] {
        assert_same(&lab, &eegmmidb(&eeg, subject, run), 1e-9, same_text);
    }
}

/// The difference between a recording as read here and by another reader.
fn difference(
    own: &RecordingContents,
    peer: &RecordingContents,
    about: &Value,
) -> Result<(), String> {
    let same = |is_same: bool, what: &str, own: String, peer: String| {
        let differs = || format!("{what}: {own} here, {peer} there");
        if is_same { Ok(()) } else { Err(differs()) }
    };
    let left_out = about["left_out"].as_array().cloned().unwrap_or_default();
    let is_left_out = |label: &String| left_out.iter().any(|name| name == label.as_str());
    let kept = peer.labels.iter().filter(|label| !is_left_out(label));
    let labels: Vec<String> = kept.cloned().collect();
    let shown = |labels: &[String]| labels.join(" ");
    same(
        own.labels == labels,
        "labels",
        shown(&own.labels),
        shown(&labels),
    )?;
    let rates = (own.rate_hz, peer.rate_hz);
    same(
        rates.0 == rates.1,
        "rate",
        rates.0.to_string(),
        rates.1.to_string(),
    )?;
    let place = |label: &String| peer.labels.iter().position(|theirs| theirs == label);
    let places: Vec<usize> = own.labels.iter().filter_map(place).collect();
    let own_frames: Vec<&[f64]> = own.samples.chunks(own.labels.len()).collect();
    let peer_frames: Vec<&[f64]> = peer.samples.chunks(peer.labels.len()).collect();
    let reads_more = about["more"] == true;
    let frames = (own_frames.len(), peer_frames.len());
    let is_enough = frames.0 == frames.1 || (reads_more && frames.0 > frames.1);
    same(
        is_enough,
        "frames",
        frames.0.to_string(),
        frames.1.to_string(),
    )?;
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    let fits = |own: &[f64], peer: &[f64]| {
        own.iter()
            .zip(&places)
            .all(|(value, &k)| close(*value, peer[k]))
    };
    let mut rest = own_frames.iter();
    for (k, theirs) in peer_frames.iter().enumerate() {
        let found = if reads_more {
            // In the same order, with other events in between.
            rest.any(|own| fits(own, theirs))
        } else {
            rest.next().is_some_and(|own| fits(own, theirs))
        };
        same(
            found,
            &format!("frame {k}"),
            format!("{:?}", own_frames.get(k)),
            format!("{theirs:?}"),
        )?;
    }
    if about["events"].is_null() {
        return Ok(());
    }
    // MNE uses the first "New Segment" as the date of the recording.
    let mut events: Vec<_> = own
        .events
        .iter()
        .filter(|event| event.1 != "New Segment")
        .collect();
    for (at, label) in &peer.events {
        let near = |event: &&(f64, String)| {
            event.1 == *label && (reads_more || (event.0 - at).abs() <= 0.501)
        };
        let found = events.iter().position(near);
        let found = found.ok_or_else(|| format!("no '{label}' near {at} in {events:?}"))?;
        events.remove(found);
    }
    same(
        events.is_empty() || reads_more,
        "events",
        format!("{events:?} more"),
        "none".into(),
    )
}

#[test]
fn odd_recordings_are_read_like_by_other_readers() {
    let lab = Lab::new();
    let folder = lab.path("odd");
    std::fs::create_dir(&folder).unwrap();
    let (code, text) = lab
        .python("odd_recordings.py", &[&folder.to_string_lossy()])
        .finish(300.0);
    assert_eq!(code, Some(0));
    let mut differences = Vec::new();
    for line in text.lines() {
        let about: Value = serde_json::from_str(line).unwrap();
        let peer = contents_of(&about, &folder.join(about["data"].as_str().unwrap()));
        let name = about["name"].as_str().unwrap();
        let found = read(&folder.join(name).to_string_lossy())
            .map_err(|error| error.to_string())
            .and_then(|own| difference(&own, &peer, &about));
        if let Err(found) = found {
            differences.push(format!("{name} ({}): {found}", about["reader"]));
        }
    }
    assert!(text.lines().count() > 90, "{text}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn written_recordings_are_read_by_other_readers() {
    let lab = Lab::new();
    let patient = "synthetic:seed=4,channels=9,trials=6,rate=200";
    let original = ours(patient);
    let files = [
        ("patient.xdf", 0.0),
        ("patient.edf", 0.01),
        ("patient.bdf", 1e-4),
    ];
    for (name, tolerance) in files {
        let path = lab.path(name).to_string_lossy().into_owned();
        lab.succeed(&["convert", patient, &path]);
        let (own, _) = assert_same(&lab, &path, 1e-9, same_text);
        let frames = original.samples.len() / 9;
        for (k, (a, b)) in own
            .samples
            .chunks(9)
            .zip(original.samples.chunks(9))
            .enumerate()
        {
            assert!(
                a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance),
                "{name}: frame {k}: {a:?} {b:?}"
            );
        }
        assert!(own.samples.len() / 9 >= frames);
        let labels = |read: &RecordingContents| {
            read.events
                .iter()
                .filter(|e| e.1 != "BAD_ACQ_SKIP")
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(labels(&own), labels(&original), "{name}");
    }
    // Convert again, to the other format.
    let (xdf, edf) = (lab.path("patient.xdf"), lab.path("again.edf"));
    lab.succeed(&["convert", &xdf.to_string_lossy(), &edf.to_string_lossy()]);
    assert_same(&lab, &edf.to_string_lossy(), 1e-9, same_text);
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_hole_in_a_recording_survives_conversion() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let reset = eeg
        .join("xdf/clock_resets.xdf")
        .to_string_lossy()
        .into_owned();
    let (first, second) = (lab.path("a.xdf"), lab.path("b.edf"));
    lab.succeed(&["convert", &reset, &first.to_string_lossy()]);
    let gaps = |path: &str| -> Value {
        let found: Value =
            serde_json::from_slice(&lab.succeed(&["inspect", path, "--json"]).stdout).unwrap();
        serde_json::json!([found["gaps"], found["samples"], found["events"]])
    };
    assert_eq!(gaps(&first.to_string_lossy()), gaps(&reset));
    lab.succeed(&[
        "convert",
        &first.to_string_lossy(),
        &second.to_string_lossy(),
    ]);
    let (own, _) = assert_same(&lab, &second.to_string_lossy(), 1e-9, same_text);
    assert_eq!(
        own.events
            .iter()
            .filter(|event| event.1 == "BAD_ACQ_SKIP")
            .count(),
        2
    );
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn inspect_shows_the_content_of_a_recording() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let text = |args: &[&str]| String::from_utf8(lab.succeed(args).stdout).unwrap();
    let shown = text(&["inspect", &eegmmidb(&eeg, "S001", 4)]);
    for part in [
        "EDF+C",
        "64 channels, 160 Hz, 20000 samples",
        "15 × T0",
        "8 × T1",
        "C3 ",
    ] {
        assert!(shown.contains(part), "'{part}' is not in: {shown}");
    }
    let usbamp = eeg
        .join("xdf/bci-essentials_switch.xdf")
        .to_string_lossy()
        .into_owned();
    let found: Value = serde_json::from_str(&text(&["inspect", &usbamp, "--json"])).unwrap();
    assert_eq!(found["streams"][1]["name"], "g.USBamp-1");
    assert_eq!(found["events"]["Trial Started"], 10);
    assert_eq!(found["quality"].as_array().unwrap().len(), 16);
}
