//! The badge beside the pointer, as the X server sees it: it follows, shows the state, and never receives a click or
//! the focus.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;

use common::{Lab, Screen, wait_for, window_named};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::shape::{ConnectionExt as _, SK};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, ImageFormat, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// A separate connection to the server.
struct Look {
    connection: RustConnection,
    root: Window,
}

impl Look {
    fn at(display: &str) -> Self {
        let (connection, number) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    fn overlay(&self) -> Option<Window> {
        window_named(&self.connection, self.root, "bci-cursor overlay")
    }

    /// The arrow that shows the heading, and its angle in degrees.
    fn arrow(&self) -> Option<(u32, Window)> {
        let tree = self.connection.query_tree(self.root).unwrap().reply();
        tree.unwrap().children.into_iter().find_map(|window| {
            let (any, name) = (AtomEnum::ANY, AtomEnum::WM_NAME);
            let found = self
                .connection
                .get_property(false, window, name, any, 0, 64);
            let words = String::from_utf8(found.unwrap().reply().ok()?.value).ok()?;
            let degrees = words.strip_prefix("bci-cursor heading ")?;
            Some((degrees.strip_suffix(" degrees")?.parse().ok()?, window))
        })
    }

    /// Position and size of a window.
    fn place(&self, window: Window) -> ([i16; 2], [u16; 2]) {
        let found = self.connection.get_geometry(window).unwrap().reply();
        let found = found.unwrap();
        ([found.x, found.y], [found.width, found.height])
    }

    /// Content of a window.
    fn picture(&self, window: Window) -> Vec<u8> {
        let (_, [width, height]) = self.place(window);
        let image =
            self.connection
                .get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, u32::MAX);
        image.unwrap().reply().unwrap().data
    }

    /// A window that covers everything and has the focus.
    fn cover(&self) -> Window {
        let window = self.connection.generate_id().unwrap();
        let about = CreateWindowAux::new()
            .override_redirect(1)
            .event_mask(EventMask::BUTTON_PRESS);
        let class = WindowClass::INPUT_OUTPUT;
        let (connection, root) = (&self.connection, self.root);
        connection
            .create_window(24, window, root, 0, 0, 1280, 800, 0, class, 0, &about)
            .unwrap();
        connection.map_window(window).unwrap();
        let revert = x11rb::protocol::xproto::InputFocus::PARENT;
        let focused = connection.set_input_focus(revert, window, x11rb::CURRENT_TIME);
        focused.unwrap().check().unwrap();
        window
    }

    fn focus(&self) -> Window {
        let focus = self.connection.get_input_focus().unwrap().reply();
        focus.unwrap().focus
    }
}

#[test]
fn the_badge_follows_the_pointer_shows_the_state_and_passes_clicks_through() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen.display);
    let cover = look.cover();
    let patient = "synthetic:channels=9,seed=5,trials=200,erd=0.8";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let run = ["run", "--stream", "headset", "--wait", "20", "--no-record"];
    // An unrelated setting; the run starts paused.
    let more = ["--set", "control.speed.gain_y=1"];
    let _driver = lab.spawn_logged(&[&run[..], &more].concat(), &screen.display, "run.log");
    wait_for("the sign", 60.0, || look.overlay().is_some());
    let sign = look.overlay().unwrap();

    // It has no window manager, no focus, and receives no clicks.
    let about = look.connection.get_window_attributes(sign).unwrap();
    assert!(about.reply().unwrap().override_redirect);
    let input = look.connection.shape_get_rectangles(sign, SK::INPUT);
    assert!(input.unwrap().reply().unwrap().rectangles.is_empty());
    assert_eq!(look.focus(), cover);

    // 60 pixels on a screen that is 1080 high.
    let size = [79, 44];
    wait_for("its size", 5.0, || look.place(sign).1 == size);
    for [x, y] in [[100, 100], [1270, 790], [600, 400]] {
        screen.place_pointer(x, y);
        let near = |[left, top]: [i16; 2]| {
            let beyond =
                |at: i16, from: i16, length: u16| (from - at).max(at - from - length as i16).max(0);
            let (across, down) = (beyond(x, left, size[0]), beyond(y, top, size[1]));
            across <= 30 && down <= 30 && across + down > 0
        };
        wait_for("the sign at the pointer", 5.0, || near(look.place(sign).0));
    }

    // A click at the badge goes to the window below.
    let ([left, top], _) = look.place(sign);
    screen.place_pointer(left + 40, top + 20);
    screen.mouse_button(1, true);
    screen.mouse_button(1, false);
    wait_for("the click", 5.0, || {
        let event = look.connection.poll_for_event().unwrap();
        matches!(event, Some(Event::ButtonPress(press)) if press.event == cover)
    });

    // States and kinds of click look different.
    let mut observed = vec![look.picture(sign)];
    let mut see = |ask: &[&str]| {
        lab.succeed(ask);
        wait_for("another picture", 20.0, || {
            let now = look.picture(sign);
            let is_new = !observed.contains(&now);
            if is_new {
                observed.push(now);
            }
            is_new
        });
    };
    see(&["set", "control.click.kind=right"]);
    see(&["set", "control.click.kind=drag"]);
    see(&["resume"]);

    // It can be switched off.
    lab.succeed(&["set", "control.overlay.on=false"]);
    wait_for("nothing", 5.0, || look.overlay().is_none());
    assert_eq!(look.focus(), cover);
}

