//! A pixel of a Wayland compositor (wlr-screencopy-unstable-v1), which hands over one picture in each of its frames.

use super::{PixelReader, Reading, is_bright};
use crate::rect::Rect;
use crate::system::clock;
use crate::wayland::{Client, Event, WaylandError};
use std::error::Error;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_shm::WlShm;
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

/// A compositor that shows no frame for this long has stalled, nanoseconds.
const STALLED_NS: i64 = 2_000_000_000;

pub(super) struct Screencopy {
    client: Client,
    manager: ZwlrScreencopyManagerV1,
    output: WlOutput,
    /// The place on the output.
    place: [i32; 2],
    /// Where the compositor copies to, once it has said how much it copies.
    copy: Option<(File, WlBuffer)>,
}

impl Screencopy {
    pub(super) fn open(place: [i32; 2]) -> Result<Self, Box<dyn Error>> {
        let client = Client::connect()?;
        let is_here = |rect: &Rect| rect.contains(place);
        let screen = client.outputs().find(|screen| is_here(&screen.rect));
        let screen = screen.ok_or("it is on no screen")?;
        Ok(Self {
            output: screen.output.clone(),
            place: [place[0] - screen.rect.x, place[1] - screen.rect.y],
            manager: client.bind(1)?,
            copy: None,
            client,
        })
    }

    /// Memory for a picture of this form.
    fn memory(
        &self,
        size: [u32; 2],
        row: u32,
        form: u32,
    ) -> Result<(File, WlBuffer), Box<dyn Error>> {
        let form = wayland_client::protocol::wl_shm::Format::try_from(form);
        let form = form.map_err(|()| "its pixels have an unknown form")?;
        let [width, height, row] = [size[0], size[1], row].map(|px| px.min(1 << 14) as i32);
        let file = tempfile::tempfile()?;
        file.set_len((row * height) as u64)?;
        let (shm, handle) = (self.client.bind::<WlShm>(1)?, self.client.handle());
        let pool = shm.create_pool(file.as_fd(), row * height, &handle, ());
        let buffer = pool.create_buffer(0, width, height, row, form, &handle, ());
        pool.destroy();
        Ok((file, buffer))
    }
}

impl PixelReader for Screencopy {
    fn read(&mut self) -> Result<Reading, Box<dyn Error>> {
        let asked = clock::now();
        let ([x, y], handle) = (self.place, self.client.handle());
        let frame = self
            .manager
            .capture_output_region(0, &self.output, x, y, 1, 1, &handle, ());
        let shown = loop {
            self.client.flush()?;
            match self.client.event()? {
                Some(Event::CopyNeeds { size, row, form }) => {
                    if self.copy.is_none() {
                        self.copy = Some(self.memory(size, row, form)?);
                    }
                    if let Some((_, buffer)) = &self.copy {
                        frame.copy(buffer);
                    }
                }
                Some(Event::Copied { at_us }) => break clock::of_monotonic_us(at_us),
                Some(Event::NotCopied) => return Err("the compositor refuses to copy it".into()),
                Some(_) => {}
                None if clock::now().since(asked) > STALLED_NS.unsigned_abs() => {
                    return Err(Box::new(WaylandError::Silent));
                }
                None => self.client.receive(STALLED_NS)?,
            }
        };
        frame.destroy();
        let mut bytes = [0; 4];
        if let Some((file, _)) = &self.copy {
            file.read_exact_at(&mut bytes, 0)?;
        }
        let until = clock::now();
        Ok(Reading {
            is_bright: is_bright(&bytes),
            // The picture is of the first frame after it was asked for, and the one before it was read as well.
            from: shown.clamp(asked, until),
            until,
        })
    }
}
