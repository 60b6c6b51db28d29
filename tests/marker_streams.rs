//! Markers in whatever stream or channel programs put them, and what is told of those that cannot be used.

use crate::common;

use bci_cursor::recording::xdf::{
    ChannelHeader, SampleType, Samples, StreamHeader, StreamId, XdfWriter,
};
use common::Lab;
use serde_json::Value;
use std::fs::File;

const RATE_HZ: f64 = 250.0;
const SECONDS: u32 = 8;

fn stream(name: &str, kind: &str, rate_hz: f64, sample_type: SampleType) -> StreamHeader {
    StreamHeader {
        name: name.into(),
        kind: kind.into(),
        source_id: name.into(),
        rate_hz,
        sample_type,
        channels: Vec::new(),
        reference: String::new(),
        manufacturer: String::new(),
    }
}

fn channel(label: &str, unit: &str, kind: &str) -> ChannelHeader {
    ChannelHeader {
        label: label.into(),
        unit: unit.into(),
        kind: kind.into(),
    }
}

fn numbered(count: usize) -> Vec<ChannelHeader> {
    (0..count).map(|_| ChannelHeader::default()).collect()
}

/// A further channel of the EEG stream, and its value at a sample.
type More = (ChannelHeader, fn(u32) -> f64);

/// A file with eight seconds of EEG on C3 and C4, and what the test adds.
struct Made {
    writer: XdfWriter<File>,
    path: String,
}

impl Made {
    fn new(lab: &Lab) -> Self {
        let path = lab.path("made.xdf");
        Self {
            writer: XdfWriter::new(File::create(&path).unwrap(), "now").unwrap(),
            path: path.to_string_lossy().into_owned(),
        }
    }

    /// Adds the EEG. The stamp of a sample is what `stamp` makes of its number and time.
    fn eeg(&mut self, more: Option<More>, stamp: fn(u32, f64) -> f64) -> &mut Self {
        let mut header = stream("cap", "EEG", RATE_HZ, SampleType::Float32);
        header.channels = vec![
            channel("C3", "microvolts", "EEG"),
            channel("C4", "microvolts", "EEG"),
        ];
        let value = more.map(|(channel, value)| {
            header.channels.push(channel);
            value
        });
        let id = self.writer.add_stream(&header).unwrap();
        let mut samples = Samples::default();
        for k in 0..SECONDS * RATE_HZ as u32 {
            let time_s = 100.0 + f64::from(k) / RATE_HZ;
            samples.begin(Some(stamp(k, time_s)), 0.0);
            let sine = 10.0 * (0.25 * f64::from(k)).sin();
            for value in [sine, 0.7 * sine]
                .into_iter()
                .chain(value.map(|value| value(k)))
            {
                samples.number(value, SampleType::Float32);
            }
        }
        self.writer.samples(id, &mut samples).unwrap();
        self
    }

    /// Adds a stream of numbers, a sample of it each second.
    fn numbers(&mut self, header: &StreamHeader, values: &[&[f64]]) -> &mut Self {
        let id = self.writer.add_stream(header).unwrap();
        self.samples(id, values.len(), |samples, k| {
            let numbers = values[k].iter();
            numbers.for_each(|value| samples.number(*value, header.sample_type));
        })
    }

    fn samples(
        &mut self,
        id: StreamId,
        count: usize,
        put: impl Fn(&mut Samples, usize),
    ) -> &mut Self {
        let mut samples = Samples::default();
        for k in 0..count {
            samples.begin(Some(101.0 + k as f64), 0.0);
            put(&mut samples, k);
        }
        self.writer.samples(id, &mut samples).unwrap();
        self
    }

    /// What `inspect` finds, and what it says.
    fn inspect(&mut self, lab: &Lab) -> (Value, String) {
        self.writer.finish().unwrap();
        let output = lab.succeed(&["inspect", &self.path, "--json"]);
        let found = serde_json::from_slice(&output.stdout).unwrap();
        (found, String::from_utf8(output.stderr).unwrap())
    }
}

fn as_they_are(_: u32, time_s: f64) -> f64 {
    time_s
}

fn events(found: &Value) -> Vec<(&str, u64)> {
    let events = found["events"].as_object().unwrap().iter();
    events
        .map(|(label, count)| (label.as_str(), count.as_u64().unwrap()))
        .collect()
}

#[test]
fn whole_numbers_of_an_untyped_stream_are_markers_whatever_their_format() {
    let lab = Lab::new();
    for format in [SampleType::Float32, SampleType::Double64, SampleType::Int16] {
        let mut header = stream("from-a-script", "", 0.0, format);
        header.channels = numbered(1);
        let mut made = Made::new(&lab);
        made.eeg(None, as_they_are);
        let (found, _) = made
            .numbers(&header, &[&[1.0], &[2.0], &[1.0]])
            .inspect(&lab);
        assert_eq!(events(&found), [("1", 2), ("2", 1)], "{format:?}");
    }
    // A measured quantity is none.
    let mut header = stream("temperature", "", 0.0, SampleType::Float32);
    header.channels = numbered(1);
    let mut made = Made::new(&lab);
    made.eeg(None, as_they_are);
    let (found, _) = made.numbers(&header, &[&[36.6], &[37.0]]).inspect(&lab);
    assert_eq!(events(&found), []);
}

