//! A Wayland compositor, and an independent client that reports what its pointer does. Without a screen it does not tell when frames are shown;
//! on an X server it does.

use super::{Lab, Running, Screen, wait_for};
use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// What the compositor does with this configuration: one screen, no frames around windows, no X server.
const CONFIG: &str = "output HEADLESS-1 resolution 1280x720 position 0 0\noutput X11-1 resolution 1280x720 position 0 0\n\
    default_border none\nxwayland disable\n";

/// An event of the pointer, as a window of an independent program receives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointerEvent {
    /// Place in the window, which fills the screen, pixels.
    Motion([f64; 2]),
    /// A button by its number in Linux, and whether it is down.
    Button(u32, bool),
    /// Motion of the wheel, and whether it is vertical.
    Axis(f64, bool),
    /// Steps of the wheel.
    Steps(i32),
    /// The pointer has left the window, or there is none any more.
    Leave,
}

/// sway, and wev in a window that fills its only screen.
pub struct Sway {
    folder: tempfile::TempDir,
    socket: PathBuf,
    compositor: Running,
    /// Where it shows its screen, if it does.
    pub screen: Option<Screen>,
    _client: Running,
    lines: Receiver<String>,
    /// The place of the pointer, and the buttons that are down, as the client last heard.
    pub place: [f64; 2],
    pub down: Vec<u32>,
}

impl Sway {
    /// Starts the compositor without a screen, and the client, and waits for its window.
    pub fn start(lab: &Lab) -> Self {
        Self::start_on(lab, None)
    }

    /// The same on an X server of its own.
    pub fn start_on_screen(lab: &Lab) -> Self {
        Self::start_on(lab, Some(Screen::start()))
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
        let mut wev = lab.command("stdbuf");
        wev.args(["-oL", "wev"]).env("WAYLAND_DISPLAY", &socket);
        let mut client = Running::start(wev);
        let lines = client.lines();
        let sway = Self {
            folder,
            socket,
            compositor,
            screen,
            _client: client,
            lines,
            place: [f64::NAN; 2],
            down: Vec::new(),
        };
        let end = HostNanos(clock::now().0 + 20_000_000_000);
        // The window has the size of the screen.
        while !sway
            .lines
            .recv_timeout(Duration::from_nanos(end.since(clock::now())))
            .unwrap()
            .contains("width: 1280; height: 720")
        {}
        sway
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

    /// Ends the compositor at once.
    pub fn kill(&mut self) {
        self.compositor.kill();
    }

    /// The next event within this time, with the time at which it was read.
    pub fn next(&mut self, within: Duration) -> Option<(HostNanos, PointerEvent)> {
        let end = HostNanos(clock::now().0 + i64::try_from(within.as_nanos()).unwrap());
        loop {
            let left = Duration::from_nanos(end.since(clock::now()));
            let line = self.lines.recv_timeout(left).ok()?;
            let Some(event) = parse(&line) else { continue };
            match event {
                PointerEvent::Motion(place) => self.place = place,
                PointerEvent::Button(button, true) => self.down.push(button),
                PointerEvent::Button(button, false) => self.down.retain(|down| *down != button),
                PointerEvent::Leave => self.down.clear(),
                _ => {}
            }
            return Some((clock::now(), event));
        }
    }

    /// Waits for an event, and returns when it was read.
    pub fn wait_for(
        &mut self,
        what: &str,
        within_s: u64,
        mut is_it: impl FnMut(&PointerEvent) -> bool,
    ) -> HostNanos {
        let end = HostNanos(clock::now().0 + within_s as i64 * 1_000_000_000);
        loop {
            let left = Duration::from_nanos(end.since(clock::now()));
            let Some((at, event)) = self.next(left) else {
                panic!("{what} did not come within {within_s} s");
            };
            if is_it(&event) {
                return at;
            }
        }
    }

    /// Events that have arrived, and that arrive within this time.
    pub fn events(&mut self, within: Duration) -> Vec<PointerEvent> {
        let end = HostNanos(clock::now().0 + i64::try_from(within.as_nanos()).unwrap());
        let mut events = Vec::new();
        while let Some((_, event)) = self.next(Duration::from_nanos(end.since(clock::now()))) {
            events.push(event);
        }
        events
    }
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

/// An event of the pointer in a line of wev; `None` for other lines.
fn parse(line: &str) -> Option<PointerEvent> {
    let (_, rest) = line.split_once("wl_pointer] ")?;
    let (kind, rest) = rest.split_once(':').unwrap_or((rest, ""));
    let field = |name: &str| {
        let (_, value) = rest.split_once(name)?;
        value.split([';', ' ', ',']).find(|part| !part.is_empty())
    };
    Some(match kind.trim() {
        "motion" | "enter" => {
            let (_, place) = rest.split_once("x, y: ")?;
            let (x, y) = place.split_once(", ")?;
            PointerEvent::Motion([x.trim().parse().ok()?, y.trim().parse().ok()?])
        }
        "button" => {
            let state = field("state: ")?;
            PointerEvent::Button(field("button: ")?.parse().ok()?, state == "1")
        }
        "axis" => PointerEvent::Axis(field("value: ")?.parse().ok()?, field("axis: ")? == "0"),
        // wev 1.0 gives the steps a wrong name.
        "axis_stop" | "axis_discrete" => PointerEvent::Steps(field("discrete: ")?.parse().ok()?),
        "leave" => PointerEvent::Leave,
        _ => return None,
    })
}
