//! Impedances: a simulated headset that measures them, and the clinician's window.
#![cfg(all(unix, feature = "gui"))]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::ENGLISH;
use bci_cursor::app::gui::wizard::Step;
use bci_cursor::runtime::feed::{Feed, ThreadFeed};
use bci_cursor::source::SourceSpec;
use bci_cursor::source::headset::{HeadsetSettings, ImpedanceMeter};
use common::{Lab, simulate, wait_for};
use wizard_window::Window;

fn open(port: &str) -> ThreadFeed {
    let settings = HeadsetSettings {
        port: port.to_owned(),
        ..HeadsetSettings::default()
    };
    ThreadFeed::open(SourceSpec::Headset(settings)).unwrap()
}

#[test]
fn a_clinician_sees_which_electrodes_need_attention() {
    let lab = Lab::new();
    let patient = "synthetic:channels=8,trials=500";
    let (_headset, port, _lines) = simulate(&lab, &[patient, "--protocol", "native"]);
    let feed = open(&port);
    let meter: ImpedanceMeter = feed.impedance_meter().unwrap().clone();
    let mut window = Window::new("ida", 0, "channels=8");
    window.harness.state_mut().0.use_feed(Box::new(feed));
    window.frame(16);
    assert_eq!(window.step(), Step::Signal);
    assert!(!meter.is_on() && !window.shows("kΩ"));
    window.click(ENGLISH.impedances);
    assert!(meter.is_on());
    // Each virtual electrode has 3 kΩ more than the one before.
    wait_for("impedances", 10.0, || {
        window.frame(16);
        window.shows("FC3 4 kΩ") && window.shows("CP4 25 kΩ")
    });
    // The measurement stops when the clinician leaves the page, because its current shows in the EEG.
    window.click(ENGLISH.back);
    assert!(!meter.is_on());
}

#[test]
fn a_headset_without_impedance_measurement_does_not_offer_it() {
    let lab = Lab::new();
    let (_headset, port, _lines) = simulate(
        &lab,
        &["synthetic:channels=8,trials=500", "--protocol", "cyton"],
    );
    let feed = open(&port);
    assert!(feed.impedance_meter().is_none());
    let mut window = Window::new("ida", 0, "channels=8");
    window.harness.state_mut().0.use_feed(Box::new(feed));
    window.frame(16);
    assert!(!window.shows(ENGLISH.impedances));
}
