//! Headsets that do what they should not: other channels, another rate, a counter that goes back, a flood. Each is held.
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
/// Samples of a packet.
const SAMPLES: u8 = 5;

/// What it sends: for each packet, by its number, the counter, the channels, and how many times real speed.
type Deed = fn(u32) -> (u32, u8, f64);

/// A headset of two channels on a pseudo-terminal, until it is dropped.
struct Rogue {
    port: String,
    is_over: Arc<AtomicBool>,
    /// Packets sent so far.
    sent: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
    _theirs: TTYPort,
}

impl Rogue {
    fn new(deed: Deed) -> Self {
        let (mut ours, theirs) = TTYPort::pair().unwrap();
        ours.set_timeout(Duration::from_millis(1)).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU32::new(0));
        let (over, count) = (Arc::clone(&is_over), Arc::clone(&sent));
        let thread = std::thread::spawn(move || speak(&mut ours, deed, &over, &count));
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
    // Where nobody reads, it is lost.
    let _ = port.write_all(&wire[..length]);
}

fn speak(port: &mut TTYPort, deed: Deed, is_over: &AtomicBool, sent: &AtomicU32) {
    let (mut deframer, mut bytes) = (frame::Deframer::default(), [0; 256]);
    // When it began, in nanoseconds, and the number of packets so far, each worth so much time.
    let (mut began, mut packets, mut time_s) = (None, 0, 0.0);
    while !is_over.load(Ordering::Relaxed) {
        let count = port.read(&mut bytes).unwrap_or(0);
        let mut heard = Vec::new();
        deframer.feed(&bytes[..count], |frame| {
            heard.push((frame.kind(), frame.payload.to_vec()))
        });
        for (kind, payload) in heard {
            let mut answer = [0; 200];
            match kind {
                Some(Kind::HelloRequest) => {
                    let length = hello().emit(&mut answer).unwrap();
                    send(port, Kind::Hello, &answer[..length]);
                }
                Some(Kind::Command) => {
                    let asked = command::Repr::parse(&payload).unwrap();
                    let outcome = command::Outcome::Done;
                    let done = command::Acknowledgement {
                        sequence: asked.sequence,
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
            let (counter, channels, speed) = deed(packets);
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

/// What came of it, and the longest time without a sample, milliseconds.
#[derive(Debug, Default)]
struct Came {
    samples: u64,
    missing: u64,
    silent_ms: u64,
}

fn listen(source: &mut HeadsetSource, for_s: f64) -> Came {
    let mut block = Block::with_capacity(2, 16);
    let (start, mut heard) = (clock::now(), clock::now());
    let mut came = Came::default();
    while clock::now().since(start) as f64 / 1e9 < for_s {
        match source.next(&mut block).unwrap() {
            SourceEvent::Samples => {
                came.samples += block.frames() as u64;
                heard = clock::now();
            }
            SourceEvent::Gap { missing } => came.missing += missing,
            _ => {}
        }
        came.silent_ms = came.silent_ms.max(clock::now().since(heard) / 1_000_000);
    }
    came
}

/// Number of the packet's first sample.
fn number(packet: u32) -> u32 {
    packet * u32::from(SAMPLES)
}

/// Longer than this without a sample, the pointer holds.
const HOLD_MS: u64 = 150;

#[test]
fn an_honest_one_is_heard_without_a_hold() {
    let rogue = Rogue::new(|k| (number(k), 2, 1.0));
    let came = listen(&mut rogue.open(), 5.0);
    assert!(came.missing == 0 && came.samples > 1100, "{came:?}");
}

/// Packets that the port's buffer holds: they need not be waited for. (Waiting in vain makes `serialport` allocate its error.)
#[test]
fn bytes_become_blocks_without_allocation() {
    let rogue = Rogue::new(|k| {
        let speed = match k {
            // It waits until it is listened to, and again at the end.
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
fn a_flood_is_held() {
    // After two seconds, twenty times too fast.
    let rogue = Rogue::new(|k| (number(k), 2, if k < 100 { 1.0 } else { 20.0 }));
    let came = listen(&mut rogue.open(), 4.0);
    // Three seconds too much are what a radio may hold back; more does not pass.
    assert!(came.silent_ms > HOLD_MS && came.samples < 2000, "{came:?}");
}

#[test]
fn another_rate_is_held() {
    // Half as fast, with numbers that follow: it is no loss.
    let rogue = Rogue::new(|k| (number(k), 2, if k < 50 { 1.0 } else { 0.5 }));
    let came = listen(&mut rogue.open(), 8.0);
    assert!(came.silent_ms > HOLD_MS, "{came:?}");
}

#[test]
fn other_channels_are_held() {
    let rogue = Rogue::new(|k| (number(k), if k < 100 { 2 } else { 3 }, 1.0));
    let came = listen(&mut rogue.open(), 4.0);
    assert!(came.silent_ms > 1000 && came.samples <= 505, "{came:?}");
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
    let came = listen(&mut rogue.open(), 4.0);
    // Fifteen samples pass before it is believed; time tells how many.
    assert!((5..60).contains(&came.missing), "{came:?}");
    let all = came.samples + came.missing;
    assert!(
        (900..1100).contains(&all) && came.silent_ms < HOLD_MS + 350,
        "{came:?}"
    );
}
