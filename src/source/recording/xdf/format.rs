//! Constants of XDF (Extensible Data Format 1.0, github.com/sccn/xdf/wiki/Specifications).

/// First bytes of a file.
pub(crate) const MAGIC: &[u8] = b"XDF:";
pub(crate) const FILE_HEADER: u16 = 1;
pub(crate) const STREAM_HEADER: u16 = 2;
pub(crate) const SAMPLES: u16 = 3;
pub(crate) const CLOCK_OFFSET: u16 = 4;
pub(crate) const BOUNDARY: u16 = 5;
pub(crate) const STREAM_FOOTER: u16 = 6;
/// Content of a boundary chunk, where reading can continue after damage.
pub(crate) const BOUNDARY_SIGNATURE: [u8; 16] = [
    0x43, 0xA5, 0x46, 0xDC, 0xCB, 0xF5, 0x41, 0x0F, 0xB3, 0x0E, 0xD5, 0x46, 0x73, 0x83, 0xCB, 0xE4,
];
/// Type of the stream in which a session stores its settings and where samples are missing.
pub(crate) const SESSION_TYPE: &str = "Session";
/// Element of a stream's description with how its channels were read when a session was recorded, or how they must be
/// read in a recording of the original stream: a decoder's `reading` as JSON.
pub(crate) const READING: &str = "bci_cursor_reading";
