use core::fmt;

/// Bytes that are not a valid packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Too few or too many bytes.
    Length {
        /// Number of bytes found.
        found: usize,
        /// Number of bytes expected.
        expected: usize,
    },
    /// The first byte is not the one with which packets begin.
    Start(u8),
    /// The last byte is not one with which packets end.
    End(u8),
    /// The checksum does not match the bytes.
    Crc {
        /// The received checksum.
        found: u16,
        /// The computed checksum.
        expected: u16,
    },
    /// Zeros within a frame, or a frame that ends too early (COBS).
    Framing,
    /// A field has an invalid value.
    Field {
        /// Name of the field.
        name: &'static str,
        /// Its value.
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

/// The buffer is too small for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferTooSmall;

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small")
    }
}

impl core::error::Error for BufferTooSmall {}
