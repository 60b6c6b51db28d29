//! Boards with OpenBCI's protocols.

use super::line::Line;
use super::{Protocol, SimulateError, to_count};
use crate::block::Block;
use bci_cursor_firmware_protocol::openbci::ganglion::{self, Firmware};
use bci_cursor_firmware_protocol::openbci::{cyton, daisy};

/// A Cyton sends its acceleration once per this many packets: 25 times a second.
const PACKETS_PER_MOTION: u32 = 10;

/// A Cyton, with or without Daisy.
pub(super) struct Cyton {
    has_daisy: bool,
    /// Samples since the start.
    counter: u32,
    is_streaming: bool,
}

impl Cyton {
    pub(super) fn new(has_daisy: bool) -> Self {
        Self {
            has_daisy,
            counter: 0,
            is_streaming: false,
        }
    }

    /// Packets per sample.
    fn halves(&self) -> usize {
        1 + usize::from(self.has_daisy)
    }

    fn packet(&self, half: usize, frame: &[f64]) -> cyton::Repr {
        let scale = cyton::microvolts_per_count(cyton::DEFAULT_GAIN);
        let mut counts = [0; cyton::CHANNELS];
        let own = frame.iter().skip(half * cyton::CHANNELS);
        let both = counts.iter_mut().zip(own);
        both.for_each(|(count, value)| *count = to_count(*value, scale));
        // With a Daisy, the first half has odd numbers.
        let number = self.counter as usize * self.halves() + usize::from(self.has_daisy) + half;
        let one_g = (1.0 / cyton::G_PER_COUNT) as i16;
        let is_new = half == 0 && self.counter.is_multiple_of(PACKETS_PER_MOTION);
        cyton::Repr {
            counter: number as u8,
            counts,
            // A head that does not move; all zero if there is no new value.
            aux: cyton::Aux::Acceleration([0, 0, if is_new { one_g } else { 0 }]),
        }
    }
}

