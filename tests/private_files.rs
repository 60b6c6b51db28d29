//! Patients' files: who can read them, which names are patients, and settings that several processes write at once.
#![cfg(unix)]

use crate::common;

use common::{Lab, on_cap, wait_for};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A folder and everything in it.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn assert_private(folder: &Path) {
    for path in all(folder) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.to_string_lossy());
    }
}

/// Runs a command with the usual umask, under which files are readable for everybody.
fn usual(lab: &Lab, args: &[&str]) -> std::process::Output {
    let mut shell = lab.command("sh");
    shell.args(["-c", "umask 022; exec \"$@\"", "sh"]);
    shell.arg(env!("CARGO_BIN_EXE_bci-cursor")).args(args);
    shell.env_remove("DISPLAY").output().unwrap()
}

const CAP: &str = "synthetic:channels=8,seed=1,trials=12";
const CLASSES: [&str; 2] = ["--classes", "left_hand=left_hand,right_hand=right_hand"];

fn cap(lab: &Lab) -> common::Running {
    lab.spawn(&["replay", CAP, "--to", "lsl", "--name", "cap"], None)
}

#[test]
fn eeg_and_models_are_readable_only_by_their_owner() {
    let lab = Lab::new();
    let _cap = cap(&lab);
    let made = |name: &str| lab.path(name).to_string_lossy().into_owned();
    let ran = usual(
        &lab,
        &on_cap(&["--seconds", "2", "--patient", "ada", "--new-patient"]),
    );
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let set = ["set", "--patient", "ada", "control.dwell.time_ms=900"];
    assert!(usual(&lab, &set).status.success());
    let patients = lab.path("data/bci-cursor/patients");
    let names: Vec<_> = all(&patients.join("ada"));
    assert!(
        names
            .iter()
            .any(|path| path.extension().is_some_and(|end| end == "xdf"))
    );
    assert!(names.contains(&patients.join("ada/profile.toml")));
    assert_private(&patients);
    // Files that the user names also contain EEG, or information learnt from it.
    let (model, report) = (made("model.json"), made("ada.html"));
    let (converted, edf, recorded) = (made("c.xdf"), made("c.edf"), made("r.xdf"));
    let kept = made("kept.xdf");
    let commands: [&[&str]; 6] = [
        &[&["fit", CAP][..], &CLASSES, &["--out", &model]].concat(),
        &["report", "ada", "--out", &report],
        &["convert", CAP, &converted],
        &["convert", CAP, &edf],
        &[
            "record",
            "--stream",
            "cap",
            "--seconds",
            "1",
            "--out",
            &recorded,
        ],
        &on_cap(&["--seconds", "2", "--record", &kept]),
    ];
    for command in commands {
        let done = usual(&lab, command);
        let messages = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {messages}");
    }
    for file in [&model, &report, &converted, &edf, &recorded, &kept] {
        assert_eq!(mode(Path::new(file)), 0o600, "{file}");
    }
}

#[test]
fn files_of_earlier_versions_are_made_private_once_with_a_message() {
    let lab = Lab::new();
    let patients = lab.path("data/bci-cursor/patients");
    let sessions = patients.join("ada/sessions");
    std::fs::create_dir_all(&sessions).unwrap();
    std::fs::write(sessions.join("old.xdf"), b"EEG").unwrap();
    std::fs::set_permissions(sessions.join("old.xdf"), Permissions::from_mode(0o644)).unwrap();
    std::fs::set_permissions(&sessions, Permissions::from_mode(0o755)).unwrap();
    let messages = || {
        let set = usual(&lab, &["set", "--patient", "ada"]);
        assert!(set.status.success());
        String::from_utf8(set.stderr).unwrap()
    };
    let first = messages();
    assert!(
        first.contains("were open to other users of this computer"),
        "{first}"
    );
    assert_private(&patients);
    assert_eq!(messages(), "");
}

