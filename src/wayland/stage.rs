//! Pictures anywhere above all windows, of which all on one screen change in the same frame.
//!
//! Each screen has one transparent surface of a pixel in its corner. Pictures are subsurfaces of it, and what is requested for them takes effect
//! when that surface is committed.

use super::{Callback, Client, Event, Layer, LayerPlace, Picture, Shell, WaylandError, pictures};
use crate::rect::{Rect, nearest};
use wayland_client::protocol::wl_buffer::WlBuffer;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_client::protocol::wl_subcompositor::WlSubcompositor;
use wayland_client::protocol::wl_subsurface::WlSubsurface;
use wayland_client::protocol::wl_surface::WlSurface;

/// A compositor that does not let us draw after this many answers will not.
const ANSWERS: usize = 50;

/// The surface in the corner of a screen.
struct Corner {
    number: u32,
    rect: Rect,
    layer: Layer,
    is_drawn: bool,
    is_gone: bool,
    /// Its next frame is asked for.
    is_awaited: bool,
}

/// A place for a picture. It is gone when it is dropped.
pub(crate) struct Patch {
    screen: usize,
    surface: WlSurface,
    place: WlSubsurface,
}

impl Patch {
    /// Shows a picture of this size, or nothing.
    pub(crate) fn show(&self, picture: Option<&WlBuffer>, [width, height]: [i32; 2]) {
        self.surface.attach(picture, 0, 0);
        self.surface.damage_buffer(0, 0, width, height);
        self.surface.commit();
    }
}

impl Drop for Patch {
    fn drop(&mut self) {
        self.place.destroy();
        self.surface.destroy();
    }
}

/// All screens.
pub(crate) struct Stage {
    pub(crate) client: Client,
    name: &'static str,
    shell: Shell,
    subcompositor: WlSubcompositor,
    /// The main screen first.
    corners: Vec<Corner>,
    /// A transparent pixel.
    nothing: WlBuffer,
    /// Number of the last surface.
    surfaces: u32,
}

impl Stage {
    /// Connects. `name` says to the compositor what is shown.
    ///
    /// # Errors
    /// [`WaylandError`] if there is no compositor, or it has no surfaces above windows.
    pub(crate) fn open(name: &'static str) -> Result<Self, WaylandError> {
        let client = Client::connect()?;
        let mut stage = Self {
            name,
            shell: Shell::open(&client)?,
            subcompositor: client.bind(1)?,
            corners: Vec::new(),
            nothing: pictures(&client, &[Picture::plain([1, 1], 0)])?.remove(0),
            surfaces: 0,
            client,
        };
        stage.renew()?;
        Ok(stage)
    }

    /// Follows changes of the screens. Patches that were made before must be gone.
    ///
    /// # Errors
    /// [`WaylandError`] if nothing can be drawn on the main screen.
    pub(crate) fn renew(&mut self) -> Result<(), WaylandError> {
        self.corners.clear();
        let screens: Vec<(WlOutput, Rect)> = self
            .client
            .outputs()
            .map(|screen| (screen.output.clone(), screen.rect))
            .collect();
        for (output, rect) in screens {
            self.surfaces += 1;
            let (number, place) = (self.surfaces, LayerPlace::Corner([1, 1]));
            let handle = self.client.handle();
            let layer = self
                .shell
                .layer(&handle, (number, self.name), &output, place);
            self.corners.push(Corner {
                number,
                rect,
                layer,
                is_drawn: false,
                is_gone: false,
                is_awaited: false,
            });
        }
        for _ in 0..ANSWERS {
            self.client.answer()?;
            self.client
                .sort_out(|event| note(&mut self.corners, &self.nothing, event));
            if self
                .corners
                .iter()
                .all(|corner| corner.is_drawn || corner.is_gone)
            {
                break;
            }
        }
        match self.corners.first() {
            Some(main) if main.is_drawn => self.client.flush(),
            _ => Err(WaylandError::NoScreen),
        }
    }

