//! The program for Windows, in Wine: `make test-windows` builds it and runs this. One test after another, because a desktop
//! has one pointer.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes};
use common::wine::{Desktop, Watcher};
use common::{Running, assert_in_time, ms_since, wait_for};
use std::fs;

/// Everything is released within this time after the last sample, milliseconds,
const LOST_MS: f64 = 200.0;
/// within this time after the driver was killed: the guard gets no real-time priority,
const KILLED_MS: f64 = 200.0;
/// and within this time after Ctrl-C.
const INTERRUPTED_MS: f64 = 50.0;
const TIMES: usize = 3;
/// What the guard says if the driver could not release.
const BY_THE_GUARD: &str = "the driver was killed: its guard has released every button";

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn recordings_are_read_fitted_and_replayed_as_on_linux() {
    let desktop = Desktop::new();
    let lab = &desktop.lab;
    let patient = "synthetic:channels=8,trials=24,seed=3,erd=0.8";
    // A session, recorded here.
    let mut cap = lab.spawn(
        &[
            "replay",
            patient,
            "--to",
            "lsl",
            "--name",
            "cap",
            "--source-id",
            "cap",
        ],
        None,
    );
    let session = lab.path("session.xdf");
    let record = ["--record", session.to_str().unwrap(), "--seconds", "15"];
    lab.succeed(&common::on_cap(&record));
    cap.kill();
    let verified = desktop.both(&["replay", "session.xdf", "--verify"]);
    println!("{verified}");
    desktop.both(&["inspect", "session.xdf"]);
    // A decoder, fitted to the bit.
    let classes = "left_hand=left_hand,right_hand=right_hand";
    let fit = ["fit", patient, "--classes", classes, "--to", "3"];
    let decoder = |name| [&fit[..], &["--out", name]].concat();
    let here = lab.path("here.json");
    lab.succeed(&decoder(here.to_str().unwrap()));
    let there = desktop.bci_cursor(&decoder("there.json")).output().unwrap();
    let errors = String::from_utf8_lossy(&there.stderr);
    assert!(there.status.success(), "{errors}");
    assert_eq!(lab.read("here.json"), lab.read("there.json"));
    let events = desktop.both(&["replay", patient, "--model", "here.json"]);
    assert!(events.lines().count() > 1000, "{}", events.lines().count());
    // Three people in EDF+.
    for (person, seed) in [("a", 5), ("b", 6), ("c", 7)] {
        fs::create_dir_all(lab.path("people").join(person)).unwrap();
        let patient = format!("synthetic:channels=8,trials=24,seed={seed},erd=0.5");
        let file = format!("people/{person}/{person}.edf");
        let path = lab.path(&file).to_str().unwrap().to_owned();
        lab.succeed(&["convert", &patient, &path]);
        desktop.both(&["inspect", &file]);
    }
    for protocol in ["blocked-cv", "zero"] {
        let decoding = ["evaluate", "decoding", "people", "--classes", classes];
        let figures = desktop.both(&[&decoding[..], &["--protocol", protocol]].concat());
        assert_eq!(figures.lines().count(), 5, "{figures}");
    }
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn a_lost_stream_and_a_killed_driver_leave_no_button_down() {
    let desktop = Desktop::new();
    let model = fit_three_classes(&desktop.lab);
    let mut watcher = Watcher::new(&desktop);
    let mut headset = publish_three_classes(&desktop.lab, 21, "device");
    let mut driver = desktop.drive(&model, &[]);
    let mut lost_ms = Vec::new();
    for _ in 0..TIMES {
        watcher.wait_for_left(true, 120.0);
        let killed = clock::now();
        headset.kill();
        watcher.wait_for_left(false, 5.0);
        lost_ms.push(ms_since(killed));
        headset = publish_three_classes(&desktop.lab, 21, "device");
    }
    let mut killed_ms = Vec::new();
    for _ in 0..TIMES {
        watcher.wait_for_left(true, 120.0);
        let killed = clock::now();
        driver.kill();
        watcher.wait_for_left(false, 5.0);
        killed_ms.push(ms_since(killed));
        // The guard has seen the end of its pipe, and not only silence.
        wait_for("the guard", 5.0, || {
            desktop.lab.read("run.log").contains(BY_THE_GUARD)
        });
        driver = desktop.drive(&model, &[]);
    }
    drop(driver);
    // Other programs of the X server see the pointer, too.
    let seen = desktop.screen.pointer().0;
    println!(
        "the watcher sees {:?}, the X server {seen:?}",
        watcher.place
    );
    assert_in_time("the stream was lost", lost_ms, LOST_MS);
    assert_in_time("the driver was killed", killed_ms, KILLED_MS);
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn ctrl_c_leaves_no_button_down() {
    let desktop = Desktop::new();
    let model = fit_three_classes(&desktop.lab);
    let mut watcher = Watcher::new(&desktop);
    let _headset = publish_three_classes(&desktop.lab, 21, "device");
    let mut released_ms = Vec::new();
    for _ in 0..TIMES {
        let mut run = desktop.drive_in_console(&model);
        watcher.wait_for_left(true, 120.0);
        let pressed = clock::now();
        run.interrupt();
        watcher.wait_for_left(false, 5.0);
        released_ms.push(ms_since(pressed));
        println!("{}", run.finish());
        // The driver itself has released.
        let log = desktop.lab.read("run.log");
        assert!(!log.contains(BY_THE_GUARD), "{log}");
    }
    assert_in_time("Ctrl-C", released_ms, INTERRUPTED_MS);
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn a_run_answers_requests_and_hot_keys() {
    let desktop = Desktop::new();
    let model = fit_three_classes(&desktop.lab);
    let _watcher = Watcher::new(&desktop);
    let _headset = publish_three_classes(&desktop.lab, 21, "device");
    let mut driver = desktop.drive(&model, &["--stats", "--json"]);
    wait_for("motion", 120.0, || {
        desktop.lab.read("run.log").contains("pointer moves")
    });
    assert_eq!(desktop.ask(&["pause"]), "paused");
    assert!(desktop.ask(&["status"]).starts_with("paused"));
    let keys = |key| {
        let pressed = desktop.program("desk.exe", &["keys", key]).status();
        assert!(pressed.unwrap().success());
    };
    keys("P");
    wait_for("the hot key to resume", 10.0, || {
        !desktop.ask(&["status"]).starts_with("paused")
    });
    assert!(
        desktop
            .ask(&["status", "--json"])
            .contains("latency_p50_ms")
    );
    // Only a running driver says when a change takes effect.
    desktop.ask(&["set", "steering.max_speed_px_s=250"]);
    let set = desktop.ask(&["set", "steering.max_speed_px_s=300"]);
    for part in ["300.0 (was 250.0)", "at the next start of a run"] {
        assert!(set.contains(part), "{set}");
    }
    desktop.ask(&["set", "--back"]);
    desktop.ask(&["set", "--back"]);
    keys("S");
    wait_for("the hot key to stop", 10.0, || driver.has_ended());
    let (code, stats) = driver.finish(5.0);
    println!("{stats}");
    assert_eq!(code, Some(0));

    let mut driver = desktop.drive(&model, &[]);
    wait_for("another run", 120.0, || {
        desktop.lab.read("run.log").contains("pointer moves")
    });
    assert!(desktop.ask(&["stop"]).starts_with("stops"));
    wait_for("the end", 10.0, || driver.has_ended());
    let refused = desktop.bci_cursor(&["status"]).output().unwrap();
    assert!(!refused.status.success());
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn the_demonstration_moves_the_pointer_to_targets() {
    let desktop = Desktop::new();
    let mut watcher = Watcher::new(&desktop);
    let mut demo = desktop.bci_cursor(&["demo", "--part", "imagery", "--seconds", "20", "--json"]);
    demo.stderr(fs::File::create(desktop.lab.path("demo.log")).unwrap());
    let mut demo = Running::start(demo);
    let mut seen = std::collections::BTreeSet::new();
    wait_for("the end of the demonstration", 240.0, || {
        watcher.look();
        seen.insert(desktop.screen.pointer().0);
        demo.has_ended()
    });
    let (code, text) = demo.finish(5.0);
    assert_eq!(code, Some(0), "{}", desktop.lab.read("demo.log"));
    let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
    println!(
        "{}: the X server saw {} places",
        figures["task"],
        seen.len()
    );
    assert!(figures["task"]["hits"].as_u64() > Some(0), "{figures}");
    assert!(seen.len() > 50, "{}", seen.len());
}
