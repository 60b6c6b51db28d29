//! Frames: kind, payload and check sum, stuffed so that a zero ends each.

use super::Kind;
use crate::{BufferTooSmall, Malformed};
use crc::{CRC_16_IBM_3740, Crc, Table};

/// The longest payload, bytes.
pub const MAX_PAYLOAD: usize = 1000;
/// Kind and check sum.
const OVERHEAD: usize = 3;
/// The longest frame on the wire: stuffing takes a byte in 254, and one more; a zero ends it.
pub const MAX_WIRE: usize = MAX_PAYLOAD + OVERHEAD + (MAX_PAYLOAD + OVERHEAD) / 254 + 2;

static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_3740);

/// A frame whose check sum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its kind as a number; see [`kind`](Self::kind).
    pub number: u8,
    /// What it carries.
    pub payload: &'a [u8],
}

impl Frame<'_> {
    /// Its kind, where it is known here.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self.number)
    }
}

/// Writes a frame as it goes over the wire, with its zero; how many bytes.
///
/// # Errors
/// [`BufferTooSmall`] where it does not fit, or the payload is longer than [`MAX_PAYLOAD`]. A buffer of [`MAX_WIRE`] always
/// does.
pub fn encode(kind: Kind, payload: &[u8], into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    encode_number(kind as u8, payload, into)
}

/// As [`encode`], for a kind that is not known here.
///
/// # Errors
/// As there.
pub fn encode_number(number: u8, payload: &[u8], into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    if payload.len() > MAX_PAYLOAD {
        return Err(BufferTooSmall);
    }
    let mut digest = CRC.digest();
    digest.update(&[number]);
    digest.update(payload);
    let sum = digest.finalize().to_le_bytes();
    // Room for the worst case is asked for at once: the encoder may then write anywhere.
    let longest = payload.len() + OVERHEAD + (payload.len() + OVERHEAD) / 254 + 2;
    if into.len() < longest {
        return Err(BufferTooSmall);
    }
    let mut encoder = cobs::CobsEncoder::new(into);
    let parts: [&[u8]; 3] = [&[number], payload, &sum];
    for part in parts {
        encoder.push(part).map_err(|_| BufferTooSmall)?;
    }
    let length = encoder.finalize();
    *into.get_mut(length).ok_or(BufferTooSmall)? = 0;
    Ok(length + 1)
}

/// Unstuffs and checks what stands before a zero, in place.
///
/// # Errors
/// [`Malformed`] where it is no frame.
pub fn decode(bytes: &mut [u8]) -> Result<Frame<'_>, Malformed> {
    if bytes.len() < 1 + OVERHEAD {
        return Err(Malformed::Length {
            found: bytes.len(),
            expected: 1 + OVERHEAD,
        });
    }
    let length = cobs::decode_in_place(bytes).map_err(|_| Malformed::Framing)?;
    let decoded = bytes.get(..length).unwrap_or(&[]);
    let (checked, sum) = decoded.split_last_chunk::<2>().ok_or(Malformed::Framing)?;
    let found = u16::from_le_bytes(*sum);
    let expected = CRC.checksum(checked);
    if found != expected {
        return Err(Malformed::Crc { found, expected });
    }
    match checked {
        [number, payload @ ..] => Ok(Frame {
            number: *number,
            payload,
        }),
        [] => Err(Malformed::Framing),
    }
}

/// Finds frames in a stream of bytes. After damage it goes on with the next zero: a frame is lost, never two.
#[derive(Debug, Clone)]
pub struct Deframer {
    bytes: [u8; MAX_WIRE],
    filled: usize,
    /// More came without a zero than any frame has.
    is_too_long: bool,
    damaged: u64,
}

impl Default for Deframer {
    fn default() -> Self {
        Self {
            bytes: [0; MAX_WIRE],
            filled: 0,
            is_too_long: false,
            damaged: 0,
        }
    }
}

impl Deframer {
    /// Frames that were damaged.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Takes bytes as they come; calls `emit` for each whole frame.
    pub fn feed(&mut self, mut bytes: &[u8], mut emit: impl FnMut(Frame<'_>)) {
        while let Some(end) = bytes.iter().position(|&byte| byte == 0) {
            let (before, rest) = bytes.split_at(end);
            self.append(before);
            self.finish(&mut emit);
            bytes = rest.get(1..).unwrap_or(&[]);
        }
        self.append(bytes);
    }

    fn append(&mut self, bytes: &[u8]) {
        match self.bytes.get_mut(self.filled..self.filled + bytes.len()) {
            Some(into) => {
                into.copy_from_slice(bytes);
                self.filled += bytes.len();
            }
            None => self.is_too_long = true,
        }
    }

    fn finish(&mut self, emit: &mut impl FnMut(Frame<'_>)) {
        let filled = core::mem::take(&mut self.filled);
        let is_too_long = core::mem::take(&mut self.is_too_long);
        // Several zeros in a row end nothing.
        if filled == 0 && !is_too_long {
            return;
        }
        let bytes = self.bytes.get_mut(..filled).unwrap_or(&mut []);
        match decode(bytes) {
            Ok(frame) if !is_too_long => emit(frame),
            _ => self.damaged += 1,
        }
    }
}
