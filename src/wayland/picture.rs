//! Pictures in memory that is shared with the compositor. They are drawn once and never change.

use super::{Client, WaylandError};
use crate::rect::Rect;
use rustix::fs::MemfdFlags;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_shm::Format;

/// A picture: red, green, blue and opacity of each pixel, in 32 bits (`0xAARRGGBB`, colours multiplied by opacity), row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<u32>,
}

impl Picture {
    /// A picture of one colour.
    pub(crate) fn plain([width, height]: [u32; 2], pixel: u32) -> Self {
        Self {
            width,
            height,
            pixels: vec![pixel; width as usize * height as usize],
        }
    }

    /// Fills a rectangle, as far as it lies within the picture.
    pub(crate) fn fill(&mut self, rect: &Rect, [red, green, blue]: [u8; 3]) {
        let pixel = u32::from_be_bytes([255, red, green, blue]);
        let within = |from: i32, length: i32, most: u32| {
            let most = i32::try_from(most).unwrap_or(i32::MAX);
            let end = from.saturating_add(length).clamp(0, most);
            from.clamp(0, end) as usize..end as usize
        };
        let columns = within(rect.x, rect.width, self.width);
        for row in within(rect.y, rect.height, self.height) {
            let start = row * self.width as usize;
            self.pixels[start + columns.start..start + columns.end].fill(pixel);
        }
    }
}

/// Places within a pixel, along each axis, at which a shape is looked up.
const SAMPLES: [f64; 3] = [1.0 / 6.0, 0.5, 5.0 / 6.0];

impl Picture {
    /// Paints a shape with smooth edges: `contains` tells whether a place, in pixels, belongs to it.
    pub(crate) fn paint(&mut self, colour: [u8; 3], contains: impl Fn([f64; 2]) -> bool) {
        let places = SAMPLES.len() * SAMPLES.len();
        for (place, pixel) in self.pixels.iter_mut().enumerate() {
            let [x, y] = [place as u32 % self.width, place as u32 / self.width].map(f64::from);
            let columns = |row: f64| SAMPLES.map(|column| contains([x + column, y + row]));
            let covered = SAMPLES
                .map(columns)
                .iter()
                .flatten()
                .filter(|is| **is)
                .count();
            if covered == 0 {
                continue;
            }
            let mixed = |below: u8, above: u8| {
                let sum = usize::from(below) * (places - covered) + usize::from(above) * covered;
                (sum / places) as u8
            };
            let [alpha, red, green, blue] = pixel.to_be_bytes();
            *pixel = u32::from_be_bytes([
                mixed(alpha, 255),
                mixed(red, colour[0]),
                mixed(green, colour[1]),
                mixed(blue, colour[2]),
            ]);
        }
    }
}

/// A file in memory with these bytes, to be shared with the compositor.
///
/// # Errors
/// [`WaylandError`] if the system refuses the memory.
pub(crate) fn shared_file(bytes: &[u8]) -> Result<File, WaylandError> {
    let refused = |error: io::Error| WaylandError::Memory(error.to_string());
    let memory = rustix::fs::memfd_create("bci-cursor", MemfdFlags::CLOEXEC);
    let mut file = File::from(memory.map_err(|error| refused(error.into()))?);
    file.write_all(bytes).map_err(refused)?;
    Ok(file)
}

/// Hands pictures of one size to the compositor.
///
/// # Errors
/// [`WaylandError`] if the system refuses the memory.
pub(crate) fn pictures(client: &Client, drawn: &[Picture]) -> Result<Vec<WlBuffer>, WaylandError> {
    let pixels: usize = drawn.iter().map(|picture| picture.pixels.len()).sum();
    let size = i32::try_from(4 * pixels);
    let size = size.map_err(|_| WaylandError::Memory("the pictures are too large".into()))?;
    let mut starts = Vec::with_capacity(drawn.len());
    let mut bytes = Vec::with_capacity(4 * pixels);
    for picture in drawn {
        starts.push(bytes.len() as i32);
        let pixels = picture.pixels.iter();
        bytes.extend(pixels.flat_map(|pixel| pixel.to_ne_bytes()));
    }
    let file = shared_file(&bytes)?;
    let (shm, handle) = (client.shm()?, client.handle());
    let pool = shm.create_pool(file.as_fd(), size, &handle, ());
    let buffer = |(picture, start): (&Picture, &i32)| {
        let [width, height] = [picture.width, picture.height].map(|px| px as i32);
        pool.create_buffer(
            *start,
            width,
            height,
            4 * width,
            Format::Argb8888,
            &handle,
            (),
        )
    };
    let buffers = drawn.iter().zip(&starts).map(buffer).collect();
    pool.destroy();
    // The descriptor is sent before the file is closed.
    client.flush()?;
    Ok(buffers)
}
