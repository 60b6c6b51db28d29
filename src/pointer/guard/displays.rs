//! How each kind of display releases buttons, over a connection of the guard's own.

use super::super::PointerError;
use super::release::Release;
use super::{BITS, GuardedDisplay};
use crate::pointer::device::{Answers, Button};
use crate::pointer::kwin::FakeInput;
#[cfg(target_os = "linux")]
use crate::pointer::uinput;
use crate::pointer::wlr::VirtualPointer;
use crate::printable::printable_path;
use std::error::Error;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use x11rb::protocol::xproto::{BUTTON_RELEASE_EVENT, ConnectionExt as _};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Connects to the display.
///
/// # Errors
/// If it cannot be reached.
pub(super) fn open(display: GuardedDisplay) -> Result<Box<dyn Release>, Box<dyn Error>> {
    Ok(match display {
        GuardedDisplay::X11 => Box::new(XRelease(x11rb::connect(None)?.0)),
        GuardedDisplay::Wlr => Box::new(CompositorRelease(VirtualPointer::open()?)),
        GuardedDisplay::Kwin => Box::new(CompositorRelease(FakeInput::open()?)),
        #[cfg(target_os = "linux")]
        GuardedDisplay::Uinput => Box::new(MouseRelease),
    })
}

/// An X server. XTEST releases only what XTEST pressed: a button held on a real mouse stays down.
struct XRelease(RustConnection);

impl Release for XRelease {
    fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
        // X numbers the left button 1, the right one 3 and the middle one 2.
        for (bit, button) in BITS.iter().zip([1, 3, 2]) {
            if bits & bit != 0 {
                let (kind, now, nowhere) = (BUTTON_RELEASE_EVENT, x11rb::CURRENT_TIME, x11rb::NONE);
                self.0
                    .xtest_fake_input(kind, button, now, nowhere, 0, 0, 0)?;
            }
        }
        // An answer means that the server has carried out everything before it.
        self.0.get_input_focus()?.reply()?;
        Ok(())
    }

    fn display(&self) -> Option<String> {
        Some(std::env::var("DISPLAY").unwrap_or_default())
    }

    fn is_overtaken(&self) -> bool {
        true
    }
}

/// A pointer of the guard's own. A compositor counts a button once, whichever pointer presses it, so a release by
/// this one also releases what a hand holds.
struct CompositorRelease<P>(P);

impl<P: Answers> CompositorRelease<P> {
    /// Waits for a compositor that hangs, as long as its connection is there.
    fn wait(&mut self) -> Result<(), PointerError> {
        loop {
            match self.0.answer() {
                Err(PointerError::Wayland { .. }) => {}
                other => return other,
            }
        }
    }
}

impl<P: Answers> Release for CompositorRelease<P> {
    fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
        // A compositor serves its clients in turn: after this answer it has carried out what the driver sent before it died.
        self.wait()?;
        for (bit, button) in BITS.iter().zip(Button::ALL) {
            if bits & bit != 0 {
                self.0.set_button(button, false)?;
            }
        }
        self.wait()?;
        Ok(())
    }

    fn display(&self) -> Option<String> {
        let socket = crate::wayland::socket().unwrap_or_default();
        Some(format!("wayland {}", printable_path(&socket)))
    }

    fn is_overtaken(&self) -> bool {
        false
    }

    /// Ends the driver's own connection, which is open as standard output. KWin 6 counts buttons for each connection, and releases those of one that
    /// ends; and what the driver has put above all windows goes with it. A driver that continues connects again.
    fn cut_off(&mut self) -> Result<(), Box<dyn Error>> {
        let connection = std::io::stdout().as_fd().try_clone_to_owned()?;
        UnixStream::from(connection).shutdown(Shutdown::Both)?;
        Ok(())
    }
}

/// The driver's own mouse, whose file is open as standard output. The kernel ignores the release of a button that is up.
#[cfg(target_os = "linux")]
struct MouseRelease;

#[cfg(target_os = "linux")]
impl Release for MouseRelease {
    fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>> {
        let buttons = BITS.iter().zip(Button::ALL);
        let down = buttons.filter(|(bit, _)| bits & **bit != 0);
        let bytes = uinput::release_bytes(down.map(|(_, button)| button));
        rustix::io::write(std::io::stdout().as_fd(), &bytes)?;
        Ok(())
    }

    fn display(&self) -> Option<String> {
        None
    }

    fn is_overtaken(&self) -> bool {
        false
    }
}
