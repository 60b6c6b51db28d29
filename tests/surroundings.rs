//! Unusual environments: a second pointer, a locked screen, changing monitors, a headset with 64 channels at 2 kHz.
#![cfg(target_os = "linux")]

use crate::common;

use common::{Lab, Running, Screen, wait_for};
use x11rb::connection::Connection;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xinput::{
    ConnectionExt as _, HierarchyChange, HierarchyChangeData, HierarchyChangeDataAddMaster,
};
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, GrabStatus, WindowClass,
};
use x11rb::rust_connection::RustConnection;

const CONTROL: u32 = 0xFFE3;
const ALT: u32 = 0xFFE9;

/// A driver at a display that moves all the time.
struct Desk {
    lab: Lab,
    screen: Screen,
    driver: Running,
    _headset: Running,
}

impl Desk {
    fn new(patient: &str) -> Self {
        let (lab, screen) = (Lab::new(), Screen::start());
        let headset = lab.spawn(
            &["replay", patient, "--to", "lsl", "--name", "headset"],
            None,
        );
        let run = "run --stream headset --wait 20 --no-record --rest-threshold 0 --stats --json";
        let args: Vec<&str> = run.split(' ').collect();
        let driver = lab.spawn_logged(&args, &screen.display, "run.log");
        Self {
            lab,
            screen,
            driver,
            _headset: headset,
        }
    }

    fn wait_for_motion(&self, what: &str) {
        self.screen.place_pointer(640, 400);
        wait_for(what, 60.0, || (self.screen.pointer().0[0] - 640).abs() > 20);
    }

    fn log_says(&self, what: &str) -> bool {
        self.lab.read("run.log").contains(what)
    }

    /// Another client of the display.
    fn client(&self) -> (RustConnection, u32) {
        let (connection, screen) = RustConnection::connect(Some(&self.screen.display)).unwrap();
        let root = connection.setup().roots[screen].root;
        (connection, root)
    }

    /// Ends the driver normally. Returns its statistics.
    fn end(self) -> serde_json::Value {
        self.driver.signal("TERM");
        let (code, stats) = self.driver.finish(10.0);
        assert_eq!(code, Some(0), "{}", self.lab.read("run.log"));
        serde_json::from_str(&stats).unwrap()
    }
}

const PATIENT: &str = "synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8";

#[test]
fn a_second_pointer_affects_neither_the_first_nor_the_hot_keys() {
    let desk = Desk::new(PATIENT);
    desk.wait_for_motion("motion");
    let (connection, _) = desk.client();
    connection
        .xinput_xi_query_version(2, 2)
        .unwrap()
        .reply()
        .unwrap();
    let second = HierarchyChange {
        len: 0,
        data: HierarchyChangeData::AddMaster(HierarchyChangeDataAddMaster {
            send_core: true,
            enable: true,
            name: b"second".to_vec(),
        }),
    };
    // The length is in units of four bytes: kind, length, length of the name, two flags, and the name.
    let second = HierarchyChange { len: 4, ..second };
    connection
        .xinput_xi_change_hierarchy(&[second])
        .unwrap()
        .check()
        .unwrap();
    let masters = connection
        .xinput_xi_query_device(0_u16)
        .unwrap()
        .reply()
        .unwrap();
    let names = masters
        .infos
        .iter()
        .map(|info| String::from_utf8_lossy(&info.name));
    assert!(
        names.clone().any(|name| name == "second pointer"),
        "{:?}",
        names.collect::<Vec<_>>()
    );
    desk.wait_for_motion("motion beside a second pointer");
    desk.screen.keys(&[CONTROL, ALT, u32::from(b'p')]);
    wait_for("the pause", 5.0, || desk.log_says("state    paused"));
    desk.screen.keys(&[CONTROL, ALT, u32::from(b's')]);
    let (code, _) = desk.driver.finish(10.0);
    assert_eq!(code, Some(0));
}

