//! The clinician's window by keyboard alone: Tab reaches all controls in reading order, the focused control is visible,
//! and pages scroll; on a small screen, and with letters twice as large.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{ENGLISH, LANGUAGES, Text};
use bci_cursor::app::gui::wizard::Step;
use common::{is_apart, wait_for};
use eframe::egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::kittest::{By, NodeT, Queryable};
use wizard_window::Window;

/// Sizes in points of a screen of 1280x800 pixels, at 100, 150 and 200 % scaling.
const SIZES: [[f32; 2]; 3] = [[1280.0, 800.0], [853.0, 533.0], [640.0, 400.0]];

/// Roles of controls.
const ROLES: [Role; 7] = [
    Role::Button,
    Role::RadioButton,
    Role::CheckBox,
    Role::ComboBox,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
];

/// Role, name and place.
type Found = (Role, String, Rect);

impl Window {
    /// Renders several frames, because scrolling is animated.
    fn settle(&mut self) {
        (0..8).for_each(|_| self.frame(60));
    }

    fn resize(&mut self, [width, height]: [f32; 2]) {
        self.harness.set_size(vec2(width, height));
        self.settle();
    }

    fn focused(&self) -> Option<Found> {
        let has_focus = By::new().predicate(|node| node.is_focused());
        let found = self.harness.query_all(has_focus);
        let found = found.map(|node| {
            let own = node.accesskit_node();
            (own.role(), own.label().unwrap_or_default(), node.rect())
        });
        found.into_iter().find(|(role, ..)| *role != Role::Window)
    }

    /// All controls that can be used at the moment.
    fn workable(&self) -> Vec<(Role, String)> {
        let can = By::new().predicate(|node| ROLES.contains(&node.role()) && !node.is_disabled());
        let found = self.harness.query_all(can);
        let found = found.map(|node| {
            let own = node.accesskit_node();
            (own.role(), own.label().unwrap_or_default())
        });
        found.collect()
    }

    fn tab(&mut self) -> Option<Found> {
        self.harness.key_press(Key::Tab);
        self.settle();
        self.focused()
    }

    /// The controls that Tab reaches, from the first to the last.
    fn walk(&mut self) -> Vec<Found> {
        let mut reached: Vec<Found> = Vec::new();
        // From wherever the focus is to the end, then once around.
        for _ in 0..240 {
            let Some(found) = self.tab() else { continue };
            let is_first = found.1.starts_with(ENGLISH.appearance) || found.1.starts_with("外观");
            if is_first && !reached.is_empty() {
                return reached;
            }
            if is_first || !reached.is_empty() {
                reached.push(found);
            }
        }
        panic!("Tab is caught somewhere: {reached:?}");
    }

    fn check_tab_order(&mut self, what: &str) {
        let screen =
            Rect::from_min_size(Default::default(), self.harness.ctx.content_rect().size());
        let expected = self.workable();
        let walked = self.walk();
        let (mut reached, mut wanted): (Vec<_>, Vec<_>) = (
            walked
                .iter()
                .map(|(role, name, _)| (*role, name.clone()))
                .collect(),
            expected,
        );
        reached.retain(|(role, _)| ROLES.contains(role));
        let key = |(role, name): &(Role, String)| format!("{role:?} {name}");
        reached.sort_by_key(key);
        wanted.sort_by_key(key);
        assert_eq!(reached, wanted, "{what}: Tab comes to each once");
        for (_, name, rect) in &walked {
            assert!(
                screen.expand(1.0).contains_rect(*rect),
                "{what}: '{name}' at {rect:?} has the focus and is out of sight"
            );
        }
        // The body may have been scrolled between two controls. Within the head and within the bar, nothing moves.
        let rows: Vec<&Found> = walked
            .iter()
            .filter(|(role, ..)| ROLES.contains(role))
            .collect();
        let is_after = |one: &Rect, next: &Rect| {
            let is_below = next.center().y > one.bottom();
            let is_beside = next.left() >= one.right() - 1.0 && next.bottom() > one.center().y;
            is_below || is_beside
        };
        let height = screen.height();
        for pair in rows.windows(2) {
            let [(_, one, from), (_, next, to)] = [pair[0], pair[1]];
            // The body was scrolled, so the next control came up from below.
            let has_scrolled = height < 790.0 && to.center().y > 0.2 * height;
            assert!(
                is_after(from, to) || has_scrolled,
                "{what}: '{next}' at {to:?} after '{one}' at {from:?}"
            );
        }
        // And back.
        let there = self.focused();
        self.harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
        self.settle();
        assert_ne!(self.focused(), there, "{what}");
    }
}

