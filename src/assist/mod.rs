//! What can be pointed at on the screen, read from what programs tell assistive technology. `control::assist` makes use of it.

#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod atspi;
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
mod kinds;

use crate::control::Target;

/// Reads what can be pointed at. It may take its time: it is never read on the pointer's thread.
pub trait TargetReader: Send {
    /// Fills in what is on the window under a place and on the one in front, pixels of the desktop.
    ///
    /// # Errors
    /// [`AssistError`]; what was read until then is kept.
    fn read(&mut self, place: [i32; 2], into: &mut Vec<Target>) -> Result<(), AssistError>;

    /// What is written on a target that was read last, in its program's words; none where it has no name.
    fn name_of(&mut self, _target: &Target) -> Option<String> {
        None
    }

    /// Whether anything on the screen has changed since this was last asked, as far as programs tell.
    fn has_changed(&mut self) -> bool;
}

/// Why targets cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AssistError {
    /// There is nothing to read them from.
    #[error(
        "targets on the screen cannot be read: the desktop's accessibility service does not answer ({0}). On Linux it is at-spi2-core, and it needs a D-Bus session. The pointer works without"
    )]
    Service(String),
    /// Not on this system.
    #[error("targets on the screen can be read on Linux only so far. The pointer works without")]
    System,
}

/// The reader of this system.
///
/// # Errors
/// [`AssistError`] where there is nothing to read from.
#[cfg(all(feature = "desktop", unix, not(target_os = "macos")))]
pub fn open() -> Result<Box<dyn TargetReader>, AssistError> {
    Ok(Box::new(atspi::AccessibilityTree::open()?))
}

/// The reader of this system.
///
/// # Errors
/// [`AssistError`] always: there is none.
#[cfg(all(feature = "desktop", not(all(unix, not(target_os = "macos")))))]
pub fn open() -> Result<Box<dyn TargetReader>, AssistError> {
    Err(AssistError::System)
}
