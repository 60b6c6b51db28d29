//! Settings that take effect at the start of a run, and mistyped names.
#![cfg(unix)]

use crate::common;

use bci_cursor::recording::session::SessionEvent;
use bci_cursor::replay::verify::events;
use bci_cursor::settings::SteeringSettings;
use common::{Lab, on_cap, wait_for};
use std::path::Path;

fn cap(lab: &Lab) -> common::Running {
    let cap = "synthetic:channels=8,seed=1,trials=12";
    lab.spawn(&["replay", cap, "--to", "lsl", "--name", "cap"], None)
}

/// The settings of a session's run: its steering, and the rest threshold.
fn run_with(session: &Path) -> (SteeringSettings, Option<f64>) {
    let start = events(session).unwrap().into_iter().find_map(|event| {
        let SessionEvent::Start { settings, .. } = event else {
            return None;
        };
        Some((settings.control, settings.decoding.rest_threshold))
    });
    start.unwrap()
}

#[test]
fn a_run_starts_with_the_profiles_settings_and_options_take_precedence() {
    let lab = Lab::new();
    let _cap = cap(&lab);
    let folder = lab.path("data/bci-cursor/patients/default");
    std::fs::create_dir_all(&folder).unwrap();
    let profile =
        "[steering]\nmax_speed_px_s = 321\nturn_deg_s = 45\n\n[decoding]\nrest_threshold = 0.25\n";
    std::fs::write(folder.join("profile.toml"), profile).unwrap();
    let session = |name: &str, more: &[&str]| {
        let file = lab.path(name);
        let text = file.to_str().unwrap();
        let run = on_cap(&[&["--seconds", "3", "--record", text], more].concat());
        lab.succeed(&run);
        lab.succeed(&["replay", text, "--verify"]);
        run_with(&file)
    };
    let steering = |max_speed_px_s| SteeringSettings {
        max_speed_px_s,
        turn_deg_s: 45.0,
    };
    assert_eq!(session("a.xdf", &[]), (steering(321.0), Some(0.25)));
    let own = ["--set", "steering.max_speed_px_s=400"];
    assert_eq!(session("b.xdf", &own), (steering(400.0), Some(0.25)));
    let flags = ["--max-speed", "150", "--rest-threshold", "0.5"];
    let given = session("c.xdf", &[&own[..], &flags].concat());
    assert_eq!(given, (steering(150.0), Some(0.5)));
}

#[test]
fn a_running_driver_reports_what_takes_effect_later() {
    let lab = Lab::new();
    let _cap = cap(&lab);
    let session = lab.path("session.xdf");
    let run = on_cap(&["--record", session.to_str().unwrap()]);
    let mut run = lab.spawn_logged(&run, "", "run.log");
    wait_for("the run", 30.0, || lab.read("run.log").contains("running;"));
    let set = [
        "set",
        "steering.max_speed_px_s=300",
        "control.dwell.on=true",
    ];
    let messages = String::from_utf8(lab.succeed(&set).stdout).unwrap();
    assert!(
        messages.contains("control.dwell.on = true (was false)")
            && messages.contains("steering.max_speed_px_s = 300.0 (was 200.0)")
            && messages.contains("steering.max_speed_px_s takes effect at the next start of a run"),
        "{messages}"
    );
    // Another process changes the file.
    let set = ["set", "--patient", "default", "decoding.rest_threshold=0.6"];
    lab.succeed(&set);
    wait_for("the run to tell it", 10.0, || {
        lab.read("run.log")
            .contains("decoding.rest_threshold takes effect at the next start of a run")
    });
    run.signal("TERM");
    wait_for("the end", 10.0, || run.has_ended());
    assert_eq!(run_with(&session), (SteeringSettings::default(), None));
    let text = session.to_str().unwrap();
    lab.succeed(&["replay", text, "--verify"]);
    let set = String::from_utf8(lab.succeed(&["set"]).stdout).unwrap();
    assert!(
        set.contains("steering.max_speed_px_s = 300.0")
            && set.contains("decoding.rest_threshold = 0.6"),
        "{set}"
    );
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    let lab = Lab::new();
    let suggestion =
        "there is no setting 'steering.max_sped_px_s'. Did you mean 'steering.max_speed_px_s'?";
    let mistyped = "steering.max_sped_px_s=300";
    assert!(lab.fail(&["set", mistyped]).contains(suggestion));
    assert!(lab.fail(&["run", "--set", mistyped]).contains(suggestion));
    assert!(!lab.path("data").exists(), "nothing was kept");
    let folder = lab.path("data/bci-cursor/patients/default");
    std::fs::create_dir_all(&folder).unwrap();
    let profile = folder.join("profile.toml");
    std::fs::write(&profile, "[steering]\nmax_sped_px_s = 300\n").unwrap();
    let messages = lab.fail(&["run"]);
    assert!(
        messages.contains("line 2") && messages.contains(suggestion),
        "{messages}"
    );
    std::fs::remove_file(&profile).unwrap();
    for (flag, number, range) in [
        ("--max-speed", "0", "1 to 10000 pixels per second"),
        ("--rest-threshold", "1", "0 to 0.999, or auto"),
    ] {
        let messages = lab.fail(&["run", flag, number]);
        let expected = format!("{flag} is {number}, expected {range}");
        assert!(messages.contains(&expected), "{messages}");
    }
}

/// The content of `set --help` and its manual page.
#[test]
fn help_and_manual_page_list_every_setting() {
    let lab = Lab::new();
    let folder = lab.path("package");
    let help = String::from_utf8(lab.succeed(&["set", "--help"]).stdout).unwrap();
    lab.succeed(&["install-files", folder.to_str().unwrap()]);
    let page = std::fs::read_to_string(folder.join("man/bci-cursor-set.1")).unwrap();
    let page = page.replace('\\', "");
    // Wherever lines are wrapped.
    let [help, page] =
        [help, page].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    for (setting, value) in bci_cursor::settings::Settings::default().list() {
        for text in [&help, &page] {
            assert!(text.contains(setting.path), "{}", setting.path);
            assert!(text.contains(&format!("default: {value}")), "{value}");
        }
    }
}
