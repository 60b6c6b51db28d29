//! Cyton: packets of 33 bytes over a serial port, 8 channels at 250 Hz.

use crate::{BufferTooSmall, Malformed, from_be24, to_be24};

/// Size of a packet, bytes.
pub const PACKET_BYTES: usize = 33;
/// First byte of every packet.
pub const START: u8 = 0xA0;
/// Upper half of the last byte of every packet.
pub const END: u8 = 0xC0;
/// Number of channels in a packet.
pub const CHANNELS: usize = 8;
/// Sampling rate, Hz.
pub const RATE_HZ: f64 = 250.0;
/// Gain of the amplifiers after power-on.
pub const DEFAULT_GAIN: f64 = 24.0;

/// Size of one count in microvolts at a gain: 4.5 V over 2²³ - 1 counts (ADS1299).
#[must_use]
pub fn microvolts_per_count(gain: f64) -> f64 {
    4.5e6 / 8_388_607.0 / gain
}

/// Acceleration in g of one count of the accelerometer (LIS3DH at ±4 g, 12 bits left-aligned).
pub const G_PER_COUNT: f64 = 0.002 / 16.0;

/// Meaning of the six auxiliary bytes, which depends on the last byte of the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aux {
    /// 0xC0: acceleration in counts along x, y and z; all zero if there is no new measurement.
    Acceleration([i16; 3]),
    /// 0xC1: raw bytes of the board's auxiliary pins.
    Raw([u8; 6]),
    /// 0xC2, and 0xC7 to 0xCF: data of custom firmware, with the lower half of the last byte.
    User(u8, [u8; 6]),
    /// 0xC3 to 0xC6: two bytes (acceleration, one axis per packet, or auxiliary) and the board's clock.
    Timed {
        /// Whether the clock was set in this packet (0xC3, 0xC5).
        is_set: bool,
        /// Whether the two bytes are auxiliary (0xC5, 0xC6) and not acceleration (0xC3, 0xC4).
        is_raw: bool,
        /// The two bytes.
        data: [u8; 2],
        /// The board's clock, milliseconds.
        millis: u32,
    },
}

/// A checked view of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T>(T);

impl<T: AsRef<[u8]>> Packet<T> {
    /// Checks the length, the first and the last byte.
    ///
    /// # Errors
    /// [`Malformed`] if one of them is wrong.
    pub fn new_checked(bytes: T) -> Result<Self, Malformed> {
        let found = bytes.as_ref();
        match *found {
            [START, .., end] if found.len() == PACKET_BYTES && end & 0xF0 == END => Ok(Self(bytes)),
            [START, .., end] if found.len() == PACKET_BYTES => Err(Malformed::End(end)),
            [start, ..] if found.len() == PACKET_BYTES => Err(Malformed::Start(start)),
            _ => Err(Malformed::Length {
                found: found.len(),
                expected: PACKET_BYTES,
            }),
        }
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let field = self
            .0
            .as_ref()
            .get(at..)
            .and_then(|rest| rest.first_chunk());
        // The length was already checked.
        field.copied().unwrap_or([0; N])
    }

    /// Packet counter, wrapping at 256.
    #[must_use]
    pub fn counter(&self) -> u8 {
        self.array::<1>(1)[0]
    }

    /// Count of a channel (0 to 7).
    #[must_use]
    pub fn count(&self, channel: usize) -> i32 {
        from_be24(self.array(2 + 3 * channel.min(CHANNELS - 1)))
    }

    /// The auxiliary bytes.
    #[must_use]
    pub fn aux(&self) -> Aux {
        let bytes: [u8; 6] = self.array(26);
        let [a, b, t3, t2, t1, t0] = bytes;
        let kind = self.array::<1>(32)[0] & 0x0F;
        match kind {
            0 => Aux::Acceleration([
                i16::from_be_bytes(self.array(26)),
                i16::from_be_bytes(self.array(28)),
                i16::from_be_bytes(self.array(30)),
            ]),
            1 => Aux::Raw(bytes),
            3..=6 => Aux::Timed {
                is_set: kind == 3 || kind == 5,
                is_raw: kind >= 5,
                data: [a, b],
                millis: u32::from_be_bytes([t3, t2, t1, t0]),
            },
            other => Aux::User(other, bytes),
        }
    }
}

/// The values in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Packet counter, wrapping at 256.
    pub counter: u8,
    /// Counts of the eight channels.
    pub counts: [i32; CHANNELS],
    /// The auxiliary bytes.
    pub aux: Aux,
}

impl Repr {
    /// Reads a packet.
    #[must_use]
    pub fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Self {
        let mut counts = [0; CHANNELS];
        for (channel, count) in counts.iter_mut().enumerate() {
            *count = packet.count(channel);
        }
        Self {
            counter: packet.counter(),
            counts,
            aux: packet.aux(),
        }
    }

