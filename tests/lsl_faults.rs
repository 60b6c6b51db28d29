//! Streams that hang, restart all the time, or pretend to be the headset: the driver goes on, and ends when it is told to.

use crate::common;

use bci_cursor::system::clock;
use common::{Lab, Running, ms_since, wait_for};

/// Labels that the synthetic patient has with nine channels: nothing but silence tells pretenders from it.
const CHANNELS: &str = "FC3,FC4,C3,C1,C2,C4,Cz,CP3,CP4";
/// Room for a machine that is busy with something else, seconds.
const ROOM_S: f64 = 4.0;

/// The real headset: a synthetic patient, who starts anew each time.
fn headset(lab: &Lab) -> Running {
    let patient = "synthetic:channels=9,trials=60";
    lab.spawn(
        &[
            "replay",
            patient,
            "--to",
            "lsl",
            "--name",
            "headset",
            "--source-id",
            "device",
        ],
        None,
    )
}

/// Whoever is announced as the headset and never sends.
fn mute(lab: &Lab, count: usize, mode: &[&str]) -> Running {
    let count = count.to_string();
    let mut args = vec![count.as_str(), "headset", "device", CHANNELS];
    args.extend(mode);
    let mut running = lab.python("mute.py", &args);
    let lines = running.lines();
    wait_for("the mute outlets", 30.0, || lines.try_recv().is_ok());
    running
}

fn driver(lab: &Lab, wait_s: &str) -> Running {
    let mut command = lab.bci_cursor(&[
        "run",
        "--stream",
        "headset",
        "--wait",
        wait_s,
        "--pointer",
        "none",
        "--no-record",
        "-v",
    ]);
    command.stderr(std::fs::File::create(lab.path("run.log")).unwrap());
    Running::start(command)
}

fn says(lab: &Lab, what: &str) -> bool {
    lab.read("run.log").contains(what)
}

/// Open file descriptors of a program.
fn descriptors(running: &Running) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", running.child.id()))
        .unwrap()
        .count()
}

fn ends_within_a_second(driver: Running) {
    let asked = clock::now();
    driver.signal("TERM");
    let (code, _) = driver.finish(5.0);
    let end_ms = ms_since(asked);
    assert_eq!(code, Some(0));
    assert!(end_ms < 1000.0, "ended after {end_ms:.0} ms");
}

fn pretenders_do_not_keep_the_headset_away(count: usize, mode: &[&str]) {
    let lab = Lab::new();
    let mut publisher = headset(&lab);
    let driver = driver(&lab, "20");
    wait_for("the first samples", 60.0, || {
        says(&lab, "the pointer moves when")
    });
    let pretenders = mute(&lab, count, mode);
    publisher.kill();
    wait_for("a pretender that is tried", 30.0, || {
        says(&lab, "and sends nothing")
    });
    // They never release what was connected to them, and the device is back.
    let started = clock::now();
    publisher = headset(&lab);
    wait_for("the device's return", 5.0 + ROOM_S, || {
        says(&lab, "is back")
    });
    println!(
        "{count} pretenders {mode:?}: back after {:.0} ms",
        ms_since(started)
    );
    wait_for("control", 20.0, || {
        lab.read("run.log")
            .matches("the pointer moves when")
            .count()
            >= 2
    });
    // Away again: SIGTERM while connections to pretenders are half open.
    publisher.kill();
    wait_for("the second loss", 30.0, || {
        lab.read("run.log").matches("is lost (").count() >= 2
    });
    let open = descriptors(&driver);
    assert!(open < 600, "{open} file descriptors are open");
    ends_within_a_second(driver);
    drop(pretenders);
}

#[test]
fn one_mute_pretender_does_not_keep_the_headset_away() {
    pretenders_do_not_keep_the_headset_away(1, &[]);
}

#[test]
fn a_pretender_that_gives_its_header_and_no_samples_does_not_either() {
    pretenders_do_not_keep_the_headset_away(2, &["half"]);
}

#[test]
fn three_hundred_pretenders_do_not_either() {
    pretenders_do_not_keep_the_headset_away(300, &[]);
}

