//! Reads one pixel of a display again and again.

mod wayland;
mod x11;

use super::PixelChange;
use crate::pointer::in_words;
use crate::printable::printable;
use crate::time::HostNanos;
use std::error::Error;

/// A pixel that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the pixel at {},{} cannot be read: {}", place[0], place[1], printable(cause))]
pub struct PixelError {
    /// Where it is.
    place: [i32; 2],
    /// The system's message.
    cause: String,
}

/// A value of a pixel.
#[derive(Debug, Clone, Copy)]
struct Reading {
    is_bright: bool,
    /// It had the value before this one until then, if that was another.
    from: HostNanos,
    /// When the value had arrived.
    until: HostNanos,
}

/// What reads pixels of a display.
trait PixelReader {
    fn read(&mut self) -> Result<Reading, Box<dyn Error>>;
}

/// Reads a pixel until the given time, as fast as an X server answers, or in each frame of a Wayland compositor. Calls `changed` whenever it
/// turns from dark to bright or back.
///
/// # Errors
/// [`PixelError`] if there is no such pixel.
pub fn watch_pixel(
    place: [i32; 2],
    until: HostNanos,
    changed: impl FnMut(PixelChange),
) -> Result<(), PixelError> {
    watch(place, until, changed).map_err(|error| PixelError {
        place,
        cause: in_words(error.as_ref()),
    })
}

fn watch(
    place: [i32; 2],
    until: HostNanos,
    mut changed: impl FnMut(PixelChange),
) -> Result<(), Box<dyn Error>> {
    let mut reader: Box<dyn PixelReader> = if crate::wayland::has_compositor() {
        Box::new(wayland::Screencopy::open(place)?)
    } else {
        Box::new(x11::ServerPixel::open(place)?)
    };
    let mut last = None;
    loop {
        let reading = reader.read()?;
        if reading.until >= until {
            return Ok(());
        }
        if last.is_some_and(|was_bright| was_bright != reading.is_bright) {
            changed(PixelChange {
                is_rise: reading.is_bright,
                after: reading.from,
                before: reading.until,
            });
        }
        last = Some(reading.is_bright);
    }
}

/// Whether a pixel is bright, by its four bytes: the brightest of the colours counts, and the byte that is not used does not.
fn is_bright(bytes: &[u8]) -> bool {
    bytes.iter().take(3).copied().max().unwrap_or(0) >= 128
}
