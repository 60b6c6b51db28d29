//! What is shown above all windows of a Wayland compositor (sway on an X server, whose pixels the test reads): the badge beside the pointer, its
//! heading, and the line, frames and mark of choosing.
#![cfg(target_os = "linux")]

use crate::common;

use common::sway::Sway;
use common::sway_dialog::SwayDialog;
use common::{Lab, Running, Screen, wait_for};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];
const BLUE: [u8; 3] = [0x56, 0xb4, 0xe9];
const ORANGE: [u8; 3] = [0xe6, 0x9f, 0x00];
/// Height of the badge, pixels.
const BADGE_PX: f64 = 40.0;

/// The pixels of a part of the screen that the compositor shows: left, top, width and height.
fn part(screen: &Screen, [x, y, width, height]: [usize; 4]) -> Vec<[u8; 3]> {
    let [row, _] = screen.size();
    let pixels = screen.pixels();
    let rows = (y..y + height).flat_map(|y| pixels[y * row + x..][..width].to_vec());
    rows.collect()
}

fn publish(lab: &Lab, patient: &str) -> Running {
    lab.spawn(
        &["replay", patient, "--to", "lsl", "--name", "headset"],
        None,
    )
}

/// Starts a driver whose messages are in `run.log`.
fn drive(lab: &Lab, mut command: Command) -> Running {
    command.stderr(std::fs::File::create(lab.path("run.log")).unwrap());
    Running::start(command)
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn the_badge_is_beside_the_pointer_of_a_compositor() {
    let lab = Lab::new();
    let sway = Sway::start_on_screen(&lab);
    let screen = sway.screen.as_ref().unwrap();
    sway.place_pointer(600, 300);
    // The badge, 40 pixels high, is at most 30 pixels from the pointer.
    let near = || part(screen, [480, 180, 240, 240]);
    let far = || part(screen, [800, 0, 300, 700]);
    // The window of the client is a pattern of two colours.
    let is_plain = |pixels: &[[u8; 3]]| pixels.iter().collect::<BTreeSet<_>>().len() == 2;
    wait_for("the client's window", 20.0, || is_plain(&near()));
    let mut seen = vec![near()];
    let before = far();
    let patient = "synthetic:channels=9,seed=5,trials=200,erd=0.8";
    let _headset = publish(&lab, patient);
    let run = "run --stream headset --wait 20 --no-record --without-override --set control.speed.gain_y=1";
    let run: Vec<&str> = run.split(' ').collect();
    let _driver = drive(&lab, sway.on(lab.bci_cursor(&run)));
    let mut see = |what: &str| {
        wait_for(what, 60.0, || {
            let now = near();
            let is_new = !seen.contains(&now);
            if is_new {
                seen.push(now);
            }
            is_new
        });
    };
    see("the badge");
    assert_eq!(far(), before);
    for kind in ["right", "drag"] {
        lab.succeed(&["set", &format!("control.click.kind={kind}")]);
        see(kind);
    }
    lab.succeed(&["set", "control.overlay.on=false"]);
    wait_for("nothing", 10.0, || near() == seen[0]);
    let log = lab.read("run.log");
    assert!(!log.contains("nothing is shown"), "{log}");
}

/// The direction to white pixels around the pointer, but for the badge below it; radians to the right and down.
fn arrow(screen: &Screen, [x, y]: [f64; 2]) -> Option<f64> {
    let reach = 1.4 * BADGE_PX;
    let corner = [x - reach, y - reach].map(|at| at.max(0.0) as usize);
    let side = 2 * reach as usize;
    let pixels = part(screen, [corner[0], corner[1], side, side]);
    let white = pixels.iter().enumerate().filter_map(|(k, pixel)| {
        let off = [
            (corner[0] + k % side) as f64 - x,
            (corner[1] + k / side) as f64 - y,
        ];
        let is_badge = off.iter().all(|part| part.abs() > 1.2 * BADGE_PX);
        (*pixel == WHITE && !is_badge).then_some(off)
    });
    let white: Vec<[f64; 2]> = white.collect();
    let sum = white
        .iter()
        .fold([0.0; 2], |sum, off| [sum[0] + off[0], sum[1] + off[1]]);
    (white.len() > 50).then(|| sum[1].atan2(sum[0]))
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn the_heading_is_at_the_pointer_of_a_compositor() {
    let lab = Lab::new();
    let mut sway = Sway::start_on_screen(&lab);
    sway.place_pointer(640, 360);
    sway.wait_for("the place", 20, |_| true);
    let _headset = publish(
        &lab,
        "synthetic:channels=9,seed=5,trials=200,imagery=4,rest=1,erd=0.8",
    );
    let run =
        "run --stream headset --wait 20 --no-record --without-override --mode steer --max-speed 30";
    let run: Vec<&str> = run.split(' ').collect();
    let _driver = drive(&lab, sway.on(lab.bci_cursor(&run)));
    wait_for("the driver", 60.0, || {
        lab.read("run.log").contains("running")
    });
    assert_eq!(arrow(sway.screen.as_ref().unwrap(), sway.place), None);
    wait_for("the driver's answer", 10.0, || {
        lab.bci_cursor(&["resume"]).status().unwrap().success()
    });
    // The left hand turns it.
    let mut quarters = BTreeSet::new();
    wait_for("three quarters of a turn", 90.0, || {
        while sway.next(Duration::ZERO).is_some() {}
        if let Some(heading_rad) = arrow(sway.screen.as_ref().unwrap(), sway.place) {
            let turn = heading_rad.rem_euclid(std::f64::consts::TAU) / std::f64::consts::TAU;
            quarters.insert((4.0 * turn) as i32);
        }
        quarters.len() >= 3
    });
    lab.succeed(&["pause"]);
    wait_for("nothing", 10.0, || {
        arrow(sway.screen.as_ref().unwrap(), sway.place).is_none()
    });
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn the_sides_of_a_choice_are_shown_on_a_compositor() {
    let lab = Lab::new();
    let desk = SwayDialog::start(&lab);
    let screen = desk.sway.screen.as_ref().unwrap();
    let _dialog = desk.ask(&lab);
    let _headset = publish(
        &lab,
        "synthetic:channels=9,seed=5,trials=200,imagery=4,rest=2,erd=0.8",
    );
    desk.sway.place_pointer(640, 360);
    let run = "run --stream headset --wait 20 --no-record --without-override --set control.assist.mode=choose";
    let run: Vec<&str> = run.split(' ').collect();
    let _driver = drive(&lab, desk.on(lab.bci_cursor(&run)));
    let log = || lab.read("run.log");
    wait_for("the driver", 60.0, || log().contains("running"));
    let answers = desk.answers(&lab);
    let pixel = |x: i32, y: i32| part(screen, [x as usize, y as usize, 1, 1])[0];
    let beside = |[x, y, _, height]: [i32; 4], off: i32| pixel(x - off, y + height / 2);
    let sides = || {
        let colours: Vec<[u8; 3]> = answers.iter().map(|rect| beside(*rect, 1)).collect();
        colours == [BLUE, ORANGE] || colours == [ORANGE, BLUE]
    };
    assert!(!sides());
    wait_for("the driver's answer", 10.0, || {
        lab.bci_cursor(&["resume"]).status().unwrap().success()
    });
    wait_for("frames of two colours", 30.0, sides);
    // The line crosses the whole screen.
    let pixels = screen.pixels();
    for colour in [BLUE, ORANGE] {
        let count = pixels.iter().filter(|pixel| **pixel == colour).count();
        assert!(count > 1200, "{colour:?}: {count}");
    }
    // What is chosen gets a white frame with a black one around it.
    wait_for("a chosen answer", 90.0, || {
        answers
            .iter()
            .any(|rect| beside(*rect, 2) == WHITE && beside(*rect, 4) == BLACK)
    });
    lab.succeed(&["pause"]);
    wait_for("nothing", 10.0, || !sides());
}
