//! Counts the instructions of the live path with valgrind. The counts are the same on all machines of a kind, so that a
//! change of cost shows in review as a change of `benches/instructions.txt`. `make instructions` writes that file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // counts, or says why not

mod parts;

use bci_cursor_firmware_protocol::openbci::cyton;
use parts::{Seconds, Ticks, starter_of};
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;

/// What is counted, and the number of repetitions. The cost of the first one, with its setup, is subtracted.
const CASES: [(&str, usize); 6] = [
    ("control tick", 2000),
    ("second of a Cyton, bytes to samples", 50),
    ("second of 8 channels at 250 Hz", 8),
    ("second of 9 channels at 250 Hz", 8),
    ("second of 21 channels at 250 Hz", 8),
    ("second of 64 channels at 250 Hz", 4),
];

fn work(case: &str, times: usize) {
    let mut repeat: Box<dyn FnMut()> = match case {
        "control tick" => {
            let mut ticks = Ticks::start();
            Box::new(move || {
                black_box(ticks.advance());
            })
        }
        "second of a Cyton, bytes to samples" => {
            let packet = cyton::Repr {
                counter: 0,
                counts: [1, -2, 300, -4000, 50_000, 6, 7, 8],
                aux: cyton::Aux::Acceleration([1, 2, 3]),
            };
            let mut bytes = [0; cyton::PACKET_BYTES];
            packet.emit(&mut bytes).unwrap();
            let stream = bytes.repeat(250);
            let mut deframer = cyton::Deframer::default();
            Box::new(move || {
                deframer.feed(&stream, |received| {
                    black_box(received.packet.counts);
                });
            })
        }
        case => {
            let channels = case.split(' ').nth(2).unwrap().parse().unwrap();
            let patient = format!("synthetic:channels={channels},rate=250,trials=1");
            let mut seconds = Seconds::of(&patient, &starter_of(channels));
            Box::new(move || seconds.advance())
        }
    };
    // The first repetition may take longer.
    repeat();
    (0..times).for_each(|_| repeat());
}

/// Instructions of a whole program with this number of repetitions.
fn count(case: &str, times: usize) -> u64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--case", case, &times.to_string()])
        .output()
        .expect("valgrind is needed: run 'make instructions'");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let count = messages.lines().find_map(|line| line.split_once(" refs:"));
    count.unwrap().1.trim().replace(',', "").parse().unwrap()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--case", case, times] => return work(case, times.parse().unwrap()),
        ["--bench", ..] => {}
        // 'cargo test --benches' only checks that it runs.
        _ => return,
    }
    let mut table = String::from("instructions, thousands\n");
    for (case, times) in CASES {
        let each = (count(case, 2 * times) - count(case, times)) as f64 / times as f64;
        let line = format!("{:>12.1}  {case}", each / 1000.0);
        println!("{line}");
        writeln!(table, "{line}").unwrap();
    }
    std::fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt"),
        table,
    )
    .unwrap();
}
