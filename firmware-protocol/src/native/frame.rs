//! Frames: kind, payload and checksum, COBS-encoded and terminated by a zero.

use super::Kind;
use crate::{BufferTooSmall, Malformed};
use crc::{CRC_16_IBM_3740, Crc, Table};

/// Maximum length of a payload, bytes.
pub const MAX_PAYLOAD: usize = 1000;
/// Size of kind and checksum, bytes.
const OVERHEAD: usize = 3;
/// Maximum length of an encoded frame, bytes: COBS adds one byte per 254 and one more, and a zero follows.
pub const MAX_WIRE: usize = MAX_PAYLOAD + OVERHEAD + (MAX_PAYLOAD + OVERHEAD) / 254 + 2;

static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_3740);

/// A frame with a valid checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its kind as a number; see [`kind`](Self::kind).
    pub number: u8,
    /// Its payload.
    pub payload: &'a [u8],
}

impl Frame<'_> {
    /// Its kind, or `None` if this version does not know it.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(self.number)
    }
}

/// Encodes a frame, including the final zero. Returns its size in bytes.
///
/// # Errors
/// [`BufferTooSmall`] if it does not fit, or the payload is longer than [`MAX_PAYLOAD`]. A buffer of [`MAX_WIRE`] bytes
/// is always large enough.
pub fn encode(kind: Kind, payload: &[u8], into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    encode_number(kind as u8, payload, into)
}

/// Like [`encode`], for any number as the kind.
///
/// # Errors
/// As [`encode`].
pub fn encode_number(number: u8, payload: &[u8], into: &mut [u8]) -> Result<usize, BufferTooSmall> {
    if payload.len() > MAX_PAYLOAD {
        return Err(BufferTooSmall);
    }
    let mut digest = CRC.digest();
    digest.update(&[number]);
    digest.update(payload);
    let sum = digest.finalize().to_le_bytes();
    // Check the worst case here, so that the encoder cannot run out of space.
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

/// Decodes and checks the bytes before a zero, in place.
///
/// # Errors
/// [`Malformed`] if they are not a valid frame.
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

/// Finds frames in a stream of bytes. After damage it continues at the next zero, so that one damaged byte costs at
/// most one frame.
#[derive(Debug, Clone)]
pub struct Deframer {
    bytes: [u8; MAX_WIRE],
    filled: usize,
    /// More bytes came without a zero than a frame can have.
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
    /// Number of damaged frames.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Takes bytes in any portions and calls `emit` for each complete frame.
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
        // Consecutive zeros are ignored.
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
