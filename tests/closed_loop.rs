//! Simulated users reach targets with recorded EEG: the results are reproducible, better if the driver knows the
//! targets, and close to the limit given by the information in the evidence.
#![cfg(unix)]

use crate::common;

use common::{Lab, eeg_dir};
use serde_json::Value;
use std::path::Path;

const MOTOR: &str = "FC3,FCz,FC4,C5,C3,C1,Cz,C2,C4,C6,CP3,CPz,CP4";

fn play(lab: &Lab, folder: &Path, more: &[&str]) -> Value {
    let folder = folder.to_string_lossy();
    let args = ["evaluate", "closed-loop", &folder, "--json"];
    let output = lab.succeed(&[&args[..], more].concat());
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["seconds"].take().as_f64().unwrap() > 0.0);
    report
}

/// Synthetic people, each with a recording.
fn synthetic(lab: &Lab, names: &[&str]) {
    for (seed, name) in names.iter().enumerate() {
        std::fs::create_dir_all(lab.path(name)).unwrap();
        let patient = format!("synthetic:seed={seed},channels=9,trials=20,rest=4,erd=0.8");
        let to = lab.path(&format!("{name}/day.xdf"));
        lab.succeed(&["convert", &patient, &to.to_string_lossy()]);
    }
}

const CLASSES: [&str; 2] = ["--classes", "left_hand=left_hand,right_hand=right_hand"];

#[test]
fn the_same_seed_gives_the_same_figures_and_known_targets_are_reached() {
    let lab = Lab::new();
    synthetic(&lab, &["people/ann", "people/bob", "people/cid"]);
    let people = lab.path("people");
    let args = [&CLASSES[..], &["--minutes", "3"]].concat();
    let once = play(&lab, &people, &args);
    assert_eq!(once, play(&lab, &people, &args));
    let other = play(&lab, &people, &[&args[..], &["--seed", "2"]].concat());
    assert_ne!(once, other);
    let ann = &once["subjects"]["ann"];
    let reached = ann["bisection"]["on"]["hits_per_min"].as_f64().unwrap();
    let limit = ann["bisection"]["on"]["limit_hits_per_min"]
        .as_f64()
        .unwrap();
    println!("{reached} hits a minute, limit {limit}");
    assert!(reached >= 2.0 && reached < 1.5 * limit, "{ann}");
    assert!(ann["information"]["bits"].as_f64().unwrap() <= 1.0);
    for help in ["off", "gentle", "strong"] {
        assert!(once["median"]["steer"][help]["hits_per_min"].is_number());
    }
}

