//! Foreign programs (pylsl with its own liblsl) as headset and as reader.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::source::lsl::{LslSource, StreamQuery, resolve};
use bci_cursor::source::{Source, SourceEvent, open_recording};
use common::Lab;
use serde::Deserialize;
use std::process::{Command, Stdio};

/// This process reads LSL in the common session, so its streams have unique names.
fn unique(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

#[test]
fn a_foreign_headset_is_read_sample_by_sample() {
    let name = unique("foreign");
    let script = format!("{}/tests/peers/outlet.py", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(common::python())
        .args([&script, &name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let query = StreamQuery {
        name: Some(name),
        ..StreamQuery::default()
    };
    let mut source = LslSource::open(resolve(&query, 20.0).unwrap()).unwrap();
    assert_eq!(
        source.layout().labels,
        ["C3", "C4", "Cz"],
        "the auxiliary channel is no EEG"
    );
    assert_eq!(source.layout().rate.hz(), 250.0);

    let mut block = Block::with_capacity(3, 64);
    let (mut read, mut gaps) = (0u64, Vec::new());
    let mut idle = 0;
    while read < 2000 {
        match source.next(&mut block).unwrap() {
            SourceEvent::Samples => {
                for (offset, frame) in block.iter().enumerate() {
                    let index = block.first.0 + offset as u64;
                    assert_eq!(
                        index,
                        read + if read >= 1000 { 250 } else { 0 },
                        "lost samples count in the index"
                    );
                    let k = read as f64;
                    assert_eq!(frame, [k * 1e3, (k + 1000.0) * 1e3, (k + 3000.0) * 1e6]);
                    read += 1;
                }
                idle = 0;
            }
            SourceEvent::Gap { missing } => gaps.push((read, missing)),
            SourceEvent::Idle => idle += 1,
            other => panic!("{other:?}"),
        }
        assert!(idle < 500, "only {read} samples came");
    }
    assert_eq!(gaps, [(1000, 250)]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[derive(Deserialize)]
struct Received {
    r#type: String,
    rate: f64,
    source_id: String,
    channels: Vec<Described>,
    samples: Vec<Vec<f64>>,
    stamps: Vec<f64>,
    markers: Vec<(String, f64)>,
}

#[derive(Deserialize)]
struct Described {
    label: String,
    unit: String,
    r#type: String,
}

#[test]
fn a_foreign_reader_gets_what_replay_publishes() {
    const PATIENT: &str = "synthetic:channels=9,trials=2,imagery=2,rest=1";
    const SAMPLES: usize = 1500;
    let lab = Lab::new();
    let _headset = lab.spawn(
        &[
            "replay",
            PATIENT,
            "--to",
            "lsl",
            "--name",
            "ours",
            "--wait-for-reader",
            "--speed",
            "2",
        ],
        None,
    );
    let (code, output) = lab
        .python("inlet.py", &["ours", &SAMPLES.to_string(), "4"])
        .finish(60.0);
    assert_eq!(code, Some(0));
    let received: Received = serde_json::from_str(&output).unwrap();

    let mut source = open_recording(PATIENT).unwrap();
    let labels: Vec<&str> = received
        .channels
        .iter()
        .map(|channel| channel.label.as_str())
        .collect();
    assert_eq!(labels, source.layout().labels);
    assert!(
        received
            .channels
            .iter()
            .all(|channel| channel.unit == "microvolts" && channel.r#type == "EEG")
    );
    assert_eq!(
        (
            received.r#type.as_str(),
            received.rate,
            received.source_id.as_str()
        ),
        ("EEG", 250.0, "bci-cursor-replay-ours")
    );

    let mut block = Block::with_capacity(9, 1);
    let (mut expected, mut cues) = (Vec::new(), Vec::new());
    loop {
        match source.next(&mut block).unwrap() {
            SourceEvent::Samples => expected.push(block.samples().to_vec()),
            SourceEvent::Marker(marker) => cues.push((marker.label, marker.at.0)),
            SourceEvent::End => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        (received.samples.len(), expected.len() >= SAMPLES),
        (SAMPLES, true)
    );
    for (ours, theirs) in expected.iter().zip(&received.samples) {
        assert!(
            ours.iter().zip(theirs).all(|(a, b)| *a as f32 == *b as f32),
            "the stream carries 32-bit floats"
        );
    }
    // Stamps follow the schedule, at twice real speed, and each marker is at its sample.
    for (k, stamp) in received.stamps.iter().enumerate() {
        assert!((stamp - received.stamps[0] - k as f64 / 500.0).abs() < 1e-6);
    }
    let markers: Vec<(String, u64)> = received
        .markers
        .into_iter()
        .map(|(label, stamp)| (label, ((stamp - received.stamps[0]) * 500.0).round() as u64))
        .collect();
    assert_eq!(markers, cues);
}
