//! An X server. Two windows: one that the window manager keeps free of other windows, and above it the one that is seen, which the window
//! manager does not manage, so that a film in full screen does not cover it.

use super::{DOCK_NAME, Dock, DockError, DockEvent};
use crate::pointer::in_words;
use crate::pointer::pane::{connect, monitors};
use crate::rect::{Edge, Rect};
use std::borrow::Cow;
use std::error::Error;
use std::os::fd::{AsFd, BorrowedFd};
use x11rb::connection::Connection;
use x11rb::image::{BitsPerPixel, Image, ImageOrder, ScanlinePad};
use x11rb::properties::WmHints;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux,
    EventMask, Gcontext, PropMode, Screen, StackMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT};

x11rb::atom_manager! {
    /// Names that window managers know (Extended Window Manager Hints 1.5).
    Names: NamesCookie {
        _NET_ACTIVE_WINDOW,
        _NET_WM_NAME,
        _NET_WM_STATE,
        _NET_WM_STATE_FULLSCREEN,
        _NET_WM_STRUT,
        _NET_WM_STRUT_PARTIAL,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DOCK,
        UTF8_STRING,
    }
}

/// The buttons of a mouse; others are the wheel.
const BUTTONS: std::ops::RangeInclusive<u8> = 1..=3;

/// The windows.
pub(super) struct XDock {
    connection: RustConnection,
    screen: Screen,
    names: Names,
    edge: Edge,
    /// The one that is seen.
    window: Window,
    /// The one that keeps the place free. It is a single pixel below the other: what counts is what it asks for.
    keeper: Window,
    gc: Gcontext,
    thickness: i32,
    rect: Rect,
    /// The main screen.
    main: Rect,
}

impl XDock {
    /// Connects, and shows the windows.
    ///
    /// # Errors
    /// [`DockError`] if there is no display.
    pub(super) fn open(edge: Edge, thickness: i32) -> Result<Self, DockError> {
        Self::made(edge, thickness).map_err(refused)
    }

    fn made(edge: Edge, thickness: i32) -> Result<Self, Box<dyn Error>> {
        let (connection, screen) = connect()?;
        let names = Names::new(&connection)?.reply()?;
        let main = main_screen(&connection, &screen)?;
        let rect = edge.strip(&main, thickness);
        let keeper = Rect::new(rect.x, rect.y, 1, 1);
        let keeper = make_window(&connection, &screen, &keeper, CreateWindowAux::new())?;
        let taken = EventMask::BUTTON_PRESS
            | EventMask::BUTTON_RELEASE
            | EventMask::POINTER_MOTION
            | EventMask::LEAVE_WINDOW
            | EventMask::EXPOSURE;
        let seen = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(taken);
        let window = make_window(&connection, &screen, &rect, seen)?;
        let gc = connection.generate_id()?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        let dock = Self {
            connection,
            screen,
            names,
            edge,
            window,
            keeper,
            gc,
            thickness,
            rect,
            main,
        };
        dock.describe()?;
        dock.connection.map_window(keeper)?;
        dock.connection.map_window(window)?;
        dock.connection.sync()?;
        Ok(dock)
    }

    /// Says what the windows are.
    fn describe(&self) -> Result<(), Box<dyn Error>> {
        let (connection, names) = (&self.connection, &self.names);
        for window in [self.window, self.keeper] {
            let (name, text) = (DOCK_NAME.as_bytes(), names.UTF8_STRING);
            let replace = PropMode::REPLACE;
            let (plain, string) = (AtomEnum::WM_NAME, AtomEnum::STRING);
            connection.change_property8(replace, window, plain, string, name)?;
            connection.change_property8(replace, window, names._NET_WM_NAME, text, name)?;
            let kind = [names._NET_WM_WINDOW_TYPE_DOCK];
            self.atoms(window, names._NET_WM_WINDOW_TYPE, &kind)?;
            let hints = WmHints {
                input: Some(false),
                ..WmHints::new()
            };
            hints.set(connection, window)?;
        }
        self.reserve()
    }

