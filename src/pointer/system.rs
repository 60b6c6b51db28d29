//! The desktop's own pointer: enigo moves and presses, X11 observes, and a guard process releases.

#[cfg(all(unix, not(target_os = "macos")))]
use super::guard::Guard;
#[cfg(all(unix, not(target_os = "macos")))]
use super::x11::X11Observer;
use super::{
    Action, GuardProgram, OpenPointer, Pointer, PointerError, PointerObserver, PointerState,
};
use crate::command::Buttons;
use crate::control::{Rect, Screens};
use enigo::{Axis, Button, Coordinate, Direction, Enigo, InputError, Mouse, NewConError, Settings};

/// The operating system's own pointer, through enigo.
///
/// Motion is relative, so that the user's own mouse and a helper's keep working.
pub struct SystemPointer {
    enigo: Enigo,
    held: Buttons,
    /// Releases the pressed buttons if this program cannot. `None` if nothing here presses.
    #[cfg(all(unix, not(target_os = "macos")))]
    guard: Option<Guard>,
}

impl SystemPointer {
    /// Connects to the display.
    ///
    /// # Errors
    /// [`PointerError::Open`] if there is no display or it may not be controlled.
    pub fn open() -> Result<Self, PointerError> {
        Ok(Self {
            enigo: connect()?,
            held: Buttons::UP,
            #[cfg(all(unix, not(target_os = "macos")))]
            guard: None,
        })
    }

    /// Like [`open`](Self::open), with a guard: a process that releases the pressed buttons if this one is killed or
    /// stopped. Needed if buttons are pressed.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if the guard cannot be started.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn open_guarded(program: &GuardProgram) -> Result<Self, PointerError> {
        let mut pointer = Self::open()?;
        let guard = Guard::start(program).map_err(|error| PointerError::Guard {
            cause: error.to_string(),
        })?;
        pointer.guard = Some(guard);
        Ok(pointer)
    }

    /// The position of the pointer, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display does not answer.
    pub fn location_px(&self) -> Result<[i32; 2], PointerError> {
        let (x, y) = self.enigo.location().map_err(refused)?;
        Ok([x, y])
    }

    /// Width and height of the main screen, in pixels.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display does not answer.
    pub fn screen_px(&self) -> Result<[i32; 2], PointerError> {
        let (width, height) = self.enigo.main_display().map_err(refused)?;
        Ok([width, height])
    }

    /// Puts the pointer at a position, in pixels from the top left.
    ///
    /// # Errors
    /// [`PointerError::Apply`] if the display refuses.
    pub fn place(&mut self, [x, y]: [i32; 2]) -> Result<(), PointerError> {
        self.enigo
            .move_mouse(x, y, Coordinate::Abs)
            .map_err(refused)
    }
}

/// Opens the pointer with its observer, and with a guard if one is given.
///
/// # Errors
/// As [`SystemPointer::open`], and if the guard cannot be started.
#[cfg_attr(not(all(unix, not(target_os = "macos"))), allow(unused_variables))] // only X servers have a guard
pub(super) fn open(guard: Option<&GuardProgram>) -> Result<OpenPointer, PointerError> {
    #[cfg(all(unix, not(target_os = "macos")))]
    let pointer = match guard {
        Some(program) => SystemPointer::open_guarded(program)?,
        None => SystemPointer::open()?,
    };
    #[cfg(not(all(unix, not(target_os = "macos"))))]
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

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn observer() -> Result<Box<dyn PointerObserver>, PointerError> {
    Ok(Box::new(MainScreen(connect()?)))
}

/// Observes the size of the main screen only.
struct MainScreen(Enigo);

impl PointerObserver for MainScreen {
    fn look(&mut self) -> Result<PointerState, PointerError> {
        Ok(PointerState::default())
    }

    fn screens(&self) -> Option<Screens> {
        let (width, height) = self.0.main_display().ok()?;
        Some(Screens::new(vec![Rect {
            x: 0,
            y: 0,
            width,
            height,
        }]))
    }
}

fn connect() -> Result<Enigo, PointerError> {
    // By default, enigo waits `linux_delay` milliseconds at every button event, which would delay each click.
    let settings = Settings {
        linux_delay: 0,
        ..Settings::default()
    };
    Enigo::new(&settings).map_err(|error| PointerError::Open {
        cause: unreachable(&error),
        display: std::env::var("DISPLAY").unwrap_or_default(),
    })
}

/// Why a display cannot be reached, in plain words. The library's own message goes to the log.
fn unreachable(error: &NewConError) -> String {
    log::info!("{error}");
    let is_named = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
    if is_named {
        "nothing answers there, or it does not let this user in".into()
    } else {
        "DISPLAY is not set".into()
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: InputError) -> PointerError {
    PointerError::Apply {
        cause: error.to_string(),
    }
}

impl SystemPointer {
    /// Presses or releases a button if it is not yet in the requested state.
    fn button(
        &mut self,
        button: Button,
        of: fn(&mut Buttons) -> &mut bool,
        is_down: bool,
    ) -> Result<(), PointerError> {
        if *of(&mut self.held) == is_down {
            return Ok(());
        }
        if is_down {
            // Recorded first, so that the release is sent even if the press fails half-way.
            *of(&mut self.held) = true;
        }
        let direction = if is_down {
            Direction::Press
        } else {
            Direction::Release
        };
        self.enigo.button(button, direction).map_err(refused)?;
        *of(&mut self.held) = is_down;
        Ok(())
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
impl SystemPointer {
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

#[cfg(all(unix, not(target_os = "macos")))]
#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn unguarded(error: std::io::Error) -> PointerError {
    PointerError::Apply {
        cause: format!("the guard that releases buttons is gone: {error}"),
    }
}

/// Other systems have no guard yet.
#[cfg(not(all(unix, not(target_os = "macos"))))]
impl SystemPointer {
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

/// Gives access to the state of one button.
type Place = fn(&mut Buttons) -> &mut bool;
const BUTTONS: [(Button, Place); 3] = [
    (Button::Left, |buttons| &mut buttons.left),
    (Button::Right, |buttons| &mut buttons.right),
    (Button::Middle, |buttons| &mut buttons.middle),
];

impl Pointer for SystemPointer {
    fn apply(&mut self, mut action: Action) -> Result<(), PointerError> {
        // The guard is notified first, so that it knows at any moment which buttons can be down.
        let guarded = self.notify_guard(either(self.held, action.buttons));
        if guarded.is_err() {
            action = Action::default();
        }
        // Buttons are released before the motion, so that nothing is dragged too far, and pressed after it.
        for (button, of) in BUTTONS {
            if !*of(&mut action.buttons) {
                self.button(button, of, false)?;
            }
        }
        if action.dx_px != 0 || action.dy_px != 0 {
            self.enigo
                .move_mouse(action.dx_px, action.dy_px, Coordinate::Rel)
                .map_err(refused)?;
        }
        let [right, down] = action.wheel;
        for (steps, axis) in [(right, Axis::Horizontal), (down, Axis::Vertical)] {
            if steps != 0 {
                self.enigo.scroll(steps, axis).map_err(refused)?;
            }
        }
        for (button, of) in BUTTONS {
            if *of(&mut action.buttons) {
                self.button(button, of, true)?;
            }
        }
        guarded.and_then(|()| self.notify_guard_of_releases())
    }
}

impl Drop for SystemPointer {
    fn drop(&mut self) {
        if let Err(error) = self.apply(Action::default()) {
            log::error!("buttons could not be released at the end: {error}");
        }
    }
}
