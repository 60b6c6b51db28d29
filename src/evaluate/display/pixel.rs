//! Reads one pixel of an X server again and again.

use super::PixelChange;
use crate::pointer::in_words;
use crate::printable::printable;
use crate::system::clock;
use crate::time::HostNanos;
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

/// A pixel that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the pixel at {},{} cannot be read: {}", place[0], place[1], printable(cause))]
pub struct PixelError {
    /// Where it is.
    place: [i16; 2],
    /// The system's message.
    cause: String,
}

/// Reads a pixel as fast as the server answers until the given time, and calls `changed` whenever it turns from dark to
/// bright or back.
///
/// # Errors
/// [`PixelError`] if there is no such pixel.
pub fn watch_pixel(
    place: [i16; 2],
    until: HostNanos,
    changed: impl FnMut(PixelChange),
) -> Result<(), PixelError> {
    watch(place, until, changed).map_err(|error| PixelError {
        place,
        cause: in_words(error.as_ref()),
    })
}

fn watch(
    [x, y]: [i16; 2],
    until: HostNanos,
    mut changed: impl FnMut(PixelChange),
) -> Result<(), Box<dyn Error>> {
    let (connection, screen) = x11rb::connect(None)?;
    let root = connection.setup().roots.get(screen);
    let root = root.ok_or("there is no screen")?.root;
    let mut last: Option<(bool, HostNanos)> = None;
    loop {
        let asked = clock::now();
        if asked >= until {
            return Ok(());
        }
        let image = connection.get_image(ImageFormat::Z_PIXMAP, root, x, y, 1, 1, u32::MAX)?;
        let data = image.reply()?.data;
        let answered = clock::now();
        // The brightest of the colours, without the byte that is not used.
        let light = data.iter().take(3).copied().max().unwrap_or(0);
        let is_bright = light >= 128;
        if let Some((was_bright, before)) = last
            && was_bright != is_bright
        {
            changed(PixelChange {
                is_rise: is_bright,
                after: before,
                before: answered,
            });
        }
        last = Some((is_bright, asked));
    }
}
