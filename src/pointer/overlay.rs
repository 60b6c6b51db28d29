//! A small sign beside the pointer of an X server: what the driver is doing, how far dwelling is, which kind the next click is.
//!
//! No click and no focus ever reaches it: its input region is empty, and the window manager does not know it. Its form is cut
//! out (SHAPE), so that no compositor is needed.

use super::PointerError;
use crate::control::{ClickKind, State};
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    Arc, ChangeGCAux, ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, EventMask, Gcontext, JoinStyle, Pixmap, Rectangle, Screen, Segment, StackMode,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT};

/// What the sign says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Badge {
    /// What the driver is doing.
    pub state: State,
    /// Which kind the next click is.
    pub kind: ClickKind,
    /// Share of the dwell time that is over, 0 to 1.
    pub dwell: f64,
}

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008), on black. Each state has a form of its own, too.
const WHITE: [u16; 3] = [255; 3];
const BLACK: [u16; 3] = [0; 3];
const GREY: [u16; 3] = [140; 3];
const GREEN: [u16; 3] = [0, 200, 140];
const ORANGE: [u16; 3] = [230, 159, 0];
const RED: [u16; 3] = [240, 110, 20];
const BLUE: [u16; 3] = [86, 180, 233];
const COLOURS: [[u16; 3]; 7] = [WHITE, BLACK, GREY, GREEN, ORANGE, RED, BLUE];

/// Looks at which nothing came to lie on top of it are not seen: it is raised again after so many of them.
const RAISE_AFTER: u32 = 30;

/// The window, on a connection of its own.
pub struct Overlay {
    connection: RustConnection,
    root: Window,
    depth: u8,
    desktop: [i32; 2],
    window: Window,
    gc: Gcontext,
    /// Of each of [`COLOURS`].
    pixels: Vec<u32>,
    height: u16,
    badge: Option<Badge>,
    place: [i32; 2],
    looks: u32,
}

