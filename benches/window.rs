//! The calibration window on a display without a graphics card: the delay from a marker to its visible cue, and the
//! frame rate of the signal page at 64 channels and 1 kHz. A separate client of the X server observes the screen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // measures, or says why not

#[path = "../tests/common/mod.rs"]
mod common;

use bci_cursor::system::clock;
use common::{Lab, Running, Screen, wait_for};
use std::process::{Child, Command, Stdio};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

const ENTER: u32 = 0xFF0D;
/// Colour of a cue's arrow, blue first.
const CUE: [u8; 3] = [0, 159, 230];
const CUES: usize = 40;

/// A window, its display, and a view of the middle of it.
struct Desk {
    lab: Lab,
    screen: Screen,
    manager: Child,
    window: Running,
    connection: RustConnection,
    root: u32,
}

impl Desk {
    fn open(synthetic: &str) -> Self {
        let (lab, screen) = (Lab::new(), Screen::start());
        let manager = Command::new("openbox")
            .env("DISPLAY", &screen.display)
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox is needed: run 'make bench'");
        let args = [
            "-vv",
            "calibrate",
            "--patient",
            "eve",
            "--trials",
            "20",
            "--synthetic",
            synthetic,
        ];
        let window = lab.spawn_logged(&args, &screen.display, "log");
        let (connection, number) = RustConnection::connect(Some(&screen.display)).unwrap();
        let root = connection.setup().roots[number].root;
        Self {
            lab,
            screen,
            manager,
            window,
            connection,
            root,
        }
    }

    fn middle(&self) -> [u8; 3] {
        // The window fills the screen, except for its title and the bar of buttons. The cue's arrow is long enough.
        let image =
            self.connection
                .get_image(ImageFormat::Z_PIXMAP, self.root, 640, 380, 1, 1, u32::MAX);
        let data = image.unwrap().reply().unwrap().data;
        [data[0], data[1], data[2]]
    }

    /// Presses Enter repeatedly until a condition is true.
    fn enter_until(&self, what: &str, mut is_there: impl FnMut(&Self) -> bool) {
        let mut last = clock::now();
        wait_for(what, 60.0, || {
            if clock::now().since(last) > 1_000_000_000 {
                self.screen.keys(&[ENTER]);
                last = clock::now();
            }
            is_there(self)
        });
    }

    fn end(mut self) {
        self.window.kill();
        let _ = self.manager.kill();
        let _ = self.manager.wait();
    }
}

/// Times at which cues became visible, nanoseconds.
fn watch_cues(desk: &Desk) -> Vec<i64> {
    let (mut visible, mut was_cue) = (Vec::new(), false);
    wait_for("cues", 600.0, || {
        let is_cue = desk.middle() == CUE;
        if is_cue && !was_cue {
            visible.push(clock::now().0);
        }
        was_cue = is_cue;
        visible.len() >= CUES / 2
    });
    visible
}

/// Times of the cues' markers, nanoseconds, as pyxdf reads them.
fn markers(lab: &Lab) -> Vec<i64> {
    let sessions = lab.path("data/bci-cursor/patients/eve/sessions");
    let session = std::fs::read_dir(sessions)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let path = session.path().to_string_lossy().into_owned();
    let (code, text) = lab.python("marker_times.py", &[&path]).finish(60.0);
    assert_eq!(code, Some(0), "{text}");
    let times = text.lines().map(|line| line.parse::<f64>().unwrap());
    times.map(|secs| (secs * 1e9) as i64).collect()
}

fn cue_timing() {
    let desk = Desk::open("seed=7,channels=21,rate=1000");
    desk.enter_until("the first cross", |desk| desk.middle() == [255; 3]);
    let visible = watch_cues(&desk);
    // The recording is read up to the last second.
    let markers = markers(&desk.lab);
    desk.end();
    let mut late_ms: Vec<f64> = markers
        .iter()
        .zip(&visible)
        .map(|(marker, visible)| (visible - marker) as f64 / 1e6)
        .collect();
    late_ms.sort_by(f64::total_cmp);
    let at = |share: f64| late_ms[((late_ms.len() - 1) as f64 * share).round() as usize];
    println!(
        "cue visible after its marker   p50 {:.1} ms, p99 {:.1} ms, {:.1} to {:.1} ms, {} cues",
        at(0.5),
        at(0.99),
        at(0.0),
        at(1.0),
        late_ms.len()
    );
}

fn pictures() {
    let desk = Desk::open("seed=7,channels=64,rate=1000");
    let paces = |desk: &Desk| {
        let log = desk.lab.read("log");
        let text = log
            .lines()
            .filter_map(|line| line.split("window   ").nth(1));
        text.map(str::to_owned).collect::<Vec<_>>()
    };
    // Press Enter only once, because the next page would leave the signal page.
    let mut is_sent = false;
    let begun = clock::now();
    wait_for("figures of the signal's page", 60.0, || {
        if !is_sent && clock::now().since(begun) > 4_000_000_000 {
            desk.screen.keys(&[ENTER]);
            is_sent = true;
        }
        paces(&desk).len() >= 4
    });
    let text = paces(&desk).pop().unwrap();
    desk.end();
    println!("signal, 64 ch at 1 kHz       {text}");
}

fn main() {
    // 'cargo test --benches' only checks that it runs.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    cue_timing();
    pictures();
}
