//! This computer as a USB mouse: what the other computer receives. A FIFO takes the place of the USB port; `make test-usb-mouse` tries a real one.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::system::clock;
use bci_cursor_firmware_protocol::pen::PEN_DESCRIPTOR;
use bci_cursor_firmware_protocol::pointer::{HID_DESCRIPTOR, HID_REPORT_BYTES, LEFT};
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, ms_since, wait_for};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::process::Command;

/// The other computer.
struct Computer {
    reports: File,
    /// Motion so far, counts.
    moved: [i64; 2],
    /// The left button is down.
    is_down: bool,
}

impl Computer {
    fn new(lab: &Lab) -> (Self, String) {
        let path = lab.path("hidg0");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let flags = OFlags::RDWR | OFlags::NONBLOCK;
        let reports = rustix::fs::open(&path, flags, Mode::empty()).unwrap();
        let computer = Self {
            reports: reports.into(),
            moved: [0; 2],
            is_down: false,
        };
        (computer, path.to_string_lossy().into_owned())
    }

    /// Takes the reports that have arrived.
    fn take(&mut self) {
        let mut report = [0; HID_REPORT_BYTES];
        while self
            .reports
            .read(&mut report)
            .is_ok_and(|count| count == report.len())
        {
            self.is_down = report[0] & LEFT != 0;
            for (sum, count) in self.moved.iter_mut().zip(&report[1..]) {
                *sum += i64::from(count.cast_signed());
            }
        }
    }

    fn wait_until(&mut self, what: &str, within_s: f64, is_so: impl Fn(&Self) -> bool) -> f64 {
        let start = clock::now();
        wait_for(what, within_s, || {
            self.take();
            is_so(self)
        });
        ms_since(start)
    }
}

/// A mouse board's own limit is 250 ms; a killed driver's end is seen at once.
#[test]
fn a_killed_driver_leaves_no_button_down_on_the_other_computer() {
    let lab = Lab::new();
    let (mut computer, port) = Computer::new(&lab);
    let model = fit_three_classes(&lab);
    let _headset = publish_three_classes(&lab, 21, "device");
    for (signal, limit_ms) in [("KILL", 150.0), ("TERM", 150.0), ("STOP", 400.0)] {
        let run = run_three_classes(&model);
        let to = ["--pointer", "gadget", "--gadget", &port];
        let driver = lab.spawn(&[&run[..], &to].concat(), None);
        computer.wait_until("a press", 60.0, |computer| {
            computer.is_down && computer.moved != [0; 2]
        });
        driver.signal(signal);
        let ms = computer.wait_until("the release", 5.0, |computer| !computer.is_down);
        println!("{signal}: released after {ms:.0} ms");
        assert!(ms < limit_ms, "{signal}: {ms} ms");
    }
}

#[test]
fn a_port_that_is_not_set_up_is_named_with_its_remedy() {
    let lab = Lab::new();
    let model = fit_three_classes(&lab);
    let _headset = publish_three_classes(&lab, 21, "device");
    let port = lab.path("no-port").to_string_lossy().into_owned();
    let run = run_three_classes(&model);
    let output = lab
        .bci_cursor(&[&run[..], &["--pointer", "gadget", "--gadget", &port]].concat())
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        messages.contains(&format!("{port} cannot be opened")),
        "{messages}"
    );
    assert!(
        messages.contains("sudo bci-cursor-usb-mouse up"),
        "{messages}"
    );
}

#[test]
fn the_script_describes_the_mouse_and_the_pen_of_the_protocol() {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/packaging/bci-cursor-usb-mouse"
    );
    for (args, expected) in [
        (&["descriptor"][..], HID_DESCRIPTOR),
        (&["descriptor", "pen"], PEN_DESCRIPTOR),
    ] {
        let output = Command::new("sh").arg(script).args(args).output().unwrap();
        assert_eq!(output.stdout, expected);
    }
}
