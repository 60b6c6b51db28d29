//! Output that cannot be written, and text that would control the terminal.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::recording::xdf::{ChannelHeader, SampleType, Samples, StreamHeader, XdfWriter};
use common::Lab;
use std::fs::File;
use std::process::{Command, Output, Stdio};

const CAP: &str = "synthetic:channels=8,seed=1,trials=12";
const CLASSES: &str = "left_hand=left_hand,right_hand=right_hand";

/// A device on which every write fails.
fn full() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn output_that_cannot_be_written_gives_one_line_and_status_1() {
    let lab = Lab::new();
    let model = lab.path("m.json").to_string_lossy().into_owned();
    let converted = lab.path("c.xdf").to_string_lossy().into_owned();
    let html = lab.path("r.html").to_string_lossy().into_owned();
    lab.succeed(&["convert", CAP, &converted]);
    let commands: [&[&str]; 13] = [
        &["inspect", CAP],
        &["inspect", CAP, "--json"],
        &["fit", CAP, "--classes", CLASSES, "--out", &model],
        &["replay", CAP],
        &["report", &converted, "--out", &html],
        &["set"],
        &["doctor"],
        &["doctor", "--json"],
        &["streams", "--wait", "0.1"],
        &["ports"],
        &["--help"],
        &["run", "--help"],
        &["--version"],
    ];
    for command in commands {
        let mut run = lab.bci_cursor(command);
        let output = run.env_remove("DISPLAY").stdout(full()).output().unwrap();
        let messages = messages(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {messages}");
        let errors: Vec<&str> = messages
            .lines()
            .filter(|line| line.contains("error"))
            .collect();
        let expected =
            "error: standard output cannot be written: No space left on device (os error 28)";
        assert_eq!(errors, [expected], "{command:?}: {messages}");
    }
}

#[test]
fn messages_that_cannot_be_written_only_set_status_1() {
    let lab = Lab::new();
    let model = lab.path("m.json").to_string_lossy().into_owned();
    let fit = ["fit", CAP, "--classes", CLASSES, "--out", &model];
    let output = lab.bci_cursor(&fit).stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("verdict"));
    let refused = lab
        .bci_cursor(&["inspect", "nowhere.xdf"])
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_reader_that_stops_early_is_not_an_error() {
    let lab = Lab::new();
    for command in ["replay", "inspect"] {
        let mut run = lab.bci_cursor(&[command, CAP]);
        let mut run = run
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let head = Command::new("head")
            .args(["-n", "1"])
            .stdin(run.stdout.take().unwrap())
            .output();
        assert_eq!(
            head.unwrap()
                .stdout
                .iter()
                .filter(|&&byte| byte == b'\n')
                .count(),
            1
        );
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{command}: {}", messages(&output));
        assert!(
            !messages(&output).contains("error"),
            "{command}: {}",
            messages(&output)
        );
    }
}

#[test]
fn a_warning_is_printed_once_however_often_the_file_is_read() {
    let lab = Lab::new();
    let whole = lab.path("whole.xdf").to_string_lossy().into_owned();
    lab.succeed(&["convert", "synthetic:channels=8,seed=1,trials=20", &whole]);
    let bytes = std::fs::read(&whole).unwrap();
    let cut = lab.path("cut.xdf").to_string_lossy().into_owned();
    std::fs::write(&cut, &bytes[..bytes.len() * 9 / 10]).unwrap();
    let model = lab.path("m.json").to_string_lossy().into_owned();
    let fit = lab.succeed(&["fit", &cut, "--classes", CLASSES, "--out", &model]);
    let messages = messages(&fit);
    let warnings: Vec<&str> = messages
        .lines()
        .filter_map(|line| line.split_once("WARN").map(|(_, what)| what))
        .collect();
    assert!(!warnings.is_empty(), "{messages}");
    let mut different = warnings.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), warnings.len(), "{messages}");
}

/// Whether a text would move the cursor, colour the terminal or reverse a line, or contains a forged line.
fn controls(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.chars()
        .any(|c| c != '\n' && bci_cursor::printable::is_unprintable(c))
        || text.lines().any(|line| line.starts_with("forged line"))
}

