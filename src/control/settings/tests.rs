use super::*;

#[test]
fn one_setting_is_changed_by_its_path() {
    let usual = ControlSettings::default();
    usual.check().unwrap();
    let changed = usual.with("control.dwell.time_ms=900").unwrap();
    assert_eq!(changed.dwell.time_ms, 900);
    let changed = changed.with(" control.click.kind = double ").unwrap();
    assert_eq!(
        (changed.click.kind, changed.dwell.time_ms),
        (ClickKind::Double, 900)
    );
    assert!(changed.with("control.dwell.on=true").unwrap().dwell.on);
}

#[test]
fn what_cannot_be_is_told_with_its_path() {
    let usual = ControlSettings::default();
    let error = |assignment: &str| usual.with(assignment).unwrap_err().to_string();
    assert_eq!(
        error("control.dwell.time_ms=20"),
        "control.dwell.time_ms is 20, expected 200 to 10000"
    );
    assert!(error("control.dwell.rearm_px=10").contains("at least control.dwell.radius_px"));
    assert!(error("control.dwel.time_ms=900").contains("control.dwell.time_ms"));
    assert!(error("control.dwell=900").contains("there is no setting"));
    assert!(error("dwell.time_ms=900").contains("control.dwell.time_ms"));
    assert!(error("control.click.kind=triple").contains("triple"));
    assert!(error("control.dwell.time_ms=-1").contains("control.dwell.time_ms cannot be '-1'"));
    assert!(error("faster").contains("PATH=VALUE"));
    // All at once.
    let mut wrong = usual;
    (wrong.speed.gain_x, wrong.speed.limit_px_s) = (f64::NAN, -1.0);
    let told = wrong.check().unwrap_err().to_string();
    assert!(
        told.contains("gain_x is NaN") && told.contains("limit_px_s is -1"),
        "{told}"
    );
}

#[test]
fn a_profile_says_only_what_differs() {
    let profile: ControlSettings = serde_json::from_str(r#"{"dwell":{"on":true}}"#).unwrap();
    assert_eq!((profile.dwell.on, profile.dwell.time_ms), (true, 1200));
    assert!(serde_json::from_str::<ControlSettings>(r#"{"dwel":{}}"#).is_err());
}

#[test]
fn every_setting_has_a_meaning() {
    let all = ControlSettings::default().list();
    for (path, _) in &all {
        assert!(!ControlSettings::meaning(path).is_empty(), "{path}");
    }
    assert_eq!(all.len(), meanings::MEANINGS.len());
}
