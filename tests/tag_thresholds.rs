//! Tags keep within the thresholds for photosensitive epilepsy: they become smaller, or are refused.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::tag_view;
use crate::presenter;

use bci_cursor::calibration::looking::codes::Code;
use bci_cursor::runtime::presenter::Presenter;
use bci_cursor::settings::{LookSettings, TagPosition};
use bci_cursor::stimulus::CodeBook;
use bci_cursor::stimulus::protocol::Setup;
use common::{Lab, Screen, wait_for};
use presenter::{frame_of, program, scene};
use std::time::Duration;
use tag_view::Look;
use x11rb::protocol::xproto::ConnectionExt as _;

#[test]
fn too_large_an_area_is_refused_unless_it_was_confirmed() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    let fast = Code::Sine {
        frequency_hz: 10.0,
        phase_rad: 0.0,
    };
    let large = Setup {
        codes: CodeBook { codes: vec![fast] },
        look: LookSettings {
            size_px: 300,
            position: TagPosition::On,
            ..LookSettings::default()
        },
        ..Setup::default()
    };
    let presenter = Presenter::start(&program(&lab, &screen), large.clone()).unwrap();
    // Half of their size would still be too large.
    let crowd: Vec<([i32; 2], u16)> = (0..9)
        .map(|k| ([500 + k % 3 * 120, 300 + k / 3 * 120], 0))
        .collect();
    presenter.show(scene(4, &crowd));
    let mut refusal = None;
    wait_for("the refusal", 5.0, || {
        refusal = presenter.refusals().try_recv().ok();
        refusal.is_some()
    });
    let refusal = refusal.unwrap();
    assert!(refusal.scene == 4 && refusal.exceeds);
    for part in [
        "photosensitive epilepsy",
        "10 flashes a second",
        "steradian",
        "smaller tags",
    ] {
        assert!(refusal.reason.contains(part), "{}", refusal.reason);
    }
    assert_eq!(look.tags(), [0; 0]);
    // The scene was not shown, so no frame of it is reported. One without tags is.
    presenter.show(scene(5, &[]));
    let shown = presenter.frames().recv_timeout(Duration::from_secs(5));
    assert_eq!(shown.unwrap().scene, 5);
    assert_eq!(presenter.failure(), None);
    drop(presenter);
    let confirmed = Setup {
        may_exceed: true,
        ..large
    };
    let presenter = Presenter::start(&program(&lab, &screen), confirmed).unwrap();
    presenter.show(scene(1, &crowd));
    frame_of(&presenter, 1);
    assert_eq!(look.tags().len(), 9);
}

/// Tags that are too large together are shown smaller, and in their own size again when there are fewer.
#[test]
fn many_tags_close_together_are_shown_smaller() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    let [one, other] = [9.0, 11.0].map(|frequency_hz| Code::Sine {
        frequency_hz,
        phase_rad: 0.0,
    });
    let fast = Setup {
        codes: CodeBook {
            codes: vec![one, other],
        },
        ..Setup::default()
    };
    let presenter = Presenter::start(&program(&lab, &screen), fast).unwrap();
    let keys = |count: i32| -> Vec<([i32; 2], u16)> {
        (0..count)
            .map(|k| ([400 + k % 8 * 60, 200 + k / 8 * 60], (k % 2) as u16))
            .collect()
    };
    let mut sides = Vec::new();
    for (number, count) in [(1, 2), (2, 40), (3, 2)] {
        presenter.show(scene(number, &keys(count)));
        frame_of(&presenter, number);
        let tags = look.tags();
        assert_eq!(tags.len(), count as usize);
        let place = look.connection.get_geometry(tags[0]).unwrap();
        sides.push(place.reply().unwrap().width);
    }
    assert_eq!(sides[0], sides[2], "{sides:?}");
    assert!(sides[1] < sides[0] && 2 * sides[1] >= sides[0], "{sides:?}");
    assert_eq!(presenter.failure(), None);
}
