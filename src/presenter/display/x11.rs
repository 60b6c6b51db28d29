//! The X server: a window for each tag, whose pictures the extension Present shows at given frames.

use super::super::PresenterError;
use super::super::frames::{Completion, NextFrame};
use super::super::picture::{Part, parts};
use super::{Display, DisplayEvent, PlacedTag, TAG_NAME, changes};
use crate::pointer::in_words;
use crate::pointer::pane::{connect, monitors, name, pane, pixel, rectangle};
use crate::stimulus::appearance::{Appearance, STEPS};
use crate::stimulus::placement::Monitor;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::os::fd::{AsFd, BorrowedFd};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::present::{
    CompleteKind, CompleteMode, ConnectionExt as _, EventMask, X11_EXTENSION_NAME,
};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    ChangeGCAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, Pixmap, Rectangle, StackMode,
    Window,
};
use x11rb::rust_connection::RustConnection;

/// A window below another one is raised after this many frames.
const RAISE_AFTER: u64 = 15;

/// A window. It is kept when its tag is gone, for the next one.
#[derive(Debug)]
struct TagWindow {
    window: Window,
    tag: Option<PlacedTag>,
}

/// A connection to the server.
pub(super) struct XServer {
    connection: RustConnection,
    screen: x11rb::protocol::xproto::Screen,
    /// A window that is never shown, to ask for the time.
    clock: Window,
    /// The monitor whose frames count; 0 lets the server choose.
    crtc: randr::Crtc,
    windows: Vec<TagWindow>,
    /// The picture of each step of brightness.
    pictures: Vec<Pixmap>,
    ground: u32,
    side: u16,
}

impl XServer {
    /// Connects.
    ///
    /// # Errors
    /// [`PresenterError`] if it cannot show pictures at given frames.
    pub(super) fn open() -> Result<Self, PresenterError> {
        let (connection, screen) = connect().map_err(refused)?;
        let has_present = connection
            .extension_information(X11_EXTENSION_NAME)
            .is_ok_and(|found| found.is_some());
        if !has_present {
            return Err(PresenterError::NoStamps);
        }
        Self::made(connection, screen).map_err(refused)
    }

    fn made(
        connection: RustConnection,
        screen: x11rb::protocol::xproto::Screen,
    ) -> Result<Self, Box<dyn Error>> {
        connection.present_query_version(1, 0)?.reply()?;
        let clock = pane(&connection, screen.root, [1, 1], screen.black_pixel)?;
        let display = Self {
            crtc: 0,
            clock,
            windows: Vec::new(),
            pictures: Vec::new(),
            ground: screen.black_pixel,
            side: 1,
            connection,
            screen,
        };
        display.listen(clock)?;
        Ok(display)
    }

    /// The main monitor's controller, if there are several: each counts frames by itself, and all tags must follow one.
    fn main_crtc(&self) -> Option<randr::Crtc> {
        let root = self.screen.root;
        let resources = self.connection.randr_get_screen_resources_current(root);
        let resources = resources.ok()?.reply().ok()?;
        let primary = self.connection.randr_get_output_primary(root).ok()?;
        let primary = primary.reply().ok()?.output;
        let (mut lit, mut main) = (Vec::new(), None);
        for crtc in resources.crtcs {
            let about = self
                .connection
                .randr_get_crtc_info(crtc, resources.config_timestamp);
            let about = about.ok()?.reply().ok()?;
            if about.mode != 0 {
                lit.push(crtc);
                if about.outputs.contains(&primary) {
                    main = Some(crtc);
                }
            }
        }
        (lit.len() > 1).then(|| main.or(lit.first().copied()))?
    }

