//! A person with eyes looks at tags on a real X server, and the pointer clicks what was looked at.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::chromium;
use crate::common::desktop;
use crate::common::fake_tree;

use bci_cursor::looking::code_book;
use bci_cursor::source::channels::ReadAs;
use bci_cursor::source::open_to_decode;
use bci_cursor::system::clock;
use chromium::{Browser, page_reports};
use common::{Lab, ms_since, python, wait_for};
use desktop::Desktop;
use fake_tree::{FakeTree, TreeContents};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The person: a program of its own that sees what the presenter shows.
pub(crate) struct Person {
    program: Child,
    place: ChildStdin,
}

impl Person {
    pub(crate) fn start(lab: &Lab, electrodes: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/eyes.py");
        let mut program = lab
            .command(python())
            .args([script, "eyes"])
            .args(electrodes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let output = program.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut ready).unwrap();
        assert_eq!(ready.trim(), "ready");
        Self {
            place: program.stdin.take().unwrap(),
            program,
        }
    }

    pub(crate) fn looks_at(&mut self, [x, y, width, height]: [i32; 4]) {
        let [x, y] = [x + width / 2, y + height / 2];
        writeln!(self.place, "{x} {y}").unwrap();
    }

    pub(crate) fn looks_away(&mut self) {
        self.says("away");
    }

