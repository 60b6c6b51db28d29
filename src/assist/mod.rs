//! Targets on the screen, as programs publish them for assistive technology. `control::assist` uses them.

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod atspi;

use crate::control::Target;

/// Reads targets from the screen. A reading may be slow, so it never runs on the pointer's thread.
pub trait TargetReader: Send {
    /// Fills `into` with the targets of the active window and of the window under `place`, in pixels of the desktop.
    ///
    /// # Errors
    /// [`AssistError`]. Targets read before the error are kept.
    fn read(&mut self, place: [i32; 2], into: &mut Vec<Target>) -> Result<(), AssistError>;

    /// The name of a target of the last reading, or `None` if it has none.
    fn name_of(&mut self, _target: &Target) -> Option<String> {
        None
    }

    /// Whether a program has reported a change since the last call.
    fn has_changed(&mut self) -> bool;
}

/// Why targets cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AssistError {
    /// The accessibility service does not answer.
    #[error(
        "targets on the screen cannot be read: the desktop's accessibility service does not answer ({0}). On Linux it is at-spi2-core, and it needs a D-Bus session. The pointer works without them"
    )]
    Service(String),
    /// A Wayland compositor that tells nobody where windows are.
    #[error(
        "targets on the screen cannot be placed: this Wayland desktop does not tell where windows are (sway does). The pointer works without \
         them"
    )]
    Places,
    /// sway does not answer.
    #[error(
        "targets on the screen cannot be placed: sway does not tell where windows are ({0}). The pointer works without them"
    )]
    Sway(String),
    /// This operating system is not supported yet.
    #[error(
        "targets on the screen can be read only on Linux so far. The pointer works without them"
    )]
    System,
}

/// Whether anybody knows where targets are on this desktop.
///
/// # Errors
/// [`AssistError::Places`].
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub fn check_places() -> Result<(), AssistError> {
    atspi::check_places()
}

/// Whether anybody knows where targets are on this desktop. They cannot be read on this system, which is said elsewhere.
///
/// # Errors
/// Never.
#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
pub fn check_places() -> Result<(), AssistError> {
    Ok(())
}

/// Opens the reader for this system.
///
/// # Errors
/// [`AssistError`] if the accessibility service does not answer.
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub fn open() -> Result<Box<dyn TargetReader>, AssistError> {
    Ok(Box::new(atspi::AccessibilityTree::open()?))
}

/// Opens the reader for this system.
///
/// # Errors
/// Always [`AssistError::System`].
#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
pub fn open() -> Result<Box<dyn TargetReader>, AssistError> {
    Err(AssistError::System)
}