    fn draw_all(&mut self, appearance: &Appearance, side: u16) -> Result<(), Box<dyn Error>> {
        for window in self.windows.drain(..) {
            self.connection.destroy_window(window.window)?;
        }
        for picture in self.pictures.drain(..) {
            self.connection.free_pixmap(picture)?;
        }
        self.side = side;
        let middle = appearance.srgb(STEPS / 2).map(u16::from);
        self.ground = pixel(&self.connection, &self.screen, middle)?;
        self.pictures = self.pictures_of(appearance, side)?;
        self.crtc = self.main_crtc().unwrap_or(0);
        Ok(())
    }

    /// Draws the pictures of a tag, from the darkest to the brightest.
    fn pictures_of(
        &self,
        appearance: &Appearance,
        side: u16,
    ) -> Result<Vec<Pixmap>, Box<dyn Error>> {
        let (connection, screen) = (&self.connection, &self.screen);
        let gc = connection.generate_id()?;
        connection.create_gc(gc, screen.root, &CreateGCAux::new().graphics_exposures(0))?;
        let drawn: Vec<Vec<Part>> = (0..=STEPS)
            .map(|step| parts(appearance, step, side))
            .collect();
        let colours: BTreeSet<[u8; 3]> = drawn.iter().flatten().map(|part| part.colour).collect();
        let pixels = self.pixels(&colours)?;
        let mut pictures = Vec::new();
        for parts in drawn {
            let picture = connection.generate_id()?;
            connection.create_pixmap(screen.root_depth, picture, screen.root, side, side)?;
            for part in parts {
                let pixel = pixels
                    .get(&part.colour)
                    .copied()
                    .unwrap_or(screen.black_pixel);
                connection.change_gc(gc, &ChangeGCAux::new().foreground(pixel))?;
                let rectangles: Vec<Rectangle> = part.rects.iter().map(rectangle).collect();
                connection.poly_fill_rectangle(picture, gc, &rectangles)?;
            }
            pictures.push(picture);
        }
        connection.free_gc(gc)?;
        Ok(pictures)
    }

    /// The pixel values of colours. All are asked for before the first answer is awaited.
    fn pixels(
        &self,
        colours: &BTreeSet<[u8; 3]>,
    ) -> Result<BTreeMap<[u8; 3], u32>, Box<dyn Error>> {
        let mut asked = Vec::new();
        for colour in colours {
            let [red, green, blue] = colour.map(|part| u16::from(part) * 257);
            let map = self.screen.default_colormap;
            asked.push((*colour, self.connection.alloc_color(map, red, green, blue)?));
        }
        let answers = asked.into_iter();
        answers
            .map(|(colour, cookie)| Ok((colour, cookie.reply()?.pixel)))
            .collect()
    }

    fn make_window(&mut self) -> Result<(), Box<dyn Error>> {
        let size = [self.side; 2];
        let window = pane(&self.connection, self.screen.root, size, self.ground)?;
        name(&self.connection, window, TAG_NAME)?;
        self.listen(window)?;
        self.windows.push(TagWindow { window, tag: None });
        Ok(())
    }

    fn listen(&self, window: Window) -> Result<(), Box<dyn Error>> {
        let id = self.connection.generate_id()?;
        self.connection
            .present_select_input(id, window, EventMask::COMPLETE_NOTIFY)?
            .check()?;
        Ok(())
    }

    /// Shows a tag in a window, or hides the window. It is made if it is the next one.
    fn put(&mut self, number: usize, tag: Option<PlacedTag>) -> Result<(), Box<dyn Error>> {
        if number == self.windows.len() {
            self.make_window()?;
        }
        let own = &mut self.windows[number];
        own.tag = tag;
        let Some(tag) = tag else {
            self.connection.unmap_window(own.window)?;
            return Ok(());
        };
        let to = ConfigureWindowAux::new()
            .x(tag.place.x)
            .y(tag.place.y)
            .stack_mode(StackMode::ABOVE);
        self.connection.configure_window(own.window, &to)?;
        self.connection.map_window(own.window)?;
        Ok(())
    }

