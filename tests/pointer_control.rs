//! Who controls the pointer: it starts paused, and a command, a hot key or a hand on the mouse takes precedence.
//! Observed at the X server.
#![cfg(unix)]

use crate::common;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes};
use common::{Lab, Running, Screen, ms_since, wait_for};

/// Without a rest gate, the pointer moves all the time.
const MOVES: [&str; 2] = ["--rest-threshold", "0"];
/// The time limit of an emergency stop, and the tolerance for a busy machine.
const LIMIT_MS: f64 = 50.0;
const TOLERANCE_MS: f64 = 150.0;
const CONTROL: u32 = 0xFFE3;
const ALT: u32 = 0xFFE9;

/// A patient at a display, and a driver with these arguments.
struct Desk {
    lab: Lab,
    screen: Screen,
    driver: Running,
    _headset: Running,
}

impl Desk {
    fn new(more: &[&str]) -> Self {
        Self::at(Screen::start(), more)
    }

    fn at(screen: Screen, more: &[&str]) -> Self {
        let lab = Lab::new();
        let patient = "synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8";
        let publish = ["replay", patient, "--to", "lsl", "--name", "headset"];
        let headset = lab.spawn(&publish, None);
        let run = [
            "run", "--stream", "headset", "--wait", "20", "--stats", "--json",
        ];
        let driver = lab.spawn_logged(&[&run[..], more].concat(), &screen.display, "run.log");
        Self {
            lab,
            screen,
            driver,
            _headset: headset,
        }
    }

