//! Cyton: 33 bytes a packet over a serial port, 8 channels at 250 Hz.

use crate::{BufferTooSmall, Malformed, from_be24, to_be24};

/// Bytes of a packet.
pub const PACKET_BYTES: usize = 33;
/// First byte of every packet.
pub const START: u8 = 0xA0;
/// Upper half of the last byte of every packet.
pub const END: u8 = 0xC0;
/// Channels of a packet.
pub const CHANNELS: usize = 8;
/// Samples per second.
pub const RATE_HZ: f64 = 250.0;
/// Gain of the amplifiers after power-on.
pub const DEFAULT_GAIN: f64 = 24.0;

/// Microvolts of one count at a gain: 4.5 V over 2²³ - 1 counts (ADS1299).
#[must_use]
pub fn microvolts_per_count(gain: f64) -> f64 {
    4.5e6 / 8_388_607.0 / gain
}

/// Acceleration in g of one count of the accelerometer (LIS3DH at ±4 g, 12 bits left-aligned).
pub const G_PER_COUNT: f64 = 0.002 / 16.0;

/// What the six bytes beside the channels are, told by the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aux {
    /// 0xC0: acceleration in counts along x, y and z; all zero where there is nothing new.
    Acceleration([i16; 3]),
    /// 0xC1: bytes as the board's auxiliary pins gave them.
    Raw([u8; 6]),
    /// 0xC2, and 0xC7 to 0xCF: what a user's own firmware put there; the lower half of the last byte.
    User(u8, [u8; 6]),
    /// 0xC3 to 0xC6: two bytes (of acceleration, one axis a packet, or auxiliary) and the board's clock.
    Timed {
        /// The time was set in this packet (0xC3, 0xC5).
        is_set: bool,
        /// The two bytes are auxiliary (0xC5, 0xC6) and not acceleration (0xC3, 0xC4).
        is_raw: bool,
        /// The two bytes.
        data: [u8; 2],
        /// The board's clock, milliseconds.
        millis: u32,
    },
}

/// A checked packet over its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<T>(T);

impl<T: AsRef<[u8]>> Packet<T> {
    /// Checks length, first and last byte.
    ///
    /// # Errors
    /// [`Malformed`] where one is wrong.
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
        // The length was checked.
        field.copied().unwrap_or([0; N])
    }

    /// Number of the packet, wrapping at 256.
    #[must_use]
    pub fn counter(&self) -> u8 {
        self.array::<1>(1)[0]
    }

    /// Count of a channel (0 to 7).
    #[must_use]
    pub fn count(&self, channel: usize) -> i32 {
        from_be24(self.array(2 + 3 * channel.min(CHANNELS - 1)))
    }

    /// What stands beside the channels.
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

/// What a packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Number of the packet, wrapping at 256.
    pub counter: u8,
    /// Counts of the eight channels.
    pub counts: [i32; CHANNELS],
    /// What stands beside them.
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

    /// Bytes that [`emit`](Self::emit) writes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        PACKET_BYTES
    }

    /// Writes the packet; counts keep their lower 24 bits.
    ///
    /// # Errors
    /// [`BufferTooSmall`] where it does not fit.
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

/// What a [`Deframer`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The packet.
    pub packet: Repr,
    /// Packets that were lost before it.
    pub lost: u8,
}

/// Counters that go on by no more than this are plausible: losses are short, and a damaged counter is anywhere.
const NEAR: u8 = 8;

/// Finds packets in a stream of bytes.
///
/// A Cyton has no check sum, so its counter has to do: a packet whose counter does not follow is kept back until the next
/// one shows whether packets were lost (it goes on from there) or the packet was none (it does not). And where packets were
/// lost sight of, one counts only if the next one in number begins right behind it: a channel that stands still can look like
/// the frame of a packet, but it does not count.
#[derive(Debug, Clone)]
pub struct Deframer {
    /// A packet, and the first two bytes of the one behind it.
    bytes: [u8; PACKET_BYTES + 2],
    filled: usize,
    /// The last packet ended where this one begins.
    in_step: bool,
    /// Counter of the last packet that was given out.
    last: Option<u8>,
    held: Option<Repr>,
    skipped_bytes: u64,
    doubted_packets: u64,
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
            doubted_packets: 0,
        }
    }
}

impl Deframer {
    /// Bytes that were part of no packet.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Packets that were thrown away because their counter fitted nothing.
    #[must_use]
    pub fn doubted_packets(&self) -> u64 {
        self.doubted_packets
    }

    /// Takes bytes as they come; calls `emit` for each packet.
    pub fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Received)) {
        for &byte in bytes {
            if let Some(slot) = self.bytes.get_mut(self.filled) {
                *slot = byte;
                self.filled += 1;
            }
            // Looked at again after each skip: what is left may be a whole packet, too.
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

    /// Takes the packet that is there, or goes on to where the next may begin; whether anything is left.
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
            // Where it came from nowhere, only the very next one confirms it.
            if step(held.counter) == 1 || (came_near && is_near(step(held.counter))) {
                self.give(held, emit);
            } else {
                self.doubted_packets += 1;
            }
        }
        if self.last.is_some_and(|last| step(last) == 1) {
            self.give(packet, emit);
        } else if self.last.is_some_and(|last| step(last) == 0) {
            // It came twice.
            self.doubted_packets += 1;
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
