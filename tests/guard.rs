//! What the X server sees if the driver is killed, stopped or terminated while a button is down.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, Running, Screen, assert_in_time, ms_since, wait_for};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xinput::{
    self, ConnectionExt as _, DEVICE_BUTTON_PRESS_EVENT, DEVICE_BUTTON_RELEASE_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// A guard releases the button within this time after its driver's end, milliseconds,
const KILLED_MS: f64 = 50.0;
/// and within this time after its driver was stopped: it waits for 200 ms of silence.
const STOPPED_MS: f64 = 250.0;
const TIMES: usize = 3;

/// A patient who moves and presses, and a display.
struct Desk {
    lab: Lab,
    screen: Screen,
    model: String,
    _headset: Running,
}

impl Desk {
    fn new() -> Self {
        let lab = Lab::new();
        let model = fit_three_classes(&lab);
        let headset = publish_three_classes(&lab, 21, "device");
        Self {
            lab,
            screen: Screen::start(),
            model,
            _headset: headset,
        }
    }

    fn drive(&self, more: &[&str]) -> Running {
        let args = [&run_three_classes(&self.model)[..], more].concat();
        self.lab
            .spawn_logged(&args, &self.screen.display, "run.log")
    }

    fn wait_for_a_press(&self) {
        wait_for("a press", 60.0, || self.screen.pointer().1);
    }

    /// Milliseconds until the button is up.
    fn released_ms(&self) -> f64 {
        let start = clock::now();
        wait_for("the release", 5.0, || !self.screen.pointer().1);
        ms_since(start)
    }

    /// Milliseconds without motion and pressed buttons, at most `most_s` seconds.
    fn still_ms(&self, most_s: f64) -> f64 {
        let (start, place) = (clock::now(), self.screen.pointer().0);
        let is_still = || self.screen.pointer() == (place, false);
        wait_for("motion, or the end", most_s + 5.0, || {
            !is_still() || ms_since(start) > 1000.0 * most_s
        });
        ms_since(start)
    }
}

