//! A person's response to codes: how it is fitted, kept and replaced.

use crate::common;

use crate::looking::{looked, record, record_codes};
use common::Lab;
use serde_json::{Value, json};

/// Fits a response for the patient ada. Returns the exit status and the report.
fn fit_looking(lab: &Lab, options: &Value, more: &[&str]) -> (i32, Value) {
    let path = record_codes(lab, "fit.xdf", options);
    let mut arguments = vec!["fit-looking", &path, "--patient", "ada", "--new-patient"];
    arguments.extend(["--json"].iter().chain(more));
    let output = lab.bci_cursor(&arguments).output().unwrap();
    let status = output.status.code().unwrap();
    let report = serde_json::from_slice(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        status,
        report.unwrap_or_else(|error| panic!("{error}: {said}")),
    )
}

#[test]
fn a_response_is_fitted_and_its_figures_are_those_of_the_evaluation() {
    let lab = Lab::new();
    let options = json!({"trials": 12});
    let (status, report) = fit_looking(&lab, &options, &[]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("good")),
        "{report}"
    );
    let figures = &report["figures"];
    assert_eq!(figures["looks"], 12, "{report}");
    let score = looked(&lab, &options);
    for (place, figure) in ["accuracy_1s", "accuracy_2s", "accuracy_3s"]
        .iter()
        .enumerate()
    {
        let right = figures["after"][place]["right"].as_f64().unwrap();
        assert_eq!(right / 12.0, score[figure].as_f64().unwrap(), "{report}");
    }
    let bits = &figures["dynamic"]["bits_per_min"];
    assert_eq!(*bits, score["bits_per_min"], "{report}");
    // Twelve displays, and two of the three seconds of each look count.
    let elsewhere = &figures["elsewhere"];
    assert!(
        (elsewhere["minutes"].as_f64().unwrap() - 4.8).abs() < 0.1,
        "{report}"
    );
    assert!(elsewhere["selections"].as_u64().unwrap() <= 6, "{report}");
    let model = report["model"].as_str().unwrap();
    assert!(
        model.contains("patients/ada/models/") && model.ends_with("-looking.json"),
        "{report}"
    );
    let stored: Value = serde_json::from_slice(&std::fs::read(model).unwrap()).unwrap();
    assert_eq!(stored["channels"], json!(["O1", "Oz", "O2"]));
}

#[test]
fn a_better_response_is_kept() {
    let lab = Lab::new();
    let (good, weak) = (
        json!({"trials": 12}),
        json!({"trials": 12, "strength": 0.15, "seed": 5}),
    );
    let none = json!({"trials": 12, "strength": 0.0});
    let (status, report) = fit_looking(&lab, &none, &[]);
    assert_eq!(
        (status, &report["verdict"]),
        (3, &json!("no_go")),
        "{report}"
    );
    assert_eq!(report["is_written"], false);
    let (status, report) = fit_looking(&lab, &good, &[]);
    assert_eq!(status, 0);
    let file = report["model"].as_str().unwrap().to_owned();
    let before = std::fs::read(&file).unwrap();
    let (status, report) = fit_looking(&lab, &weak, &[]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("weak")),
        "{report}"
    );
    assert_eq!(report["is_written"], false);
    let in_use = || patient_folder(&lab).join("profile.toml");
    let in_use = || std::fs::read_to_string(in_use()).unwrap();
    let name = |file: &str| file.rsplit('/').next().unwrap().to_owned();
    assert!(in_use().contains(&name(&file)));
    let (_, report) = fit_looking(&lab, &weak, &["--force"]);
    assert_eq!(report["is_written"], true);
    // The one before is archived, and can be used again.
    let other = report["model"].as_str().unwrap();
    assert!(other != file && in_use().contains(&name(other)));
    assert!(std::fs::read(&file).unwrap() == before);
    let back = lab.succeed(&["set", "--back", "--patient", "ada"]);
    let back = String::from_utf8_lossy(&back.stdout).into_owned();
    let expected = format!("response to codes = {} (was {})", name(&file), name(other));
    assert!(back.contains(&expected), "{back}");
    assert!(in_use().contains(&name(&file)) && !in_use().contains(&name(other)));
    assert!(std::path::Path::new(other).exists());
}

