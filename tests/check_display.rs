//! The timing of tags, as another program and a light sensor see it. These tests run alone, because they watch the clock.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;

use bci_cursor::block::Layout;
use bci_cursor::source::lsl::{LslOutlet, OutletAbout};
use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use bci_cursor::units::Hertz;
use common::{Lab, Screen, is_apart};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

#[test]
fn the_display_is_checked_from_outside() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let run = |args: &[&str]| {
        let mut command = lab.bci_cursor(args);
        command
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY");
        let output = command.output().unwrap();
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        (output, messages)
    };
    let (output, messages) = run(&["check-display", "--seconds", "3", "--json"]);
    assert!(output.status.success(), "{messages}");
    let timing: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |path: &str| timing.pointer(path).unwrap().as_f64().unwrap();
    assert!((59.0..61.0).contains(&number("/refresh_hz")), "{timing}");
    assert!(
        number("/changes") >= 60.0 && number("/unseen") <= 6.0,
        "{timing}"
    );
    assert!((-2.0..4.0).contains(&number("/offset_ms/p50")), "{timing}");
    // Nothing changes where there is no tag.
    let (output, messages) = run(&["check-display", "--seconds", "2", "--at", "5000,5000"]);
    assert!(!output.status.success());
    assert!(messages.contains("cannot be read"), "{messages}");
    let (output, _) = run(&["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("tells when frames are shown"), "{text}");
}

/// A light sensor whose signal falls with light, on the second channel of an amplifier that is 5 ms late.
fn publish_light(display: &str, name: &str, ends: &AtomicBool) {
    let (connection, number) = RustConnection::connect(Some(display)).unwrap();
    let root = connection.setup().roots[number].root;
    let layout = Layout {
        rate: Hertz::new(500.0).unwrap(),
        labels: vec!["Cz".into(), "Photo".into()],
    };
    let about = OutletAbout {
        name: name.to_owned(),
        source_id: name.to_owned(),
        ..OutletAbout::default()
    };
    let mut outlet = LslOutlet::new(&layout, &about).unwrap();
    let start = clock::now();
    for sample in 1.. {
        if ends.load(Ordering::SeqCst) {
            return;
        }
        let at = HostNanos(start.0 + sample * 2_000_000);
        clock::wait_until(at);
        let image = connection.get_image(ImageFormat::Z_PIXMAP, root, 640, 400, 1, 1, u32::MAX);
        let light = f64::from(image.unwrap().reply().unwrap().data[0]);
        // Stamped as a regular stream is, with the time at which the pixel should have been read.
        let stamp_s = (at.0 + 5_000_000) as f64 / 1e9;
        outlet.push(&[3.0, 400.0 - light], stamp_s, true).unwrap();
    }
}

#[test]
fn a_light_sensor_measures_the_whole_delay() {
    // This process publishes the sensor's stream.
    if !is_apart(module_path!(), "a_light_sensor_measures_the_whole_delay") {
        return;
    }
    let (lab, screen) = (Lab::new(), Screen::start());
    let name = "light".to_owned();
    let ends = Arc::new(AtomicBool::new(false));
    let publisher = {
        let (display, name, ends) = (screen.display.clone(), name.clone(), Arc::clone(&ends));
        std::thread::spawn(move || publish_light(&display, &name, &ends))
    };
    let args = ["check-display", "--seconds", "6", "--json", "--photodiode"];
    let more = ["Photo", "--stream", &name, "--patient", "default"];
    let mut command = lab.bci_cursor(&[&args[..], &more].concat());
    command
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("LSLAPICFG", std::env::var("LSLAPICFG").unwrap());
    let output = command.output().unwrap();
    ends.store(true, Ordering::SeqCst);
    publisher.join().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let timing: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |path: &str| timing.pointer(path).unwrap().as_f64().unwrap();
    assert!(number("/changes") >= 100.0, "{timing}");
    let offset_ms = number("/offset_ms/p50");
    assert!((2.0..9.0).contains(&offset_ms), "{timing}");
    // The delay is in the profile, and can be taken back.
    let kept = format!("decoding.display_delay_ms={offset_ms:.1}");
    assert!(messages.contains(&kept), "{messages}");
    let set = lab.succeed(&["set"]);
    let listed = String::from_utf8_lossy(&set.stdout).into_owned();
    assert!(listed.contains(&kept.replace('=', " = ")), "{listed}");
    let back = lab.succeed(&["set", "--back"]);
    let back = String::from_utf8_lossy(&back.stdout).into_owned();
    assert!(back.contains("decoding.display_delay_ms = auto"), "{back}");
}
