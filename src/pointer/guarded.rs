//! What all pointers of a display share: the order in which buttons change, what the guard is told, and the release at
//! the end.

use super::device::{Button, Device};
#[cfg(not(target_os = "macos"))]
use super::guard::Guard;
use super::{Action, Pointer, PointerError};
use crate::command::Buttons;

/// A pointer whose buttons a guard releases if this program cannot.
pub(super) struct Guarded<D: Device> {
    pub(super) device: D,
    held: Buttons,
    /// `None` if nothing here presses.
    #[cfg(not(target_os = "macos"))]
    guard: Option<Guard>,
}

impl<D: Device> Guarded<D> {
    /// A pointer without a guard, with all buttons up.
    pub(super) fn new(device: D) -> Self {
        Self {
            device,
            held: Buttons::UP,
            #[cfg(not(target_os = "macos"))]
            guard: None,
        }
    }

    /// Adds a guard.
    #[cfg(not(target_os = "macos"))]
    pub(super) fn with_guard(mut self, guard: Option<Guard>) -> Self {
        self.guard = guard;
        self
    }

    /// Presses or releases a button if it is not yet in the requested state.
    fn button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        if *button.of(&mut self.held) == is_down {
            return Ok(());
        }
        if is_down {
            // Recorded first, so that the release is sent even if the press fails half-way.
            *button.of(&mut self.held) = true;
        }
        self.device.set_button(button, is_down)?;
        *button.of(&mut self.held) = is_down;
        Ok(())
    }

    /// Releases before the motion, so that nothing is dragged too far, and presses after it.
    fn carry_out(&mut self, mut action: Action) -> Result<(), PointerError> {
        for button in Button::ALL {
            if !*button.of(&mut action.buttons) {
                self.button(button, false)?;
            }
        }
        if action.dx_px != 0 || action.dy_px != 0 {
            self.device.move_by([action.dx_px, action.dy_px])?;
        }
        if action.wheel != [0; 2] {
            self.device.turn_wheel(action.wheel)?;
        }
        for button in Button::ALL {
            if *button.of(&mut action.buttons) {
                self.button(button, true)?;
            }
        }
        Ok(())
    }
}

#[cfg(not(target_os = "macos"))]
impl<D: Device> Guarded<D> {
    /// Tells the guard which buttons can be down from now on.
    fn notify_guard(&mut self, down: Buttons) -> Result<(), PointerError> {
        let sent = self.guard.as_mut().map(|guard| guard.notify(down));
        sent.unwrap_or(Ok(())).map_err(unguarded)
    }

    /// Tells the guard which buttons are still down, if some were released.
    fn notify_guard_of_releases(&mut self) -> Result<(), PointerError> {
        let (guard, held) = (self.guard.as_mut(), self.held);
        let sent = guard.map(|guard| guard.notify_change(held));
        sent.unwrap_or(Ok(())).map_err(unguarded)
    }
}

#[cfg(not(target_os = "macos"))]
#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn unguarded(error: std::io::Error) -> PointerError {
    PointerError::Apply {
        cause: format!("the guard that releases buttons is gone: {error}"),
    }
}

/// macOS has no guard yet.
#[cfg(target_os = "macos")]
impl<D: Device> Guarded<D> {
    fn notify_guard(&mut self, _: Buttons) -> Result<(), PointerError> {
        Ok(())
    }

    fn notify_guard_of_releases(&mut self) -> Result<(), PointerError> {
        Ok(())
    }
}

/// Buttons that are down in `one` or in `other`.
fn either(one: Buttons, other: Buttons) -> Buttons {
    Buttons {
        left: one.left || other.left,
        right: one.right || other.right,
        middle: one.middle || other.middle,
    }
}

impl<D: Device> Pointer for Guarded<D> {
    fn apply(&mut self, mut action: Action) -> Result<(), PointerError> {
        // The guard is notified first, so that it knows at any moment which buttons can be down.
        let guarded = self.notify_guard(either(self.held, action.buttons));
        if guarded.is_err() {
            action = Action::default();
        }
        self.carry_out(action)?;
        self.device.finish()?;
        guarded.and_then(|()| self.notify_guard_of_releases())
    }
}

impl<D: Device> Drop for Guarded<D> {
    fn drop(&mut self) {
        if let Err(error) = self.apply(Action::default()) {
            log::error!("buttons could not be released at the end: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Request {
        Move([i32; 2]),
        Wheel([i32; 2]),
        Set(Button, bool),
        Finish,
    }
    use Request::{Finish, Move, Set, Wheel};

    /// Notes every request.
    #[derive(Clone, Default)]
    struct Noted(Rc<RefCell<Vec<Request>>>);

    impl Noted {
        fn note(&self, request: Request) -> Result<(), PointerError> {
            self.0.borrow_mut().push(request);
            Ok(())
        }
    }

    impl Device for Noted {
        fn move_by(&mut self, by_px: [i32; 2]) -> Result<(), PointerError> {
            self.note(Move(by_px))
        }

        fn turn_wheel(&mut self, steps: [i32; 2]) -> Result<(), PointerError> {
            self.note(Wheel(steps))
        }

        fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
            self.note(Set(button, is_down))
        }

        fn finish(&mut self) -> Result<(), PointerError> {
            self.note(Finish)
        }
    }

    #[test]
    fn buttons_are_released_before_the_motion_and_pressed_after_it_and_released_at_the_end() {
        let device = Noted::default();
        let take = || std::mem::take(&mut *device.0.borrow_mut());
        let mut pointer = Guarded::new(device.clone());
        let moving = |buttons| Action {
            dx_px: 3,
            dy_px: -4,
            wheel: [0, 1],
            buttons,
        };
        pointer.apply(moving(Buttons::LEFT)).unwrap();
        let down = Set(Button::Left, true);
        assert_eq!(take(), [Move([3, -4]), Wheel([0, 1]), down, Finish]);
        // A button that is down already is not pressed again.
        pointer.apply(moving(Buttons::LEFT)).unwrap();
        assert_eq!(take(), [Move([3, -4]), Wheel([0, 1]), Finish]);
        let right = Buttons {
            right: true,
            ..Buttons::UP
        };
        pointer.apply(moving(right)).unwrap();
        let (up, down) = (Set(Button::Left, false), Set(Button::Right, true));
        assert_eq!(take(), [up, Move([3, -4]), Wheel([0, 1]), down, Finish]);
        drop(pointer);
        assert_eq!(take(), [Set(Button::Right, false), Finish]);
    }
}
