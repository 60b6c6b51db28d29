//! The line that divides the targets, drawn across the whole desktop: a thin blue stripe on the first class's side, a
//! thick orange one on the second's. Each target has a frame in the colour of its side.

use super::pane::{connect, name, pane, pixel, rectangle, shape};
use super::{PointerError, refused};
use crate::control::{ChoiceLine, Rect, Target};
use crate::pointer::overlay::geometry::{STRIPES, frame, frame_px, stripe};
use crate::pointer::overlay::shapes::{BLUE, ORANGE};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CoordMode, Point, PolyShape, Rectangle, StackMode,
    Window,
};
use x11rb::rust_connection::RustConnection;

/// Two windows, one for each stripe, on their own connection.
pub(super) struct ChoiceWindows {
    connection: RustConnection,
    size: [u16; 2],
    windows: [Window; 2],
    shown: Option<ChoiceLine>,
    /// The targets that have frames.
    targets: Vec<Target>,
}

impl ChoiceWindows {
    /// Creates the windows, still invisible.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the window system refuses such windows.
    pub(super) fn open() -> Result<Self, PointerError> {
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let size = [screen.width_in_pixels, screen.height_in_pixels];
        let mut windows = [0; 2];
        for (window, colour) in windows.iter_mut().zip([BLUE, ORANGE]) {
            let pixel = pixel(&connection, &screen, colour.map(u16::from))?;
            *window = pane(&connection, screen.root, size, pixel)?;
        }
        Ok(Self {
            connection,
            size,
            windows,
            shown: None,
            targets: Vec::new(),
        })
    }

    /// Shows a line and frames around the targets, or hides both.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the display does not answer.
    pub(super) fn show(
        &mut self,
        choice: Option<ChoiceLine>,
        targets: &[Target],
    ) -> Result<(), PointerError> {
        if choice == self.shown && targets == self.targets {
            return Ok(());
        }
        self.shown = choice;
        self.targets = targets.to_vec();
        self.draw(choice).map_err(refused)
    }

    fn draw(&self, choice: Option<ChoiceLine>) -> Result<(), Box<dyn Error>> {
        let connection = &self.connection;
        let desktop = self.desktop();
        for (second, (window, edges)) in self.windows.iter().zip(STRIPES).enumerate() {
            let Some(choice) = choice else {
                connection.unmap_window(*window)?;
                continue;
            };
            let frames = self.frames(&choice, second == 1, edges);
            let corners = stripe(&choice, edges, &desktop).map(|[x, y]| Point {
                x: x.round() as i16,
                y: y.round() as i16,
            });
            self.cut(*window, &corners, &frames)?;
            // A window name, for screen readers.
            let words = format!(
                "bci-cursor line {:.4} rad {:.1} px",
                choice.normal_rad, choice.offset_px
            );
            name(connection, *window, &words)?;
            connection.map_window(*window)?;
            let top = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
            connection.configure_window(*window, &top)?;
        }
        connection.flush()?;
        Ok(())
    }

    fn desktop(&self) -> Rect {
        let [width, height] = self.size.map(i32::from);
        Rect {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    /// Frames of the targets on one side.
    fn frames(&self, choice: &ChoiceLine, is_second: bool, edges: [f64; 2]) -> Vec<Rectangle> {
        let desktop = self.desktop();
        let thick = frame_px(edges, &desktop);
        let visible = self.targets.iter();
        let visible = visible.filter_map(|target| target.rect.cut_to(&desktop));
        let own = visible.filter(|rect| choice.is_second(rect.middle()) == is_second);
        let sides = own.flat_map(|rect| frame(&rect, thick));
        sides.map(|side| rectangle(&side)).collect()
    }

    /// Sets the shape of a window.
    fn cut(
        &self,
        window: Window,
        corners: &[Point],
        frames: &[Rectangle],
    ) -> Result<(), Box<dyn Error>> {
        let connection = &self.connection;
        shape(connection, window, self.size, |mask, gc| {
            connection.fill_poly(mask, gc, PolyShape::CONVEX, CoordMode::ORIGIN, corners)?;
            connection.poly_fill_rectangle(mask, gc, frames)?;
            Ok(())
        })
    }
}
