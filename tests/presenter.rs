//! Tags on a real X server, shown by the real program: what is on the screen is what was reported, no tag takes a click
//! or the focus, and whatever happens to the driver leaves no flicker.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::tag_view;

use bci_cursor::calibration::looking::codes::Code;
use bci_cursor::rect::Rect;
use bci_cursor::runtime::presenter::{Presenter, PresenterProgram, TagsError};
use bci_cursor::settings::{LookSettings, TagColour, TagPosition};
use bci_cursor::stimulus::appearance::{Appearance, step};
use bci_cursor::stimulus::protocol::{Request, Setup};
use bci_cursor::stimulus::{CodeBook, Scene, SceneTag, ShownFrame};
use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use common::{Lab, Screen, wait_for};
use std::io::Write;
use std::process::Stdio;
use tag_view::Look;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt as _, StackMode};

/// Stamps of a virtual display are rounded to its timer, nanoseconds.
const ROUNDING_NS: i64 = 4_000_000;
const FRAME_NS: i64 = 16_667_000;

/// Always bright, always dark, and a slow sine.
fn book() -> CodeBook {
    let sine = Code::Sine {
        frequency_hz: 1.0,
        phase_rad: 0.0,
    };
    CodeBook {
        codes: vec![Code::Bits(vec![true]), Code::Bits(vec![false]), sine],
    }
}

fn setup() -> Setup {
    Setup {
        codes: book(),
        ..Setup::default()
    }
}

/// The real program as the presenter of this screen.
pub(crate) fn program(lab: &Lab, screen: &Screen) -> PresenterProgram {
    let config = lab.path("lsl_api.cfg");
    let args = [
        "-u".to_owned(),
        "WAYLAND_DISPLAY".to_owned(),
        format!("DISPLAY={}", screen.display),
        format!("LSLAPICFG={}", config.to_str().unwrap()),
        env!("CARGO_BIN_EXE_bci-cursor").to_owned(),
        "tags".to_owned(),
    ];
    PresenterProgram {
        program: "env".into(),
        args: args.to_vec(),
    }
}

/// A scene with a tag at each of these places.
pub(crate) fn scene(number: u32, tags: &[([i32; 2], u16)]) -> Scene {
    let tag = |([x, y], code): &([i32; 2], u16)| SceneTag {
        target: Rect {
            x: x - 30,
            y: y - 15,
            width: 60,
            height: 30,
        },
        code: *code,
    };
    Scene {
        number,
        tags: tags.iter().map(tag).collect(),
    }
}

