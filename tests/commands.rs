//! Output and exit status of commands: decoders no better than guessing, the driver's status as JSON, and the real rate
//! of a recorded stream.
#![cfg(unix)]

use crate::common;

use common::{Lab, wait_for};
use serde_json::Value;
use std::process::Output;

const CLASSES: &str = "left_hand=left_hand,right_hand=right_hand";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn fit(lab: &Lab, patient: &str, out: &str, more: &[&str]) -> Output {
    let fit = [
        "fit",
        patient,
        "--no-starter",
        "--classes",
        CLASSES,
        "--out",
        out,
    ];
    lab.bci_cursor(&[&fit[..], more].concat()).output().unwrap()
}

#[test]
fn a_decoder_no_better_than_guessing_has_its_own_status_and_replaces_no_better_one() {
    const GOOD: &str = "synthetic:channels=8,seed=1,trials=20,erd=0.8";
    const NOTHING: &str = "synthetic:channels=8,seed=2,trials=20,erd=0";
    let lab = Lab::new();
    let out = lab.path("m.json").to_string_lossy().into_owned();
    let good = fit(&lab, GOOD, &out, &[]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    let before = std::fs::read(&out).unwrap();

    let bad = fit(&lab, NOTHING, &out, &[]);
    let message = text(&bad.stdout) + &text(&bad.stderr);
    assert_eq!(bad.status.code(), Some(3), "{message}");
    assert!(
        message.contains("NO-GO") && message.contains("contains a better decoder"),
        "{message}"
    );
    assert!(
        message.contains("--force") && !message.contains("written to"),
        "{message}"
    );
    assert_eq!(std::fs::read(&out).unwrap(), before);
    let json = fit(&lab, NOTHING, &out, &["--json"]);
    let message: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&message["verdict"], &message["is_written"]),
        (&"no_go".into(), &false.into())
    );
    assert_eq!(std::fs::read(&out).unwrap(), before);

    let forced = fit(&lab, NOTHING, &out, &["--force"]);
    assert_eq!(forced.status.code(), Some(3));
    assert!(text(&forced.stdout).contains("written to"));
    assert_ne!(std::fs::read(&out).unwrap(), before);
    // If there is no better decoder, it is written, with the same exit status.
    let new = lab.path("new.json").to_string_lossy().into_owned();
    assert_eq!(fit(&lab, NOTHING, &new, &[]).status.code(), Some(3));
    assert!(std::fs::exists(&new).unwrap());
    let again = fit(&lab, GOOD, &new, &["--json"]);
    assert_eq!(again.status.code(), Some(0));
    let message: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(message["is_written"], true);
}

#[test]
fn bands_that_do_not_fit_the_rate_are_reported_with_the_option() {
    let lab = Lab::new();
    let slow = "synthetic:channels=8,rate=64,trials=12";
    let out = lab.path("m.json").to_string_lossy().into_owned();
    let message = text(&fit(&lab, slow, &out, &[]).stderr);
    assert!(
        message.contains("at 64 Hz") && message.contains("--bands 8-12,12-20"),
        "{message}"
    );
    let fitted = fit(&lab, slow, &out, &["--bands", "8-12,12-20"]);
    assert!(
        matches!(fitted.status.code(), Some(0 | 3)),
        "{}",
        text(&fitted.stderr)
    );
}