#[test]
fn thirty_settings_at_once_are_all_kept() {
    let lab = Lab::new();
    let settings = lab.bci_cursor(&["set"]).output().unwrap().stdout;
    let settings = String::from_utf8(settings).unwrap();
    // Thirty settings that are switched on or off, or get another number.
    let assignments: Vec<String> = settings
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .filter_map(|(path, rest)| {
            let value = rest.split_whitespace().next()?;
            let other = match value {
                "true" => "false".to_owned(),
                "false" => "true".to_owned(),
                number => format!("{}", number.parse::<f64>().ok()? + 1.0),
            };
            let mut alone = lab.bci_cursor(&[
                "set",
                "--patient",
                "alone",
                "--new-patient",
                &format!("{path}={other}"),
            ]);
            let works = alone.output().unwrap().status.success();
            // In an environment where this does not work, there is no folder.
            let _ = std::fs::remove_dir_all(lab.path("data"));
            works.then(|| format!("{path}={other}"))
        })
        .take(30)
        .collect();
    assert_eq!(assignments.len(), 30);
    let children: Vec<_> = assignments
        .iter()
        .map(|assignment| {
            let mut set = lab.bci_cursor(&["set", "--patient", "ada", "--new-patient", assignment]);
            set.stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            set.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}");
    }
    let listed = lab.succeed(&["set", "--patient", "ada"]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    for assignment in &assignments {
        let expected = assignment.replacen('=', " = ", 1);
        assert!(
            listed.lines().any(|line| line
                .strip_prefix(expected.as_str())
                .is_some_and(|rest| rest.starts_with([' ', '.']))),
            "{expected} in {listed}"
        );
    }
    assert_private(&lab.path("data/bci-cursor/patients/ada"));
    let left: Vec<_> = all(&lab.path("data/bci-cursor/patients/ada"));
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn a_run_and_another_process_keep_each_others_settings() {
    let lab = Lab::new();
    let _cap = cap(&lab);
    lab.succeed(&[
        "set",
        "--patient",
        "ada",
        "--new-patient",
        "control.click.down_ms=55",
    ]);
    let run = on_cap(&["--patient", "ada", "--no-record"]);
    let mut run = lab.spawn_logged(&run, "", "run.log");
    wait_for("the run", 30.0, || lab.read("run.log").contains("running;"));
    // Another process changes the file.
    lab.succeed(&["set", "--patient", "ada", "control.dwell.time_ms=900"]);
    wait_for("the run to take it over", 10.0, || {
        lab.read("run.log")
            .contains("control.dwell.time_ms = 900 (was")
    });
    // The run itself changes a setting, on request over its socket.
    let messages = lab.succeed(&["set", "control.dwell.radius_px=33"]).stdout;
    assert!(
        String::from_utf8(messages)
            .unwrap()
            .contains("control.dwell.radius_px = 33")
    );
    let profile = lab.read("data/bci-cursor/patients/ada/profile.toml");
    for kept in ["down_ms = 55", "time_ms = 900", "radius_px = 33"] {
        assert!(profile.contains(kept), "{kept}: {profile}");
    }
    run.signal("TERM");
    wait_for("the end", 10.0, || run.has_ended());
}

#[test]
fn a_mistyped_patient_is_refused_and_never_created() {
    let lab = Lab::new();
    lab.succeed(&[
        "set",
        "--patient",
        "anna",
        "--new-patient",
        "control.dwell.on=true",
    ]);
    let out = lab.path("x.html").to_string_lossy().into_owned();
    let commands: [&[&str]; 4] = [
        &["set", "--patient", "ana", "control.dwell.on=true"],
        &["run", "--patient", "ana", "--wait", "0.1"],
        &["report", "ana", "--out", &out],
        #[cfg(feature = "gui")]
        &["calibrate", "--patient", "ana"],
        #[cfg(not(feature = "gui"))]
        &["set", "--patient", "ana"],
    ];
    for command in commands {
        let messages = lab.fail(command);
        assert!(
            messages.contains("there is no patient 'ana'. Did you mean 'anna'?"),
            "{command:?}: {messages}"
        );
    }
    let messages = lab.fail(&["run", "--patient", "zoe", "--wait", "0.1"]);
    assert!(
        messages.contains("There are: anna") && messages.contains("--new-patient"),
        "{messages}"
    );
    let there: Vec<_> = std::fs::read_dir(lab.path("data/bci-cursor/patients"))
        .unwrap()
        .collect();
    assert_eq!(there.len(), 1);
    // Without a name, the patient is 'default', which need not be created.
    lab.succeed(&["set", "control.dwell.on=true"]);
}

#[test]
fn a_patients_decoder_is_used_without_recording_a_session() {
    let lab = Lab::new();
    let _cap = cap(&lab);
    lab.succeed(&[
        "set",
        "--patient",
        "ada",
        "--new-patient",
        "control.dwell.on=true",
    ]);
    let folder = lab.path("data/bci-cursor/patients/ada");
    std::fs::create_dir(folder.join("models")).unwrap();
    let model = folder
        .join("models/own.json")
        .to_string_lossy()
        .into_owned();
    lab.succeed(&[&["fit", CAP][..], &CLASSES, &["--out", &model]].concat());
    std::fs::write(folder.join("profile.toml"), "model = \"own.json\"\n").unwrap();
    let ran = lab.succeed(&on_cap(&[
        "--seconds",
        "2",
        "--patient",
        "ada",
        "--no-record",
    ]));
    let messages = String::from_utf8(ran.stderr).unwrap();
    assert!(messages.contains("held-out trials right"), "{messages}");
    assert!(!folder.join("sessions").exists());
    // A profile that names a file elsewhere is refused.
    std::fs::write(
        folder.join("profile.toml"),
        "model = \"../../../../model.json\"\n",
    )
    .unwrap();
    let messages = lab.fail(&on_cap(&[
        "--seconds",
        "2",
        "--patient",
        "ada",
        "--no-record",
    ]));
    assert!(
        messages.contains("expected the name of a file in the patient's folder"),
        "{messages}"
    );
}
