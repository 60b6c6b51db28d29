//! What is on the screen while tags are shown, as another program sees it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::Screen;
use bci_cursor::presenter::TAG_NAME;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, InputFocus, MapState,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// A separate connection to the server.
pub struct Look {
    pub connection: RustConnection,
    pub root: Window,
}

impl Look {
    pub fn at(screen: &Screen) -> Self {
        let (connection, number) = RustConnection::connect(Some(&screen.display)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    /// Red, green and blue of a pixel.
    pub fn pixel(&self, [x, y]: [i32; 2]) -> [u8; 3] {
        let (form, root) = (ImageFormat::Z_PIXMAP, self.root);
        let image = self
            .connection
            .get_image(form, root, x as i16, y as i16, 1, 1, u32::MAX);
        let data = image.unwrap().reply().unwrap().data;
        [data[2], data[1], data[0]]
    }

    /// Windows of tags that are mapped.
    pub fn tags(&self) -> Vec<Window> {
        let tree = self.connection.query_tree(self.root).unwrap().reply();
        let mut windows = tree.unwrap().children;
        windows.retain(|window| {
            let (kind, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
            let name = self
                .connection
                .get_property(false, *window, kind, any, 0, 64);
            let about = self.connection.get_window_attributes(*window).unwrap();
            let is_mapped = about
                .reply()
                .is_ok_and(|about| about.map_state == MapState::VIEWABLE);
            is_mapped
                && name
                    .unwrap()
                    .reply()
                    .is_ok_and(|name| name.value == TAG_NAME.as_bytes())
        });
        windows
    }

    /// A grey window over everything, which has the focus.
    pub fn cover(&self) -> Window {
        let window = self.connection.generate_id().unwrap();
        let about = CreateWindowAux::new()
            .override_redirect(1)
            .background_pixel(0x0040_4040)
            .event_mask(EventMask::BUTTON_PRESS);
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(24, window, self.root, 0, 0, 1280, 800, 0, class, 0, &about)
            .unwrap();
        self.connection.map_window(window).unwrap();
        let focused =
            self.connection
                .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME);
        focused.unwrap().check().unwrap();
        window
    }

    pub fn focus(&self) -> Window {
        let focus = self.connection.get_input_focus().unwrap().reply();
        focus.unwrap().focus
    }
}