#[test]
fn the_delay_of_the_display_is_left_out_of_a_response() {
    let lab = Lab::new();
    let response = |report: &Value| {
        let text = std::fs::read(report["model"].as_str().unwrap()).unwrap();
        let stored: Value = serde_json::from_slice(&text).unwrap();
        stored["response"].clone()
    };
    let (_, exact) = fit_looking(&lab, &json!({"trials": 12}), &[]);
    assert_eq!(exact["display_delay_ms"], Value::Null);
    let early = json!({"trials": 12, "stamps_early_s": 0.045});
    let (_, contained) = fit_looking(&lab, &early, &["--force"]);
    assert!(response(&contained) != response(&exact));
    let (_, left_out) = fit_looking(&lab, &early, &["--display-delay", "45", "--force"]);
    assert_eq!(left_out["display_delay_ms"], 45.0);
    assert_eq!(left_out["figures"], exact["figures"]);
    assert_eq!(response(&left_out), response(&exact));
    // The patient's setting does the same.
    lab.succeed(&["set", "decoding.display_delay_ms=45", "--patient", "ada"]);
    let (_, set) = fit_looking(&lab, &early, &["--force"]);
    assert_eq!(response(&set), response(&exact));
    let refused = lab.fail(&["fit-looking", "x.xdf", "--display-delay", "900"]);
    assert!(refused.contains("-50 to 250"), "{refused}");
}

/// A response that an earlier version has stored is used until there is another, and again after that was undone.
#[test]
fn a_response_of_an_earlier_version_is_used() {
    let lab = Lab::new();
    let (_, report) = fit_looking(&lab, &json!({"trials": 12}), &[]);
    let folder = patient_folder(&lab);
    std::fs::rename(
        report["model"].as_str().unwrap(),
        folder.join("looking.json"),
    )
    .unwrap();
    std::fs::remove_file(folder.join("profile.toml")).unwrap();
    let weak = json!({"trials": 12, "strength": 0.15, "seed": 5});
    let (_, report) = fit_looking(&lab, &weak, &[]);
    assert_eq!(report["is_written"], false, "{report}");
    fit_looking(&lab, &weak, &["--force"]);
    let back = lab.succeed(&["set", "--back", "--patient", "ada"]);
    let back = String::from_utf8_lossy(&back.stdout).into_owned();
    assert!(
        back.contains("response to codes = looking.json (was "),
        "{back}"
    );
}

fn patient_folder(lab: &Lab) -> std::path::PathBuf {
    lab.path("data/bci-cursor/patients/ada")
}

#[test]
fn an_unconnected_electrode_is_left_out_of_a_response() {
    let lab = Lab::new();
    let (_, report) = fit_looking(&lab, &json!({"trials": 12, "unconnected": [2]}), &[]);
    assert_eq!(report["channels"], json!(["O1", "Oz"]), "{report}");
    assert_eq!(report["verdict"], "good", "{report}");
}

#[test]
fn electrodes_away_from_the_visual_cortex_are_not_used() {
    let lab = Lab::new();
    let options = json!({"trials": 12, "electrodes": ["Oz", "POz", "Fz"]});
    let (_, report) = fit_looking(&lab, &options, &[]);
    assert_eq!(report["channels"], json!(["Oz", "POz"]), "{report}");
    let options = json!({"trials": 12, "electrodes": ["1", "2", "3"]});
    let (_, report) = fit_looking(&lab, &options, &[]);
    assert_eq!(report["channels"], json!(["1", "2", "3"]), "{report}");
}

#[test]
fn a_response_is_not_fitted_to_unsuitable_recordings() {
    let lab = Lab::new();
    let fail = |options: Value| {
        let path = record_codes(&lab, "one.xdf", &options);
        lab.fail(&["fit-looking", &path])
    };
    let error = fail(json!({"trials": 5}));
    assert!(
        error.contains("5 looks with a known target, expected at least 8: record more"),
        "{error}"
    );
    let error = fail(json!({"stimulus": false, "markers": false}));
    assert!(
        error.contains(
            "it is not a recording of looks: expected an XDF file with a stream of type Stimulus"
        ),
        "{error}"
    );
    let error = fail(json!({"electrodes": ["Fz", "C3", "C4"]}));
    assert!(
        error.contains("looking needs electrodes over the visual cortex"),
        "{error}"
    );
    let error = fail(json!({"unconnected": [0, 1, 2]}));
    assert!(
        error.contains("all electrodes over the visual cortex are bad most of the time: O1 ("),
        "{error}"
    );
    record(&lab, &lab.path("people"), &["ssvep_13hz", "rest"]);
    let edf = lab.path("people/one.edf");
    let error = lab.fail(&["fit-looking", edf.to_str().unwrap()]);
    assert!(error.contains("it is not a recording of looks"), "{error}");
}
