//! No program publishes targets. A person who sees only what is on the screen divides it by looks until a small thing is clicked, and goes
//! back once.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::desktop;
use crate::common::tag_view;
use crate::look;

use bci_cursor::system::clock;
use common::{Lab, ms_since, wait_for};
use desktop::Desktop;
use look::{AT_THE_BACK, Driver, Person, calibrate, is_within, settle};
use tag_view::Look;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState};

const SCREEN: [i32; 4] = [0, 0, 1280, 800];
const SIDE: i32 = 3;
/// Where the person wants to click, and a part of the screen that they look at by mistake.
const WANTED: [i32; 2] = [913, 277];
const MISTAKE: [i32; 2] = [200, 700];
/// A cell as small as this is a point: 40 pixels on a screen 1080 pixels high.
const POINT_PX: i32 = 29;

/// The frame around the part that was looked at; the whole screen if there is none.
fn framed(look: &Look) -> [i32; 4] {
    let tree = look.connection.query_tree(look.root).unwrap().reply();
    let frame = tree.unwrap().children.into_iter().find_map(|window| {
        let about = look.connection.get_window_attributes(window).unwrap();
        let about = about.reply().ok()?;
        let (kind, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
        let name = look
            .connection
            .get_property(false, window, kind, any, 0, 64);
        let name = String::from_utf8(name.unwrap().reply().ok()?.value).ok()?;
        let numbers = name.strip_prefix("bci-cursor chosen ")?;
        let numbers = numbers.split(['x', '+']).map(|number| number.parse().ok());
        let [width, height, x, y] = numbers.collect::<Option<Vec<i32>>>()?.try_into().ok()?;
        (about.map_state == MapState::VIEWABLE).then_some([x, y, width, height])
    });
    frame.unwrap_or(SCREEN)
}

/// Middles of the tags on the screen.
fn tags(look: &Look) -> Vec<[i32; 2]> {
    let middle = |window| {
        let place = look.connection.get_geometry(window).unwrap().reply().ok()?;
        let [x, y] = [place.x, place.y].map(i32::from);
        Some([
            x + i32::from(place.width) / 2,
            y + i32::from(place.height) / 2,
        ])
    };
    look.tags().into_iter().filter_map(middle).collect()
}

/// A part of an area, counted from its upper left corner.
pub(crate) fn part(
    [x, y, width, height]: [i32; 4],
    [column, row]: [i32; 2],
    counts: [i32; 2],
) -> [i32; 4] {
    let edge = |from, length, at, count| from + length * at / count;
    let [left, right] = [0, 1].map(|next| edge(x, width, column + next, counts[0]));
    let [top, bottom] = [0, 1].map(|next| edge(y, height, row + next, counts[1]));
    [left, top, right - left, bottom - top]
}

/// Number of columns and rows into which an area is divided.
fn counts([_, _, width, height]: [i32; 4]) -> [i32; 2] {
    [width, height].map(|length| if length > POINT_PX { SIDE } else { 1 })
}

/// The part of an area that holds a place, and its column and row.
fn part_at(area: [i32; 4], place: [i32; 2]) -> ([i32; 2], [i32; 4]) {
    let counts = counts(area);
    let all = (0..counts[0] * counts[1]).map(|k| [k % counts[0], k / counts[0]]);
    let parts = all.map(|at| (at, part(area, at, counts)));
    parts
        .into_iter()
        .find(|(_, part)| is_within(place, *part))
        .unwrap()
}

/// Where a person looks who wants to click a place: at the tag of the part that holds it, or at the one that goes back. None while tags
/// and frame change.
fn tag_for(place: [i32; 2], area: [i32; 4], mut tags: Vec<[i32; 2]>) -> Option<[i32; 2]> {
    let counts = counts(area);
    let middle = area[0] + area[2] / 2;
    let mut back = None;
    if area != SCREEN {
        // The tag that goes back lies on the far side of the screen.
        tags.sort_unstable_by_key(|[x, _]| (x - middle).abs());
        back = tags.pop();
    }
    if tags.len() as i32 != counts[0] * counts[1] {
        return None;
    }
    if !is_within(place, area) {
        return back;
    }
    tags.sort_unstable_by_key(|[x, y]| [*y, *x]);
    let ([column, row], _) = part_at(area, place);
    tags.get((row * counts[0] + column) as usize).copied()
}

/// What the person saw being framed, one after another.
fn divide(person: &mut Person, look: &Look) -> (Vec<[i32; 4]>, [i32; 2]) {
    let (_, mistake) = part_at(SCREEN, MISTAKE);
    let (mut areas, mut looks_at, mut clicked) = (vec![SCREEN], None, None);
    wait_for("the click", 180.0, || {
        let area = framed(look);
        if areas.last() != Some(&area) {
            areas.push(area);
        }
        // The first choice is a mistake.
        let wanted = if areas.contains(&mistake) {
            WANTED
        } else {
            MISTAKE
        };
        let tag = tag_for(wanted, area, tags(look));
        if tag != looks_at {
            looks_at = tag;
            match tag {
                Some([x, y]) => person.looks_at([x, y, 1, 1]),
                None => person.looks_away(),
            }
        }
        if let Some(Event::ButtonPress(press)) = look.connection.poll_for_event().unwrap() {
            clicked = Some([press.root_x, press.root_y].map(i32::from));
        }
        clicked.is_some()
    });
    // The frame goes when the click has been made, and may be seen to go before the click is.
    if areas.last() == Some(&SCREEN) {
        areas.pop();
    }
    (areas, clicked.unwrap())
}

/// Clicks a place in a window that publishes nothing, and checks what happened on the way.
fn click_a_place(lab: &Lab) {
    let desktop = Desktop::start();
    let look = Look::at(&desktop.screen);
    look.cover();
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let mut person = Person::start(lab, &[AT_THE_BACK]);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = Driver::start_with(lab, &desktop, &session, &[]);
    wait_for("the grid", 30.0, || look.tags().len() == 9);
    settle();
    let began = clock::now();
    let (areas, clicked) = divide(&mut person, &look);
    let secs = ms_since(began) / 1000.0;
    println!("clicked {clicked:?} after {secs:.0} s: {areas:?}");
    let log = lab.read("run.log");
    // The mistake, back, and then the parts that hold the place.
    let (_, mistake) = part_at(SCREEN, MISTAKE);
    let back = areas.iter().position(|area| *area == mistake);
    assert_eq!(areas[back.unwrap() + 1], SCREEN, "{areas:?} {log}");
    let last = *areas.last().unwrap();
    assert!(is_within(WANTED, last) && last[2] <= POINT_PX, "{areas:?}");
    assert!(is_within(clicked, last), "{clicked:?} {areas:?} {log}");
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}

#[test]
fn a_place_is_clicked_through_the_grid_with_codes() {
    let lab = Lab::new();
    calibrate(&lab);
    click_a_place(&lab);
}

#[test]
fn a_place_is_clicked_through_the_grid_with_flicker() {
    click_a_place(&Lab::new());
}