    fn ask(&self, args: &[&str]) -> String {
        let output = self.lab.succeed(args);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn log_says(&self, what: &str) -> bool {
        self.lab.read("run.log").contains(what)
    }

    fn wait_until_it_decodes(&self) {
        let begun = |line: &str| line.contains("state    ") && !line.contains("starting");
        wait_for("decoding", 60.0, || {
            self.lab.read("run.log").lines().any(begun)
        });
    }

    fn wait_until_it_moves(&self) {
        let from = self.screen.pointer().0;
        wait_for("motion", 20.0, || self.screen.pointer().0 != from);
    }

    /// How far the pointer moves within this time, pixels.
    fn moves_within(&self, for_s: f64) -> i32 {
        let (start, from) = (clock::now(), self.screen.pointer().0);
        let mut farthest = 0;
        wait_for("the end of the watch", 2.0 * for_s + 5.0, || {
            let at = self.screen.pointer().0;
            farthest = farthest
                .max((at[0] - from[0]).abs())
                .max((at[1] - from[1]).abs());
            ms_since(start) > 1000.0 * for_s
        });
        farthest
    }
}

#[test]
fn a_run_starts_paused_and_follows_requests() {
    // Only an unrelated setting is changed.
    let desk = Desk::new(&[&MOVES[..], &["--set", "control.speed.gain_y=1"]].concat());
    desk.wait_until_it_decodes();
    assert!(desk.log_says("state    paused: waiting to be resumed"));
    assert!(desk.log_says("Ctrl+Alt+P or 'bci-cursor pause' and 'resume'"));
    assert_eq!(desk.moves_within(2.0), 0);
    assert_eq!(desk.ask(&["status"]), "paused: waiting to be resumed");

    assert_eq!(desk.ask(&["resume"]), "resumes where nothing is wrong");
    wait_for("motion", 20.0, || desk.screen.pointer().0[0] != 640);
    wait_for("the state", 5.0, || desk.ask(&["status"]) == "active");
    let figures = desk.ask(&["status", "--figures"]);
    let is_complete = figures.starts_with("active\nlatency of the last minute: p50 ")
        && figures.contains("\n0 of ")
        && figures.contains("signal lost 0 times");
    assert!(is_complete, "{figures}");
    assert_eq!(desk.ask(&["pause"]), "paused");
    wait_for("the pause", 5.0, || desk.ask(&["status"]) == "paused");
    assert_eq!(desk.moves_within(2.0), 0);

    // The hot key works as well.
    desk.screen.keys(&[CONTROL, ALT, b'p'.into()]);
    wait_for("the hot key", 5.0, || desk.ask(&["status"]) != "paused");
    assert!(desk.moves_within(3.0) > 0);
    // A key that is held down repeats, and counts once.
    for _ in 0..3 {
        desk.screen.keys(&[CONTROL, ALT, b'p'.into()]);
    }
    wait_for("the hot key", 5.0, || desk.ask(&["status"]) == "paused");

    assert!(desk.ask(&["stop"]).contains("every button released"));
    let (code, stats) = desk.driver.finish(5.0);
    assert_eq!(code, Some(0), "{stats}");
    assert!(
        desk.lab
            .fail(&["status"])
            .contains("no bci-cursor is running")
    );
}

#[test]
fn settings_change_while_it_runs_and_are_kept() {
    let desk = Desk::new(&[&MOVES[..], &["--set", "control.pause.at_start=false"]].concat());
    desk.wait_until_it_decodes();
    let answer = desk.ask(&["set", "control.speed.gain_x=0", "control.speed.gain_y=0"]);
    assert!(
        answer.contains("control.speed.gain_x = 0.0 (was 1.0)"),
        "{answer}"
    );
    assert_eq!(desk.moves_within(2.0), 0);
    let error = desk.lab.fail(&["set", "control.speed.gain_x=-1"]);
    assert!(
        error.contains("control.speed.gain_x is -1, expected 0 to 20"),
        "{error}"
    );
    let answer = desk.ask(&["set", "--back"]);
    assert!(
        answer.contains("control.speed.gain_x = 1.0 (was 0.0)"),
        "{answer}"
    );
    desk.wait_until_it_moves();
    desk.ask(&["set", "control.dwell.time_ms=900"]);
    desk.ask(&["stop"]);
    assert_eq!(desk.driver.finish(5.0).0, Some(0));
    // The session contains the new settings and the states.
    let sessions = desk.lab.path("data/bci-cursor/patients/default/sessions");
    let session = std::fs::read_dir(sessions)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let bytes = std::fs::read(session.path()).unwrap();
    let session = String::from_utf8_lossy(&bytes);
    assert_eq!(session.matches("\"event\":\"control\"").count(), 4);
    assert!(session.contains("\"state\":\"active\""));
    // Without a driver, the answer comes from the profile.
    let listed = desk.lab.succeed(&["set"]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    assert!(
        listed.contains("control.dwell.time_ms = 900")
            && listed.contains("control.pause.at_start = true")
    );
}

#[test]
fn a_hand_on_the_mouse_takes_over() {
    let settings = [
        "--set",
        "control.pause.at_start=false",
        "--set",
        "control.pause.manual_override_ms=3000",
    ];
    let desk = Desk::new(&[&MOVES[..], &settings].concat());
    desk.wait_until_it_decodes();
    desk.wait_until_it_moves();
    // Our own motion is not a hand on the mouse.
    assert!(!desk.log_says("a hand is on the mouse"));
    desk.screen.move_mouse(0, 60);
    wait_for("the takeback", 5.0, || {
        desk.log_says("a hand is on the mouse")
    });
    assert_eq!(desk.moves_within(2.0), 0);
    assert_eq!(desk.ask(&["status"]), "paused: a hand is on the mouse");
    desk.wait_until_it_moves();
    // On request, it continues at once.
    desk.screen.move_mouse(0, -60);
    wait_for("the takeback", 5.0, || {
        desk.ask(&["status"]).contains("hand")
    });
    desk.ask(&["resume"]);
    assert!(desk.moves_within(2.0) > 0);
}

#[test]
fn a_lost_display_is_used_again_or_given_up_after_ten_seconds() {
    // A number that no other test's server uses while this one is away.
    let display = format!(":{}", 500 + std::process::id() % 10_000);
    let screen = Screen::start_at(Some(&display));
    let moves = ["--set", "control.pause.at_start=false"];
    let mut desk = Desk::at(screen, &[&MOVES[..], &moves].concat());
    desk.wait_until_it_decodes();
    desk.wait_until_it_moves();
    desk.screen.kill();
    wait_for("the hold", 10.0, || {
        desk.ask(&["status"]) == "hold: the display or the mouse board does not respond"
    });
    desk.screen = Screen::start_at(Some(&display));
    wait_for("its return", 10.0, || desk.log_says("the pointer is back"));
    desk.wait_until_it_moves();
    let killed = clock::now();
    desk.screen.kill();
    let (code, _) = desk.driver.finish(30.0);
    let after_s = ms_since(killed) / 1000.0;
    assert_eq!(code, Some(1));
    assert!((9.0..20.0).contains(&after_s), "{after_s}");
    assert!(
        desk.lab
            .read("run.log")
            .contains("error: the pointer cannot be reached")
    );
}

#[test]
fn dwelling_clicks_if_switched_on() {
    // A speed at which the pointer stays in a place for the dwell time, and a radius that it leaves in between.
    let dwell = [
        "--set",
        "control.pause.at_start=false",
        "--set",
        "control.dwell.on=true",
        "--set",
        "control.dwell.time_ms=300",
        "--set",
        "control.dwell.rearm_px=30",
        "--set",
        "control.click.kind=right",
        "--set",
        "control.click.lock=true",
        "--set",
        "control.click.down_ms=200",
    ];
    let desk = Desk::new(&dwell);
    desk.wait_until_it_decodes();
    wait_for("a click", 60.0, || desk.screen.is_down(3));
    wait_for("its end", 5.0, || !desk.screen.is_down(3));
    // Our own button is not a hand on the mouse, whenever its release is noticed.
    desk.moves_within(0.5);
    assert!(!desk.log_says("a hand is on"));
    assert!(
        !desk.screen.pointer().1,
        "the left button was never requested"
    );
}

#[test]
fn a_head_sensor_moves_the_pointer_and_its_loss_stops_it() {
    let lab = Lab::new();
    let screen = Screen::start();
    let publish = [
        "replay",
        "synthetic:channels=21,trials=200",
        "--to",
        "lsl",
        "--name",
        "headset",
    ];
    let _headset = lab.spawn(&publish, None);
    let mut head = lab.python("head.py", &["head", "0", "20", "-10"]);
    let no_head = [
        "run", "--stream", "headset", "--wait", "20", "--head", "headset",
    ];
    let error = lab.fail(&[&no_head[..], &["--pointer", "none"]].concat());
    assert!(
        error.contains("is no head sensor") && error.contains("Gyroscope"),
        "{error}"
    );
    let run = [
        "run", "--stream", "headset", "--wait", "20", "--head", "head",
    ];
    let moves = ["--set", "control.pause.at_start=false"];
    let _driver = lab.spawn(&[&run[..], &MOVES, &moves].concat(), Some(&screen.display));
    // A nod of 20 and a turn to the right of 10 degrees per second: down and right, twice as far down.
    let [x, y] = screen.pointer().0;
    wait_for("motion by the head", 30.0, || {
        screen.pointer().0[1] > y + 100
    });
    let [right, _] = screen.pointer().0;
    assert!((20..90).contains(&(right - x)), "{right} from {x}");
    head.kill();
    wait_for("standing still", 10.0, || {
        let from = screen.pointer().0;
        let start = clock::now();
        wait_for("half a second", 5.0, || ms_since(start) > 500.0);
        screen.pointer().0 == from
    });
}

#[test]
fn the_pointer_moves_near_the_gaze() {
    let lab = Lab::new();
    let screen = Screen::start();
    let patient = "synthetic:channels=21,trials=200";
    let publish = ["replay", patient, "--to", "lsl", "--name", "headset"];
    let _headset = lab.spawn(&publish, None);
    let mut eyes = lab.python("gaze.py", &["eyes", "0.9", "0.2"]);
    let run = ["run", "--stream", "headset", "--wait", "20"];
    let no_eyes = [&run[..], &["--gaze", "headset", "--pointer", "none"]].concat();
    let error = lab.fail(&no_eyes);
    assert!(
        error.contains("is no eye tracker") && error.contains("ScreenX and ScreenY"),
        "{error}"
    );
    let looks = ["--gaze", "eyes", "--set", "control.pause.at_start=false"];
    let args = [&run[..], &MOVES, &looks].concat();
    let _driver = lab.spawn_logged(&args, &screen.display, "run.log");
    // 1152, 160 on 1280 x 800, less 120 pixels of a screen that is 1080 pixels high.
    let far = || {
        let [x, y] = screen.pointer().0;
        f64::from(x - 1152).hypot(f64::from(y - 160))
    };
    let radius = 120.0 * 800.0 / 1080.0;
    wait_for("the pointer near the eyes", 30.0, || far() < radius + 12.0);
    assert!(far() > radius - 12.0, "{}", far());
    // Even such a fast motion is recognized as our own.
    assert!(!lab.read("run.log").contains("a hand is on"));
    // A hand moves the pointer away. Without gaze, it stays there.
    screen.move_mouse(-400, 300);
    eyes.kill();
    wait_for("the hand's time", 30.0, || {
        lab.succeed(&["status"]).stdout.starts_with(b"idle")
    });
    let from = screen.pointer().0;
    let start = clock::now();
    wait_for("a second", 5.0, || ms_since(start) > 1000.0);
    assert_eq!(screen.pointer().0, from);
}

/// Everything that ends or stops the driver while the left button is down releases it within 50 ms.
#[test]
fn an_emergency_releases_at_once() {
    let lab = Lab::new();
    let model = fit_three_classes(&lab);
    let screen = Screen::start();
    let _headset = publish_three_classes(&lab, 21, "device");
    let run = [
        "run", "--model", &model, "--stream", "headset", "--wait", "20", "--press", "feet",
    ];
    let settings = ["--set", "control.pause.at_start=false"];
    let start = || {
        let driver = lab.spawn(&[&run[..], &settings].concat(), Some(&screen.display));
        wait_for("a press", 60.0, || screen.pointer().1);
        driver
    };
    let mut releases = Vec::new();
    let mut release = |what: &str, emergency: &dyn Fn()| {
        let requested = clock::now();
        emergency();
        wait_for(what, 5.0, || !screen.pointer().1);
        releases.push(format!("{what} {:.0} ms", ms_since(requested)));
        ms_since(requested)
    };
    let mut slowest: f64 = 0.0;
    for signal in ["INT", "TERM"] {
        let driver = start();
        slowest = slowest.max(release(signal, &|| driver.signal(signal)));
        assert_eq!(driver.finish(5.0).0, Some(0));
    }
    let driver = start();
    slowest = slowest.max(release("hot key to pause", &|| {
        screen.keys(&[CONTROL, ALT, b'p'.into()])
    }));
    lab.succeed(&["resume"]);
    wait_for("a press", 60.0, || screen.pointer().1);
    slowest = slowest.max(release("a button of the mouse", &|| {
        screen.mouse_button(3, true)
    }));
    screen.mouse_button(3, false);
    lab.succeed(&["resume"]);
    wait_for("a press", 60.0, || screen.pointer().1);
    slowest = slowest.max(release("hot key to stop", &|| {
        screen.keys(&[CONTROL, ALT, b's'.into()])
    }));
    assert_eq!(driver.finish(5.0).0, Some(0));
    println!("released after: {} (limit 50)", releases.join(", "));
    assert!(slowest < LIMIT_MS + TOLERANCE_MS, "{slowest}");
}
