//! How Windows releases buttons.

use super::release::Release;
use super::{BITS, GuardedDisplay};
use crate::pointer::connection::connect;
use crate::pointer::device::{Button, Device};
use enigo::Enigo;
use std::error::Error;

/// Connects to the desktop.
///
/// # Errors
/// If it cannot be reached.
pub(super) fn open(display: GuardedDisplay) -> Result<Box<dyn Release>, Box<dyn Error>> {
    match display {
        GuardedDisplay::System => Ok(Box::new(DesktopRelease(connect()?))),
    }
}

/// The desktop of this session. Windows counts a button once, whoever presses it, so a release also releases what a hand
/// holds.
struct DesktopRelease(Enigo);

impl Release for DesktopRelease {
    fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
        for (bit, button) in BITS.iter().zip(Button::ALL) {
            if bits & bit != 0 {
                self.0.set_button(button, false)?;
            }
        }
        Ok(())
    }

    fn display(&self) -> Option<String> {
        Some("windows".into())
    }

    fn is_overtaken(&self) -> bool {
        // SendInput returns when its events are in the queue.
        false
    }
}
