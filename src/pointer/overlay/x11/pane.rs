//! Windows that let every click through and have a cut-out shape.

use crate::control::Rect;
use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeGCAux, ClipOrdering, ConnectionExt as _, CreateGCAux, CreateWindowAux,
    EventMask, Gcontext, Pixmap, PropMode, Rectangle, Screen, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT};

/// Connects to the display and returns its screen.
pub(crate) fn connect() -> Result<(RustConnection, Screen), Box<dyn Error>> {
    let (connection, number) = x11rb::connect(None)?;
    let screen = connection.setup().roots.get(number);
    let screen = screen.ok_or("there is no screen")?.clone();
    Ok((connection, screen))
}

/// The monitors, the main one first, each with its width in millimetres; the whole desktop if the server lists none.
pub(crate) fn monitors(connection: &RustConnection, screen: &Screen) -> Vec<(Rect, u32)> {
    let listed = connection.randr_get_monitors(screen.root, true);
    let listed = listed.map(|cookie| cookie.reply());
    let mut monitors = match listed {
        Ok(Ok(reply)) => reply.monitors,
        _ => Vec::new(),
    };
    if monitors.is_empty() {
        let [width, height] = [screen.width_in_pixels, screen.height_in_pixels].map(i32::from);
        let width_mm = u32::from(screen.width_in_millimeters);
        return vec![(Rect::new(0, 0, width, height), width_mm)];
    }
    monitors.sort_by_key(|monitor| !monitor.primary);
    let known = monitors.iter().map(|monitor| {
        let [x, y] = [monitor.x, monitor.y].map(i32::from);
        let [width, height] = [monitor.width, monitor.height].map(i32::from);
        (Rect::new(x, y, width, height), monitor.width_in_millimeters)
    });
    known.collect()
}

/// Creates a window of one colour at the corner of the desktop, still invisible. The window manager does not manage it.
pub(crate) fn pane(
    connection: &RustConnection,
    root: Window,
    [width, height]: [u16; 2],
    pixel: u32,
) -> Result<Window, Box<dyn Error>> {
    let about = CreateWindowAux::new()
        .override_redirect(1)
        .background_pixel(pixel)
        .event_mask(EventMask::NO_EVENT);
    let window = connection.generate_id()?;
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root,
        0,
        0,
        width,
        height,
        0,
        WindowClass::INPUT_OUTPUT,
        COPY_FROM_PARENT,
        &about,
    )?;
    see_through(connection, window)?;
    Ok(window)
}

/// The pixel value of a colour (red, green, blue, 0 to 255) on this screen.
pub(crate) fn pixel(
    connection: &RustConnection,
    screen: &Screen,
    colour: [u16; 3],
) -> Result<u32, Box<dyn Error>> {
    let [red, green, blue] = colour.map(|part| part * 257);
    let colour = connection.alloc_color(screen.default_colormap, red, green, blue)?;
    Ok(colour.reply()?.pixel)
}

/// Names a window for screen readers.
pub(crate) fn name(
    connection: &RustConnection,
    window: Window,
    text: &str,
) -> Result<(), Box<dyn Error>> {
    let (to, kind) = (AtomEnum::WM_NAME, AtomEnum::STRING);
    connection.change_property8(PropMode::REPLACE, window, to, kind, text.as_bytes())?;
    Ok(())
}

/// Lets every click through the window. Otherwise it would receive each click on it.
fn see_through(connection: &RustConnection, window: Window) -> Result<(), Box<dyn Error>> {
    connection
        .shape_query_version()?
        .reply()
        .map_err(|_| "this display does not support windows that let clicks through")?;
    let order = ClipOrdering::UNSORTED;
    connection
        .shape_rectangles(SO::SET, SK::INPUT, order, window, 0, 0, &[])?
        .check()?;
    Ok(())
}

/// Sets the shape of a window: `draw` draws it on a mask of this size.
pub(crate) fn shape(
    connection: &RustConnection,
    window: Window,
    [width, height]: [u16; 2],
    draw: impl FnOnce(Pixmap, Gcontext) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (mask, gc) = (connection.generate_id()?, connection.generate_id()?);
    connection.create_pixmap(1, mask, window, width, height)?;
    connection.create_gc(gc, mask, &CreateGCAux::new().foreground(0))?;
    let whole = Rectangle {
        x: 0,
        y: 0,
        width,
        height,
    };
    connection.poly_fill_rectangle(mask, gc, &[whole])?;
    connection.change_gc(gc, &ChangeGCAux::new().foreground(1))?;
    draw(mask, gc)?;
    connection.shape_mask(SO::SET, SK::BOUNDING, window, 0, 0, mask)?;
    connection.free_gc(gc)?;
    connection.free_pixmap(mask)?;
    Ok(())
}

/// A rectangle as the server takes it.
pub(crate) fn rectangle(rect: &Rect) -> Rectangle {
    Rectangle {
        x: rect.x as i16,
        y: rect.y as i16,
        width: rect.width as u16,
        height: rect.height as u16,
    }
}
