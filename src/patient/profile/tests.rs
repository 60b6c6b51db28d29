use super::*;
use crate::settings::{ClickKind, Edges};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &tempfile::TempDir) -> Profile {
    Profile::in_folder(folder.path().to_owned()).unwrap()
}

#[test]
fn changes_are_stored_and_can_be_undone() {
    let folder = folder();
    let mut profile = open(&folder);
    assert_eq!(profile.settings(), Settings::default());
    profile
        .change(&["control.dwell.on=true", "control.dwell.time_ms=900"])
        .unwrap();
    profile.change(&["control.dwell.time_ms=800"]).unwrap();
    assert!(
        profile
            .change(&["control.dwell.on=false", "control.dwell.time_ms=1"])
            .is_err()
    );
    let mut again = open(&folder);
    assert_eq!(
        (
            again.settings().control.dwell.on,
            again.settings().control.dwell.time_ms
        ),
        (true, 800)
    );
    again.back().unwrap();
    assert_eq!(open(&folder).settings().control.dwell.time_ms, 900);
    again.back().unwrap();
    assert_eq!(again.settings(), Settings::default());
    assert!(matches!(again.back(), Err(ProfileError::NoPast)));
}

#[test]
fn using_a_model_is_stored_and_can_be_undone() {
    let folder = folder();
    let mut profile = open(&folder);
    assert_eq!(profile.model(), None);
    profile.put_in_force("one.json").unwrap();
    profile.change(&["control.dwell.on=true"]).unwrap();
    profile.put_in_force("two.json").unwrap();
    let model = |profile: &Profile| {
        profile
            .model()
            .map(|path| path.strip_prefix(folder.path()).unwrap().to_owned())
    };
    assert_eq!(model(&open(&folder)), Some("models/two.json".into()));
    profile.back().unwrap();
    assert_eq!(model(&open(&folder)), Some("models/one.json".into()));
    assert!(open(&folder).settings().control.dwell.on);
}

#[test]
fn a_response_to_codes_is_put_in_use_apart_from_the_decoder() {
    let folder = folder();
    let mut profile = open(&folder);
    assert_eq!(profile.looking(), None);
    let old = folder.path().join("looking.json");
    std::fs::write(&old, "{}").unwrap();
    assert_eq!(profile.looking(), Some(old.clone()));
    profile.put_looking_in_force("one.json").unwrap();
    profile.put_in_force("two.json").unwrap();
    let models = folder.path().join("models");
    let again = open(&folder);
    assert_eq!(again.looking(), Some(models.join("one.json")));
    assert_eq!(again.model(), Some(models.join("two.json")));
    profile.back().unwrap();
    assert_eq!(profile.looking(), Some(models.join("one.json")));
    profile.back().unwrap();
    assert_eq!(open(&folder).looking(), Some(old));
}

#[test]
fn the_history_is_bounded() {
    let folder = folder();
    let mut profile = open(&folder);
    for ms in 500..600 {
        profile
            .change(&[format!("control.dwell.time_ms={ms}")])
            .unwrap();
    }
    let mut back = 0;
    while profile.back().is_ok() {
        back += 1;
    }
    assert_eq!((back, profile.settings().control.dwell.time_ms), (16, 583));
}

#[test]
fn an_error_names_the_line_of_a_bad_profile() {
    let folder = folder();
    let error = |text: &str| {
        std::fs::write(folder.path().join("profile.toml"), text).unwrap();
        Profile::in_folder(folder.path().to_owned())
            .unwrap_err()
            .to_string()
    };
    let message = error("[control.dwell]\non = true\ntime = 3\n");
    assert!(
        message.contains("profile.toml")
            && message.contains("line 3")
            && message.contains("time_ms"),
        "{message}"
    );
    let message = error("[control]\ndwell.tme_ms = 900\n");
    assert!(
        message.contains(
            "line 2: there is no setting 'control.dwell.tme_ms'. Did you mean 'control.dwell.time_ms'?"
        ),
        "{message}"
    );
    assert!(error("model = 3\n").contains("line 1: model is not the name of a file"));
    assert!(error("[[control]]\nedges = \"stop\"\n").contains("line 1: there is no setting"));
    assert!(
        error("[control]\n[control.click]\nkind = \"twice\"\n")
            .contains("line 3: control.click.kind is 'twice', expected left, right,")
    );
    let message = error("model = \"../x.json\"\n");
    assert!(
        message.contains("model is '../x.json', expected the name of a file"),
        "{message}"
    );
    let message = error("[control.dwell]\ntime_ms = 3\n");
    assert!(
        message.contains("line 2: control.dwell.time_ms is 3, expected 200 to 10000"),
        "{message}"
    );
    assert!(error("\0\u{1}").contains("line 1"));
}

/// As written by versions before `steering` and `decoding`.
#[test]
fn a_profile_of_an_earlier_version_opens() {
    let folder = folder();
    let old = "model = \"one.json\"\n\n[control]\nedges = \"resist\"\n\n[control.speed]\ngain_x = 1.25\nlimit_px_s = 1000.0\n\n\
               [control.click]\nkind = \"right\"\nlock = true\nrefractory_ms = 1_500\n";
    std::fs::write(folder.path().join("profile.toml"), old).unwrap();
    let past = "[[past]]\nmodel = \"one.json\"\n[past.control]\nedges = \"resist\"\n[[past]]\n[past.control.dwell]\non = true\n";
    std::fs::write(folder.path().join("profile-history.toml"), past).unwrap();
    let mut profile = open(&folder);
    let mut expected = Settings::default();
    expected.control.edges = Edges::Resist;
    expected.control.speed.gain_x = 1.25;
    expected.control.click.kind = ClickKind::Right;
    expected.control.click.lock = true;
    expected.control.click.refractory_ms = 1500;
    assert_eq!(profile.settings(), expected);
    assert!(profile.model().is_some());
    profile.change(&["steering.turn_deg_s=45"]).unwrap();
    assert_eq!(open(&folder).settings().steering.turn_deg_s, 45.0);
    profile.back().unwrap();
    assert_eq!(profile.settings(), expected);
    profile.back().unwrap();
    assert!(profile.settings().control.dwell.on && profile.model().is_none());
    profile.back().unwrap();
    assert!(profile.settings().control.edges == Edges::Resist && profile.model().is_some());
}

