//! What a guard does with a display.

use std::error::Error;

/// Releases buttons over a connection of its own. Each kind of display has its own implementation.
pub(super) trait Release {
    /// Releases these buttons.
    ///
    /// # Errors
    /// The display's error.
    fn release(&mut self, bits: u8) -> Result<(), Box<dyn Error>>;

    /// Name of the display, among all displays of this computer. `None` if nothing stays down when driver and guard are both
    /// killed.
    fn display(&self) -> Option<String>;

    /// Whether a press that the driver sent just before it died can reach the display after the first release.
    fn is_overtaken(&self) -> bool;

    /// Ends what a driver that has stalled still has of the display, if there is anything.
    ///
    /// # Errors
    /// The system's error.
    fn cut_off(&mut self) -> Result<(), Box<dyn Error>> {
        Ok(())
    }
}
