//! Streams that do not behave as declared: invalid stamps, other rates, other clocks, unusual markers.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::source::{Source, SourceEvent, open_recording};
use common::{Lab, Running, wait_for};
use serde_json::Value;

/// A foreign headset with a fault.
fn headset(lab: &Lab, faults: &[&str]) -> Running {
    let mut args = vec!["odd"];
    args.extend(faults);
    let mut running = lab.python("odd.py", &args);
    let lines = running.lines();
    wait_for("the headset", 60.0, || lines.try_recv().is_ok());
    running
}

/// Runs for this many seconds without a pointer. Returns the statistics, if the run was not refused, and the log.
fn run(lab: &Lab, seconds: &str, more: &[&str]) -> (Option<Value>, String) {
    let mut args = vec![
        "run",
        "--stream",
        "odd",
        "--wait",
        "20",
        "--pointer",
        "none",
        "--seconds",
        seconds,
        "--stats",
        "--json",
        "-vv",
    ];
    args.extend(more);
    let output = lab.bci_cursor(&args).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let stats = output
        .status
        .success()
        .then(|| serde_json::from_slice(&output.stdout).unwrap());
    (stats, log)
}

fn count(stats: &Value, name: &str) -> u64 {
    stats[name].as_u64().unwrap()
}

#[test]
fn losses_are_counted_after_invalid_stamps_and_the_session_verifies() {
    for bad in ["nan", "inf", "-inf", "1e300"] {
        let lab = Lab::new();
        let bad_stamp = format!("bad={bad}");
        let _headset = headset(&lab, &[&bad_stamp, "losses=1"]);
        let session = lab.path("session.xdf").to_string_lossy().into_owned();
        let (stats, log) = run(&lab, "8", &["--record", &session]);
        let stats = stats.expect(&log);
        assert_eq!(count(&stats, "invalid_stamps"), 1, "{bad}: {log}");
        assert_eq!(log.matches("are not times").count(), 1, "{bad}: {log}");
        let lost = [count(&stats, "gaps"), count(&stats, "missing_samples")];
        assert_eq!(lost, [3, 102], "{bad}: {log}");
        lab.succeed(&["replay", &session, "--verify"]);
    }
}

#[test]
fn a_rate_that_stamps_contradict_must_be_confirmed() {
    for rate in ["500", "125"] {
        let lab = Lab::new();
        let sent = format!("rate={rate}");
        let _headset = headset(&lab, &[&sent]);
        let (stats, log) = run(&lab, "3", &["--no-record"]);
        let names_both =
            log.contains("declares 250 Hz") && log.contains(&format!("say {rate}.0 Hz"));
        assert!(stats.is_none() && names_both, "{log}");
        let (stats, log) = run(&lab, "3", &["--no-record", "--rate", rate]);
        assert!(stats.is_some(), "{log}");
        assert_eq!(log.matches("declares").count(), 0, "{log}");
    }
}

/// Volts in a stream that declares microvolts, and the reverse. The loose cap in a run is in microvolts as well.
#[test]
fn a_wrong_unit_of_a_live_stream_is_reported_once_with_the_right_one() {
    for (stated, scale, right) in [("microvolts", "1e-6", "V"), ("volts", "1", "uV")] {
        let lab = Lab::new();
        let faults = [format!("unit={stated}"), format!("scale={scale}")];
        let _headset = headset(&lab, &faults.each_ref().map(String::as_str));
        let (stats, log) = run(&lab, "8", &["--no-record"]);
        assert!(stats.is_some(), "{log}");
        let advice = format!("--unit {right} reads them as {right}");
        assert_eq!(log.matches(&advice).count(), 1, "{stated}: {log}");
        let (stats, log) = run(&lab, "8", &["--no-record", "--unit", right]);
        assert!(stats.is_some(), "{log}");
        assert!(!log.contains("reads them as"), "{log}");
    }
}

#[test]
fn a_recording_of_three_seconds_reports_a_wrong_declared_rate() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["declared=500", "rate=250", "chunk=5"]);
    let file = lab.path("short.xdf").to_string_lossy().into_owned();
    let mut args = vec!["record", "--stream", "odd", "--wait", "20", "--json"];
    args.extend(["--seconds", "3", "--out", &file]);
    let output = lab.succeed(&args);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(log.matches("declares 500 Hz").count(), 1, "{log}");
    // The declared rate is not used either when the file is read.
    let error = lab.fail(&["fit", &file, "--classes", "a=a,b=b", "--out", "none.json"]);
    let expected = error.contains("--rate 500") && error.contains("--rate 250");
    assert!(expected, "{error}");
}

#[test]
fn a_wrong_declared_rate_is_not_recorded_as_losses() {
    for (declared, rate, chunk) in [("500", 250.0, "5"), ("125", 250.0, "10")] {
        let lab = Lab::new();
        let faults = [
            format!("declared={declared}"),
            format!("rate={rate}"),
            format!("chunk={chunk}"),
            "deduced=1".into(),
        ];
        let _headset = headset(&lab, &faults.each_ref().map(String::as_str));
        let file = lab.path("all.xdf").to_string_lossy().into_owned();
        let args = [
            "record",
            "--stream",
            "odd",
            "--wait",
            "20",
            "--seconds",
            "8",
            "--json",
            "--out",
            &file,
        ];
        let output = lab.succeed(&args);
        let log = String::from_utf8_lossy(&output.stderr);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let stream = &report["streams"][0];
        let lost = [count(stream, "lost_samples"), count(stream, "clock_resets")];
        assert_eq!(lost, [0, 0], "{report}: {log}");
        let measured_hz = stream["measured_hz"].as_f64().unwrap();
        assert!((measured_hz - rate).abs() < 1.5, "{report}");
        assert_eq!(
            log.matches(&format!("declares {declared} Hz")).count(),
            1,
            "{log}"
        );
    }
}

