//! The program for Windows, in Wine: `make test-windows` builds it and runs this. One test after another, because a desktop
//! has one pointer.
#![cfg(target_os = "linux")]

use crate::common;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes, run_three_classes};
use common::{Lab, Running, Screen, assert_in_time, ms_since, wait_for};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

/// Everything is released within this time after the last sample, milliseconds,
const LOST_MS: f64 = 200.0;
/// and within this time after the driver was killed: the guard gets no real-time priority.
const KILLED_MS: f64 = 200.0;
const TIMES: usize = 3;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A desktop of Windows on a display of its own, with the program, and the lab whose streams it can read.
struct Desktop {
    lab: Lab,
    screen: Screen,
    /// Holds the program, and what it needs beside it in Wine.
    folder: PathBuf,
    _one: MutexGuard<'static, ()>,
}

impl Desktop {
    fn new() -> Self {
        let one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let made = target.join("windows");
        let missing = "run this with 'make test-windows'";
        assert!(made.exists() && wine().exists(), "{missing}");
        let folder = target.join("wine/program");
        fs::create_dir_all(&folder).unwrap();
        for file in fs::read_dir(made).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        compile(
            "random.c",
            &folder.join("bcryptprimitives.dll"),
            &["-shared"],
        );
        compile("desk.c", &folder.join("desk.exe"), &["-O1"]);
        Self {
            lab: Lab::new(),
            screen: Screen::start(),
            folder,
            _one: one,
        }
    }

    /// A program of Windows on this desktop, in the lab's folder.
    fn program(&self, name: &str, args: &[&str]) -> Command {
        let mut command = self.lab.command(wine());
        command
            .current_dir(self.lab.folder.path())
            .arg(self.folder.join(name))
            .args(args)
            .env("WINEPREFIX", self.folder.with_file_name("prefix"))
            .env("WINEDEBUG", "-all")
            // It would ask to install them.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=")
            .env("DISPLAY", &self.screen.display)
            .env("LSLAPICFG", "lsl_api.cfg");
        command
    }

    fn bci_cursor(&self, args: &[&str]) -> Command {
        self.program("bci-cursor.exe", args)
    }

    /// Starts a run that follows the patient of three classes. Its messages go to the file `run.log`.
    fn drive(&self, model: &str, more: &[&str]) -> Running {
        let at_once = [
            "--set=control.pause.at_start=false",
            "--set=control.pause.after_loss=false",
            "--set=control.pause.manual_override_ms=0",
        ];
        let model = Path::new(model).file_name().unwrap().to_str().unwrap();
        let args = [&run_three_classes(model)[..], &at_once, more].concat();
        let mut command = self.bci_cursor(&args);
        command.stderr(fs::File::create(self.lab.path("run.log")).unwrap());
        Running::start(command)
    }

    /// What a command prints, the same here and in Wine but for the line that tells how long it took.
    fn both(&self, args: &[&str]) -> String {
        let mut here = self.lab.bci_cursor(args);
        here.current_dir(self.lab.folder.path());
        let mut there = self.bci_cursor(args);
        let [here, there] = [&mut here, &mut there].map(|command| {
            let output = command.stdin(Stdio::null()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let is_time = |line: &&str| {
                let secs = line.trim_end().strip_suffix(" s");
                secs.is_some_and(|secs| secs.parse::<f64>().is_ok())
            };
            let lines = text.split_inclusive('\n');
            let text: String = lines.filter(|line| !is_time(line)).collect();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            (text, output.status.code(), errors)
        });
        assert_eq!(here.1, Some(0), "{args:?}: {}", here.2);
        assert_eq!(there.1, Some(0), "in Wine {args:?}: {}", there.2);
        assert_eq!(here.0, there.0, "{args:?}");
        here.0
    }

    /// Asks the running driver in Wine, and returns its answer.
    fn ask(&self, request: &[&str]) -> String {
        let output = self.bci_cursor(request).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{request:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // Its programs belong to a display that ends with this test.
        let _ = Command::new(wine().with_file_name("wineserver64"))
            .arg("-k")
            .env("WINEPREFIX", self.folder.with_file_name("prefix"))
            .status();
    }
}

fn wine() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("wine64"));
    places
        .find(|place| place.exists())
        .unwrap_or_else(|| "/usr/lib/wine/wine64".into())
}

