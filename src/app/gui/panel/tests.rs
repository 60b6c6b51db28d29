use super::button::fitting;
use super::*;
use crate::app::gui::look::{HIGH_CONTRAST, Look};
use crate::app::gui::text::{ENGLISH, LANGUAGES};
use crate::control::PauseReason;
use crate::settings::Settings;
use crate::writing::{Keys, Shortcut};
use eframe::egui::{Color32, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::collections::BTreeMap;

fn update(state: State, has_tags: bool) -> PanelUpdate {
    let mut settings = Settings::default();
    settings.control.assist.mode = AssistMode::Look;
    PanelUpdate {
        state,
        ..PanelUpdate::first(&settings, has_tags)
    }
}

/// A panel in a window, and everything that it has asked for.
type Window = Harness<'static, (Panel, Vec<PanelRequest>, PanelFrame)>;

fn window(state: State, has_tags: bool) -> Window {
    let update = update(state, has_tags);
    let programs = vec!["Films".to_owned()];
    let mut panel = Panel::new(
        &ENGLISH,
        true,
        update.clone(),
        programs,
        OwnWords::default(),
    );
    panel.take(update, [1920.0, 1080.0], 1.0);
    let size = [panel.thickness(), 800.0];
    let mut is_new = true;
    let draw =
        move |ui: &mut Ui, (panel, asked, drawn): &mut (Panel, Vec<PanelRequest>, PanelFrame)| {
            if std::mem::take(&mut is_new) {
                Look::default().apply(ui.ctx());
                Panel::install(ui.ctx());
                return;
            }
            *drawn = panel.frame(ui);
            asked.extend(drawn.request.clone());
        };
    let state = (panel, Vec::new(), PanelFrame::default());
    let builder = Harness::builder().with_size(size).with_step_dt(0.5);
    let mut window = builder.build_ui_state(draw, state);
    window.step();
    window
}

fn press(window: &mut Window, name: &str) -> Rect {
    let place = window.get_by_label(name).rect();
    window.get_by_label(name).click();
    window.step();
    window.step();
    place
}

fn control(request: &str) -> PanelRequest {
    PanelRequest::Control(request.to_owned())
}

const RESTING: State = State::Paused(PauseReason::Resting);

#[test]
fn a_patient_who_rests_presses_three_places_to_resume_or_to_call() {
    for (names, request) in [
        (["Resume", "Yes, resume", "Resume now"], control("end rest")),
        (
            ["Call", "Yes, call", "Thirsty"],
            PanelRequest::Call("drink".to_owned()),
        ),
    ] {
        let mut window = window(RESTING, true);
        let mut before: Option<Rect> = None;
        for name in names {
            assert!(window.state().1.is_empty());
            let place = press(&mut window, name);
            assert!(before.is_none_or(|before| !before.intersects(place)));
            before = Some(place);
        }
        assert_eq!(window.state().1, [request]);
    }
}

#[test]
fn a_press_that_nothing_follows_is_forgotten() {
    let mut window = window(RESTING, true);
    press(&mut window, "Resume");
    assert!(window.query_by_label("Yes, resume").is_some());
    for _ in 0..40 {
        window.step();
    }
    assert!(window.query_by_label("Yes, resume").is_none());
    assert!(window.query_by_label("Resume").is_some());
    press(&mut window, "Resume");
    press(&mut window, "No");
    assert!(window.query_by_label("Resume").is_some());
    assert!(window.state().1.is_empty());
}

#[test]
fn a_helper_resumes_with_one_press_and_each_button_asks_for_what_it_says() {
    let mut paused = window(State::Paused(PauseReason::Start), true);
    press(&mut paused, "Resume");
    assert_eq!(paused.state().1, [control("resume")]);
    let mut window = window(State::Idle, false);
    for name in ["Right click", "Drag", "Scroll up", "Scroll down", "Pause"] {
        press(&mut window, name);
    }
    press(&mut window, "More");
    press(&mut window, "Settings");
    press(&mut window, "Dwell longer, 1.2 s");
    press(&mut window, "Undo change");
    let asked = [
        "click right",
        "click drag",
        "scroll -5",
        "scroll 5",
        "rest",
        "set control.dwell.time_ms=1400",
        "back",
    ];
    assert_eq!(window.state().1, asked.map(control));
}

/// No target is smaller than 48 points, and what is looked at leaves the words free.
#[test]
fn every_target_is_large_and_tags_cover_no_words() {
    for has_tags in [false, true] {
        let window = window(State::Idle, has_tags);
        let (panel, _, drawn) = window.state();
        assert_eq!(drawn.targets.len(), 11);
        for (target, _) in &drawn.targets {
            let size = target.size();
            assert!(size.min_elem() >= 48.0, "{target}");
        }
        let words = window.get_by_label("Double click").rect();
        let (double, _) = drawn.targets[2];
        assert!(words.contains_rect(double));
        assert_eq!(double.left() > words.left() + 100.0, has_tags);
        assert_eq!(panel.thickness() > 200.0, has_tags);
    }
}

#[test]
fn every_word_fits_into_its_button() {
    let mut checked = 0;
    let harness = Harness::builder()
        .with_size([200.0, 200.0])
        .allow_missing_glyphs();
    let harness = harness.build_ui(|ui| {
        Look::default().apply(ui.ctx());
        for text in LANGUAGES {
            let words = text.panel;
            let named = [
                words.left,
                words.right,
                words.double,
                words.drag,
                words.scroll_up,
                words.scroll_down,
                words.settings,
                words.call,
                words.hide,
                words.more,
                words.keyboard,
                words.programs,
                words.undo,
                words.page_back,
                words.zoom_in,
                words.zoom_out,
                words.slower,
                words.faster,
                words.dwell_longer,
                words.dwell_shorter,
                words.dwell,
                words.badge,
                words.undo_setting,
                words.yes_resume,
                words.resume_now,
                words.yes_call,
                words.no,
                text.resume,
                text.halt,
                text.done,
                text.back,
            ];
            // The width that a flat panel on a screen of 1280 pixels leaves.
            for word in named.iter().chain(&words.wishes) {
                let galley = fitting(ui.painter(), word, 89.0, Color32::BLACK);
                assert!(galley.size().x <= 89.0, "{word}: {}", galley.size());
                checked += 1;
            }
        }
    });
    drop(harness);
    assert!(checked >= 2 * 35, "{checked}");
}

#[test]
fn a_picture_has_the_colours_that_were_laid_out() {
    let context = Context::default();
    let mut painter = painter::Painter::default();
    let ground = HIGH_CONTRAST.ground;
    let input = eframe::egui::RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(40.0, 30.0))),
        max_texture_side: Some(painter::LETTERS_SIDE),
        ..Default::default()
    };
    let blue = Color32::from_rgb(10, 20, 200);
    let mut drawn = context.run_ui(input, |ui| {
        let place = Rect::from_min_size(Pos2::new(10.0, 5.0), vec2(20.0, 10.0));
        ui.painter().rect_filled(place, 0.0, blue);
    });
    painter.take(&mut drawn.textures_delta).unwrap();
    let pixels = painter.draw(&context, drawn, [40, 30], ground).unwrap();
    let mut counts = BTreeMap::new();
    for pixel in &pixels {
        *counts.entry(*pixel).or_insert(0) += 1;
    }
    assert_eq!(pixels.len(), 40 * 30);
    assert_eq!(pixels[10 * 40 + 20], 0xff0a_14c8);
    assert_eq!(
        (pixels[0], pixels[29 * 40 + 39]),
        (0xff00_0000, 0xff00_0000)
    );
    // Edges are smooth, so that a few pixels have mixed colours.
    let inside = counts[&0xff0a_14c8];
    assert!((18 * 8..=20 * 10).contains(&inside), "{counts:?}");
}

