//! An X server as a test uses it: it observes the pointer and the windows, and acts as mouse and keyboard.
#![allow(dead_code, unreachable_pub)] // each test program uses its own part of this

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT as BUTTON_PRESS, BUTTON_RELEASE_EVENT as BUTTON_RELEASE,
    ConnectionExt, ImageFormat, InputFocus, KEY_PRESS_EVENT as KEY_PRESS,
    KEY_RELEASE_EVENT as KEY_RELEASE, KeyButMask, MOTION_NOTIFY_EVENT as MOTION_NOTIFY, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// The window with this name on a screen.
pub fn window_named(connection: &RustConnection, root: Window, name: &str) -> Option<Window> {
    let tree = connection.query_tree(root).unwrap().reply();
    tree.unwrap().children.into_iter().find(|window| {
        let found =
            connection.get_property(false, *window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64);
        let found = found.unwrap().reply();
        found.is_ok_and(|found| found.value == name.as_bytes())
    })
}

/// An X server, and a connection with which the test observes the pointer.
pub struct Screen {
    server: Child,
    pub display: String,
    connection: RustConnection,
    root: u32,
}

impl Screen {
    pub fn start() -> Self {
        Self::start_at(None)
    }

    /// Starts a server at this display, or at a free one.
    pub fn start_at(display: Option<&str>) -> Self {
        // For watching a test, the server can be a window on the developer's display.
        let is_shown = std::env::var_os("BCI_CURSOR_SHOW").is_some();
        let (program, size): (_, &[&str]) = if is_shown {
            ("Xephyr", &["-screen", "1280x800"])
        } else {
            ("Xvfb", &["-screen", "0", "1280x800x24"])
        };
        let mut server = Command::new(program)
            .args(display)
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(size)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program} is needed: run the tests with 'make test': {error}")
            });
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let display = format!(":{}", number.trim());
        let (connection, screen) = RustConnection::connect(Some(&display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self {
            server,
            display,
            connection,
            root,
        }
    }

    /// Position of the pointer, and whether the left button is down, according to the X server.
    pub fn pointer(&self) -> ([i32; 2], bool) {
        let reply = self
            .connection
            .query_pointer(self.root)
            .unwrap()
            .reply()
            .unwrap();
        let position = [i32::from(reply.root_x), i32::from(reply.root_y)];
        (position, reply.mask.contains(KeyButMask::BUTTON1))
    }

    /// Whether there is a window with this name. For a screen without a window manager.
    pub fn shows(&self, name: &str) -> bool {
        window_named(&self.connection, self.root, name).is_some()
    }

    /// Titles of the windows that the window manager lists.
    pub fn titles(&self) -> Vec<String> {
        let atom = |name: &str| {
            let request = self.connection.intern_atom(false, name.as_bytes());
            request.unwrap().reply().unwrap().atom
        };
        let property = |window, name, most| {
            let request =
                self.connection
                    .get_property(false, window, atom(name), AtomEnum::ANY, 0, most);
            request.unwrap().reply()
        };
        let Ok(windows) = property(self.root, "_NET_CLIENT_LIST", 1024) else {
            return Vec::new();
        };
        let windows: Vec<Window> = windows.value32().into_iter().flatten().collect();
        let title = |window| {
            let found = property(window, "_NET_WM_NAME", 256).ok()?;
            String::from_utf8(found.value).ok()
        };
        windows.into_iter().filter_map(title).collect()
    }

    /// Gives the keyboard focus to the window with this name, like a window manager. Returns whether it exists and is
    /// visible.
    pub fn focus(&self, name: &str) -> bool {
        let Some(window) = window_named(&self.connection, self.root, name) else {
            return false;
        };
        let focused =
            self.connection
                .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME);
        focused.unwrap().check().is_ok()
    }

    /// Width and height.
    pub fn size(&self) -> [usize; 2] {
        let geometry = self.connection.get_geometry(self.root).unwrap().reply();
        let geometry = geometry.unwrap();
        [geometry.width.into(), geometry.height.into()]
    }

    /// Red, green and blue of each pixel, row by row.
    pub fn pixels(&self) -> Vec<[u8; 3]> {
        let [width, height] = self.size().map(|length| length as u16);
        let format = ImageFormat::Z_PIXMAP;
        let image = self
            .connection
            .get_image(format, self.root, 0, 0, width, height, !0);
        let image = image.unwrap().reply().unwrap();
        let pixels = image.data.chunks_exact(4);
        pixels.map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect()
    }

    pub fn place_pointer(&self, x: i16, y: i16) {
        self.connection
            .warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y)
            .unwrap();
        self.connection.get_input_focus().unwrap().reply().unwrap();
    }
}

impl Screen {
    /// Whether a button of the mouse is down (1 left, 2 middle, 3 right), whichever program or device pressed it.
    pub fn is_down(&self, number: u8) -> bool {
        let reply = self.connection.query_pointer(self.root).unwrap().reply();
        let buttons = [
            KeyButMask::BUTTON1,
            KeyButMask::BUTTON2,
            KeyButMask::BUTTON3,
        ];
        reply
            .unwrap()
            .mask
            .contains(buttons[usize::from(number) - 1])
    }

    /// Ends the X server, as when a display disappears.
    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Moves the mouse with an event like that of a device.
    pub fn move_mouse(&self, dx: i16, dy: i16) {
        self.fake(MOTION_NOTIFY, 1, [dx, dy]);
    }

    /// Presses or releases a button of the mouse (1 left, 2 middle, 3 right) with an event like that of a device.
    pub fn mouse_button(&self, number: u8, is_down: bool) {
        let event = if is_down {
            BUTTON_PRESS
        } else {
            BUTTON_RELEASE
        };
        self.fake(event, number, [0, 0]);
    }

    /// Presses keys one after another, then releases them.
    pub fn keys(&self, keysyms: &[u32]) {
        let (first, last) = {
            let setup = self.connection.setup();
            (setup.min_keycode, setup.max_keycode)
        };
        let mapping = self
            .connection
            .get_keyboard_mapping(first, last - first + 1);
        let mapping = mapping.unwrap().reply().unwrap();
        let key = |wanted: &u32| {
            let mut keys = mapping.keysyms.chunks(mapping.keysyms_per_keycode.into());
            first + keys.position(|symbols| symbols.contains(wanted)).unwrap() as u8
        };
        let keys: Vec<u8> = keysyms.iter().map(key).collect();
        keys.iter()
            .for_each(|key| self.fake(KEY_PRESS, *key, [0, 0]));
        keys.iter()
            .rev()
            .for_each(|key| self.fake(KEY_RELEASE, *key, [0, 0]));
    }

    fn fake(&self, event: u8, detail: u8, [x, y]: [i16; 2]) {
        let sent = self
            .connection
            .xtest_fake_input(event, detail, 0, x11rb::NONE, x, y, 0);
        sent.unwrap().check().unwrap();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
