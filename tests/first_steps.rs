//! What somebody new tries first: doctor, streams, and the demonstration.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod common;

use common::{Lab, Screen};
use serde_json::Value;

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn doctor_finds_a_working_computer_and_says_how_to_mend_another() {
    let lab = Lab::new();
    let screen = Screen::start();
    let healthy = lab
        .bci_cursor(&["doctor", "--json"])
        .env("DISPLAY", &screen.display)
        .output()
        .unwrap();
    let checks = json(&healthy.stdout);
    assert!(healthy.status.success(), "{checks}");
    assert!(
        checks
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["verdict"] == "good"),
        "{checks}"
    );

    let blind = lab
        .bci_cursor(&["doctor"])
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    let text = String::from_utf8(blind.stdout).unwrap();
    assert_eq!(blind.status.code(), Some(1), "{text}");
    assert!(
        text.contains("MISSING  display") && text.contains("-> start a desktop"),
        "{text}"
    );
    assert!(text.contains("ok       LSL loopback"), "{text}");
}

#[test]
fn streams_lists_what_is_published() {
    let lab = Lab::new();
    let _headset = lab.spawn(
        &[
            "replay",
            "synthetic:trials=50",
            "--to",
            "lsl",
            "--name",
            "listed",
        ],
        None,
    );
    let mut found = Value::Null;
    common::wait_for("both streams", 30.0, || {
        found = json(&lab.succeed(&["streams", "--wait", "1", "--json"]).stdout);
        found.as_array().unwrap().len() == 2
    });
    let eeg = &found[0];
    assert_eq!(
        (&eeg["name"], &eeg["type"]),
        (&"listed".into(), &"EEG".into())
    );
    assert_eq!(
        (&eeg["channels"], &eeg["rate_hz"]),
        (&21.into(), &250.0.into())
    );
    assert_eq!(eeg["source_id"], "bci-cursor-replay-listed");
    assert!(!eeg["host"].as_str().unwrap().is_empty());
    assert_eq!(
        (&found[1]["type"], &found[1]["rate_hz"]),
        (&"Markers".into(), &0.0.into())
    );
}

#[test]
fn the_demonstration_hits_targets_on_a_display_of_its_own() {
    let lab = Lab::new();
    let output = lab
        .bci_cursor(&["demo", "--seconds", "25", "--json"])
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("a virtual one (Xvfb"), "{told}");
    assert!(told.contains("12 cued imaginations are recorded"), "{told}");
    let figures = json(&output.stdout);
    // On a quiet machine it hits one every three seconds.
    assert!(figures["task"]["hits"].as_u64().unwrap() >= 3, "{figures}");
    assert!(
        figures["run"]["latency"]["p50_ms"].as_f64().unwrap() > 0.0,
        "{figures}"
    );
    assert!(
        figures["run"]["samples"].as_u64().unwrap() > 5_000,
        "{figures}"
    );
}

#[test]
fn help_says_what_the_program_is_not() {
    let lab = Lab::new();
    let help = String::from_utf8(lab.succeed(&["--help"]).stdout).unwrap();
    assert!(help.contains("not a medical device"), "{help}");
    for command in ["demo", "streams", "fit", "replay", "run", "doctor"] {
        assert!(
            help.contains(&format!("\n  {command}")),
            "{command}: {help}"
        );
        let own = String::from_utf8(lab.succeed(&[command, "--help"]).stdout).unwrap();
        assert!(own.contains("Usage: bci-cursor"), "{own}");
    }
}
