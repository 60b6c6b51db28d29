//! Recordings with wrong or incomplete headers: which channels are read, in which unit, at which rate, and under which
//! names.

use crate::common;
use crate::common::header;

use bci_cursor::block::Block;
use bci_cursor::recording::xdf::{ChannelHeader, SampleType, Samples, StreamHeader, XdfWriter};
use bci_cursor::source::{Source, SourceEvent, open_recording};
use common::Lab;
use header::{CLASSES, Header, PATIENT};
use serde_json::Value;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
/// A name that no other fit of this test uses.
/// A name that no other fit of this test has.
fn new_model(lab: &Lab) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = lab.path(&format!("model-{number}.json"));
    path.to_string_lossy().into_owned()
}

/// Fits a decoder to a file. Returns the report and the messages.
fn fit(lab: &Lab, file: &str, more: &[&str]) -> (Value, String) {
    let model = new_model(lab);
    let args = ["fit", file, "--classes", CLASSES, "--out", &model, "--json"];
    let output = lab.succeed(&[&args[..], more].concat());
    (
        serde_json::from_slice(&output.stdout).unwrap(),
        stderr(&output),
    )
}

fn inspect(lab: &Lab, file: &str, more: &[&str]) -> (Value, String) {
    let output = lab.succeed(&[&["inspect", file, "--json"], more].concat());
    (
        serde_json::from_slice(&output.stdout).unwrap(),
        stderr(&output),
    )
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
}

#[test]
fn a_bad_channel_of_unknown_position_is_left_out() {
    let lab = Lab::new();
    let header = Header {
        spoil: |channel, value| if channel == 5 { 0.0 } else { value },
        ..Header::new(250.0).numbered()
    };
    let file = header.write(&lab, "numbered.xdf", PATIENT);
    let (found, messages) = fit(&lab, &file, &["--no-starter"]);
    assert_says(
        &messages,
        &[
            "channel 6 is bad in ",
            "is left out",
            "its neighbours cannot stand in",
        ],
    );
    assert_eq!(found["channels"].as_array().unwrap().len(), 7);
    let (by_hand, _) = fit(
        &lab,
        &file,
        &["--no-starter", "--channels", "1,2,3,4,5,7,8"],
    );
    assert_eq!(found["figures"], by_hand["figures"]);
}

#[test]
fn a_rate_that_the_stamps_contradict_must_be_confirmed() {
    let lab = Lab::new();
    let slow = format!("{PATIENT},rate=125");
    let file = Header::new(250.0).write(&lab, "declared.xdf", &slow);
    let honest = Header::new(125.0).write(&lab, "honest.xdf", &slow);
    let (found, messages) = inspect(&lab, &file, &[]);
    let stream = &found["streams"][0];
    assert_eq!(stream["rate_hz"], 250.0);
    assert!((stream["stamped_rate_hz"].as_f64().unwrap() - 125.0).abs() < 1e-6);
    let (code, text) = lab.python("effective_rate.py", &[&file]).finish(60.0);
    assert_eq!(code, Some(0), "{text}");
    let pyxdf_hz: f64 = text.trim().parse().unwrap();
    assert!((stream["stamped_rate_hz"].as_f64().unwrap() - pyxdf_hz).abs() < 1e-6);
    let length_s = found["samples"].as_f64().unwrap() / 125.0;
    assert!((stream["stamped_s"].as_f64().unwrap() - length_s).abs() < 0.1);
    assert_says(&messages, &["its header says 250 Hz", "tell 125 Hz"]);
    assert_eq!(messages.matches("250 Hz").count(), 1, "{messages}");
    let model = lab.path("none.json").to_string_lossy().into_owned();
    let error = lab.fail(&["fit", &file, "--classes", CLASSES, "--out", &model]);
    assert_says(
        &error,
        &["says 250 Hz", "tell 125 Hz", "--rate 250", "--rate 125"],
    );
    let (report, messages) = fit(&lab, &file, &["--rate", "125"]);
    assert!(!messages.contains("250"), "{messages}");
    assert_eq!(report["rate_hz"], 125.0);
    assert_eq!(report["figures"], fit(&lab, &honest, &[]).0["figures"]);
    assert_says(
        &lab.fail(&["inspect", &file, "--rate", "100"]),
        &["rate is stated as 100 Hz", "says 250 Hz", "tell 125 Hz"],
    );
    // The same for short files.
    for (trials, declared_hz, stamp_every) in [(1, 250.0, 1), (1, 250.0, 10), (1, 500.0, 25)] {
        let header = Header {
            stamp_every,
            ..Header::new(declared_hz)
        };
        let short = format!("{PATIENT},rate=125,trials={trials},imagery=2,rest=1");
        let file = header.write(&lab, "short.xdf", &short);
        let (found, messages) = inspect(&lab, &file, &[]);
        assert!(found["length_s"].as_f64().unwrap() < 5.0, "{found}");
        let declared = format!("its header says {declared_hz} Hz");
        assert_says(&messages, &[&declared, "tell 125 Hz"]);
    }
    // A small difference is clock drift, not another rate.
    let drift = Header::new(126.0).write(&lab, "drift.xdf", &slow);
    assert_eq!(inspect(&lab, &drift, &[]).1, "");
}

