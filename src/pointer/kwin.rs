//! The pointer of KWin, the compositor of KDE, by its protocol org_kde_kwin_fake_input.
//!
//! KWin offers the protocol only to a program whose path is in a .desktop file that asks for it, which the package
//! installs. KWin does not accelerate this motion. The pointer sees nothing: neither its position, nor mice, nor keys.

use super::device::{Answers, Button, Device};
use super::{PointerError, wlr};
use crate::wayland::{Client, WaylandError};
use std::os::fd::OwnedFd;
use wayland_protocols_plasma::fake_input::client::org_kde_kwin_fake_input::OrgKdeKwinFakeInput;

/// Later versions add touches, keys and places on the screen.
const VERSION: u32 = 1;

/// Checks that KWin would let us control its pointer.
///
/// # Errors
/// [`PointerError::Wayland`] if there is no compositor, or it does not offer the protocol to this program.
pub(super) fn check() -> Result<(), PointerError> {
    input(&Client::connect().map_err(failed)?).map(drop)
}

fn input(client: &Client) -> Result<OrgKdeKwinFakeInput, PointerError> {
    client.bind(VERSION).map_err(failed)
}

fn failed(error: WaylandError) -> PointerError {
    match error {
        WaylandError::NotOffered(name) => PointerError::Wayland {
            cause: format!(
                "this compositor does not offer {name}. KWin, the compositor of KDE, does, to programs whose path is in a .desktop file \
                 that asks for it"
            ),
            display: std::env::var("WAYLAND_DISPLAY").unwrap_or_default(),
        },
        other => wlr::failed(other),
    }
}

/// A pointer that KWin adds to its own. KWin removes it when the connection ends.
pub(super) struct FakeInput {
    client: Client,
    input: OrgKdeKwinFakeInput,
}

impl FakeInput {
    /// Asks KWin for it.
    ///
    /// # Errors
    /// [`PointerError::Wayland`].
    pub(super) fn open() -> Result<Self, PointerError> {
        let mut client = Client::connect().map_err(failed)?;
        let input = input(&client)?;
        input.authenticate("bci-cursor".into(), "move the pointer with EEG".into());
        client.answer().map_err(failed)?;
        Ok(Self { client, input })
    }

    /// The connection's socket, for the guard.
    ///
    /// # Errors
    /// [`PointerError::Apply`].
    pub(super) fn socket_copy(&self) -> Result<OwnedFd, PointerError> {
        let copy = self.client.socket_copy();
        copy.map_err(|error| PointerError::Apply {
            cause: error.to_string(),
        })
    }
}

impl Answers for FakeInput {
    fn answer(&mut self) -> Result<(), PointerError> {
        self.client.answer().map_err(failed)
    }
}

impl Device for FakeInput {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.input.pointer_motion(dx.into(), dy.into());
        Ok(())
    }

    fn turn_wheel(&mut self, by: [i32; 2]) -> Result<(), PointerError> {
        for (axis, steps) in wlr::axes(by) {
            self.input.axis(axis.into(), wlr::NOTCH * f64::from(steps));
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        self.input.button(button.number(), is_down.into());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PointerError> {
        self.client.exchange().map_err(failed)
    }
}

impl Drop for FakeInput {
    fn drop(&mut self) {
        // A compositor does not read what a client sent just before it hung up, such as the last release. If the
        // compositor is gone, so is the pointer.
        let _ = self.answer();
    }
}