fn compile(source: &str, into: &Path, more: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers/windows")
        .join(source);
    let compiled = Command::new("x86_64-w64-mingw32-gcc-posix")
        .args(more)
        .arg("-o")
        .args([into, &source])
        .arg("-ladvapi32")
        .status();
    assert!(compiled.unwrap().success());
}

/// What another program on the desktop sees.
struct Watcher {
    _program: Running,
    lines: mpsc::Receiver<String>,
    place: [i32; 2],
    is_left_down: bool,
}

impl Watcher {
    fn new(desktop: &Desktop) -> Self {
        let mut program = Running::start(desktop.program("desk.exe", &["watch"]));
        let lines = program.lines();
        let mut watcher = Self {
            _program: program,
            lines,
            place: [0; 2],
            is_left_down: false,
        };
        wait_for("the watcher", 120.0, || watcher.look());
        watcher
    }

    /// Takes in what has changed. Returns whether anything has.
    fn look(&mut self) -> bool {
        let mut has_changed = false;
        for line in self.lines.try_iter() {
            let numbers: Vec<i32> = line
                .split_whitespace()
                .map(|number| number.parse().unwrap())
                .collect();
            self.place = [numbers[0], numbers[1]];
            self.is_left_down = numbers[2] == 1;
            has_changed = true;
        }
        has_changed
    }