impl Overlay {
    /// Makes the window; it is not seen yet.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] where the window system refuses such a window.
    pub fn open() -> Result<Self, PointerError> {
        if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
            let cause = "Wayland tells nobody where the pointer is".to_owned();
            return Err(PointerError::Overlay { cause });
        }
        Self::made().map_err(refused)
    }

    fn made() -> Result<Self, Box<dyn Error>> {
        let (connection, number) = x11rb::connect(None)?;
        let roots = &connection.setup().roots;
        let screen: Screen = roots.get(number).ok_or("there is no screen")?.clone();
        // Without it every click near the pointer would be ours.
        connection
            .shape_query_version()?
            .reply()
            .map_err(|_| "this display cannot let clicks through a window")?;
        let (window, gc) = (connection.generate_id()?, connection.generate_id()?);
        let about = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(screen.black_pixel)
            .event_mask(EventMask::NO_EVENT);
        connection.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            screen.root,
            0,
            0,
            1,
            1,
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &about,
        )?;
        connection.change_property8(
            x11rb::protocol::xproto::PropMode::REPLACE,
            window,
            x11rb::protocol::xproto::AtomEnum::WM_NAME,
            x11rb::protocol::xproto::AtomEnum::STRING,
            b"bci-cursor overlay",
        )?;
        let order = ClipOrdering::UNSORTED;
        connection
            .shape_rectangles(SO::SET, SK::INPUT, order, window, 0, 0, &[])?
            .check()?;
        connection.create_gc(
            gc,
            window,
            &CreateGCAux::new()
                .join_style(JoinStyle::ROUND)
                .graphics_exposures(0),
        )?;
        let mut pixels = Vec::new();
        for [red, green, blue] in COLOURS.map(|colour| colour.map(|part| part * 257)) {
            let colour = connection.alloc_color(screen.default_colormap, red, green, blue)?;
            pixels.push(colour.reply()?.pixel);
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

    /// Shows a sign so many pixels high beside where the pointer is now.
    ///
    /// # Errors
    /// [`PointerError::Overlay`] where the display does not answer.
    pub fn show(&mut self, badge: Badge, height: u16) -> Result<(), PointerError> {
        self.shown(badge, height).map_err(refused)
    }

    fn shown(&mut self, badge: Badge, height: u16) -> Result<(), Box<dyn Error>> {
        let pointer = self.connection.query_pointer(self.root)?.reply()?;
        let is_new = height != self.height;
        if is_new {
            self.cut(height)?;
        }
        let place = beside(
            [pointer.root_x.into(), pointer.root_y.into()],
            size(height).map(i32::from),
            self.desktop,
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
        // A hundredth of the ring is not seen.
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

    /// Gives the window its size and its form, and shows it.
    fn cut(&mut self, height: u16) -> Result<(), Box<dyn Error>> {
        let (connection, [width, _]) = (&self.connection, size(height));
        let to = ConfigureWindowAux::new()
            .width(u32::from(width))
            .height(u32::from(height));
        connection.configure_window(self.window, &to)?;
        let (mask, gc) = (connection.generate_id()?, connection.generate_id()?);
        connection.create_pixmap(1, mask, self.window, width, height)?;
        connection.create_gc(gc, mask, &CreateGCAux::new().foreground(0))?;
        let whole = Rectangle {
            x: 0,
            y: 0,
            width,
            height,
        };
        connection.poly_fill_rectangle(mask, gc, &[whole])?;
        connection.change_gc(gc, &ChangeGCAux::new().foreground(1))?;
        pill(connection, mask, gc, 0, width, height)?;
        connection.shape_mask(SO::SET, SK::BOUNDING, self.window, 0, 0, mask)?;
        connection.free_gc(gc)?;
        connection.free_pixmap(mask)?;
        connection.map_window(self.window)?;
        self.height = height;
        Ok(())
    }

    /// Draws beside the screen first: nothing flickers.
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
        // Stays as the window's ground: what was covered is drawn by the server.
        let ground = x11rb::protocol::xproto::ChangeWindowAttributesAux::new();
        connection.change_window_attributes(self.window, &ground.background_pixmap(pixmap))?;
        connection.free_pixmap(pixmap)?;
        connection.clear_area(false, self.window, 0, 0, 0, 0)?;
        Ok(())
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> PointerError {
    PointerError::Overlay {
        cause: error.to_string(),
    }
}

/// Width and height.
fn size(height: u16) -> [u16; 2] {
    [height + height * 4 / 5, height]
}

/// Where the sign goes: right of and below the pointer, on the other side where the desktop ends.
fn beside(pointer: [i32; 2], size: [i32; 2], desktop: [i32; 2]) -> [i32; 2] {
    let gap = size[1] / 2;
    [0, 1].map(|axis| {
        let after = pointer[axis] + gap;
        if after + size[axis] <= desktop[axis] {
            after
        } else {
            (pointer[axis] - gap - size[axis]).max(0)
        }
    })
}

/// A rectangle whose short sides are round, so far from the edge.
fn pill(
    connection: &RustConnection,
    on: Pixmap,
    gc: Gcontext,
    inset: u16,
    width: u16,
    height: u16,
) -> Result<(), Box<dyn Error>> {
    let (across, at) = (height - 2 * inset, i16::try_from(inset)?);
    let end = |x: u16| -> Result<Arc, Box<dyn Error>> {
        Ok(Arc {
            x: i16::try_from(x)?,
            y: at,
            width: across,
            height: across,
            angle1: 0,
            angle2: 360 * 64,
        })
    };
    connection.poly_fill_arc(on, gc, &[end(inset)?, end(width - inset - across)?])?;
    let middle = Rectangle {
        x: i16::try_from(height / 2)?,
        y: at,
        width: width - height,
        height: across,
    };
    connection.poly_fill_rectangle(on, gc, &[middle])?;
    Ok(())
}

/// Draws forms whose places are shares of the sign's height.
struct Brush<'a> {
    overlay: &'a Overlay,
    pixmap: Pixmap,
    height: f64,
}

/// Where the state's form and the mouse have their middle.
const STATE_AT: [f64; 2] = [0.5, 0.5];
const MOUSE_AT: [f64; 2] = [1.27, 0.5];

impl Brush<'_> {
    /// What is drawn from now on; lines are so wide.
    fn colour(&self, colour: [u16; 3], line: f64) -> Result<(), Box<dyn Error>> {
        let place = COLOURS.iter().position(|known| *known == colour);
        let pixel = place.and_then(|place| self.overlay.pixels.get(place));
        let aux = ChangeGCAux::new()
            .foreground(*pixel.ok_or("no such colour")?)
            .line_width(((line * self.height) as u32).max(1));
        self.overlay.connection.change_gc(self.overlay.gc, &aux)?;
        Ok(())
    }

    fn px(&self, share: f64) -> i16 {
        (share * self.height).round() as i16
    }

    fn arc(&self, [x, y]: [f64; 2], radius: f64, share: f64) -> Arc {
        let across = self.px(2.0 * radius).unsigned_abs();
        Arc {
            x: self.px(x - radius),
            y: self.px(y - radius),
            width: across,
            height: across,
            // Clockwise from the top.
            angle1: 90 * 64,
            angle2: -(share * 360.0 * 64.0) as i16,
        }
    }

    fn disc(&self, at: [f64; 2], radius: f64) -> Result<(), Box<dyn Error>> {
        let arc = self.arc(at, radius, 1.0);
        let Overlay { connection, gc, .. } = self.overlay;
        connection.poly_fill_arc(self.pixmap, *gc, &[arc])?;
        Ok(())
    }

    fn circle(&self, at: [f64; 2], radius: f64, share: f64) -> Result<(), Box<dyn Error>> {
        let arc = self.arc(at, radius, share);
        let Overlay { connection, gc, .. } = self.overlay;
        connection.poly_arc(self.pixmap, *gc, &[arc])?;
        Ok(())
    }

    fn bar(&self, at: [f64; 2], [width, height]: [f64; 2]) -> Result<(), Box<dyn Error>> {
        let bar = Rectangle {
            x: self.px(at[0] - width / 2.0),
            y: self.px(at[1] - height / 2.0),
            width: self.px(width).unsigned_abs(),
            height: self.px(height).unsigned_abs(),
        };
        let Overlay { connection, gc, .. } = self.overlay;
        connection.poly_fill_rectangle(self.pixmap, *gc, &[bar])?;
        Ok(())
    }

    fn line(&self, from: [f64; 2], to: [f64; 2]) -> Result<(), Box<dyn Error>> {
        let segment = Segment {
            x1: self.px(from[0]),
            y1: self.px(from[1]),
            x2: self.px(to[0]),
            y2: self.px(to[1]),
        };
        let Overlay { connection, gc, .. } = self.overlay;
        connection.poly_segment(self.pixmap, *gc, &[segment])?;
        Ok(())
    }

    /// How far dwelling is.
    fn ring(&self, share: f64) -> Result<(), Box<dyn Error>> {
        if share <= 0.0 {
            return Ok(());
        }
        self.colour(BLUE, 0.1)?;
        self.circle(STATE_AT, 0.37, share)
    }

    /// Two bars: paused. A ring: at rest. A disc: active. A cross: no signal. An exclamation mark: it holds. Dots: it starts.
    fn state(&self, state: State) -> Result<(), Box<dyn Error>> {
        let [x, y] = STATE_AT;
        match state {
            State::Starting => {
                self.colour(GREY, 0.0)?;
                (-1..=1).try_for_each(|k| self.disc([x + 0.17 * f64::from(k), y], 0.06))
            }
            State::Paused(_) => {
                self.colour(ORANGE, 0.0)?;
                self.bar([x - 0.1, y], [0.1, 0.36])?;
                self.bar([x + 0.1, y], [0.1, 0.36])
            }
            State::Idle => {
                self.colour(WHITE, 0.07)?;
                self.circle(STATE_AT, 0.16, 1.0)
            }
            State::Active => {
                self.colour(GREEN, 0.0)?;
                self.disc(STATE_AT, 0.2)
            }
            State::Hold(_) => {
                self.colour(ORANGE, 0.0)?;
                self.bar([x, y - 0.06], [0.1, 0.24])?;
                self.disc([x, y + 0.17], 0.06)
            }
            State::SignalLost => {
                self.colour(RED, 0.1)?;
                self.line([x - 0.17, y - 0.17], [x + 0.17, y + 0.17])?;
                self.line([x - 0.17, y + 0.17], [x + 0.17, y - 0.17])
            }
        }
    }

    /// A mouse, with the button filled that a click presses.
    fn mouse(&self, kind: ClickKind) -> Result<(), Box<dyn Error>> {
        let [x, y] = MOUSE_AT;
        let (left, right, top, bottom) = (x - 0.19, x + 0.19, y - 0.3, y + 0.3);
        let middle = y - 0.04;
        self.colour(WHITE, 0.0)?;
        self.bar(MOUSE_AT, [0.46, 0.68])?;
        self.colour(BLACK, 0.0)?;
        self.bar(MOUSE_AT, [0.38, 0.6])?;
        self.colour(WHITE, 0.04)?;
        self.line([left, middle], [right, middle])?;
        self.line([x, top], [x, middle])?;
        let button = (top + middle) / 2.0;
        let half = middle - top;
        match kind {
            ClickKind::Left => self.bar([x - 0.095, button], [0.19, half]),
            ClickKind::Right => self.bar([x + 0.095, button], [0.19, half]),
            ClickKind::Middle => self.bar([x, button], [0.14, half]),
            ClickKind::Double => {
                self.bar([x - 0.095, button], [0.19, half])?;
                self.disc([x - 0.08, y + 0.14], 0.05)?;
                self.disc([x + 0.08, y + 0.14], 0.05)
            }
            ClickKind::Drag => {
                self.bar([x - 0.095, button], [0.19, half])?;
                self.line([x - 0.14, y + 0.14], [x + 0.14, y + 0.14])?;
                self.line([x + 0.05, y + 0.05], [x + 0.14, y + 0.14])?;
                self.line([x + 0.05, y + 0.23], [x + 0.14, y + 0.14])
            }
            ClickKind::None => {
                self.colour(RED, 0.07)?;
                self.line([left, bottom], [right, top])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_on_the_desktop_and_off_the_pointer() {
        let (size, desktop) = ([72, 40], [1280, 800]);
        for x in (0..1280).step_by(7) {
            for y in (0..800).step_by(7) {
                let [left, top] = beside([x, y], size, desktop);
                assert!(left >= 0 && left + 72 <= 1280 && top >= 0 && top + 40 <= 800);
                let covers = (left..left + 72).contains(&x) && (top..top + 40).contains(&y);
                assert!(!covers, "{x} {y}");
            }
        }
    }
}