#[test]
fn a_wrong_rate_of_chunked_stamps_is_not_counted_as_a_loss() {
    let lab = Lab::new();
    let honest = Header::new(250.0).write(&lab, "honest.xdf", PATIENT);
    let honest = inspect(&lab, &honest, &[]).0;
    for (declared_hz, stamp_every) in [
        (500.0, 50),
        (500.0, 100),
        (500.0, 200),
        (125.0, 50),
        (125.0, 200),
    ] {
        let header = Header {
            stamp_every,
            ..Header::new(declared_hz)
        };
        let file = header.write(&lab, "chunks.xdf", PATIENT);
        let (found, messages) = inspect(&lab, &file, &[]);
        let what = format!("{declared_hz} Hz in chunks of {stamp_every}: {messages}");
        let stamped_hz = found["streams"][0]["stamped_rate_hz"].as_f64().unwrap();
        assert!((stamped_hz - 250.0).abs() < 0.01, "{what}");
        assert_says(
            &messages,
            &[&format!("its header says {declared_hz} Hz"), "tell 250 Hz"],
        );
        for name in ["samples", "missing_samples", "gaps", "markers"] {
            assert_eq!(found[name], honest[name], "{name} at {what}");
        }
        let (report, messages) = inspect(&lab, &file, &["--rate", "250"]);
        assert_eq!(
            (&report["rate_hz"], messages.as_str()),
            (&honest["rate_hz"], ""),
            "{what}"
        );
        let model = lab.path("none.json").to_string_lossy().into_owned();
        let error = lab.fail(&["fit", &file, "--classes", CLASSES, "--out", &model]);
        assert_says(&error, &[&format!("--rate {declared_hz}"), "--rate 250"]);
    }
}

#[test]
fn a_stream_that_declares_no_rate_is_read_at_the_one_of_its_stamps() {
    let lab = Lab::new();
    let file = Header::new(0.0).write(&lab, "irregular.xdf", PATIENT);
    let (found, messages) = inspect(&lab, &file, &[]);
    assert_says(&messages, &["declares no sampling rate", "250 Hz"]);
    assert_eq!(found["rate_hz"], 250.0);
    let honest = Header::new(250.0).write(&lab, "regular.xdf", PATIENT);
    assert_eq!(
        fit(&lab, &file, &[]).0["figures"],
        fit(&lab, &honest, &[]).0["figures"]
    );
}

