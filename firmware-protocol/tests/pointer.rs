//! The mouse board: golden bytes of its reports, its release of buttons, and its motion as a property.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking

use bci_cursor_firmware_protocol::pointer::{self, HID_DESCRIPTOR, Mouse, Report, read_hid};
use proptest::prelude::*;

#[test]
fn golden_pointer_reports() {
    let report = Report {
        dx: -300,
        dy: 5,
        wheel: -1,
        buttons: pointer::LEFT,
    };
    let mut bytes = [0; Report::BYTES];
    assert_eq!(report.emit(&mut bytes), Ok(Report::BYTES));
    assert_eq!(bytes, [0xD4, 0xFE, 5, 0, 0xFF, 1]);
    assert_eq!(Report::parse(&bytes), Ok(report));
    assert!(Report::parse(&[0, 0, 0, 0, 0, 8]).is_err() && Report::parse(&[0; 5]).is_err());
    assert_eq!(HID_DESCRIPTOR.len(), 52);
    // A long motion is sent in steps that fit into a byte.
    let mut mouse = Mouse::default();
    mouse.report(&report, 0);
    let sent: Vec<_> = std::iter::from_fn(|| mouse.poll(1)).collect();
    assert_eq!(sent, [[1, 0x81, 5, 0xFF], [1, 0x81, 0, 0], [1, 0xD2, 0, 0]]);
}

#[test]
fn a_board_without_its_host_releases_all_buttons() {
    let mut mouse = Mouse::default();
    let down = Report {
        buttons: pointer::LEFT | pointer::RIGHT,
        ..Report::default()
    };
    // Across the wrap of the board's clock.
    let start = u32::MAX - 100;
    mouse.report(&down, start);
    assert_eq!(mouse.poll(start), Some([3, 0, 0, 0]));
    mouse.keep_alive(start.wrapping_add(200));
    assert_eq!(mouse.poll(start.wrapping_add(449)), None);
    assert_eq!(mouse.poll(start.wrapping_add(450)), Some([0, 0, 0, 0]));
    assert_eq!(mouse.poll(start.wrapping_add(451)), None);
    // Pending motion is not continued when the host is back.
    mouse.report(&Report { dx: 1000, ..down }, 1000);
    assert_eq!(mouse.poll(2000), None);
    mouse.keep_alive(2001);
    assert_eq!(mouse.poll(2001), None);
    // A host that is known to have ended is not waited for.
    mouse.report(&Report { dx: 1000, ..down }, 3000);
    assert_eq!(mouse.poll(3000), Some([3, 127, 0, 0]));
    mouse.host_is_gone();
    assert_eq!(mouse.poll(3001), Some([0, 0, 0, 0]));
    assert_eq!(mouse.poll(3002), None);
}

proptest! {
    #[test]
    fn no_motion_is_lost_on_the_board(reports in proptest::collection::vec((-2000..2000i16, -2000..2000i16, -5..5i8, 0..8u8), 1..50)) {
        let mut mouse = Mouse::default();
        let (mut sum, mut buttons) = ([0i32; 3], 0);
        for (k, &(dx, dy, wheel, down)) in reports.iter().enumerate() {
            mouse.report(&Report { dx, dy, wheel, buttons: down }, k as u32);
            while let Some(report) = mouse.poll(k as u32) {
                let report = read_hid(&report).unwrap();
                sum[0] += i32::from(report.dx);
                sum[1] += i32::from(report.dy);
                sum[2] += i32::from(report.wheel);
                buttons = report.buttons;
            }
            prop_assert_eq!(buttons, down);
        }
        let expected = reports.iter().fold([0i32; 3], |s, r| [s[0] + i32::from(r.0), s[1] + i32::from(r.1), s[2] + i32::from(r.2)]);
        prop_assert_eq!(sum, expected);
    }
}
