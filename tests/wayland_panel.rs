//! The patient's panel on a Wayland compositor (sway): it keeps its place free of windows, takes clicks that nobody else receives, and a person
//! presses its buttons by looking.
#![cfg(all(feature = "gui", target_os = "linux"))]

use crate::common;
use crate::look;
use crate::panel;
use crate::wayland_looks;

use common::wev::PointerEvent;
use common::{Lab, wait_for};
use look::settle;
use panel::{PANEL, PAUSE, panel_tags};
use std::time::Duration;
use wayland_looks::who_looks;

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_person_pauses_with_the_panel_of_a_compositor() {
    let lab = Lab::new();
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let (mut sway, mut person, driver) = who_looks(&lab, &session, "targets", &PANEL);
    let log = || lab.read("run.log");
    wait_for("the driver", 30.0, || log().contains("running"));
    // The only window of the desktop gets the rest of the screen.
    wait_for("room for the panel", 10.0, || {
        sway.width_of_window()
            .is_some_and(|width| (1000..1120).contains(&width))
    });
    let mut printer = lab.python("print_markers.py", &["bci-cursor-scenes"]);
    let scenes = printer.lines();
    settle();
    let [x, y] = panel_tags(&scenes, 1060)[PAUSE];
    person.looks_at([x, y, 1, 1]);
    wait_for("the paused run", 60.0, || {
        let status = lab.bci_cursor(&["status"]).output().unwrap();
        String::from_utf8_lossy(&status.stdout).contains("the patient rests")
    });
    let mut clicked = false;
    while let Some((_, event)) = sway.next(Duration::ZERO) {
        clicked |= matches!(event, PointerEvent::Button(..));
    }
    assert!(!clicked, "the click went through the panel");
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}