    /// A line of its own language, see its help.
    pub(crate) fn says(&mut self, line: &str) {
        writeln!(self.place, "{line}").unwrap();
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A driver that clicks what was looked at.
pub(crate) struct Driver {
    program: Child,
    log: PathBuf,
}

impl Driver {
    fn command(lab: &Lab, session: &str) -> Command {
        let mut command = lab.bci_cursor(&[
            "run", "--stream", "eyes", "--wait", "20", "--record", session, "--stats", "--json",
        ]);
        for setting in [
            "control.assist.mode=look",
            "control.look.clicks=true",
            "control.pause.at_start=false",
            // A busy machine may delay the stream, and nobody could resume.
            "control.pause.after_loss=false",
            "control.pause.manual_override_ms=0",
        ] {
            command.args(["--set", setting]);
        }
        command
    }

    /// The message of a driver that does not start.
    fn refused(lab: &Lab, desktop: &Desktop) -> String {
        let mut command = Self::command(lab, "/dev/null");
        let output = desktop.on(&mut command).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn start(lab: &Lab, desktop: &Desktop, session: &str) -> Self {
        Self::start_with(lab, desktop, session, &[])
    }

    /// With more settings. Its messages are in `run.log` of the lab, and its figures in `stats.json`.
    pub(crate) fn start_with(
        lab: &Lab,
        desktop: &Desktop,
        session: &str,
        settings: &[&str],
    ) -> Self {
        Self::start_as(lab, desktop, session, settings, &[])
    }

    /// With more settings and options.
    pub(crate) fn start_as(
        lab: &Lab,
        desktop: &Desktop,
        session: &str,
        settings: &[&str],
        options: &[&str],
    ) -> Self {
        Self::start_on(lab, session, settings, |mut command| {
            command.args(options);
            desktop.on(&mut command);
            command
        })
    }

    /// The same on another display.
    pub(crate) fn start_on(
        lab: &Lab,
        session: &str,
        settings: &[&str],
        on: impl FnOnce(Command) -> Command,
    ) -> Self {
        let mut command = Self::command(lab, session);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let log = lab.path("run.log");
        let stats = std::fs::File::create(lab.path("stats.json")).unwrap();
        let messages = std::fs::File::create(&log).unwrap();
        command.stderr(messages).stdout(stats);
        let program = on(command).spawn().unwrap();
        Self { program, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    pub(crate) fn end(mut self) {
        let id = self.program.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.program.wait().unwrap().success());
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
        if std::thread::panicking() {
            // What the driver said tells most about a failed test.
            println!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

pub(crate) fn is_within([x, y]: [i32; 2], rect: [i32; 4]) -> bool {
    (rect[0]..rect[0] + rect[2]).contains(&x) && (rect[1]..rect[1] + rect[3]).contains(&y)
}

pub(crate) fn clicks(lab: &Lab) -> u64 {
    let output = lab.bci_cursor(&["status", "--json"]).output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    status[0]["clicks"].as_u64().unwrap_or(0)
}

/// The decoder needs some seconds to learn what is usual for this person.
pub(crate) fn settle() {
    let began = clock::now();
    wait_for("the decoder", 60.0, || ms_since(began) > 15_000.0);
}

/// Nine buttons share three flickers, so that each click takes two looks or more.
#[test]
fn what_is_looked_at_is_clicked_and_nothing_else() {
    let (lab, desktop) = (Lab::new(), Desktop::bare());
    let tree = FakeTree::start(&desktop.address);
    let buttons: Vec<[i32; 4]> = (0..9)
        .map(|k| [100 + k % 3 * 420, 80 + k / 3 * 260, 140, 60])
        .collect();
    tree.set_contents(TreeContents {
        rects: buttons.clone(),
        names: Vec::new(),
        finds: true,
        late_ms: 0,
    });
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let mut person = Person::start(&lab, &[]);
    let refused = Driver::refused(&lab, &desktop);
    assert!(refused.contains("bci-cursor allow-flicker"), "{refused}");
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let driver = Driver::start(&lab, &desktop, &session);
    wait_for("tags", 20.0, || lab.read("run.log").contains("running"));
    // The decoder learns what is usual; nothing is clicked.
    let start = desktop.screen.pointer().0;
    settle();
    assert_eq!((desktop.screen.pointer().0, clicks(&lab)), (start, 0));
    for (done, wanted) in [7, 0, 5].into_iter().enumerate() {
        let began = clock::now();
        person.looks_at(buttons[wanted]);
        wait_for("the click", 150.0, || clicks(&lab) > done as u64);
        println!("{wanted} after {:.1} s", ms_since(began) / 1000.0);
        let place = desktop.screen.pointer().0;
        assert!(
            is_within(place, buttons[wanted]),
            "{place:?} {}",
            lab.read("run.log")
        );
        person.looks_away();
    }
    driver.end();
    // The looks are in the session, and happen again when it is replayed.
    let stored = std::fs::read(&session).unwrap();
    let stored = String::from_utf8_lossy(&stored);
    let count = |event: &str| stored.matches(&format!("{{\"event\":\"{event}\"")).count();
    assert!(count("looked") >= 6 && count("shown") >= 6 && count("scene") >= 6);
    lab.succeed(&["replay", &session, "--verify"]);
}

pub(crate) const AT_THE_BACK: &str = "Oz,O1,O2,POz,Pz,P3,P4,CPz";

/// A person with eight electrodes at the back of the head, from which no imagined movement can be decoded, on a page in a browser.
#[test]
fn ten_answers_of_a_page_are_clicked() {
    let lab = Lab::new();
    let (right, secs) = ten_answers(&lab);
    println!("{right} of 10 right in {secs:.0} s");
    assert!(right >= 9, "{right} of 10: {}", lab.read("run.log"));
    assert!(lab.read("run.log").contains("three frequencies"));
}

/// The same person after a calibration: every answer has a code of its own, and takes one look.
#[test]
fn ten_answers_are_clicked_with_codes() {
    let lab = Lab::new();
    calibrate(&lab);
    let (right, secs) = ten_answers(&lab);
    println!("{right} of 10 right in {secs:.0} s");
    assert!(right >= 9, "{right} of 10: {}", lab.read("run.log"));
    assert!(secs < 120.0, "{secs} s");
    assert!(lab.read("run.log").contains("32 codes"));
    // The session tells what each code showed in each frame.
    let session = lab.path("session.xdf");
    let mut session = open_to_decode(&session.to_string_lossy(), &ReadAs::default()).unwrap();
    let shown = session.stimulus().unwrap().unwrap();
    assert_eq!(
        (shown.labels().len(), shown.labels()[0].as_str()),
        (32, "code_1")
    );
    let (first, last) = (shown.place(0), shown.place(shown.frames() - 1));
    assert!(
        shown.frames() > 500 && last - first > 1000.0,
        "{first} {last}"
    );
    let levels: Vec<f32> = (0..shown.frames())
        .flat_map(|k| shown.values(k).to_vec())
        .collect();
    for level in [-1.0, 0.0, 1.0] {
        assert!(levels.contains(&level), "{level}");
    }
}

/// Fits the response of the person with electrodes at the back of the head: tags have codes from now on.
pub(crate) fn calibrate(lab: &Lab) {
    let (recording, codes) = (lab.path("looks.xdf"), lab.path("codes.json"));
    std::fs::write(&codes, serde_json::to_string(&code_book()).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/eyes.py");
    let mut train = lab.command(python());
    let paths = [&recording, &codes].map(|path| path.to_str().unwrap());
    train.args([&[script, "--train"], &paths[..], &[AT_THE_BACK]].concat());
    assert!(train.status().unwrap().success());
    let fitted = lab.succeed(&["fit-looking", paths[0]]);
    println!("{}", String::from_utf8_lossy(&fitted.stdout));
}

/// Looks at ten answers in turn. Returns how many were clicked rightly, and the time it took, seconds.
fn ten_answers(lab: &Lab) -> (usize, f64) {
    let desktop = Desktop::start();
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let mut person = Person::start(lab, &[AT_THE_BACK]);
    // This makes programs that are started from now on publish their targets.
    desktop.targets(lab, [640, 400]);
    let _browser = Browser::open(lab, &desktop, "ten.html");
    wait_for("the page", 60.0, || page_reports(&desktop, "Ready"));
    let mut answers = desktop.rects(lab, [640, 400], "button", 10);
    answers.sort_unstable_by_key(|[x, y, _, _]| [*y, *x]);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = Driver::start(lab, &desktop, &session);
    wait_for("the driver", 20.0, || {
        lab.read("run.log").contains("running")
    });
    assert!(lab.read("run.log").contains("only looks at tags"));
    settle();
    let (began, mut right) = (clock::now(), 0);
    for (done, k) in [3, 8, 0, 5, 9, 2, 6, 1, 7, 4].into_iter().enumerate() {
        person.looks_at(answers[k]);
        wait_for("a click", 150.0, || {
            page_reports(&desktop, &format!("{} clicks", done + 1))
        });
        right += usize::from(page_reports(&desktop, &format!("the last on {k}.")));
        person.looks_away();
    }
    let secs = ms_since(began) / 1000.0;
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
    (right, secs)
}
