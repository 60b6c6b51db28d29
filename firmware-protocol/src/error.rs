use core::fmt;

/// Bytes that are no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Too few or too many bytes.
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The first byte is not what packets begin with.
    Start(u8),
    /// The last byte is not what packets end with.
    End(u8),
    /// The check sum does not fit the bytes.
    Crc {
        /// The one that came.
        found: u16,
        /// The one that fits.
        expected: u16,
    },
    /// Zeros within a frame, or a frame that ends too early (COBS).
    Framing,
    /// A field holds what it cannot.
    Field {
        /// Which.
        name: &'static str,
        /// What it holds.
        found: u32,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { found, expected } => write!(f, "{found} bytes, expected {expected}"),
            Self::Start(byte) => write!(f, "begins with {byte:#04x}"),
            Self::End(byte) => write!(f, "ends with {byte:#04x}"),
            Self::Crc { found, expected } => {
                write!(f, "check sum {found:#06x}, expected {expected:#06x}")
            }
            Self::Framing => f.write_str("not framed as COBS"),
            Self::Field { name, found } => write!(f, "{name} is {found}"),
        }
    }
}

impl core::error::Error for Malformed {}

/// A buffer that does not hold what is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferTooSmall;

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small")
    }
}

impl core::error::Error for BufferTooSmall {}
