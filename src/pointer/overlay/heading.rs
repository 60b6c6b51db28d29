//! An arrow at the pointer that shows the heading in mode `steer`. It is white with a black edge, so that it is visible
//! on any background. Clicks go through it.

use super::pane::{connect, name, pane, shape};
use super::{PointerError, RAISE_AFTER, refused};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CoordMode, Point, PolyShape, StackMode, Window,
};
use x11rb::rust_connection::RustConnection;

/// Where the arrow starts and ends (distance from the pointer), the length of its head, and half the widths of shaft
/// and head, all as fractions of the badge's height.
const FROM: f64 = 0.5;
pub(super) const TO: f64 = 1.25;
const HEAD: f64 = 0.4;
const HALF_SHAFT: f64 = 0.07;
const HALF_HEAD: f64 = 0.24;
/// Width of the edge.
const EDGE: f64 = 0.06;

/// Two windows, edge and arrow, on their own connection.
pub struct HeadingArrow {
    connection: RustConnection,
    root: Window,
    /// The edge is below the arrow.
    windows: [Window; 2],
    /// The heading in whole degrees and the badge's height that are shown.
    shown: Option<(i32, u16)>,
    place: [i32; 2],
    looks: u32,
}

impl HeadingArrow {
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
        let edge = pane(&connection, screen.root, [1, 1], screen.black_pixel)?;
        let arrow = pane(&connection, screen.root, [1, 1], screen.white_pixel)?;
        Ok(Self {
            connection,
            root: screen.root,
            windows: [edge, arrow],
            shown: None,
            place: [i32::MIN; 2],
            looks: 0,
        })
    }

    /// Shows the heading (radians clockwise from the right) at the pointer, sized for a badge of the given height in
    /// pixels.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the display does not answer.
    pub fn show(&mut self, heading_rad: f64, height: u16) -> Result<(), PointerError> {
        self.draw(heading_rad, height).map_err(refused)
    }

    fn draw(&mut self, heading_rad: f64, height: u16) -> Result<(), Box<dyn Error>> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let reach = reach_px(height);
        let place = [pointer.root_x, pointer.root_y].map(|at| i32::from(at) - i32::from(reach));
        let degrees = heading_rad.to_degrees().round() as i32;
        let is_new = self.shown != Some((degrees, height));
        self.looks += 1;
        if is_new {
            self.cut(f64::from(degrees).to_radians(), height, reach)?;
            // A window name, for screen readers.
            let words = format!("bci-cursor heading {} degrees", degrees.rem_euclid(360));
            name(&self.connection, self.windows[1], &words)?;
        }
        if is_new || place != self.place || self.looks.is_multiple_of(RAISE_AFTER) {
            let to = ConfigureWindowAux::new()
                .x(place[0])
                .y(place[1])
                .stack_mode(StackMode::ABOVE);
            for window in self.windows {
                self.connection.configure_window(window, &to)?;
            }
        }
        if self.shown.is_none() {
            for window in self.windows {
                self.connection.map_window(window)?;
            }
        }
        (self.shown, self.place) = (Some((degrees, height)), place);
        self.connection.flush()?;
        Ok(())
    }

    /// Sets the size and shape of both windows.
    fn cut(&self, heading_rad: f64, height: u16, reach: u16) -> Result<(), Box<dyn Error>> {
        let (connection, side) = (&self.connection, 2 * reach);
        let to = ConfigureWindowAux::new()
            .width(u32::from(side))
            .height(u32::from(side));
        for (window, edge) in self.windows.into_iter().zip([EDGE, 0.0]) {
            connection.configure_window(window, &to)?;
            let corners = corners(heading_rad, f64::from(height), edge);
            let corners = corners.map(|[x, y]| Point {
                x: (f64::from(reach) + x).round() as i16,
                y: (f64::from(reach) + y).round() as i16,
            });
            shape(connection, window, [side, side], |mask, gc| {
                let form = PolyShape::COMPLEX;
                connection.fill_poly(mask, gc, form, CoordMode::ORIGIN, &corners)?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Half the side length of the windows, pixels.
fn reach_px(height: u16) -> u16 {
    ((TO + 3.0 * EDGE) * f64::from(height)).ceil() as u16
}

/// Corners of the arrow around the pointer, made wider by `edge`; pixels to the right and down.
fn corners(heading_rad: f64, height: f64, edge: f64) -> [[f64; 2]; 7] {
    let (sin, cos) = heading_rad.sin_cos();
    let point = |along: f64, across: f64| {
        [along * cos - across * sin, along * sin + across * cos].map(|at| at * height)
    };
    let (shaft, head) = (HALF_SHAFT + edge, HALF_HEAD + 1.5 * edge);
    let neck = TO - HEAD - edge;
    [
        point(FROM - edge, -shaft),
        point(neck, -shaft),
        point(neck, -head),
        point(TO + 2.0 * edge, 0.0),
        point(neck, head),
        point(neck, shaft),
        point(FROM - edge, shaft),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrow_points_ahead_and_stays_in_its_window() {
        for (degrees, ahead) in [(0, [1.0, 0.0]), (90, [0.0, 1.0]), (180, [-1.0, 0.0])] {
            let heading_rad = f64::from(degrees).to_radians();
            let tip = corners(heading_rad, 40.0, 0.0)[3];
            for axis in [0, 1] {
                assert!(
                    (tip[axis] - TO * 40.0 * ahead[axis]).abs() < 1e-9,
                    "{tip:?}"
                );
            }
            let reach = f64::from(reach_px(40));
            let far = corners(heading_rad, 40.0, EDGE);
            assert!(far.iter().flatten().all(|at| at.abs() <= reach), "{far:?}");
        }
    }
}
