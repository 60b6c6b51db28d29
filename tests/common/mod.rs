//! Shared by the end-to-end tests: the program, a private LSL network, a real X server, and waiting for conditions.
#![allow(dead_code, unreachable_pub)] // each test program uses its own part of this

pub mod accelerated;
pub mod at_desk;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod chromium;
mod data;
pub mod desktop;
pub mod fake_bluez;
pub mod fake_eis;
pub mod fake_portal;
pub mod fake_tree;
pub mod header;
#[cfg(target_os = "linux")]
pub mod kwin;
#[cfg(feature = "gui")]
pub mod looking_world;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod panel_tree;
pub mod s007;
mod screen;
pub mod screen_patient;
#[cfg(target_os = "linux")]
pub mod sway;
#[cfg(target_os = "linux")]
pub mod sway_dialog;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod tag_view;
pub mod three_classes;
#[cfg(target_os = "linux")]
pub mod wayland_desk;
#[cfg(target_os = "linux")]
pub mod wev;
#[cfg(target_os = "linux")]
pub mod wine;
#[cfg(feature = "gui")]
pub mod wizard_window;

#[allow(unused_imports)] // each test program uses its own part of this
pub use data::{eeg_dir, eegmmidb, find_eeg, is_apart, simulate};
#[allow(unused_imports)] // each test program uses its own part of this
pub use screen::{Screen, window_named};

use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A temporary folder, with an LSL configuration that separates this test's streams from all others.
pub struct Lab {
    pub folder: tempfile::TempDir,
}

/// Unless a test changes settings, a run moves at once and after a loss, and moving the pointer in a test does not count as a hand on the
/// mouse.
const AT_ONCE: [&str; 6] = [
    "--set",
    "control.pause.at_start=false",
    "--set",
    "control.pause.after_loss=false",
    "--set",
    "control.pause.manual_override_ms=0",
];

/// The settings of a run that a test does not choose itself. One that moves at once moves after a loss as well, because a busy computer may
/// delay its stream.
fn at_once(args: &[&str]) -> &'static [&'static str] {
    if !args.contains(&"--set") {
        return &AT_ONCE;
    }
    let chooses = |setting: &str| args.iter().any(|arg| arg.starts_with(setting));
    let is_at_once = chooses("control.pause.at_start=false");
    if is_at_once && !chooses("control.pause.after_loss=") {
        &AT_ONCE[2..4]
    } else {
        &[]
    }
}

/// Shortest and longest time between two looks at a condition.
const LEAST_REST: Duration = Duration::from_millis(1);
const MOST_REST: Duration = Duration::from_millis(50);

/// Ports of a lab, and number of labs. They are below the ports that the system assigns.
const FIRST_PORT: u32 = 17_000;
const PORTS: u32 = 64;
const LABS: u32 = 240;

/// A number below `most` that no other current lab is likely to have. Labs of one process, and processes, get
/// consecutive numbers.
fn own_number(most: u32) -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    (std::process::id() + next) % most
}

