//! A headset on a serial port: real EEG over a pseudo-terminal moves the pointer, with faults of the line and of the
//! device.
#![cfg(unix)]

use crate::common;

use bci_cursor::command::Buttons;
use bci_cursor::pointer::{Action, DonglePointer, Pointer};
use bci_cursor::system::clock;
use common::{Lab, Screen, eeg_dir, eegmmidb, ms_since, simulate, wait_for};
use serde_json::Value;
use std::time::Duration;

const MOTOR: &str = "FC3,FC4,C3,Cz,C4,CP3,CPz,CP4";

/// Links the newest pseudo-terminal to a fixed path, like a headset's port.
fn plug_in(lab: &Lab, port: &str) -> String {
    let link = lab.path("headset");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(port, &link).unwrap();
    link.to_string_lossy().into_owned()
}

/// S007 decodes almost perfectly. This tests the driver, not how well people are decoded.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_recorded_patient_on_a_cyton_moves_the_pointer_through_a_mouse_board() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    let screen = Screen::start();
    let model = lab.path("s007.json").to_string_lossy().into_owned();
    // A Cyton has 250 Hz, so the recordings for its decoder are converted to 250 Hz.
    let at_250_hz = [4, 8].map(|run| {
        let made = lab
            .path(&format!("{run}.xdf"))
            .to_string_lossy()
            .into_owned();
        lab.succeed(&[
            "convert",
            &eegmmidb(&eeg, "S007", run),
            &made,
            "--rate",
            "250",
        ]);
        made
    });
    let [first, second] = &at_250_hz;
    let classes = "left_hand=T1,right_hand=T2";
    lab.succeed(&[
        "fit",
        first,
        second,
        "--classes",
        classes,
        "--channels",
        MOTOR,
        "--out",
        &model,
    ]);

    let held_out = eegmmidb(&eeg, "S007", 12);
    let (mut headset, port, lines) = simulate(
        &lab,
        &[
            &held_out,
            "--protocol",
            "cyton",
            "--channels",
            MOTOR,
            "--lose",
            "1",
        ],
    );
    // The driver has no display, so only the board can move the pointer.
    let mut board = lab.spawn(&["dongle"], Some(&screen.display));
    let board_port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let board_port = board_port.strip_prefix("port ").unwrap();
    let headset_is = ["--port", &port, "--electrodes", MOTOR];
    let pointer_is = ["--pointer", "dongle", "--dongle", board_port];
    let run = [
        "run", "--mode", "axis", "--model", &model, "--stats", "--json",
    ];
    let driver = lab.spawn(&[&run[..], &headset_is, &pointer_is].concat(), None);
    let (mut right, mut trials, mut current) = (0, Vec::new(), None::<String>);
    let mut ended = false;
    while !ended {
        ended = headset.has_ended();
        let line = lines.recv_timeout(Duration::from_millis(20));
        if line.is_err() && !ended {
            continue;
        }
        let ([x, _], _) = screen.pointer();
        if let Some(class) = current.take() {
            let moved = x - 640;
            right += usize::from(if class == "T1" { moved < 0 } else { moved > 0 });
            trials.push(format!("{class} {moved:+}"));
        }
        let cue = line
            .ok()
            .and_then(|line| Some(line.strip_prefix("marker ")?.to_owned()));
        if let Some(cue) = cue.filter(|cue| cue == "T1" || cue == "T2") {
            screen.place_pointer(640, 400);
            current = Some(cue);
        }
    }
    driver.signal("INT");
    let (code, stats) = driver.finish(5.0);
    println!(
        "{right} of {} trials moved the right way: {}\n{stats}",
        trials.len(),
        trials.join(", ")
    );
    assert_eq!((code, trials.len()), (Some(0), 15));
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert!(
        stats["missing_samples"].as_u64().unwrap() > 150,
        "one packet in a hundred was lost"
    );
    assert!(right >= 11, "{right} of 15");
}

