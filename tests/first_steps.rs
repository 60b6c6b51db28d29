//! What new users try first: doctor, streams, and the demo.

use crate::common;

use common::{Lab, Screen};
use serde_json::Value;

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn doctor_accepts_a_working_computer_and_says_how_to_fix_another() {
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
fn streams_lists_published_streams() {
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
        .bci_cursor(&["demo", "--part", "imagery", "--seconds", "25", "--json"])
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    assert!(messages.contains("a virtual one (Xvfb"), "{messages}");
    assert!(
        messages.contains("12 cued trials are recorded"),
        "{messages}"
    );
    let figures = json(&output.stdout);
    // On an idle machine it reaches a target every three seconds.
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

/// A synthetic patient with eyes, who sees what the display has really shown.
#[test]
fn the_demonstration_chooses_buttons_by_looking() {
    let lab = Lab::new();
    let output = lab
        .bci_cursor(&["demo", "--part", "looking", "--json"])
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let figures = json(&output.stdout);
    println!("{figures}");
    let count = |name: &str| figures["looking"][name].as_u64().unwrap();
    assert_eq!(count("targets"), 10);
    assert!(count("hits") >= 9 && count("wrong") <= 1, "{figures}");
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

#[test]
fn packaged_documentation_covers_every_command() {
    let lab = Lab::new();
    let folder = lab.path("packed");
    lab.succeed(&["install-files", &folder.to_string_lossy()]);
    let help = lab.bci_cursor(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.lines().map_while(|line| match line {
        "" => Some(None),
        line => line.strip_prefix("  ").map(Some),
    });
    let names: Vec<&str> = commands
        .flatten()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"run") && names.len() > 15, "{names:?}");
    let shells = ["bci-cursor.bash", "_bci-cursor", "bci-cursor.fish"];
    let completions =
        shells.map(|name| std::fs::read_to_string(folder.join("completions").join(name)));
    let completions = completions.map(Result::unwrap);
    for name in names {
        let page = folder.join(format!("man/bci-cursor-{name}.1"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
        for completion in &completions {
            assert!(completion.contains(name), "{name}");
        }
    }
}

/// The files that `cargo deb` needs, except those that are built.
#[test]
fn every_packaged_file_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest: toml::Value = toml::from_str(&manifest).unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"]
        .as_array()
        .unwrap();
    let paths = assets.iter().map(|asset| asset[0].as_str().unwrap());
    let own: Vec<&str> = paths.filter(|path| !path.starts_with("target/")).collect();
    assert!(own.len() > 5, "{own:?}");
    for path in own {
        let path = root.join(path.split('*').next().unwrap());
        assert!(path.exists(), "{}", path.to_string_lossy());
    }
}
