//! `record`: which streams it records, what it reports about them, and what happens to the file when something fails.

use crate::common;

use common::{Lab, Running, wait_for};
use serde_json::Value;
use std::path::Path;

/// A foreign headset (see `peers/odd.py`), once it is visible.
fn odd(lab: &Lab, faults: &[&str]) -> Running {
    let mut running = lab.python("odd.py", &[&["odd"], faults].concat());
    let lines = running.lines();
    wait_for("the headset", 60.0, || lines.try_recv().is_ok());
    running
}

/// A synthetic patient, published under the same identity each time.
fn patient(lab: &Lab) -> Running {
    let mut args = vec!["replay", "synthetic:channels=8,trials=60", "--to", "lsl"];
    args.extend(["--name", "cap", "--source-id", "device"]);
    lab.spawn(&args, None)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn streams_with_different_clocks_are_reported_once() {
    let lab = Lab::new();
    let _headset = odd(&lab, &["markers=1", "unix=1"]);
    let file = text(&lab.path("clocks.xdf"));
    let output = lab.succeed(&["record", "--wait", "4", "--seconds", "4", "--out", &file]);
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(log.matches("use different clocks").count(), 1, "{log}");
    let advice = "Let the program that publishes 'odd' stamp with LSL's local_clock()";
    assert!(log.contains(advice), "{log}");
    let report = String::from_utf8_lossy(&output.stdout);
    let messages = "years ahead of LSL's clock";
    assert_eq!(report.matches(messages).count(), 1, "{report}");
}

#[test]
fn one_of_two_outlets_of_a_device_can_be_chosen() {
    let lab = Lab::new();
    let _first = patient(&lab);
    let listed = || -> Vec<Value> {
        let output = lab.succeed(&["streams", "--wait", "1", "--json"]);
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let is_it = |stream: &Value| stream["name"] == "cap";
        let mut caps: Vec<Value> = all.into_iter().filter(is_it).collect();
        let age = |stream: &Value| stream["created_at_s"].as_f64().unwrap();
        caps.sort_by(|a, b| age(a).total_cmp(&age(b)));
        caps
    };
    wait_for("the first outlet", 30.0, || listed().len() == 1);
    let _second = patient(&lab);
    let mut caps = Vec::new();
    wait_for("both outlets", 30.0, || {
        caps = listed();
        caps.len() == 2
    });
    let [older, newer] = [0, 1].map(|k| caps[k]["uid"].as_str().unwrap());
    let shown = String::from_utf8(lab.succeed(&["streams", "--wait", "2"]).stdout).unwrap();
    let line = |uid: &str| shown.lines().find(|line| line.contains(uid)).unwrap();
    assert!(
        line(newer).ends_with("the newest of its computer"),
        "{shown}"
    );
    assert!(line(older).ends_with("older than the newest"), "{shown}");
    assert!(shown.contains("--newest"), "{shown}");

    let number = std::cell::Cell::new(0);
    let record = |more: &[&str]| {
        number.set(number.get() + 1);
        let file = text(&lab.path(&format!("{}.xdf", number.get())));
        let args = ["record", "--seconds", "1", "--out", &file];
        let output = lab
            .bci_cursor(&[&args[..], more].concat())
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), log)
    };
    let (is_done, error) = record(&["--stream", "cap"]);
    assert!(!is_done && error.contains("--newest"), "{error}");
    for (choice, right, wrong) in [
        (&["--stream", "cap", "--newest"][..], newer, older),
        (&["--where", &format!("uid='{older}'")], older, newer),
        (&["--where", "type='EEG'", "--newest"], newer, older),
    ] {
        let (is_done, messages) = record(choice);
        assert!(is_done, "{messages}");
        assert!(
            messages.contains(right) && !messages.contains(wrong),
            "{choice:?}: {messages}"
        );
    }
    let (is_done, error) = record(&["--where", "source_id=device"]);
    assert!(!is_done && error.contains("quotes of its own"), "{error}");
    let (is_done, error) = record(&["--where", "type='none'"]);
    assert!(
        !is_done && error.contains("for which type='none' holds"),
        "{error}"
    );
    for command in [
        &["record", "--out", "no.xdf"][..],
        &["run", "--pointer", "none"],
    ] {
        let error = lab.fail(&[command, &["--where", "(type='EEG'"]].concat());
        assert!(error.contains("is no XPath predicate"), "{error}");
    }
}

#[test]
fn a_stream_lost_while_recording_is_reported_once_and_used_again() {
    let lab = Lab::new();
    let mut headset = odd(&lab, &[]);
    let file = text(&lab.path("lost.xdf"));
    let args = ["record", "--stream", "odd", "--wait", "20", "--out", &file];
    let recorder = lab.spawn_logged(&args, "", "record.log");
    let count = |what: &str| lab.read("record.log").matches(what).count();
    wait_for("the recording", 30.0, || count("recording to") == 1);
    // More than 200 samples of nine channels.
    wait_for("EEG", 20.0, || {
        std::fs::metadata(&file).is_ok_and(|file| file.len() > 10_000)
    });
    headset.kill();
    let lost = "LSL stream 'odd' has sent nothing for 3 s. What it sent is kept, and the recording continues; it is recorded again";
    wait_for("the loss", 20.0, || count(lost) == 1);
    let _again = odd(&lab, &[]);
    wait_for("the stream", 60.0, || {
        count("LSL stream 'odd' is back after") == 1
    });
    recorder.signal("TERM");
    let (code, report) = recorder.finish(20.0);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(count(lost), 1);
    let output = lab.succeed(&["inspect", &file, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found["samples"].as_u64().unwrap() > 100, "{found}");
    let is_reported = found["gaps"].as_array().unwrap().len() == 1 || found["clock_resets"] == 1;
    assert!(is_reported, "{found}");
}

#[test]
fn a_full_disk_ends_a_recording_and_leaves_it_readable() {
    let lab = Lab::new();
    let _cap = patient(&lab);
    let disk = lab.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let (file, kept) = (text(&disk.join("full.xdf")), text(&lab.path("kept.xdf")));
    let record = lab.bci_cursor(&["record", "--stream", "cap", "--wait", "20", "--out", &file]);
    let line = std::iter::once(record.get_program()).chain(record.get_args());
    // The file system is mounted only for these processes, and disappears with them.
    let script = "mount -t tmpfs -o size=64k tmpfs \"$1\" && kept=$2 && file=$3 && shift 3 && \"$@\"; code=$?; \
                  cp \"$file\" \"$kept\"; exit $code";
    let mut unshare = lab.command("unshare");
    unshare.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
    ]);
    unshare.args([&text(&disk), &kept, &file]).args(line);
    let output = unshare.output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    if messages.contains("unshare failed") {
        println!(
            "passed over: this system lets nobody mount a file system of their own: {messages}"
        );
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{messages}");
    for part in [
        "No space left on device",
        &file,
        "contains everything written before (cap: ",
        "free some space",
    ] {
        assert!(messages.contains(part), "'{part}' is not in: {messages}");
    }
    // The file is read without a message about an incomplete part.
    let output = lab.succeed(&["inspect", &kept, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found["samples"].as_u64().unwrap() > 200, "{found}");
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(log, "", "{log}");
}
