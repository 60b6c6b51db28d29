//! The same recording gives the same events, byte for byte.

use crate::common;

use common::{Lab, eeg_dir, eegmmidb};

fn same_for_all_block_sizes(lab: &Lab, recording: &str, model: &str) -> String {
    let events = |block: &str| {
        lab.succeed(&["replay", recording, "--model", model, "--block", block])
            .stdout
    };
    let first = events("32");
    assert!(first == events("32"), "two runs differ");
    for block in ["1", "7", "256"] {
        assert!(
            first == events(block),
            "blocks of {block} differ from blocks of 32"
        );
    }
    String::from_utf8(first).unwrap()
}

#[test]
fn a_synthetic_patient_replays_byte_for_byte() {
    let lab = Lab::new();
    let model = lab.path("model.json").to_string_lossy().into_owned();
    let patient = "synthetic:seed=3,channels=9,trials=12";
    lab.succeed(&[
        "fit",
        patient,
        "--classes",
        "left_hand=left_hand,right_hand=right_hand",
        "--out",
        &model,
    ]);
    let events = same_for_all_block_sizes(&lab, patient, &model);
    let parsed: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |kind: &str| parsed.iter().filter(|event| event["event"] == kind).count();
    assert_eq!((count("start"), count("marker"), count("end")), (1, 24, 1));
    // 74 s with one intent every 40 ms, except the first window.
    assert!(
        (1_790..=1_820).contains(&count("intent")),
        "{}",
        count("intent")
    );
    assert!(parsed.iter().any(|event| event["class"] == "left_hand"));
    assert!(parsed.iter().any(|event| event["class"] == "right_hand"));
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_real_recording_replays_byte_for_byte() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let model = lab.path("model.json").to_string_lossy().into_owned();
    let run = |number| eegmmidb(&eeg, "S007", number);
    lab.succeed(&[
        "fit",
        &run(4),
        &run(8),
        "--classes",
        "left_hand=T1,right_hand=T2",
        "--out",
        &model,
    ]);
    let events = same_for_all_block_sizes(&lab, &run(12), &model);
    assert_eq!(
        events
            .lines()
            .filter(|line| line.contains(r#""event":"marker""#))
            .count(),
        30
    );
}
