//! The X server: its frames, and a window for each tag.

use super::PresenterError;
use super::frames::{Completion, NextFrame};
use super::picture::pictures;
use crate::pointer::in_words;
use crate::pointer::pane::{connect, name, pane, pixel};
use crate::rect::Rect;
use crate::stimulus::appearance::{Appearance, STEPS};
use crate::stimulus::placement::Monitor;
use std::error::Error;
use std::os::fd::{AsFd, BorrowedFd};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::present::{
    CompleteKind, CompleteMode, ConnectionExt as _, EventMask, X11_EXTENSION_NAME,
};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _, Pixmap, StackMode, Window};
use x11rb::rust_connection::RustConnection;

/// The name of every tag's window, for screen readers.
pub const TAG_NAME: &str = "bci-cursor tag";
/// A window below another one is raised after this many frames.
const RAISE_AFTER: u64 = 15;

/// A tag where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlacedTag {
    pub(super) place: Rect,
    pub(super) code: u16,
}

/// A window. It is kept when its tag is gone, for the next one.
#[derive(Debug)]
struct TagWindow {
    window: Window,
    tag: Option<PlacedTag>,
}

/// What the display reports.
#[derive(Debug, Clone, Copy)]
pub(super) enum DisplayEvent {
    /// A picture of a tag was shown, or skipped.
    Picture(Completion),
    /// The answer to [`Display::ask_time`].
    Time {
        /// The number of the question.
        question: u32,
        /// Its count of frames.
        msc: u64,
        /// Its time, microseconds.
        ust_us: u64,
    },
}

/// A connection to the display.
pub(super) struct Display {
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

impl Display {
    /// Connects.
    ///
    /// # Errors
    /// [`PresenterError`] if it cannot show pictures at given frames.
    pub(super) fn open() -> Result<Self, PresenterError> {
        if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
            return Err(PresenterError::Wayland);
        }
        let (connection, screen) = connect().map_err(refused)?;
        let has_present = connection
            .extension_information(X11_EXTENSION_NAME)
            .is_ok_and(|found| found.is_some());
        if !has_present {
            return Err(PresenterError::NoPresent);
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

    /// The monitors, the main one first; the whole desktop if the server does not list them.
    pub(super) fn monitors(&self) -> Result<Vec<Monitor>, PresenterError> {
        let whole = Rect {
            x: 0,
            y: 0,
            width: self.screen.width_in_pixels.into(),
            height: self.screen.height_in_pixels.into(),
        };
        let listed = self.connection.randr_get_monitors(self.screen.root, true);
        let listed = listed.map(|cookie| cookie.reply());
        let mut monitors = match listed {
            Ok(Ok(reply)) => reply.monitors,
            _ => Vec::new(),
        };
        if monitors.is_empty() {
            let width_mm = u32::from(self.screen.width_in_millimeters);
            return Ok(vec![Monitor::new(whole, width_mm)]);
        }
        monitors.sort_by_key(|monitor| !monitor.primary);
        let known = monitors.iter().map(|monitor| {
            let rect = Rect {
                x: monitor.x.into(),
                y: monitor.y.into(),
                width: monitor.width.into(),
                height: monitor.height.into(),
            };
            Monitor::new(rect, monitor.width_in_millimeters)
        });
        Ok(known.collect())
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

    /// Draws the pictures of tags of this width and height. The windows of other tags are gone.
    pub(super) fn draw(
        &mut self,
        appearance: &Appearance,
        side: u16,
    ) -> Result<(), PresenterError> {
        self.draw_all(appearance, side).map_err(refused)
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
        self.pictures = pictures(&self.connection, &self.screen, appearance, side)?;
        self.crtc = self.main_crtc().unwrap_or(0);
        Ok(())
    }

    /// Asks for the display's time, at a frame or (0) at once.
    pub(super) fn ask_time(&self, question: u32, target_msc: u64) -> Result<(), PresenterError> {
        let asked = self
            .connection
            .present_notify_msc(self.clock, question, target_msc, 0, 0);
        asked.map(drop).map_err(|error| refused(error.into()))
    }

    /// Shows a window for each of these tags. Tags that were there before keep their windows; no window is made while
    /// there is one to spare.
    pub(super) fn arrange(&mut self, tags: &[PlacedTag]) -> Result<(), PresenterError> {
        let mut new: Vec<PlacedTag> = tags.to_vec();
        let mut spare = Vec::new();
        for (number, window) in self.windows.iter_mut().enumerate() {
            let stays = window
                .tag
                .and_then(|tag| new.iter().position(|one| *one == tag));
            match stays {
                Some(place) => drop(new.swap_remove(place)),
                None => spare.push(number),
            }
        }
        for tag in new {
            let number = match spare.pop() {
                Some(number) => number,
                None => self.make_window().map_err(refused)?,
            };
            self.put(number, tag).map_err(refused)?;
        }
        for number in spare {
            let window = &mut self.windows[number];
            if window.tag.take().is_some() {
                let unmapped = self.connection.unmap_window(window.window);
                unmapped.map_err(|error| refused(error.into()))?;
            }
        }
        self.flush()
    }

    fn make_window(&mut self) -> Result<usize, Box<dyn Error>> {
        let size = [self.side; 2];
        let window = pane(&self.connection, self.screen.root, size, self.ground)?;
        name(&self.connection, window, TAG_NAME)?;
        self.listen(window)?;
        self.windows.push(TagWindow { window, tag: None });
        Ok(self.windows.len() - 1)
    }

    fn listen(&self, window: Window) -> Result<(), Box<dyn Error>> {
        let id = self.connection.generate_id()?;
        self.connection
            .present_select_input(id, window, EventMask::COMPLETE_NOTIFY)?
            .check()?;
        Ok(())
    }

    fn put(&mut self, number: usize, tag: PlacedTag) -> Result<(), Box<dyn Error>> {
        let own = &mut self.windows[number];
        let to = ConfigureWindowAux::new()
            .x(tag.place.x)
            .y(tag.place.y)
            .stack_mode(StackMode::ABOVE);
        self.connection.configure_window(own.window, &to)?;
        self.connection.map_window(own.window)?;
        own.tag = Some(tag);
        Ok(())
    }

    /// How many pictures a frame needs.
    pub(super) fn tag_count(&self) -> usize {
        self.windows
            .iter()
            .filter(|window| window.tag.is_some())
            .count()
    }

    /// Hands a frame to the display: for each tag the picture of the step that its code has.
    pub(super) fn present(
        &self,
        next: NextFrame,
        step: impl Fn(u16) -> u8,
    ) -> Result<(), PresenterError> {
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

    /// Raises every tag that something covers. Does nothing to the others.
    fn raise(&self) -> Result<(), PresenterError> {
        let top = ConfigureWindowAux::new().stack_mode(StackMode::TOP_IF);
        for window in self.windows.iter().filter(|window| window.tag.is_some()) {
            let raised = self.connection.configure_window(window.window, &top);
            raised.map_err(|error| refused(error.into()))?;
        }
        Ok(())
    }

    /// The next event that has arrived.
    pub(super) fn event(&self) -> Result<Option<DisplayEvent>, PresenterError> {
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

    pub(super) fn flush(&self) -> Result<(), PresenterError> {
        self.connection
            .flush()
            .map_err(|error| refused(error.into()))
    }

    /// What to wait on for events.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.connection.stream().as_fd()
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> PresenterError {
    PresenterError::Display {
        cause: in_words(error.as_ref()),
    }
}
