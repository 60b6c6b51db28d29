//! Tags on a Wayland compositor (sway): what other programs see of them, and a person who looks at the grid until a place is clicked, as
//! an independent client (wev) sees it.
#![cfg(target_os = "linux")]

use crate::common;
use crate::look;
use crate::look_grid;

use bci_cursor::calibration::looking::codes::Code;
use bci_cursor::command::Buttons;
use bci_cursor::evaluate::display::PixelChange;
use bci_cursor::pointer::{Action, DonglePointer, Pointer};
use bci_cursor::rect::Rect;
use bci_cursor::runtime::presenter::{Presenter, PresenterProgram};
use bci_cursor::stimulus::protocol::Setup;
use bci_cursor::stimulus::{CodeBook, Scene, SceneTag, ShownFrame};
use bci_cursor::system::clock;
use common::sway::Sway;
use common::sway_dialog::SwayDialog;
use common::wev::PointerEvent;
use common::{Lab, Running, ms_since, wait_for};
use look::{AT_THE_BACK, Driver, Person, calibrate, is_within, settle};
use look_grid::part;
use std::process::Command;
use std::time::Duration;

const FRAME_MS: f64 = 1000.0 / 60.0;
/// A button as Linux numbers it.
const LEFT: u32 = 272;
const SCREEN: [i32; 4] = [0, 0, 1280, 720];
/// Where the person wants to click.
const WANTED: [i32; 2] = [913, 277];
/// A cell that is no larger is a point: 40 pixels on a screen 1080 pixels high.
const POINT_PX: f64 = 40.0 * 720.0 / 1080.0;

fn json(output: &std::process::Output) -> serde_json::Value {
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Another program copies the screen in each frame.
#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn tags_of_a_compositor_change_when_it_says() {
    let lab = Lab::new();
    let sway = Sway::start_on_screen(&lab);
    let run = |args: &[&str]| sway.on(lab.bci_cursor(args)).output().unwrap();
    for tags in ["1", "32"] {
        let check = ["check-display", "--seconds", "3", "--json", "--tags", tags];
        let timing = json(&run(&check));
        println!("{timing}");
        let number = |path: &str| timing.pointer(path).unwrap().as_f64().unwrap();
        assert!((58.0..64.0).contains(&number("/refresh_hz")), "{timing}");
        let changes = number("/changes");
        assert!(
            changes >= 60.0 && number("/unseen") <= 0.1 * changes,
            "{timing}"
        );
        // A copy is made of a frame that is shown next. And in a window of an X server, sway 1.7 tells the time of the frame after it.
        let offset = number("/offset_ms/p50") / FRAME_MS;
        assert!((-2.5..0.5).contains(&offset), "{timing}");
        assert!(number("/jitter_ms/p50") < 4.0, "{timing}");
    }
    let checks = String::from_utf8(run(&["doctor"]).stdout).unwrap();
    assert!(checks.contains("tells when frames are shown"), "{checks}");
}

/// The real program as the presenter of this compositor.
pub(crate) fn program(lab: &Lab, sway: &Sway) -> PresenterProgram {
    let command = sway.on(Command::new("env"));
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        Some(format!("{}={value}", name.to_string_lossy()))
    });
    let mut args: Vec<String> = variables.collect();
    args.push(format!(
        "LSLAPICFG={}",
        lab.path("lsl_api.cfg").to_string_lossy()
    ));
    args.extend([env!("CARGO_BIN_EXE_bci-cursor"), "tags"].map(str::to_owned));
    PresenterProgram {
        program: "env".into(),
        args,
    }
}

/// A tag that stays bright, around a place.
pub(crate) fn bright(number: u32, places: &[[i32; 2]]) -> Scene {
    let tag = |[x, y]: &[i32; 2]| SceneTag {
        target: Rect {
            x: *x,
            y: *y,
            width: 1,
            height: 1,
        },
        code: 0,
    };
    Scene {
        number,
        tags: places.iter().map(tag).collect(),
    }
}

