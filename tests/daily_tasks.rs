//! The tasks of a day without a helper's hand: a person with eight electrodes at the back of the head opens programs from the panel, writes,
//! corrects an error, starts a film, changes the speed and calls, on an X server with a browser. Each task prints the time it took.
#![cfg(all(feature = "gui", unix, not(target_os = "macos")))]

use crate::common;
use crate::common::chromium;
use crate::common::desktop;
use crate::common::panel_tree;
use crate::look;
use crate::panel;
use crate::wayland_looks;

use bci_cursor::system::clock;
use bci_cursor::time::HostNanos;
use chromium::{arguments, page_reports};
use common::{Lab, ms_since, wait_for};
use desktop::Desktop;
use look::{AT_THE_BACK, Driver, Person, calibrate, settle};
use panel::{Server, buttons, gain};
use panel_tree::PanelTree;
use std::cell::RefCell;
use std::sync::mpsc::Receiver;
use wayland_looks::tags;

/// What is written, in the field of `write.html`.
const WANTED: &str = "hello world";

/// The person, and the desktop that they look at.
struct Day<'a> {
    desktop: &'a Desktop,
    server: Server,
    tree: PanelTree,
    person: Person,
    scenes: Receiver<String>,
    /// The tags of the newest scene.
    tags: RefCell<Vec<[i32; 2]>>,
}

impl Day<'_> {
    /// The centre of the tag within a rectangle, once it has one.
    fn tag_in(&self, [x, y, width, height]: [i32; 4], what: &str) -> [i32; 4] {
        let mut found = None;
        wait_for(what, 30.0, || {
            for line in self.scenes.try_iter().filter(|line| line != "ready") {
                *self.tags.borrow_mut() = tags(&line);
            }
            let all = self.tags.borrow();
            let is_within = |[at_x, at_y]: &&[i32; 2]| {
                (x..x + width).contains(at_x) && (y..y + height).contains(at_y)
            };
            found = all.iter().find(is_within).copied();
            found.is_some()
        });
        let [x, y] = found.unwrap();
        [x, y, 1, 1]
    }

    /// The place of a button of the panel by its name, once it is there.
    fn button(&self, name: &str) -> [i32; 4] {
        let mut found = None;
        wait_for(name, 20.0, || {
            let all = buttons(&self.tree, &self.server);
            let is_named = |own: &str| own == name || own.starts_with(&format!("{name},"));
            found = all.iter().find(|(own, _)| is_named(own)).map(|(_, at)| *at);
            found.is_some()
        });
        found.unwrap()
    }

    /// Looks at a place until something has happened.
    fn look(&mut self, at: [i32; 4], what: &str, has_happened: impl Fn() -> bool) {
        let at = self.tag_in(at, what);
        self.person.looks_at(at);
        wait_for(what, 120.0, has_happened);
        self.person.looks_away();
    }

    fn press(&mut self, name: &str, has_happened: impl Fn(&Desktop) -> bool) {
        let (at, desktop) = (self.button(name), self.desktop);
        self.look(at, name, || has_happened(desktop));
    }

    /// Opens a page of the panel, which then has another button.
    fn open(&mut self, name: &str, other: &str) {
        let (at, desktop) = (self.button(name), self.desktop);
        let (tree, server) = (PanelTree::of(desktop), Server::at(&desktop.screen.display));
        self.look(at, name, || buttons(&tree, &server).contains_key(other));
    }

    /// Writes a text, and corrects whatever goes wrong.
    fn write(&mut self, wanted: &str) {
        while field(self.desktop).trim_end() != wanted {
            let written = field(self.desktop);
            let key = self.next_key(&written, wanted);
            self.press(&key, |desktop| field(desktop) != written);
        }
    }

    /// The word if it is offered, or else its next letter.
    fn next_key(&self, written: &str, wanted: &str) -> String {
        let Some(rest) = wanted.strip_prefix(written) else {
            return "Erase".to_owned();
        };
        let begun = written.rsplit(' ').next().unwrap();
        let word = format!("{begun}{}", rest.split(' ').next().unwrap());
        let all = buttons(&self.tree, &self.server);
        if all.contains_key(&word) && word.len() > 1 {
            return word;
        }
        match rest.chars().next() {
            Some(' ') => "Space".to_owned(),
            Some(letter) => letter.to_string(),
            None => unreachable!("{written}"),
        }
    }
}

