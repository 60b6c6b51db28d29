//! Streams that hang, restart constantly, or imitate the headset: the driver continues, and ends when it is messages to.

use crate::common;

use bci_cursor::system::clock;
use common::{Lab, Running, ms_since, wait_for};

/// Labels of the synthetic patient with nine channels. Imitators use them too, so only their silence distinguishes
/// them.
const CHANNELS: &str = "FC3,FC4,C3,C1,C2,C4,Cz,CP3,CP4";
/// Tolerance for a busy machine, seconds.
const TOLERANCE_S: f64 = 4.0;

/// The real headset: a synthetic patient that starts from the beginning each time.
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

/// Outlets that imitate the headset and never send.
fn silent_outlets(lab: &Lab, count: usize, mode: &[&str]) -> Running {
    let count = count.to_string();
    let mut args = vec![count.as_str(), "headset", "device", CHANNELS];
    args.extend(mode);
    let mut running = lab.python("mute.py", &args);
    let lines = running.lines();
    wait_for("the silent outlets", 30.0, || lines.try_recv().is_ok());
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

fn log_contains(lab: &Lab, what: &str) -> bool {
    lab.read("run.log").contains(what)
}

/// Number of open file descriptors of a process.
fn descriptors(running: &Running) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", running.child.id()))
        .unwrap()
        .count()
}

fn ends_within_a_second(driver: Running) {
    let requested = clock::now();
    driver.signal("TERM");
    let (code, _) = driver.finish(5.0);
    let end_ms = ms_since(requested);
    assert_eq!(code, Some(0));
    assert!(end_ms < 1000.0, "ended after {end_ms:.0} ms");
}

fn imitators_do_not_block_the_headset(count: usize, mode: &[&str]) {
    let lab = Lab::new();
    let mut publisher = headset(&lab);
    let driver = driver(&lab, "20");
    wait_for("the first samples", 60.0, || {
        log_contains(&lab, "the pointer moves when")
    });
    let imitators = silent_outlets(&lab, count, mode);
    publisher.kill();
    wait_for("an attempt to connect to an imitator", 30.0, || {
        log_contains(&lab, "and sends nothing")
    });
    // The imitators never close their connections, and the device is back.
    let started = clock::now();
    publisher = headset(&lab);
    wait_for("the device's return", 5.0 + TOLERANCE_S, || {
        log_contains(&lab, "is back")
    });
    println!(
        "{count} imitators {mode:?}: back after {:.0} ms",
        ms_since(started)
    );
    wait_for("control", 20.0, || {
        lab.read("run.log")
            .matches("the pointer moves when")
            .count()
            >= 2
    });
    // The device is lost again, and SIGTERM comes while connections to imitators are half open.
    publisher.kill();
    wait_for("the second loss", 30.0, || {
        lab.read("run.log").matches("is lost (").count() >= 2
    });
    let open = descriptors(&driver);
    assert!(open < 600, "{open} file descriptors are open");
    ends_within_a_second(driver);
    drop(imitators);
}

#[test]
fn one_silent_imitator_does_not_block_the_headset() {
    imitators_do_not_block_the_headset(1, &[]);
}

#[test]
fn an_imitator_with_a_header_and_no_samples_does_not_either() {
    imitators_do_not_block_the_headset(2, &["half"]);
}

#[test]
fn three_hundred_imitators_do_not_either() {
    imitators_do_not_block_the_headset(300, &[]);
}

#[test]
fn imitators_do_not_block_the_first_connection() {
    let lab = Lab::new();
    let imitators = silent_outlets(&lab, 300, &[]);
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
        log_contains(&lab, "the pointer moves when")
    });
    assert!(
        log_contains(&lab, "other streams named"),
        "{}",
        lab.read("run.log")
    );
    ends_within_a_second(driver);
    drop(imitators);
}

#[test]
fn a_constantly_restarting_program_is_used_again() {
    let lab = Lab::new();
    let mut publisher = headset(&lab);
    let driver = driver(&lab, "20");
    wait_for("the first samples", 60.0, || {
        log_contains(&lab, "the pointer moves when")
    });
    let before = descriptors(&driver);
    for k in 0..25_u32 {
        publisher.kill();
        publisher = headset(&lab);
        // Pauses of 0.1 to 0.9 s, evenly distributed.
        let pause_ms = 100.0 + f64::from(k * 317 % 801);
        let restarted = clock::now();
        wait_for("the next restart", 5.0, || ms_since(restarted) > pause_ms);
    }
    let last = clock::now();
    wait_for("the device's return", 5.0 + TOLERANCE_S, || {
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
fn one_of_two_outlets_with_the_same_identity_can_be_chosen() {
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
    let (is_run, messages) = run(&["--where", &format!("uid='{older}'")]);
    assert!(is_run && messages.contains(&older), "{messages}");
    let (is_run, messages) = run(&["--stream", "headset", "--newest"]);
    assert!(is_run && messages.contains(&newer), "{messages}");
    assert!(!messages.contains("do not answer"), "{messages}");
}
