//! A window along an edge of the screen. It takes clicks and never the focus, lies above other windows, and keeps its place free of them where
//! the window manager or the compositor allows that.

mod wayland;
mod x11;

use crate::rect::{Edge, Rect};
use std::os::fd::BorrowedFd;

/// What happens to the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DockEvent {
    /// The pointer has come to this place of the window, pixels.
    Pointer([f64; 2]),
    /// The pointer has left the window.
    Left,
    /// A button of the mouse was pressed on it, or released; with the place of the pointer if the display tells it.
    Button {
        /// It was pressed.
        is_down: bool,
        /// Where the pointer is on the window, pixels; `None` if the display does not tell.
        at: Option<[f64; 2]>,
    },
    /// It must be shown again, perhaps at another place.
    Exposed,
    /// It is gone: the screen was switched off or removed.
    Closed,
}

/// The window cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the panel cannot be shown: {0}")]
pub struct DockError(
    /// Why.
    pub String,
);

/// The window.
pub trait Dock {
    /// Its place on the desktop, pixels.
    fn rect(&self) -> Rect;

    /// The screen that it is on, pixels of the desktop.
    fn screen(&self) -> Rect;

    /// Changes how far it reaches from its edge, pixels. [`DockEvent::Exposed`] follows.
    ///
    /// # Errors
    /// [`DockError`] if the display is lost.
    fn set_thickness(&mut self, thickness: i32) -> Result<(), DockError>;

    /// Shows a picture of its size: red, green and blue of each pixel (`0xFFRRGGBB`), row by row.
    ///
    /// # Errors
    /// [`DockError`] if the display is lost.
    fn show(&mut self, pixels: &[u32]) -> Result<(), DockError>;

    /// Lies above a window that fills the screen, and follows a screen whose size has changed. Call it now and then.
    ///
    /// # Errors
    /// [`DockError`] if the display is lost.
    fn look_after(&mut self) -> Result<(), DockError>;

    /// The next event that has arrived.
    ///
    /// # Errors
    /// [`DockError`] if the display is lost.
    fn event(&mut self) -> Result<Option<DockEvent>, DockError>;

    /// What to wait on for events.
    fn fd(&self) -> BorrowedFd<'_>;
}

/// The name of the window, for screen readers and window managers.
pub const DOCK_NAME: &str = "bci-cursor panel";

/// Opens the window on the main screen of this session.
///
/// # Errors
/// [`DockError`] if there is no display, or it has no windows of this kind.
pub fn open(edge: Edge, thickness: i32) -> Result<Box<dyn Dock>, DockError> {
    Ok(if crate::wayland::has_compositor() {
        Box::new(wayland::LayerDock::open(edge, thickness)?)
    } else {
        Box::new(x11::XDock::open(edge, thickness)?)
    })
}
