//! A web page is used with real EEG: a film is started, a list is scrolled, a link is opened. The page reports what
//! happened.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::at_desk;
use crate::common::chromium;
use crate::common::screen_patient;

use at_desk::{AtDesk, Eeg};
use chromium::{Browser, page_reports};
use common::{is_apart, wait_for};
use screen_patient::Goal;

/// Time limit for reaching a target, seconds: a synthetic patient needs several attempts at a small target among
/// others.
const PATIENCE_S: f64 = 600.0;

/// Targets on the page at the middle of the screen.
fn found(desk: &AtDesk, kind: &str, count: usize) -> Vec<[i32; 4]> {
    desk.desktop.rects(&desk.lab, [640, 400], kind, count)
}

/// Waits until the page reports that the target was reached.
fn reach(desk: &AtDesk, rect: [i32; 4], report: &str) {
    desk.patient.wants(Goal::Reach(rect));
    wait_for(report, PATIENCE_S, || page_reports(&desk.desktop, report));
    desk.patient.wants(Goal::Rest);
}

fn is_within(place: [i32; 2], [x, y, width, height]: [i32; 4]) -> bool {
    let [right, down] = [place[0] - x, place[1] - y];
    (0..width).contains(&right) && (0..height).contains(&down)
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn a_film_is_started_a_list_scrolled_and_a_link_opened_with_real_eeg() {
    let eeg = Eeg::real();
    if is_apart(
        module_path!(),
        "a_film_is_started_a_list_scrolled_and_a_link_opened_with_real_eeg",
    ) {
        use_the_page(&eeg);
    }
}

/// For `make demo-desktop`, with real or synthetic EEG.
#[test]
#[ignore = "shows what the test above does"]
fn a_page_is_used() {
    if is_apart(module_path!(), "a_page_is_used") {
        use_the_page(&Eeg::any());
    }
}

fn use_the_page(eeg: &Eeg) {
    let mut desk = AtDesk::start(eeg);
    desk.set(&["control.assist.mode=choose"]);
    // This makes programs that are started from now on publish their targets.
    desk.desktop.targets(&desk.lab, [640, 400]);
    let _browser = Browser::open(&desk.lab, &desk.desktop, "evening.html");
    wait_for("the page", 60.0, || page_reports(&desk.desktop, "Evening"));

    reach(&desk, found(&desk, "button", 1)[0], "played");

    // Move to the list. Only the position matters there, so a helper switches clicking off, and then the wheel on.
    desk.set(&["control.dwell.on=false"]);
    let row = found(&desk, "check_box", 3)[2];
    desk.patient.wants(Goal::Reach(row));
    wait_for("the pointer to be on the list", PATIENCE_S, || {
        is_within(desk.desktop.screen.pointer().0, row)
    });
    desk.patient.wants(Goal::Rest);
    desk.set(&["control.scroll.on=true"]);
    desk.patient.wants(Goal::Imagine(1));
    wait_for("the list's end", 120.0, || {
        page_reports(&desk.desktop, "scrolled")
    });
    desk.patient.wants(Goal::Rest);

    desk.set(&["control.scroll.on=false", "control.dwell.on=true"]);
    reach(&desk, found(&desk, "link", 1)[0], "The list is sent");
    desk.end();
}
