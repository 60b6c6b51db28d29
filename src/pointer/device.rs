//! What a kind of pointer has to do.

use super::PointerError;
use crate::command::Buttons;

/// A button of a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Left,
    Right,
    Middle,
}

impl Button {
    pub(super) const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Middle];

    /// Its number in the kernel and in Wayland (`linux/input-event-codes.h`).
    #[cfg(all(unix, not(target_os = "macos")))]
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Left => 0x110,
            Self::Right => 0x111,
            Self::Middle => 0x112,
        }
    }

    /// Its state among all buttons.
    pub(super) fn of(self, buttons: &mut Buttons) -> &mut bool {
        match self {
            Self::Left => &mut buttons.left,
            Self::Right => &mut buttons.right,
            Self::Middle => &mut buttons.middle,
        }
    }
}

/// The requests of one kind of pointer. `Guarded` decides when each is made.
pub(super) trait Device {
    /// Moves by pixels to the right and down.
    fn move_by(&mut self, by_px: [i32; 2]) -> Result<(), PointerError>;

    /// Turns the wheel by steps to the right and down.
    fn turn_wheel(&mut self, steps: [i32; 2]) -> Result<(), PointerError>;

    /// Presses or releases a button.
    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError>;

    /// Hands over everything that was requested, and notices a display that is gone. Called once per action.
    fn finish(&mut self) -> Result<(), PointerError> {
        Ok(())
    }
}

/// A pointer of a compositor.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) trait Answers: Device {
    /// Returns once the compositor has carried out everything before this, of every client.
    ///
    /// # Errors
    /// [`PointerError::Wayland`] if it does not answer in time, and others if it is gone.
    fn answer(&mut self) -> Result<(), PointerError>;
}
