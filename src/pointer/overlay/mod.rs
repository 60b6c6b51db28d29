//! What is shown beside the pointer and around targets, for users who see only the screen. Clicks go through all of it.
//!
//! A badge beside the pointer shows the state, the kind of the next click and how far dwelling has progressed; an arrow shows the heading in mode
//! `steer`. A line divides targets that are chosen by halves, and a frame shows what was looked at.

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod geometry;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod shapes;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod wayland;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod x11;

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub(crate) use x11::pane;

use super::PointerError;
use crate::control::{ChoiceLine, ClickKind, Rect, State, Target};

/// The content of the badge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badge {
    /// The driver's state.
    pub state: State,
    /// The kind of the next click.
    pub kind: ClickKind,
    /// Fraction of the dwell time that has passed, 0 to 1.
    pub dwell: f64,
    /// An arrow is shown at the pointer (mode `steer`), so the badge keeps clear of it.
    pub has_arrow: bool,
}

/// What shows it. Every method fails with [`PointerError::Overlay`] if the display does not answer.
pub trait Overlay {
    /// Shows a badge of the given height in pixels next to the pointer, which is at this place, or hides it.
    ///
    /// # Errors
    /// [`PointerError::Overlay`].
    fn badge(&mut self, badge: Option<(Badge, u16)>, pointer: [i32; 2])
    -> Result<(), PointerError>;

    /// Shows the heading (radians clockwise from the right) at the pointer, sized for a badge of the given height in pixels, or hides it.
    ///
    /// # Errors
    /// [`PointerError::Overlay`].
    fn heading(
        &mut self,
        heading: Option<(f64, u16)>,
        pointer: [i32; 2],
    ) -> Result<(), PointerError>;

    /// Shows a line and frames around the targets, or hides both.
    ///
    /// # Errors
    /// [`PointerError::Overlay`].
    fn line(&mut self, line: Option<ChoiceLine>, targets: &[Target]) -> Result<(), PointerError>;

    /// Shows a frame around what was looked at, or hides it.
    ///
    /// # Errors
    /// [`PointerError::Overlay`].
    fn chosen(&mut self, rect: Option<Rect>) -> Result<(), PointerError>;
}

/// Connects to the display of this session. Nothing is shown yet.
///
/// # Errors
/// [`PointerError::Overlay`] if it refuses windows that let clicks through.
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub fn open_overlay() -> Result<Box<dyn Overlay>, PointerError> {
    Ok(if crate::wayland::has_compositor() {
        Box::new(wayland::Glass::open()?)
    } else {
        Box::new(x11::Windows::default())
    })
}

/// Reports that overlays are not supported here.
///
/// # Errors
/// Always.
#[cfg(not(all(feature = "desktop", unix, not(target_os = "macos"))))]
pub fn open_overlay() -> Result<Box<dyn Overlay>, PointerError> {
    let cause = "it can only be shown on X servers and Wayland compositors so far".to_owned();
    Err(PointerError::Overlay { cause })
}
