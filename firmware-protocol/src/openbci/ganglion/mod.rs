//! Ganglion: Bluetooth packets of 20 bytes, most with two samples of 4 channels, at 200 Hz.
//!
//! Negative numbers are read as the firmware writes them: the sign is in the lowest bit of each field of 18 or 19 bits,
//! whose upper bits are those of the two's complement. A field with its lowest bit set is therefore the field minus 2¹⁸
//! or 2¹⁹. (BrainFlow looks at the highest bit and subtracts one more; OpenBCI's NodeJS driver does the same as this
//! crate.)
//!
//! Bluetooth keeps packets separate. Over a serial port they follow each other directly, and a [`Deframer`] finds them.

mod deframer;

pub use deframer::Deframer;

use crate::{BufferTooSmall, Malformed, from_be24, to_be24};

/// Size of a packet, bytes.
pub const PACKET_BYTES: usize = 20;
/// Number of channels.
pub const CHANNELS: usize = 4;
/// Sampling rate, Hz.
pub const RATE_HZ: f64 = 200.0;
/// Size of one count in microvolts: 1.2 V over 2²³ - 1 counts at a gain of 51 × 1.5 (MCP3912).
pub const MICROVOLTS_PER_COUNT: f64 = 1.2e6 / (8_388_607.0 * 51.0 * 1.5);
/// Acceleration in g of one count (LIS2DH).
pub const G_PER_COUNT: f64 = 0.032;

/// Firmware version of the board: version 2 sends differences, version 3 sends the samples themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// Identifier 0: one raw sample; 1 to 100: 18-bit, 101 to 200: 19-bit differences.
    V2,
    /// Identifiers 0 to 99: 18-bit samples shifted left by 6; 100 to 199: 19-bit samples shifted left by 5.
    V3,
}

impl Firmware {
    /// Number of packets after which their numbers repeat.
    const fn cycle(self) -> u8 {
        match self {
            Self::V2 => 101,
            Self::V3 => 100,
        }
    }

    /// Number of a packet with samples, from its identifier; `None` for other packets.
    fn number(self, id: u8) -> Option<u8> {
        match (self, id) {
            (Self::V2, 0..=100) | (Self::V3, 0..=99) => Some(id),
            (Self::V2, 101..=200) | (Self::V3, 100..=199) => Some(id - 100),
            _ => None,
        }
    }
}

/// One sample: counts of the four channels.
pub type Sample = [i32; CHANNELS];

/// The content of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// One sample (version 2, identifier 0).
    Raw(Sample),
    /// Two samples. The 18-bit packets also carry acceleration along one axis (0: x, 1: y, 2: z).
    Two([Sample; 2], Option<(u8, i8)>),
    /// Differences that cannot be used, because packets were lost and no raw sample has come since (version 2).
    Waiting,
    /// Impedance of channel 1 to 4, or of the reference (0), as text.
    Impedance(u8, &'a [u8]),
    /// Text.
    Message(&'a [u8]),
}

/// Decodes a board's packets.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    firmware: Firmware,
    last: Option<Sample>,
    counter: Option<u8>,
    lost_packets: u64,
    lost_samples: u64,
    /// Whether samples were decoded already. Losses are counted from the first sample.
    has_begun: bool,
}

