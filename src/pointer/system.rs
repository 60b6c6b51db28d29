use super::{Action, Pointer, PointerError};
use crate::control::Buttons;
use enigo::{Button, Coordinate, Direction, Enigo, InputError, Mouse, Settings};

/// The operating system's own pointer, through enigo.
///
/// Motion is relative: the user's own mouse, and a helper's, keep working beside it.
pub struct SystemPointer {
    enigo: Enigo,
    held: Buttons,
}

impl SystemPointer {
    /// Connects to the display.
    ///
    /// # Errors
    /// [`PointerError::Open`] where there is none or it may not be driven.
    pub fn open() -> Result<Self, PointerError> {
        // enigo waits `linux_delay` milliseconds at every button event by default: a click would be late by that much.
        let settings = Settings {
            linux_delay: 0,
            ..Settings::default()
        };
        let enigo = Enigo::new(&settings).map_err(|error| PointerError::Open {
            cause: error.to_string(),
            display: std::env::var("DISPLAY").unwrap_or_default(),
            advice: "Set DISPLAY to a running X server, or run 'bci-cursor doctor'",
        })?;
        Ok(Self {
            enigo,
            held: Buttons::UP,
        })
    }

    /// Where the pointer is, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] where the display does not answer.
    pub fn location_px(&self) -> Result<[i32; 2], PointerError> {
        let (x, y) = self.enigo.location().map_err(refused)?;
        Ok([x, y])
    }

    /// Width and height of the main screen, in pixels.
    ///
    /// # Errors
    /// [`PointerError::Apply`] where the display does not answer.
    pub fn screen_px(&self) -> Result<[i32; 2], PointerError> {
        let (width, height) = self.enigo.main_display().map_err(refused)?;
        Ok([width, height])
    }

    /// Puts the pointer at a place, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] where the display refuses.
    pub fn place(&mut self, [x, y]: [i32; 2]) -> Result<(), PointerError> {
        self.enigo
            .move_mouse(x, y, Coordinate::Abs)
            .map_err(refused)
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: InputError) -> PointerError {
    PointerError::Apply {
        cause: error.to_string(),
    }
}

impl Pointer for SystemPointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        // A release comes before motion, so that a held thing is never dragged on; a press after it.
        if self.held.left && !action.buttons.left {
            self.enigo
                .button(Button::Left, Direction::Release)
                .map_err(refused)?;
            self.held.left = false;
        }
        if action.dx_px != 0 || action.dy_px != 0 {
            self.enigo
                .move_mouse(action.dx_px, action.dy_px, Coordinate::Rel)
                .map_err(refused)?;
        }
        if !self.held.left && action.buttons.left {
            // Noted first: should the press fail half-way, the release is still sent.
            self.held.left = true;
            self.enigo
                .button(Button::Left, Direction::Press)
                .map_err(refused)?;
        }
        Ok(())
    }
}

impl Drop for SystemPointer {
    fn drop(&mut self) {
        if let Err(error) = self.apply(Action::default()) {
            log::error!("buttons could not be released at the end: {error}");
        }
    }
}
