//! The desktop's own pointer: enigo moves and presses, X11 or Windows observes, and a guard process releases.

use super::connection::connect;
#[cfg(unix)]
use super::connection::main_screen;
use super::device::{Button, Device};
#[cfg(not(target_os = "macos"))]
use super::guard::{Guard, GuardedDisplay};
use super::guarded::Guarded;
#[cfg(windows)]
use super::windows::WindowsObserver;
#[cfg(all(unix, not(target_os = "macos")))]
use super::x11::X11Observer;
use super::{Action, OpenPointer, Pointer, PointerError, PointerObserver, PointerProcess};
#[cfg(unix)]
use crate::control::Screens;
use enigo::{Axis, Coordinate, Direction, Enigo, InputError, Mouse};

/// The operating system's own pointer, through enigo.
///
/// Motion is relative, so that the user's own mouse and a helper's keep working.
pub struct SystemPointer(Guarded<Enigo>);

impl SystemPointer {
    /// Connects to the display.
    ///
    /// # Errors
    /// [`PointerError::Open`] if there is no display or it may not be controlled.
    pub fn open() -> Result<Self, PointerError> {
        connect().map(Guarded::new).map(Self)
    }

    /// Like [`open`](Self::open), with a guard: a process that releases the pressed buttons if this one is killed or
    /// stopped. Needed if buttons are pressed.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the guard cannot be started.
    #[cfg(not(target_os = "macos"))]
    pub fn open_guarded(program: &PointerProcess) -> Result<Self, PointerError> {
        let pointer = Guarded::new(connect()?);
        let guard = Guard::start(program, GuardedDisplay::DESKTOP)?;
        Ok(Self(pointer.with_guard(Some(guard))))
    }

    /// The position of the pointer, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display does not answer.
    pub fn location_px(&self) -> Result<[i32; 2], PointerError> {
        let (x, y) = self.0.device.location().map_err(refused)?;
        Ok([x, y])
    }

    /// Width and height of the main screen, in pixels.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display does not answer.
    pub fn screen_px(&self) -> Result<[i32; 2], PointerError> {
        let (width, height) = self.0.device.main_display().map_err(refused)?;
        Ok([width, height])
    }

    /// Puts the pointer at a position, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display refuses.
    pub fn place(&mut self, [x, y]: [i32; 2]) -> Result<(), PointerError> {
        let enigo = &mut self.0.device;
        enigo.move_mouse(x, y, Coordinate::Abs).map_err(refused)
    }
}

impl Pointer for SystemPointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        self.0.apply(action)
    }
}

impl Device for Enigo {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.move_mouse(dx, dy, Coordinate::Rel).map_err(refused)
    }

    fn turn_wheel(&mut self, [right, down]: [i32; 2]) -> Result<(), PointerError> {
        for (steps, axis) in [(right, Axis::Horizontal), (down, Axis::Vertical)] {
            if steps != 0 {
                self.scroll(steps, axis).map_err(refused)?;
            }
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        let button = match button {
            Button::Left => enigo::Button::Left,
            Button::Right => enigo::Button::Right,
            Button::Middle => enigo::Button::Middle,
        };
        let direction = if is_down {
            Direction::Press
        } else {
            Direction::Release
        };
        self.button(button, direction).map_err(refused)
    }
}

/// Opens the pointer with its observer, and with a guard if one is given.
///
/// # Errors
/// As [`SystemPointer::open`], and if the guard cannot be started.
#[cfg_attr(target_os = "macos", allow(unused_variables))] // macOS has no guard
pub(super) fn open(guard: Option<&PointerProcess>) -> Result<OpenPointer, PointerError> {
    #[cfg(not(target_os = "macos"))]
    let pointer = match guard {
        Some(program) => SystemPointer::open_guarded(program)?,
        None => SystemPointer::open()?,
    };
    #[cfg(target_os = "macos")]
    let pointer = SystemPointer::open()?;
    Ok(OpenPointer {
        pointer: Box::new(pointer),
        observer: Some(observer()?),
    })
}

#[cfg(all(unix, not(target_os = "macos")))]
fn observer() -> Result<Box<dyn PointerObserver>, PointerError> {
    match X11Observer::open() {
        Ok(observer) => Ok(Box::new(observer)),
        Err(error) => {
            log::warn!(
                "hot keys, motion of the real mouse and the screens cannot be observed: {error}"
            );
            Ok(Box::new(MainScreen(connect()?)))
        }
    }
}

#[cfg(windows)]
fn observer() -> Result<Box<dyn PointerObserver>, PointerError> {
    Ok(Box::new(WindowsObserver::open(connect()?)))
}

#[cfg(target_os = "macos")]
fn observer() -> Result<Box<dyn PointerObserver>, PointerError> {
    Ok(Box::new(MainScreen(connect()?)))
}

/// Observes the size of the main screen only.
#[cfg(unix)]
struct MainScreen(Enigo);

#[cfg(unix)]
impl PointerObserver for MainScreen {
    fn look(&mut self) -> Result<super::PointerState, PointerError> {
        Ok(super::PointerState::default())
    }

    fn screens(&self) -> Option<Screens> {
        main_screen(&self.0)
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: InputError) -> PointerError {
    PointerError::Apply {
        cause: error.to_string(),
    }
}