impl Decoder {
    /// A decoder for a board's firmware.
    #[must_use]
    pub const fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            last: None,
            counter: None,
            lost_packets: 0,
            lost_samples: 0,
            has_begun: false,
        }
    }

    /// Number of lost packets, by their identifiers.
    #[must_use]
    pub fn lost_packets(&self) -> u64 {
        self.lost_packets
    }

    /// Number of samples lost since the first one: in lost packets, or because their differences could not be used.
    #[must_use]
    pub fn lost_samples(&self) -> u64 {
        self.lost_samples
    }

    /// Takes a packet, as Bluetooth delivers it.
    ///
    /// # Errors
    /// [`Malformed`] if it is not a packet.
    pub fn decode<'a>(&mut self, packet: &'a [u8]) -> Result<Decoded<'a>, Malformed> {
        let Some(&[id, ref data @ ..]) = packet
            .first_chunk::<PACKET_BYTES>()
            .filter(|_| packet.len() == PACKET_BYTES)
        else {
            // Text packets may be shorter.
            return match packet {
                [206 | 207, text @ ..] if text.len() < PACKET_BYTES => Ok(Decoded::Message(text)),
                _ => Err(Malformed::Length {
                    found: packet.len(),
                    expected: PACKET_BYTES,
                }),
            };
        };
        let text = packet.get(1..).unwrap_or(&[]);
        match (id, self.firmware) {
            (0, Firmware::V2) => {
                self.note(0, 0);
                let mut sample = [0; CHANNELS];
                for (count, bytes) in sample.iter_mut().zip(data.as_chunks().0) {
                    *count = from_be24(*bytes);
                }
                (self.last, self.has_begun) = (Some(sample), true);
                Ok(Decoded::Raw(sample))
            }
            (1..=100, Firmware::V2) => Ok(self.differences(id, data, 18)),
            (101..=200, Firmware::V2) => Ok(self.differences(id - 100, data, 19)),
            (0..=99, Firmware::V3) => {
                self.note(id, 0);
                self.has_begun = true;
                Ok(Decoded::Two(
                    fields(data, 18).map(|s| s.map(|field| field << 6)),
                    axis(id, data),
                ))
            }
            (100..=199, Firmware::V3) => {
                self.note(id - 100, 0);
                self.has_begun = true;
                Ok(Decoded::Two(
                    fields(data, 19).map(|s| s.map(|field| field << 5)),
                    None,
                ))
            }
            (201..=205, _) => Ok(Decoded::Impedance((id - 200) % 5, text)),
            (206 | 207, _) => Ok(Decoded::Message(text)),
            _ => Err(Malformed::Field {
                name: "the identifier",
                found: id.into(),
            }),
        }
    }

    /// New count = previous count - difference.
    fn differences(
        &mut self,
        number: u8,
        data: &[u8; PACKET_BYTES - 1],
        bits: u32,
    ) -> Decoded<'static> {
        let follows = self.note(number, 1);
        let Some(before) = self.last.filter(|_| follows) else {
            self.last = None;
            self.lost_samples += if self.has_begun { 2 } else { 0 };
            return Decoded::Waiting;
        };
        let [one, two] = fields(data, bits);
        let minus = |sample: Sample, differences: Sample| {
            let mut out = sample;
            out.iter_mut()
                .zip(differences)
                .for_each(|(count, difference)| *count = count.wrapping_sub(difference));
            out
        };
        let first = minus(before, one);
        let second = minus(first, two);
        self.last = Some(second);
        // The first axis is in packets whose numbers end in 1.
        let axis = if bits == 18 {
            axis(number + 9, data)
        } else {
            None
        };
        Decoded::Two([first, second], axis)
    }

    /// Takes a packet's number, which goes from `least` to 99 (or 100) and repeats. Returns whether it follows the last
    /// one.
    fn note(&mut self, number: u8, least: u8) -> bool {
        let cycle = self.firmware.cycle();
        let expected = self.counter.map(|last| (last + 1) % cycle);
        self.counter = Some(number);
        let Some(expected) = expected else {
            return least == 0;
        };
        let lost = u64::from((number + cycle - expected) % cycle);
        self.lost_packets += lost;
        // A raw packet carries one sample, all others two.
        let has_lost_raw =
            self.firmware == Firmware::V2 && number != 0 && (expected == 0 || number < expected);
        if self.has_begun && lost > 0 {
            self.lost_samples += 2 * lost - u64::from(has_lost_raw);
        }
        number == expected
    }
}

/// Acceleration: the last byte of packets whose number ends in 0 (x), 1 (y) or 2 (z); in version 2 in 1, 2 and 3.
fn axis(number: u8, data: &[u8; PACKET_BYTES - 1]) -> Option<(u8, i8)> {
    let axis = number % 10;
    let [.., last] = data;
    (axis < 3).then_some((axis, i8::from_be_bytes([*last])))
}

/// Two samples of four fields each, most significant bit first.
fn fields(data: &[u8; PACKET_BYTES - 1], bits: u32) -> [Sample; 2] {
    let mut samples = [[0; CHANNELS]; 2];
    // Bits that were read but not used yet, the most recent ones lowest.
    let (mut ready, mut count) = (0u64, 0);
    let mut bytes = data.iter();
    for field in samples.iter_mut().flatten() {
        while count < bits {
            ready = ready << 8 | u64::from(bytes.next().copied().unwrap_or(0));
            count += 8;
        }
        count -= bits;
        let value = (ready >> count & ((1 << bits) - 1)) as i32;
        // The lowest bit is the sign.
        *field = if value & 1 == 1 {
            value - (1 << bits)
        } else {
            value
        };
    }
    samples
}

/// Writes two samples' fields as the firmware does, with the sign in the lowest bit.
fn put_fields(samples: &[Sample; 2], bits: u32, into: &mut [u8]) {
    let mut at = 0;
    for value in samples.iter().flatten() {
        let signed = (value & !1) | i32::from(*value < 0);
        for k in (0..bits).rev() {
            if let Some(byte) = into.get_mut(at / 8) {
                *byte |= ((signed >> k & 1) as u8) << (7 - at % 8);
            }
            at += 1;
        }
    }
}

/// Writes a packet of two samples, with fields of 18 or 19 bits: differences for version 2, upper bits for version 3.
///
/// # Errors
/// [`BufferTooSmall`] if it does not fit.
pub fn emit_two(
    id: u8,
    fields: &[Sample; 2],
    bits: u32,
    last: u8,
    into: &mut [u8],
) -> Result<usize, BufferTooSmall> {
    let packet: &mut [u8; PACKET_BYTES] = into.first_chunk_mut().ok_or(BufferTooSmall)?;
    *packet = [0; PACKET_BYTES];
    let [first, data @ ..] = packet;
    *first = id;
    if bits < 19
        && let [.., own] = data
    {
        *own = last;
    }
    put_fields(fields, bits.clamp(18, 19), data);
    Ok(PACKET_BYTES)
}

/// Writes a raw sample (version 2, identifier 0).
///
/// # Errors
/// [`BufferTooSmall`] if it does not fit.
pub fn emit_raw(sample: &Sample, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    let packet: &mut [u8; PACKET_BYTES] = into.first_chunk_mut().ok_or(BufferTooSmall)?;
    *packet = [0; PACKET_BYTES];
    let data = packet.get_mut(1..).unwrap_or(&mut []);
    for (bytes, count) in data.chunks_exact_mut(3).zip(sample) {
        bytes.copy_from_slice(&to_be24(*count));
    }
    Ok(PACKET_BYTES)
}
