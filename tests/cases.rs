//! Inputs that once failed, each with its command and the right result: in `../shared/cases`, or in
//! `$BCI_CURSOR_CASES_DIR`.
//!
//! Without that folder, the tests report that they were skipped. Each kind of fault also has a test with its own input,
//! next to the code.

use crate::common;

use bci_cursor::block::Block;
use bci_cursor::montage::position;
use bci_cursor::source::{Marker, SourceEvent, open_recording};
use bci_cursor::time::SampleIndex;
use common::Lab;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

/// First values of the cases that were made from one recording, in µV: FC3, FC4, C3.
const FIRST_UV: [f64; 3] = [2.621, -1.065, 3.702];

/// A copy of one case's folder, in which commands may write.
struct Case {
    lab: Lab,
    folder: PathBuf,
}

fn cases_dir() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    std::env::var_os("BCI_CURSOR_CASES_DIR").map_or(beside, PathBuf::from)
}

/// The case with this name. If the folder is present (`build.rs`), every case must be.
fn case(name: &str) -> Case {
    let from = cases_dir().join(name);
    let lab = Lab::new();
    let folder = lab.path(name);
    std::fs::create_dir(&folder).unwrap();
    for file in std::fs::read_dir(&from).unwrap() {
        let file = file.unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        std::fs::write(folder.join(file.file_name()), bytes).unwrap();
    }
    Case { lab, folder }
}

/// Standard output, standard error and exit status of a command.
struct CommandOutput {
    text: String,
    status: Option<i32>,
}

impl CommandOutput {
    fn of(output: &Output) -> Self {
        let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let output = Self {
            text: text.concat(),
            status: output.status.code(),
        };
        assert!(!output.text.contains("panicked"), "{}", output.text);
        output
    }

    #[track_caller]
    fn contains_all(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(
                self.text.contains(part),
                "'{part}' is not in: {}",
                self.text
            );
        }
        self
    }

    #[track_caller]
    fn contains_none(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(!self.text.contains(part), "'{part}' is in: {}", self.text);
        }
        self
    }

    #[track_caller]
    fn succeeded(&self) -> &Self {
        assert_eq!(self.status, Some(0), "{}", self.text);
        self
    }
}

/// A recording as the library reads it.
struct RecordingContents {
    labels: Vec<String>,
    rate_hz: f64,
    first_microvolts: Vec<f64>,
    /// Samples of each channel.
    channels: Vec<Vec<f64>>,
    markers: Vec<Marker>,
    warnings: String,
}

impl Case {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn run(&self, args: &[&str]) -> CommandOutput {
        let mut command = self.lab.bci_cursor(args);
        CommandOutput::of(&command.current_dir(&self.folder).output().unwrap())
    }

    fn json(&self, file: &str) -> Value {
        let mut command = self.lab.bci_cursor(&["inspect", file, "--json"]);
        let output = command.current_dir(&self.folder).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{file}: {error}: {}", CommandOutput::of(&output).text))
    }

    fn read(&self, file: &str) -> RecordingContents {
        let mut recording = open_recording(&self.path(file)).unwrap();
        let layout = recording.layout().clone();
        let mut block = Block::with_capacity(layout.channel_count(), 256);
        let mut read = RecordingContents {
            channels: vec![Vec::new(); layout.channel_count()],
            labels: layout.labels,
            rate_hz: layout.rate.hz(),
            first_microvolts: Vec::new(),
            markers: Vec::new(),
            warnings: recording.about().warnings.join("\n"),
        };
        loop {
            match recording.next(&mut block).unwrap() {
                SourceEvent::End => break,
                SourceEvent::Marker(marker) => read.markers.push(marker),
                SourceEvent::Samples => {
                    for frame in block.iter() {
                        let channels = read.channels.iter_mut().zip(frame);
                        channels.for_each(|(channel, value)| channel.push(*value));
                    }
                }
                _ => {}
            }
        }
        read.first_microvolts = read.channels.iter().map(|values| values[0]).collect();
        read
    }

    /// Reads a recording, and checks its labels and first values.
    #[track_caller]
    fn reads_first_values(&self, file: &str, labels: &[&str]) -> RecordingContents {
        let read = self.read(file);
        assert_eq!(&read.labels[..labels.len()], labels, "{file}");
        assert_close(file, &read.first_microvolts, &FIRST_UV, 0.006);
        read
    }
}

#[track_caller]
fn assert_close(file: &str, found: &[f64], expected: &[f64], within: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= within,
            "{file}: {found} instead of {expected} µV"
        );
    }
}

const CLASSES: [&str; 2] = ["--classes", "left_hand=left_hand,right_hand=right_hand"];
const CUES: [&str; 2] = ["--classes", "left_hand=769,right_hand=770"];

