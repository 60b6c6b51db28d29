//! Draws the shapes on the badge.

use super::Overlay;
use crate::control::{ClickKind, State};
use std::error::Error;
use x11rb::protocol::xproto::{
    Arc, ChangeGCAux, ConnectionExt as _, Gcontext, Pixmap, Rectangle, Segment,
};
use x11rb::rust_connection::RustConnection;

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008), on black. Each state also has its own shape.
pub(super) const WHITE: [u16; 3] = [255; 3];
pub(super) const BLACK: [u16; 3] = [0; 3];
const GREY: [u16; 3] = [140; 3];
const GREEN: [u16; 3] = [0, 200, 140];
pub(super) const ORANGE: [u16; 3] = [230, 159, 0];
const RED: [u16; 3] = [240, 110, 20];
pub(super) const BLUE: [u16; 3] = [86, 180, 233];
pub(super) const COLOURS: [[u16; 3]; 7] = [WHITE, BLACK, GREY, GREEN, ORANGE, RED, BLUE];

/// Draws a rectangle with round short sides, `inset` pixels from the edge of the badge.
pub(super) fn pill(
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

/// Draws shapes. Positions and sizes are fractions of the badge's height.
pub(super) struct Brush<'a> {
    pub(super) overlay: &'a Overlay,
    pub(super) pixmap: Pixmap,
    pub(super) height: f64,
}

/// The centres of the state's shape and of the mouse.
const STATE_AT: [f64; 2] = [0.5, 0.5];
const MOUSE_AT: [f64; 2] = [1.27, 0.5];

impl Brush<'_> {
    /// Sets the colour and the line width of what is drawn next.
    pub(super) fn colour(&self, colour: [u16; 3], line: f64) -> Result<(), Box<dyn Error>> {
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

    /// Draws how far dwelling has progressed, `share` from 0 to 1.
    pub(super) fn ring(&self, share: f64) -> Result<(), Box<dyn Error>> {
        if share <= 0.0 {
            return Ok(());
        }
        self.colour(BLUE, 0.1)?;
        self.circle(STATE_AT, 0.37, share)
    }

    /// Draws the state. Two bars: paused. A ring: at rest. A disc: active. A cross: no signal. An exclamation mark: on
    /// hold. Dots: starting.
    pub(super) fn state(&self, state: State) -> Result<(), Box<dyn Error>> {
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

    /// Draws a mouse, with the button filled that a click presses.
    pub(super) fn mouse(&self, kind: ClickKind) -> Result<(), Box<dyn Error>> {
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
