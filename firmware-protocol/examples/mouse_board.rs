//! A mouse board's main loop, on top of three small hardware traits. Implement them with your board's drivers. Nothing
//! is allocated.
//!
//! `cargo run --example mouse_board` runs it on this computer, with mock hardware.
#![allow(missing_docs)] // an example explains itself in its comments

use bci_cursor_firmware_protocol::native::{Kind, frame};
use bci_cursor_firmware_protocol::pointer::{HID_DESCRIPTOR, HID_REPORT_BYTES, Mouse, Report};

/// Bytes from the host. Does not wait.
pub trait Serial {
    fn read(&mut self, into: &mut [u8]) -> usize;
}

/// USB or Bluetooth HID, set up with [`HID_DESCRIPTOR`].
pub trait Hid {
    /// Whether the computer has accepted the last report.
    fn is_ready(&self) -> bool;
    fn send(&mut self, report: [u8; HID_REPORT_BYTES]);
}

pub trait Clock {
    fn millis(&self) -> u32;
}

pub struct Board<S, H, K> {
    pub serial: S,
    pub hid: H,
    pub clock: K,
    incoming: frame::Deframer,
    mouse: Mouse,
}

impl<S: Serial, H: Hid, K: Clock> Board<S, H, K> {
    pub fn new(serial: S, hid: H, clock: K) -> Self {
        Self {
            serial,
            hid,
            clock,
            incoming: frame::Deframer::default(),
            mouse: Mouse::default(),
        }
    }

    /// One iteration: `loop { board.step(); }` is the whole firmware.
    pub fn step(&mut self) {
        let now = self.clock.millis();
        let mut bytes = [0; 64];
        let count = self.serial.read(&mut bytes);
        let mouse = &mut self.mouse;
        self.incoming
            .feed(bytes.get(..count).unwrap_or(&[]), |frame| {
                match frame.kind() {
                    Some(Kind::Pointer) => {
                        if let Ok(report) = Report::parse(frame.payload) {
                            mouse.report(&report, now);
                        }
                    }
                    Some(Kind::KeepAlive) => mouse.keep_alive(now),
                    _ => {}
                }
            });
        // This also runs without messages from the host, because the buttons are released when the host is silent.
        if self.hid.is_ready()
            && let Some(report) = self.mouse.poll(now)
        {
            self.hid.send(report);
        }
    }
}

/// Mock hardware.
#[derive(Default)]
pub struct FromHost(pub Vec<u8>);

impl Serial for FromHost {
    fn read(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.0.len());
        for (own, byte) in into.iter_mut().zip(self.0.drain(..count)) {
            *own = byte;
        }
        count
    }
}

#[derive(Default)]
pub struct Computer(pub Vec<[u8; HID_REPORT_BYTES]>);

impl Hid for Computer {
    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, report: [u8; HID_REPORT_BYTES]) {
        self.0.push(report);
    }
}

pub struct ManualClock(pub u32);

impl Clock for ManualClock {
    fn millis(&self) -> u32 {
        self.0
    }
}

fn encoded(report: &Report) -> Vec<u8> {
    let (mut payload, mut wire) = ([0; Report::BYTES], [0; 32]);
    let length = report
        .emit(&mut payload)
        .and_then(|_| frame::encode(Kind::Pointer, &payload, &mut wire))
        .unwrap_or(0);
    wire.get(..length).unwrap_or(&[]).to_vec()
}

fn main() {
    let mut board = Board::new(FromHost::default(), Computer::default(), ManualClock(0));
    board.serial.0.extend(encoded(&Report {
        dx: 200,
        dy: -3,
        wheel: 0,
        buttons: 1,
    }));
    for millis in 0..300 {
        board.clock.0 = millis;
        board.step();
    }
    println!(
        "a descriptor of {} bytes; reports to the computer: {:?}",
        HID_DESCRIPTOR.len(),
        board.hid.0
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motion_is_sent_in_steps_and_silence_releases_the_button() {
        let mut board = Board::new(FromHost::default(), Computer::default(), ManualClock(0));
        let mut sent = encoded(&Report {
            dx: 200,
            dy: -3,
            wheel: 0,
            buttons: 1,
        });
        // A damaged report in between is ignored.
        let mut damaged = encoded(&Report {
            dx: 50,
            ..Report::default()
        });
        damaged[2] ^= 0x10;
        sent.splice(0..0, damaged);
        board.serial.0.extend(sent);
        for millis in 0..1000 {
            board.clock.0 = millis;
            board.step();
        }
        assert_eq!(
            board.hid.0,
            [[1, 127, 0xFD, 0], [1, 73, 0, 0], [0, 0, 0, 0]]
        );
    }
}
