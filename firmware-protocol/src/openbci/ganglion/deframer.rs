//! Finds the packets of a Ganglion on a serial port, where they follow each other directly.

use super::{Firmware, PACKET_BYTES};

/// A packet after more losses than this is not plausible.
const NEAR: u8 = 8;
/// Size of the window in which packets are checked: one packet, the next one, and the first byte of the third.
const WINDOW_BYTES: usize = 2 * PACKET_BYTES + 1;

/// Finds packets in a stream of bytes.
///
/// The packets have no start byte, end byte or checksum, so the deframer relies on their numbers. The next number is
/// accepted at once. A packet after a loss is accepted if the next packet continues from it. After synchronization was
/// lost, three packets in a row are needed.
#[derive(Debug, Clone)]
pub struct Deframer {
    firmware: Firmware,
    bytes: [u8; WINDOW_BYTES],
    filled: usize,
    /// Number of the last packet, if the next one begins at the start of the buffer.
    last: Option<u8>,
    skipped_bytes: u64,
}

/// What to do with the bytes in the buffer.
enum Step {
    /// They are a packet; with its number, if this kind has one.
    Give(Option<u8>),
    /// They are a duplicate, or a packet with a damaged number.
    Pass,
    /// No packet begins here.
    Skip,
    /// More bytes are needed.
    Wait,
}

impl Deframer {
    /// A deframer for a board's firmware.
    #[must_use]
    pub const fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            bytes: [0; WINDOW_BYTES],
            filled: 0,
            last: None,
            skipped_bytes: 0,
        }
    }

    /// Number of bytes that were not part of a packet.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Takes bytes in any portions and calls `emit` for each packet.
    pub fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(&[u8; PACKET_BYTES])) {
        for &byte in bytes {
            if let Some(slot) = self.bytes.get_mut(self.filled) {
                *slot = byte;
                self.filled += 1;
            }
            while self.look(&mut emit) {}
        }
    }

    /// Handles the bytes in the buffer. Returns whether there may be another packet.
    fn look(&mut self, emit: &mut impl FnMut(&[u8; PACKET_BYTES])) -> bool {
        let step = self.judge();
        let taken = match step {
            Step::Wait => return false,
            Step::Give(number) => {
                self.last = number.or(self.last);
                if let Some(packet) = self.bytes.first_chunk() {
                    emit(packet);
                }
                PACKET_BYTES
            }
            Step::Pass => {
                self.skipped_bytes += PACKET_BYTES as u64;
                PACKET_BYTES
            }
            Step::Skip => {
                self.last = None;
                self.skipped_bytes += 1;
                1
            }
        };
        self.bytes.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        true
    }

    fn judge(&self) -> Step {
        // Number of the packet that begins at this place, if any.
        let number = |at: usize| self.bytes.get(at).map(|&id| self.firmware.number(id));
        let own = number(0).flatten();
        let cycle = self.firmware.cycle();
        let steps = |from: u8, to: u8| (to + cycle - from) % cycle;
        if self.filled < PACKET_BYTES {
            return Step::Wait;
        }
        if let Some(last) = self.last {
            let is_text = matches!(self.bytes.first(), Some(201..=207));
            match own.map(|own| steps(last, own)) {
                Some(1) => return Step::Give(own),
                None if is_text => return Step::Give(None),
                Some(0) => return Step::Pass,
                _ => {}
            }
        }
        if self.filled <= PACKET_BYTES {
            return Step::Wait;
        }
        let follows = |one: Option<u8>, other: Option<u8>| {
            one.zip(other)
                .is_some_and(|(one, other)| steps(one, other) == 1)
        };
        let second = number(PACKET_BYTES).flatten();
        if let Some(last) = self.last {
            let is_near = |number: Option<u8>| {
                number.is_some_and(|number| (1..=NEAR).contains(&steps(last, number)))
            };
            if is_near(own) && follows(own, second) {
                return Step::Give(own);
            }
            if is_near(second) {
                return Step::Pass;
            }
        }
        if self.filled < WINDOW_BYTES {
            return Step::Wait;
        }
        let third = number(2 * PACKET_BYTES).flatten();
        if follows(own, second) && follows(second, third) {
            Step::Give(own)
        } else {
            Step::Skip
        }
    }
}
