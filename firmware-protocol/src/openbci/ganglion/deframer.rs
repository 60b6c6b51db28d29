//! Packets of a Ganglion that come one after another, with nothing between them.

use super::{Firmware, PACKET_BYTES};

/// Packets that may be lost between two that are believed at once.
const NEAR: u8 = 8;
/// What is looked at: a packet, the one behind it, and the first byte of the third.
const SEEN_BYTES: usize = 2 * PACKET_BYTES + 1;

/// Finds packets in a stream of bytes.
///
/// They have no first byte, no last one and no check sum: their numbers have to do. The next in number is believed at once;
/// one after a loss when the packet behind it goes on from there; and where packets were lost sight of, three in a row.
#[derive(Debug, Clone)]
pub struct Deframer {
    firmware: Firmware,
    bytes: [u8; SEEN_BYTES],
    filled: usize,
    /// Number of the last packet, where the next one begins right here.
    last: Option<u8>,
    skipped_bytes: u64,
}

/// What is done with the bytes that are there.
enum Step {
    /// They are a packet; its number, where it has one.
    Give(Option<u8>),
    /// They are a packet that came twice, or one whose number was damaged.
    Pass,
    /// No packet begins here.
    Skip,
    /// More have to come.
    Wait,
}

impl Deframer {
    /// For a board's firmware.
    #[must_use]
    pub const fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            bytes: [0; SEEN_BYTES],
            filled: 0,
            last: None,
            skipped_bytes: 0,
        }
    }

    /// Bytes that were part of no packet.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Takes bytes as they come; calls `emit` for each packet.
    pub fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(&[u8; PACKET_BYTES])) {
        for &byte in bytes {
            if let Some(slot) = self.bytes.get_mut(self.filled) {
                *slot = byte;
                self.filled += 1;
            }
            while self.look(&mut emit) {}
        }
    }

    /// Takes what is there; whether there may be more.
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
        // Number of the packet that would begin at this place.
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
        if self.filled < SEEN_BYTES {
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
