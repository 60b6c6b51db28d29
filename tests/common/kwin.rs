//! KWin, the compositor of KDE, without a screen, and an independent client that reports what its pointer does.

use super::wev::{Compositor, Wev};
use super::{Lab, Running, wait_for};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Every window fills the screen, without a frame.
const RULES: &str = "[General]\ncount=1\nrules=1\n\n[1]\nDescription=all\nmaximizehoriz=true\nmaximizehorizrule=2\nmaximizevert=true\n\
    maximizevertrule=2\nnoborder=true\nnoborderrule=2\n";

/// KWin and wev on a session bus of their own.
pub struct Kwin {
    _folder: tempfile::TempDir,
    socket: PathBuf,
    compositor: Running,
    bus: Child,
    wev: Wev,
}

impl Kwin {
    /// Starts them, and waits for the window. KWin lets our program control its pointer.
    pub fn start(lab: &Lab) -> Self {
        Self::start_with(lab, true)
    }

    /// The same, but KWin does not let our program control its pointer.
    pub fn start_refusing(lab: &Lab) -> Self {
        Self::start_with(lab, false)
    }

    fn start_with(lab: &Lab, is_allowed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["share/applications", "config", "cache", "bin", "run"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        fs::set_permissions(at("run"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(at("config/kwinrulesrc"), RULES).unwrap();
        if is_allowed {
            allow(&at("share/applications"));
        }
        // A program with capabilities of its own file would not use this environment. A copy has none.
        fs::copy("/usr/bin/kwin_wayland", at("bin/kwin_wayland")).unwrap();
        let (bus, address) = bus();
        let mut kwin = Command::new(at("bin/kwin_wayland"));
        kwin.args(["--virtual", "--width", "1280", "--height", "720"])
            .args(["--socket", "wayland-k", "--no-lockscreen"])
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env(
                "XDG_DATA_DIRS",
                format!("{}:/usr/share", at("share").to_string_lossy()),
            )
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_CACHE_HOME", at("cache"))
            .env("XDG_DATA_HOME", at("home"))
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("XDG_CURRENT_DESKTOP", "KDE")
            .env("KWIN_COMPOSE", "Q")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("QT_QPA_PLATFORM")
            .stderr(Stdio::null());
        let compositor = Running::start(kwin);
        let socket = at("run/wayland-k");
        wait_for("the compositor", 30.0, || socket.exists());
        Self {
            wev: Wev::start(lab, &socket),
            socket,
            compositor,
            bus,
            _folder: folder,
        }
    }

    /// Ends the compositor at once.
    pub fn kill(&mut self) {
        self.compositor.kill();
    }
}

impl Compositor for Kwin {
    fn wev(&mut self) -> &mut Wev {
        &mut self.wev
    }

    fn on(&self, mut command: Command) -> Command {
        command
            .env("WAYLAND_DISPLAY", &self.socket)
            .env_remove("DISPLAY");
        command
    }

    fn start_of_trial(&mut self) -> f64 {
        self.wev.place[0]
    }
}

impl Drop for Kwin {
    fn drop(&mut self) {
        self.compositor.kill();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// Installs the package's file that lets our program control the pointer, for the program that is tested.
fn allow(applications: &Path) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/bci-cursor-kwin.desktop");
    let text = fs::read_to_string(file).unwrap();
    let installed = "Exec=/usr/bin/bci-cursor\n";
    assert!(text.contains(installed), "{text}");
    let tested = format!("Exec={}\n", env!("CARGO_BIN_EXE_bci-cursor"));
    let text = text.replace(installed, &tested);
    fs::write(applications.join("bci-cursor-kwin.desktop"), text).unwrap();
}

/// A session bus, and its address.
fn bus() -> (Child, String) {
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--nosyslog", "--print-address=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let output = bus.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut address).unwrap();
    (bus, address.trim().to_owned())
}
