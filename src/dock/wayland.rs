//! A Wayland compositor with surfaces above all windows. Two surfaces: the one that is seen, exactly at the edge of the screen so that its place
//! is known, and one of a pixel that keeps the place free of windows.

use super::{DOCK_NAME, Dock, DockError, DockEvent};
use crate::rect::{Edge, Rect};
use crate::wayland::{Client, Event, Layer, LayerPlace, Picture, Shell, WaylandError, pictures};
use std::os::fd::BorrowedFd;
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_pointer::WlPointer;
use wayland_client::protocol::wl_seat::WlSeat;

/// Numbers of the surfaces.
const SEEN: u32 = 1;
const KEEPER: u32 = 2;
/// A compositor that does not let us draw after this many answers will not.
const ANSWERS: usize = 50;

/// The surfaces.
pub(super) struct LayerDock {
    client: Client,
    seat: WlSeat,
    pointer: Option<WlPointer>,
    edge: Edge,
    output: WlOutput,
    screen: Rect,
    thickness: i32,
    seen: Layer,
    keeper: Layer,
    is_drawable: bool,
    /// A transparent pixel.
    nothing: WlBuffer,
    /// What is shown.
    shown: Option<WlBuffer>,
    rect: Rect,
}

impl LayerDock {
    /// Connects, and shows the surfaces.
    ///
    /// # Errors
    /// [`DockError`] if the compositor has no surfaces above windows.
    pub(super) fn open(edge: Edge, thickness: i32) -> Result<Self, DockError> {
        Self::made(edge, thickness).map_err(refused)
    }

    fn made(edge: Edge, thickness: i32) -> Result<Self, WaylandError> {
        let client = Client::connect()?;
        let shell = Shell::open(&client)?;
        let seat: WlSeat = client.bind(5)?;
        let nothing = pictures(&client, &[Picture::plain([1, 1], 0)])?.remove(0);
        let main = client.outputs().next().ok_or(WaylandError::NoScreen)?;
        let (output, screen) = (main.output.clone(), main.rect);
        let rect = edge.strip(&screen, thickness);
        let handle = client.handle();
        let size = size(edge, &rect);
        let (seen, kept) = (
            LayerPlace::Edge { edge, size },
            LayerPlace::Kept { edge, thickness },
        );
        let [seen, keeper] = [(SEEN, seen), (KEEPER, kept)]
            .map(|(number, place)| shell.layer(&handle, (number, DOCK_NAME), &output, place));
        let mut dock = Self {
            client,
            seat,
            pointer: None,
            edge,
            output,
            screen,
            thickness,
            seen,
            keeper,
            is_drawable: false,
            nothing,
            shown: None,
            rect,
        };
        dock.wait()?;
        Ok(dock)
    }

    /// Waits until the surfaces can be drawn.
    fn wait(&mut self) -> Result<(), WaylandError> {
        let mut events = Vec::new();
        for _ in 0..ANSWERS {
            self.client.answer()?;
            self.client.sort_out(|event| {
                events.push(event);
                false
            });
            for event in events.drain(..) {
                self.note(event);
            }
            if self.is_drawable {
                return Ok(());
            }
        }
        Err(WaylandError::NoScreen)
    }

    /// The screen may have another size than before.
    fn follow_screen(&mut self) {
        let mut outputs = self.client.outputs();
        let own = outputs.find(|screen| screen.output == self.output);
        if let Some(screen) = own.map(|screen| screen.rect) {
            self.screen = screen;
            self.rect = self.edge.strip(&screen, self.thickness);
        }
    }

    /// Takes note of an event. Returns it if others must know it.
    fn note(&mut self, event: Event) -> Option<DockEvent> {
        match event {
            Event::Configured(SEEN, _) => {
                self.is_drawable = true;
                self.follow_screen();
                return Some(DockEvent::Exposed);
            }
            Event::Configured(KEEPER, _) => {
                self.keeper.surface.attach(Some(&self.nothing), 0, 0);
                self.keeper.surface.commit();
            }
            Event::Closed(SEEN) => return Some(DockEvent::Closed),
            Event::HasPointer(true) if self.pointer.is_none() => {
                self.pointer = Some(self.seat.get_pointer(&self.client.handle(), ()));
            }
            Event::HasPointer(false) => {
                if let Some(pointer) = self.pointer.take() {
                    pointer.release();
                }
            }
            Event::Pointer(place) => return Some(DockEvent::Pointer(place)),
            Event::Left => return Some(DockEvent::Left),
            Event::Button(is_down) => return Some(DockEvent::Button { is_down, at: None }),
            _ => {}
        }
        None
    }
}

/// Width and height that the surface asks for; 0 is as long as the edge.
fn size(edge: Edge, rect: &Rect) -> [u32; 2] {
    let [width, height] = [rect.width, rect.height].map(i32::unsigned_abs);
    if edge.is_upright() {
        [width, 0]
    } else {
        [0, height]
    }
}

impl Dock for LayerDock {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn screen(&self) -> Rect {
        self.screen
    }

    fn set_thickness(&mut self, thickness: i32) -> Result<(), DockError> {
        self.thickness = thickness;
        let rect = self.edge.strip(&self.screen, thickness);
        if std::mem::replace(&mut self.rect, rect) == rect {
            return Ok(());
        }
        // The same surfaces: new ones would lie above tags.
        self.seen.resize(size(self.edge, &rect));
        self.keeper.keep_free(thickness);
        self.is_drawable = false;
        self.client.flush().map_err(refused)
    }

    fn show(&mut self, pixels: &[u32]) -> Result<(), DockError> {
        if !self.is_drawable {
            return Ok(());
        }
        let [width, height] = [self.rect.width, self.rect.height];
        let picture = Picture {
            width: width.unsigned_abs(),
            height: height.unsigned_abs(),
            pixels: pixels.to_vec(),
        };
        let drawn = pictures(&self.client, &[picture]).map_err(refused)?;
        let surface = &self.seen.surface;
        surface.attach(drawn.first(), 0, 0);
        surface.damage_buffer(0, 0, width, height);
        surface.commit();
        if let Some(before) = std::mem::replace(&mut self.shown, drawn.into_iter().next()) {
            before.destroy();
        }
        self.client.flush().map_err(refused)
    }

    fn look_after(&mut self) -> Result<(), DockError> {
        // It lies above full screens anyway.
        self.follow_screen();
        Ok(())
    }

    fn event(&mut self) -> Result<Option<DockEvent>, DockError> {
        while let Some(event) = self.client.event().map_err(refused)? {
            if let Some(event) = self.note(event) {
                self.client.flush().map_err(refused)?;
                return Ok(Some(event));
            }
        }
        self.client.flush().map_err(refused)?;
        Ok(None)
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.client.fd()
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: WaylandError) -> DockError {
    DockError(error.to_string())
}