/// What a patient writes reaches the run key by key, and likely keys are known as such.
#[test]
fn a_patient_writes_with_the_keyboard_and_other_pages() {
    let mut window = window(State::Idle, false);
    let keys = |erase, text: &str| {
        PanelRequest::Keys(Keys::Write {
            erase,
            text: text.to_owned(),
        })
    };
    press(&mut window, "Keyboard");
    // The panel needs more room now.
    let thickness = window.state().0.thickness();
    assert!(thickness > 300.0, "{thickness}");
    window.set_size(vec2(thickness, 800.0));
    window.step();
    for key in ["h", "e", "l", "hello", "w", "Erase"] {
        press(&mut window, key);
    }
    window.get_by_label("Written: hello | (At rest)");
    let (_, asked, drawn) = window.state();
    assert_eq!(
        asked[..],
        [
            keys(0, "h"),
            keys(0, "e"),
            keys(0, "l"),
            keys(0, "lo "),
            keys(0, "w"),
            keys(1, "")
        ]
    );
    assert!(
        drawn
            .targets
            .iter()
            .any(|(_, prior)| *prior > Prior::times(2.0))
    );
    for (target, _) in &drawn.targets {
        assert!(target.size().min_elem() >= 48.0, "{target}");
    }
    press(&mut window, "Close the keyboard");
    press(&mut window, "More");
    press(&mut window, "Page back");
    press(&mut window, "Done");
    press(&mut window, "Programs");
    press(&mut window, "Films");
    let asked = &window.state().1;
    let last = [
        PanelRequest::Keys(Keys::Press(Shortcut::Back)),
        PanelRequest::Start(0),
    ];
    assert_eq!(asked[asked.len() - 2..], last);
    // A started program leaves the main page.
    window.get_by_label("Left click");
}