#[test]
fn a_class_may_have_several_markers_and_a_marker_commas() {
    let lab = Lab::new();
    let header = Header {
        marker: |class, number| match class {
            "left_hand" => format!("L{}", number / 2 % 2),
            "right_hand" => "go, right".into(),
            other => other.to_owned(),
        },
        ..Header::new(250.0)
    };
    let file = header.write(&lab, "two.xdf", PATIENT);
    let honest = Header::new(250.0).write(&lab, "one.xdf", PATIENT);
    let figures = &fit(&lab, &honest, &[]).0["figures"];
    for classes in [
        "left_hand=L0,left_hand=L1,right_hand=go, right",
        "left_hand=L*,right_hand=go*",
    ] {
        let model = new_model(&lab);
        let output = lab.succeed(&[
            "fit",
            &file,
            "--classes",
            classes,
            "--out",
            &model,
            "--json",
        ]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["classes"].as_array().unwrap().len(), 2, "{classes}");
        assert_eq!(&found["figures"], figures, "{classes}");
    }
    let model = lab.path("none.json").to_string_lossy().into_owned();
    let twice = "left_hand=L0,right_hand=L0";
    let error = lab.fail(&["fit", &file, "--classes", twice, "--out", &model]);
    assert_says(&error, &["marker 'L0'", "left_hand", "right_hand"]);
}

#[test]
fn electrodes_name_numbered_channels_and_are_stored_in_the_model() {
    let lab = Lab::new();
    let file = Header::new(250.0)
        .numbered()
        .write(&lab, "numbered.xdf", PATIENT);
    let honest = Header::new(250.0).write(&lab, "named.xdf", PATIENT);
    let labels = bci_cursor::montage::named(8).unwrap().join(",");
    let (found, messages) = fit(&lab, &file, &["--electrodes", &labels]);
    assert_says(&messages, &["begun from the 8-electrode starter"]);
    assert_eq!(found["figures"], fit(&lab, &honest, &[]).0["figures"]);
    let model = found["model"].as_str().unwrap();
    let by_model = |file: &str| lab.succeed(&["replay", file, "--model", model]).stdout;
    assert!(by_model(&file) == by_model(&honest));
    assert_says(
        &lab.fail(&["inspect", &file, "--electrodes", "C3,C4"]),
        &["2 electrodes named", "for 8 EEG channels"],
    );
}

#[test]
fn electrodes_name_the_channels_of_a_live_stream() {
    let lab = Lab::new();
    let file = Header::new(250.0)
        .numbered()
        .write(&lab, "numbered.xdf", PATIENT);
    let publish = ["replay", &file, "--to", "lsl", "--name", "numbered"];
    let _headset = lab.spawn(&publish, None);
    let run = [
        "run",
        "--stream",
        "numbered",
        "--wait",
        "20",
        "--pointer",
        "none",
        "--no-record",
        "--seconds",
        "2",
    ];
    assert_says(&lab.fail(&run), &["no starter fits", "1, 2, 3"]);
    let labels = bci_cursor::montage::named(8).unwrap().join(",");
    let output = lab.succeed(&[&run[..], &["--electrodes", &labels]].concat());
    assert_says(&stderr(&output), &["decoder  ", "8 channels"]);
}

#[test]
fn a_wrong_unit_is_doubted_and_the_right_one_is_stored_in_the_model() {
    let lab = Lab::new();
    let header = Header {
        spoil: |_, value| value / 1024.0,
        ..Header::new(250.0)
    };
    let file = header.write(&lab, "small.xdf", PATIENT);
    let (found, messages) = inspect(&lab, &file, &[]);
    assert_says(
        &messages,
        &["a thousand times too small for uV", "--unit mV"],
    );
    assert_says(found["unit_doubt"].as_str().unwrap(), &["--unit mV"]);
    let (report, messages) = inspect(&lab, &file, &["--unit", "mV"]);
    assert_eq!((messages.as_str(), report.get("unit_doubt")), ("", None));
    let rms = |found: &Value| found["quality"][0]["rms_microvolts"].as_f64().unwrap();
    assert!((rms(&report) / rms(&found) - 1000.0).abs() < 1e-6);
    let (report, _) = fit(&lab, &file, &["--unit", "mV"]);
    assert_eq!(report["reading"]["unit"]["stated"], "microvolts");
    assert_eq!(report["reading"]["unit"]["read_as"], "mV");
    let model = report["model"].as_str().unwrap();
    let by_model = |more: &[&str]| {
        let args = ["replay", &file, "--model", model];
        lab.succeed(&[&args[..], more].concat()).stdout
    };
    assert!(by_model(&[]) == by_model(&["--unit", "mV"]));
}

