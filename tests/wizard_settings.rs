//! A patient's settings in the calibration window: search, change, refusal, reset; also by keyboard in a real window.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::{CHINESE, ENGLISH};
use bci_cursor::app::gui::wizard::Step;
use bci_cursor::patient::profile::Profile;
use bci_cursor::settings::Settings;
use common::is_apart;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable;
use wizard_window::{Window, patient_file};

const DWELL_TIME: &str = "How long the pointer must dwell to click, milliseconds";
const RADIUS: &str = "Dwell radius, pixels";
const DWELL: &str = "Click by holding the pointer still (dwelling)";
const MAX_SPEED: &str = "Speed at full confidence, pixels per second";

impl Window {
    /// Opens the settings page of a new patient.
    fn in_settings(patient: &str, language: usize) -> Self {
        let mut window = Self::new(patient, language, "seed=7,channels=9");
        window.frame(16);
        let text = window.harness.state().0.text();
        window.click(text.patient_settings);
        window
    }

    /// Replaces the content of a text field.
    fn write(&mut self, label: &str, text: &str) {
        self.harness
            .get_by_role_and_label(Role::TextInput, label)
            .focus();
        self.frame(16);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.key_press(Key::Backspace);
        self.harness
            .get_by_role_and_label(Role::TextInput, label)
            .type_text(text);
        self.frame(16);
    }

    /// The same for a number, which is accepted with Enter.
    fn set(&mut self, label: &str, number: &str) {
        self.write(label, number);
        self.enter();
    }

    fn holds(&self, label: &str) -> Option<String> {
        self.harness
            .get_by_role_and_label(Role::TextInput, label)
            .value()
    }
}

fn settings(patient: &str) -> Settings {
    Profile::open(patient).unwrap().settings()
}

#[test]
fn settings_are_found_changed_and_set_back() {
    if !is_apart(module_path!(), "settings_are_found_changed_and_set_back") {
        return;
    }
    let mut window = Window::in_settings("uma", 0);
    assert!(window.shows("Settings of uma") && window.shows(ENGLISH.settings_note));
    // Name, range, default and the time from which it applies, for every setting of the table.
    for (setting, _) in Settings::default().list() {
        assert!(
            window.shows(&format!("{}  ·  ", setting.path)),
            "{}",
            setting.path
        );
    }
    assert!(window.shows("control.dwell.time_ms  ·  200 – 10000  ·  default 1200"));
    assert!(window.shows("steering.max_speed_px_s  ·  1 – 10000  ·  default 200  ·  takes effect"));
    assert!(window.shows("decoding.rest_threshold  ·  0 – 0.999, auto  ·  default auto"));
    assert!(window.shows("control.dwell.on  ·  default off"));
    // The search field has the focus.
    window.write(ENGLISH.search_settings, "Dwell CLICK time");
    assert!(window.shows(DWELL_TIME) && !window.shows(RADIUS) && !window.shows(MAX_SPEED));
    window.write(ENGLISH.search_settings, "zebra");
    assert!(window.shows(ENGLISH.no_setting_found));
    window.write(ENGLISH.search_settings, "");

    assert!(!patient_file("uma", "profile.toml").exists());
    window.set(DWELL_TIME, "900");
    assert!(window.shows(ENGLISH.setting_saved));
    assert_eq!(settings("uma").control.dwell.time_ms, 900);
    let box_of_dwelling = window.harness.get_by_role_and_label(Role::CheckBox, DWELL);
    box_of_dwelling.click();
    window.frame(16);
    window.frame(16);
    window.set("Confidence (0 at chance, 1 at certainty) below which the pointer rests; auto: the decoder's idle gate", "0.3");
    let changed = settings("uma");
    assert!(changed.control.dwell.on && changed.control.dwell.time_ms == 900);
    assert_eq!(changed.decoding.rest_threshold, Some(0.3));

    // A change by another program is shown within a second, and kept.
    let mut other = Profile::open("uma").unwrap();
    other.change(&["control.dwell.radius_px=44"]).unwrap();
    window.run(1.2);
    assert_eq!(window.holds(RADIUS).as_deref(), Some("44"));
    let to_default = format!("{}: {DWELL_TIME}", ENGLISH.to_default);
    // Back in sight, because a click needs a place.
    window
        .harness
        .get_by_role_and_label(Role::TextInput, DWELL_TIME)
        .focus();
    window.run(0.6);
    window.click(&to_default);
    let changed = settings("uma").control.dwell;
    assert_eq!((changed.time_ms, changed.radius_px), (1200, 44.0));
    assert!(!window.shows(&to_default));
    window.click(ENGLISH.done);
    assert_eq!(window.step(), Step::Start);
    assert!(window.shows(ENGLISH.who) && !window.shows(ENGLISH.search_settings));
}