    fn wait_for_left(&mut self, is_down: bool, within_s: f64) {
        let what = format!("left button {}", if is_down { "down" } else { "up" });
        wait_for(&what, within_s, || {
            self.look();
            self.is_left_down == is_down
        });
    }
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn recordings_are_read_fitted_and_replayed_as_on_linux() {
    let desktop = Desktop::new();
    let lab = &desktop.lab;
    let patient = "synthetic:channels=8,trials=24,seed=3,erd=0.8";
    // A session, recorded here.
    let mut cap = lab.spawn(
        &[
            "replay",
            patient,
            "--to",
            "lsl",
            "--name",
            "cap",
            "--source-id",
            "cap",
        ],
        None,
    );
    let session = lab.path("session.xdf");
    let record = ["--record", session.to_str().unwrap(), "--seconds", "15"];
    lab.succeed(&common::on_cap(&record));
    cap.kill();
    let verified = desktop.both(&["replay", "session.xdf", "--verify"]);
    println!("{verified}");
    desktop.both(&["inspect", "session.xdf"]);
    // A decoder, fitted to the bit.
    let classes = "left_hand=left_hand,right_hand=right_hand";
    let fit = ["fit", patient, "--classes", classes, "--to", "3"];
    let decoder = |name| [&fit[..], &["--out", name]].concat();
    let here = lab.path("here.json");
    lab.succeed(&decoder(here.to_str().unwrap()));
    let there = desktop.bci_cursor(&decoder("there.json")).output().unwrap();
    let errors = String::from_utf8_lossy(&there.stderr);
    assert!(there.status.success(), "{errors}");
    assert_eq!(lab.read("here.json"), lab.read("there.json"));
    let events = desktop.both(&["replay", patient, "--model", "here.json"]);
    assert!(events.lines().count() > 1000, "{}", events.lines().count());
    // Three people in EDF+.
    for (person, seed) in [("a", 5), ("b", 6), ("c", 7)] {
        fs::create_dir_all(lab.path("people").join(person)).unwrap();
        let patient = format!("synthetic:channels=8,trials=24,seed={seed},erd=0.5");
        let file = format!("people/{person}/{person}.edf");
        let path = lab.path(&file).to_str().unwrap().to_owned();
        lab.succeed(&["convert", &patient, &path]);
        desktop.both(&["inspect", &file]);
    }
    for protocol in ["blocked-cv", "zero"] {
        let decoding = ["evaluate", "decoding", "people", "--classes", classes];
        let figures = desktop.both(&[&decoding[..], &["--protocol", protocol]].concat());
        assert_eq!(figures.lines().count(), 5, "{figures}");
    }
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn a_lost_stream_and_a_killed_driver_leave_no_button_down() {
    let desktop = Desktop::new();
    let model = fit_three_classes(&desktop.lab);
    let mut watcher = Watcher::new(&desktop);
    let mut headset = publish_three_classes(&desktop.lab, 21, "device");
    let mut driver = desktop.drive(&model, &[]);
    let mut lost_ms = Vec::new();
    for _ in 0..TIMES {
        watcher.wait_for_left(true, 120.0);
        let killed = clock::now();
        headset.kill();
        watcher.wait_for_left(false, 5.0);
        lost_ms.push(ms_since(killed));
        headset = publish_three_classes(&desktop.lab, 21, "device");
    }
    let mut killed_ms = Vec::new();
    for _ in 0..TIMES {
        watcher.wait_for_left(true, 120.0);
        let killed = clock::now();
        driver.kill();
        watcher.wait_for_left(false, 5.0);
        killed_ms.push(ms_since(killed));
        driver = desktop.drive(&model, &[]);
    }
    drop(driver);
    // Other programs of the X server see the pointer, too.
    let seen = desktop.screen.pointer().0;
    println!(
        "the watcher sees {:?}, the X server {seen:?}",
        watcher.place
    );
    assert_in_time("the stream was lost", lost_ms, LOST_MS);
    assert_in_time("the driver was killed", killed_ms, KILLED_MS);
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn a_run_answers_requests_and_hot_keys() {
    let desktop = Desktop::new();
    let model = fit_three_classes(&desktop.lab);
    let _watcher = Watcher::new(&desktop);
    let _headset = publish_three_classes(&desktop.lab, 21, "device");
    let mut driver = desktop.drive(&model, &["--stats", "--json"]);
    wait_for("motion", 120.0, || {
        desktop.lab.read("run.log").contains("pointer moves")
    });
    assert_eq!(desktop.ask(&["pause"]), "paused");
    assert!(desktop.ask(&["status"]).starts_with("paused"));
    let keys = |key| {
        let pressed = desktop.program("desk.exe", &["keys", key]).status();
        assert!(pressed.unwrap().success());
    };
    keys("P");
    wait_for("the hot key to resume", 10.0, || {
        !desktop.ask(&["status"]).starts_with("paused")
    });
    assert!(
        desktop
            .ask(&["status", "--json"])
            .contains("latency_p50_ms")
    );
    keys("S");
    wait_for("the hot key to stop", 10.0, || driver.has_ended());
    let (code, stats) = driver.finish(5.0);
    println!("{stats}");
    assert_eq!(code, Some(0));

    let mut driver = desktop.drive(&model, &[]);
    wait_for("another run", 120.0, || {
        desktop.lab.read("run.log").contains("pointer moves")
    });
    assert!(desktop.ask(&["stop"]).starts_with("stops"));
    wait_for("the end", 10.0, || driver.has_ended());
    let refused = desktop.bci_cursor(&["status"]).output().unwrap();
    assert!(!refused.status.success());
}

#[test]
#[ignore = "needs Wine and the program for Windows: make test-windows"]
fn the_demonstration_moves_the_pointer_to_targets() {
    let desktop = Desktop::new();
    let mut watcher = Watcher::new(&desktop);
    let mut demo = desktop.bci_cursor(&["demo", "--part", "imagery", "--seconds", "20", "--json"]);
    demo.stderr(fs::File::create(desktop.lab.path("demo.log")).unwrap());
    let mut demo = Running::start(demo);
    let mut seen = std::collections::BTreeSet::new();
    wait_for("the end of the demonstration", 240.0, || {
        watcher.look();
        seen.insert(desktop.screen.pointer().0);
        demo.has_ended()
    });
    let (code, text) = demo.finish(5.0);
    assert_eq!(code, Some(0), "{}", desktop.lab.read("demo.log"));
    let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
    println!(
        "{}: the X server saw {} places",
        figures["task"],
        seen.len()
    );
    assert!(figures["task"]["hits"].as_u64() > Some(0), "{figures}");
    assert!(seen.len() > 50, "{}", seen.len());
}
