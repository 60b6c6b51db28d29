//! What is shown on a Wayland compositor (sway on an X server, whose pixels the test reads): what becomes of tags without stamps, screen
//! or compositor.
#![cfg(target_os = "linux")]

use crate::common;
use crate::wayland_looks;

use bci_cursor::calibration::looking::codes::Code;
use bci_cursor::runtime::presenter::{Presenter, TagsError};
use bci_cursor::stimulus::CodeBook;
use bci_cursor::stimulus::protocol::Setup;
use bci_cursor::system::clock;
use common::sway::Sway;
use common::{Lab, Screen, wait_for};
use wayland_looks::{bright, frames_of, program};

const WHITE: [u8; 3] = [255; 3];

fn setup() -> Setup {
    Setup {
        codes: CodeBook {
            codes: vec![Code::Bits(vec![true])],
        },
        ..Setup::default()
    }
}

/// sway without a screen shows frames, but does not tell when.
#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn tags_without_stamps_are_refused() {
    let lab = Lab::new();
    let sway = Sway::start(&lab);
    let began = clock::now();
    let error = Presenter::start(&program(&lab, &sway), setup()).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("does not tell when a frame was shown"),
        "{error}"
    );
    assert!(error.contains("Use an X session"), "{error}");
    assert!(common::ms_since(began) < 10_000.0);
    let checks = sway.on(lab.bci_cursor(&["doctor"])).output().unwrap();
    let checks = String::from_utf8(checks.stdout).unwrap();
    assert!(checks.contains("warning  tags to look at"), "{checks}");
}

/// White pixels on the screen that the compositor shows.
fn white(screen: &Screen) -> usize {
    let pixels = screen.pixels();
    pixels.into_iter().filter(|pixel| *pixel == WHITE).count()
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn tags_go_to_the_screen_that_is_left() {
    let lab = Lab::new();
    let sway = Sway::start_on_screen(&lab);
    let screen = sway.screen.as_ref().unwrap();
    let before = white(screen);
    let presenter = Presenter::start(&program(&lab, &sway), setup()).unwrap();
    presenter.show(bright(1, &[[640, 360]]));
    frames_of(&presenter, 1, 30);
    assert!(white(screen) > before + 400, "{} {before}", white(screen));

    // Its window covers the other one.
    sway.command("create_output");
    wait_for("the other screen", 10.0, || white(screen) <= before);
    sway.unplug();
    // The screen that is left moves to where the other one was.
    wait_for("the tag on the other screen", 20.0, || {
        assert_eq!(presenter.failure(), None);
        white(screen) > before + 400
    });
    let shown = clock::now();
    wait_for("frames on the other screen", 10.0, || {
        let mut frames = presenter.frames().try_iter();
        frames.any(|frame| frame.shown > shown)
    });
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn tags_come_back_when_the_display_shows_frames_again() {
    let lab = Lab::new();
    let sway = Sway::start_on_screen(&lab);
    let presenter = Presenter::start(&program(&lab, &sway), setup()).unwrap();
    presenter.show(bright(1, &[[640, 360]]));
    frames_of(&presenter, 1, 30);
    for scene in [2, 3] {
        sway.signal("STOP");
        wait_for("the reason", 10.0, || {
            let mut refusals = presenter.refusals().try_iter();
            refusals.any(|refusal| refusal.reason.contains("has shown no frame for 2 s"))
        });
        presenter.show(bright(scene, &[[640, 360]]));
        sway.signal("CONT");
        frames_of(&presenter, scene, 30);
        assert_eq!(presenter.failure(), None);
    }
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn tags_end_with_the_compositor() {
    let lab = Lab::new();
    let mut sway = Sway::start_on_screen(&lab);
    let presenter = Presenter::start(&program(&lab, &sway), setup()).unwrap();
    presenter.show(bright(1, &[[640, 360]]));
    frames_of(&presenter, 1, 30);
    sway.kill();
    wait_for("the failure", 5.0, || presenter.failure().is_some());
    let Some(TagsError::Failed { reason }) = presenter.failure() else {
        panic!("{:?}", presenter.failure());
    };
    assert!(
        reason.contains("the Wayland compositor is lost"),
        "{reason}"
    );
    let error = Presenter::start(&program(&lab, &sway), setup()).unwrap_err();
    assert!(
        error.to_string().contains("tags cannot be shown"),
        "{error}"
    );
}
