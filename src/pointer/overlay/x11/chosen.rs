//! A frame around what was chosen: black outside and white inside, so that it is visible on any background. Clicks go through it.

use super::pane::{connect, name, pane, rectangle, shape};
use super::{PointerError, refused};
use crate::control::Rect;
use crate::pointer::overlay::geometry::{CHOSEN_PX, REFERENCE_HEIGHT_PX, frame};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _, StackMode, Window};
use x11rb::rust_connection::RustConnection;

/// Two windows, on their own connection.
pub(super) struct ChosenFrame {
    connection: RustConnection,
    scale: f64,
    /// White, and black around it.
    windows: [Window; 2],
    shown: Option<Rect>,
}

impl ChosenFrame {
    /// Creates the windows, still invisible.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the window system refuses such windows.
    pub(super) fn open() -> Result<Self, PointerError> {
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let white = pane(&connection, screen.root, [1, 1], screen.white_pixel)?;
        let black = pane(&connection, screen.root, [1, 1], screen.black_pixel)?;
        Ok(Self {
            scale: f64::from(screen.height_in_pixels) / REFERENCE_HEIGHT_PX,
            connection,
            windows: [white, black],
            shown: None,
        })
    }

    /// Shows the frame around a rectangle, or hides it.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the display does not answer.
    pub(super) fn show(&mut self, rect: Option<Rect>) -> Result<(), PointerError> {
        if rect == self.shown {
            return Ok(());
        }
        self.shown = rect;
        self.draw(rect).map_err(refused)
    }

    fn draw(&self, rect: Option<Rect>) -> Result<(), Box<dyn Error>> {
        let connection = &self.connection;
        // The black window first: the white one lies above it.
        for (window, width_px) in self.windows.iter().zip(CHOSEN_PX).rev() {
            let Some(rect) = rect else {
                connection.unmap_window(*window)?;
                continue;
            };
            let thick = (width_px * self.scale).round().max(1.0) as i32;
            let [width, height] = [rect.width, rect.height].map(|length| length + 2 * thick);
            let size = [u16::try_from(width)?, u16::try_from(height)?];
            let place = ConfigureWindowAux::new()
                .x(rect.x - thick)
                .y(rect.y - thick)
                .width(u32::from(size[0]))
                .height(u32::from(size[1]))
                .stack_mode(StackMode::ABOVE);
            connection.configure_window(*window, &place)?;
            let within = Rect {
                x: thick,
                y: thick,
                ..rect
            };
            shape(connection, *window, size, |mask, gc| {
                let sides = frame(&within, thick).map(|side| rectangle(&side));
                connection.poly_fill_rectangle(mask, gc, &sides)?;
                Ok(())
            })?;
            // A window name, for screen readers.
            let words = format!(
                "bci-cursor chosen {}x{}+{}+{}",
                rect.width, rect.height, rect.x, rect.y
            );
            name(connection, *window, &words)?;
            connection.map_window(*window)?;
        }
        connection.flush()?;
        Ok(())
    }
}