impl Lab {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let session = folder
            .path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .replace('.', "");
        // With scope "machine" alone only one outlet is found: all listen on one port, and only one of them receives
        // each datagram. As a known peer, this computer is queried at each outlet's own port. Each lab has its own
        // range of ports, because the outlets of all labs together are more than the 32 ports that are queried by
        // default.
        let base_port = FIRST_PORT + PORTS * own_number(LABS);
        let config = format!(
            "[ports]\nBasePort = {base_port}\nPortRange = {PORTS}\n[lab]\nSessionID = {session}\nKnownPeers = {{127.0.0.1}}\n\
             [multicast]\nResolveScope = machine\n"
        );
        std::fs::write(folder.path().join("lsl_api.cfg"), config).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("LSLAPICFG", self.path("lsl_api.cfg"))
            // Sessions are stored in the lab, not in the home folder.
            .env("XDG_DATA_HOME", self.path("data"))
            .env("XDG_RUNTIME_DIR", self.folder.path())
            // A test names the display that it uses.
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_SESSION_TYPE")
            .env_remove("RUST_LOG");
        command
    }

    pub fn bci_cursor(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_bci-cursor"));
        command.args(args);
        if args.first() == Some(&"run") {
            command.args(at_once(args));
        }
        command
    }

    /// Runs a command to its end. Fails the test if the command fails.
    pub fn succeed(&self, args: &[&str]) -> Output {
        let output = self.bci_cursor(args).output().unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// Runs a command to its end and returns its error messages. Fails the test if the command succeeds or panics.
    pub fn fail(&self, args: &[&str]) -> String {
        let output = self
            .bci_cursor(args)
            .env_remove("DISPLAY")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code().is_some_and(|code| code != 0),
            "{args:?} succeeded"
        );
        assert!(!text.contains("panicked"), "{args:?}: {text}");
        text
    }

    pub fn spawn(&self, args: &[&str], display: Option<&str>) -> Running {
        let mut command = self.bci_cursor(args);
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        Running::start(command)
    }

    /// Like [`spawn`](Self::spawn), with messages in a file of the lab.
    pub fn spawn_logged(&self, args: &[&str], display: &str, log: &str) -> Running {
        let mut command = self.bci_cursor(args);
        let log = std::fs::File::create(self.path(log)).unwrap();
        command.env("DISPLAY", display).stderr(log);
        Running::start(command)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn python(&self, script: &str, args: &[&str]) -> Running {
        let mut command = self.command(python());
        command
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("tests/peers")
                    .join(script),
            )
            .args(args);
        Running::start(command)
    }
}

/// The Python interpreter of the environment that `make test` creates.
pub fn python() -> PathBuf {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    let python = std::env::var_os("BCI_CURSOR_PYTHON").map_or(made, PathBuf::from);
    assert!(
        python.exists(),
        "no Python with pylsl at {}: run the tests with 'make test'",
        python.to_string_lossy()
    );
    python
}

/// Tolerance for a busy machine, milliseconds. It does not apply to the median.
pub const TOLERANCE_MS: f64 = 150.0;

/// Asserts that most of these times are within the limit, and that none is much longer.
pub fn assert_in_time(what: &str, mut ms: Vec<f64>, limit_ms: f64) {
    println!("{what}: released after {ms:.0?} ms");
    ms.sort_by(f64::total_cmp);
    assert!(ms[ms.len() / 2] <= limit_ms, "{what}: {ms:?} ms");
    assert!(
        ms[ms.len() - 1] <= limit_ms + TOLERANCE_MS,
        "{what}: {ms:?} ms"
    );
}

/// A child process that is killed when this value is dropped.
pub struct Running {
    pub child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end. Returns the exit code and the remaining output.
    pub fn finish(mut self, within_s: f64) -> (Option<i32>, String) {
        let lines = self.lines();
        let mut rest = String::new();
        let mut status = None;
        wait_for("the program's end", within_s, || {
            // Read while the program runs, because a full pipe would block it.
            rest.extend(lines.try_iter().map(|line| line + "\n"));
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        rest.extend(lines.iter().map(|line| line + "\n"));
        (status.unwrap().code(), rest)
    }

    /// Lines of its output as they are printed.
    pub fn lines(&mut self) -> mpsc::Receiver<String> {
        let (sender, receiver) = mpsc::sync_channel(10_000);
        let output = self.output.take().expect("lines are taken once");
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        receiver
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Arguments of a run on the stream 'cap' that does not move the pointer.
pub fn on_cap<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let run = [
        "run",
        "--stream",
        "cap",
        "--pointer",
        "none",
        "--wait",
        "20",
    ];
    [&run[..], more].concat()
}

/// Checks a condition until it is true: every millisecond at first, later after a fiftieth of the time waited. Fails the test at the deadline.
pub fn wait_for(what: &str, within_s: f64, mut condition: impl FnMut() -> bool) {
    let began = clock::now();
    while !condition() {
        let waited = Duration::from_nanos(clock::now().since(began));
        assert!(
            waited.as_secs_f64() < within_s,
            "{what} did not come within {within_s} s"
        );
        // A long wait looks less often, and leaves the processor to the tests beside it.
        let rest = (waited / 50).clamp(LEAST_REST, MOST_REST);
        std::thread::park_timeout(rest);
    }
}

/// Milliseconds since an earlier time.
pub fn ms_since(earlier: HostNanos) -> f64 {
    clock::now().since(earlier) as f64 / 1e6
}
