//! A person with eyes is calibrated in the real window: they look at what is marked on the screen, and their EEG answers to what it really
//! shows.
#![cfg(all(unix, feature = "gui", not(target_os = "macos")))]

use crate::common::desktop::Desktop;
use crate::common::{Lab, python, wait_for};
use crate::look::Person;

use bci_cursor::app::gui::look::HIGH_CONTRAST;
use bci_cursor::fit::looking::fit_looking;
use bci_cursor::looking::code_book;
use bci_cursor::looking::figures::LookingVerdict;
use bci_cursor::source::channels::ReadAs;
use std::process::{Child, Command};

const ENTER: u32 = 0xff0d;
const COLUMNS: usize = 4;
const ROWS: usize = 3;
/// Tags of 48 pixels on a screen 1080 pixels high, on one of 800.
const TAG_PX: i32 = 36;
/// From the middle of a field to the outer edge of its mark, pixels.
const MARK_PX: i32 = TAG_PX / 2 + 16 + 7;

/// The field that is marked on the screen: the place of its tag.
fn marked(desktop: &Desktop) -> Option<[i32; 4]> {
    let colour = HIGH_CONTRAST.warning.to_array();
    let [width, height] = desktop.screen.size();
    let pixels = desktop.screen.pixels();
    let is_marked = |pixel: &[u8; 3]| pixel[..] == colour[..3];
    let places: Vec<[usize; 2]> = pixels
        .iter()
        .enumerate()
        .filter(|(_, pixel)| is_marked(pixel))
        .map(|(k, _)| [k % width, k / width])
        .collect();
    if places.len() < 500 {
        return None;
    }
    let ends = |axis: usize| {
        let along = places.iter().map(|place| place[axis] as i32);
        (along.clone().min().unwrap(), along.max().unwrap())
    };
    let ((left, right), (top, bottom)) = (ends(0), ends(1));
    // The arrow is below the frame, or above it in the last row.
    let is_last = top + bottom > 2 * (height * (ROWS - 1) / ROWS) as i32;
    let y = if is_last {
        bottom - MARK_PX
    } else {
        top + MARK_PX
    };
    let x = i32::midpoint(left, right);
    Some([x - TAG_PX / 2, y - TAG_PX / 2, TAG_PX, TAG_PX])
}

struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Presses Enter until the window is at a step.
fn go(desktop: &Desktop, step: &str) {
    let mut ticks = 0;
    wait_for(step, 60.0, || {
        let title = desktop.screen.titles().join(" ");
        if title.contains(step) {
            return true;
        }
        // Not at every look: a page needs a moment to come.
        if ticks % 20 == 0 && title.contains("bci-cursor") {
            desktop.screen.keys(&[ENTER]);
        }
        ticks += 1;
        false
    });
}

/// Opens a window for a patient of the stream `eyes`.
fn open(lab: &Lab, desktop: &Desktop, args: &[&str]) -> Window {
    let mut command = lab.bci_cursor(args);
    command.args(["--stream", "eyes", "--language", "en"]);
    let log = std::fs::File::create(lab.path("window.log")).unwrap();
    Window(desktop.on(&mut command).stderr(log).spawn().unwrap())
}

