//! This computer as a Bluetooth mouse. The test plays Linux's Bluetooth service and a tablet.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::system::clock;
use bci_cursor_firmware_protocol::pen::{PEN_DESCRIPTOR, PEN_MAX};
use bci_cursor_firmware_protocol::pointer::HID_DESCRIPTOR;
use common::desktop::Desktop;
use common::fake_bluez::{FakeBluez, Tablet};
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, Running, ms_since, wait_for};

/// A patient who moves and presses, and a computer with Bluetooth.
struct Desk {
    lab: Lab,
    desktop: Desktop,
    model: String,
    _headset: Running,
}

impl Desk {
    fn new() -> Self {
        let lab = Lab::new();
        let model = fit_three_classes(&lab);
        Self {
            desktop: Desktop::bare(),
            _headset: publish_three_classes(&lab, 21, "device"),
            model,
            lab,
        }
    }

    fn drive(&self, more: &[&str]) -> Running {
        let bluetooth = ["--pointer", "bluetooth"];
        let run = [&run_three_classes(&self.model)[..], &bluetooth, more].concat();
        let mut command = self.lab.bci_cursor(&run);
        for setting in [
            "control.pause.at_start=false",
            "control.pause.after_loss=false",
        ] {
            command.args(["--set", setting]);
        }
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.desktop.address);
        let log = std::fs::File::create(self.lab.path("run.log")).unwrap();
        command.stderr(log);
        Running::start(command)
    }

    fn log(&self) -> String {
        self.lab.read("run.log")
    }
}

/// A tablet connects as soon as there is a mouse.
fn connect(bluez: &FakeBluez) -> Tablet {
    wait_for("the mouse", 30.0, || bluez.is_advertised());
    let tablet = bluez.connect();
    wait_for("the end of advertising", 10.0, || !bluez.is_advertised());
    tablet
}

fn wait_for_a_press(tablet: &Tablet) {
    wait_for("motion and a press", 60.0, || {
        tablet.look().is_down && tablet.look().moved != [0; 2]
    });
}

#[test]
fn a_tablet_is_moved_and_its_button_is_released() {
    let desk = Desk::new();
    let bluez = FakeBluez::start(&desk.desktop.address, true);
    let faults = [("KILL", 150.0), ("TERM", 150.0), ("STOP", 400.0)];
    for (k, (signal, limit_ms)) in faults.into_iter().enumerate() {
        let mut driver = desk.drive(&[]);
        wait_for("the mouse", 30.0, || bluez.is_advertised());
        let services: Vec<String> = bluez.advertised("ServiceUUIDs").try_into().unwrap();
        assert_eq!(services, ["00001812-0000-1000-8000-00805f9b34fb"]);
        assert_eq!(u16::try_from(bluez.advertised("Appearance")), Ok(0x03c2));
        assert!(bluez.may_pair());
        // What the mouse reports is secret, so the tablet must pair first.
        let (descriptor, flags) = bluez.read("2a4b");
        assert_eq!(
            (&descriptor[..], &flags[..]),
            (HID_DESCRIPTOR, &["encrypt-read".to_owned()][..])
        );
        assert_eq!(bluez.read("2a4a").0, [0x11, 0x01, 0, 2]);
        assert!(bluez.read("2a4d").1.contains(&"encrypt-notify".to_owned()));
        let tablet = connect(&bluez);
        // Nobody else may, while it is connected.
        wait_for("the driver", 30.0, || !bluez.may_pair());
        wait_for_a_press(&tablet);
        driver.signal(signal);
        let start = clock::now();
        wait_for("the release", 5.0, || !tablet.look().is_down);
        let ms = ms_since(start);
        println!("{signal}: released after {ms:.0} ms");
        assert!(ms < limit_ms, "{signal}: {ms} ms");
        driver.signal("KILL");
        wait_for("the end", 10.0, || driver.has_ended());
        // A tablet that stayed connected would not listen to the next run.
        wait_for("the goodbye", 10.0, || bluez.disconnected() > k);
    }
}