fn every_size(window: &mut Window, what: &str) {
    for size in SIZES {
        window.resize(size);
        window.check_tab_order(&format!("{what} at {size:?}"));
    }
}

#[test]
fn tab_reaches_all_controls_in_reading_order() {
    if !is_apart(module_path!(), "tab_reaches_all_controls_in_reading_order") {
        return;
    }
    for (language, text) in LANGUAGES.into_iter().enumerate() {
        let mut window = Window::new("ned", language, "seed=7,channels=21,erd=0.8");
        window.settle();
        every_size(&mut window, text.steps[0]);
        // Over a hundred stops: once, with the largest text.
        if language == 0 {
            window.click(text.patient_settings);
            window.settle();
            window.check_tab_order(text.patient_settings);
            window.click(text.done);
        }
        window.click(text.next);
        window.run(8.0);
        every_size(&mut window, text.steps[1]);
        window.click(text.next);
        window.settle();
        assert!(
            is_visible(&window, text.what_to_train, SIZES[2]),
            "a page begins at its top"
        );
        every_size(&mut window, text.steps[2]);
        window.click(text.durations);
        every_size(&mut window, text.durations);
        window.click(text.practice);
        assert_eq!(window.step(), Step::Practice);
        every_size(&mut window, text.steps[5]);
    }
}

/// Whether a text is visible on a screen of this height.
fn is_visible(window: &Window, words: &str, size: [f32; 2]) -> bool {
    let screen = Rect::from_min_size(Default::default(), vec2(size[0], size[1]));
    let mut found = window.harness.query_all_by_label_contains(words);
    found.any(|node| screen.contains_rect(node.rect()))
}

#[test]
fn the_result_and_its_buttons_are_visible_and_the_rest_can_be_scrolled_to() {
    if !is_apart(
        module_path!(),
        "the_result_and_its_buttons_are_visible_and_the_rest_can_be_scrolled_to",
    ) {
        return;
    }
    let text: &Text = &ENGLISH;
    let mut window = Window::new("olga", 0, "seed=7,channels=21,erd=0.8");
    window.settle();
    window.click(text.next);
    window.run(8.0);
    window.click(text.next);
    window.click(text.begin);
    window.run(135.0);
    wait_for("the fit", 120.0, || {
        window.frame(16);
        window.shows(text.save)
    });
    // On a screen of 1280x800, the window's title bar takes some of the height.
    let small = [1280.0, 770.0];
    window.resize(small);
    for words in [
        text.verdicts[3],
        text.held_out,
        text.actual_class,
        text.trials_in_turn,
        text.patterns,
        "right hand, above 14 Hz",
        text.spectra_of,
        text.save,
        text.again,
    ] {
        assert!(
            is_visible(&window, words, small),
            "'{words}' is out of sight"
        );
    }
    window.check_tab_order("the result");
    window.click(text.save);
    window.settle();
    for words in [
        text.saved,
        "bci-cursor run --patient olga",
        text.drive,
        text.quit,
    ] {
        assert!(
            is_visible(&window, words, small),
            "'{words}' is out of sight"
        );
    }
    // A synthetic patient has no headset to drive with.
    assert!(window.shows(text.drive_needs_headset));

    // With letters twice as large, the page can be scrolled by keyboard.
    let large = SIZES[2];
    window.resize(large);
    let top = |window: &Window| {
        let found = window
            .harness
            .query_all_by_label_contains(text.patterns)
            .next();
        found.map(|node| node.rect().top()).unwrap()
    };
    assert!(is_visible(&window, text.verdicts[3], large) && is_visible(&window, text.quit, large));
    let before = top(&window);
    assert!(before > large[1]);
    window.harness.key_press(Key::PageDown);
    window.settle();
    let after = top(&window);
    assert!(before - after > 100.0, "{before} {after}");
    window.harness.key_press(Key::PageUp);
    window.settle();
    assert!((top(&window) - before).abs() < 1.0);
    // Tab also stops at the page itself, where arrow keys scroll it.
    let page = (0..20).find_map(|_| window.tab().filter(|(role, ..)| *role == Role::ScrollView));
    assert!(page.is_some());
    for _ in 0..3 {
        window.harness.key_press(Key::ArrowDown);
    }
    window.settle();
    assert!(before - top(&window) > 100.0);
    assert_eq!(window.focused().unwrap().0, Role::ScrollView);
    window.harness.key_press(Key::End);
    window.settle();
    let last = format!("{} C4", text.spectra_of);
    assert!(is_visible(&window, &last, large));
    window.harness.key_press(Key::Home);
    window.settle();
    assert!((top(&window) - before).abs() < 1.0);
    // The page gives the focus away again.
    assert_ne!(window.tab().unwrap().0, Role::ScrollView);
}
