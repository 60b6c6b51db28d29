//! Writes text, and presses keys, in the program that has the keyboard focus: for the patient's panel. Each back end belongs to the pointer of
//! the same name.
//!
//! Keys are never held: what goes down comes up in the same message to the display, so that a program that dies in between leaves none
//! down.

mod chords;
mod us_layout;
mod wlr;
mod x11;

use crate::pointer::PointerName;
use crate::printable::printable;
use crate::writing::Keys;
use wlr::VirtualKeyboard;
use x11::XKeyboard;

/// Keys cannot be pressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyboardError {
    /// There is no keyboard for this pointer.
    #[error("this pointer has no keyboard: text can be written with the pointers x11 and wlr")]
    None,
    /// The display does not let us write.
    #[error("nothing can be written on this display: {}", printable(cause))]
    Refused {
        /// What is missing, or the system's message.
        cause: String,
    },
}

/// A keyboard of a display.
pub trait Keyboard: Send {
    /// Presses the keys. Returns once the display has carried it out.
    ///
    /// # Errors
    /// [`KeyboardError::Refused`]; a part of a text may have been written.
    fn press(&mut self, keys: &Keys) -> Result<(), KeyboardError>;
}

/// Opens the keyboard that belongs to a pointer.
///
/// # Errors
/// [`KeyboardError`] if there is none, or its display cannot be reached.
pub fn open(pointer: PointerName) -> Result<Box<dyn Keyboard>, KeyboardError> {
    match pointer {
        PointerName::X11 => Ok(Box::new(XKeyboard::open()?)),
        PointerName::Wlr => Ok(Box::new(VirtualKeyboard::open()?)),
        _ => Err(KeyboardError::None),
    }
}
