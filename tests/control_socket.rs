//! Slow, silent and overly frequent clients of a running driver do not delay requests to pause or stop.
#![cfg(unix)]

use crate::common;

use bci_cursor::system::clock;
use common::{Lab, Running, ms_since, wait_for};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time limits, milliseconds: from the start of 'bci-cursor pause' to its end, and from SIGTERM to the driver's end.
/// The latter is mostly liblsl, which takes almost a second to close an inlet.
const ASKED_MS: f64 = 500.0;
const ENDED_MS: f64 = 2000.0;
const IDLE: usize = 1000;
/// Number of threads that send requests constantly, and of clients that do not read the answers.
const ASKING: usize = 30;
const NOT_READING: usize = 200;
/// Time limit for a command while those keep the computer busy, milliseconds; a client retries for 2 s.
const BESIDE_MANY_MS: f64 = 1500.0;

/// A driver that does not move the pointer, and its socket.
fn driver(lab: &Lab) -> (Running, PathBuf) {
    let run = "run --stream headset --wait 20 --no-record --pointer none --stats --json";
    let driver = lab.spawn(&run.split(' ').collect::<Vec<_>>(), None);
    let socket = lab.path(&format!("bci-cursor/{}.sock", driver.child.id()));
    wait_for("the socket", 30.0, || socket.exists());
    (driver, socket)
}

/// Time that a command to the driver takes, milliseconds.
fn ask_ms(lab: &Lab, question: &str) -> f64 {
    let start = clock::now();
    lab.succeed(&[question]);
    ms_since(start)
}

#[test]
fn slow_and_idle_clients_do_not_delay_others() {
    let lab = Lab::new();
    let patient = "synthetic:channels=9,seed=5,trials=200";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let (first, socket) = driver(&lab);
    // Many clients send one byte every 0.3 s while the driver runs.
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

    // A thousand clients send nothing.
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

/// Sends requests and reads the answers as often as possible, until error to stop.
fn ask_all_the_time(socket: &PathBuf, is_over: &AtomicBool) {
    while !is_over.load(Ordering::SeqCst)
        && let Ok(mut client) = UnixStream::connect(socket)
    {
        let patience = Some(Duration::from_secs(1));
        client.set_read_timeout(patience).unwrap();
        // Some of them are rejected.
        if client.write_all(b"status\n").is_ok() {
            let _ = client.read(&mut [0; 4096]);
        }
    }
}

#[test]
fn many_requests_do_not_delay_pausing_and_stopping() {
    let lab = Lab::new();
    let patient = "synthetic:channels=9,seed=5,trials=200";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let (driver, socket) = driver(&lab);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let _ends = Ends(&is_over);
        for _ in 0..ASKING {
            scope.spawn(|| ask_all_the_time(&socket, &is_over));
        }
        for _ in 0..3 {
            let deaf: Vec<UnixStream> = (0..NOT_READING)
                .map(|_| {
                    let mut client = UnixStream::connect(&socket).unwrap();
                    // Some of them are rejected.
                    let _ = client.write_all(b"status\n");
                    client
                })
                .collect();
            for question in ["pause", "resume", "status"] {
                let ms = ask_ms(&lab, question);
                println!("beside many questions, '{question}' took {ms:.0} ms");
                assert!(ms < BESIDE_MANY_MS, "{question}: {ms} ms");
            }
            drop(deaf);
        }
        lab.succeed(&["stop"]);
        assert_eq!(driver.finish(10.0).0, Some(0));
    });
}

#[test]
fn a_runtime_folder_that_is_a_link_is_not_used() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(lab.path("elsewhere"), lab.path("bci-cursor")).unwrap();
    for question in ["status", "pause", "stop"] {
        let error = lab.fail(&[question]);
        assert!(error.contains("symbolic link"), "{error}");
    }
    assert_eq!(std::fs::read_dir(lab.path("elsewhere")).unwrap().count(), 0);
}