    fn atoms(&self, window: Window, name: Atom, values: &[Atom]) -> Result<(), Box<dyn Error>> {
        let (replace, kind) = (PropMode::REPLACE, AtomEnum::ATOM);
        let set = self
            .connection
            .change_property32(replace, window, name, kind, values);
        Ok(set.map(drop)?)
    }

    /// Asks for the place to be kept free: distances from the edges of the whole desktop, and from where to where.
    fn reserve(&self) -> Result<(), Box<dyn Error>> {
        let rect = &self.rect;
        let [whole_width, whole_height] =
            [self.screen.width_in_pixels, self.screen.height_in_pixels].map(i32::from);
        let (column, row) = (
            [rect.y, rect.y + rect.height - 1],
            [rect.x, rect.x + rect.width - 1],
        );
        let (side, far_px, span) = match self.edge {
            Edge::Left => (0, rect.x + rect.width, column),
            Edge::Right => (1, whole_width - rect.x, column),
            Edge::Top => (2, rect.y + rect.height, row),
            Edge::Bottom => (3, whole_height - rect.y, row),
        };
        let px = |px: i32| u32::try_from(px).unwrap_or(0);
        let mut strut = [0; 12];
        let depth = if self.edge.is_upright() {
            rect.width
        } else {
            rect.height
        };
        // Between two monitors, the whole monitor beyond the edge would be kept free.
        if far_px == depth {
            strut[side] = px(far_px);
            (strut[4 + 2 * side], strut[5 + 2 * side]) = (px(span[0]), px(span[1]));
        }
        let (names, replace, number) = (&self.names, PropMode::REPLACE, AtomEnum::CARDINAL);
        let (partial, simple) = (names._NET_WM_STRUT_PARTIAL, names._NET_WM_STRUT);
        let (connection, keeper) = (&self.connection, self.keeper);
        connection.change_property32(replace, keeper, partial, number, &strut)?;
        connection.change_property32(replace, keeper, simple, number, &strut[..4])?;
        Ok(())
    }

    fn place(&mut self, thickness: i32) -> Result<(), Box<dyn Error>> {
        self.main = main_screen(&self.connection, &self.screen)?;
        self.rect = self.edge.strip(&self.main, thickness);
        let [width, height] = [self.rect.width, self.rect.height].map(i32::unsigned_abs);
        let at = ConfigureWindowAux::new().x(self.rect.x).y(self.rect.y);
        self.connection.configure_window(self.keeper, &at)?;
        let to = at.width(width).height(height).stack_mode(StackMode::ABOVE);
        self.connection.configure_window(self.window, &to)?;
        self.reserve()?;
        Ok(self.connection.flush()?)
    }

    fn draw(&self, pixels: &[u32]) -> Result<(), Box<dyn Error>> {
        let bytes: Vec<u8> = pixels
            .iter()
            .flat_map(|pixel| pixel.to_le_bytes())
            .collect();
        let [width, height] = [self.rect.width, self.rect.height].map(u16::try_from);
        let (pad, order) = (ScanlinePad::Pad32, ImageOrder::LsbFirst);
        let depth = self.screen.root_depth;
        let image = Image::new(
            width?,
            height?,
            pad,
            depth,
            BitsPerPixel::B32,
            order,
            Cow::Owned(bytes),
        )?;
        let native = image.native(self.connection.setup())?;
        native.put(&self.connection, self.window, self.gc, 0, 0)?;
        Ok(self.connection.flush()?)
    }

