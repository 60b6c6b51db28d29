use super::*;
use proptest::prelude::*;

#[test]
fn settings_are_changed_by_their_paths() {
    let usual = Settings::default();
    usual.check().unwrap();
    let changed = usual.with(["control.dwell.time_ms=900"]).unwrap();
    assert_eq!(changed.control.dwell.time_ms, 900);
    let changed = changed.with([" control.click.kind = double "]).unwrap();
    assert_eq!(
        (changed.control.click.kind, changed.control.dwell.time_ms),
        (ClickKind::Double, 900)
    );
    for on in ["true", "on"] {
        let changed = usual.with([format!("control.dwell.on={on}")]).unwrap();
        assert!(changed.control.dwell.on);
    }
    // Both values are valid together, but not one after the other.
    let both = ["control.dwell.radius_px=80", "control.dwell.rearm_px=90"];
    assert_eq!(usual.with(both).unwrap().control.dwell.radius_px, 80.0);
    let gate = usual.with(["decoding.rest_threshold=0.25"]).unwrap();
    assert_eq!(gate.decoding.rest_threshold, Some(0.25));
    let gate = gate.with(["decoding.rest_threshold=auto"]).unwrap();
    assert_eq!(gate.decoding.rest_threshold, None);
}

fn error(assignment: &str) -> String {
    let changed = Settings::default().with([assignment]);
    changed.unwrap_err().to_string()
}

#[test]
fn an_error_lists_the_allowed_values() {
    for (assignment, expected) in [
        (
            "control.dwell.time_ms=20",
            "control.dwell.time_ms is 20, expected 200 to 10000 milliseconds (a whole number)",
        ),
        (
            "control.dwell.time_ms=-1",
            "control.dwell.time_ms is '-1', expected 200 to 10000 milliseconds (a whole number)",
        ),
        (
            "control.dwell.time_ms=900.5",
            "control.dwell.time_ms is '900.5', expected 200 to 10000 milliseconds (a whole number)",
        ),
        (
            "control.dwell.radius_px=wide",
            "control.dwell.radius_px is 'wide', expected 1 to 500 pixels",
        ),
        (
            "control.speed.gain_x=nan",
            "control.speed.gain_x is NaN, expected 0 to 20",
        ),
        (
            "control.speed.gain_x=inf",
            "control.speed.gain_x is inf, expected 0 to 20",
        ),
        (
            "control.dwell.on=maybe",
            "control.dwell.on is 'maybe', expected true or false",
        ),
        (
            "control.click.kind=triple",
            "control.click.kind is 'triple', expected left, right, middle, double, drag or none",
        ),
        (
            "decoding.rest_threshold=1",
            "decoding.rest_threshold is 1, expected 0 to 0.999, or auto",
        ),
        (
            "steering.max_speed_px_s=0",
            "steering.max_speed_px_s is 0, expected 1 to 10000 pixels per second",
        ),
    ] {
        assert_eq!(error(assignment), expected);
    }
    assert!(error("control.dwell.rearm_px=10").contains("at least control.dwell.radius_px"));
    assert!(error("control.head.yaw=y").contains("the same axis"));
    assert!(error("control.speed.dead_zone_px_s=1000").contains("nothing would move"));
    assert!(error("faster").contains("PATH=VALUE"));
    // All errors at once.
    let mut wrong = Settings::default();
    (wrong.control.speed.gain_x, wrong.steering.turn_deg_s) = (f64::NAN, -1.0);
    let message = wrong.check().unwrap_err().to_string();
    assert!(
        message.contains("gain_x is NaN") && message.contains("turn_deg_s is -1"),
        "{message}"
    );
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    for (path, expected) in [
        ("control.dwel.time_ms", "control.dwell.time_ms"),
        ("dwell.time_ms", "control.dwell.time_ms"),
        ("max_speed", "steering.max_speed_px_s"),
        ("steering.max_speed", "steering.max_speed_px_s"),
        ("manual_overide_ms", "control.pause.manual_override_ms"),
        ("Control.Edges", "control.edges"),
    ] {
        let message = error(&format!("{path}=1"));
        assert_eq!(
            message,
            format!("there is no setting '{path}'. Did you mean '{expected}'?")
        );
    }
    let message = error("control.dwell=900");
    assert!(
        message.contains("\n  control.dwell.on\n  control.dwell.time_ms\n"),
        "{message}"
    );
    for strange in ["colour of the sky", "", "."] {
        let message = error(&format!("{strange}=1"));
        assert!(
            message.contains("control.dwell, ") && message.contains("steering"),
            "{message}"
        );
    }
}