const GROUND: [u8; 3] = [0x40; 3];
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// Waits for the next frame of a scene.
pub(crate) fn frame_of(presenter: &Presenter, scene: u32) -> ShownFrame {
    let mut found = None;
    wait_for(&format!("a frame of scene {scene}"), 10.0, || {
        found = presenter
            .frames()
            .try_iter()
            .find(|frame| frame.scene == scene);
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn the_screen_shows_in_each_frame_what_is_reported() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    look.cover();
    let presenter = Presenter::start(&program(&lab, &screen), setup()).unwrap();
    let refresh_hz = presenter.refresh_hz();
    assert!((59.0..61.0).contains(&refresh_hz), "{refresh_hz}");
    let [bright, dark, sine] = [[200, 200], [500, 200], [800, 300]];
    presenter.show(scene(1, &[(bright, 0), (dark, 1), (sine, 2)]));
    frame_of(&presenter, 1);

    // What was seen, with the time before and after looking.
    let (mut seen, mut frames) = (Vec::new(), Vec::new());
    while seen.len() < 200 {
        let before = clock::now();
        let pixel = look.pixel(sine);
        seen.push((before, pixel, clock::now()));
        assert_eq!([look.pixel(bright), look.pixel(dark)], [WHITE, BLACK]);
        let count = frames.len();
        wait_for("the next frame", 5.0, || {
            frames.extend(presenter.frames().try_iter());
            frames.len() > count
        });
    }
    assert!(frames.iter().all(|frame| frame.scene == 1));
    for pair in frames.windows(2) {
        let [one, next] = [pair[0], pair[1]];
        assert!(next.frame > one.frame && next.shown > one.shown, "{pair:?}");
        // A late frame is followed by one in time.
        let most = 1 + u64::from(one.missed) + u64::from(next.missed);
        assert!(next.frame - one.frame <= most, "{pair:?}");
    }
    let appearance = Appearance::new(&LookSettings::default());
    let expected = |frame: &ShownFrame| {
        appearance.srgb(step(book().brightness(2, frame.frame, refresh_hz).unwrap()))
    };
    let mut checked = 0;
    for (before, pixel, after) in seen {
        let during = frames.windows(2).filter(|pair| {
            pair[0].shown.0 <= after.0 + ROUNDING_NS && pair[1].shown.0 >= before.0 - ROUNDING_NS
        });
        let possible: Vec<[u8; 3]> = during.map(|pair| expected(&pair[0])).collect();
        if possible.is_empty() {
            continue;
        }
        assert!(possible.contains(&pixel), "{pixel:?}, {possible:?}");
        checked += usize::from(possible.len() < 4);
    }
    assert!(checked > 100, "{checked}");
    assert_eq!((presenter.lost(), presenter.failure()), (0, None));
}

#[test]
fn tags_take_neither_click_nor_focus_and_stay_above() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    let cover = look.cover();
    let presenter = Presenter::start(&program(&lab, &screen), setup()).unwrap();
    presenter.show(scene(1, &[([300, 300], 0), ([600, 300], 0)]));
    frame_of(&presenter, 1);
    let windows = look.tags();
    assert_eq!(windows.len(), 2);
    assert_eq!(look.focus(), cover);
    screen.place_pointer(300, 300);
    screen.mouse_button(1, true);
    screen.mouse_button(1, false);
    wait_for("the click below the tag", 5.0, || {
        let event = look.connection.poll_for_event().unwrap();
        matches!(event, Some(Event::ButtonPress(press)) if press.event == cover)
    });

    // Another window comes in front.
    let top = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
    look.connection
        .configure_window(cover, &top)
        .unwrap()
        .check()
        .unwrap();
    wait_for("the tag above it", 5.0, || {
        look.pixel([300, 300]) == WHITE && look.pixel([600, 300]) == WHITE
    });
    assert_eq!(look.focus(), cover);

    // One tag stays, one goes, one is new: no window is made while there is one to spare.
    presenter.show(scene(2, &[([300, 300], 0), ([900, 500], 1)]));
    frame_of(&presenter, 2);
    wait_for("the new tag", 5.0, || look.pixel([900, 500]) == BLACK);
    assert_eq!(look.pixel([600, 300]), GROUND);
    let mut after = look.tags();
    let mut before = windows;
    before.sort_unstable();
    after.sort_unstable();
    assert_eq!(after, before);
}

#[test]
fn a_pause_hides_every_tag_within_two_frames() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    look.cover();
    let presenter = Presenter::start(&program(&lab, &screen), setup()).unwrap();
    let mut took_ns = Vec::new();
    for round in 0..9 {
        let places: Vec<([i32; 2], u16)> = (0..24)
            .map(|k| ([100 + 150 * (k % 8), 100 + 200 * (k / 8)], 2))
            .collect();
        presenter.show(scene(2 * round + 1, &places));
        frame_of(&presenter, 2 * round + 1);
        let asked = clock::now();
        presenter.show(scene(2 * round + 2, &[]));
        let gone = frame_of(&presenter, 2 * round + 2);
        took_ns.push(gone.shown.0 - asked.0);
        assert_eq!(look.tags(), [0; 0]);
        assert_eq!(look.pixel([100, 100]), GROUND);
    }
    took_ns.sort_unstable();
    assert!(took_ns[4] <= 2 * FRAME_NS, "{took_ns:?}");
}