#[test]
fn the_heading_is_shown_at_the_pointer_while_steering() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let look = Look::at(&screen.display);
    let patient = "synthetic:channels=9,seed=5,trials=200,imagery=4,rest=1,erd=0.8";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let run = ["run", "--stream", "headset", "--wait", "20", "--no-record"];
    // With a setting of its own, the run starts paused.
    let more = [
        "--mode",
        "steer",
        "--set",
        "control.pause.manual_override_ms=0",
    ];
    let _driver = lab.spawn_logged(&[&run[..], &more].concat(), &screen.display, "run.log");
    wait_for("the sign", 60.0, || look.overlay().is_some());
    assert!(
        look.arrow().is_none(),
        "nothing moves before it is asked to"
    );
    // The sign may be there before requests are read.
    wait_for("the driver's answer", 10.0, || {
        lab.bci_cursor(&["resume"]).status().unwrap().success()
    });
    wait_for("the arrow", 10.0, || look.arrow().is_some());
    let (_, arrow) = look.arrow().unwrap();
    let about = look.connection.get_window_attributes(arrow).unwrap();
    assert!(about.reply().unwrap().override_redirect);
    let input = look.connection.shape_get_rectangles(arrow, SK::INPUT);
    assert!(input.unwrap().reply().unwrap().rectangles.is_empty());
    // The left hand turns the heading without motion, which is not idle. The arrow is on the side to which it points.
    let mut observed = Vec::new();
    wait_for("three quarters of a turn", 90.0, || {
        if let Some((degrees, _)) = look.arrow() {
            observed.push(degrees);
        }
        let quarter = |from: u32| observed.iter().any(|at| (from..from + 90).contains(at));
        (0..4).filter(|k| quarter(90 * k)).count() >= 3
    });
    let extents = look.connection.shape_query_extents(arrow).unwrap();
    let extents = extents.reply().unwrap();
    let (_, [side, _]) = look.place(arrow);
    let middle = f64::from(side) / 2.0;
    let off = |from: i16, length: u16| f64::from(from) + f64::from(length) / 2.0 - middle;
    let [x, y] = [
        off(
            extents.bounding_shape_extents_x,
            extents.bounding_shape_extents_width,
        ),
        off(
            extents.bounding_shape_extents_y,
            extents.bounding_shape_extents_height,
        ),
    ];
    assert!(x.hypot(y) > 0.2 * middle, "{x} {y}");
    lab.succeed(&["pause"]);
    wait_for("nothing", 5.0, || look.arrow().is_none());
}

#[test]
fn a_variable_left_over_from_a_compositor_does_no_harm() {
    let (lab, screen) = (Lab::new(), Screen::start());
    let patient = "synthetic:channels=9,seed=5,trials=200,erd=0.8";
    let _headset = lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    );
    let mut run = lab.bci_cursor(&[
        "run",
        "--stream",
        "headset",
        "--wait",
        "20",
        "--no-record",
        "--seconds",
        "4",
    ]);
    run.env("DISPLAY", &screen.display)
        .env("WAYLAND_DISPLAY", "wayland-none");
    let output = run.output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{messages}");
    assert!(messages.contains("pointer  x11"), "{messages}");
    assert!(!messages.contains("nothing is shown"), "{messages}");
}