    /// Raises every tag that something covers. Does nothing to the others.
    fn raise(&self) -> Result<(), PresenterError> {
        let top = ConfigureWindowAux::new().stack_mode(StackMode::TOP_IF);
        for window in self.windows.iter().filter(|window| window.tag.is_some()) {
            let raised = self.connection.configure_window(window.window, &top);
            raised.map_err(|error| refused(error.into()))?;
        }
        Ok(())
    }
}

impl Display for XServer {
    fn monitors(&mut self) -> Result<Vec<Monitor>, PresenterError> {
        let monitors = monitors(&self.connection, &self.screen).into_iter();
        Ok(monitors
            .map(|(rect, width_mm)| Monitor::new(rect, width_mm))
            .collect())
    }

    fn draw(&mut self, appearance: &Appearance, side: u16) -> Result<(), PresenterError> {
        self.draw_all(appearance, side).map_err(refused)
    }

    fn ask_time(&mut self, question: u32, target_msc: u64) -> Result<(), PresenterError> {
        let asked = self
            .connection
            .present_notify_msc(self.clock, question, target_msc, 0, 0);
        asked.map(drop).map_err(|error| refused(error.into()))
    }

    fn arrange(&mut self, tags: &[PlacedTag]) -> Result<(), PresenterError> {
        let slots: Vec<_> = self.windows.iter().map(|window| window.tag).collect();
        for (number, tag) in changes(&slots, tags) {
            self.put(number, tag).map_err(refused)?;
        }
        self.flush()
    }

    fn tag_count(&self) -> usize {
        self.windows
            .iter()
            .filter(|window| window.tag.is_some())
            .count()
    }

    fn reports_of_a_frame(&self) -> usize {
        self.tag_count()
    }

    fn takes_a_frame(&self) -> bool {
        true
    }

    fn present(&mut self, next: NextFrame, step: &dyn Fn(u16) -> u8) -> Result<(), PresenterError> {
        for window in &self.windows {
            let Some(tag) = window.tag else { continue };
            let picture = self.pictures.get(usize::from(step(tag.code)));
            let picture = picture.copied().unwrap_or(0);
            let (serial, msc) = (next.serial, next.target_msc);
            let sent = self.connection.present_pixmap(
                window.window,
                picture,
                serial,
                0,
                0,
                0,
                0,
                self.crtc,
                0,
                0,
                0,
                msc,
                0,
                0,
                &[],
            );
            sent.map_err(|error| refused(error.into()))?;
        }
        if next.frame.is_multiple_of(RAISE_AFTER) {
            self.raise()?;
        }
        Ok(())
    }

    fn event(&mut self) -> Result<Option<DisplayEvent>, PresenterError> {
        loop {
            let event = self
                .connection
                .poll_for_event()
                .map_err(|error| refused(error.into()))?;
            match event {
                None => return Ok(None),
                Some(Event::PresentCompleteNotify(event)) => {
                    return Ok(Some(if event.kind == CompleteKind::NOTIFY_MSC {
                        DisplayEvent::Time {
                            question: event.serial,
                            msc: event.msc,
                            ust_us: event.ust,
                        }
                    } else {
                        DisplayEvent::Picture(Completion {
                            serial: event.serial,
                            msc: event.msc,
                            ust_us: event.ust,
                            is_skipped: event.mode == CompleteMode::SKIP,
                        })
                    }));
                }
                Some(Event::Error(error)) => {
                    return Err(refused(x11rb::errors::ReplyError::from(error).into()));
                }
                Some(_) => {}
            }
        }
    }

    fn why_stalled(&self) -> PresenterError {
        PresenterError::NoFrames
    }

    fn flush(&self) -> Result<(), PresenterError> {
        self.connection
            .flush()
            .map_err(|error| refused(error.into()))
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.connection.stream().as_fd()
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> PresenterError {
    PresenterError::Display {
        cause: in_words(error.as_ref()),
    }
}
