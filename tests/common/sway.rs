//! A Wayland compositor, and an independent client that reports what its pointer does. Without a screen it does not tell when frames are shown;
//! on an X server it does.

use super::wev::{Compositor, Wev};
use super::{Lab, Running, Screen, wait_for};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{Atom, ClientMessageEvent, ConnectionExt as _, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// What the compositor does with this configuration: one screen, no frames around windows, no X server.
const CONFIG: &str = "output HEADLESS-1 resolution 1280x720 position 0 0\noutput X11-1 resolution 1280x720 position 0 0\n\
    default_border none\nxwayland disable\n";

/// sway, and wev in a window that fills its only screen.
pub struct Sway {
    folder: tempfile::TempDir,
    socket: PathBuf,
    compositor: Running,
    /// Where it shows its screen, if it does.
    pub screen: Option<Screen>,
    wev: Wev,
}

impl Sway {
    /// Starts the compositor without a screen, and the client, and waits for its window.
    pub fn start(lab: &Lab) -> Self {
        Self::start_on(lab, None)
    }

    /// The same on an X server of its own.
    pub fn start_on_screen(lab: &Lab) -> Self {
        let screen = Screen::start();
        // sway lets its windows be closed only if somebody has named this before, as window managers do.
        let (connection, _) = RustConnection::connect(Some(&screen.display)).unwrap();
        closing(&connection);
        Self::start_on(lab, Some(screen))
    }

    fn start_on(lab: &Lab, screen: Option<Screen>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config"), CONFIG).unwrap();
        // sway refuses to run as root.
        let mut sway = if is_root() {
            give_to_nobody(folder.path());
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sway"]);
            command
        } else {
            Command::new("sway")
        };
        sway.arg("-c").arg(folder.path().join("config"));
        sway.env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .stderr(Stdio::null());
        match &screen {
            Some(screen) => sway
                .env("WLR_BACKENDS", "x11")
                .env("DISPLAY", &screen.display),
            None => sway.env("WLR_BACKENDS", "headless"),
        };
        let compositor = Running::start(sway);
        let socket = folder.path().join("wayland-1");
        wait_for("the compositor", 20.0, || socket.exists());
        Self {
            wev: Wev::start(lab, &socket),
            folder,
            socket,
            compositor,
            screen,
        }
    }

    /// Adds the compositor to a command's environment.
    pub fn on(&self, mut command: Command) -> Command {
        command
            .env("WAYLAND_DISPLAY", &self.socket)
            .env("SWAYSOCK", self.ipc())
            .env_remove("DISPLAY");
        command
    }

    /// The socket of the compositor's own interface.
    fn ipc(&self) -> PathBuf {
        let is_ipc = |path: &PathBuf| path.to_string_lossy().contains("sway-ipc.");
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut paths = files.map(|entry| entry.unwrap().path());
        paths.find(is_ipc).unwrap()
    }

    /// Puts the pointer at a place, as the compositor's own command does.
    pub fn place_pointer(&self, x: u32, y: u32) {
        self.command(&format!("seat seat0 cursor set {x} {y}"));
    }

    /// Carries out a command of the compositor's own interface.
    pub fn command(&self, command: &str) {
        let done = Command::new("swaymsg")
            .arg("-s")
            .arg(self.ipc())
            .arg(command)
            .stdout(Stdio::null())
            .status();
        assert!(done.unwrap().success(), "{command}");
    }

    /// Width of the only window.
    pub fn width_of_window(&self) -> Option<i64> {
        let mut ask = Command::new("swaymsg");
        ask.arg("-s").arg(self.ipc()).args(["-t", "get_tree", "-r"]);
        let tree = ask.output().unwrap().stdout;
        let tree: serde_json::Value = serde_json::from_slice(&tree).ok()?;
        let mut nodes = vec![&tree];
        while let Some(node) = nodes.pop() {
            if node["type"] == "con" && node["pid"].is_number() {
                return node["rect"]["width"].as_i64();
            }
            nodes.extend(node["nodes"].as_array().into_iter().flatten());
        }
        None
    }

    /// Closes the window in which the compositor shows its first screen, as if a monitor was unplugged.
    pub fn unplug(&self) {
        let display = &self.screen.as_ref().unwrap().display;
        let (connection, number) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[number].root;
        let windows = connection.query_tree(root).unwrap().reply();
        let is_first = |window: &Window| {
            let place = connection.get_geometry(*window).unwrap().reply().unwrap();
            (place.width, place.height) == (1280, 720)
        };
        let window = windows.unwrap().children.into_iter().find(is_first);
        let (window, [protocols, delete]) = (window.unwrap(), closing(&connection));
        let close = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
        let sent = connection.send_event(false, window, EventMask::NO_EVENT, close);
        sent.unwrap().check().unwrap();
    }

    /// Ends the compositor at once.
    pub fn kill(&mut self) {
        self.compositor.kill();
    }

    /// Stops or continues it.
    pub fn signal(&self, name: &str) {
        self.compositor.signal(name);
    }
}

impl Compositor for Sway {
    fn wev(&mut self) -> &mut Wev {
        &mut self.wev
    }

    fn on(&self, command: Command) -> Command {
        Self::on(self, command)
    }

    fn start_of_trial(&mut self) -> f64 {
        self.place_pointer(640, 360);
        640.0
    }
}

impl Deref for Sway {
    type Target = Wev;

    fn deref(&self) -> &Wev {
        &self.wev
    }
}

impl DerefMut for Sway {
    fn deref_mut(&mut self) -> &mut Wev {
        &mut self.wev
    }
}

/// The X server's numbers for the message that a window shall close.
fn closing(connection: &RustConnection) -> [Atom; 2] {
    ["WM_PROTOCOLS", "WM_DELETE_WINDOW"].map(|name| {
        let asked = connection.intern_atom(false, name.as_bytes());
        asked.unwrap().reply().unwrap().atom
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn give_to_nobody(folder: &std::path::Path) {
    let given = Command::new("chown")
        .args(["-R", "65534:65534"])
        .arg(folder)
        .status();
    assert!(given.unwrap().success());
}
