//! Nothing flickers for a patient before somebody has asked about photosensitive epilepsy.

use crate::common::Lab;

#[test]
fn flicker_is_allowed_only_by_an_answer() {
    let lab = Lab::new();
    // Nobody answers without a terminal.
    let message = lab.fail(&["allow-flicker", "--new-patient", "--patient", "ada"]);
    assert!(
        message.contains("--yes-i-asked-about-epilepsy"),
        "{message}"
    );
    let profile = || std::fs::read_to_string(lab.path("data/bci-cursor/patients/ada/profile.toml"));
    assert!(profile().is_err());
    let yes = [
        "allow-flicker",
        "--new-patient",
        "--patient",
        "ada",
        "--yes-i-asked-about-epilepsy",
    ];
    let page = lab.succeed(&yes).stdout;
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("photosensitive epilepsy") && page.contains("Allowing it means"));
    let chinese = lab.succeed(&[&yes[..], &["--language", "zh"]].concat());
    let chinese = String::from_utf8(chinese.stdout).unwrap();
    assert!(chinese.contains("是否曾有过癫痫发作"), "{chinese}");
    let text = profile().unwrap();
    assert!(text.contains("flicker_allowed = \"20"), "{text}");
    assert!(!text.contains("flicker_above_thresholds"), "{text}");
    lab.succeed(&[&yes[..], &["--above-thresholds"]].concat());
    assert!(profile().unwrap().contains("flicker_above_thresholds"));
    lab.succeed(&["allow-flicker", "--patient", "ada", "--withdraw"]);
    assert!(!profile().unwrap().contains("flicker_"));
}