#[test]
fn every_headset_is_recognized_and_a_bad_line_is_tolerated() {
    let lab = Lab::new();
    let sixteen = "FC3,FC4,C3,Cz,C4,CP3,CPz,CP4,FC5,FC1,FC2,FC6,C1,C2,CP1,CP2";
    for (recording, protocol, electrodes, expected) in [
        (
            "synthetic:channels=8,trials=20",
            "native",
            None,
            "native, 8 channels at 250 Hz, device 'virtual-headset'",
        ),
        (
            "synthetic:channels=8,trials=20",
            "cyton",
            Some(MOTOR),
            "OpenBCI Cyton, 8 channels at 250 Hz",
        ),
        (
            "synthetic:channels=21,rate=125,trials=20",
            "cyton-daisy",
            Some(sixteen),
            "Cyton with Daisy, 16 channels at 125 Hz",
        ),
    ] {
        let mut args = vec![
            recording,
            "--protocol",
            protocol,
            "--lose",
            "1",
            "--damage",
            "0.1",
            "--repeat",
            "1",
        ];
        args.extend(
            electrodes
                .iter()
                .flat_map(|electrodes| ["--channels", *electrodes]),
        );
        let (_headset, port, _lines) = simulate(&lab, &args);
        let mut run = vec![
            "run",
            "--port",
            &port,
            "--pointer",
            "none",
            "--seconds",
            "6",
            "--stats",
            "--json",
        ];
        run.extend(
            electrodes
                .iter()
                .flat_map(|electrodes| ["--electrodes", *electrodes]),
        );
        let output = lab.succeed(&run);
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.contains(expected), "{messages}");
        let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (samples, missing) = (
            stats["samples"].as_u64().unwrap(),
            stats["missing_samples"].as_u64().unwrap(),
        );
        let rate = if protocol == "cyton-daisy" {
            125.0
        } else {
            250.0
        };
        // Only samples that were lost on the line are missing, and every sample has its place in time.
        let whole = (samples + missing) as f64 / rate;
        assert!(
            (4.5..7.5).contains(&whole) && missing > 0 && missing < samples / 4,
            "{protocol}: {stats}"
        );
        assert!(
            stats["commands"].as_u64().unwrap() > 50,
            "{protocol}: {stats}"
        );
    }
}

/// Four electrodes are too few for a starter, so a decoder is fitted.
#[test]
fn a_ganglion_of_either_firmware_drives_the_pointer() {
    let lab = Lab::new();
    let electrodes = "C3,Cz,C4,CPz";
    let model = lab.path("four.json").to_string_lossy().into_owned();
    let patient = "synthetic:channels=21,rate=200,trials=20";
    let classes = "left_hand=left_hand,right_hand=right_hand";
    let fit = [
        "fit",
        patient,
        "--channels",
        electrodes,
        "--classes",
        classes,
    ];
    lab.succeed(&[&fit[..], &["--out", &model]].concat());
    for (protocol, expected) in [
        ("ganglion", "4 channels at 200 Hz, firmware v3.0.0"),
        ("ganglion-2", "4 channels at 200 Hz, firmware v2.0.0"),
    ] {
        let headset = [patient, "--protocol", protocol, "--channels", electrodes];
        let faults = ["--lose", "0.5", "--repeat", "1"];
        let (_headset, port, _lines) = simulate(&lab, &[&headset[..], &faults].concat());
        let run = [
            "run",
            "--port",
            &port,
            "--electrodes",
            electrodes,
            "--model",
            &model,
        ];
        // Samples after a lost packet are lost until the next whole one, so half of six seconds can be.
        let more = ["--pointer", "none", "--seconds", "12", "--stats", "--json"];
        let output = lab.succeed(&[&run[..], &more].concat());
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(messages.contains(expected), "{messages}");
        let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |key: &str| stats[key].as_f64().unwrap();
        let whole_s = (count("samples") + count("missing_samples")) / 200.0;
        assert!((10.0..13.5).contains(&whole_s), "{protocol}: {stats}");
        assert!(
            count("missing_samples") > 0.0 && count("commands") > 10.0,
            "{protocol}: {stats}"
        );
    }
}