/// The process that guards a driver.
fn guard_of(driver: &Running) -> u32 {
    let is_it = |folder: &PathBuf| {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let parent = read("stat")
            .rsplit(") ")
            .next()
            .and_then(|rest| Some(rest.get(2..)?.to_owned()));
        let is_child =
            parent.is_some_and(|rest| rest.starts_with(&format!("{} ", driver.child.id())));
        is_child && read("cmdline").contains("\0guard\0")
    };
    let processes = std::fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = processes.filter(is_it).collect();
    assert_eq!(found.len(), 1, "guards: {found:?}");
    found[0]
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn send(signal: &str, processes: &[u32]) {
    let numbers = processes.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    assert!(
        kill.arg(format!("-{signal}"))
            .args(numbers)
            .status()
            .unwrap()
            .success()
    );
}

/// Whether a process runs: one that has ended stays listed as `Z` until its parent asks for it.
fn lives(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

#[test]
fn no_button_stays_down_after_the_driver_is_killed() {
    let desk = Desk::new();
    let mut killed_ms = Vec::new();
    for _ in 0..TIMES {
        let mut driver = desk.drive(&[]);
        desk.wait_for_a_press();
        let guard = guard_of(&driver);
        // A guard ends with its driver and ignores SIGTERM, and it has no other files of its driver open.
        send("TERM", &[guard]);
        send("INT", &[guard]);
        let open = std::fs::read_dir(format!("/proc/{guard}/fd")).unwrap();
        let open = open.map(|entry| std::fs::read_link(entry.unwrap().path()).unwrap_or_default());
        let sockets = open.filter(|to| to.to_string_lossy().starts_with("socket:"));
        assert!(sockets.count() <= 1, "more than its display is open");
        driver.child.kill().unwrap();
        killed_ms.push(desk.released_ms());
        driver.child.wait().unwrap();
        wait_for("the guard's end", 2.0, || !lives(guard));
    }
    assert_in_time("SIGKILL", killed_ms, KILLED_MS);
    assert!(desk.lab.read("run.log").contains("the driver was killed"));

    let driver = desk.drive(&[]);
    desk.wait_for_a_press();
    driver.signal("QUIT");
    let quit_ms = desk.released_ms();
    assert_in_time("SIGQUIT", vec![quit_ms], KILLED_MS);
    assert_eq!(driver.finish(5.0).0, Some(0));

    // Only the guard is killed: buttons are released, and a new guard is started.
    let mut driver = desk.drive(&[]);
    desk.wait_for_a_press();
    let first = guard_of(&driver);
    send("KILL", &[first]);
    assert_in_time("the guard's end", vec![desk.released_ms()], KILLED_MS);
    desk.wait_for_a_press();
    let second = guard_of(&driver);
    assert_ne!(first, second);

    // Both are killed: the button stays down until the next run.
    send("KILL", &[second, driver.child.id()]);
    driver.child.wait().unwrap();
    wait_for("the guard's end", 2.0, || !lives(second));
    assert!(desk.screen.pointer().1, "there is nothing left to release");
    let next = desk.drive(&["--set", "control.pause.at_start=true"]);
    wait_for("the next run's release", 20.0, || !desk.screen.pointer().1);
    wait_for("what the next run says", 5.0, || {
        desk.lab.read("run.log").contains("had left a button down")
    });
    drop(next);
}

#[test]
fn a_stopped_driver_releases_and_ignores_old_samples() {
    let desk = Desk::new();
    let driver = desk.drive(&[]);
    let mut stopped_ms = Vec::new();
    for stop_s in [0.5, 3.0, 0.5, 3.0] {
        desk.wait_for_a_press();
        driver.signal("STOP");
        let stopped = clock::now();
        stopped_ms.push(desk.released_ms());
        // This lasts as long as the driver is stopped, and for a second of signal afterwards.
        let left_s = stop_s - ms_since(stopped) / 1000.0;
        let still_ms = desk.still_ms(left_s.max(0.0));
        assert!(still_ms >= 1000.0 * left_s, "acted while it was stopped");
        driver.signal("CONT");
        let still_ms = desk.still_ms(2.0);
        println!("stopped for {stop_s} s: still for {still_ms:.0} ms after it");
        assert!(still_ms >= 950.0, "{still_ms} ms after {stop_s} s");
    }
    assert_in_time("SIGSTOP", stopped_ms, STOPPED_MS);
    let log = desk.lab.read("run.log");
    assert!(log.matches("stood still for").count() >= 4, "{log}");
    // The driver continues, and presses again.
    desk.wait_for_a_press();
    driver.signal("TERM");
    assert_eq!(driver.finish(5.0).0, Some(0));
    assert!(!desk.screen.pointer().1);
}

/// The left button of the display's own mouse device, pressed by hand and not through XTEST.
struct RealMouse {
    connection: RustConnection,
    first_event: u8,
    device: u8,
}

impl RealMouse {
    fn of(screen: &Screen) -> Self {
        let (connection, _) = RustConnection::connect(Some(&screen.display)).unwrap();
        connection
            .xinput_xi_query_version(2, 2)
            .unwrap()
            .reply()
            .unwrap();
        let devices = connection
            .xinput_xi_query_device(0_u16)
            .unwrap()
            .reply()
            .unwrap();
        let is_it = |info: &&xinput::XIDeviceInfo| {
            let name = String::from_utf8_lossy(&info.name).into_owned();
            info.type_ == xinput::DeviceType::SLAVE_POINTER && !name.contains("XTEST")
        };
        let device = devices.infos.iter().find(is_it).unwrap().deviceid;
        let about = connection
            .extension_information(xinput::X11_EXTENSION_NAME)
            .unwrap();
        Self {
            connection,
            first_event: about.unwrap().first_event,
            device: u8::try_from(device).unwrap(),
        }
    }

    fn left(&self, is_down: bool) {
        let kind = if is_down {
            DEVICE_BUTTON_PRESS_EVENT
        } else {
            DEVICE_BUTTON_RELEASE_EVENT
        };
        let kind = self.first_event + kind;
        let sent = self
            .connection
            .xtest_fake_input(kind, 1, 0, x11rb::NONE, 0, 0, self.device);
        sent.unwrap().check().unwrap();
        self.connection.flush().unwrap();
    }
}

#[test]
fn buttons_of_a_dead_run_are_released_and_those_of_a_hand_are_not() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let mouse = RealMouse::of(&screen);
    let folder = lab.path("bci-cursor");
    std::fs::create_dir(&folder).unwrap();
    // A guard that finds the note of another guard, and whose driver ends at once.
    let guard_finds = |text: &str| {
        std::fs::write(folder.join("7.held"), text).unwrap();
        let mut guard = lab.bci_cursor(&["guard"]);
        guard.env("DISPLAY", &screen.display).stdin(Stdio::null());
        let output = guard.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stdout, b"ready\n");
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("had left a button down")
    };
    let here = format!("1 {}", screen.display);

    screen.mouse_button(1, true);
    assert!(
        !guard_finds("1 :no-such-display") && screen.is_down(1),
        "held elsewhere"
    );
    assert!(
        !guard_finds("\u{fffd}nonsense") && screen.is_down(1),
        "nobody knows what"
    );
    assert!(guard_finds(&here) && !screen.is_down(1), "left behind");

    mouse.left(true);
    assert!(screen.is_down(1), "a hand on the mouse");
    assert!(guard_finds(&here) && screen.is_down(1), "a hand holds it");
    mouse.left(false);
    assert!(!screen.is_down(1));
}
