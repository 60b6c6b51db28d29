//! The film on the page of `browser.rs` is started by looking: the time from the look to the playing film.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::chromium;
use crate::common::desktop;
use crate::look;

use bci_cursor::system::clock;
use chromium::{Browser, page_reports};
use common::{Lab, ms_since, wait_for};
use desktop::Desktop;
use look::{AT_THE_BACK, Driver, Person, calibrate, settle};

const STARTS: usize = 3;
const LIMIT_S: f64 = 10.0;
/// A key that loads the page again.
const F5: u32 = 0xffc2;

/// Starts the film several times, and checks the session. Returns the times it took, seconds.
fn start_the_film(lab: &Lab) -> Vec<f64> {
    let desktop = Desktop::start();
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let mut person = Person::start(lab, &[AT_THE_BACK]);
    // This makes programs that are started from now on publish their targets.
    desktop.targets(lab, [640, 400]);
    let _browser = Browser::open(lab, &desktop, "evening.html");
    wait_for("the page", 60.0, || page_reports(&desktop, "Evening"));
    let play = desktop.rects(lab, [640, 400], "button", 1)[0];
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = Driver::start_with(lab, &desktop, &session, &[]);
    wait_for("the driver", 20.0, || {
        lab.read("run.log").contains("running")
    });
    settle();
    let mut took_s = Vec::new();
    for start in 0..STARTS {
        if start > 0 {
            desktop.screen.keys(&[F5]);
            wait_for("the page again", 20.0, || !page_reports(&desktop, "played"));
            // The driver reads the targets of the new page.
            desktop.rects(lab, [640, 400], "button", 1);
            settle();
        }
        let began = clock::now();
        person.looks_at(play);
        wait_for("the film", 60.0, || page_reports(&desktop, "played"));
        took_s.push(ms_since(began) / 1000.0);
        person.looks_away();
    }
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
    took_s
}

/// The median of the times, which must be below the limit.
fn check(took_s: &mut [f64]) {
    println!("the film plays after {took_s:.1?} s");
    took_s.sort_unstable_by(f64::total_cmp);
    assert!(took_s[STARTS / 2] < LIMIT_S, "{took_s:?} s");
}

#[test]
fn a_film_is_started_in_ten_seconds_by_looking_at_a_code() {
    let lab = Lab::new();
    calibrate(&lab);
    check(&mut start_the_film(&lab));
    assert!(lab.read("run.log").contains("32 codes"));
}

#[test]
fn a_film_is_started_in_ten_seconds_by_looking_at_flicker() {
    let lab = Lab::new();
    check(&mut start_the_film(&lab));
    assert!(lab.read("run.log").contains("three frequencies"));
}