#[test]
fn a_file_needs_only_the_settings_that_differ() {
    let read: Settings = serde_json::from_str(r#"{"control":{"dwell":{"on":true}}}"#).unwrap();
    let dwell = read.control.dwell;
    assert_eq!((dwell.on, dwell.time_ms), (true, 1200));
    assert!(serde_json::from_str::<Settings>(r#"{"control":{"dwel":{}}}"#).is_err());
}

#[test]
fn old_names_still_work_on_the_command_line_and_in_files() {
    for (old, value) in [
        ("control.beside.eeg_moves", "true"),
        ("control.beside.hand_over", "true"),
        ("control.pause.takeback_ms", "3000"),
        ("control.pause.takeback_px", "20"),
    ] {
        let set = Settings::default()
            .with([format!("{old}={value}")])
            .unwrap();
        assert_ne!(set, Settings::default(), "{old}");
        let [group, name] = [
            old.rsplit_once('.').unwrap().0,
            old.rsplit_once('.').unwrap().1,
        ];
        let file: Settings = toml::from_str(&format!("[{group}]\n{name} = {value}\n")).unwrap();
        assert_eq!(file, set, "{old} in a file");
    }
}

#[test]
fn every_setting_of_the_table_is_complete() {
    let mut paths = Vec::new();
    Settings::default().each(&mut |setting, value| {
        let Setting { path, meaning, .. } = *setting;
        assert!(!paths.contains(&path), "{path} is twice in the table");
        paths.push(path);
        assert!(
            meaning.starts_with(|first: char| first.is_uppercase()) && !meaning.ends_with('.'),
            "{path}: '{meaning}' is no sentence without its full stop"
        );
        let is_number = !matches!(value.kind(), Kind::Switch | Kind::Word(_));
        assert_eq!(setting.range.is_some(), is_number, "range of {path}");
        if let (Some([least, most]), Some(number)) = (setting.range, value.number()) {
            assert!(least < most && (least..=most).contains(&number), "{path}");
        }
    });
    assert_eq!(paths.len(), 70);
}

/// The text of a valid value of a setting; `share`, from 0 to 1, selects it.
fn any_value(setting: &Setting, kind: Kind, share: f64) -> String {
    let [least, most] = setting.range.unwrap_or_default();
    let number = least + share * (most - least);
    match kind {
        Kind::Switch => (share < 0.5).to_string(),
        Kind::Whole => number.floor().to_string(),
        Kind::NumberOrAuto if share < 0.2 => AUTO.into(),
        Kind::Number | Kind::NumberOrAuto => format!("{number:?}"),
        Kind::Word(words) => words[(share * words.len() as f64) as usize].into(),
    }
}

proptest! {
    #[test]
    fn every_setting_keeps_any_value_through_text_and_file(
        shares in proptest::collection::vec(0.0..1.0f64, 70)
    ) {
        let mut settings = Settings::default();
        let mut shares = shares.into_iter();
        settings.each_mut(&mut |setting, value| {
            let text = any_value(setting, value.kind(), shares.next().unwrap());
            assert!(value.take(&text), "{}={text}", setting.path);
            assert_eq!(value.text(), text, "{}", setting.path);
        });
        let mut again = Settings::default();
        for (setting, text) in settings.list() {
            again.put(setting.path, &text).unwrap();
        }
        prop_assert_eq!(&again, &settings);
        let file = toml::to_string(&settings).unwrap();
        prop_assert_eq!(toml::from_str::<Settings>(&file).unwrap(), settings);
        let line = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Settings>(&line).unwrap(), settings);
    }
}