#[test]
fn a_headset_continues_after_replugging_and_another_one_is_refused() {
    let lab = Lab::new();
    let (mut headset, port, _lines) = simulate(&lab, &["synthetic:channels=8,trials=50"]);
    let link = plug_in(&lab, &port);
    let file = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = lab.spawn_logged(
        &[
            "run",
            "--port",
            &link,
            "--pointer",
            "none",
            "--record",
            &file,
            "--stats",
            "--json",
        ],
        "",
        "run.log",
    );
    let log = |part: &str| lab.read("run.log").contains(part);
    wait_for("the first samples", 20.0, || {
        std::fs::metadata(&file).is_ok_and(|about| about.len() > 60_000)
    });
    headset.kill();
    wait_for("the loss", 10.0, || {
        log("it is lost") && log("state    signal lost")
    });
    let (mut headset, port, _lines) = simulate(&lab, &["synthetic:channels=8,trials=50,seed=2"]);
    plug_in(&lab, &port);
    wait_for("its return", 20.0, || {
        let log = lab.read("run.log");
        let after = log.rsplit("state    signal lost").next();
        after.is_some_and(|after| after.contains("state    the pointer moves"))
    });
    headset.kill();
    let (_other, port, _lines) = simulate(&lab, &["synthetic:channels=9,trials=50"]);
    plug_in(&lab, &port);
    wait_for("the refusal", 20.0, || {
        log("another headset is at") && log("9 channels at 250 Hz")
    });
    driver.signal("INT");
    let (code, stats) = driver.finish(5.0);
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(
        (code, stats["gaps"].as_u64()),
        (Some(0), Some(1)),
        "{stats}"
    );
    assert!(stats["missing_samples"].as_u64().unwrap() > 100, "{stats}");
    lab.succeed(&["replay", &file, "--verify"]);
}

#[test]
fn a_silent_headset_is_identified_again() {
    let lab = Lab::new();
    for protocol in ["native", "cyton"] {
        let recording = "synthetic:channels=8,trials=50";
        let args = [recording, "--protocol", protocol, "--stall", "3..7.5"];
        let (_headset, port, _lines) = simulate(&lab, &args);
        let run = [
            "run",
            "--port",
            &port,
            "--electrodes",
            MOTOR,
            "--pointer",
            "none",
        ];
        let more = ["--seconds", "11", "--stats", "--json"];
        let output = lab.succeed(&[&run[..], &more].concat());
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(
            messages.contains("it is silent; asking it again"),
            "{messages}"
        );
        let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (samples, missing) = (
            stats["samples"].as_f64().unwrap(),
            stats["missing_samples"].as_f64().unwrap(),
        );
        // Samples lost during the silence are counted, within the time that the handshake takes.
        assert!(
            (missing - 4.5 * 250.0).abs() < 400.0 && samples > 1000.0,
            "{protocol}: {stats}"
        );
        assert_eq!(
            (stats["holds"].as_u64(), stats["gaps"].as_u64()),
            (Some(1), Some(1)),
            "{protocol}: {stats}"
        );
    }
}

#[test]
fn a_board_whose_host_dies_releases_the_button() {
    let lab = Lab::new();
    let screen = Screen::start();
    let mut board = lab.spawn(&["dongle"], Some(&screen.display));
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let mut host = DonglePointer::open(port.strip_prefix("port ").unwrap()).unwrap();
    let press = Action {
        dx_px: 300,
        dy_px: -200,
        buttons: Buttons::LEFT,
        ..Action::default()
    };
    let ([x, y], _) = screen.pointer();
    host.apply(press).unwrap();
    wait_for("the press and the motion", 5.0, || {
        screen.pointer() == ([x + 300, y - 200], true)
    });
    // Skip the destructor, because the host must die without sending anything.
    std::mem::forget(host);
    let start = clock::now();
    wait_for("the release", 5.0, || !screen.pointer().1);
    let after_ms = ms_since(start);
    println!("released {after_ms:.0} ms after the host's last word (limit 250)");
    assert!(after_ms < 250.0 + 150.0, "{after_ms}");
}

#[test]
fn a_port_without_a_headset_is_an_error() {
    let lab = Lab::new();
    let run = |more: &[&str]| lab.fail(&[&["run", "--pointer", "none"], more].concat());
    let nothing = run(&["--port", "/dev/nope"]);
    assert!(
        nothing.contains("port /dev/nope: cannot be opened")
            && nothing.contains("bci-cursor ports"),
        "{nothing}"
    );
    let (_headset, port, _lines) = simulate(&lab, &["synthetic:channels=8,trials=50"]);
    let named = run(&["--port", &port, "--electrodes", "C3,C4"]);
    assert!(
        named.contains("2 electrodes named (C3,C4), but the headset has 8 channels"),
        "{named}"
    );
    let many = lab.fail(&["simulate", "synthetic:channels=9", "--protocol", "cyton"]);
    assert!(
        many.contains("9 channels, but this headset has 8. Choose some with --channels"),
        "{many}"
    );
    let silent = run(&["--port", &port, "--protocol", "cyton"]);
    assert!(
        silent.contains("nothing answers that is known here"),
        "{silent}"
    );
    lab.succeed(&["ports", "--json"]);
}