#[test]
fn control_characters_from_a_stream_reach_neither_terminal_nor_file() {
    let lab = Lab::new();
    let mut outlet = lab.command(common::python());
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/peers/control_characters.py"
    );
    let mut outlet = outlet
        .args([script, "evil"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let listed = || lab.succeed(&["streams", "--wait", "1"]);
    common::wait_for("the stream", 30.0, || {
        String::from_utf8_lossy(&listed().stdout).contains("evil")
    });
    let recorded = lab.path("evil.xdf").to_string_lossy().into_owned();
    let edf = lab.path("evil.edf").to_string_lossy().into_owned();
    let again = lab.path("again.xdf").to_string_lossy().into_owned();
    let html = lab.path("evil.html").to_string_lossy().into_owned();
    let commands: [&[&str]; 8] = [
        &["streams", "--wait", "1"],
        &["streams", "--wait", "1", "--json"],
        &["record", "--seconds", "2", "--out", &recorded],
        &["inspect", &recorded],
        &["inspect", &recorded, "--json"],
        &["convert", &recorded, &again],
        &["convert", &recorded, &edf],
        &["report", &recorded, "--out", &html],
    ];
    for command in commands {
        let output = lab.succeed(command);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &messages(&output);
        assert!(!controls(&output.stdout), "{command:?}: {text}");
        assert!(!controls(&output.stderr), "{command:?}: {text}");
    }
    // JSON still contains the original name.
    let json = lab.succeed(&["streams", "--wait", "1", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert!(
        json[0]["name"]
            .as_str()
            .unwrap()
            .contains("\u{1b}[2J\u{9b}31m\u{202e}txt")
    );
    // Whether the run is refused or not, the original name is never printed.
    let run = [
        "run",
        "--type",
        "EEG",
        "--pointer",
        "none",
        "--no-record",
        "--seconds",
        "1",
    ];
    let ran = lab.bci_cursor(&run).env_remove("DISPLAY").output().unwrap();
    assert!(!controls(&ran.stderr), "{}", messages(&ran));
    let report = std::fs::read_to_string(&html).unwrap();
    assert!(
        !report
            .chars()
            .any(|c| !matches!(c, '\n' | '\t') && bci_cursor::printable::is_unprintable(c))
    );
    // pyxdf reads the recorded and the converted file.
    for file in [&recorded, &again] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/read_streams.py");
        let read = lab
            .command(common::python())
            .args([script, file])
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&read.stdout)
            .unwrap_or_else(|_| panic!("{file}: {}", String::from_utf8_lossy(&read.stderr)));
        assert!(
            json["streams"][0]["samples"].as_u64().unwrap() >= 400,
            "{json}"
        );
    }
    let inspected = lab.succeed(&["inspect", &edf, "--json"]).stdout;
    let inspected: serde_json::Value = serde_json::from_slice(&inspected).unwrap();
    assert!(inspected["samples"].as_u64().unwrap() >= 400);
    drop(outlet.stdin.take());
    outlet.wait().unwrap();
}

/// Text that would clear the screen, and forge a line of this program's messages.
const EVIL: &str = "a\u{1b}[2J\u{9b}31m\nforged line\u{202e}";

/// Where [`evil_recording`] inserts a text of the same length into the header.
const HOLE: &str = "HOLE-HOLE-HOLE-HOLE-HOLE";

/// A recording whose stream, channels and markers have that text as their name.
fn evil_recording(path: &std::path::Path) {
    let mut writer = XdfWriter::new(File::create(path).unwrap(), EVIL).unwrap();
    let header = |name: &str, kind: &str, rate_hz, sample_type, labels: &[String]| StreamHeader {
        name: name.to_owned(),
        kind: kind.to_owned(),
        source_id: EVIL.to_owned(),
        rate_hz,
        sample_type,
        channels: labels
            .iter()
            .map(|label| ChannelHeader {
                label: label.clone(),
                unit: "microvolts".into(),
                kind: kind.into(),
            })
            .collect(),
        reference: EVIL.to_owned(),
        manufacturer: EVIL.to_owned(),
    };
    let labels = ["C3", "C4", HOLE, "Pz"].map(str::to_owned);
    let eeg = header(HOLE, "EEG", 250.0, SampleType::Float32, &labels);
    let eeg = writer.add_stream(&eeg).unwrap();
    let markers = header(HOLE, "Markers", 0.0, SampleType::Text, &labels[..1]);
    let markers = writer.add_stream(&markers).unwrap();
    let mut samples = Samples::default();
    for k in 0..2500 {
        samples.begin(Some(10.0 + f64::from(k) / 250.0), 0.0);
        for channel in 0..4 {
            let value = f64::from((k * (channel + 3)) % 40);
            samples.number(value, SampleType::Float32);
        }
    }
    writer.samples(eeg, &mut samples).unwrap();
    for k in 0..6 {
        samples.begin(Some(11.0 + f64::from(k)), 0.0);
        samples.text(EVIL);
        writer.samples(markers, &mut samples).unwrap();
    }
    writer.finish().unwrap();
    // Our writer removes control characters, so they are inserted afterwards, in the same number of bytes.
    let mut bytes = std::fs::read(path).unwrap();
    let evil = "\u{9b}2J\u{9b}31m\nforged line\u{202e}".as_bytes();
    assert_eq!(evil.len(), HOLE.len());
    let holes: Vec<usize> = (0..bytes.len() - HOLE.len())
        .filter(|&at| bytes[at..].starts_with(HOLE.as_bytes()))
        .collect();
    assert_eq!(holes.len(), 3);
    for at in holes {
        bytes[at..at + HOLE.len()].copy_from_slice(evil);
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn no_name_in_a_file_or_of_a_file_controls_the_terminal() {
    let lab = Lab::new();
    let folder = lab.path(EVIL);
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(folder.join(EVIL)).unwrap();
    let file = folder.join(format!("{EVIL}.xdf"));
    evil_recording(&file);
    std::fs::copy(&file, folder.join(EVIL).join("S001R04.xdf")).unwrap();
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let (file, people) = (text(&file), text(&folder));
    let not_one = text(&folder.join("x.edf"));
    std::fs::write(&not_one, format!("%OpenBCI{EVIL}")).unwrap();
    let out = |name: &str| text(&folder.join(name));
    let both = format!("left_hand={EVIL},right_hand=b");
    let commands: Vec<Vec<&str>> = vec![
        vec!["inspect", &file],
        vec!["inspect", &file, "-vv"],
        vec!["inspect", &file, "--json"],
        vec!["inspect", &file, "--channels", EVIL],
        vec!["inspect", &file, "--electrodes", EVIL],
        vec!["inspect", &not_one],
        vec!["inspect", "nowhere\u{1b}[2J\nforged line.xdf"],
        vec!["inspect", "synthetic:\u{1b}[2J\nforged line=1"],
        vec!["fit", &file, "--classes", &both, "--out", "m.json"],
        vec![
            "fit",
            &file,
            "--classes",
            "left_hand=q,right_hand=b",
            "--out",
            "m.json",
        ],
        vec![
            "fit",
            &file,
            "--classes",
            "left_hand=a*,right_hand=a*",
            "--out",
            "m.json",
        ],
        vec![
            "fit",
            &file,
            "--classes",
            "\u{1b}[2J\nforged line=q",
            "--out",
            "m.json",
        ],
        vec!["fit-switch", &file, "--by", "clench", "--out", "s.json"],
        vec![
            "fit-switch",
            &file,
            "--by",
            "clench",
            "--cue",
            EVIL,
            "--out",
            "s.json",
        ],
        vec!["replay", &file],
        vec!["replay", &file, "--verify"],
        vec!["replay", &file, "--model", &not_one],
        vec!["replay", &file, "--fault", EVIL],
        vec!["report", &file, "--out", &not_one],
        vec!["report", EVIL, "--out", &not_one],
        vec!["evaluate", "decoding", &people, "--protocol", "blocked-cv"],
        vec!["evaluate", "rest", &people],
        vec!["evaluate", "closed-loop", &people],
        vec!["evaluate", "merge", &not_one],
        vec![
            "run",
            "--pointer",
            "none",
            "--no-record",
            "--stream",
            EVIL,
            "--wait",
            "0.1",
        ],
        vec!["run", "--pointer", "none", "--no-record", "--port", EVIL],
        vec!["run", "--pointer", "none", "--patient", EVIL],
        vec!["run", "--set", EVIL, "--pointer", "none"],
        vec!["set", EVIL, "--patient", "default"],
        vec!["record", "--stream", EVIL, "--wait", "0.1", "--out", &file],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec![EVIL],
        vec!["inspect", &file, "--unit", EVIL],
    ];
    let unreported: Vec<String> = commands
        .iter()
        .filter_map(|command| {
            let mut run = lab.bci_cursor(command);
            run.env_remove("DISPLAY").env("XDG_DATA_HOME", &folder);
            let output = run.current_dir(&folder).output().unwrap();
            let both = [&output.stdout[..], &output.stderr[..]].concat();
            assert!(
                !String::from_utf8_lossy(&both).contains("panicked"),
                "{command:?}"
            );
            controls(&both).then(|| format!("{command:?}:\n{}", String::from_utf8_lossy(&both)))
        })
        .collect();
    assert!(
        unreported.is_empty(),
        "{}",
        unreported.join("\n").escape_debug()
    );
    let converted = [(&file, out("c.xdf")), (&file, out("c.edf"))];
    for (from, to) in &converted {
        let output = lab.succeed(&["convert", from, to]);
        assert!(
            !controls(&output.stdout) && !controls(&output.stderr),
            "{to:?}"
        );
    }
    // JSON contains the original names.
    let found = lab.succeed(&["inspect", &file, "--json"]).stdout;
    let found: serde_json::Value = serde_json::from_slice(&found).unwrap();
    assert_eq!(found["events"][EVIL], 6);
    let labels = |of: &serde_json::Value| -> Vec<String> {
        let channels = of.as_array().unwrap();
        let labels = channels.iter().map(|channel| channel["label"].as_str());
        labels.map(|label| label.unwrap().to_owned()).collect()
    };
    let streams = found["streams"].as_array().unwrap();
    let eeg = streams
        .iter()
        .find(|stream| stream["is_read"] == true)
        .unwrap();
    assert_eq!(labels(&found["quality"]), labels(&eeg["channels"]));
    assert!(labels(&found["quality"])[2].contains("\u{9b}2J"));
}
