//! A dialog with two answers on sway, whose buttons are read from the accessibility bus.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::desktop::Desktop;
use crate::common::sway::Sway;
use crate::common::{Lab, Running, wait_for};
use std::process::Command;

/// sway on a screen of its own, with an accessibility bus.
pub struct SwayDialog {
    pub sway: Sway,
    desktop: Desktop,
}

impl SwayDialog {
    pub fn start(lab: &Lab) -> Self {
        let started = Self {
            desktop: Desktop::bare(),
            sway: Sway::start_on_screen(lab),
        };
        // This makes programs that are started from now on publish their targets.
        assert!(started.targets(lab).output().unwrap().status.success());
        started
    }

    /// Sets up a program to run there.
    pub fn on(&self, command: Command) -> Command {
        let mut command = self.sway.on(command);
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.desktop.address)
            .env_remove("NO_AT_BRIDGE");
        command
    }

    fn targets(&self, lab: &Lab) -> Command {
        self.on(lab.bci_cursor(&["targets", "--json", "--at", "640,360"]))
    }

    /// Shows a question, and waits for its two buttons.
    pub fn ask(&self, lab: &Lab) -> Running {
        let mut dialog = lab.command("zenity");
        dialog
            .args([
                "--question",
                "--title",
                "Question",
                "--text",
                "Warm enough?",
            ])
            .env("GDK_BACKEND", "wayland");
        let dialog = Running::start(self.on(dialog));
        self.answers(lab);
        dialog
    }

    /// Its buttons, from left to right: left, top, width and height. The compositor may move a dialog after it came.
    pub fn answers(&self, lab: &Lab) -> Vec<[i32; 4]> {
        let mut found = Vec::new();
        wait_for("two buttons", 60.0, || {
            let output = self.targets(lab).output().unwrap();
            let messages = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{messages}");
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let targets = report["targets"].as_array().unwrap();
            let own = targets.iter().filter(|target| target["kind"] == "button");
            let rect = |target: &serde_json::Value| {
                let part = |name| target["rect"][name].as_i64().unwrap() as i32;
                ["x", "y", "width", "height"].map(part)
            };
            found = own.map(rect).collect();
            found.len() >= 2
        });
        found.sort_unstable();
        found
    }
}
