//! How well the flicker that people look at is recognised.

use crate::common;

use common::{Lab, eeg_dir};
use serde_json::Value;
use std::path::Path;

fn ssvep_dir() -> std::path::PathBuf {
    eeg_dir().join("vep/ssvep")
}

/// Nothing was chosen or fitted on these four people. The limits are 0.05 above filter-bank CCA on all eight (0.797 and 0.871), and 1.3 times the
/// bits per minute of its best fixed window (28.1).
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn flicker_is_recognised_better_than_by_filter_bank_cca() {
    let lab = Lab::new();
    let people = lab.path("people");
    std::fs::create_dir(&people).unwrap();
    for person in ["V05", "V06", "V07", "V08"] {
        std::os::unix::fs::symlink(ssvep_dir().join(person), people.join(person)).unwrap();
    }
    let output = lab.succeed(&["evaluate", "looking", people.to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{report}");
    assert_eq!(report["subjects"].as_object().unwrap().len(), 4);
    let mean = |figure: &str| report["mean"][figure].as_f64().unwrap();
    assert!(mean("accuracy_1s") >= 0.85, "{report}");
    assert!(mean("accuracy_2s") >= 0.92, "{report}");
    assert!(mean("bits_per_min") >= 1.3 * 28.1, "{report}");
    assert!(mean("rest_auc") >= 0.9, "{report}");
    assert!(mean("selected_4s") >= 0.7, "{report}");
    assert!(mean("false_per_min") <= 0.5, "{report}");
}

/// A recording at 200 Hz of four occipital electrodes and these cues, five seconds apart, as an EDF file.
fn record(lab: &Lab, folder: &Path, cues: &[&str]) {
    let script = "import sys, numpy, edfio\n\
        path, *cues = sys.argv[1:]\n\
        noise = numpy.random.default_rng(1).standard_normal((4, 200 * 5 * (len(cues) + 1))) * 10\n\
        signals = [edfio.EdfSignal(x, 200, label=f'EEG {n}', physical_dimension='uV') for n, x in zip(['Oz', 'O1', 'O2', 'POz'], noise)]\n\
        notes = [edfio.EdfAnnotation(5 * (k + 1), None, cue) for k, cue in enumerate(cues)]\n\
        edfio.Edf(signals, annotations=notes).write(path)\n";
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("one.edf");
    let python = lab
        .command(common::python())
        .args(["-c", script, path.to_str().unwrap()])
        .args(cues)
        .status();
    assert!(python.unwrap().success());
}

#[test]
fn recordings_without_looks_are_refused() {
    let lab = Lab::new();
    let people = lab.path("people");
    let fail = |cues: &[&str]| {
        record(&lab, &people.join("P1"), cues);
        lab.fail(&["evaluate", "looking", people.to_str().unwrap()])
    };
    let error = fail(&["left_hand", "rest"]);
    assert!(
        error.contains("expected markers such as ssvep_13hz and rest"),
        "{error}"
    );
    let error = fail(&["ssvep_13hz", "rest", "ssvep_13hz"]);
    assert!(
        error.contains("the only frequency looked at is 13 Hz"),
        "{error}"
    );
}

#[test]
fn noise_is_not_recognised() {
    let lab = Lab::new();
    let people = lab.path("people");
    let cues: Vec<&str> = ["ssvep_8.5hz", "ssvep_11hz", "rest", "ssvep_14.25hz"].repeat(12);
    record(&lab, &people.join("P1"), &cues);
    let output = lab.succeed(&["evaluate", "looking", people.to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mean = |figure: &str| report["mean"][figure].as_f64().unwrap();
    // A third of 36 looks, and at most 12 more than three deviations away.
    assert!((0.09..0.58).contains(&mean("accuracy_2s")), "{report}");
    assert!((0.2..0.8).contains(&mean("rest_auc")), "{report}");
    assert!(
        mean("selected_4s") < 0.1 && mean("false_per_min") < 1.0,
        "{report}"
    );
}
