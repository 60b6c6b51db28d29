//! A badge next to the pointer of an X server: the driver's state, the progress of dwelling, and the kind of the next
//! click.
//!
//! It never receives a click or the focus: its input region is empty, and the window manager does not manage it. Its
//! shape is cut out with SHAPE, so it needs no compositor.

mod brush;
mod chosen;
mod heading;
mod line;
pub(crate) mod pane;

pub use chosen::ChosenFrame;
pub use heading::HeadingArrow;
pub use line::ChoiceOverlay;

use super::PointerError;
use super::x11::in_words;
use crate::control::{ClickKind, State};
use brush::{BLACK, Brush, COLOURS, WHITE, pill};
use pane::{connect, name, pane, pixel, shape};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateGCAux, Gcontext, JoinStyle, StackMode, Window,
};
use x11rb::rust_connection::RustConnection;

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

/// We do not learn when another window covers the badge, so it is raised again after this many updates.
const RAISE_AFTER: u32 = 30;

/// The window, on its own connection.
pub struct Overlay {
    connection: RustConnection,
    root: Window,
    depth: u8,
    desktop: [i32; 2],
    window: Window,
    gc: Gcontext,
    /// The pixel value of each of [`COLOURS`].
    pixels: Vec<u32>,
    height: u16,
    badge: Option<Badge>,
    place: [i32; 2],
    looks: u32,
}

impl Overlay {
    /// Creates the window, still invisible.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the window system refuses such a window.
    pub fn open() -> Result<Self, PointerError> {
        refuse_wayland()?;
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
            pixels.push(pixel(&connection, &screen, colour)?);
        }
        Ok(Self {
            root: screen.root,
            depth: screen.root_depth,
            desktop: [screen.width_in_pixels, screen.height_in_pixels].map(i32::from),
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

    /// Shows a badge of the given height in pixels next to the pointer.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] if the display does not answer.
    pub fn show(&mut self, badge: Badge, height: u16) -> Result<(), PointerError> {
        self.update(badge, height).map_err(refused)
    }

    fn update(&mut self, badge: Badge, height: u16) -> Result<(), Box<dyn Error>> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let is_new = height != self.height;
        if is_new {
            self.cut(height)?;
        }
        let place = beside(
            [pointer.root_x.into(), pointer.root_y.into()],
            size(height).map(i32::from),
            self.desktop,
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
        let brush = Brush {
            overlay: self,
            pixmap,
            height: f64::from(height),
        };
        let edge = (height / 16).max(1);
        brush.colour(WHITE, 0.0)?;
        pill(connection, pixmap, self.gc, 0, width, height)?;
        brush.colour(BLACK, 0.0)?;
        pill(connection, pixmap, self.gc, edge, width, height)?;
        brush.ring(badge.dwell)?;
        brush.state(badge.state)?;
        brush.mouse(badge.kind)?;
        // The pixmap becomes the window's background, so the server itself redraws parts that were covered.
        let ground = x11rb::protocol::xproto::ChangeWindowAttributesAux::new();
        connection.change_window_attributes(self.window, &ground.background_pixmap(pixmap))?;
        connection.free_pixmap(pixmap)?;
        connection.clear_area(false, self.window, 0, 0, 0, 0)?;
        Ok(())
    }
}

fn refuse_wayland() -> Result<(), PointerError> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
        let cause = "Wayland does not tell programs where the pointer is".to_owned();
        return Err(PointerError::Overlay { cause });
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> PointerError {
    PointerError::Overlay {
        cause: in_words(error.as_ref()),
    }
}

/// Width and height of the badge, pixels.
fn size(height: u16) -> [u16; 2] {
    [height + height * 4 / 5, height]
}

/// Distance of the badge from the pointer, sideways and down, pixels.
fn gap(height: u16, has_arrow: bool) -> i32 {
    let reach = if has_arrow { heading::TO } else { 0.5 };
    (reach * f64::from(height)) as i32
}

/// Position of the badge: to the right of and below the pointer, or on the other side at the edge of the desktop.
fn beside(pointer: [i32; 2], size: [i32; 2], desktop: [i32; 2], gap: i32) -> [i32; 2] {
    [0, 1].map(|axis| {
        let after = pointer[axis] + gap;
        if after + size[axis] <= desktop[axis] {
            after
        } else {
            (pointer[axis] - gap - size[axis]).max(0)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_on_the_desktop_and_off_the_pointer() {
        let (size, desktop) = ([72, 40], [1280, 800]);
        for x in (0..1280).step_by(7) {
            for y in (0..800).step_by(7) {
                for gap in [false, true].map(|has_arrow| gap(40, has_arrow)) {
                    let [left, top] = beside([x, y], size, desktop, gap);
                    assert!(left >= 0 && left + 72 <= 1280 && top >= 0 && top + 40 <= 800);
                    let covers = (left..left + 72).contains(&x) && (top..top + 40).contains(&y);
                    assert!(!covers, "{x} {y}");
                }
            }
        }
    }
}
