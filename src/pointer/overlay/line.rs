//! The line that divides the targets, drawn across the whole desktop: a thin blue stripe on the first class's side, a
//! thick orange one on the second's. Each target has a frame in the colour of its side.

use super::brush::{BLUE, ORANGE};
use super::pane::{connect, frame, name, pane, pixel, shape};
use super::{PointerError, refused};
use crate::control::{ChoiceLine, Rect, Target};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CoordMode, Point, PolyShape, Rectangle, StackMode,
    Window,
};
use x11rb::rust_connection::RustConnection;

/// Distance of the stripes' edges from the line, pixels on a screen 1080 pixels high. The first class's stripe lies
/// before the line.
const STRIPES: [[f64; 2]; 2] = [[-5.0, -1.0], [1.0, 11.0]];
const REFERENCE_HEIGHT_PX: f64 = 1080.0;

/// Two windows, one for each stripe, on their own connection.
pub struct ChoiceOverlay {
    connection: RustConnection,
    size: [u16; 2],
    windows: [Window; 2],
    shown: Option<ChoiceLine>,
    /// The targets that have frames.
    targets: Vec<Target>,
}

impl ChoiceOverlay {
    /// Creates the windows, still invisible.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the window system refuses such windows.
    pub fn open() -> Result<Self, PointerError> {
        super::refuse_wayland()?;
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let size = [screen.width_in_pixels, screen.height_in_pixels];
        let mut windows = [0; 2];
        for (window, colour) in windows.iter_mut().zip([BLUE, ORANGE]) {
            let pixel = pixel(&connection, &screen, colour)?;
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
    pub fn show(
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
        for (second, (window, stripe)) in self.windows.iter().zip(STRIPES).enumerate() {
            let Some(choice) = choice else {
                connection.unmap_window(*window)?;
                continue;
            };
            let frames = self.frames(&choice, second == 1, stripe);
            self.cut(*window, &corners(&choice, stripe, self.size), &frames)?;
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

    /// Frames of the targets on one side, half as thick as its stripe.
    fn frames(&self, choice: &ChoiceLine, is_second: bool, stripe: [f64; 2]) -> Vec<Rectangle> {
        let scale = f64::from(self.size[1]) / REFERENCE_HEIGHT_PX;
        let thick = (0.5 * (stripe[1] - stripe[0]) * scale).round().max(1.0) as i32;
        let [width, height] = self.size.map(i32::from);
        let desktop = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        let visible = self.targets.iter();
        let visible = visible.filter_map(|target| target.rect.cut_to(&desktop));
        let own = visible.filter(|rect| choice.is_second(rect.middle()) == is_second);
        own.flat_map(|rect| frame(&rect, thick)).collect()
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

/// Corners of a stripe across the desktop.
fn corners(choice: &ChoiceLine, stripe: [f64; 2], [width, height]: [u16; 2]) -> [Point; 4] {
    let (sin, cos) = choice.normal_rad.sin_cos();
    let scale = f64::from(height) / REFERENCE_HEIGHT_PX;
    let middle = [f64::from(width) / 2.0, f64::from(height) / 2.0];
    // Long enough to cross the desktop at any angle, from the point of the line that is nearest to the centre.
    let reach = middle[0].hypot(middle[1]) + 50.0;
    let along = middle[1] * cos - middle[0] * sin;
    let point = |beside: f64, along: f64| {
        let off = choice.offset_px + beside * scale;
        Point {
            x: (off * cos - along * sin).round() as i16,
            y: (off * sin + along * cos).round() as i16,
        }
    };
    let [from, to] = stripe;
    [
        point(from, along - reach),
        point(to, along - reach),
        point(to, along + reach),
        point(from, along + reach),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_lie_on_their_classes_sides_and_cross_the_desktop() {
        for normal_rad in [-1.5, -0.7, 0.0, 0.4, 1.57] {
            let (sin, cos) = f64::sin_cos(normal_rad);
            let offset_px = 640.0 * cos + 400.0 * sin + 30.0;
            let choice = ChoiceLine {
                normal_rad,
                offset_px,
            };
            for (second, stripe) in STRIPES.into_iter().enumerate() {
                let corners = corners(&choice, stripe, [1280, 800]);
                for corner in corners {
                    let at = [corner.x, corner.y].map(f64::from);
                    let far = at[0] * cos + at[1] * sin - offset_px;
                    assert!(far.abs() < 10.0);
                    assert!(far.abs() < 1.0 || choice.is_second(at) == (second == 1));
                    let outside = !(0.0..1280.0).contains(&at[0]) || !(0.0..800.0).contains(&at[1]);
                    assert!(outside, "{at:?}");
                }
            }
        }
    }
}