#[test]
fn auto_and_a_number_are_stored_and_can_be_undone() {
    let folder = folder();
    let mut profile = open(&folder);
    profile.change(&["decoding.rest_threshold=0.3"]).unwrap();
    profile.change(&["decoding.rest_threshold=auto"]).unwrap();
    let threshold = |profile: &Profile| profile.settings().decoding.rest_threshold;
    assert_eq!(threshold(&open(&folder)), None);
    profile.back().unwrap();
    assert_eq!(threshold(&open(&folder)), Some(0.3));
    // Edited by hand.
    let text = "[decoding]\nrest_threshold = \"auto\"\n";
    std::fs::write(folder.path().join("profile.toml"), text).unwrap();
    assert_eq!(threshold(&open(&folder)), None);
}

#[test]
fn each_process_changes_only_the_requested_settings() {
    let folder = folder();
    let (mut one, mut other) = (open(&folder), open(&folder));
    assert!(!one.refresh().unwrap());
    one.change(&["control.dwell.on=true"]).unwrap();
    // A change by one does not count as a change by the other.
    let before = other.change(&["control.dwell.time_ms=900"]).unwrap();
    assert!(before.control.dwell.on && before.control.dwell.time_ms != 900);
    one.put_in_force("model.json").unwrap();
    other.change(&["control.speed.gain_x=2"]).unwrap();
    let values = |profile: &Profile| {
        let control = profile.settings().control;
        (
            control.dwell.on,
            control.dwell.time_ms,
            control.speed.gain_x,
        )
    };
    assert_eq!(values(&open(&folder)), (true, 900, 2.0));
    assert!(open(&folder).model().is_some());
    assert!(one.refresh().unwrap() && !one.refresh().unwrap());
    assert_eq!(values(&one), (true, 900, 2.0));
    // One undoes the last change, which the other made.
    assert_eq!(one.back().unwrap().control.speed.gain_x, 2.0);
    assert!(other.refresh().unwrap());
    assert_eq!(values(&other), (true, 900, 1.0));
}

#[test]
fn a_change_that_could_not_be_stored_takes_effect_and_is_stored_later() {
    let folder = folder();
    let home = folder.path().join("patient");
    let mut profile = Profile::in_folder(home.clone()).unwrap();
    // There is a file in place of the folder.
    std::fs::write(&home, b"").unwrap();
    assert!(profile.change(&["control.dwell.time_ms=900"]).is_err());
    assert_eq!(profile.settings().control.dwell.time_ms, 900);
    std::fs::remove_file(&home).unwrap();
    let mut other = Profile::in_folder(home.clone()).unwrap();
    other.change(&["control.dwell.on=true"]).unwrap();
    profile.change(&["control.speed.gain_x=2"]).unwrap();
    let control = Profile::in_folder(home).unwrap().settings().control;
    assert_eq!(
        (
            control.dwell.on,
            control.dwell.time_ms,
            control.speed.gain_x
        ),
        (true, 900, 2.0)
    );
}

#[test]
fn a_damaged_profile_changes_nothing_and_is_reported_once() {
    let folder = folder();
    let mut profile = open(&folder);
    profile.change(&["control.dwell.time_ms=900"]).unwrap();
    std::fs::write(folder.path().join(PROFILE), "no profile").unwrap();
    assert!(profile.refresh().is_err());
    assert!(!profile.refresh().unwrap());
    assert!(profile.change(&["control.dwell.on=true"]).is_err());
    assert_eq!(profile.settings().control.dwell.time_ms, 900);
    let text = std::fs::read_to_string(folder.path().join(PROFILE));
    assert_eq!(text.unwrap(), "no profile");
}

#[cfg(unix)]
#[test]
fn a_model_stays_in_the_folder_of_its_patient() {
    let folder = folder();
    let models = folder.path().join("patient/models");
    std::fs::create_dir_all(&models).unwrap();
    let outside = folder.path().join("outside.json");
    std::fs::write(&outside, b"{}").unwrap();
    std::os::unix::fs::symlink(&outside, models.join("link.json")).unwrap();
    std::os::unix::fs::symlink(folder.path(), models.join("out")).unwrap();
    let mut profile = Profile::in_folder(folder.path().join("patient")).unwrap();
    let absolute = outside.to_string_lossy().into_owned();
    let bad = [
        "link.json",
        "../x.json",
        "..",
        ".",
        "",
        "out/outside.json",
        &absolute,
    ];
    for bad in bad {
        assert!(profile.put_in_force(bad).is_err(), "{bad}");
        let error = profile.put_looking_in_force(bad).unwrap_err();
        assert!(error.to_string().contains("looking is '"), "{error}");
    }
    std::fs::write(models.join("own.json"), b"{}").unwrap();
    profile.put_in_force("own.json").unwrap();
    assert_eq!(profile.model(), Some(models.join("own.json")));
    let history = "[[past]]\nmodel = \"link.json\"\n";
    std::fs::write(folder.path().join("patient/profile-history.toml"), history).unwrap();
    assert!(Profile::in_folder(folder.path().join("patient")).is_err());
}