#[test]
fn a_clock_reset_at_the_start_does_not_change_the_rate() {
    for jump in ["86400", "-86400"] {
        let lab = Lab::new();
        let jumps = format!("jump={jump}");
        let _headset = headset(&lab, &[&jumps]);
        let (stats, log) = run(&lab, "4", &["--no-record"]);
        let stats = stats.expect(&log);
        assert_eq!(count(&stats, "clock_resets"), 1, "{log}");
        assert!(!log.contains("declares"), "{log}");
    }
}

#[test]
fn an_undeclared_rate_is_measured() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["declared=0", "rate=250"]);
    let (stats, log) = run(&lab, "4", &["--no-record"]);
    assert!(log.contains("taken as 250 Hz"), "{log}");
    let stats = stats.expect(&log);
    let samples = count(&stats, "samples");
    assert!((800..1200).contains(&samples), "{samples} samples: {log}");
    assert_eq!(count(&stats, "missing_samples"), 0, "{log}");
}

#[test]
fn old_samples_do_not_move_the_pointer() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["offset=-30"]);
    let (stats, log) = run(&lab, "4", &["--no-record"]);
    let stats = stats.expect(&log);
    assert_eq!(log.matches("30.0 s old").count(), 1, "{log}");
    assert_eq!(count(&stats, "commands"), 0, "{log}");
}

#[test]
fn a_stream_stamped_with_the_time_of_day_has_no_latency() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["unix=1", "markers=1"]);
    let (stats, log) = run(&lab, "6", &["--no-record", "--markers", "odd-text"]);
    let stats = stats.expect(&log);
    assert_eq!(
        log.matches("years ahead of LSL's clock").count(),
        1,
        "{log}"
    );
    assert_eq!(
        log.matches("stamped by different clocks").count(),
        1,
        "{log}"
    );
    assert!(stats["latency"].is_null(), "{stats}");
    assert!(count(&stats, "commands") > 0, "{log}");
}

#[test]
fn rare_blocks_are_reported_as_the_cause_of_holds() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["chunk=375"]);
    let (stats, log) = run(&lab, "9", &["--no-record"]);
    assert!(
        stats.is_some_and(|stats| count(&stats, "holds") > 0),
        "{log}"
    );
    assert_eq!(log.matches("a block only every 1.5 s").count(), 1, "{log}");
}

#[test]
fn markers_of_every_kind_are_read() {
    let lab = Lab::new();
    for (stream, label) in [
        ("odd-text", "left, then right"),
        ("odd-two", "7,left_hand"),
        ("odd-int", "769"),
    ] {
        let _headset = headset(&lab, &["markers=1"]);
        let (stats, log) = run(&lab, "4", &["--no-record", "--markers", stream]);
        assert!(stats.is_some(), "{log}");
        let places = places(&log, label);
        let mut steps = places.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(places.len() >= 4, "{stream}: {log}");
        assert!(steps.all(|step| step == 125), "{stream}: {places:?}");
    }
}

/// Samples at which a run's log reports a marker.
fn places(log: &str, label: &str) -> Vec<u64> {
    let expected = format!("marker '{label}' at sample ");
    let places = log
        .lines()
        .filter_map(|line| line.split_once(&expected)?.1.parse().ok());
    places.collect()
}

#[test]
fn codes_of_a_trigger_channel_are_markers_and_stay_in_the_session() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["trigger=1"]);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let (stats, log) = run(&lab, "6", &["--record", &session]);
    assert!(stats.is_some(), "{log}");
    let live = places(&log, "7");
    let mut steps = live.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(live.len() >= 8, "{live:?}: {log}");
    assert!(steps.all(|step| step == 125), "{live:?}");
    lab.succeed(&["replay", &session, "--verify"]);
    // The session contains the same codes at the same places.
    let mut recorded = Vec::new();
    let mut source = open_recording(&session).unwrap();
    let mut block = Block::with_capacity(source.layout().channel_count(), 64);
    loop {
        match source.next(&mut block).unwrap() {
            SourceEvent::Marker(marker) if marker.label == "7" => recorded.push(marker.at.0),
            SourceEvent::End => break,
            _ => {}
        }
    }
    assert_eq!(recorded, live);
}

#[test]
fn a_trigger_channel_that_counts_samples_gives_no_marker() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["trigger=counter"]);
    let (stats, log) = run(&lab, "4", &["--no-record"]);
    assert!(stats.is_some(), "{log}");
    assert_eq!(log.matches("does not carry codes").count(), 1, "{log}");
    assert!(!log.contains("marker '"), "{log}");
}

#[test]
fn a_marker_stream_replaces_trigger_codes() {
    let lab = Lab::new();
    let _headset = headset(&lab, &["trigger=1", "markers=1"]);
    let (stats, log) = run(&lab, "4", &["--no-record", "--markers", "odd-int"]);
    assert!(stats.is_some(), "{log}");
    assert!(places(&log, "769").len() >= 4, "{log}");
    assert!(places(&log, "7").is_empty(), "{log}");
}