/// As MNE-LSL publishes annotations: a channel each, with the duration, or -1 where there is none.
#[test]
fn annotations_are_told_by_the_names_of_their_channels() {
    let lab = Lab::new();
    for (name, kind) in [("cap-annotations", "annotations"), ("cap-annotations", "")] {
        let mut header = stream(name, kind, 0.0, SampleType::Double64);
        let names = ["left_hand", "right_hand", "rest", "feet", "both"];
        header.channels = names
            .map(|name| channel(name, "none", "annotations"))
            .to_vec();
        let samples: [&[f64]; 3] = [
            &[4.0, 0.0, 0.0, 0.0, 0.0],
            &[0.0, -1.0, 0.0, 0.0, 0.0],
            &[4.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let mut made = Made::new(&lab);
        made.eeg(None, as_they_are);
        let (found, _) = made.numbers(&header, &samples).inspect(&lab);
        assert_eq!(
            events(&found),
            [("left_hand", 2), ("right_hand", 1)],
            "{kind}"
        );
    }
}

#[test]
fn codes_of_a_trigger_channel_beside_the_eeg_are_markers() {
    let lab = Lab::new();
    // A code of 40 ms each second; the upper bits are not codes.
    let codes: fn(u32) -> f64 = |k| match (k / 250, k % 250) {
        (second, 0..10) => f64::from(65536 + 1 + second % 2),
        _ => 65536.0,
    };
    for (label, kind) in [
        ("TRIG", ""),
        ("TRIGGER", "EEG"),
        ("x", "Stim"),
        ("Status", "Trigger"),
    ] {
        let mut made = Made::new(&lab);
        made.eeg(Some((channel(label, "", kind), codes)), as_they_are);
        let (found, _) = made.inspect(&lab);
        assert_eq!(events(&found), [("1", 4), ("2", 4)], "{label} {kind}");
    }
    // A signal is none, and that is told.
    let signal: fn(u32) -> f64 = |k| 3.3 * f64::from(k % 7);
    let mut made = Made::new(&lab);
    made.eeg(Some((channel("TRIG", "", "Trigger"), signal)), as_they_are);
    let (found, said) = made.inspect(&lab);
    assert_eq!(events(&found), []);
    assert!(said.contains("does not carry codes"), "{said}");
    // Where a stream tells the events, they are not told twice.
    let mut header = stream("cues", "Markers", 0.0, SampleType::Int32);
    header.channels = numbered(1);
    let mut made = Made::new(&lab);
    made.eeg(Some((channel("TRIG", "", "Trigger"), codes)), as_they_are);
    let (found, _) = made.numbers(&header, &[&[769.0]]).inspect(&lab);
    assert_eq!(events(&found), [("769", 1)]);
}

#[test]
fn markers_without_text_are_counted() {
    let lab = Lab::new();
    let mut header = stream("cues", "Markers", 0.0, SampleType::Text);
    header.channels = numbered(1);
    let mut made = Made::new(&lab);
    made.eeg(None, as_they_are);
    let id = made.writer.add_stream(&header).unwrap();
    let texts = ["go", "", " ", "go"];
    let (found, said) = made
        .samples(id, texts.len(), |samples, k| samples.text(texts[k]))
        .inspect(&lab);
    assert_eq!(events(&found), [("go", 2)]);
    assert!(
        said.contains("markers without text are left out (2)"),
        "{said}"
    );
}

#[test]
fn stamps_that_are_no_times_or_all_the_same_are_told() {
    let lab = Lab::new();
    let some_nan: fn(u32, f64) -> f64 = |k, time_s| if k % 500 == 7 { f64::NAN } else { time_s };
    let (found, said) = Made::new(&lab).eeg(None, some_nan).inspect(&lab);
    assert_eq!(
        (&found["samples"], &found["missing_samples"]),
        (&2000.into(), &0.into())
    );
    assert!(
        said.contains("4 of 2000 time stamps are not times"),
        "{said}"
    );
    let in_pairs: fn(u32, f64) -> f64 = |k, _| 100.0 + f64::from(k - k % 2) / RATE_HZ;
    let (found, said) = Made::new(&lab).eeg(None, in_pairs).inspect(&lab);
    assert_eq!(
        (&found["samples"], &found["missing_samples"]),
        (&2000.into(), &0.into())
    );
    assert!(
        said.contains("1000 of 2000 time stamps are the same as the one before"),
        "{said}"
    );
    let (_, said) = Made::new(&lab).eeg(None, as_they_are).inspect(&lab);
    assert_eq!(said, "");
}