#[test]
fn a_refused_value_changes_nothing_and_is_shown_with_the_range() {
    if !is_apart(
        module_path!(),
        "a_refused_value_changes_nothing_and_is_shown_with_the_range",
    ) {
        return;
    }
    let mut window = Window::in_settings("vic", 0);
    window.set(DWELL_TIME, "20");
    assert!(
        window.shows(
            "control.dwell.time_ms is 20, expected 200 to 10000 milliseconds (a whole number)"
        )
    );
    assert_eq!(window.holds(DWELL_TIME).as_deref(), Some("1200"));
    assert!(!patient_file("vic", "").exists(), "it creates no patient");
    // A value that conflicts with another setting.
    window.set(RADIUS, "80");
    assert!(window.shows("expected at least control.dwell.radius_px, which is 80"));
    // Escape discards the typed text.
    window.write(RADIUS, "30");
    window.harness.key_press(Key::Escape);
    window.frame(16);
    window.frame(16);
    assert_eq!(window.holds(RADIUS).as_deref(), Some("20"));
    // A number is accepted if the page is closed while it is being typed; a refused one keeps the page open.
    window.write(RADIUS, "wide");
    window.click(ENGLISH.done);
    assert!(window.shows("control.dwell.radius_px is 'wide', expected 1 to 500 pixels"));
    window.run(1.0);
    window.write(RADIUS, "30");
    window.click(ENGLISH.done);
    assert!(window.shows(ENGLISH.who));
    assert_eq!(settings("vic").control.dwell.radius_px, 30.0);

    let mut window = Window::in_settings("vic", 1);
    window.set("点击所需的停留时间（毫秒）", "20");
    assert!(window.shows("control.dwell.time_ms 为 20，允许的值：200 至 10000 毫秒（整数）"));
    assert!(window.shows("control.dwell.time_ms  ·  200 – 10000  ·  默认 1200"));
    assert_eq!(settings("vic").control.dwell.time_ms, 1200);
    window.write(CHINESE.search_settings, "停留 半径");
    assert!(window.shows("停留半径（像素）") && !window.shows("点击所需的停留时间"));
}

/// The real window on a display, operated by keyboard. The focused control is found by the colour of its focus ring.
#[cfg(all(unix, not(target_os = "macos")))]
mod on_a_display {
    use super::common::{Lab, Screen, wait_for};
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
    use x11rb::rust_connection::RustConnection;

    /// X keysyms.
    const RETURN: u32 = 0xFF0D;
    const TAB: u32 = 0xFF09;
    const CONTROL: u32 = 0xFFE3;

    /// Colours of the light theme, each with a tolerance, because letters have soft edges.
    type Colour = ([u8; 3], u8);
    const LETTERS: Colour = ([30; 3], 45);
    const FOCUS: Colour = ([0, 80, 170], 10);
    const GOOD: Colour = ([0, 110, 78], 45);
    const BAD: Colour = ([178, 44, 0], 45);

    /// Observes the screen over a separate connection.
    struct Eye(RustConnection, u32);

    impl Eye {
        fn at(display: &str) -> Self {
            let (connection, number) = RustConnection::connect(Some(display)).unwrap();
            let root = connection.setup().roots[number].root;
            Self(connection, root)
        }

        /// Smallest and largest x and y of the pixels of a colour; `None` if there are fewer than ten.
        fn bounds(&self, colour: Colour) -> Option<[usize; 4]> {
            self.bounds_from(colour, 0, 800)
        }

