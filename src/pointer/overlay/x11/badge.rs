//! The badge beside the pointer.

use super::brush::{XBrush, pill};
use super::pane::{connect, name, pane, pixel, shape};
use super::{PointerError, RAISE_AFTER, refused};
use crate::control::Rect;
use crate::pointer::overlay::Badge;
use crate::pointer::overlay::geometry::{beside, gap, size};
use crate::pointer::overlay::shapes::{BLACK, Brush, COLOURS, WHITE, mouse, ring, state};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateGCAux, Gcontext, JoinStyle, StackMode, Window,
};
use x11rb::rust_connection::RustConnection;

/// The window, on its own connection.
pub(super) struct BadgeWindow {
    connection: RustConnection,
    depth: u8,
    desktop: Rect,
    window: Window,
    gc: Gcontext,
    /// The pixel value of each of [`COLOURS`].
    pixels: Vec<u32>,
    height: u16,
    badge: Option<Badge>,
    place: [i32; 2],
    looks: u32,
}

impl BadgeWindow {
    /// Creates the window, still invisible.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the window system refuses such a window.
    pub(super) fn open() -> Result<Self, PointerError> {
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let window = pane(&connection, screen.root, [1, 1], screen.black_pixel)?;
        name(&connection, window, "bci-cursor overlay")?;
        let gc = connection.generate_id()?;
        connection.create_gc(
            gc,
            window,
            &CreateGCAux::new()
                .join_style(JoinStyle::ROUND)
                .graphics_exposures(0),
        )?;
        let mut pixels = Vec::new();
        for colour in COLOURS {
            pixels.push(pixel(&connection, &screen, colour.map(u16::from))?);
        }
        Ok(Self {
            depth: screen.root_depth,
            desktop: Rect {
                x: 0,
                y: 0,
                width: screen.width_in_pixels.into(),
                height: screen.height_in_pixels.into(),
            },
            connection,
            window,
            gc,
            pixels,
            height: 0,
            badge: None,
            place: [i32::MIN; 2],
            looks: 0,
        })
    }

    pub(super) fn show(
        &mut self,
        badge: Badge,
        height: u16,
        pointer: [i32; 2],
    ) -> Result<(), PointerError> {
        self.update(badge, height, pointer).map_err(refused)
    }

    fn update(
        &mut self,
        badge: Badge,
        height: u16,
        pointer: [i32; 2],
    ) -> Result<(), Box<dyn Error>> {
        let is_new = height != self.height;
        if is_new {
            self.cut(height)?;
        }
        let place = beside(
            pointer,
            size(height).map(i32::from),
            &self.desktop,
            gap(height, badge.has_arrow),
        );
        self.looks += 1;
        if place != self.place || self.looks.is_multiple_of(RAISE_AFTER) {
            let to = ConfigureWindowAux::new()
                .x(place[0])
                .y(place[1])
                .stack_mode(StackMode::ABOVE);
            self.connection.configure_window(self.window, &to)?;
            self.place = place;
        }
        // A change of a hundredth of the ring is not visible.
        let is_other = self.badge.is_none_or(|before| {
            (before.state, before.kind) != (badge.state, badge.kind)
                || (before.dwell - badge.dwell).abs() > 0.01
        });
        if is_new || is_other {
            self.draw(badge)?;
            self.badge = Some(badge);
        }
        self.connection.flush()?;
        Ok(())
    }

    /// Sets the size and shape of the window, and maps it.
    fn cut(&mut self, height: u16) -> Result<(), Box<dyn Error>> {
        let (connection, [width, _]) = (&self.connection, size(height));
        let to = ConfigureWindowAux::new()
            .width(u32::from(width))
            .height(u32::from(height));
        connection.configure_window(self.window, &to)?;
        shape(connection, self.window, size(height), |mask, gc| {
            pill(connection, mask, gc, 0, width, height)
        })?;
        connection.map_window(self.window)?;
        self.height = height;
        Ok(())
    }

    /// Draws into a pixmap first, so that nothing flickers.
    fn draw(&self, badge: Badge) -> Result<(), Box<dyn Error>> {
        let (connection, [width, height]) = (&self.connection, size(self.height));
        let pixmap = connection.generate_id()?;
        connection.create_pixmap(self.depth, pixmap, self.window, width, height)?;
        let mut brush = XBrush {
            connection,
            gc: self.gc,
            pixels: &self.pixels,
            pixmap,
            height: f64::from(height),
        };
        let edge = (height / 16).max(1);
        brush.colour(WHITE, 0.0)?;
        pill(connection, pixmap, self.gc, 0, width, height)?;
        brush.colour(BLACK, 0.0)?;
        pill(connection, pixmap, self.gc, edge, width, height)?;
        ring(&mut brush, badge.dwell)?;
        state(&mut brush, badge.state)?;
        mouse(&mut brush, badge.kind)?;
        // The pixmap becomes the window's background, so the server itself redraws parts that were covered.
        let ground = x11rb::protocol::xproto::ChangeWindowAttributesAux::new();
        connection.change_window_attributes(self.window, &ground.background_pixmap(pixmap))?;
        connection.free_pixmap(pixmap)?;
        connection.clear_area(false, self.window, 0, 0, 0, 0)?;
        Ok(())
    }
}