/// What is in the field of `write.html`.
fn field(desktop: &Desktop) -> String {
    let titles = desktop.screen.titles();
    let title = titles.iter().find(|title| title.starts_with("Notes "));
    let text = title.and_then(|title| Some(title.split_once('[')?.1.rsplit_once(']')?.0));
    text.unwrap_or_default().to_owned()
}

/// A program of the desktop's menu that opens a page in a browser. Returns the option that offers it.
fn program(lab: &Lab, name: &str, page: &str) -> String {
    let quoted: Vec<String> = arguments(lab, page)
        .iter()
        .map(|argument| format!("\"{argument}\""))
        .collect();
    let entry = format!(
        "[Desktop Entry]\nType=Application\nName={name}\nExec=chromium {}\n",
        quoted.join(" ")
    );
    let path = lab.path(&format!("{name}.desktop"));
    std::fs::write(&path, entry).unwrap();
    format!("--program={}", path.to_string_lossy())
}

#[test]
fn a_person_who_looks_does_the_tasks_of_a_day() {
    let lab = Lab::new();
    calibrate(&lab);
    let desktop = Desktop::start();
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let person = Person::start(&lab, &[AT_THE_BACK]);
    // This makes programs that are started from now on publish their targets.
    desktop.targets(&lab, [640, 400]);
    let programs = [
        program(&lab, "Write", "write.html"),
        program(&lab, "Film", "evening.html"),
    ];
    let [write, film] = programs.each_ref().map(String::as_str);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let options = ["--panel", write, film];
    let driver = Driver::start_as(&lab, &desktop, &session, &[], &options);
    wait_for("the driver", 30.0, || {
        lab.read("run.log").contains("running")
    });
    let mut printer = lab.python("print_markers.py", &["bci-cursor-scenes"]);
    let mut day = Day {
        desktop: &desktop,
        tree: PanelTree::of(&desktop),
        server: Server::at(&desktop.screen.display),
        person,
        scenes: printer.lines(),
        tags: RefCell::default(),
    };
    settle();
    let mut began = clock::now();
    let mut task = |name: &str| {
        let now: HostNanos = clock::now();
        println!("{name}: {:.1} s", ms_since(began) / 1000.0);
        began = now;
    };

    day.open("Programs", "Write");
    day.press("Write", |desktop| page_reports(desktop, "Notes"));
    task("open the browser");

    let place = desktop.rects(&lab, [300, 150], "text", 1)[0];
    day.look(place, "the field", || page_reports(&desktop, "writing"));
    day.open("Keyboard", "Space");
    task("open the keyboard");
    day.press("x", |desktop| field(desktop) == "x");
    day.write(WANTED);
    task("write 'hello world', with an error that is corrected");
    let words = lab.path("data/bci-cursor/patients/default/words.json");
    wait_for("the patient's words", 10.0, || words.exists());
    assert!(
        std::fs::read_to_string(&words)
            .unwrap()
            .contains("\"hello\"")
    );

    day.open("Close the keyboard", "More");
    day.open("Programs", "Film");
    day.press("Film", |desktop| page_reports(desktop, "Evening"));
    let play = desktop.rects(&lab, [640, 400], "button", 1)[0];
    day.look(play, "the film", || page_reports(&desktop, "played"));
    task("open another page, and start a film");

    day.open("More", "Settings");
    day.open("Settings", "Undo change");
    let faster = day.button("Faster");
    day.look(faster, "the speed", || gain(&lab) == 1.25);
    day.open("Done", "Call");
    task("change the speed");

    day.open("Call", "Please come");
    day.press("Please come", |desktop| {
        page_reports(desktop, "Please come.")
    });
    task("call");

    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}
