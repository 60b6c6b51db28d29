//! Headsets that break the protocol: other channels, another rate, a counter that goes back, a flood. Each one makes
//! the pointer hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking
#![cfg(unix)]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use bci_cursor::block::Block;
use bci_cursor::source::headset::{HeadsetSettings, HeadsetSource};
use bci_cursor::source::{Source, SourceEvent};
use bci_cursor::system::clock;
use bci_cursor_firmware_protocol::native::{Kind, command, frame, hello, samples};
use serialport::{SerialPort, TTYPort};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE_HZ: u64 = 250;
/// Samples per packet.
const SAMPLES: u8 = 5;

/// For each packet, by its number: the counter, the channels, and the speed relative to real time.
type Behaviour = fn(u32) -> (u32, u8, f64);

/// A headset with two channels on a pseudo-terminal. It ends when dropped.
struct Rogue {
    port: String,
    is_over: Arc<AtomicBool>,
    /// Packets sent so far.
    sent: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
    _theirs: TTYPort,
}

impl Rogue {
    fn new(behaviour: Behaviour) -> Self {
        let (mut ours, theirs) = TTYPort::pair().unwrap();
        ours.set_timeout(Duration::from_millis(1)).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU32::new(0));
        let (over, count) = (Arc::clone(&is_over), Arc::clone(&sent));
        let thread = std::thread::spawn(move || play_headset(&mut ours, behaviour, &over, &count));
        Self {
            port: theirs.name().unwrap(),
            is_over,
            sent,
            thread: Some(thread),
            _theirs: theirs,
        }
    }

    fn open(&self) -> HeadsetSource {
        HeadsetSource::open(HeadsetSettings {
            port: self.port.clone(),
            ..HeadsetSettings::default()
        })
        .unwrap()
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn send(port: &mut TTYPort, kind: Kind, payload: &[u8]) {
    let mut wire = [0; frame::MAX_WIRE];
    let length = frame::encode(kind, payload, &mut wire).unwrap();
    // Without a reader, the bytes are lost.
    let _ = port.write_all(&wire[..length]);
}

fn play_headset(port: &mut TTYPort, behaviour: Behaviour, is_over: &AtomicBool, sent: &AtomicU32) {
    let (mut deframer, mut bytes) = (frame::Deframer::default(), [0; 256]);
    // When it started, and the number and total duration of the packets so far.
    let (mut began, mut packets, mut time_s) = (None, 0, 0.0);
    while !is_over.load(Ordering::Relaxed) {
        let count = port.read(&mut bytes).unwrap_or(0);
        let mut received = Vec::new();
        deframer.feed(&bytes[..count], |frame| {
            received.push((frame.kind(), frame.payload.to_vec()))
        });
        for (kind, payload) in received {
            let mut answer = [0; 200];
            match kind {
                Some(Kind::HelloRequest) => {
                    let length = hello().emit(&mut answer).unwrap();
                    send(port, Kind::Hello, &answer[..length]);
                }
                Some(Kind::Command) => {
                    let command = command::Repr::parse(&payload).unwrap();
                    let outcome = command::Outcome::Done;
                    let done = command::Acknowledgement {
                        sequence: command.sequence,
                        outcome,
                    };
                    let length = done.emit(&mut answer).unwrap();
                    send(port, Kind::Acknowledgement, &answer[..length]);
                    began = began.or(Some(clock::now()));
                }
                _ => {}
            }
        }
        let Some(began) = began else { continue };
        let is_due = |time_s| clock::now().since(began) as f64 / 1e9 > time_s;
        while is_due(time_s) && !is_over.load(Ordering::Relaxed) {
            let (counter, channels, speed) = behaviour(packets);
            packets += 1;
            time_s += f64::from(SAMPLES) / RATE_HZ as f64 / speed;
            let repr = samples::Repr {
                counter,
                device_micros: 0,
                channels,
                samples: SAMPLES,
                battery_percent: 255,
                lead_off: None,
                imu: None,
            };
            let mut payload = [0; 200];
            let length = repr.emit(|_, _| 7, &mut payload).unwrap();
            send(port, Kind::Samples, &payload[..length]);
            sent.store(packets, Ordering::Relaxed);
        }
    }
}

fn hello() -> hello::Repr {
    hello::Repr {
        version: 1,
        channels: 2,
        bits: 24,
        abilities: hello::Abilities::default(),
        rate_millihertz: 1000 * RATE_HZ as u32,
        range_microvolts: 8_388_607,
        firmware: [1, 0, 0],
        device_id: [b'r'; 16],
        gains: [1; 64],
    }
}

/// What was received, and the longest time without a sample, milliseconds.
#[derive(Debug, Default)]
struct Reception {
    samples: u64,
    missing: u64,
    silent_ms: u64,
}

fn listen(source: &mut HeadsetSource, for_s: f64) -> Reception {
    let mut block = Block::with_capacity(2, 16);
    let (start, mut received) = (clock::now(), clock::now());
    let mut reception = Reception::default();
    while clock::now().since(start) as f64 / 1e9 < for_s {
        match source.next(&mut block).unwrap() {
            SourceEvent::Samples => {
                reception.samples += block.frames() as u64;
                received = clock::now();
            }
            SourceEvent::Gap { missing } => reception.missing += missing,
            _ => {}
        }
        reception.silent_ms = reception
            .silent_ms
            .max(clock::now().since(received) / 1_000_000);
    }
    reception
}

/// Number of the packet's first sample.
fn number(packet: u32) -> u32 {
    packet * u32::from(SAMPLES)
}

/// After this time without a sample, the pointer holds.
const HOLD_MS: u64 = 150;

#[test]
fn a_correct_headset_causes_no_hold() {
    let rogue = Rogue::new(|k| (number(k), 2, 1.0));
    let reception = listen(&mut rogue.open(), 5.0);
    assert!(
        reception.missing == 0 && reception.samples > 1100,
        "{reception:?}"
    );
}

/// All packets fit into the port's buffer, so that no read waits. (`serialport` allocates an error when a read times
/// out.)
#[test]
fn bytes_become_blocks_without_allocation() {
    let rogue = Rogue::new(|k| {
        let speed = match k {
            // It waits for the connection, and again at the end.
            0 => 0.05,
            1..70 => 1e6,
            _ => 1e-3,
        };
        (number(k), 2, speed)
    });
    let mut source = rogue.open();
    let deadline = clock::now();
    while rogue.sent.load(Ordering::Relaxed) < 70 {
        assert!(
            clock::now().since(deadline) < 10_000_000_000,
            "nothing was sent"
        );
        std::thread::yield_now();
    }
    let mut block = Block::with_capacity(2, 16);
    let mut frames = 0;
    while frames < 340 {
        let event = assert_no_alloc(|| source.next(&mut block)).unwrap();
        assert_eq!(event, SourceEvent::Samples);
        frames += block.frames();
    }
}

#[test]
fn a_flood_causes_a_hold() {
    // Normal for two seconds, then twenty times too fast.
    let rogue = Rogue::new(|k| (number(k), 2, if k < 100 { 1.0 } else { 20.0 }));
    let reception = listen(&mut rogue.open(), 4.0);
    // A radio may hold back up to three seconds of samples. A larger surplus is not accepted.
    assert!(
        reception.silent_ms > HOLD_MS && reception.samples < 2000,
        "{reception:?}"
    );
}

#[test]
fn another_rate_causes_a_hold() {
    // Half the rate, with consecutive numbers, so nothing is lost.
    let rogue = Rogue::new(|k| (number(k), 2, if k < 50 { 1.0 } else { 0.5 }));
    let reception = listen(&mut rogue.open(), 8.0);
    assert!(reception.silent_ms > HOLD_MS, "{reception:?}");
}

#[test]
fn other_channels_cause_a_hold() {
    let rogue = Rogue::new(|k| (number(k), if k < 100 { 2 } else { 3 }, 1.0));
    let reception = listen(&mut rogue.open(), 4.0);
    assert!(
        reception.silent_ms > 1000 && reception.samples <= 505,
        "{reception:?}"
    );
}

#[test]
fn a_counter_that_goes_back_is_followed_after_a_gap() {
    let rogue = Rogue::new(|k| {
        (
            if k < 100 {
                number(k) + 1_000_000
            } else {
                number(k - 100)
            },
            2,
            1.0,
        )
    });
    let reception = listen(&mut rogue.open(), 4.0);
    // The restart is accepted after fifteen samples, and time gives the number of missing ones.
    assert!((5..60).contains(&reception.missing), "{reception:?}");
    let all = reception.samples + reception.missing;
    assert!(
        (900..1100).contains(&all) && reception.silent_ms < HOLD_MS + 350,
        "{reception:?}"
    );
}