#[test]
fn status_of_drivers_is_available_as_json() {
    let lab = Lab::new();
    let none = lab.bci_cursor(&["status", "--json"]).output().unwrap();
    assert_eq!(
        (none.status.code(), text(&none.stdout).trim()),
        (Some(1), "[]")
    );
    let cap = [
        "replay",
        "synthetic:channels=8,trials=50",
        "--to",
        "lsl",
        "--name",
        "cap",
    ];
    let _cap = lab.spawn(&cap, None);
    let run = [
        "run",
        "--stream",
        "cap",
        "--wait",
        "20",
        "--pointer",
        "none",
        "--no-record",
    ];
    let mut run = lab.spawn_logged(&run, "", "run.log");
    wait_for("the run", 30.0, || lab.read("run.log").contains("running;"));
    let status = || -> Value {
        let output = lab.succeed(&["status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    wait_for("samples", 20.0, || {
        let message = status();
        message[0]["samples"].as_u64().unwrap() > 250 && message[0]["latency_p50_ms"].is_number()
    });
    let message = status();
    let one = &message[0];
    assert_eq!(message.as_array().unwrap().len(), 1);
    assert!(
        one["process"].is_u64() && one["message"].is_string(),
        "{message}"
    );
    let words = ["paused", "idle", "active", "hold"];
    assert!(words.contains(&one["state"].as_str().unwrap()), "{message}");
    assert_eq!(one["patient"], "default");
    assert_eq!(
        (&one["lost_samples"], &one["clicks"]),
        (&0.into(), &0.into())
    );
    assert!(
        one["bad_channels"].is_array() && one["latency_p50_ms"].as_f64().unwrap() > 0.0,
        "{message}"
    );
    run.signal("TERM");
    wait_for("the end", 10.0, || run.has_ended());
}

#[test]
fn the_rate_of_a_recorded_stream_is_that_of_its_stamps() {
    let lab = Lab::new();
    let cap = [
        "replay",
        "synthetic:channels=8,trials=50",
        "--to",
        "lsl",
        "--name",
        "cap",
    ];
    let _cap = lab.spawn(&cap, None);
    let out = lab.path("r.xdf").to_string_lossy().into_owned();
    let record = [
        "record",
        "--stream",
        "cap",
        "--wait",
        "20",
        "--seconds",
        "4",
        "--out",
        &out,
        "--json",
    ];
    let recorded = lab.succeed(&record);
    let message: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    let stream = &message["streams"][0];
    let hz = stream["measured_hz"].as_f64().unwrap();
    assert!((hz - 250.0).abs() < 2.5, "{message}");
    // It lasts as long as requested, from the first recorded sample.
    let samples = stream["samples"].as_u64().unwrap();
    assert!((950..1500).contains(&samples), "{message}");
    assert_eq!(text(&recorded.stderr).matches("recording to").count(), 1);
    let inspected = lab.succeed(&["inspect", &out, "--json"]);
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!(inspected["samples"], samples);
}

#[test]
fn impossible_durations_are_refused() {
    let lab = Lab::new();
    let out = lab.path("r.xdf").to_string_lossy().into_owned();
    let commands: [&[&str]; 7] = [
        &["run", "--pointer", "none", "--no-record", "--seconds"],
        &["run", "--pointer", "none", "--no-record", "--wait"],
        &["record", "--out", &out, "--seconds"],
        &["record", "--out", &out, "--wait"],
        &["streams", "--wait"],
        &["demo", "--seconds"],
        &["evaluate", "latency", "--seconds"],
    ];
    for command in commands {
        for bad in ["-1", "0", "nan", "inf", "1e300", "soon"] {
            let message = lab.fail(&[command, &[bad]].concat());
            assert!(
                message.contains("expected a time in seconds above 0, such as 2.5"),
                "{command:?} {bad}: {message}"
            );
        }
    }
    assert!(!lab.path("r.xdf").exists());
}

#[test]
fn plurals_and_explanations_are_right() {
    let lab = Lab::new();
    let out = lab.path("one.xdf").to_string_lossy().into_owned();
    let converted = lab.succeed(&[
        "convert",
        "synthetic:channels=8,trials=1",
        &out,
        "--channels",
        "C3",
    ]);
    assert!(text(&converted.stdout).contains("1 channel at 250 Hz"));
    let inspected = text(&lab.succeed(&["inspect", &out]).stdout);
    assert!(
        inspected.contains("(EEG): 1 channel, 250 Hz"),
        "{inspected}"
    );
    let message = lab.fail(&["targets"]);
    assert!(
        message.contains("DISPLAY is not set") && message.contains("--at X,Y"),
        "{message}"
    );
    let mut targets = lab.bci_cursor(&["targets"]);
    let message = targets.env("DISPLAY", ":9999").output().unwrap();
    let message = text(&message.stderr);
    assert!(message.contains("nothing answers there"), "{message}");
    assert!(
        !message.contains("connection could be established"),
        "{message}"
    );
}
