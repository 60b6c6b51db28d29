//! How long each kind of pointer takes, beside each other in one run: from an action, over a mouse board (a pseudo-terminal and a process that carries
//! it out), to the motion event of an independent client.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::pointer::{Action, DonglePointer, Pointer};
use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use common::kwin::Kwin;
use common::sway::Sway;
use common::wev::{Compositor, PointerEvent, Wev};
use common::{Lab, Running, Screen};
use std::process::Command;
use std::time::Duration;
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, EventMask, WindowClass};
use x11rb::rust_connection::RustConnection;

const MOTIONS: usize = 600;
/// Time between two motions, as in a run.
const TICK: Duration = Duration::from_millis(16);

/// Moves right and left by a pixel again and again. Returns milliseconds until each motion was seen, sorted.
fn measured(board: Command, mut seen: impl FnMut(i32) -> HostNanos) -> Vec<f64> {
    let mut board = Running::start(board);
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let mut pointer = DonglePointer::open(port.strip_prefix("port ").unwrap()).unwrap();
    let mut taken_ms: Vec<f64> = (0..MOTIONS)
        .map(|k| {
            std::thread::park_timeout(TICK);
            let dx_px = if k % 2 == 0 { 1 } else { -1 };
            let action = Action {
                dx_px,
                ..Action::default()
            };
            let at = clock::now();
            pointer.apply(action).unwrap();
            seen(dx_px).since(at) as f64 / 1e6
        })
        .collect();
    taken_ms.sort_by(f64::total_cmp);
    taken_ms
}

/// When the client hears of a motion to this side. It hears of the place first when the pointer comes to its window.
fn moved(wev: &mut Wev, dx_px: i32) -> HostNanos {
    let mut before = wev.place[0];
    wev.wait_for("a motion", 5, |event| {
        let PointerEvent::Motion([x, _]) = *event else {
            return false;
        };
        let by = x - std::mem::replace(&mut before, x);
        by.is_nan() || by * f64::from(dx_px) > 0.0
    })
}

/// A window that covers the screen, and hears of each motion.
fn covered(screen: &Screen) -> RustConnection {
    let (connection, number) = RustConnection::connect(Some(&screen.display)).unwrap();
    let root = connection.setup().roots[number].root;
    let window = connection.generate_id().unwrap();
    let aux = CreateWindowAux::new()
        .override_redirect(1)
        .event_mask(EventMask::POINTER_MOTION | EventMask::EXPOSURE);
    let made = connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root,
        0,
        0,
        1280,
        800,
        0,
        WindowClass::INPUT_OUTPUT,
        0,
        &aux,
    );
    made.unwrap();
    connection.map_window(window).unwrap().check().unwrap();
    // What happens from its first picture on is seen.
    while !matches!(connection.wait_for_event().unwrap(), Event::Expose(_)) {}
    connection
}

fn p50_and_p99(name: &str, taken_ms: &[f64]) {
    let at = |share: f64| taken_ms[(share * (taken_ms.len() - 1) as f64) as usize];
    println!("{name}: p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
}

#[test]
#[ignore = "a measurement; needs sway, kwin_wayland and wev"]
fn each_kind_of_pointer_beside_x() {
    let lab = Lab::new();
    let board = || lab.bci_cursor(&["dongle"]);
    let screen = Screen::start();
    let client = covered(&screen);
    let mut on_screen = board();
    on_screen.env("DISPLAY", &screen.display);
    let seen = |_| loop {
        if matches!(client.wait_for_event().unwrap(), Event::MotionNotify(_)) {
            return clock::now();
        }
    };
    p50_and_p99("x11", &measured(on_screen, seen));

    let mut sway = Sway::start(&lab);
    let on_sway = sway.on(board());
    let taken_ms = measured(on_sway, |dx_px| moved(&mut sway, dx_px));
    p50_and_p99("wlr", &taken_ms);

    let mut kwin = Kwin::start(&lab);
    let on_kwin = kwin.on(board());
    let wev = kwin.wev();
    let taken_ms = measured(on_kwin, |dx_px| moved(wev, dx_px));
    p50_and_p99("kwin", &taken_ms);
}
