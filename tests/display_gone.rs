//! Windows that cannot be opened, hang, or lose their display: the pointer continues, and no data is lost.
#![cfg(all(unix, not(target_os = "macos"), feature = "gui"))]

use crate::common;

use common::{Lab, Screen, wait_for};
use std::process::Command;
use std::time::Duration;

/// X keysym of Enter, which goes to the next step.
const RETURN: u32 = 0xFF0D;

/// A display number that no other test's server uses.
fn own_display(base: u32) -> String {
    format!(":{}", base + std::process::id() % 10_000)
}

#[test]
fn without_a_display_the_run_continues_and_reports_it() {
    let lab = Lab::new();
    let patient = "synthetic:channels=9,seed=5,trials=200";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let args =
        "run --stream headset --wait 20 --no-record --pointer none --window --seconds 4 --stats";
    let mut run = lab.bci_cursor(&args.split(' ').collect::<Vec<_>>());
    run.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = run.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("no window can be opened"), "{text}");
    assert!(text.contains("The pointer goes on without"), "{text}");
}

#[test]
fn a_pointer_elsewhere_survives_the_loss_of_the_windows_display() {
    let lab = Lab::new();
    let patient = "synthetic:channels=9,seed=5,trials=200,imagery=3,rest=1,erd=0.8";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let elsewhere = Screen::start();
    let mut board = lab.spawn(&["dongle"], Some(&elsewhere.display));
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let port = port.strip_prefix("port ").unwrap();
    let display = own_display(20_500);
    let mut here = Screen::start_at(Some(&display));
    let args = format!(
        "run --stream headset --wait 20 --no-record --pointer dongle --dongle {port} --window --language en"
    );
    let args: Vec<&str> = args.split(' ').collect();
    let run = lab.spawn_logged(&args, &display, "run.log");
    let moves = |what: &str| {
        elsewhere.place_pointer(640, 400);
        wait_for(what, 30.0, || elsewhere.pointer().0[0] != 640);
    };
    moves("motion");
    wait_for("the window", 20.0, || here.shows("bci-cursor: run"));
    here.kill();
    wait_for("what became of the window", 10.0, || {
        lab.read("run.log").contains("the window was lost")
    });
    moves("motion without a window");
    run.signal("INT");
    let (code, _) = run.finish(10.0);
    assert_eq!(code, Some(0), "{}", lab.read("run.log"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_that_hangs_is_not_waited_for() {
    let lab = Lab::new();
    let patient = "synthetic:channels=64,rate=500,seed=5,trials=200";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let screen = Screen::start();
    let args =
        "run --stream headset --wait 20 --no-record --pointer none --window --stats --json -vv";
    let args: Vec<&str> = args.split(' ').collect();
    let run = lab.spawn_logged(&args, &screen.display, "run.log");
    wait_for("the window", 30.0, || screen.shows("bci-cursor: run"));
    wait_for("its pictures", 30.0, || {
        lab.read("run.log").contains("pictures a second")
    });
    let driver = run.child.id();
    let children = format!("/proc/{driver}/task/{driver}/children");
    let window = std::fs::read_to_string(children).unwrap();
    let stopped = Command::new("sh")
        .args(["-c", &format!("kill -STOP {window}")])
        .status();
    assert!(stopped.unwrap().success());
    // On a busy machine it may have been full before.
    wait_for("a full pipe", 20.0, || {
        let log = lab.read("run.log");
        log.rfind("does not keep up") > log.rfind("window   keeps up")
    });
    run.signal("INT");
    let (code, stats) = run.finish(10.0);
    assert_eq!(code, Some(0), "{}", lab.read("run.log"));
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["overrun_samples"], 0, "{stats}");
    assert!(!std::path::Path::new(&format!("/proc/{}", window.trim())).exists());
}

#[test]
fn a_calibration_can_be_resumed_after_its_display_is_lost() {
    let lab = Lab::new();
    let display = own_display(30_500);
    let mut screen = Screen::start_at(Some(&display));
    screen.place_pointer(400, 300);
    let args = [
        "calibrate",
        "--patient",
        "ann",
        "--new-patient",
        "--language",
        "en",
    ];
    let mut calibrate = lab.spawn_logged(&args, &display, "calibrate.log");
    wait_for("the window", 30.0, || {
        screen.focus("bci-cursor: 1 Patient and headset")
    });
    for step in ["2 Signal", "3 Training", "4 Cues"] {
        wait_for(step, 30.0, || {
            screen.keys(&[RETURN]);
            std::thread::park_timeout(Duration::from_millis(100));
            screen.shows(&format!("bci-cursor: {step}"))
        });
    }
    let sessions = lab.path("data/bci-cursor/patients/ann/sessions");
    let session = || {
        std::fs::read_dir(&sessions)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
    };
    let has_cue = || {
        let text = lab
            .bci_cursor(&["inspect", &session().to_string_lossy(), "--json"])
            .output();
        let text = String::from_utf8_lossy(&text.unwrap().stdout).into_owned();
        text.contains("left_hand") || text.contains("right_hand")
    };
    wait_for("a cue in the file", 30.0, has_cue);
    screen.kill();
    wait_for("the end", 10.0, || calibrate.has_ended());
    assert!(has_cue(), "the recording is kept");
    // Without a display, the error says that a calibration can be resumed and that this needs a display.
    let args = ["calibrate", "--patient", "ann", "--resume"];
    let text = lab.fail(&args);
    assert!(text.contains("no window can be opened"), "{text}");
    assert!(has_cue());
}
