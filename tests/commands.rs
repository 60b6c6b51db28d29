//! What commands say and how they end: decoders that are no better than guessing, what a driver does as JSON, how fast a recorded stream
//! really is.
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
fn a_decoder_no_better_than_guessing_has_a_status_of_its_own_and_replaces_no_better_one() {
    const GOOD: &str = "synthetic:channels=8,seed=1,trials=20,erd=0.8";
    const NOTHING: &str = "synthetic:channels=8,seed=2,trials=20,erd=0";
    let lab = Lab::new();
    let out = lab.path("m.json").to_string_lossy().into_owned();
    let good = fit(&lab, GOOD, &out, &[]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    let before = std::fs::read(&out).unwrap();

    let bad = fit(&lab, NOTHING, &out, &[]);
    let told = text(&bad.stdout) + &text(&bad.stderr);
    assert_eq!(bad.status.code(), Some(3), "{told}");
    assert!(
        told.contains("NO-GO") && told.contains("holds a better decoder"),
        "{told}"
    );
    assert!(
        told.contains("--force") && !told.contains("written to"),
        "{told}"
    );
    assert_eq!(std::fs::read(&out).unwrap(), before);
    let json = fit(&lab, NOTHING, &out, &["--json"]);
    let told: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&told["verdict"], &told["is_written"]),
        (&"no_go".into(), &false.into())
    );
    assert_eq!(std::fs::read(&out).unwrap(), before);

    let forced = fit(&lab, NOTHING, &out, &["--force"]);
    assert_eq!(forced.status.code(), Some(3));
    assert!(text(&forced.stdout).contains("written to"));
    assert_ne!(std::fs::read(&out).unwrap(), before);
    // Where there is nothing better, it is written, with the same status.
    let new = lab.path("new.json").to_string_lossy().into_owned();
    assert_eq!(fit(&lab, NOTHING, &new, &[]).status.code(), Some(3));
    assert!(std::fs::exists(&new).unwrap());
    let again = fit(&lab, GOOD, &new, &["--json"]);
    assert_eq!(again.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(told["is_written"], true);
}

#[test]
fn bands_that_do_not_fit_the_rate_are_told_with_the_option() {
    let lab = Lab::new();
    let slow = "synthetic:channels=8,rate=64,trials=12";
    let out = lab.path("m.json").to_string_lossy().into_owned();
    let told = text(&fit(&lab, slow, &out, &[]).stderr);
    assert!(
        told.contains("at 64 Hz") && told.contains("--bands 8-12,12-20"),
        "{told}"
    );
    let fitted = fit(&lab, slow, &out, &["--bands", "8-12,12-20"]);
    assert!(
        matches!(fitted.status.code(), Some(0 | 3)),
        "{}",
        text(&fitted.stderr)
    );
}

#[test]
fn what_drivers_do_is_told_as_json() {
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
        let told = status();
        told[0]["samples"].as_u64().unwrap() > 250 && told[0]["latency_p50_ms"].is_number()
    });
    let told = status();
    let one = &told[0];
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert!(
        one["process"].is_u64() && one["message"].is_string(),
        "{told}"
    );
    let words = ["paused", "idle", "active", "hold"];
    assert!(words.contains(&one["state"].as_str().unwrap()), "{told}");
    assert_eq!(one["patient"], "default");
    assert_eq!(
        (&one["lost_samples"], &one["clicks"]),
        (&0.into(), &0.into())
    );
    assert!(
        one["bad_channels"].is_array() && one["latency_p50_ms"].as_f64().unwrap() > 0.0,
        "{told}"
    );
    run.signal("TERM");
    wait_for("the end", 10.0, || run.has_ended());
}

#[test]
fn a_recorded_streams_rate_is_that_of_its_stamps() {
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
    let told: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    let stream = &told["streams"][0];
    let hz = stream["measured_hz"].as_f64().unwrap();
    assert!((hz - 250.0).abs() < 2.5, "{told}");
    // It lasts as long as was asked for, from the first sample that was kept.
    let samples = stream["samples"].as_u64().unwrap();
    assert!((950..1500).contains(&samples), "{told}");
    assert_eq!(text(&recorded.stderr).matches("recording to").count(), 1);
    let inspected = lab.succeed(&["inspect", &out, "--json"]);
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!(inspected["samples"], samples);
}

#[test]
fn durations_that_cannot_be_are_refused() {
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
            let told = lab.fail(&[command, &[bad]].concat());
            assert!(
                told.contains("expected a time in seconds above 0, such as 2.5"),
                "{command:?} {bad}: {told}"
            );
        }
    }
    assert!(!lab.path("r.xdf").exists());
}

#[test]
fn numbers_of_things_and_what_options_mean_are_told_right() {
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
    let told = lab.fail(&["targets"]);
    assert!(
        told.contains("DISPLAY is not set") && told.contains("--at X,Y"),
        "{told}"
    );
    let mut targets = lab.bci_cursor(&["targets"]);
    let told = targets.env("DISPLAY", ":9999").output().unwrap();
    let told = text(&told.stderr);
    assert!(told.contains("nothing answers there"), "{told}");
    assert!(!told.contains("connection could be established"), "{told}");
}