fn fit<'a>(file: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["fit", file, "--out", "m.json"], options].concat()
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn bipolar_label() {
    let case = case("bipolar_label");
    case.run(&["convert", "d2.edf", "o.xdf"]).succeeded();
    for file in ["d2.edf", "o.xdf"] {
        let chain = case.read(file);
        assert_eq!(chain.labels.len(), 5);
        for label in &chain.labels {
            assert!(position(label).is_none(), "{file}: {label} has a place");
        }
    }
    let derivations = case.read("d3.edf");
    let of_c3 = derivations.labels.iter().filter(|label| *label == "C3");
    assert!(of_c3.count() <= 1, "{:?}", derivations.labels);
    case.run(&["inspect", "d3.edf"])
        .succeeded()
        .contains_all(&["C3-A1", "C3-A2"]);
    assert!(derivations.warnings.contains("C3"), "there is no message");
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn bv_mixed_encoding() {
    let case = case("bv_mixed_encoding");
    for file in ["b.vhdr", "c.vhdr"] {
        let read = case.read(file);
        assert_close(file, &read.first_microvolts, &[2.6, -1.1, 3.7], 0.05);
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn class_given_twice() {
    let case = case("class_given_twice");
    let classes = "left_hand=L1,left_hand=L2,right_hand=R1";
    let output = case.run(&fit("two.xdf", &["--classes", classes]));
    output.succeeded();
    let model = std::fs::read(case.path("m.json")).unwrap();
    let model: Value = serde_json::from_slice(&model).unwrap();
    let names = serde_json::json!(["left_hand", "right_hand"]);
    assert_eq!(model["classes"], names);
    output.contains_all(&["20 of 20"]);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn declared_rate() {
    let case = case("declared_rate");
    let about = case.json("decl250.xdf");
    let eeg = &about["streams"][0];
    assert_eq!(eeg["rate_hz"], 250.0);
    assert!((eeg["stamped_s"].as_f64().unwrap() - 121.99).abs() < 0.01);
    case.run(&["inspect", "decl250.xdf"])
        .succeeded()
        .contains_all(&["250 Hz", "125"]);
    let from_scratch = [&["--no-starter"], &CLASSES[..]].concat();
    let refused = case.run(&fit("decl250.xdf", &from_scratch));
    assert_ne!(refused.status, Some(0), "{}", refused.text);
    refused.contains_all(&["250", "125", "--rate"]);
    let right = [&["--rate", "125"], &from_scratch[..]].concat();
    case.run(&fit("decl250.xdf", &right))
        .succeeded()
        .contains_all(&["20 of 20"]);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn edf_annotations_latin1() {
    let case = case("edf_annotations_latin1");
    let read = case.read("e08.edf");
    let at = |secs: f64| SampleIndex((secs * read.rate_hz).round() as u64);
    let expected = [(at(2.0), "linke Hand für"), (at(4.5), "Fuß")];
    let found: Vec<_> = read
        .markers
        .iter()
        .map(|marker| (marker.at, marker.label.as_str()))
        .collect();
    for marker in expected {
        assert!(found.contains(&marker), "{marker:?} is not in {found:?}");
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn edf_decimal_comma() {
    let case = case("edf_decimal_comma");
    case.reads_first_values("e01.edf", &["FC3", "FC4", "C3"]);
    case.run(&["inspect", "e01.edf"]).succeeded();
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn edf_export_resolution() {
    let case = case("edf_export_resolution");
    case.run(&["convert", "dc.xdf", "o.edf"]).succeeded();
    let (from, to) = (case.read("dc.xdf"), case.read("o.edf"));
    assert_eq!(from.channels.len(), to.channels.len());
    for ((label, from), to) in from.labels.iter().zip(&from.channels).zip(&to.channels) {
        let errors = from.iter().zip(to).map(|(a, b)| (a - b).abs());
        let most = errors.fold(0.0, f64::max);
        // edfio, which derives the range from the data, is off by up to 0.0007 µV.
        assert!(most < 0.001, "{label}: {most} µV");
        assert!(to.len() >= from.len());
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn edf_one_dead_channel() {
    let case = case("edf_one_dead_channel");
    for file in ["e02.edf", "e03.edf", "e19.edf", "bl.edf"] {
        let read = case.reads_first_values(file, &["FC3", "FC4", "C3"]);
        assert_eq!(read.labels.len(), 7, "{file}: {:?}", read.labels);
        assert!(read.warnings.contains("left out"), "{file}");
        case.run(&["inspect", file]).succeeded();
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn edf_zero_records() {
    let case = case("edf_zero_records");
    assert_eq!(case.read("e10.edf").channels[0].len(), 2500);
    case.run(&["convert", "e10.edf", "o.xdf"]).succeeded();
    assert_eq!(case.read("o.xdf").channels[0].len(), 2500);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn emotiv_unit() {
    let case = case("emotiv_unit");
    let read = case.read("x_emotiv.xdf");
    assert_eq!(read.labels, ["AF3", "T7", "Pz", "T8", "AF4"]);
    assert_close("AF3", &read.first_microvolts[..1], &[4202.623], 0.001);
    let output = case.run(&["inspect", "x_emotiv.xdf"]);
    output.succeeded();
    output.contains_all(&["Timestamp", "Counter", "Interpolate", "HardwareMarker"]);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn eog_in_microvolts() {
    let with_names = case("eog_in_uV_gdf2a");
    let output = with_names.run(&fit("g2a.gdf", &CUES));
    output.succeeded().contains_all(&["20 of 20", "EOG-left"]);
    let case = case("eog_in_uV_gdf2b");
    case.run(&fit("g2b.gdf", &CUES))
        .succeeded()
        .contains_all(&["20 of 20", "EOG"]);
    for channels in ["C3,Cz,C4", "EEG:C3,EEG:Cz,EEG:C4"] {
        let named = [&["--channels", channels, "--force"], &CUES[..]].concat();
        case.run(&fit("g2b.gdf", &named))
            .succeeded()
            .contains_all(&["20 of 20"]);
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn gdf_unit_mislabelled() {
    let case = case("gdf_unit_mislabelled");
    case.run(&["inspect", "ssvep_exo.gdf"])
        .succeeded()
        .contains_all(&["--unit", "mV"]);
    let unit = ["inspect", "ssvep_exo.gdf", "--unit", "mV"];
    case.run(&unit).succeeded().contains_none(&["flat 100 %"]);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn messages() {
    let case = case("messages");
    // Regular samples with a nominal rate of 0: their rate is measured.
    case.run(&["inspect", "ir.xdf"])
        .succeeded()
        .contains_none(&["Choose another"]);
    assert!((case.read("ir.xdf").rate_hz - 250.0).abs() < 0.5);
    case.run(&["inspect", "e15.edf"])
        .contains_none(&["found ."]);
    let slow = case.run(&fit("r50.xdf", &CLASSES));
    if slow.status != Some(0) {
        slow.contains_all(&["--bands"]);
    }
    let nul_tail = case
        .lab
        .bci_cursor(&["convert", "d4.edf", "/proc/x.xdf"])
        .current_dir(&case.folder)
        .output();
    let output = CommandOutput::of(&nul_tail.unwrap());
    assert_ne!(output.status, Some(0));
    output.contains_none(&["--record", "--no-record"]);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn mne_lsl_unit() {
    let case = case("mne_lsl_unit");
    for file in ["mnelsl.xdf", "mnelsl0.xdf"] {
        case.reads_first_values(file, &["FC3", "FC4", "C3"]);
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn stdout_full_panic() {
    let case = case("stdout_full_panic");
    for args in [
        vec!["inspect", "base.xdf"],
        fit("base.xdf", &CLASSES),
        vec!["replay", "base.xdf"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = case.lab.bci_cursor(&args);
        command.current_dir(&case.folder).stdout(full);
        let output = command.stderr(Stdio::piped()).output().unwrap();
        let output = CommandOutput::of(&output);
        assert_eq!(output.status, Some(1), "{args:?}: {}", output.text);
        output.contains_all(&["No space left on device"]);
    }
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn unplaced_bad_channel() {
    let case = case("unplaced_bad_channel");
    let output = case.run(&fit("n1.xdf", &CLASSES));
    output.succeeded().contains_all(&["20 of 20"]);
    output.contains_none(&["its neighbours stand in for it", "has 0 trials"]);
    let left_out = output.text.lines().any(|line| {
        line.contains('6') && (line.contains("left out") || line.contains("leaves out"))
    });
    assert!(left_out, "{}", output.text);
}

#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn xdf_nul_tail() {
    let case = case("xdf_nul_tail");
    let read = case.read("z1.xdf");
    assert_eq!((read.channels[0].len(), read.markers.len()), (2500, 3));
    assert!(!read.warnings.is_empty(), "there is no message");
    case.run(&["inspect", "z1.xdf"]).succeeded();
}

/// Every command of a case ends without a panic. This includes new cases.
#[test]
#[cfg_attr(not(shared_cases), ignore = "needs the shared cases")]
fn no_case_panics() {
    let cases = cases_dir();
    for folder in std::fs::read_dir(cases).unwrap() {
        let folder = folder.unwrap();
        if !folder.path().is_dir() {
            continue;
        }
        let case = case(&folder.file_name().into_string().unwrap());
        let Ok(lines) = std::fs::read_to_string(case.folder.join("command")) else {
            continue;
        };
        for line in lines.lines().filter(|line| line.starts_with("bci-cursor ")) {
            let program = env!("CARGO_BIN_EXE_bci-cursor");
            let line = line.replacen("bci-cursor", program, 1);
            let mut shell = case.lab.command("sh");
            shell.args(["-c", &line]).current_dir(&case.folder);
            let output = CommandOutput::of(&shell.output().unwrap());
            assert!(output.status.is_some_and(|code| code < 100), "{line}");
        }
    }
}
