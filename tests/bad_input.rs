//! Every bad input gives an error that says what was found, what was expected, and what to do, and a non-zero exit
//! status.

use crate::common;

use common::{Lab, wait_for};

const PATIENT: &str = "synthetic:seed=3,channels=9,trials=8";
const CLASSES: &str = "left_hand=left_hand,right_hand=right_hand";

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
}

struct FittedLab {
    lab: Lab,
    model: String,
}

fn fitted() -> FittedLab {
    let lab = Lab::new();
    let model = lab.path("model.json").to_string_lossy().into_owned();
    lab.succeed(&["fit", PATIENT, "--classes", CLASSES, "--out", &model]);
    FittedLab { lab, model }
}

fn write(lab: &Lab, name: &str, bytes: &[u8]) -> String {
    std::fs::write(lab.path(name), bytes).unwrap();
    lab.path(name).to_string_lossy().into_owned()
}

#[test]
fn recordings_that_cannot_be_read() {
    let FittedLab { lab, model } = fitted();
    let replay = |file: &str| lab.fail(&["replay", file, "--model", &model]);
    assert_says(
        &replay("nowhere.edf"),
        &["cannot read nowhere.edf", "No such file"],
    );
    assert_says(
        &replay(&write(&lab, "empty.edf", b"")),
        &["empty.edf", "at byte 0", "an empty file"],
    );
    assert_says(
        &replay(&write(&lab, "text.edf", &[b'x'; 600])),
        &["found \"xxxxxxxx\"", "a recording in XDF"],
    );
    if let Some(eeg) = common::find_eeg() {
        let whole = std::fs::read(common::eegmmidb(&eeg, "S007", 12)).unwrap();
        // The intact part of a truncated file is used, and the truncation is reported.
        let cut = write(&lab, "cut.edf", &whole[..whole.len() / 2]);
        let output = lab.succeed(&["replay", &cut]);
        let expected = String::from_utf8(output.stderr).unwrap();
        assert_says(
            &expected,
            &[
                "cut.edf",
                "the file is cut",
                "1298448 bytes",
                "announces 2596896",
                "62 of 125",
            ],
        );
        let stub = write(&lab, "stub.edf", &whole[..1000]);
        assert_says(&replay(&stub), &["the end of the file, 1000 bytes long"]);
        let text = whole
            .iter()
            .flat_map(|&byte| if byte == 10 { vec![13, 10] } else { vec![byte] });
        let text = write(&lab, "text.edf", &text.collect::<Vec<u8>>());
        assert_says(&replay(&text), &["text.edf", "at byte", "made as text"]);
        let header = eeg.join("formats/test.vhdr");
        std::fs::copy(&header, lab.path("alone.vhdr")).unwrap();
        assert_says(
            &replay(&lab.path("alone.vhdr").to_string_lossy()),
            &["alone.vhdr names", "test.eeg (DataFile=)", "one folder"],
        );
        let xdf = |name: &str| eeg.join("xdf").join(name).to_string_lossy().into_owned();
        assert_says(
            &replay(&xdf("malformed_chunk_length.xdf")),
            &["at byte 64", "a chunk of 2 bytes", "at least 6 bytes"],
        );
        assert_says(
            &replay(&xdf("empty_streams.xdf")),
            &["no stream of type EEG", "'ctrl' (number 1", "FILE#NAME"],
        );
        assert_says(
            &replay(&(xdf("bci-essentials_switch.xdf") + "#amp")),
            &["no EEG stream 'amp'", "'g.USBamp-1' (number 2"],
        );
    }
    assert_says(
        &replay("synthetic:colour=red"),
        &["'colour' is unknown", "Example"],
    );
}

#[test]
fn models_that_do_not_fit() {
    let FittedLab { lab, model } = fitted();
    let replay = |patient: &str, model: &str| lab.fail(&["replay", patient, "--model", model]);
    let other = replay("synthetic:channels=C3+Cz+C4,trials=1", &model);
    assert_says(
        &other,
        &["lacks 6 of 9 electrodes", "FC3", "It has: C3, Cz, C4"],
    );
    assert_says(
        &replay("synthetic:channels=9,rate=500,trials=1", &model),
        &["500 Hz", "fitted at 250 Hz"],
    );

    let text = std::fs::read_to_string(&model).unwrap();
    let newer = write(
        &lab,
        "newer.json",
        text.replace("\"version\":1", "\"version\":2").as_bytes(),
    );
    assert_says(
        &replay(PATIENT, &newer),
        &[
            "newer.json",
            "format version 2",
            "up to version 1",
            "Update bci-cursor",
        ],
    );
    let cut = write(&lab, "cut.json", &text.as_bytes()[..text.len() / 2]);
    assert_says(&replay(PATIENT, &cut), &["cut.json", "not a decoder file"]);
    assert_says(
        &replay(PATIENT, "nowhere.json"),
        &["nowhere.json", "No such file"],
    );
    let cartesian = lab.fail(&["replay", PATIENT, "--model", &model, "--mode", "cartesian"]);
    assert_says(&cartesian, &["left, right, up and down", "Use --mode axis"]);
}

