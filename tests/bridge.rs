//! A headset on a serial port becomes available to every LSL program: EEG, markers and motion.
#![cfg(unix)]

use crate::common;

use common::{Lab, simulate};
use serde_json::Value;

const MOTOR: &str = "FC3,FC4,C3,Cz,C4,CP3,CPz,CP4";

/// What a foreign LSL program receives from a bridged headset.
#[derive(serde::Deserialize)]
struct Received {
    r#type: String,
    rate: f64,
    maker: String,
    channels: Vec<Value>,
    samples: Vec<Vec<f64>>,
    stamps: Vec<f64>,
    markers: Vec<(String, f64)>,
}

#[test]
fn a_headset_is_bridged_to_lsl_with_its_markers_and_motion() {
    let lab = Lab::new();
    let (_headset, port, _lines) = simulate(&lab, &["synthetic:channels=8,trials=50"]);
    let _bridge = lab.spawn(&["bridge", "--port", &port, "--name", "bridged"], None);
    let read = |name: &str, samples: &str, markers: &str| -> Received {
        let (code, output) = lab
            .python("inlet.py", &[name, samples, markers])
            .finish(60.0);
        assert_eq!(code, Some(0));
        serde_json::from_str(&output).unwrap()
    };
    let eeg = read("bridged", "1000", "3");
    assert_eq!((eeg.r#type.as_str(), eeg.rate), ("EEG", 250.0));
    let labels: Vec<&str> = eeg
        .channels
        .iter()
        .filter_map(|c| c["label"].as_str())
        .collect();
    assert_eq!(labels.join(","), MOTOR);
    let labels: Vec<&str> = eeg
        .markers
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    assert!(
        labels.contains(&"left_hand") || labels.contains(&"right_hand"),
        "{labels:?}"
    );
    // Cues and rests alternate, and are placed among the samples.
    let apart_s = eeg.markers[1].1 - eeg.markers[0].1;
    assert!((1.0..12.0).contains(&apart_s), "{apart_s}");
    let first = eeg.stamps[0];
    assert!((0.0..60.0).contains(&(eeg.markers[0].1 - first)));

    let motion = read("bridged-motion", "50", "0");
    assert_eq!((motion.r#type.as_str(), motion.rate), ("IMU", 0.0));
    assert_eq!(motion.channels[2]["unit"], "g");
    assert_eq!(motion.channels[5]["unit"], "deg/s");
    // The virtual head does not move.
    assert!(
        motion
            .samples
            .iter()
            .all(|s| *s == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    );
}

#[test]
fn a_bridged_cyton_drives_the_pointer_and_publishes_its_acceleration() {
    let lab = Lab::new();
    let headset = ["synthetic:channels=8,trials=50", "--protocol", "cyton"];
    let (_headset, port, _lines) = simulate(&lab, &headset);
    let bridge = [
        "bridge",
        "--port",
        &port,
        "--name",
        "bridged",
        "--electrodes",
        MOTOR,
    ];
    let _bridge = lab.spawn(&bridge, None);
    let run = [
        "run",
        "--stream",
        "bridged",
        "--wait",
        "20",
        "--pointer",
        "none",
    ];
    let more = ["--seconds", "5", "--stats", "--json"];
    let stats = lab.succeed(&[&run[..], &more].concat()).stdout;
    let stats: Value = serde_json::from_slice(&stats).unwrap();
    assert!(
        stats["samples"].as_u64().unwrap() > 1000 && stats["gaps"] == 0,
        "{stats}"
    );
    assert!(stats["commands"].as_u64().unwrap() > 50, "{stats}");
    let motion = lab
        .python("inlet.py", &["bridged-motion", "10", "0"])
        .finish(60.0);
    let motion: Received = serde_json::from_str(&motion.1).unwrap();
    assert_eq!(
        (motion.r#type.as_str(), motion.maker.as_str()),
        ("Accelerometer", "OpenBCI")
    );
    assert!(motion.samples.iter().all(|s| *s == [0.0, 0.0, 1.0]));
}
