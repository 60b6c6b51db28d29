//! What is seen of the hands of people beside the patient.

use std::fmt;

/// Devices of hands that are watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Mice and touchpads: a hand takes over.
    pub mice: usize,
    /// Keyboards: hot keys work.
    pub keyboards: usize,
    /// Devices that this user may not read.
    pub refused: usize,
}

impl Seen {
    /// An X server and Windows tell of their mouse and their keyboard.
    pub(super) const OF_A_DISPLAY: Self = Self {
        mice: 1,
        keyboards: 1,
        refused: 0,
    };
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.refused {
            0 => "none is connected",
            _ => "this user may not read some devices in /dev/input, or none is connected",
        };
        match (self.mice, self.keyboards) {
            (0, 0) => write!(
                f,
                "neither a hand on a mouse nor a hot key stops the pointer: {why}"
            ),
            (0, _) => write!(
                f,
                "hot keys stop the pointer; a hand on a mouse does not: {why}"
            ),
            (_, 0) => write!(
                f,
                "a hand on the real mouse stops the pointer; hot keys do not: {why}"
            ),
            _ => write!(f, "a hand on the real mouse and hot keys stop the pointer"),
        }
    }
}