impl Protocol for Cyton {
    fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SimulateError> {
        for byte in bytes {
            match byte {
                b'b' => self.is_streaming = true,
                b's' => self.is_streaming = false,
                b'v' => {
                    self.is_streaming = false;
                    out.extend(b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\n");
                    if self.has_daisy {
                        out.extend(b"On Daisy ADS1299 Device ID: 0x3E\r\n");
                    }
                    out.extend(b"LIS3DH Device ID: 0x33\r\nFirmware: v3.1.2\r\n$$$");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, block: &Block, line: &mut Line) -> Result<(), SimulateError> {
        for frame in block.iter() {
            for half in 0..self.halves() {
                let mut packet = [0; cyton::PACKET_BYTES];
                self.packet(half, frame).emit(&mut packet)?;
                line.put(&packet);
            }
            self.counter = self.counter.wrapping_add(1);
        }
        Ok(())
    }

    fn skip(&mut self, samples: u64) {
        self.counter = self.counter.wrapping_add(samples as u32);
    }
}

/// A Ganglion behind a board that forwards its packets.
pub(super) struct Ganglion {
    firmware: Firmware,
    is_streaming: bool,
    has_motion: bool,
    /// Number of the next packet.
    number: u8,
    /// Whether the next sample is the second of a packet, and that packet's first sample; `None` if it was not sent.
    is_second: bool,
    first: Option<ganglion::Sample>,
    /// The last sample as the receiver knows it.
    last: ganglion::Sample,
}

impl Ganglion {
    pub(super) fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            is_streaming: false,
            has_motion: false,
            number: 0,
            is_second: false,
            first: None,
            last: [0; ganglion::CHANNELS],
        }
    }

    /// Bits per field.
    fn bits(&self) -> u32 {
        if self.has_motion { 18 } else { 19 }
    }

    fn next_packet(&mut self) {
        let packets = match self.firmware {
            Firmware::V2 => 101,
            Firmware::V3 => 100,
        };
        self.number = (self.number + 1) % packets;
    }

    /// The fields of a packet for a sample: its upper bits, or its difference from the previous sample.
    fn fields(&mut self, sample: &ganglion::Sample) -> ganglion::Sample {
        let bits = self.bits();
        let mut fields = *sample;
        for (field, last) in fields.iter_mut().zip(&mut self.last) {
            if self.firmware == Firmware::V3 {
                *field >>= 24 - bits;
                continue;
            }
            let largest = (1 << (bits - 1)) - 2;
            let difference = (*last - *field).clamp(-largest, largest);
            // The lowest bit is the sign.
            *field = (difference & !1) | i32::from(difference < 0);
            *last -= *field;
        }
        fields
    }

    fn pair(
        &mut self,
        first: ganglion::Sample,
        second: ganglion::Sample,
        line: &mut Line,
    ) -> Result<(), SimulateError> {
        let fields = [self.fields(&first), self.fields(&second)];
        // Packet numbers start at 0 with motion (1 with firmware 2), and at 100 without (101).
        let id = self.number + if self.has_motion { 0 } else { 100 };
        // x, y and z in turn, for a head that does not move.
        let is_z = match self.firmware {
            Firmware::V2 => id % 10 == 3,
            Firmware::V3 => id % 10 == 2,
        };
        let acceleration = if is_z {
            (1.0 / ganglion::G_PER_COUNT) as u8
        } else {
            0
        };
        let mut packet = [0; ganglion::PACKET_BYTES];
        ganglion::emit_two(id, &fields, self.bits(), acceleration, &mut packet)?;
        line.put(&packet);
        self.next_packet();
        Ok(())
    }
}

impl Protocol for Ganglion {
    fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), SimulateError> {
        for byte in bytes {
            match byte {
                b'b' => self.is_streaming = true,
                b's' => self.is_streaming = false,
                b'n' => self.has_motion = true,
                b'N' => self.has_motion = false,
                b'v' => {
                    self.is_streaming = false;
                    let version = match self.firmware {
                        Firmware::V2 => 2,
                        Firmware::V3 => 3,
                    };
                    let text = format!(
                        "OpenBCI Ganglion v{version}.0.0\r\nLIS2DH ID: 0x33\r\nMCP3912 CONFIG_1: 0x00\r\n$$$"
                    );
                    for piece in text.as_bytes().chunks(ganglion::PACKET_BYTES - 1) {
                        let mut packet = [0; ganglion::PACKET_BYTES];
                        let text = std::iter::once(&206).chain(piece);
                        packet
                            .iter_mut()
                            .zip(text)
                            .for_each(|(own, byte)| *own = *byte);
                        out.extend(packet);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, block: &Block, line: &mut Line) -> Result<(), SimulateError> {
        for frame in block.iter() {
            let mut sample = [0; ganglion::CHANNELS];
            let both = sample.iter_mut().zip(frame);
            both.for_each(|(count, value)| {
                *count = to_count(*value, ganglion::MICROVOLTS_PER_COUNT)
            });
            if self.firmware == Firmware::V2 && self.number == 0 {
                let mut packet = [0; ganglion::PACKET_BYTES];
                ganglion::emit_raw(&sample, &mut packet)?;
                line.put(&packet);
                self.last = sample;
                self.next_packet();
            } else if !self.is_second {
                (self.is_second, self.first) = (true, Some(sample));
            } else {
                self.is_second = false;
                match self.first.take() {
                    Some(first) => self.pair(first, sample, line)?,
                    None => self.next_packet(),
                }
            }
        }
        Ok(())
    }

    fn skip(&mut self, samples: u64) {
        for _ in 0..samples {
            let is_raw = self.firmware == Firmware::V2 && self.number == 0;
            if is_raw || self.is_second {
                self.next_packet();
            }
            (self.is_second, self.first) = (!is_raw && !self.is_second, None);
        }
    }
}

/// Channels and rate of a Cyton, with and without Daisy, and of a Ganglion.
pub(super) const CYTON: (usize, f64) = (cyton::CHANNELS, cyton::RATE_HZ);
pub(super) const CYTON_DAISY: (usize, f64) = (2 * cyton::CHANNELS, daisy::RATE_HZ);
pub(super) const GANGLION: (usize, f64) = (ganglion::CHANNELS, ganglion::RATE_HZ);
