//! A desktop: an X server, a window manager, and the accessibility bus.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::{Lab, Screen, wait_for};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub struct Desktop {
    pub screen: Screen,
    pub address: String,
    /// The bus and the window manager.
    children: Vec<Child>,
}

impl Desktop {
    /// Only screen and bus, so that the test can provide the accessibility service.
    pub fn bare() -> Self {
        let screen = Screen::start();
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nosyslog", "--print-address=1"])
            .env("DISPLAY", &screen.display)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is needed: run the tests with 'make test'");
        let mut address = String::new();
        let output = bus.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut address).unwrap();
        Self {
            screen,
            address: address.trim().to_owned(),
            children: vec![bus],
        }
    }

    /// Screen and bus with a window manager.
    pub fn start() -> Self {
        let mut desktop = Self::bare();
        let mut manager = Command::new("openbox");
        manager.stdout(Stdio::null()).stderr(Stdio::null());
        let manager = desktop.on(&mut manager).spawn();
        desktop
            .children
            .push(manager.expect("openbox is needed: run the tests with 'make test'"));
        desktop
    }

    /// Sets up a program to run on this desktop.
    pub fn on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", &self.screen.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("NO_AT_BRIDGE")
    }

    /// The targets in the window at a place, from `bci-cursor targets --json`.
    pub fn targets(&self, lab: &Lab, at: [i32; 2]) -> Value {
        let at = format!("{},{}", at[0], at[1]);
        let mut command = lab.bci_cursor(&["targets", "--json", "--at", &at]);
        let output = self.on(&mut command).output().unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Rectangles of one kind of target, once there are `count` of them: left, top, width, height.
    pub fn rects(&self, lab: &Lab, at: [i32; 2], kind: &str, count: usize) -> Vec<[i32; 4]> {
        let mut found = Vec::new();
        wait_for(&format!("{count} targets ({kind})"), 60.0, || {
            let report = self.targets(lab, at);
            let targets = report["targets"].as_array().unwrap();
            let own = targets.iter().filter(|target| target["kind"] == kind);
            let part = |target: &Value, name: &str| target["rect"][name].as_i64().unwrap() as i32;
            let rect = |target| ["x", "y", "width", "height"].map(|name| part(target, name));
            found = own.map(rect).collect();
            found.len() >= count
        });
        found
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for mut child in self.children.drain(..).rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
