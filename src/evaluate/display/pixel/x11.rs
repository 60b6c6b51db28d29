//! A pixel of an X server.

use super::{PixelReader, Reading, is_bright};
use crate::system::clock;
use crate::time::HostNanos;
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

pub(super) struct ServerPixel {
    connection: RustConnection,
    root: Window,
    place: [i16; 2],
    /// When the value before was asked for.
    asked: HostNanos,
}

impl ServerPixel {
    pub(super) fn open([x, y]: [i32; 2]) -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots.get(screen);
        Ok(Self {
            root: root.ok_or("there is no screen")?.root,
            connection,
            place: [i16::try_from(x)?, i16::try_from(y)?],
            asked: clock::now(),
        })
    }
}

impl PixelReader for ServerPixel {
    fn read(&mut self) -> Result<Reading, Box<dyn Error>> {
        let from = std::mem::replace(&mut self.asked, clock::now());
        let [x, y] = self.place;
        let (form, root) = (ImageFormat::Z_PIXMAP, self.root);
        let image = self
            .connection
            .get_image(form, root, x, y, 1, 1, u32::MAX)?;
        let data = image.reply()?.data;
        Ok(Reading {
            is_bright: is_bright(&data),
            from,
            until: clock::now(),
        })
    }
}
