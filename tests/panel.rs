//! The patient's panel on an X server: what a helper's mouse, a screen reader and a person who looks at tags can do with it, and that it
//! takes no focus and keeps its place.
#![cfg(all(feature = "gui", unix, not(target_os = "macos")))]

use crate::common;
use crate::common::chromium;
use crate::common::desktop;
use crate::common::panel_tree;
use crate::look;
use crate::wayland_looks;

use bci_cursor::dock::DOCK_NAME;
use bci_cursor::system::clock;
use chromium::{Browser, page_reports};
use common::{Lab, Running, ms_since, wait_for, window_named};
use desktop::Desktop;
use look::{AT_THE_BACK, Driver, Person, calibrate, settle};
use panel_tree::PanelTree;
use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use wayland_looks::tags;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

/// A key that says "I am coming".
const ENTER: u32 = 0xff0d;

/// A separate connection to the server.
pub(crate) struct Server {
    connection: RustConnection,
    root: Window,
}

impl Server {
    pub(crate) fn at(display: &str) -> Self {
        let (connection, number) = RustConnection::connect(Some(display)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    /// The panel: left, top, width and height.
    pub(crate) fn panel(&self) -> Option<[i32; 4]> {
        // The window that keeps the place has a frame of the window manager around it.
        let window = window_named(&self.connection, self.root, DOCK_NAME)?;
        let place = self.connection.get_geometry(window).unwrap();
        let place = place.reply().ok()?;
        let [x, y] = [place.x, place.y].map(i32::from);
        let [width, height] = [place.width, place.height].map(i32::from);
        Some([x, y, width, height])
    }

    fn focus(&self) -> Window {
        let focus = self.connection.get_input_focus().unwrap();
        focus.reply().unwrap().focus
    }

    /// The part of the screen that the window manager gives to windows.
    fn work_area(&self) -> Vec<u32> {
        let name = self.connection.intern_atom(false, b"_NET_WORKAREA");
        let name = name.unwrap().reply().unwrap().atom;
        let (root, kind) = (self.root, AtomEnum::CARDINAL);
        let area = self
            .connection
            .get_property(false, root, name, kind, 0, 4)
            .unwrap();
        area.reply()
            .unwrap()
            .value32()
            .into_iter()
            .flatten()
            .collect()
    }
}

/// The buttons of the panel, as screen readers are told: left, top, width and height of each.
pub(crate) fn buttons(tree: &PanelTree, server: &Server) -> BTreeMap<String, [i32; 4]> {
    let [x, y, width, height] = server.panel().unwrap();
    let mut named = tree.named();
    // Screen readers may hear a little later that the panel has another size.
    named.retain(|_, rect| {
        let is_within = |at: usize, length: i32| {
            rect[at] >= [x, y][at] && rect[at] + rect[at + 2] <= [x, y][at] + length
        };
        is_within(0, width) && is_within(1, height)
    });
    named
}

/// The place of a button whose name begins like this, once it is there.
fn button(tree: &PanelTree, server: &Server, name: &str) -> [i32; 4] {
    let mut found = None;
    wait_for(name, 20.0, || {
        let all = buttons(tree, server);
        let mut named = all.iter().filter(|(own, _)| own.starts_with(name));
        found = named.next().map(|(_, rect)| *rect);
        found.is_some()
    });
    found.unwrap()
}

/// Kills the process of the panel, a child of the run.
fn kill_panel_of(run: u32) {
    let children = format!("/proc/{run}/task/{run}/children");
    let ended = |process: &&str| {
        let command = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).nth(1) == Some(b"panel")
    };
    let children = std::fs::read_to_string(children).unwrap();
    let panel = children.split_whitespace().find(ended).unwrap();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", panel])
        .status();
    assert!(killed.unwrap().success());
}

/// Presses a button with a mouse.
fn press(tree: &PanelTree, desktop: &Desktop, server: &Server, name: &str) {
    let [x, y, width, height] = button(tree, server, name);
    let screen = &desktop.screen;
    screen.place_pointer((x + width / 2) as i16, (y + height / 2) as i16);
    screen.mouse_button(1, true);
    screen.mouse_button(1, false);
}

pub(crate) fn status(lab: &Lab) -> String {
    let output = lab.bci_cursor(&["status"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn gain(lab: &Lab) -> f64 {
    let output = lab.bci_cursor(&["set"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let line = lines.find(|line| line.contains("control.speed.gain_x"));
    line.unwrap()
        .split_whitespace()
        .nth(2)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn a_helper_uses_the_panel_and_it_takes_no_focus() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let server = Server::at(&desktop.screen.display);
    // This makes programs that are started from now on publish their targets.
    desktop.targets(&lab, [640, 400]);
    let tree = PanelTree::of(&desktop);
    let _cap = Running::start(lab.bci_cursor(&[
        "replay",
        "synthetic:channels=21,seed=5,trials=200,imagery=3,rest=1,erd=0.8",
        "--to",
        "lsl",
        "--name",
        "cap",
    ]));
    let called = lab.path("called");
    let command = format!("echo $BCI_CURSOR_CALL >{}", called.to_string_lossy());
    let mut run = lab.bci_cursor(&[
        "run",
        "--stream",
        "cap",
        "--wait",
        "20",
        "--no-record",
        "--set",
        "control.pause.at_start=true",
    ]);
    run.args(["--panel=left", "--call-command", &command]);
    run.stderr(std::fs::File::create(lab.path("run.log")).unwrap());
    desktop.on(&mut run);
    let run = Running::start(run);
    wait_for("the panel", 30.0, || server.panel().is_some());
    let [x, y, width, height] = server.panel().unwrap();
    assert_eq!([x, y, height], [0, 0, 800]);
    let kept = u32::try_from(width).unwrap();
    wait_for("room for the panel", 10.0, || {
        server.work_area() == [kept, 0, 1280 - kept, 800]
    });
    let focus = server.focus();
    wait_for("the run", 30.0, || status(&lab).contains("paused"));

    press(&tree, &desktop, &server, "Resume");
    wait_for("the resumed run", 10.0, || {
        !status(&lab).contains("waiting to be resumed")
    });
    press(&tree, &desktop, &server, "Pause");
    // When the helper's hand has left the mouse.
    wait_for("the rest", 15.0, || {
        status(&lab).contains("the patient rests")
    });

    assert_eq!(gain(&lab), 1.0);
    press(&tree, &desktop, &server, "More");
    press(&tree, &desktop, &server, "Settings");
    press(&tree, &desktop, &server, "Faster");
    wait_for("the speed", 10.0, || gain(&lab) == 1.25);
    button(&tree, &server, "Faster, 125 %");
    press(&tree, &desktop, &server, "Undo change");
    wait_for("the speed before", 10.0, || gain(&lab) == 1.0);
    press(&tree, &desktop, &server, "Done");

    press(&tree, &desktop, &server, "More");
    press(&tree, &desktop, &server, "Hide");
    wait_for("the hidden panel", 10.0, || server.panel().unwrap()[2] < 70);
    press(&tree, &desktop, &server, "Show the panel");
    wait_for("the panel again", 10.0, || {
        server.panel().unwrap()[2] == width
    });
    assert_eq!(server.focus(), focus);

    kill_panel_of(run.id());
    wait_for("another panel", 20.0, || server.panel().is_none());
    wait_for("another panel", 20.0, || server.panel().is_some());

    press(&tree, &desktop, &server, "Call");
    press(&tree, &desktop, &server, "Toilet");
    let shows = || {
        desktop
            .screen
            .titles()
            .contains(&"I need the toilet.".to_owned())
    };
    wait_for("the call", 30.0, shows);
    wait_for("the command", 10.0, || lab.read("called") == "toilet\n");
    // It ends with a key, though not at once.
    wait_for("the end of the call", 10.0, || {
        desktop.screen.keys(&[ENTER]);
        !shows()
    });

    run.signal("INT");
    assert_eq!(run.finish(10.0).0, Some(0));
    wait_for("the end of the panel", 10.0, || server.panel().is_none());
}

/// Places of the panel's buttons from top to bottom.
const RIGHT_CLICK: usize = 1;
const DOUBLE_CLICK: usize = 2;
const SCROLL_DOWN: usize = 5;
pub(crate) const PAUSE: usize = 8;
const BUTTONS: usize = 11;
/// The panel, with a page that can be opened.
pub(crate) const PANEL: [&str; 2] = ["--panel", "--program=News=https://example.org"];

/// The tags on the panel at the right of a screen, from top to bottom, once all are shown.
pub(crate) fn panel_tags(scenes: &Receiver<String>, panel_left: i32) -> Vec<[i32; 2]> {
    let mut shown = Vec::new();
    wait_for("tags on the panel", 30.0, || {
        for line in scenes.try_iter().filter(|line| line != "ready") {
            shown = tags(&line);
            shown.retain(|[x, _]| *x > panel_left);
        }
        shown.len() == BUTTONS
    });
    shown.sort_unstable_by_key(|[_, y]| *y);
    shown
}

/// Tags from top to bottom.
fn sorted(mut tags: Vec<[i32; 2]>) -> Vec<[i32; 2]> {
    tags.sort_unstable_by_key(|[_, y]| *y);
    tags
}

/// The tags that are shown, once there are so many, and not those of before.
fn tags_other_than(before: &[[i32; 2]], scenes: &Receiver<String>, count: usize) -> Vec<[i32; 2]> {
    let mut shown = Vec::new();
    wait_for(&format!("{count} tags"), 30.0, || {
        for line in scenes.try_iter().filter(|line| line != "ready") {
            shown = sorted(tags(&line));
        }
        shown.len() == count && shown != before
    });
    shown
}

fn next_click(lab: &Lab) -> String {
    let output = lab.bci_cursor(&["status", "--json"]).output().unwrap();
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    status[0]["next_click"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_person_chooses_clicks_scrolls_pauses_and_resumes_by_looking() {
    let lab = Lab::new();
    calibrate(&lab);
    let desktop = Desktop::start();
    let server = Server::at(&desktop.screen.display);
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let mut person = Person::start(&lab, &[AT_THE_BACK]);
    desktop.targets(&lab, [640, 400]);
    // It fills the screen, and the panel lies above it.
    let _browser = Browser::open(&lab, &desktop, "clicks.html");
    wait_for("the page", 60.0, || page_reports(&desktop, "Clicks"));
    let page = desktop.rects(&lab, [300, 400], "button", 1)[0];
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = Driver::start_as(&lab, &desktop, &session, &[], &PANEL);
    wait_for("the driver", 20.0, || {
        lab.read("run.log").contains("running")
    });
    let mut printer = lab.python("print_markers.py", &["bci-cursor-scenes"]);
    let scenes = printer.lines();
    settle();
    let panel_left = server.panel().unwrap()[0];
    let panel = panel_tags(&scenes, panel_left).into_iter();
    let panel: Vec<[i32; 4]> = panel.map(|[x, y]| [x, y, 1, 1]).collect();
    // Looks until something has happened.
    let mut look = |at: [i32; 4], what: &str, has_happened: &dyn Fn() -> bool| {
        let began = clock::now();
        person.looks_at(at);
        wait_for(what, 150.0, has_happened);
        person.looks_away();
        println!("{what} after {:.1} s", ms_since(began) / 1000.0);
    };
    for (number, kind) in [(RIGHT_CLICK, "right"), (DOUBLE_CLICK, "double")] {
        look(panel[number], &format!("the kind {kind}"), &|| {
            next_click(&lab) == kind
        });
        look(page, kind, &|| page_reports(&desktop, kind));
    }
    look(panel[SCROLL_DOWN], "the wheel", &|| {
        page_reports(&desktop, "down")
    });
    assert!(!page_reports(&desktop, "up"));
    let rests = || status(&lab).contains("the patient rests");
    look(panel[PAUSE], "the rest", &rests);
    // Three looks at three places, and no program can be looked at meanwhile. Each step has two buttons.
    let mut before = Vec::new();
    for step in ["Resume", "Yes, resume", "Resume now"] {
        let shown = tags_other_than(&before, &scenes, 2);
        assert!(shown.iter().all(|[x, _]| *x > panel_left), "{shown:?}");
        let [x, y] = shown[0];
        println!("{step} at {x}, {y}");
        let next = std::cell::RefCell::new(shown.clone());
        look([x, y, 1, 1], step, &|| {
            if let Some(line) = scenes.try_iter().filter(|line| line != "ready").last() {
                *next.borrow_mut() = sorted(tags(&line));
            }
            let next = next.borrow();
            !rests() || (next.len() == 2 && *next != shown)
        });
        before = shown;
    }
    wait_for("the resumed run", 10.0, || status(&lab).contains("idle"));
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}