#[test]
fn tags_follow_their_settings_and_the_monitors() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    look.cover();
    let presenter = Presenter::start(&program(&lab, &screen), setup()).unwrap();
    // 48 pixels on a screen that is 1080 pixels high are 36 here.
    presenter.show(scene(1, &[([300, 300], 0)]));
    frame_of(&presenter, 1);
    wait_for("the tag", 5.0, || look.pixel([314, 300]) == WHITE);
    assert_eq!(look.pixel([330, 300]), GROUND);
    let larger = LookSettings {
        size_px: 120,
        position: TagPosition::Above,
        colour: TagColour::Green,
        ..LookSettings::default()
    };
    presenter.restyle(larger);
    wait_for("the larger one", 5.0, || {
        look.pixel([300, 240]) == [0, 255, 0] && look.pixel([340, 240]) == [0, 255, 0]
    });
    assert_eq!(look.pixel([300, 300]), GROUND);
    assert_eq!(look.tags().len(), 1);
    // A scene and a new look at once: both take effect.
    presenter.show(scene(2, &[([700, 500], 1)]));
    presenter.restyle(LookSettings::default());
    wait_for("the other tag", 5.0, || {
        look.pixel([700, 500]) == BLACK && look.pixel([300, 240]) == GROUND
    });
    frame_of(&presenter, 2);
    // Only a narrow part of the screen is left: the tag moves there.
    let atom = look.connection.intern_atom(false, b"narrow").unwrap();
    let resources = look.connection.randr_get_screen_resources(look.root);
    let narrow = MonitorInfo {
        name: atom.reply().unwrap().atom,
        primary: true,
        automatic: false,
        x: 160,
        y: 0,
        width: 200,
        height: 800,
        width_in_millimeters: 53,
        height_in_millimeters: 212,
        outputs: resources.unwrap().reply().unwrap().outputs,
    };
    let set = look.connection.randr_set_monitor(look.root, narrow);
    set.unwrap().check().unwrap();
    wait_for("the tag on what is left", 10.0, || {
        look.pixel([340, 500]) == BLACK && look.pixel([700, 500]) == GROUND
    });
    assert_eq!(presenter.failure(), None);
}

/// A presenter whose driver is this test, line by line.
fn bare(lab: &Lab, screen: &Screen) -> (common::Running, std::process::ChildStdin) {
    let mut command = lab.bci_cursor(&["tags"]);
    command
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped());
    let mut running = common::Running::start(command);
    let input = running.child.stdin.take().unwrap();
    (running, input)
}

fn send(input: &mut impl Write, request: &Request) {
    let line = serde_json::to_string(request).unwrap();
    writeln!(input, "{line}").unwrap();
}

