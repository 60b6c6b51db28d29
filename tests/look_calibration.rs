//! A person with eyes is calibrated in the real window: they look at what is marked on the screen, and their EEG answers to what it really
//! shows.
#![cfg(all(unix, feature = "gui", not(target_os = "macos")))]

use crate::common::desktop::Desktop;
use crate::common::{Lab, wait_for};
use crate::look::Person;

use bci_cursor::app::gui::look::HIGH_CONTRAST;
use bci_cursor::fit::looking::fit_looking;
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

#[test]
fn a_person_who_looks_at_the_marked_fields_gets_a_good_response() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let new = ["--patient", "ada", "--new-patient"];
    lab.succeed(&[&["allow-flicker", "--yes-i-asked-about-epilepsy"], &new[..]].concat());
    let mut person = Person::start(&lab, &["Oz,O1,O2,POz,Pz,P3,P4,CPz"]);
    let mut command = lab.bci_cursor(&["calibrate", "--looking", "--patient", "ada"]);
    command.args(["--stream", "eyes", "--language", "en"]);
    let log = std::fs::File::create(lab.path("calibrate.log")).unwrap();
    let mut window = Window(desktop.on(&mut command).stderr(log).spawn().unwrap());
    go(&desktop, "4 ");
    let mut looked = Vec::new();
    wait_for("the result", 180.0, || {
        if let Some(field) = marked(&desktop)
            && looked.last() != Some(&field)
        {
            person.looks_at(field);
            looked.push(field);
        }
        desktop.screen.titles().join(" ").contains("5 ")
    });
    let profile = lab.path("data/bci-cursor/patients/ada/profile.toml");
    wait_for("the response", 60.0, || {
        desktop.screen.keys(&[ENTER]);
        std::fs::read_to_string(&profile).is_ok_and(|text| text.contains("-looking.json"))
    });
    assert!(looked.len() >= 20, "{looked:?}");
    // A signal closes the window.
    let id = window.0.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    assert!(window.0.wait().unwrap().success());
    let sessions = std::fs::read_dir(lab.path("data/bci-cursor/patients/ada/sessions")).unwrap();
    let session = sessions.map(|entry| entry.unwrap().path()).next().unwrap();
    let session = session.to_string_lossy().into_owned();
    let fitted = fit_looking(&[session], &ReadAs::default()).unwrap();
    let figures = fitted.figures;
    println!("{figures:?}");
    assert_eq!((figures.looks, figures.tags), (20, 12));
    assert_eq!(figures.verdict(), LookingVerdict::Good, "{figures:?}");
    assert!(COLUMNS * ROWS == figures.tags);
}
