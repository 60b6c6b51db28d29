//! The pointer of a Wayland desktop through its portal. A portal in the test takes the place of the desktop's; `make test-desktops`
//! tries mutter's.
#![cfg(target_os = "linux")]

use crate::common;
use crate::common::desktop;
use crate::common::fake_portal;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, Running, ms_since, wait_for};
use desktop::Desktop;
use fake_portal::{FakePortal, TOKEN};

/// A patient who moves and presses, and a desktop with a portal.
struct Desk {
    lab: Lab,
    desktop: Desktop,
    portal: FakePortal,
    model: String,
    _headset: Running,
}

impl Desk {
    fn new(version: u32) -> Self {
        let (lab, desktop) = (Lab::new(), Desktop::bare());
        let portal = FakePortal::start(&desktop.address, version);
        let model = fit_three_classes(&lab);
        let headset = publish_three_classes(&lab, 21, "device");
        Self {
            lab,
            desktop,
            portal,
            model,
            _headset: headset,
        }
    }

    fn drive(&self) -> Running {
        let portal = ["--pointer", "portal", "--without-override"];
        let run = [&run_three_classes(&self.model)[..], &portal].concat();
        let mut command = self.lab.bci_cursor(&run);
        command.args(["--set", "control.pause.at_start=false"]);
        let log = std::fs::File::create(self.lab.path("run.log")).unwrap();
        self.desktop.on(&mut command).stderr(log);
        Running::start(command)
    }

    fn wait_for_a_press(&self) {
        wait_for("motion and a press", 60.0, || {
            self.portal
                .look(|seen| seen.is_down() && seen.moved != [0.0; 2])
        });
    }
}

#[test]
fn a_button_of_the_portal_is_released_and_consent_is_remembered() {
    release_and_remember(&Desk::new(2));
}

#[test]
fn a_button_of_a_direct_connection_is_released_too() {
    let desk = Desk::new(2);
    desk.portal.look(|seen| seen.is_direct = true);
    release_and_remember(&desk);
    assert_eq!(desk.portal.look(|seen| seen.lent), 3);
}

/// As when somebody switches to another console: the compositor releases the buttons itself, and lends the pointer again later.
#[test]
fn a_direct_connection_that_is_paused_goes_on() {
    let desk = Desk::new(2);
    desk.portal.look(|seen| seen.is_direct = true);
    let driver = desk.drive();
    desk.wait_for_a_press();
    desk.portal.look(|seen| seen.pauses = true);
    wait_for("the message", 20.0, || {
        desk.lab.read("run.log").contains("for now")
    });
    let (moved, presses) = desk.portal.look(|seen| (seen.moved, seen.presses.len()));
    let samples = || {
        let output = desk.lab.succeed(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        status[0]["samples"].as_u64().unwrap()
    };
    let before = samples();
    // Two seconds of the patient's signal, in which the pointer would have moved.
    wait_for("the driver's work", 20.0, || samples() > before + 500);
    desk.portal
        .look(|seen| assert_eq!((seen.moved, seen.presses.len()), (moved, presses)));
    desk.portal.look(|seen| seen.pauses = false);
    wait_for("more motion and presses", 60.0, || {
        desk.portal
            .look(|seen| seen.moved != moved && seen.is_down())
    });
    assert_eq!(desk.portal.look(|seen| seen.lent), 2);
    driver.signal("TERM");
    let (code, _) = driver.finish(10.0);
    assert_eq!(code, Some(0), "{}", desk.lab.read("run.log"));
}

fn release_and_remember(desk: &Desk) {
    for (signal, limit_ms) in [("KILL", 150.0), ("TERM", 150.0), ("STOP", 400.0)] {
        let driver = desk.drive();
        desk.wait_for_a_press();
        driver.signal(signal);
        let start = clock::now();
        wait_for("the release", 5.0, || {
            !desk.portal.look(|seen| seen.is_down())
        });
        let ms = ms_since(start);
        println!("{signal}: released after {ms:.0} ms");
        assert!(ms < limit_ms, "{signal}: {ms} ms");
        driver.signal("KILL");
    }
    // The second and third run showed the token of the one before.
    desk.portal
        .look(|seen| assert_eq!(seen.tokens, [TOKEN, TOKEN]));
}

#[test]
fn a_refusal_and_the_end_of_a_session_are_final() {
    let desk = Desk::new(1);
    desk.portal.look(|seen| seen.refuses = true);
    let (code, _) = desk.drive().finish(30.0);
    let log = desk.lab.read("run.log");
    assert!(
        code != Some(0) && log.contains("the user did not allow it"),
        "{log}"
    );

    desk.portal.look(|seen| seen.refuses = false);
    let driver = desk.drive();
    desk.wait_for_a_press();
    let sessions = desk.portal.look(|seen| seen.sessions);
    desk.portal.close_session();
    let (code, _) = driver.finish(30.0);
    let log = desk.lab.read("run.log");
    assert!(
        code != Some(0) && log.contains("the desktop has ended the session"),
        "{log}"
    );
    // The user ended it on purpose, and is not asked again.
    assert_eq!(desk.portal.look(|seen| seen.sessions), sessions);
}

/// A portal that crashes may start again without the session, and would ignore every request.
#[test]
fn the_end_of_the_portal_ends_the_run() {
    let desk = Desk::new(2);
    let driver = desk.drive();
    desk.wait_for_a_press();
    desk.portal.end();
    let (code, _) = driver.finish(30.0);
    let log = desk.lab.read("run.log");
    assert!(
        code != Some(0) && log.contains("the desktop has ended"),
        "{log}"
    );
}
