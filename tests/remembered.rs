//! What a user states about a headset's channels, unit and rate is stored in sessions and decoders, so that it has to
//! be stated only once.

use crate::common;
use crate::common::header;

use bci_cursor::montage;
use bci_cursor_calibration::{ReadUnit, Reading};
use common::{Lab, simulate};
use header::{CLASSES, Header, PATIENT};
use serde_json::{Value, json};
use std::process::Output;

/// A headset whose eight channels have numbers instead of names, and whose unit is declared wrongly: it is mV.
fn headset() -> Header {
    Header {
        spoil: |_, microvolts| microvolts / 1000.0,
        ..Header::new(250.0).numbered()
    }
}

fn electrodes() -> String {
    montage::named(8).unwrap().join(",")
}

/// The corrections by `--electrodes` and `--unit mV`.
fn corrections() -> Value {
    json!({
        "labels": ["1", "2", "3", "4", "5", "6", "7", "8"],
        "electrodes": montage::named(8).unwrap(),
        "unit": {"stated": "microvolts", "read_as": "mV"},
    })
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn inspect(lab: &Lab, file: &str) -> Value {
    json_of(&lab.succeed(&["inspect", file, "--json"]))
}

/// Report and messages of `fit` for a recording.
fn fit(lab: &Lab, file: &str, model: &str, more: &[&str]) -> (Value, String) {
    let fit = [
        "fit",
        file,
        "--classes",
        CLASSES,
        "--out",
        model,
        "--json",
        "--force",
    ];
    let output = lab.succeed(&[&fit[..], more].concat());
    (json_of(&output), text(&output.stderr))
}

fn path(lab: &Lab, name: &str) -> String {
    lab.path(name).to_string_lossy().into_owned()
}

/// Root mean square of each channel, µV.
fn levels(found: &Value) -> Vec<f64> {
    let quality = found["quality"].as_array().unwrap();
    let rms = quality.iter().map(|one| one["rms_microvolts"].as_f64());
    rms.map(Option::unwrap).collect()
}

#[test]
fn a_recording_is_read_as_stated_when_it_was_recorded() {
    let lab = Lab::new();
    let raw = headset().write(&lab, "raw.xdf", PATIENT);
    let as_recorded = Header {
        reading: serde_json::from_value(corrections()).unwrap(),
        ..headset()
    };
    let recorded = as_recorded.write(&lab, "recorded.xdf", PATIENT);
    let model = path(&lab, "model.json");
    let flags = ["--electrodes", &electrodes(), "--unit", "mV"];
    let (stated, _) = fit(&lab, &raw, &model, &flags);
    let (kept, messages) = fit(&lab, &recorded, &model, &[]);
    assert_eq!(stated["reading"], corrections());
    assert_eq!(kept["reading"], corrections());
    assert_eq!(kept["figures"], stated["figures"]);
    assert_eq!(kept["channels"], stated["channels"]);
    assert!(!messages.contains("is used"), "{messages}");

    // The decoder reads other recordings of the headset in the same way.
    let replay = |file: &str, more: &[&str]| {
        let output = lab.succeed(&[&["replay", file, "--model", &model], more].concat());
        (output.stdout, text(&output.stderr))
    };
    let (events, _) = replay(&raw, &[]);
    assert!(events == replay(&recorded, &[]).0 && events == replay(&raw, &flags).0);
    let looked_at = lab.succeed(&["inspect", &raw, "--model", &model, "--json"]);
    assert_eq!(json_of(&looked_at)["read_as"], corrections());

    // Channels can be chosen by either name.
    for channels in ["C3,C4", "1,2"] {
        let chosen = lab.succeed(&["inspect", &recorded, "--channels", channels, "--json"]);
        let chosen = json_of(&chosen);
        assert_eq!(chosen["quality"].as_array().unwrap().len(), 2, "{channels}");
    }
}

#[test]
fn options_that_contradict_earlier_ones_are_used_and_reported() {
    let lab = Lab::new();
    let raw = headset().write(&lab, "raw.xdf", PATIENT);
    let as_recorded = Header {
        reading: serde_json::from_value(corrections()).unwrap(),
        ..headset()
    };
    let recorded = as_recorded.write(&lab, "recorded.xdf", PATIENT);
    let model = path(&lab, "model.json");
    let mut other: Vec<String> = montage::named(8).unwrap();
    other.reverse();
    let other = other.join(",");
    let flags = ["--unit", "V", "--electrodes", &other];
    let inspected = lab.succeed(&[&["inspect", &recorded][..], &flags].concat());
    let messages = text(&inspected.stderr);
    for expected in [
        "the stated unit V is used, although mV was stated when this was recorded",
        &format!(
            "the stated electrodes {other} are used, although {}",
            electrodes()
        ),
    ] {
        assert!(messages.contains(expected), "{expected}: {messages}");
    }
    fit(&lab, &recorded, &model, &[]);
    let replay = [
        "replay",
        &raw,
        "--model",
        &model,
        "--unit",
        "V",
        "--electrodes",
        &other,
    ];
    let messages = text(&lab.succeed(&replay).stderr);
    for expected in [
        "the stated unit V is used, although mV was stated when the decoder was fitted",
        "the stated electrodes",
    ] {
        assert!(messages.contains(expected), "{expected}: {messages}");
    }
}

/// A session is in microvolts and has the electrodes' names, and it stores what these were made from.
#[test]
fn a_session_stores_how_its_headset_was_read() {
    let lab = Lab::new();
    let raw = headset().write(&lab, "raw.xdf", PATIENT);
    let (session, model) = (path(&lab, "session.xdf"), path(&lab, "model.json"));
    let flags = ["--electrodes", &electrodes(), "--unit", "mV"];
    lab.succeed(&[&["convert", &raw, &session][..], &flags].concat());
    let (fitted, _) = fit(&lab, &session, &model, &[]);
    assert_eq!(fitted["reading"], corrections());
    let events = |file: &str| lab.succeed(&["replay", file, "--model", &model]).stdout;
    assert!(events(&raw) == events(&session));

    // A later correction is combined with it: the samples were in V, and the cap was plugged in the other way round.
    let mut other = montage::named(8).unwrap();
    other.reverse();
    let later = ["--unit", "mV", "--electrodes", &other.join(",")];
    let (fitted, _) = fit(&lab, &session, &model, &later);
    let mut expected = corrections();
    expected["unit"]["read_as"] = "V".into();
    expected["electrodes"] = json!(other);
    assert_eq!(fitted["reading"], expected);
}

#[test]
fn streams_are_recorded_with_the_stated_corrections() {
    let lab = Lab::new();
    let raw = headset().write(&lab, "raw.xdf", PATIENT);
    let publish = ["replay", &raw, "--to", "lsl", "--name", "numbered"];
    let _headset = lab.spawn(&publish, None);
    let (plain, stated) = (path(&lab, "plain.xdf"), path(&lab, "stated.xdf"));
    let record = |out: &str, more: &[&str]| {
        let record = [
            "record",
            "--stream",
            "numbered",
            "--wait",
            "20",
            "--seconds",
            "3",
            "--out",
            out,
        ];
        lab.succeed(&[&record[..], more].concat())
    };
    record(&plain, &[]);
    let flags = ["--electrodes", &electrodes(), "--unit", "mV"];
    record(&stated, &flags);
    let (plain, stated) = (inspect(&lab, &plain), inspect(&lab, &stated));
    assert_eq!(plain.get("read_as"), None);
    assert_eq!(stated["read_as"], corrections());
    let labels = |found: &Value| -> Vec<Value> {
        let quality = found["quality"].as_array().unwrap();
        quality.iter().map(|one| one["label"].clone()).collect()
    };
    assert_eq!(json!(labels(&stated)), corrections()["electrodes"]);
    // The samples are stored as they were received.
    assert_eq!(stated["streams"][0]["channels"][0]["label"], "1");
    let ratio = levels(&stated)[0] / levels(&plain)[0];
    assert!((300.0..3000.0).contains(&ratio), "{ratio}");

    // A decoder for this headset needs no options, and neither does a session of a run with it.
    let model = path(&lab, "model.json");
    fit(&lab, &raw, &model, &flags);
    let session = path(&lab, "session.xdf");
    let run = [
        "run",
        "--stream",
        "numbered",
        "--wait",
        "20",
        "--pointer",
        "none",
        "--seconds",
        "2",
        "--model",
        &model,
        "--record",
        &session,
    ];
    lab.succeed(&run);
    let session = inspect(&lab, &session);
    assert_eq!(session["read_as"], corrections());
    assert_eq!(json!(labels(&session)), corrections()["electrodes"]);
}

#[test]
fn options_for_one_stream_need_one_stream() {
    let lab = Lab::new();
    let cap = |name: &str| {
        let publish = [
            "replay",
            "synthetic:channels=8,trials=50",
            "--to",
            "lsl",
            "--name",
            name,
        ];
        lab.spawn(&publish, None)
    };
    let _caps = [cap("one"), cap("two")];
    let out = path(&lab, "x.xdf");
    let record = [
        "record", "--stream", "one", "--stream", "two", "--wait", "20", "--out", &out, "--unit",
        "mV",
    ];
    let error = lab.fail(&record);
    assert!(
        error.contains("apply to one EEG stream, but 2 of these 2"),
        "{error}"
    );
    let record = [
        "record",
        "--stream",
        "one",
        "--wait",
        "20",
        "--out",
        &out,
        "--electrodes",
        "C3,C4",
    ];
    let error = lab.fail(&record);
    assert!(error.contains("2 electrodes named"), "{error}");
    assert!(!lab.path("x.xdf").exists());
}

#[cfg(unix)]
#[test]
fn a_headset_on_a_port_gets_the_electrodes_of_the_decoder() {
    let lab = Lab::new();
    let file = Header::new(250.0)
        .numbered()
        .write(&lab, "raw.xdf", PATIENT);
    let (model, session) = (path(&lab, "model.json"), path(&lab, "session.xdf"));
    fit(&lab, &file, &model, &["--electrodes", &electrodes()]);
    let (_headset, port, _) = simulate(&lab, &[PATIENT, "--protocol", "cyton"]);
    let run = [
        "run",
        "--port",
        &port,
        "--pointer",
        "none",
        "--seconds",
        "2",
        "--model",
        &model,
        "--record",
        &session,
    ];
    lab.succeed(&run);
    let read_as = inspect(&lab, &session)["read_as"].clone();
    assert_eq!(read_as["electrodes"], json!(montage::named(8).unwrap()));
    assert_eq!(
        read_as["labels"],
        json!(["1", "2", "3", "4", "5", "6", "7", "8"])
    );
}

#[test]
fn people_are_evaluated_with_the_stated_electrodes_and_unit() {
    let lab = Lab::new();
    let person = |folder: &str, header: &Header| {
        let name = format!("{folder}/S001");
        std::fs::create_dir_all(lab.path(&name)).unwrap();
        header.write(&lab, &format!("{name}/S001R04.xdf"), PATIENT);
        path(&lab, folder)
    };
    let named = Header {
        spoil: headset().spoil,
        ..Header::new(250.0)
    };
    let (numbered, named) = (person("numbered", &headset()), person("named", &named));
    let evaluate = |folder: &str, more: &[&str]| {
        let evaluate = [
            "evaluate",
            "decoding",
            folder,
            "--protocol",
            "blocked-cv",
            "--no-population",
            "--classes",
            CLASSES,
            "--json",
            "--unit",
            "mV",
        ];
        let mut expected = json_of(&lab.succeed(&[&evaluate[..], more].concat()));
        expected["seconds"].take();
        expected
    };
    let expected = evaluate(&named, &[]);
    assert_eq!(
        evaluate(&numbered, &["--electrodes", &electrodes()]),
        expected
    );
    assert_eq!(
        evaluate(
            &numbered,
            &["--channels", "1,2,3", "--electrodes", "C3,Cz,C4"]
        )["subjects"][0]
            .as_array()
            .map(Vec::len),
        expected["subjects"][0].as_array().map(Vec::len)
    );
}

/// Older versions read what this version writes, and this version reads what later ones may write.
#[test]
fn unknown_corrections_are_reported_and_ignored() {
    let lab = Lab::new();
    let reading = Reading {
        unit: Some(ReadUnit {
            stated: "</desc> & \u{1b}[2J\n".into(),
            read_as: "furlongs".into(),
        }),
        ..Reading::default()
    };
    let odd = Header {
        reading,
        ..Header::new(250.0)
    };
    let odd = odd.write(&lab, "odd.xdf", PATIENT);
    let honest = Header::new(250.0).write(&lab, "honest.xdf", PATIENT);
    assert_eq!(
        levels(&inspect(&lab, &odd)),
        levels(&inspect(&lab, &honest))
    );
}
