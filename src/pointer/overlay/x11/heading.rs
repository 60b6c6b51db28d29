//! An arrow at the pointer that shows the heading in mode `steer`. It is white with a black edge, so that it is visible on any background.

use super::pane::{connect, name, pane, shape};
use super::{PointerError, RAISE_AFTER, refused};
use crate::pointer::overlay::geometry::{EDGE, arrow, reach_px};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CoordMode, Point, PolyShape, StackMode, Window,
};
use x11rb::rust_connection::RustConnection;

/// Two windows, edge and arrow, on their own connection.
pub(super) struct HeadingArrow {
    connection: RustConnection,
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
    pub(super) fn open() -> Result<Self, PointerError> {
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let edge = pane(&connection, screen.root, [1, 1], screen.black_pixel)?;
        let inner = pane(&connection, screen.root, [1, 1], screen.white_pixel)?;
        Ok(Self {
            connection,
            windows: [edge, inner],
            shown: None,
            place: [i32::MIN; 2],
            looks: 0,
        })
    }

    pub(super) fn show(
        &mut self,
        heading_rad: f64,
        height: u16,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        self.draw(heading_rad, height, pointer).map_err(refused)
    }

    fn draw(
        &mut self,
        heading_rad: f64,
        height: u16,
        pointer: [i32; 2],
    ) -> Result<(), Box<dyn Error>> {
        let reach = reach_px(height);
        let place = pointer.map(|at| at - i32::from(reach));
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
            let corners = arrow(heading_rad, f64::from(height), edge);
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