#[test]
fn channels_of_another_type_can_be_chosen_by_name() {
    let lab = Lab::new();
    let mut header = Header::new(250.0);
    header
        .channels
        .iter_mut()
        .for_each(|channel| channel[2] = "AUX".into());
    let file = header.write(&lab, "aux.xdf", PATIENT);
    assert_says(
        &lab.fail(&["inspect", &file]),
        &["type is AUX", "--channels"],
    );
    let labels = bci_cursor::montage::named(8).unwrap().join(",");
    let (found, _) = fit(&lab, &file, &["--channels", &labels]);
    // The decoder lists the channels that it needs, so no option is necessary.
    assert_eq!(found["channels"].as_array().unwrap().len(), 8);
    lab.succeed(&["replay", &file, "--model", found["model"].as_str().unwrap()]);
}

/// Markers of all kinds of streams, each with its sample.
#[test]
fn markers_of_every_kind_are_read_and_early_ones_reported() {
    let lab = Lab::new();
    let path = lab.path("markers.xdf");
    let mut writer = XdfWriter::new(std::fs::File::create(&path).unwrap(), "now").unwrap();
    let mut add = |name: &str, kind: &str, rate_hz, sample_type, channels: usize| {
        let channel = |k: usize| ChannelHeader {
            label: format!("{name}{k}"),
            unit: "microvolts".into(),
            kind: kind.into(),
        };
        let header = StreamHeader {
            name: name.into(),
            kind: kind.into(),
            source_id: name.into(),
            rate_hz,
            sample_type,
            channels: (0..channels).map(channel).collect(),
            reference: String::new(),
            manufacturer: String::new(),
        };
        writer.add_stream(&header).unwrap()
    };
    let eeg = add("C", "EEG", 100.0, SampleType::Float32, 2);
    let two = add("two", "Markers", 0.0, SampleType::Text, 2);
    let whole = add("whole", "Markers", 0.0, SampleType::Int32, 2);
    let untyped = add("untyped", "", 0.0, SampleType::Int32, 1);
    let unix = add("unix", "Markers", 0.0, SampleType::Text, 1);
    let mut samples = Samples::default();
    for k in 0..1000 {
        samples.begin(Some(10.0 + f64::from(k) / 100.0), 0.0);
        (0..2).for_each(|_| samples.number(f64::from(k), SampleType::Float32));
    }
    writer.samples(eeg, &mut samples).unwrap();
    for (stamp_s, texts) in [(9.0, ["early", "1"]), (11.0, ["cue, left\0", "2 "])] {
        samples.begin(Some(stamp_s), 0.0);
        texts.iter().for_each(|text| samples.text(text));
        writer.samples(two, &mut samples).unwrap();
    }
    samples.begin(Some(12.0), 0.0);
    [7, 8]
        .iter()
        .for_each(|value| samples.integer(*value, SampleType::Int32));
    writer.samples(whole, &mut samples).unwrap();
    samples.begin(Some(13.0), 0.0);
    samples.integer(769, SampleType::Int32);
    writer.samples(untyped, &mut samples).unwrap();
    samples.begin(Some(1.7e9), 0.0);
    samples.text("by the time of day");
    writer.samples(unix, &mut samples).unwrap();
    writer.finish().unwrap();
    let mut source = open_recording(&path.to_string_lossy()).unwrap();
    let warnings = source.about().warnings.join("\n");
    assert_says(
        &warnings,
        &[
            "1 marker before the first sample",
            "the markers of stream 'unix' are stamped 54 years after the EEG",
            "local_clock()",
        ],
    );
    let mut block = Block::with_capacity(2, 64);
    let mut found = Vec::new();
    loop {
        match source.next(&mut block).unwrap() {
            SourceEvent::Marker(marker) => found.push((marker.at.0, marker.label)),
            SourceEvent::End => break,
            _ => {}
        }
    }
    let expected = [(100, "cue, left,2"), (200, "7,8"), (300, "769")];
    assert_eq!(found, expected.map(|(at, label)| (at, label.to_owned())));
}