        /// The same in `rows` rows of the screen from `top`.
        fn bounds_from(&self, colour: Colour, top: i16, rows: u16) -> Option<[usize; 4]> {
            let (width, all) = (1280, u32::MAX);
            let (form, root) = (ImageFormat::Z_PIXMAP, self.1);
            let image = self.0.get_image(form, root, 0, top, width, rows, all);
            let image = image.unwrap().reply().unwrap().data;
            let ([red, green, blue], most) = colour;
            let is_near = |pixel: &[u8]| {
                let parts = pixel.iter().zip([blue, green, red]);
                parts
                    .into_iter()
                    .all(|(part, own)| part.abs_diff(own) <= most)
            };
            let pixels = image.chunks_exact(4).enumerate();
            let own = pixels.filter(|(_, pixel)| is_near(pixel));
            let width = usize::from(width);
            let places: Vec<[usize; 2]> = own
                .map(|(place, _)| [place % width, place / width])
                .collect();
            if places.len() < 10 {
                return None;
            }
            let all = |axis: usize| places.iter().map(move |place| place[axis]);
            Some([all(0).min()?, all(0).max()?, all(1).min()?, all(1).max()?])
        }
    }

    #[test]
    fn a_setting_is_changed_and_a_wrong_one_refused_by_keyboard() {
        let (lab, screen) = (Lab::new(), Screen::start());
        let args = "calibrate --patient wes --new-patient --language en";
        let args: Vec<&str> = args.split(' ').collect();
        let _window = lab.spawn_logged(&args, &screen.display, "window.log");
        let eye = Eye::at(&screen.display);
        let focus_on = |title: &str| wait_for(title, 60.0, || screen.focus(title));
        focus_on("bci-cursor: 1 Patient and headset");
        // The ring around 'Next'; the button for the settings is next to it.
        let mut next = None;
        wait_for("the focus on the first button", 30.0, || {
            next = eye.bounds(FOCUS);
            next.is_some()
        });
        screen.keys(&[TAB]);
        let right_of =
            |before: [usize; 4]| move |found: [usize; 4]| found[0] > before[1].min(before[0] + 20);
        let is_beside = right_of(next.unwrap());
        wait_for("the focus on the second one", 30.0, || {
            eye.bounds(FOCUS).is_some_and(is_beside)
        });
        screen.keys(&[RETURN]);
        let title = "bci-cursor: Settings of wes";
        focus_on(title);
        let mut search = None;
        wait_for("the focus on the search", 30.0, || {
            search = eye.bounds(FOCUS).filter(|found| found[3] < 400);
            search.is_some()
        });
        let write = |text: &str| text.bytes().for_each(|key| screen.keys(&[key.into()]));
        assert!(eye.bounds_from(LETTERS, 450, 190).is_some());
        write("dwell time");
        // One setting of the list is left.
        wait_for("the search", 30.0, || {
            eye.bounds_from(LETTERS, 450, 190).is_none()
        });
        screen.keys(&[TAB]);
        let is_beside = right_of(search.unwrap());
        wait_for("the focus on the number", 30.0, || {
            eye.bounds(FOCUS).is_some_and(is_beside)
        });
        let set = |number: &str| {
            screen.keys(&[CONTROL, u32::from(b'a')]);
            write(number);
            screen.keys(&[RETURN]);
        };
        let profile = lab.path("data/bci-cursor/patients/wes/profile.toml");
        let kept = || std::fs::read_to_string(&profile).unwrap_or_default();
        set("900");
        wait_for("the profile", 30.0, || kept().contains("time_ms = 900"));
        wait_for("the note that it is saved", 30.0, || {
            eye.bounds(GOOD).is_some() && eye.bounds(BAD).is_none()
        });
        set("20");
        wait_for("the refusal", 30.0, || eye.bounds(BAD).is_some());
        assert!(kept().contains("time_ms = 900"), "{}", kept());
        set("950");
        wait_for("the other value", 30.0, || kept().contains("time_ms = 950"));
        wait_for("the end of the refusal", 30.0, || {
            eye.bounds(GOOD).is_some() && eye.bounds(BAD).is_none()
        });
        let listed = String::from_utf8(lab.succeed(&["set", "--patient", "wes"]).stdout).unwrap();
        assert!(listed.contains("control.dwell.time_ms = 950"), "{listed}");
    }
}