impl Window {
    /// A signal closes the window.
    fn close(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

/// The person looks at what is marked until the window is at a step. Returns the fields in turn.
fn look_until(desktop: &Desktop, person: &mut Person, step: &str) -> Vec<[i32; 4]> {
    let (mut looked, mut checks) = (Vec::new(), 0);
    wait_for(step, 240.0, || {
        checks += 1;
        // Reading the whole screen takes a while.
        if checks % 3 == 0
            && let Some(field) = marked(desktop)
            && looked.last() != Some(&field)
        {
            person.looks_at(field);
            looked.push(field);
        }
        desktop.screen.titles().join(" ").contains(step)
    });
    looked
}

/// A patient's newest session.
fn newest_session(lab: &Lab) -> String {
    let sessions = std::fs::read_dir(lab.path("data/bci-cursor/patients/ada/sessions")).unwrap();
    let newest = sessions.map(|entry| entry.unwrap().path()).max().unwrap();
    newest.to_string_lossy().into_owned()
}

const AT_THE_BACK: &str = "Oz,O1,O2,POz,Pz,P3,P4,CPz";

#[test]
fn a_person_who_looks_at_the_marked_fields_gets_a_good_response() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let new = ["--patient", "ada", "--new-patient"];
    lab.succeed(&[&["allow-flicker", "--yes-i-asked-about-epilepsy"], &new[..]].concat());
    let mut person = Person::start(&lab, &[AT_THE_BACK]);
    let window = open(
        &lab,
        &desktop,
        &["calibrate", "--looking", "--patient", "ada"],
    );
    go(&desktop, "4 ");
    let looked = look_until(&desktop, &mut person, "5 ");
    let profile = lab.path("data/bci-cursor/patients/ada/profile.toml");
    wait_for("the response", 60.0, || {
        desktop.screen.keys(&[ENTER]);
        std::fs::read_to_string(&profile).is_ok_and(|text| text.contains("-looking.json"))
    });
    assert!(looked.len() >= 20, "{looked:?}");
    window.close();
    let fitted = fit_looking(&[newest_session(&lab)], &ReadAs::default(), None).unwrap();
    let figures = fitted.figures;
    println!("{figures:?}");
    assert_eq!((figures.looks, figures.tags), (20, 12));
    assert_eq!(figures.verdict(), LookingVerdict::Good, "{figures:?}");
    assert!(COLUMNS * ROWS == figures.tags);
}

#[test]
fn targets_are_copied_with_a_response() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let (recording, codes) = (lab.path("looks.xdf"), lab.path("codes.json"));
    std::fs::write(&codes, serde_json::to_string(&code_book()).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/eyes.py");
    let mut train = lab.command(python());
    let paths = [&recording, &codes].map(|path| path.to_str().unwrap());
    train.args([&[script, "--train"], &paths[..], &[AT_THE_BACK]].concat());
    assert!(train.status().unwrap().success());
    let new = ["--patient", "ada", "--new-patient"];
    lab.succeed(&[&["allow-flicker", "--yes-i-asked-about-epilepsy"], &new[..]].concat());
    lab.succeed(&["fit-looking", paths[0], "--patient", "ada"]);
    let mut person = Person::start(&lab, &[AT_THE_BACK]);
    let figures = copy(&lab, &desktop, &mut person);
    assert!(figures["hits"].as_u64().unwrap() >= 9, "{figures}");
    assert!(
        figures["bits_per_min"].as_f64().unwrap() > 30.0,
        "{figures}"
    );
}

#[test]
fn targets_are_copied_without_a_response() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let new = ["--patient", "ada", "--new-patient"];
    lab.succeed(&[&["allow-flicker", "--yes-i-asked-about-epilepsy"], &new[..]].concat());
    let mut person = Person::start(&lab, &[AT_THE_BACK]);
    let figures = copy(&lab, &desktop, &mut person);
    assert!(figures["hits"].as_u64().unwrap() >= 8, "{figures}");
}

/// Copies ten targets in a window of its own. Returns the figures.
fn copy(lab: &Lab, desktop: &Desktop, person: &mut Person) -> serde_json::Value {
    let window = open(lab, desktop, &["practice", "--looking", "--patient", "ada"]);
    go(desktop, "4 ");
    let looked = look_until(desktop, person, "6 ");
    // An interrupted look is repeated.
    assert!(looked.len() >= 10, "{looked:?}");
    window.close();
    let stored = std::fs::read(newest_session(lab)).unwrap();
    let stored = String::from_utf8_lossy(&stored);
    let figures = stored.split("\"figures\":").nth(1).unwrap();
    let mut values = serde_json::Deserializer::from_str(figures).into_iter();
    let figures = values.next().unwrap().unwrap();
    println!("{figures}");
    figures
}
