//! A board that acts as a pen: golden bytes of its reports, its release of buttons, and its place as a property.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking

use bci_cursor_firmware_protocol::pen::{PEN_DESCRIPTOR, PEN_MAX, Pen, PenState, read_pen};
use bci_cursor_firmware_protocol::pointer::{LEFT, MIDDLE, RIGHT, Report};
use proptest::prelude::*;

const DOWN: Report = Report {
    dx: 0,
    dy: 0,
    wheel: 0,
    buttons: LEFT,
};

#[test]
fn golden_pen_reports() {
    assert_eq!(PEN_DESCRIPTOR.len(), 61);
    let mut pen = Pen::new(1281, 801);
    // Away from the screen, over its middle.
    assert_eq!((pen.lifted(), pen.poll(0)), ([0, 0, 0x40, 0, 0x40], None));
    pen.report(&Report::default(), 0);
    assert_eq!(pen.poll(0), Some([4, 0, 0x40, 0, 0x40]));
    let report = Report {
        dx: 320,
        dy: -400,
        wheel: 1,
        buttons: LEFT | RIGHT | MIDDLE,
    };
    pen.report(&report, 1);
    assert_eq!(pen.poll(1), Some([7, 0xFF, 0x5F, 0, 0]));
    assert_eq!(pen.poll(1), None);
    // Screens end.
    pen.report(
        &Report {
            dx: i16::MAX,
            ..DOWN
        },
        2,
    );
    assert_eq!(pen.poll(2), Some([5, 0xFF, 0x7F, 0, 0]));
    let seen = PenState {
        x: PEN_MAX,
        y: 0,
        is_left_down: true,
        is_right_down: false,
        is_in_range: true,
    };
    assert_eq!(read_pen(&[5, 0xFF, 0x7F, 0, 0]), Ok(seen));
    assert!(read_pen(&[0; 4]).is_err());
}

#[test]
fn a_pen_without_its_host_is_lifted() {
    let mut pen = Pen::new(1281, 801);
    // Across the wrap of the board's clock.
    let start = u32::MAX - 100;
    pen.report(&DOWN, start);
    assert_eq!(pen.poll(start).unwrap()[0], 5);
    pen.keep_alive(start.wrapping_add(200));
    assert_eq!(pen.poll(start.wrapping_add(449)), None);
    assert_eq!(pen.poll(start.wrapping_add(450)).unwrap()[0], 4);
    // A keep-alive presses nothing again.
    pen.keep_alive(500);
    assert_eq!(pen.poll(500), None);
    pen.report(&DOWN, 600);
    assert_eq!(pen.poll(600).unwrap()[0], 5);
    pen.host_is_gone();
    assert_eq!(pen.poll(601), Some(pen.lifted()));
    assert_eq!(pen.poll(602), None);
}

proptest! {
    #[test]
    fn a_pen_is_where_motion_has_put_it(
        size in (1..5000u16, 1..5000u16),
        reports in proptest::collection::vec((any::<i16>(), any::<i16>(), 0..8u8), 1..50),
    ) {
        let mut pen = Pen::new(size.0, size.1);
        let mut place = [f64::from(size.0 / 2), f64::from(size.1 / 2)];
        for (k, &(dx, dy, buttons)) in reports.iter().enumerate() {
            pen.report(&Report { dx, dy, wheel: 0, buttons }, k as u32);
            let edges = [size.0, size.1].map(|length| f64::from(length - 1));
            place = [0, 1].map(|axis| (place[axis] + f64::from([dx, dy][axis])).clamp(0.0, edges[axis]));
            if let Some(report) = pen.poll(k as u32) {
                let seen = read_pen(&report).unwrap();
                prop_assert_eq!(seen.is_left_down, buttons & LEFT != 0);
                prop_assert_eq!(seen.is_right_down, buttons & RIGHT != 0);
                for (axis, found) in [seen.x, seen.y].into_iter().enumerate() {
                    let expected = place[axis] / edges[axis].max(1.0) * f64::from(PEN_MAX);
                    prop_assert!((f64::from(found) - expected).abs() <= 0.5 + 1e-9, "{} {}", found, expected);
                }
            }
        }
    }
}