/// The pointer continues from its position: on a grid, on the built-in desktop, and on a recorded one.
#[test]
fn a_grid_and_desktops_are_played_too() {
    let lab = Lab::new();
    synthetic(&lab, &["people/ann", "people/bob"]);
    let rect = |x| format!(r#"{{"rect": {{"x": {x}, "y": 5, "width": 90, "height": 40}}}}"#);
    let text = format!(r#"{{"targets": [{}, {}]}}"#, rect(0), rect(910));
    std::fs::write(lab.path("own.json"), text).unwrap();
    let own = lab.path("own.json").to_string_lossy().into_owned();
    let tasks = [
        (["--task", "grid"], 25),
        (["--task", "desktop"], 22),
        (["--desktop", own.as_str()], 2),
    ];
    for (task, targets) in tasks {
        let args = [&CLASSES[..], &["--minutes", "4"], &task].concat();
        let report = play(&lab, &lab.path("people"), &args);
        let reached = &report["subjects"]["ann"];
        // With one axis, most of them cannot be reached.
        assert!(reached["axis"].is_null(), "{reached}");
        let chosen = &reached["bisection"]["on"];
        assert_eq!(chosen["targets"], targets);
        assert!(chosen["hits_per_min"].as_f64().unwrap() >= 0.5, "{report}");
        assert!(
            chosen["fitts_bits_per_s"].as_f64().unwrap() > 0.0,
            "{report}"
        );
    }
    std::fs::write(lab.path("own.json"), "{}").unwrap();
    let folder = lab.path("people").to_string_lossy().into_owned();
    let message = lab.fail(&["evaluate", "closed-loop", &folder, "--desktop", &own]);
    assert!(
        message.contains("own.json") && message.contains("'bci-cursor targets --json' writes"),
        "{message}"
    );
}

/// Four classes with the subject's own decoder, which was not fitted on the evaluated recording.
#[test]
fn four_classes_are_played_with_an_own_decoder() {
    let lab = Lab::new();
    let of = |seed: u32| {
        format!(
            "synthetic:seed={seed},channels=21,trials=24,rest=4,erd=0.8,\
             classes=left_hand+right_hand+both_hands+feet"
        )
    };
    let classes = "left_hand=left_hand,right_hand=right_hand,both_hands=both_hands,feet=feet";
    std::fs::create_dir(lab.path("ann")).unwrap();
    let text = |name: &str| lab.path(name).to_string_lossy().into_owned();
    lab.succeed(&["convert", &of(1), &text("training.xdf")]);
    lab.succeed(&["convert", &of(2), &text("ann/later.xdf")]);
    let (training, model) = (text("training.xdf"), text("four.json"));
    lab.succeed(&["fit", &training, "--classes", classes, "--out", &model]);
    let args = ["--model", &model, "--classes", classes, "--minutes", "3"];
    let report = play(&lab, &lab.path("ann"), &args);
    let own = &report["subjects"]["ann"];
    // At most two bits for each of four classes.
    let bits = own["information"]["bits"].as_f64().unwrap();
    assert!((0.5..=2.0).contains(&bits), "{own}");
    for help in ["off", "gentle", "strong"] {
        assert!(own["cartesian"][help]["hits_per_min"].is_number(), "{own}");
    }
    assert!(own["bisection"].is_null() && own["axis"].is_null());
    std::fs::copy(lab.path("training.xdf"), lab.path("ann/training.xdf")).unwrap();
    let folder = text("ann");
    let message = lab.fail(&[&["evaluate", "closed-loop", &folder][..], &args].concat());
    assert!(
        message.contains("it was fitted on training.xdf itself"),
        "{message}"
    );
}

#[test]
fn missing_data_is_reported() {
    let lab = Lab::new();
    synthetic(&lab, &["alone/ann"]);
    let folder = lab.path("alone");
    let folder = folder.to_string_lossy();
    let message = lab.fail(&[&["evaluate", "closed-loop", &folder][..], &CLASSES].concat());
    assert!(
        message.contains("ann is alone") && message.contains("it takes two"),
        "{message}"
    );
    let message = lab.fail(&["evaluate", "closed-loop", &folder, "--minutes", "0"]);
    assert!(
        message.contains("--minutes is 0, expected more than 0"),
        "{message}"
    );
}

/// S007 decodes almost perfectly, S002 and S012 well, so their results depend mostly on how the pointer is driven.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn known_targets_are_reached_several_times_as_often() {
    let eeg = eeg_dir();
    let lab = Lab::new();
    std::fs::create_dir(lab.path("people")).unwrap();
    for name in ["S002", "S004", "S007", "S012"] {
        let person = eeg.join("physionet-eegmmidb").join(name);
        std::os::unix::fs::symlink(person, lab.path("people").join(name)).unwrap();
    }
    let report = play(
        &lab,
        &lab.path("people"),
        &["--montage", MOTOR, "--minutes", "6"],
    );
    let of = |scheme: &str, targets: &str, figure: &str| {
        report["median"][scheme][targets][figure]
            .as_f64()
            .unwrap_or(0.0)
    };
    let hits = |scheme, targets| of(scheme, targets, "hits_per_min");
    println!(
        "steer {} bisection {}",
        hits("steer", "off"),
        hits("bisection", "on")
    );
    assert!(
        hits("bisection", "on") >= 0.5_f64.max(3.0 * hits("steer", "off")),
        "{report}"
    );
    assert!(of("bisection", "on", "dial_in_s") < 0.2, "{report}");
    let wrong = |scheme, targets| of(scheme, targets, "false_clicks_per_min");
    assert!(
        wrong("bisection", "on") <= wrong("steer", "off"),
        "{report}"
    );
}

/// Nothing was chosen or fitted on these four people.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn people_who_look_at_tags_click_what_they_want() {
    let lab = Lab::new();
    let people = lab.path("people");
    std::fs::create_dir(&people).unwrap();
    for person in ["V05", "V06", "V07", "V08"] {
        let recorded = eeg_dir().join("vep/ssvep").join(person);
        std::os::unix::fs::symlink(recorded, people.join(person)).unwrap();
    }
    let args = ["--by", "looking", "--task", "grid"];
    let report = play(&lab, &people, &args);
    println!("{report}");
    let median = |figure: &str| report["median"][figure].as_f64().unwrap();
    assert!(median("hits_per_min") >= 3.0, "{report}");
    assert!(median("false_clicks_per_min") <= 0.2, "{report}");
    assert!(median("rest_clicks_per_min") <= 0.1, "{report}");
    let one = &report["subjects"]["V07"];
    assert_eq!(one["targets"], 25);
    assert_eq!(report, play(&lab, &people, &args), "the same seed");
}