    /// The frame of the active window, if that window fills the screen.
    fn full_screen_frame(&self) -> Result<Option<Window>, Box<dyn Error>> {
        let (root, names) = (self.screen.root, &self.names);
        let first = |window, name, kind: AtomEnum| -> Result<Vec<u32>, Box<dyn Error>> {
            let asked = self
                .connection
                .get_property(false, window, name, kind, 0, 32)?;
            let reply = asked.reply()?;
            Ok(reply.value32().into_iter().flatten().collect())
        };
        let active = first(root, names._NET_ACTIVE_WINDOW, AtomEnum::WINDOW)?;
        let Some(active) = active.first().copied().filter(|window| *window != 0) else {
            return Ok(None);
        };
        let states = first(active, names._NET_WM_STATE, AtomEnum::ATOM)?;
        if !states.contains(&names._NET_WM_STATE_FULLSCREEN) {
            return Ok(None);
        }
        // The root's child that contains it.
        let mut frame = active;
        loop {
            let parent = self.connection.query_tree(frame)?.reply()?.parent;
            if parent == root || parent == 0 {
                return Ok(Some(frame));
            }
            frame = parent;
        }
    }

    fn raise_above(&self, frame: Window) -> Result<(), Box<dyn Error>> {
        // The server does nothing unless the frame covers it.
        let above = ConfigureWindowAux::new()
            .sibling(frame)
            .stack_mode(StackMode::TOP_IF);
        self.connection.configure_window(self.window, &above)?;
        Ok(self.connection.flush()?)
    }
}

fn main_screen(connection: &RustConnection, screen: &Screen) -> Result<Rect, Box<dyn Error>> {
    let main = monitors(connection, screen);
    Ok(main.first().ok_or("there is no screen")?.0)
}

fn make_window(
    connection: &RustConnection,
    screen: &Screen,
    rect: &Rect,
    about: CreateWindowAux,
) -> Result<Window, Box<dyn Error>> {
    let window = connection.generate_id()?;
    let about = about.background_pixel(screen.black_pixel);
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        screen.root,
        i16::try_from(rect.x)?,
        i16::try_from(rect.y)?,
        u16::try_from(rect.width)?,
        u16::try_from(rect.height)?,
        0,
        WindowClass::INPUT_OUTPUT,
        COPY_FROM_PARENT,
        &about,
    )?;
    Ok(window)
}

impl Dock for XDock {
    fn rect(&self) -> Rect {
        self.rect
    }

    fn screen(&self) -> Rect {
        self.main
    }

    fn set_thickness(&mut self, thickness: i32) -> Result<(), DockError> {
        self.thickness = thickness;
        self.place(thickness).map_err(refused)
    }

    fn show(&mut self, pixels: &[u32]) -> Result<(), DockError> {
        self.draw(pixels).map_err(refused)
    }

    fn look_after(&mut self) -> Result<(), DockError> {
        let main = main_screen(&self.connection, &self.screen).map_err(refused)?;
        if main != self.main {
            self.place(self.thickness).map_err(refused)?;
        }
        // Windows come and go while they are asked about, so an error here means nothing.
        if let Ok(Some(frame)) = self.full_screen_frame() {
            self.raise_above(frame).map_err(refused)?;
        }
        Ok(())
    }

    fn event(&mut self) -> Result<Option<DockEvent>, DockError> {
        let poll = || self.connection.poll_for_event();
        while let Some(event) = poll().map_err(|error| refused(error.into()))? {
            let place = |x: i16, y: i16| [x, y].map(f64::from);
            return Ok(Some(match event {
                Event::MotionNotify(event) => {
                    DockEvent::Pointer(place(event.event_x, event.event_y))
                }
                Event::LeaveNotify(_) => DockEvent::Left,
                Event::ButtonPress(event) if BUTTONS.contains(&event.detail) => DockEvent::Button {
                    is_down: true,
                    at: Some(place(event.event_x, event.event_y)),
                },
                Event::ButtonRelease(event) if BUTTONS.contains(&event.detail) => {
                    DockEvent::Button {
                        is_down: false,
                        at: Some(place(event.event_x, event.event_y)),
                    }
                }
                Event::Expose(event) if event.count == 0 => DockEvent::Exposed,
                _ => continue,
            }));
        }
        Ok(None)
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.connection.stream().as_fd()
    }
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn refused(error: Box<dyn Error>) -> DockError {
    DockError(in_words(error.as_ref()))
}
