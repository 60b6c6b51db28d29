//! Draws the shapes of the badge.

use crate::pointer::overlay::shapes::{Brush, COLOURS};
use std::error::Error;
use x11rb::protocol::xproto::{
    Arc, ChangeGCAux, ConnectionExt as _, Gcontext, Pixmap, Rectangle, Segment,
};
use x11rb::rust_connection::RustConnection;

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

/// Draws on a pixmap of the badge.
pub(super) struct XBrush<'a> {
    pub(super) connection: &'a RustConnection,
    pub(super) gc: Gcontext,
    /// The pixel value of each of [`COLOURS`].
    pub(super) pixels: &'a [u32],
    pub(super) pixmap: Pixmap,
    pub(super) height: f64,
}

impl XBrush<'_> {
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
}

impl Brush for XBrush<'_> {
    type Error = Box<dyn Error>;

    fn colour(&mut self, colour: [u8; 3], line: f64) -> Result<(), Box<dyn Error>> {
        let place = COLOURS.iter().position(|known| *known == colour);
        let pixel = place.and_then(|place| self.pixels.get(place));
        let aux = ChangeGCAux::new()
            .foreground(*pixel.ok_or("no such colour")?)
            .line_width(((line * self.height) as u32).max(1));
        self.connection.change_gc(self.gc, &aux)?;
        Ok(())
    }

    fn disc(&mut self, at: [f64; 2], radius: f64) -> Result<(), Box<dyn Error>> {
        let arc = self.arc(at, radius, 1.0);
        self.connection
            .poly_fill_arc(self.pixmap, self.gc, &[arc])?;
        Ok(())
    }

    fn circle(&mut self, at: [f64; 2], radius: f64, share: f64) -> Result<(), Box<dyn Error>> {
        let arc = self.arc(at, radius, share);
        self.connection.poly_arc(self.pixmap, self.gc, &[arc])?;
        Ok(())
    }

    fn bar(&mut self, at: [f64; 2], [width, height]: [f64; 2]) -> Result<(), Box<dyn Error>> {
        let bar = Rectangle {
            x: self.px(at[0] - width / 2.0),
            y: self.px(at[1] - height / 2.0),
            width: self.px(width).unsigned_abs(),
            height: self.px(height).unsigned_abs(),
        };
        self.connection
            .poly_fill_rectangle(self.pixmap, self.gc, &[bar])?;
        Ok(())
    }

    fn line(&mut self, from: [f64; 2], to: [f64; 2]) -> Result<(), Box<dyn Error>> {
        let segment = Segment {
            x1: self.px(from[0]),
            y1: self.px(from[1]),
            x2: self.px(to[0]),
            y2: self.px(to[1]),
        };
        self.connection
            .poly_segment(self.pixmap, self.gc, &[segment])?;
        Ok(())
    }
}