#[test]
fn fits_that_are_not_possible() {
    let lab = Lab::new();
    let out = lab.path("out.json").to_string_lossy().into_owned();
    let fit = |patient: &str, classes: &str, more: &[&str]| {
        lab.fail(&[&["fit", patient, "--classes", classes, "--out", &out], more].concat())
    };
    assert_says(
        &fit(PATIENT, "lefthand=left_hand,right_hand=right_hand", &[]),
        &["unknown class 'lefthand'", "left_hand"],
    );
    let marker = fit(PATIENT, "left_hand=T1,right_hand=right_hand", &[]);
    assert_says(
        &marker,
        &[
            "marker 'T1' for class 'left_hand'",
            "left_hand (4)",
            "rest (8)",
        ],
    );
    assert_says(&fit(PATIENT, "left_hand", &[]), &["CLASS=MARKER"]);
    assert_says(
        &fit("synthetic:channels=9,trials=4", CLASSES, &[]),
        &["has 2 trials", "at least 3"],
    );
    assert_says(
        &fit(PATIENT, CLASSES, &["--bands", "20-200"]),
        &["20 to 200 Hz", "between 0 and 125 Hz"],
    );
    assert_says(
        &fit(PATIENT, CLASSES, &["--window", "9"]),
        &["no window of 9000 ms fits"],
    );
    assert_says(
        &fit(PATIENT, CLASSES, &["--channels", "C3,Oz"]),
        &["no channel 'Oz'", "C3"],
    );
    assert!(
        !lab.path("out.json").exists(),
        "a failed fit leaves nothing behind"
    );
}

#[test]
#[cfg_attr(not(real_eeg), ignore = "needs recorded EEG")]
fn evaluations_without_enough_data() {
    let lab = Lab::new();
    let evaluate = |folder: &str, more: &[&str]| {
        lab.fail(
            &[
                &["evaluate", "decoding", folder, "--protocol", "zero"],
                more,
            ]
            .concat(),
        )
    };
    assert_says(&evaluate("nowhere", &[]), &["cannot read nowhere"]);
    let empty = lab.folder.path().to_string_lossy().into_owned();
    assert_says(
        &evaluate(&empty, &[]),
        &["holds no subject", "S001/S001R04.edf"],
    );
    let eeg = common::eeg_dir();
    let to = lab.path("people/S007");
    std::fs::create_dir_all(&to).unwrap();
    std::fs::copy(common::eegmmidb(&eeg, "S007", 12), to.join("S007R12.edf")).unwrap();
    let people = lab.path("people").to_string_lossy().into_owned();
    assert_says(
        &evaluate(&people, &[]),
        &["S007 cannot be decoded", "--population"],
    );
    let chronological = [
        "evaluate",
        "decoding",
        &people,
        "--protocol",
        "chronological",
    ];
    assert_says(
        &lab.fail(&chronological),
        &["S007 has one recording", "needs two"],
    );
    let marker = evaluate(&people, &["--classes", "left_hand=T5,right_hand=T2"]);
    assert_says(&marker, &["S007: class 'left_hand' has 0 trials"]);
    assert_says(
        &evaluate(&people, &["--classes", "left_hand=T1"]),
        &["the number of classes in --classes is 1, expected two"],
    );
    assert_says(
        &evaluate(&people, &["--montage", "C3,Q9"]),
        &["lacks 1 of 2 electrodes", "Q9"],
    );
}

#[test]
fn missing_and_ambiguous_streams() {
    let FittedLab { lab, model } = fitted();
    let run = |more: &[&str]| {
        lab.fail(
            &[
                &["run", "--model", &model, "--pointer", "none", "--wait", "5"][..],
                // A limit, in case a run does not fail as it should.
                &["--seconds", "5"][..],
                more,
            ]
            .concat(),
        )
    };
    assert_says(
        &run(&["--stream", "headset"]),
        &[
            "no LSL stream named 'headset'",
            "No stream at all is visible",
        ],
    );

    let publish = |name: &str| {
        lab.spawn(
            &[
                "replay",
                "synthetic:channels=9,trials=50",
                "--to",
                "lsl",
                "--name",
                name,
            ],
            None,
        )
    };
    let _one = publish("one");
    let _two = publish("two");
    wait_for("both streams", 30.0, || {
        let listed = String::from_utf8(lab.succeed(&["streams", "--wait", "1"]).stdout).unwrap();
        listed.contains("replay-one") && listed.contains("replay-two")
    });
    assert_says(
        &run(&["--stream", "three"]),
        &[
            "no LSL stream named 'three'",
            "Visible instead",
            "'one' (type EEG, 9 channels, 250 Hz",
        ],
    );
    assert_says(
        &run(&[]),
        &[
            "2 LSL streams of type 'EEG' were found",
            "'one'",
            "'two'",
            "--stream NAME",
        ],
    );
    assert_says(
        &run(&["--stream", "one-markers"]),
        &["'one-markers'", "no regular sampling rate"],
    );
    // With an unambiguous stream, the next error is about the display.
    let display = lab.fail(&["run", "--model", &model, "--stream", "one"]);
    assert_says(
        &display,
        &["pointer cannot be reached", "Set DISPLAY", "doctor"],
    );
}

