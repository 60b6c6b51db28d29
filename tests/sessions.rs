//! Sessions: recorded by default, intact whatever happens, and identical bit for bit when replayed.

use crate::common;

use bci_cursor::system::clock;
use common::{Lab, Running, ms_since, on_cap, wait_for};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn headset(lab: &Lab, seed: u32, more: &[&str]) -> Running {
    let patient = format!("synthetic:channels=8,trials=200,seed={seed}");
    let args = [
        "replay",
        &patient,
        "--to",
        "lsl",
        "--name",
        "cap",
        "--source-id",
        "cap-1",
    ];
    lab.spawn(&[&args, more].concat(), None)
}

fn run(lab: &Lab, more: &[&str]) -> Running {
    let shown = [&["--stats", "--json"], more].concat();
    lab.spawn(&on_cap(&shown), None)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Every stream by type, as pyxdf reads it.
fn streams(lab: &Lab, file: &Path) -> impl Fn(&str) -> Value + use<> {
    let (code, text) = lab
        .python("read_streams.py", &[&file.to_string_lossy()])
        .finish(60.0);
    assert_eq!(code, Some(0));
    let read: Value = serde_json::from_str(&text).unwrap();
    let list = read["streams"].as_array().unwrap().clone();
    move |name: &str| {
        let found = list
            .iter()
            .find(|stream| stream["type"] == name || stream["name"] == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {list:?}"))
            .clone()
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |about| about.len())
}

/// The only session of the default patient, once there is one.
fn kept_session(lab: &Lab) -> Option<PathBuf> {
    let folder = lab.path("data/bci-cursor/patients/default/sessions");
    let files = std::fs::read_dir(&folder).into_iter().flatten();
    let mut files = files.map(|file| file.unwrap().path());
    let file = files.next();
    assert!(files.next().is_none());
    file
}

/// Two reconnections, a NaN, a dead electrode, and a moving reference: the replay is identical bit for bit.
#[test]
fn a_session_with_losses_replays_identically() {
    let lab = Lab::new();
    let faults = ["--fault", "C3=nan@5..8", "--fault", "Cz=flat@6..14"];
    let mut cap = headset(&lab, 1, &faults);
    let driver = run(&lab, &["--markers", "cap-markers"]);
    wait_for("the session's file", 30.0, || {
        kept_session(&lab).is_some_and(|session| size(&session) > 160_000)
    });
    let session = || kept_session(&lab).unwrap();
    for seed in [2, 3] {
        let before = size(&session());
        cap.kill();
        cap = headset(&lab, seed, &faults);
        wait_for("samples after the reconnect", 40.0, || {
            size(&session()) > before + 80_000
        });
    }
    driver.signal("INT");
    let (code, stats) = driver.finish(10.0);
    assert_eq!(code, Some(0));
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert!(stats["gaps"].as_u64().unwrap() >= 2, "{stats}");
    assert!(stats["replaced_values"].as_u64().unwrap() > 500, "{stats}");
    assert_eq!(stats["not_recorded_samples"], 0);

    let file = text(&session());
    let verified = String::from_utf8(lab.succeed(&["replay", &file, "--verify"]).stdout).unwrap();
    assert!(verified.contains("the same, bit for bit"), "{verified}");
    let read = streams(&lab, &session());
    assert_eq!(read("EEG")["samples"], stats["samples"]);
    assert_eq!(read("Intents")["samples"], read("Commands")["samples"]);
    assert!(read("Markers")["samples"].as_u64().unwrap() > 3);
    assert!(read("EEG")["has_footer"].as_bool().unwrap());
    // A replay without verification gives the same intents, including gaps.
    let events = String::from_utf8(lab.succeed(&["replay", &file]).stdout).unwrap();
    let count = |kind: &str| {
        events
            .lines()
            .filter(|line| line.contains(&format!("\"event\":\"{kind}\"")))
            .count()
    };
    assert_eq!(
        count("intent") as u64,
        read("Intents")["samples"].as_u64().unwrap()
    );
    assert_eq!(count("gap") as u64, stats["gaps"].as_u64().unwrap());

    check_session_that_ends_in_zeros(&lab, &session());
    check_changed_session_is_detected(&lab, &session());
}

/// Like after a power failure: from some place on, the file contains zeros.
fn check_session_that_ends_in_zeros(lab: &Lab, session: &Path) {
    let whole = std::fs::read(session).unwrap();
    for from in [
        whole.len() / 2,
        whole.len() / 2 / 4096 * 4096,
        whole.len() - 3000,
    ] {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        bytes.resize(whole.len() + 5000, 0);
        std::fs::write(lab.path("zeros.xdf"), bytes).unwrap();
        let output = lab.succeed(&["replay", &text(&lab.path("zeros.xdf")), "--verify"]);
        let printed = String::from_utf8(output.stdout).unwrap();
        let covered = String::from_utf8(output.stderr).unwrap();
        assert!(printed.contains("the same, bit for bit"), "{printed}");
        assert!(
            covered.contains("are zeros: the computer probably lost power"),
            "{covered}"
        );
    }
}

/// Changes one bit of one sample of EEG, and of the settings.
fn check_changed_session_is_detected(lab: &Lab, session: &Path) {
    let whole = std::fs::read(session).unwrap();
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        std::fs::write(lab.path(name), bytes).unwrap();
        lab.fail(&["replay", &text(&lab.path(name)), "--verify"])
    };
    let eeg = changed("eeg.xdf", &|bytes| {
        // Exponents of several numbers in the second half. A single one may be in a window without a decision.
        for part in 20..30 {
            let from = bytes.len() * part / 40;
            let chunk = bytes[from..].windows(3).position(|w| w == [0, 0, 0]);
            bytes[from + chunk.unwrap_or(0) + 40] ^= 0x40;
        }
    });
    assert!(
        eeg.contains("differs at sample") || eeg.contains("at byte"),
        "{eeg}"
    );
    let settings = changed("settings.xdf", &|bytes| {
        let name = b"\"max_speed_px_s\":200";
        let at = bytes
            .windows(name.len())
            .position(|window| window == name)
            .unwrap();
        bytes[at + name.len() - 1] = b'1';
    });
    assert!(
        settings.contains("the settings in the session has the hash"),
        "{settings}"
    );
}

#[test]
fn a_killed_session_is_intact_up_to_the_last_second() {
    let lab = Lab::new();
    let _cap = headset(&lab, 1, &[]);
    let file = lab.path("killed.xdf");
    let mut driver = run(&lab, &["--record", &text(&file)]);
    wait_for("some seconds of EEG", 40.0, || size(&file) > 140_000);
    let before = size(&file);
    let start = clock::now();
    wait_for("two more seconds", 20.0, || ms_since(start) > 2000.0);
    driver.kill();
    assert!(size(&file) > before);
    let read = streams(&lab, &file);
    let eeg = read("EEG");
    // Of the two seconds at 250 Hz, at most one is lost; a sample takes 33 bytes.
    assert!(
        (size(&file) - before) / 40 > 250,
        "{before} to {}",
        size(&file)
    );
    assert!(eeg["samples"].as_u64().unwrap() > before / 80);
    assert!(!eeg["has_footer"].as_bool().unwrap());
    let output = lab.succeed(&["replay", &text(&file), "--verify"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cut short"));
    // A file that is cut anywhere replays identically up to the cut.
    let whole = std::fs::read(&file).unwrap();
    let cut = lab.path("cut.xdf");
    for part in [3, 5, 7] {
        std::fs::write(&cut, &whole[..whole.len() - whole.len() / part]).unwrap();
        lab.succeed(&["replay", &text(&cut), "--verify"]);
    }
}

#[test]
fn a_full_disk_stops_the_recording_and_nothing_else() {
    let lab = Lab::new();
    let _cap = headset(&lab, 1, &[]);
    let output = lab
        .bci_cursor(&on_cap(&["--stats", "--json", "--seconds", "6"]))
        .args(["--record", "/dev/full"])
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(
        messages.contains("/dev/full cannot be written (No space left on device"),
        "{messages}"
    );
    assert!(messages.contains("control goes on"), "{messages}");
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        output.status.success() && stats["commands"].as_u64().unwrap() > 50,
        "{stats}"
    );
    assert_eq!(stats["holds"], 0);
}

/// The same on a real file system that fills up: 128 kB of memory, mounted only for the driver.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_keeps_the_recording_and_control_continues() {
    let lab = Lab::new();
    let _cap = headset(&lab, 1, &[]);
    let disk = lab.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let (file, kept) = (text(&disk.join("full.xdf")), text(&lab.path("kept.xdf")));
    let run = lab.bci_cursor(&on_cap(&[
        "--stats",
        "--json",
        "--seconds",
        "15",
        "--record",
        &file,
    ]));
    let line: Vec<String> = std::iter::once(run.get_program())
        .chain(run.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    // The file system is mounted only for these processes, and disappears with them.
    let script = "mount -t tmpfs -o size=128k tmpfs \"$1\" && disk=$1 && kept=$2 && file=$3 && shift 3 && \"$@\"; code=$?; \
                  cp \"$file\" \"$kept\"; df --output=avail \"$disk\" | tail -1 >&2; exit $code";
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
    unshare.args([&text(&disk), &kept, &file]).args(&line);
    let output = unshare.output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    if messages.contains("unshare failed") {
        println!(
            "passed over: this system lets nobody mount a file system of their own: {messages}"
        );
        return;
    }
    assert!(
        messages.contains("No space left on device") && messages.contains("control goes on"),
        "{messages}"
    );
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        output.status.success() && stats["commands"].as_u64().unwrap() > 200,
        "{stats}"
    );
    assert_eq!(stats["holds"], 0);
    // Everything written before is intact.
    let read = streams(&lab, Path::new(&kept));
    let recorded = read("EEG")["samples"].as_u64().unwrap();
    assert!(recorded > 1000);
    // The rest was not recorded. Of the 250 ms at which the disk became full, some may be recorded.
    let [samples, not_recorded] =
        ["samples", "not_recorded_samples"].map(|name| stats[name].as_u64().unwrap());
    let covered = recorded + not_recorded;
    assert!(
        (samples..=samples + 63).contains(&covered),
        "{recorded} recorded: {stats}"
    );
    lab.succeed(&["replay", &kept, "--verify"]);
}

#[test]
fn a_run_uses_the_current_decoder_of_its_patient() {
    let lab = Lab::new();
    let _cap = headset(&lab, 1, &[]);
    let folder = lab.path("data/bci-cursor/patients/ada");
    std::fs::create_dir_all(folder.join("models")).unwrap();
    let model = text(&folder.join("models/own.json"));
    let patient = "synthetic:seed=1,channels=8,trials=12";
    let classes = "left_hand=left_hand,right_hand=right_hand";
    lab.succeed(&["fit", patient, "--classes", classes, "--out", &model]);
    let run = |name: &str| {
        let output = lab.succeed(&on_cap(&["--patient", name, "--seconds", "1"]));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run("ada").contains("a starter fitted on 12 other people"));
    std::fs::write(folder.join("profile.toml"), "model = \"own.json\"\n").unwrap();
    let own = run("ada");
    assert!(own.contains("of 12 held-out trials right"), "{own}");
    std::fs::remove_file(&model).unwrap();
    let gone = [
        "run",
        "--stream",
        "cap",
        "--pointer",
        "none",
        "--patient",
        "ada",
    ];
    let error = lab.fail(&gone);
    assert!(error.contains("own.json"), "{error}");
}

#[test]
fn a_session_that_cannot_be_written_is_refused_at_the_start() {
    let lab = Lab::new();
    let _cap = headset(&lab, 1, &[]);
    let start = |more: &[&str]| lab.fail(&on_cap(more));
    std::fs::write(lab.path("there.xdf"), b"mine").unwrap();
    let there = start(&["--record", &text(&lab.path("there.xdf"))]);
    assert!(
        there.contains("exists already, and nothing is overwritten"),
        "{there}"
    );
    assert_eq!(std::fs::read(lab.path("there.xdf")).unwrap(), b"mine");
    let nowhere = start(&["--record", "/nowhere/x.xdf"]);
    assert!(
        nowhere.contains("/nowhere/x.xdf cannot be made") && nowhere.contains("--no-record"),
        "{nowhere}"
    );
    let patient = start(&["--patient", "../x"]);
    assert!(
        patient.contains("'../x' is no usable name for a patient"),
        "{patient}"
    );
    assert!(!lab.path("data").exists());
    lab.succeed(&on_cap(&["--no-record", "--seconds", "1"]));
    assert!(!lab.path("data").exists());
}

#[test]
fn foreign_streams_of_all_kinds_are_recorded_unchanged() {
    let lab = Lab::new();
    let mut foreign = lab.python("several.py", &["4"]);
    let lines = foreign.lines();
    assert_eq!(lines.recv().as_deref(), Ok("ready"));
    let file = lab.path("all.xdf");
    let recorder = lab.spawn(&["record", "--out", &text(&file), "--json"], None);
    assert_eq!(lines.recv().as_deref(), Ok("sent"));
    wait_for("the last samples", 10.0, || {
        let before = size(&file);
        let start = clock::now();
        wait_for("a pause", 5.0, || ms_since(start) > 700.0);
        // Clock offsets are still recorded, but no samples.
        size(&file) < before + 200
    });
    recorder.signal("TERM");
    let (code, report) = recorder.finish(10.0);
    assert_eq!(code, Some(0));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["streams"].as_array().unwrap().len(), 4);
    assert!(
        report["streams"]
            .as_array()
            .unwrap()
            .iter()
            .all(|stream| stream["lost_samples"] == 0),
        "{report}"
    );
    let read = streams(&lab, &file);
    assert_eq!(read("eeg")["samples"], 1000);
    assert_eq!(read("eeg")["last"], serde_json::json!([999.0, -999.0]));
    assert_eq!(
        read("counters")["last"],
        serde_json::json!([(1u64 << 60) + 995])
    );
    assert_eq!(read("button")["last"], serde_json::json!([3]));
    assert_eq!(read("notes")["last"], serde_json::json!(["second 3 µ"]));
    assert!(read("eeg")["offsets"].as_u64().unwrap() >= 1);
    let shown = String::from_utf8(lab.succeed(&["inspect", &text(&file)]).stdout).unwrap();
    for part in ["C3 <left>", "second 3 µ", "1000 samples"] {
        assert!(shown.contains(part), "'{part}' is not in {shown}");
    }
}

#[test]
fn a_killed_recording_of_streams_is_intact_up_to_the_last_second() {
    let lab = Lab::new();
    let mut foreign = lab.python("several.py", &["30"]);
    let lines = foreign.lines();
    assert_eq!(lines.recv().as_deref(), Ok("ready"));
    let file = lab.path("killed.xdf");
    let mut recorder = lab.spawn(&["record", "--out", &text(&file)], None);
    wait_for("some seconds of EEG", 30.0, || size(&file) > 25_000);
    recorder.kill();
    let read = streams(&lab, &file);
    assert!(read("eeg")["samples"].as_u64().unwrap() > 800);
    assert!(!read("eeg")["has_footer"].as_bool().unwrap());
}