/// Codes of 25 targets at once, with a response that was fitted to 24 looks of four seconds.
#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn one_look_at_a_code_clicks_its_target() {
    let lab = Lab::new();
    let file = eeg_dir().join("vep/cvep/C01.xdf");
    let args = [
        "--by",
        "looking",
        "--task",
        "grid",
        "--false-looks",
        "0.3",
        "--minutes",
        "20",
    ];
    let report = play(&lab, &file, &args);
    println!("{report}");
    let figure = |figure: &str| report["subjects"]["C01"][figure].as_f64().unwrap();
    assert!(figure("hits_per_min") >= 15.0, "{report}");
    assert!(figure("false_clicks_per_min") <= 0.2, "{report}");
    assert_eq!(report["subjects"]["C01"]["targets"], 25);
}

#[test]
fn options_of_imagery_do_not_go_with_looking() {
    let lab = Lab::new();
    synthetic(&lab, &["people/ann"]);
    let people = lab.path("people").to_string_lossy().into_owned();
    let fail = |more: &[&str]| {
        let args = ["evaluate", "closed-loop", &people, "--by", "looking"];
        lab.fail(&[&args[..], more].concat())
    };
    assert!(fail(&["--decoys", "3"]).contains("go only with --by imagery"));
    assert!(fail(&["--false-looks", "7"]).contains("expected 0.1 to 2"));
    // Nobody looked at a light in these recordings.
    let error = fail(&[]);
    assert!(
        error.contains("ann: no marker says what was looked at"),
        "{error}"
    );
}

/// Somebody who looks, and somebody who imagines, as one person. The starter is fitted on the others of those who imagine.
fn pair(lab: &Lab, looks: &str, imagines: &str, minutes: &str) -> Value {
    let (lookers, hands) = (lab.path("looks"), lab.path("hands"));
    let link = |from: &str, to: &Path| {
        std::fs::create_dir_all(to).unwrap();
        let name = from.rsplit('/').next().unwrap();
        std::os::unix::fs::symlink(eeg_dir().join(from), to.join(name)).unwrap();
    };
    link(&format!("vep/ssvep/{looks}"), &lookers);
    // Sorted by name, so the person is the first.
    for name in [imagines, "S008", "S009", "S010", "S011", "S012"] {
        link(&format!("physionet-eegmmidb/{name}"), &hands);
    }
    let hands = hands.to_string_lossy().into_owned();
    let args = ["--by", "both", "--imagery", &hands, "--task", "grid"];
    let args = [&args[..], &["--montage", MOTOR, "--minutes", minutes]].concat();
    let mut report = play(lab, &lookers, &args);
    println!("{report}");
    let pair = report["pairs"][0].take();
    assert_eq!(
        (&pair["looks"], &pair["imagines"]),
        (&looks.into(), &imagines.into())
    );
    pair
}

/// S003 is decoded hardly better than by chance, which must not disturb somebody who looks well: 5.25 hits a minute instead of 8.5 were left when all
/// answers counted alike.
#[test]
fn a_poor_decoder_of_imagery_takes_little_from_looks() {
    let pair = pair(&Lab::new(), "V03", "S003", "4");
    let figure = |means: &str, figure: &str| pair[means][figure].as_f64().unwrap();
    let [looking, imagery, both] =
        ["looking", "imagery", "both"].map(|means| figure(means, "hits_per_min"));
    assert!(looking > 6.0 && imagery < 0.5, "{pair}");
    assert!(both > 0.75 * looking, "{pair}");
    assert!(figure("both", "false_clicks_per_min") <= 0.25, "{pair}");
}