/// Terms of Rust and its libraries mean nothing to users.
fn assert_plain(text: &str) {
    for word in [
        "f64",
        "u32",
        "invalid type",
        "unknown variant",
        "unknown field",
        "missing field",
        "`",
        "Error {",
        "Os {",
    ] {
        assert!(!text.contains(word), "'{word}' is in: {text}");
    }
}

#[test]
fn a_unit_cannot_be_given_for_a_headset_that_declares_it() {
    let lab = Lab::new();
    let run = ["run", "--port", "/dev/nowhere", "--pointer", "none"];
    for option in [["--unit", "mV"], ["--channels", "C3"]] {
        assert_says(
            &lab.fail(&[&run[..], &option].concat()),
            &[
                "/dev/nowhere",
                "states its channels",
                "Leave out --channels and --unit",
            ],
        );
    }
}

#[test]
fn wrong_values_are_reported_with_file_and_line() {
    let FittedLab { lab, model } = fitted();
    let text = std::fs::read_to_string(&model).unwrap();
    for (right, wrong, expected) in [
        (
            "\"classes\":",
            "\"clases\":",
            "\"clases\" is not known here",
        ),
        (
            "\"rate_hz\":250.0",
            "\"rate_hz\":\"fast\"",
            "found \"fast\", expected a number",
        ),
        (
            "\"version\":1",
            "\"version\":-1",
            "found -1, expected a whole number",
        ),
    ] {
        assert!(text.contains(right), "{right}");
        let wrong = write(
            &lab,
            "wrong.json",
            text.replacen(right, wrong, 1).as_bytes(),
        );
        let error = lab.fail(&["replay", PATIENT, "--model", &wrong]);
        assert_says(
            &error,
            &["wrong.json", "line 1, column ", expected, "Make one with"],
        );
        assert_plain(&error);
    }
    let switch = write(&lab, "switch.json", br#"{"format":"x","version":"one"}"#);
    let error = lab.fail(&["replay", PATIENT, "--model", &model, "--face", &switch]);
    assert_says(
        &error,
        &["switch.json", "found \"one\", expected a whole number"],
    );
    assert_plain(&error);

    lab.succeed(&[
        "set",
        "--patient",
        "ada",
        "--new-patient",
        "control.dwell.on=true",
    ]);
    let profile = "data/bci-cursor/patients/ada/profile.toml";
    let set = |text: &str| {
        std::fs::write(lab.path(profile), text).unwrap();
        let error = lab.fail(&["set", "--patient", "ada", "control.dwell.on=false"]);
        assert_plain(&error);
        error
    };
    for (text, expected) in [
        (
            "[control.speed]\ngain_x = \"fast\"\n",
            "line 2: control.speed.gain_x is 'fast', expected",
        ),
        (
            "[control.dwell]\non = 1\n",
            "line 2: control.dwell.on is '1', expected",
        ),
        (
            "[control.click]\nkind = \"triple\"\n",
            "line 2: control.click.kind is 'triple', expected",
        ),
        (
            "\n[control.dwell]\ntime = 900\n",
            "line 3: there is no setting 'control.dwell.time'",
        ),
    ] {
        assert_says(
            &set(text),
            &["profile.toml", expected, "Correct it, or delete it"],
        );
    }
    std::fs::remove_file(lab.path(profile)).unwrap();
    for (assignment, expected) in [
        ("control.speed.gain_x=fast", "is 'fast', expected"),
        ("control.dwell.on=maybe", "is 'maybe', expected"),
        ("control.click.kind=triple", "is 'triple', expected"),
        ("control.dwell.time_ms=1.5", "is '1.5', expected"),
    ] {
        let error = lab.fail(&["set", "--patient", "ada", "--new-patient", assignment]);
        assert_says(&error, &[expected]);
        assert_plain(&error);
    }
}