pub(crate) fn frames_of(presenter: &Presenter, scene: u32, count: usize) -> Vec<ShownFrame> {
    let mut found = Vec::new();
    wait_for(&format!("frames of scene {scene}"), 10.0, || {
        let frames = presenter.frames().try_iter();
        found.extend(frames.filter(|frame| frame.scene == scene));
        found.len() >= count
    });
    found
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn clicks_go_through_tags_and_pausing_hides_them_at_once() {
    let lab = Lab::new();
    let mut sway = Sway::start_on_screen(&lab);
    let setup = Setup {
        codes: CodeBook {
            codes: vec![Code::Bits(vec![true])],
        },
        ..Setup::default()
    };
    let presenter = Presenter::start(&program(&lab, &sway), setup).unwrap();
    assert_eq!(presenter.display().main.map(|main| main.width), Some(1280));
    let mut watch = lab.bci_cursor(&["watch-pixel", "--at", "652,364", "--seconds", "15"]);
    watch = sway.on(watch);
    let mut watch = Running::start(watch);
    let changes = watch.lines();

    // Twice with different tags: what is in the middle stays, and comes back.
    // A dark field of the window's pattern.
    let middle = [652, 364];
    presenter.show(bright(1, &[middle, [100, 100]]));
    frames_of(&presenter, 1, 30);
    presenter.show(bright(2, &[[900, 500], middle, [900, 100]]));
    let frames = frames_of(&presenter, 2, 30);
    for pair in frames.windows(2) {
        assert!(
            pair[1].frame > pair[0].frame && pair[1].shown > pair[0].shown,
            "{pair:?}"
        );
    }

    let mut board = Running::start(sway.on(lab.bci_cursor(&["dongle"])));
    let port = board.lines().recv_timeout(Duration::from_secs(10)).unwrap();
    let mut pointer = DonglePointer::open(port.strip_prefix("port ").unwrap()).unwrap();
    sway.place_pointer(640, 360);
    sway.wait_for("the middle", 5, |event| {
        *event == PointerEvent::Motion([640.0, 360.0])
    });
    for buttons in [Buttons::LEFT, Buttons::UP] {
        let action = Action {
            buttons,
            ..Action::default()
        };
        pointer.apply(action).unwrap();
        let is_down = buttons == Buttons::LEFT;
        sway.wait_for("the button below the tag", 5, |event| {
            *event == PointerEvent::Button(LEFT, is_down)
        });
    }

    let asked = clock::now();
    presenter.show(bright(3, &[]));
    let gone = frames_of(&presenter, 3, 1)[0];
    let hidden_ms = gone.shown.since(asked) as f64 / 1e6;
    println!("hidden after {hidden_ms:.1} ms");
    assert!(hidden_ms < 150.0, "{hidden_ms}");
    drop(presenter);
    // What was really on the screen.
    let seen: Vec<PixelChange> = changes
        .iter()
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    let last = seen.last().unwrap();
    assert!(!last.is_rise, "{seen:?}");
    let apart_ms = (last.before.0 - gone.shown.0) as f64 / 1e6;
    assert!(
        (-2.5 * FRAME_MS..20.0).contains(&apart_ms),
        "{apart_ms} {seen:?}"
    );
}

/// The tags of a scene: their middles.
pub(crate) fn tags(line: &str) -> Vec<[i32; 2]> {
    let scene: Scene = serde_json::from_str(line).unwrap();
    let middle = |tag: &SceneTag| tag.target.middle().map(|at| at as i32);
    scene.tags.iter().map(middle).collect()
}

/// Number of columns and rows into which an area is divided.
fn counts([_, _, width, height]: [i32; 4]) -> [i32; 2] {
    [width, height].map(|length| if f64::from(length) > POINT_PX { 3 } else { 1 })
}

/// All parts of an area, row by row.
fn parts(area: [i32; 4]) -> impl Iterator<Item = [i32; 4]> {
    let counts = counts(area);
    (0..counts[0] * counts[1]).map(move |k| part(area, [k % counts[0], k / counts[0]], counts))
}

/// The part of the screen that these tags divide: one of the parts of the area before, or an area before that.
fn divided(tags: &[[i32; 2]], areas: &[[i32; 4]]) -> ([i32; 4], Vec<[i32; 2]>, Option<[i32; 2]>) {
    let area = *areas.last().unwrap();
    let is_middle = |tag: &[i32; 2], [x, y, width, height]: [i32; 4]| {
        (tag[0] - x - width / 2).abs() <= 1 && (tag[1] - y - height / 2).abs() <= 1
    };
    let mut cells = parts(SCREEN).zip(tags);
    if tags.len() == 9 && cells.all(|(cell, tag)| is_middle(tag, cell)) {
        return (SCREEN, tags.to_vec(), None);
    }
    let is_back = |tag: &[i32; 2], of: [i32; 4]| (tag[0] - of[0] - of[2] / 2).abs() > 400;
    let fits = |of: &[i32; 4]| {
        let inner = tags.iter().filter(|tag| !is_back(tag, *of)).count();
        counts(*of).into_iter().product::<i32>() == inner as i32
    };
    let candidates = parts(area)
        .chain(areas.iter().rev().skip(1).copied())
        .filter(fits);
    let off = |of: [i32; 4]| {
        let inner: Vec<_> = tags.iter().filter(|tag| !is_back(tag, of)).collect();
        let mean = [0, 1].map(|axis: usize| {
            inner.iter().map(|tag| tag[axis]).sum::<i32>() / (inner.len() as i32).max(1)
        });
        (mean[0] - of[0] - of[2] / 2).abs() + (mean[1] - of[1] - of[3] / 2).abs()
    };
    let found = candidates.min_by_key(|of| off(*of)).unwrap_or(area);
    let (back, inner): (Vec<_>, Vec<_>) = tags.iter().copied().partition(|tag| is_back(tag, found));
    (found, inner, back.first().copied())
}

/// A compositor, a person with a fitted response in front of it, and a driver with more options that offers them this.
pub(crate) fn who_looks(
    lab: &Lab,
    session: &str,
    offer: &str,
    options: &[&str],
) -> (Sway, Person, Driver) {
    calibrate(lab);
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let sway = Sway::start_on_screen(lab);
    let person = Person::start(lab, &[AT_THE_BACK]);
    let offer = format!("control.look.offer={offer}");
    let driver = Driver::start_on(lab, session, &[&offer], |mut command| {
        command.arg("--without-override").args(options);
        sway.on(command)
    });
    (sway, person, driver)
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_place_of_a_compositor_is_clicked_through_the_grid() {
    let lab = Lab::new();
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let (mut sway, mut person, driver) = who_looks(&lab, &session, "grid", &[]);
    let mut printer = lab.python("print_markers.py", &["bci-cursor-scenes"]);
    let scenes = printer.lines();
    let log = || lab.read("run.log");
    assert_eq!(
        scenes.recv_timeout(Duration::from_secs(30)).as_deref(),
        Ok("ready"),
        "{}",
        log()
    );
    let began = clock::now();
    let (mut areas, mut looks_at, mut clicked) = (vec![SCREEN], None, None);
    // Each scene is published again every second.
    let mut shown = Vec::new();
    wait_for("the click", 180.0, || {
        let scene = scenes.try_iter().last().map(|line| tags(&line));
        if let Some(tags) = scene.filter(|tags| *tags != shown) {
            shown.clone_from(&tags);
            let mut wanted = None;
            if !tags.is_empty() {
                let (area, mut inner, back) = divided(&tags, &areas);
                while areas.len() > 1 && areas.contains(&area) && areas.last() != Some(&area) {
                    areas.pop();
                }
                if areas.last() != Some(&area) {
                    areas.push(area);
                }
                inner.sort_unstable_by_key(|[x, y]| [*y, *x]);
                wanted = back;
                if is_within(WANTED, area) {
                    let place = parts(area).position(|part| is_within(WANTED, part));
                    wanted = inner.get(place.unwrap()).copied();
                }
            }
            if wanted != looks_at {
                looks_at = wanted;
                match wanted {
                    Some([x, y]) => person.looks_at([x, y, 1, 1]),
                    None => person.looks_away(),
                }
            }
        }
        while let Some((_, event)) = sway.next(Duration::ZERO) {
            if event == PointerEvent::Button(LEFT, true) {
                clicked = Some(sway.place.map(|at| at as i32));
            }
        }
        clicked.is_some()
    });
    println!(
        "clicked {clicked:?} after {:.0} s: {areas:?}",
        ms_since(began) / 1000.0
    );
    let mut cells = parts(*areas.last().unwrap());
    let last = cells.find(|part| is_within(WANTED, *part)).unwrap();
    assert!(
        f64::from(last[2].max(last[3])) <= POINT_PX,
        "{areas:?} {}",
        log()
    );
    assert!(
        is_within(clicked.unwrap(), last),
        "{clicked:?} {areas:?} {}",
        log()
    );
    assert!(log().contains("pointer  wlr"), "{}", log());
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}

/// Programs know places in their windows only, and sway knows where those are.
#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn a_dialog_of_a_compositor_is_answered_by_looking() {
    let lab = Lab::new();
    calibrate(&lab);
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let desk = SwayDialog::start(&lab);
    let mut dialog = desk.ask(&lab);
    let mut person = Person::start(&lab, &[AT_THE_BACK]);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let driver = Driver::start_on(
        &lab,
        &session,
        &["control.look.offer=targets"],
        |mut run| {
            run.arg("--without-override");
            desk.on(run)
        },
    );
    let log = || lab.read("run.log");
    wait_for("the driver", 30.0, || log().contains("running"));
    settle();
    assert!(!dialog.has_ended(), "{}", log());
    let answers = desk.answers(&lab);
    println!("answers {answers:?}");
    person.looks_at(answers[1]);
    wait_for("the answer", 60.0, || dialog.has_ended());
    let (code, _) = dialog.finish(1.0);
    assert_eq!(code, Some(0), "{answers:?} {}", log());
    driver.end();
    lab.succeed(&["replay", &session, "--verify"]);
}