#[test]
fn a_locked_screen_is_not_a_fault_and_pause_and_stop_work() {
    let desk = Desk::new(PATIENT);
    desk.wait_for_motion("motion");
    // Like a screen locker: a window over everything, and a grab of the keyboard and the mouse.
    let (connection, root) = desk.client();
    let lock = connection.generate_id().unwrap();
    let over = CreateWindowAux::new().override_redirect(1);
    let (copy, kind) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT);
    let window = connection.create_window(copy, lock, root, 0, 0, 1280, 800, 0, kind, 0, &over);
    window.unwrap().check().unwrap();
    connection.map_window(lock).unwrap().check().unwrap();
    let (mode, now) = (GrabMode::ASYNC, x11rb::CURRENT_TIME);
    let keyboard = connection
        .grab_keyboard(false, lock, now, mode, mode)
        .unwrap()
        .reply();
    let events = EventMask::BUTTON_PRESS | EventMask::POINTER_MOTION;
    let mouse = connection.grab_pointer(
        false,
        lock,
        events,
        mode,
        mode,
        x11rb::NONE,
        x11rb::NONE,
        now,
    );
    assert_eq!(mouse.unwrap().reply().unwrap().status, GrabStatus::SUCCESS);
    assert_eq!(keyboard.unwrap().status, GrabStatus::SUCCESS);
    desk.wait_for_motion("motion on the lock");
    // The locker has grabbed the keys, so hot keys do not work, but commands do.
    desk.lab.succeed(&["pause"]);
    wait_for("the pause", 5.0, || desk.log_says("state    paused"));
    desk.lab.succeed(&["resume"]);
    connection.ungrab_keyboard(now).unwrap().check().unwrap();
    connection.ungrab_pointer(now).unwrap().check().unwrap();
    connection.destroy_window(lock).unwrap().check().unwrap();
    desk.wait_for_motion("motion after the lock");
    let stats = desk.end();
    assert_eq!(stats["holds"], 0, "{stats}");
}

#[test]
fn monitors_that_come_and_go_bound_the_pointer() {
    let desk = Desk::new(PATIENT);
    desk.wait_for_motion("motion");
    let (connection, root) = desk.client();
    connection
        .randr_query_version(1, 5)
        .unwrap()
        .reply()
        .unwrap();
    let resources = connection
        .randr_get_screen_resources(root)
        .unwrap()
        .reply()
        .unwrap();
    let atom = |name: &str| {
        connection
            .intern_atom(false, name.as_bytes())
            .unwrap()
            .reply()
            .unwrap()
            .atom
    };
    let monitor = MonitorInfo {
        name: atom("narrow"),
        primary: true,
        automatic: false,
        x: 560,
        y: 0,
        width: 160,
        height: 800,
        width_in_millimeters: 40,
        height_in_millimeters: 200,
        outputs: resources.outputs.clone(),
    };
    connection
        .randr_set_monitor(root, monitor)
        .unwrap()
        .check()
        .unwrap();
    let found = connection
        .randr_get_monitors(root, true)
        .unwrap()
        .reply()
        .unwrap();
    assert_eq!(
        found.monitors.iter().map(|m| m.width).collect::<Vec<_>>(),
        [160]
    );
    // The driver checks the screens every two seconds. From then on, the pointer stays on this one.
    let mut reached = (i32::MAX, i32::MIN);
    desk.screen.place_pointer(640, 400);
    let start = bci_cursor::system::clock::now();
    wait_for("the end of the watch", 30.0, || {
        let x = desk.screen.pointer().0[0];
        if common::ms_since(start) > 4_000.0 {
            reached = (reached.0.min(x), reached.1.max(x));
        } else {
            desk.screen.place_pointer(640, 400);
        }
        common::ms_since(start) > 16_000.0
    });
    println!("on a monitor from 560 to 719 it was at {reached:?}");
    assert!(reached.0 >= 560 && reached.1 <= 720, "{reached:?}");
    assert!(reached.1 - reached.0 > 20, "it does not move: {reached:?}");
    connection
        .randr_delete_monitor(root, atom("narrow"))
        .unwrap()
        .check()
        .unwrap();
    desk.screen.place_pointer(640, 400);
    wait_for("motion beyond", 60.0, || {
        let x = desk.screen.pointer().0[0];
        !(540..=740).contains(&x)
    });
    desk.end();
}

#[test]
fn two_thousand_samples_a_second_of_64_channels_are_processed_in_time() {
    let desk = Desk::new("synthetic:channels=64,rate=2000,seed=5,trials=200");
    desk.wait_for_motion("motion");
    desk.wait_for_motion("more motion");
    let stats = desk.end();
    println!("{stats}");
    assert!(stats["samples"].as_u64().unwrap() > 4_000, "{stats}");
    assert_eq!(stats["overrun_samples"], 0, "{stats}");
    assert_eq!(stats["missing_samples"], 0, "{stats}");
}