    /// The next event that is not about the surfaces in corners.
    ///
    /// # Errors
    /// [`WaylandError::Lost`].
    pub(crate) fn event(&mut self) -> Result<Option<Event>, WaylandError> {
        while let Some(event) = self.client.event()? {
            if note(&mut self.corners, &self.nothing, event) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// The screens: place, and width of the monitor in millimetres. One whose surface is gone is left out until [`Stage::renew`].
    pub(crate) fn screens(&self) -> impl Iterator<Item = (Rect, u32)> {
        let is_gone = |rect: Rect| {
            let mut corners = self.corners.iter();
            corners.any(|corner| corner.rect == rect && corner.is_gone)
        };
        let screens = self.client.outputs();
        screens
            .filter(move |screen| !is_gone(screen.rect))
            .map(|screen| (screen.rect, screen.width_mm))
    }

    /// Moves a patch to a place on the desktop, on the screen that shows its middle. A patch of another screen is replaced.
    pub(crate) fn put(&mut self, patch: &mut Option<Patch>, at: &Rect) {
        let screen = self.screen_of(at);
        let Some(corner) = self.corners.get(screen) else {
            return;
        };
        if patch.as_ref().is_none_or(|patch| patch.screen != screen) {
            self.surfaces += 1;
            let handle = self.client.handle();
            let surface = self.shell.surface(&handle, self.surfaces);
            let parent = &corner.layer.surface;
            let place = self
                .subcompositor
                .get_subsurface(&surface, parent, &handle, ());
            *patch = Some(Patch {
                screen,
                surface,
                place,
            });
        }
        if let Some(patch) = patch {
            patch.place.set_position(
                at.x.saturating_sub(corner.rect.x),
                at.y.saturating_sub(corner.rect.y),
            );
        }
    }

    /// The screen that shows the middle of a place, or the nearest one.
    fn screen_of(&self, place: &Rect) -> usize {
        let rects = self.corners.iter().map(|corner| &corner.rect);
        nearest(rects, place.middle()).unwrap_or(0)
    }

    /// Lets everything take effect, and brings [`Event::Frame`] once the main screen shows it. `ask` adds requests to that screen's surface.
    /// Returns whether there is a main screen.
    pub(crate) fn commit(&mut self, ask: impl FnOnce(&Client, &WlSurface)) -> bool {
        let mut ask = Some(ask);
        for (number, corner) in self.corners.iter_mut().enumerate() {
            if !corner.is_drawn || corner.is_gone {
                continue;
            }
            let surface = &corner.layer.surface;
            let ask = ask.take_if(|_| number == 0);
            // Without a change, and somebody who waits for the next frame, the compositor would show none.
            surface.attach(Some(&self.nothing), 0, 0);
            surface.damage_buffer(0, 0, 1, 1);
            // A screen that is switched off answers none of these.
            if !std::mem::replace(&mut corner.is_awaited, true) {
                surface.frame(&self.client.handle(), Callback::Frame(corner.number));
            }
            if let Some(ask) = ask {
                ask(&self.client, surface);
            }
            surface.commit();
        }
        ask.is_none()
    }
}

/// Takes note of what happens to the surfaces in corners. Returns whether others must know it.
fn note(corners: &mut [Corner], nothing: &WlBuffer, event: Event) -> bool {
    if let Event::Frame(number) = event {
        let mut corners = corners.iter_mut().enumerate();
        let found = corners.find(|(_, corner)| corner.number == number);
        return found.is_some_and(|(place, corner)| {
            corner.is_awaited = false;
            place == 0
        });
    }
    let (Event::Configured(number, _) | Event::Closed(number)) = event else {
        return true;
    };
    let mut corners = corners.iter_mut();
    let Some(corner) = corners.find(|corner| corner.number == number) else {
        return false;
    };
    if event == Event::Closed(number) {
        corner.is_gone = true;
    } else {
        corner.is_drawn = true;
        corner.layer.surface.attach(Some(nothing), 0, 0);
        corner.layer.surface.commit();
    }
    false
}
