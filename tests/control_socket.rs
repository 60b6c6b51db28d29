//! Clients of a running driver that ask slowly, never, or far too much: whoever asks to pause or stop is heard all the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking
#![cfg(unix)]

mod common;

use bci_cursor::runtime::clock;
use common::{Lab, Running, ms_since, wait_for};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// From the start of 'bci-cursor pause' to its end, and from SIGTERM to the driver's end, milliseconds. The latter is mostly liblsl, which
/// takes most of a second to close an inlet.
const ASKED_MS: f64 = 500.0;
const ENDED_MS: f64 = 2000.0;
const IDLE: usize = 1000;

/// A driver that moves nothing, and its socket.
fn driver(lab: &Lab) -> (Running, PathBuf) {
    let run = "run --stream headset --wait 20 --no-record --pointer none --stats --json";
    let driver = lab.spawn(&run.split(' ').collect::<Vec<_>>(), None);
    let socket = lab.path(&format!("bci-cursor/{}.sock", driver.child.id()));
    wait_for("the socket", 30.0, || socket.exists());
    (driver, socket)
}

/// Milliseconds that a command to the driver takes.
fn ask_ms(lab: &Lab, question: &str) -> f64 {
    let start = clock::now();
    lab.succeed(&[question]);
    ms_since(start)
}

#[test]
fn slow_and_idle_clients_delay_nobody() {
    let lab = Lab::new();
    let patient = "synthetic:channels=9,seed=5,trials=200";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let (first, socket) = driver(&lab);
    // One byte every 0.3 s, from many sides, for as long as the driver lives.
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let socket = socket.clone();
            std::thread::spawn(move || {
                while let Ok(mut client) = UnixStream::connect(&socket) {
                    while client.write_all(b"a").is_ok() {
                        std::thread::park_timeout(Duration::from_millis(300));
                    }
                }
            })
        })
        .collect();
    for question in ["status", "pause", "resume", "pause", "status"] {
        let ms = ask_ms(&lab, question);
        println!("beside slow clients, '{question}' took {ms:.0} ms");
        assert!(ms < ASKED_MS, "{question}: {ms} ms");
    }
    let start = clock::now();
    first.signal("TERM");
    assert_eq!(first.finish(10.0).0, Some(0));
    let ended_ms = ms_since(start);
    println!("ended {ended_ms:.0} ms after SIGTERM");
    assert!(ended_ms < ENDED_MS, "{ended_ms} ms");
    slow.into_iter().for_each(|slow| slow.join().unwrap());

    // A thousand that say nothing.
    let files = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: files,
        maximum: files,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let (second, socket) = driver(&lab);
    let connect = |_| UnixStream::connect(&socket).unwrap();
    let idle: Vec<UnixStream> = (0..IDLE).map(connect).collect();
    let ms = ask_ms(&lab, "pause");
    println!("beside {IDLE} idle clients, 'pause' took {ms:.0} ms");
    assert!(ms < ASKED_MS, "{ms} ms");
    let more: Vec<UnixStream> = (0..IDLE.min(100)).map(connect).collect();
    let start = clock::now();
    lab.succeed(&["stop"]);
    assert_eq!(second.finish(10.0).0, Some(0));
    let ended_ms = ms_since(start);
    println!("ended {ended_ms:.0} ms after 'stop'");
    assert!(ended_ms < ENDED_MS + ASKED_MS, "{ended_ms} ms");
    drop((idle, more));
}

#[test]
fn a_runtime_folder_that_is_a_link_is_not_used() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(lab.path("elsewhere"), lab.path("bci-cursor")).unwrap();
    for question in ["status", "pause", "stop"] {
        let told = lab.fail(&[question]);
        assert!(told.contains("symbolic link"), "{told}");
    }
    assert_eq!(std::fs::read_dir(lab.path("elsewhere")).unwrap().count(), 0);
}