    /// Number of bytes that [`emit`](Self::emit) writes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        PACKET_BYTES
    }

    /// Writes the packet. Counts keep their lower 24 bits.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let packet: &mut [u8; PACKET_BYTES] = into.first_chunk_mut().ok_or(BufferTooSmall)?;
        let [start, counter, rest @ .., end] = packet;
        *start = START;
        *counter = self.counter;
        let (channels, aux) = rest.split_at_mut(3 * CHANNELS);
        for (bytes, count) in channels.chunks_exact_mut(3).zip(self.counts) {
            bytes.copy_from_slice(&to_be24(count));
        }
        let (kind, bytes) = match self.aux {
            Aux::Acceleration([x, y, z]) => {
                let ([a, b], [c, d], [e, f]) = (x.to_be_bytes(), y.to_be_bytes(), z.to_be_bytes());
                (0, [a, b, c, d, e, f])
            }
            Aux::Raw(bytes) => (1, bytes),
            Aux::User(kind, bytes) => (kind & 0x0F, bytes),
            Aux::Timed {
                is_set,
                is_raw,
                data: [a, b],
                millis,
            } => {
                let [t3, t2, t1, t0] = millis.to_be_bytes();
                let kind = 3 + u8::from(!is_set) + 2 * u8::from(is_raw);
                (kind, [a, b, t3, t2, t1, t0])
            }
        };
        aux.copy_from_slice(&bytes);
        *end = END | kind;
        Ok(PACKET_BYTES)
    }
}

/// A packet that a [`Deframer`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The packet.
    pub packet: Repr,
    /// Number of packets that were lost before it.
    pub lost: u8,
}

/// A counter that increased by at most this is plausible: losses are short, but a damaged counter can have any value.
const NEAR: u8 = 8;

/// Finds packets in a stream of bytes.
///
/// A Cyton sends no checksum, so the deframer relies on the counter. A packet whose counter does not follow is held
/// back until the next packet arrives. If that one continues from it, packets were lost; otherwise the packet is
/// discarded. After synchronization was lost, a packet is accepted only if the next number follows directly after it: a
/// constant channel can look like the frame of a packet, but its bytes do not count up.
#[derive(Debug, Clone)]
pub struct Deframer {
    /// One packet, and the first two bytes of the next one.
    bytes: [u8; PACKET_BYTES + 2],
    filled: usize,
    /// Whether the last packet ended where this one begins.
    in_step: bool,
    /// Counter of the last packet that was emitted.
    last: Option<u8>,
    held: Option<Repr>,
    skipped_bytes: u64,
    discarded_packets: u64,
}

impl Default for Deframer {
    fn default() -> Self {
        Self {
            bytes: [0; PACKET_BYTES + 2],
            filled: 0,
            in_step: true,
            last: None,
            held: None,
            skipped_bytes: 0,
            discarded_packets: 0,
        }
    }
}

impl Deframer {
    /// Number of bytes that were not part of a packet.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Number of packets that were discarded because of their counter.
    #[must_use]
    pub fn discarded_packets(&self) -> u64 {
        self.discarded_packets
    }

    /// Takes bytes in any portions and calls `emit` for each packet.
    pub fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Received)) {
        for &byte in bytes {
            if let Some(slot) = self.bytes.get_mut(self.filled) {
                *slot = byte;
                self.filled += 1;
            }
            // After each skip, the remaining bytes may contain a complete packet.
            while self.filled >= self.needed() && self.look(&mut emit) {}
        }
    }

    fn needed(&self) -> usize {
        match (self.bytes.first(), self.in_step) {
            (Some(&START), true) => PACKET_BYTES,
            (Some(&START), false) => PACKET_BYTES + 2,
            _ => 1,
        }
    }

    /// Takes the packet at the start of the buffer, or skips to where the next one may begin. Returns whether any bytes
    /// are left.
    fn look(&mut self, emit: &mut impl FnMut(Received)) -> bool {
        let (packet, behind) = self.bytes.split_at(PACKET_BYTES);
        let is_followed = |packet: &Packet<&[u8]>| {
            self.in_step || behind == [START, packet.counter().wrapping_add(1)]
        };
        let packet = Packet::new_checked(packet).ok().filter(is_followed);
        let step = match packet.map(|packet| Repr::parse(&packet)) {
            Some(packet) => {
                self.in_step = true;
                self.judge(packet, emit);
                PACKET_BYTES
            }
            None => {
                self.in_step = false;
                let rest = self.bytes.get(1..self.filled).unwrap_or(&[]);
                let step = 1 + rest
                    .iter()
                    .position(|&byte| byte == START)
                    .unwrap_or(rest.len());
                self.skipped_bytes += step as u64;
                step
            }
        };
        let step = step.min(self.filled);
        self.bytes.copy_within(step..self.filled, 0);
        self.filled -= step;
        self.filled > 0
    }

    fn judge(&mut self, packet: Repr, emit: &mut impl FnMut(Received)) {
        let step = |from: u8| packet.counter.wrapping_sub(from);
        let is_near = |step: u8| (1..=NEAR).contains(&step);
        if let Some(held) = self.held.take() {
            let came_near = self
                .last
                .is_some_and(|last| is_near(held.counter.wrapping_sub(last)));
            // If synchronization was lost, only the next number confirms the packet.
            if step(held.counter) == 1 || (came_near && is_near(step(held.counter))) {
                self.give(held, emit);
            } else {
                self.discarded_packets += 1;
            }
        }
        if self.last.is_some_and(|last| step(last) == 1) {
            self.give(packet, emit);
        } else if self.last.is_some_and(|last| step(last) == 0) {
            // A duplicate.
            self.discarded_packets += 1;
        } else {
            self.held = Some(packet);
        }
    }

    fn give(&mut self, packet: Repr, emit: &mut impl FnMut(Received)) {
        let lost = self
            .last
            .map_or(0, |last| packet.counter.wrapping_sub(last).wrapping_sub(1));
        self.last = Some(packet.counter);
        emit(Received { packet, lost });
    }
}
