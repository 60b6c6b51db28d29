//! A patient's report is one self-contained page.

use crate::common;

use common::Lab;

#[test]
fn reports_of_a_patient_and_a_session_are_self_contained_pages() {
    let lab = Lab::new();
    let folder = lab.path("data/bci-cursor/patients/ada");
    for part in ["models", "sessions"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
    }
    let text = |part: &str| folder.join(part).to_string_lossy().into_owned();
    let fit = |patient: &str, out: &str| {
        let classes = "left_hand=left_hand,right_hand=right_hand";
        lab.succeed(&["fit", patient, "--classes", classes, "--out", &text(out)]);
    };
    fit(
        "synthetic:seed=3,channels=9,trials=12",
        "models/2026-01-01.json",
    );
    fit(
        "synthetic:seed=4,channels=9,trials=16",
        "models/2026-01-02.json",
    );
    let session = text("sessions/2026-01-02.xdf");
    lab.succeed(&["convert", "synthetic:seed=4,channels=9,trials=4", &session]);
    std::fs::write(folder.join("sessions/broken.xdf"), b"XDF:?").unwrap();
    let profile = "model = \"2026-01-02.json\"\n[control.dwell]\non = true\n";
    std::fs::write(folder.join("profile.toml"), profile).unwrap();

    let page = |of: &str| {
        let out = lab.path("report.html").to_string_lossy().into_owned();
        lab.succeed(&["report", of, "--out", &out]);
        lab.read("report.html")
    };
    let of_patient = page("ada");
    for part in [
        "Very good: expect fluent control",
        "16 of 16 held-out trials right",
        "was right hand",
        "What changes on the head",
        "aria-label=\"left hand, below 14 Hz\"",
        "Converted recording",
        "2026-01-02.json",
        "SHA-256",
        "<h2>Calibrations</h2>",
        "9 channels at 250 Hz",
        "2026-01-02.xdf",
        "broken.xdf</td><td colspan=\"4\">cannot be read",
        "<span class=\"small\">control.dwell.on</span></td><td>on</td><td>off</td>",
        "not a medical device",
    ] {
        assert!(of_patient.contains(part), "'{part}' is not in {of_patient}");
    }
    let of_session = page(&session);
    assert!(
        of_session.contains("2026-01-02.xdf") && of_session.contains("None of the patient's own")
    );
    for page in [&of_patient, &of_session] {
        // The page is well-formed, and nothing is loaded from elsewhere.
        let body = page.strip_prefix("<!DOCTYPE html>").unwrap();
        roxmltree::Document::parse(body).unwrap();
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("url("));
    }

    let nobody = lab.fail(&["report", "eve", "--out", "x.html"]);
    assert!(
        nobody.contains("there is no patient 'eve'. There are: ada"),
        "{nobody}"
    );
    let nowhere = lab.fail(&["report", "ada", "--out", "/nowhere/x.html"]);
    assert!(
        nowhere.contains("/nowhere/x.html cannot be written"),
        "{nowhere}"
    );
}
