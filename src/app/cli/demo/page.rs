//! A page with buttons, which counts the clicks on each.

use crate::assist::{AssistError, TargetReader};
use crate::control::{Rect, Target, TargetKind};
use anyhow::Context;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Rectangle,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT};

/// Columns and rows of buttons.
const COLUMNS: i32 = 5;
const ROWS: i32 = 2;
/// Size of a button, and the side of the cell around it, pixels of a page that is 1280 pixels wide.
const BUTTON_PX: [i32; 2] = [150, 80];
const CELL_PX: i32 = 240;

/// The page, in a window of its own.
pub(super) struct Page {
    connection: RustConnection,
    buttons: Vec<Rect>,
}

impl Page {
    /// Opens the page over the whole display.
    pub(super) fn open() -> anyhow::Result<Self> {
        Self::made().context("the page with buttons cannot be shown")
    }

    fn made() -> anyhow::Result<Self> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = connection.setup().roots.get(number);
        let screen = screen.context("there is no screen")?.clone();
        let size = [screen.width_in_pixels, screen.height_in_pixels];
        let about = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(screen.white_pixel)
            .event_mask(EventMask::BUTTON_PRESS | EventMask::EXPOSURE);
        let window = connection.generate_id()?;
        connection.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            screen.root,
            0,
            0,
            size[0],
            size[1],
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &about,
        )?;
        connection.map_window(window)?;
        connection.flush()?;
        let buttons = buttons(size.map(i32::from));
        // The window must be visible before anything can be drawn in it.
        loop {
            if let Event::Expose(_) = connection.wait_for_event()? {
                break;
            }
        }
        let gc = connection.generate_id()?;
        connection.create_gc(gc, window, &CreateGCAux::new())?;
        let grey = connection
            .alloc_color(screen.default_colormap, 0xd0d0, 0xd0d0, 0xd0d0)?
            .reply()?;
        for (colour, inset) in [(screen.black_pixel, 0), (grey.pixel, 2)] {
            connection.change_gc(gc, &ChangeGCAux::new().foreground(colour))?;
            let drawn: Vec<Rectangle> = buttons.iter().map(|rect| inner(rect, inset)).collect();
            connection.poly_fill_rectangle(window, gc, &drawn)?;
        }
        connection.flush()?;
        Ok(Self {
            connection,
            buttons,
        })
    }

    /// The buttons.
    pub(super) fn buttons(&self) -> &[Rect] {
        &self.buttons
    }

    /// The next click since the last call: the button that it hit, or none of them.
    pub(super) fn next_click(&self) -> anyhow::Result<Option<Option<usize>>> {
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::ButtonPress(press) = event {
                let place = [press.root_x, press.root_y].map(i32::from);
                let hit = self.buttons.iter().position(|rect| rect.contains(place));
                return Ok(Some(hit));
            }
        }
        Ok(None)
    }
}

/// The buttons of a page of this size, row by row.
fn buttons([width, height]: [i32; 2]) -> Vec<Rect> {
    let place = |k: i32| {
        let off = |at: i32, count: i32| (2 * at - count + 1) * CELL_PX / 2;
        Rect {
            x: width / 2 + off(k % COLUMNS, COLUMNS) - BUTTON_PX[0] / 2,
            y: height / 2 + off(k / COLUMNS, ROWS) - BUTTON_PX[1] / 2,
            width: BUTTON_PX[0],
            height: BUTTON_PX[1],
        }
    };
    (0..COLUMNS * ROWS).map(place).collect()
}

fn inner(rect: &Rect, inset: i32) -> Rectangle {
    Rectangle {
        x: (rect.x + inset) as i16,
        y: (rect.y + inset) as i16,
        width: (rect.width - 2 * inset) as u16,
        height: (rect.height - 2 * inset) as u16,
    }
}

/// Tells the driver where the buttons are, as programs do over the accessibility tree.
pub(super) struct PageTargets(pub(super) Vec<Rect>);

impl TargetReader for PageTargets {
    fn read(&mut self, _: [i32; 2], into: &mut Vec<Target>) -> Result<(), AssistError> {
        into.clear();
        into.extend(
            self.0
                .iter()
                .map(|rect| Target::new(*rect, TargetKind::Button)),
        );
        Ok(())
    }

    fn has_changed(&mut self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::buttons;

    #[test]
    fn ten_buttons_lie_apart_on_the_smallest_display() {
        let all = buttons([1280, 800]);
        assert_eq!(all.len(), 10);
        for (k, button) in all.iter().enumerate() {
            assert!(button.x >= 0 && button.x + button.width <= 1280);
            assert!(button.y >= 0 && button.y + button.height <= 800);
            assert!(all[..k].iter().all(|other| other.cut_to(button).is_none()));
        }
    }
}
