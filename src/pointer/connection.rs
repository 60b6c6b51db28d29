//! A connection to the desktop through enigo.

use super::PointerError;
use crate::control::{Rect, Screens};
use enigo::{Enigo, Mouse, NewConError, Settings};

/// The main screen, if its size is known.
pub(super) fn main_screen(enigo: &Enigo) -> Option<Screens> {
    let (width, height) = enigo.main_display().ok()?;
    Some(Screens::new(vec![Rect {
        x: 0,
        y: 0,
        width,
        height,
    }]))
}

/// Connects to the display.
///
/// # Errors
/// [`PointerError::Open`].
pub(crate) fn connect() -> Result<Enigo, PointerError> {
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