#[test]
fn a_tablet_sees_a_pen_that_is_lifted_at_the_end() {
    let desk = Desk::new();
    let bluez = FakeBluez::start(&desk.desktop.address, true);
    let mut driver = desk.drive(&["--pen", "1280x800"]);
    wait_for("the pen", 30.0, || bluez.is_advertised());
    assert_eq!(u16::try_from(bluez.advertised("Appearance")), Ok(0x03c7));
    assert_eq!(bluez.read("2a4b").0, PEN_DESCRIPTOR);
    let tablet = connect(&bluez);
    wait_for("motion and a press", 60.0, || {
        let seen = tablet.look();
        seen.is_down && seen.is_in_range && seen.places.len() > 10
    });
    let places = tablet.look().places;
    let middle = f64::from(PEN_MAX) / 2.0;
    let first = places[0].map(|part| (f64::from(part) - middle).abs());
    assert!(first[0] < 1000.0 && first[1] < 1000.0, "{places:?}");
    driver.signal("KILL");
    wait_for("the pen's end", 5.0, || {
        let seen = tablet.look();
        !seen.is_down && !seen.is_in_range
    });
    wait_for("the end", 10.0, || driver.has_ended());
    assert!(
        desk.log().contains("neither a middle button nor a wheel"),
        "{}",
        desk.log()
    );
}

#[test]
fn only_another_device_can_see_a_pen() {
    let lab = Lab::new();
    for (pen, pointer, cause) in [
        (
            "1280x800",
            "none",
            "--pen works with --pointer gadget and --pointer bluetooth only",
        ),
        ("1280", "bluetooth", "such as 1280x800"),
        ("1280x99", "bluetooth", "from 100 to 20000"),
    ] {
        let output = lab
            .bci_cursor(&["run", "--stream", "x", "--pen", pen, "--pointer", pointer])
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && messages.contains(cause),
            "{messages}"
        );
    }
}

#[test]
fn a_tablet_that_was_out_of_reach_connects_again() {
    let desk = Desk::new();
    let bluez = FakeBluez::start(&desk.desktop.address, true);
    let driver = desk.drive(&[]);
    let tablet = connect(&bluez);
    wait_for_a_press(&tablet);
    bluez.lose_tablet();
    let tablet = connect(&bluez);
    wait_for_a_press(&tablet);
    assert!(desk.log().contains("out of reach"), "{}", desk.log());
    driver.signal("TERM");
    let (code, _) = driver.finish(10.0);
    assert_eq!(code, Some(0), "{}", desk.log());
}

#[test]
fn a_run_that_waits_for_its_tablet_again_can_be_stopped() {
    let desk = Desk::new();
    let bluez = FakeBluez::start(&desk.desktop.address, true);
    let driver = desk.drive(&[]);
    let tablet = connect(&bluez);
    wait_for_a_press(&tablet);
    bluez.lose_tablet();
    wait_for("the mouse", 10.0, || bluez.is_advertised());
    driver.signal("TERM");
    let start = clock::now();
    let (code, _) = driver.finish(10.0);
    let ms = ms_since(start);
    println!("ended after {ms:.0} ms");
    assert_eq!(code, Some(0), "{}", desk.log());
    assert!(ms < 1000.0, "{ms} ms");
}

#[test]
fn a_service_that_ends_while_a_run_waits_is_named() {
    let desk = Desk::new();
    let bluez = FakeBluez::start(&desk.desktop.address, true);
    let driver = desk.drive(&[]);
    wait_for("the mouse", 30.0, || {
        desk.log().contains("is a Bluetooth mouse now")
    });
    drop(bluez);
    let (code, _) = driver.finish(30.0);
    assert_ne!(code, Some(0));
    assert!(
        desk.log()
            .contains("Bluetooth was switched off, or its service has ended"),
        "{}",
        desk.log()
    );
}

#[test]
fn what_bluetooth_lacks_is_named() {
    let desk = Desk::new();
    let refused = || {
        let (code, _) = desk.drive(&[]).finish(30.0);
        assert_ne!(code, Some(0));
        desk.log()
    };
    let log = refused();
    assert!(log.contains("sudo systemctl start bluetooth"), "{log}");
    let _bluez = FakeBluez::start(&desk.desktop.address, false);
    let log = refused();
    assert!(log.contains("bluetoothctl power on"), "{log}");
}