#[test]
fn the_first_start_is_not_kept_back_by_pretenders_either() {
    let lab = Lab::new();
    let pretenders = mute(&lab, 300, &[]);
    let error = lab.fail(&[
        "run",
        "--stream",
        "headset",
        "--wait",
        "3",
        "--pointer",
        "none",
    ]);
    assert!(error.contains("but none answers"), "{error}");
    let _publisher = headset(&lab);
    let driver = driver(&lab, "20");
    wait_for("the first samples", 30.0, || {
        says(&lab, "the pointer moves when")
    });
    assert!(says(&lab, "other streams named"), "{}", lab.read("run.log"));
    ends_within_a_second(driver);
    drop(pretenders);
}

#[test]
fn a_program_that_restarts_all_the_time_is_taken_up_again() {
    let lab = Lab::new();
    let mut publisher = headset(&lab);
    let driver = driver(&lab, "20");
    wait_for("the first samples", 60.0, || {
        says(&lab, "the pointer moves when")
    });
    let before = descriptors(&driver);
    for k in 0..25_u32 {
        publisher.kill();
        publisher = headset(&lab);
        // 0.1 to 0.9 s, as evenly as it gets.
        let pause_ms = 100.0 + f64::from(k * 317 % 801);
        let restarted = clock::now();
        wait_for("the next restart", 5.0, || ms_since(restarted) > pause_ms);
    }
    let last = clock::now();
    wait_for("the device's return", 5.0 + ROOM_S, || {
        let log = lab.read("run.log");
        log.rfind("is back") > log.rfind("is lost (")
    });
    println!("25 restarts: back after {:.0} ms", ms_since(last));
    let log_at = lab.read("run.log").len();
    wait_for("control", 20.0, || {
        lab.read("run.log")[log_at.saturating_sub(200)..].contains("the pointer moves when")
    });
    let open = descriptors(&driver);
    assert!(
        open < before + 100,
        "{before} file descriptors were open, now {open}"
    );
    ends_within_a_second(driver);
}

#[test]
fn of_two_outlets_with_one_identity_the_wanted_one_is_chosen() {
    let lab = Lab::new();
    let _first = headset(&lab);
    let listed = |count: usize| {
        let found = lab.succeed(&["streams", "--wait", "1", "--json"]);
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
        let streams = found.as_array().unwrap().clone();
        let is_it = |stream: &&serde_json::Value| stream["name"] == "headset";
        let streams: Vec<_> = streams.iter().filter(is_it).cloned().collect();
        (streams.len() == count).then_some(streams)
    };
    let mut outlets = None;
    wait_for("the first outlet", 30.0, || listed(1).is_some());
    let _second = headset(&lab);
    wait_for("both outlets", 30.0, || {
        outlets = listed(2);
        outlets.is_some()
    });
    let mut outlets = outlets.unwrap();
    outlets.sort_by(|a, b| {
        let age = |stream: &serde_json::Value| stream["created_at_s"].as_f64().unwrap();
        age(a).total_cmp(&age(b))
    });
    let uid = |k: usize| outlets[k]["uid"].as_str().unwrap().to_owned();
    let (older, newer) = (uid(0), uid(1));
    let run = |more: &[&str]| {
        let mut args = vec!["run", "--pointer", "none", "--no-record", "--seconds", "1"];
        args.extend(more);
        let output = lab.bci_cursor(&args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), text)
    };
    let (is_run, error) = run(&["--stream", "headset"]);
    assert!(!is_run, "{error}");
    let tells_apart = error.contains(&older)
        && error.contains(&newer)
        && error.contains("older than the newest")
        && error.contains("--newest");
    assert!(tells_apart, "{error}");
    let (is_run, told) = run(&["--where", &format!("uid='{older}'")]);
    assert!(is_run && told.contains(&older), "{told}");
    let (is_run, told) = run(&["--stream", "headset", "--newest"]);
    assert!(is_run && told.contains(&newer), "{told}");
    assert!(!told.contains("do not answer"), "{told}");
}
