//! The desktop's own pointer: enigo moves and presses, the display's own protocol sees, and a guard process releases.

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
/// Motion is relative: the user's own mouse, and a helper's, keep working beside it.
pub struct SystemPointer {
    enigo: Enigo,
    held: Buttons,
    /// Releases what is held where this program cannot. None where nobody presses.
    #[cfg(all(unix, not(target_os = "macos")))]
    guard: Option<Guard>,
}

impl SystemPointer {
    /// Connects to the display.
    ///
    /// # Errors
    /// [`PointerError::Open`] where there is none or it may not be driven.
    pub fn open() -> Result<Self, PointerError> {
        Ok(Self {
            enigo: connect()?,
            held: Buttons::UP,
            #[cfg(all(unix, not(target_os = "macos")))]
            guard: None,
        })
    }

    /// As [`open`](Self::open), with a guard: a process that releases what is held when this one is killed or stopped. Whoever presses
    /// needs it.
    ///
    /// # Errors
    /// As [`open`](Self::open), and where the guard cannot be started.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn open_guarded(program: &GuardProgram) -> Result<Self, PointerError> {
        let mut pointer = Self::open()?;
        let guard = Guard::start(program).map_err(|error| PointerError::Open {
            cause: format!("the guard that releases buttons cannot be started: {error}"),
            display: std::env::var("DISPLAY").unwrap_or_default(),
            advice: "Nothing is pressed without one: install bci-cursor again, or run 'bci-cursor doctor'",
        })?;
        pointer.guard = Some(guard);
        Ok(pointer)
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
            log::warn!("hot keys, a hand on the mouse and the screens are not seen: {error}");
            Ok(Box::new(MainScreen(connect()?)))
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn observer() -> Result<Box<dyn PointerObserver>, PointerError> {
    Ok(Box::new(MainScreen(connect()?)))
}

/// Sees the size of the main screen, and nothing else.
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
    // enigo waits `linux_delay` milliseconds at every button event by default: a click would be late by that much.
    let settings = Settings {
        linux_delay: 0,
        ..Settings::default()
    };
    Enigo::new(&settings).map_err(|error| PointerError::Open {
        cause: unreachable(&error),
        display: std::env::var("DISPLAY").unwrap_or_default(),
        advice: "Set DISPLAY to a running X server, or run 'bci-cursor doctor'",
    })
}

/// Why a display cannot be reached, in words; what the library says goes to the log.
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
    /// Brings a button into the wished state, where it is in another.
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
            // Noted first: should the press fail half-way, the release is still sent.
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
    /// Tells the guard what can be down from now on.
    fn notify_guard(&mut self, down: Buttons) -> Result<(), PointerError> {
        let told = self.guard.as_mut().map(|guard| guard.notify(down));
        told.unwrap_or(Ok(())).map_err(unguarded)
    }

    /// Tells it what is still down, where that is less.
    fn notify_guard_of_releases(&mut self) -> Result<(), PointerError> {
        let (guard, held) = (self.guard.as_mut(), self.held);
        let told = guard.map(|guard| guard.notify_change(held));
        told.unwrap_or(Ok(())).map_err(unguarded)
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

/// Buttons that are down in either.
fn either(one: Buttons, other: Buttons) -> Buttons {
    Buttons {
        left: one.left || other.left,
        right: one.right || other.right,
        middle: one.middle || other.middle,
    }
}

/// Each button, and where its state stands.
type Place = fn(&mut Buttons) -> &mut bool;
const BUTTONS: [(Button, Place); 3] = [
    (Button::Left, |buttons| &mut buttons.left),
    (Button::Right, |buttons| &mut buttons.right),
    (Button::Middle, |buttons| &mut buttons.middle),
];

impl Pointer for SystemPointer {
    fn apply(&mut self, mut action: Action) -> Result<(), PointerError> {
        // Told first, so that the guard knows at any moment what can be down.
        let guarded = self.notify_guard(either(self.held, action.buttons));
        if guarded.is_err() {
            action = Action::default();
        }
        // A release comes before motion, so that a held thing is never dragged on; a press after it.
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