#[test]
fn tags_of_a_dead_or_frozen_driver_disappear() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen);
    let (mut running, mut input) = bare(&lab, &screen);
    let lines = running.lines();
    send(&mut input, &Request::Setup(Box::new(setup())));
    wait_for("its first line", 10.0, || {
        lines.try_iter().any(|line| line.contains("ready"))
    });
    let tags = Request::Scene(scene(1, &[([300, 300], 0), ([600, 300], 2)]));
    send(&mut input, &tags);
    let asked = clock::now();
    wait_for("the tags", 5.0, || look.tags().len() == 2);
    // The driver says nothing more, but its pipe is open.
    wait_for("their end", 5.0, || look.tags().is_empty());
    let shown_ns = clock::now().since(asked);
    assert!(
        (450_000_000..1_500_000_000).contains(&shown_ns),
        "{shown_ns}"
    );
    wait_for("the reason", 5.0, || {
        let said = |line: String| line.contains("the driver said nothing for 500 ms");
        lines.try_iter().any(said)
    });
    // It is back.
    writeln!(input).unwrap();
    wait_for("the tags", 5.0, || look.tags().len() == 2);
    drop(input);
    let closed = clock::now();
    wait_for("their end", 5.0, || look.tags().is_empty());
    assert!(clock::now().since(closed) < 400_000_000);
    wait_for("the end", 5.0, || running.has_ended());
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn a_presenter_that_cannot_work_gives_its_reason() {
    let (lab, mut screen) = (Lab::new(), Screen::start());
    let missing = PresenterProgram {
        program: lab.path("no-program"),
        args: Vec::new(),
    };
    let error = Presenter::start(&missing, setup()).unwrap_err();
    assert!(error.to_string().contains("cannot be started"), "{error}");
    let error = Presenter::start(&program(&lab, &screen), Setup::default()).unwrap_err();
    assert_eq!(error.to_string(), "there are 0 codes, expected 1 to 1024");
    let presenter = Presenter::start(&program(&lab, &screen), setup()).unwrap();
    presenter.show(scene(1, &[([600, 400], 0)]));
    frame_of(&presenter, 1);
    screen.kill();
    wait_for("the failure", 5.0, || presenter.failure().is_some());
    let Some(TagsError::Failed { reason }) = presenter.failure() else {
        panic!("{:?}", presenter.failure());
    };
    assert!(
        reason.contains("the connection to the display is lost"),
        "{reason}"
    );
    let error = Presenter::start(&program(&lab, &screen), setup()).unwrap_err();
    assert!(
        error.to_string().contains("tags cannot be shown"),
        "{error}"
    );
}

#[test]
fn another_program_reads_what_each_code_showed() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let published = Setup {
        publishes: true,
        ..setup()
    };
    let presenter = Presenter::start(&program(&lab, &screen), published).unwrap();
    presenter.show(scene(1, &[([300, 300], 0), ([600, 300], 2)]));
    frame_of(&presenter, 1);
    let stimulus = lab.python("inlet.py", &["bci-cursor-stimulus", "120", "0"]);
    let scenes = lab.python("inlet.py", &["bci-cursor-scenes", "1", "0"]);
    let json = |running: common::Running| -> serde_json::Value {
        let (code, output) = running.finish(60.0);
        assert_eq!(code, Some(0));
        serde_json::from_str(&output).unwrap()
    };
    let (stimulus, scenes) = (json(stimulus), json(scenes));
    let frames: Vec<ShownFrame> = presenter.frames().try_iter().collect();
    assert_eq!(stimulus["type"], "Stimulus");
    assert_eq!(stimulus["rate"], 0.0);
    assert_eq!(stimulus["channels"][2]["label"], "code_3");
    let stamps: Vec<f64> = serde_json::from_value(stimulus["stamps"].clone()).unwrap();
    let samples: Vec<[f64; 3]> = serde_json::from_value(stimulus["samples"].clone()).unwrap();
    let mut matched = 0;
    for (stamp_s, [bright, unused, sine]) in stamps.into_iter().zip(samples) {
        assert_eq!([bright, unused], [1.0, -1.0], "code 2 has no tag");
        let near = |frame: &&ShownFrame| (frame.shown.0 as f64 / 1e9 - stamp_s).abs() < 1e-4;
        if let Some(frame) = frames.iter().find(near) {
            let expected = book().brightness(2, frame.frame, presenter.refresh_hz());
            assert!((expected.unwrap() - sine).abs() < 1e-6, "{frame:?}: {sine}");
            matched += 1;
        }
    }
    assert!(matched > 60, "{matched}");
    let text = scenes["samples"][0][0].as_str().unwrap();
    let shown: Scene = serde_json::from_str(text).unwrap();
    assert_eq!(shown, scene(1, &[([300, 300], 0), ([600, 300], 2)]));
    // The stamps of pylsl's liblsl are on our clock.
    let last = HostNanos(frames.last().unwrap().shown.0);
    assert!(clock::now().since(last) < 60_000_000_000);
}
