//! Markers in all kinds of streams and channels, and messages about those that cannot be used.

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

/// An additional channel of the EEG stream, and its value at a sample.
type More = (ChannelHeader, fn(u32) -> f64);

/// A file with eight seconds of EEG on C3 and C4, and additional content.
struct TestFile {
    writer: XdfWriter<File>,
    path: String,
}

impl TestFile {
    fn new(lab: &Lab) -> Self {
        let path = lab.path("file.xdf");
        Self {
            writer: XdfWriter::new(File::create(&path).unwrap(), "now").unwrap(),
            path: path.to_string_lossy().into_owned(),
        }
    }

    /// Adds the EEG. `stamp` computes the stamp of a sample from its number and time.
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

    /// Adds a stream of numbers with one sample per second.
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

    /// The result of `inspect`, and its messages.
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
        let mut file = TestFile::new(&lab);
        file.eeg(None, as_they_are);
        let (found, _) = file
            .numbers(&header, &[&[1.0], &[2.0], &[1.0]])
            .inspect(&lab);
        assert_eq!(events(&found), [("1", 2), ("2", 1)], "{format:?}");
    }
    // A measured quantity is not a marker.
    let mut header = stream("temperature", "", 0.0, SampleType::Float32);
    header.channels = numbered(1);
    let mut file = TestFile::new(&lab);
    file.eeg(None, as_they_are);
    let (found, _) = file.numbers(&header, &[&[36.6], &[37.0]]).inspect(&lab);
    assert_eq!(events(&found), []);
}

/// What a display showed is no marker, even if there is only one tag. Whole numbers are, because some programs call their markers so.
#[test]
fn the_brightness_of_a_tag_is_no_marker() {
    let lab = Lab::new();
    let count = |format, rate_hz, channels: usize| {
        let mut header = stream("shown", "Stimulus", rate_hz, format);
        header.channels = numbered(channels);
        let row = vec![1.0; channels];
        let mut file = TestFile::new(&lab);
        file.eeg(None, as_they_are);
        let (found, _) = file.numbers(&header, &[&row, &row]).inspect(&lab);
        events(&found).iter().map(|(_, count)| count).sum::<u64>()
    };
    for rate_hz in [0.0, 1.0] {
        for format in [SampleType::Float32, SampleType::Double64] {
            assert_eq!(count(format, rate_hz, 1), 0, "{format:?} {rate_hz}");
            assert_eq!(count(format, rate_hz, 3), 0, "{format:?} {rate_hz}");
        }
    }
    assert_eq!(count(SampleType::Int32, 0.0, 1), 2);
}

/// Annotations as MNE-LSL publishes them: one channel for each, with the duration, or -1 if there is none.
#[test]
fn annotations_are_named_after_their_channels() {
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
        let mut file = TestFile::new(&lab);
        file.eeg(None, as_they_are);
        let (found, _) = file.numbers(&header, &samples).inspect(&lab);
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
    // A code of 40 ms each second. The upper bits are not part of it.
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
        let mut file = TestFile::new(&lab);
        file.eeg(Some((channel(label, "", kind), codes)), as_they_are);
        let (found, _) = file.inspect(&lab);
        assert_eq!(events(&found), [("1", 4), ("2", 4)], "{label} {kind}");
    }
    // A signal in a trigger channel is not codes, and this is reported.
    let signal: fn(u32) -> f64 = |k| 3.3 * f64::from(k % 7);
    let mut file = TestFile::new(&lab);
    file.eeg(Some((channel("TRIG", "", "Trigger"), signal)), as_they_are);
    let (found, messages) = file.inspect(&lab);
    assert_eq!(events(&found), []);
    assert!(messages.contains("does not carry codes"), "{messages}");
    // If a marker stream reports the events, the codes do not repeat them.
    let mut header = stream("cues", "Markers", 0.0, SampleType::Int32);
    header.channels = numbered(1);
    let mut file = TestFile::new(&lab);
    file.eeg(Some((channel("TRIG", "", "Trigger"), codes)), as_they_are);
    let (found, _) = file.numbers(&header, &[&[769.0]]).inspect(&lab);
    assert_eq!(events(&found), [("769", 1)]);
}

#[test]
fn markers_without_text_are_counted() {
    let lab = Lab::new();
    let mut header = stream("cues", "Markers", 0.0, SampleType::Text);
    header.channels = numbered(1);
    let mut file = TestFile::new(&lab);
    file.eeg(None, as_they_are);
    let id = file.writer.add_stream(&header).unwrap();
    let texts = ["go", "", " ", "go"];
    let (found, messages) = file
        .samples(id, texts.len(), |samples, k| samples.text(texts[k]))
        .inspect(&lab);
    assert_eq!(events(&found), [("go", 2)]);
    assert!(
        messages.contains("markers without text are left out (2)"),
        "{messages}"
    );
}

#[test]
fn invalid_and_repeated_stamps_are_reported() {
    let lab = Lab::new();
    let some_nan: fn(u32, f64) -> f64 = |k, time_s| if k % 500 == 7 { f64::NAN } else { time_s };
    let (found, messages) = TestFile::new(&lab).eeg(None, some_nan).inspect(&lab);
    assert_eq!(
        (&found["samples"], &found["missing_samples"]),
        (&2000.into(), &0.into())
    );
    assert!(
        messages.contains("4 of 2000 time stamps are not times"),
        "{messages}"
    );
    let in_pairs: fn(u32, f64) -> f64 = |k, _| 100.0 + f64::from(k - k % 2) / RATE_HZ;
    let (found, messages) = TestFile::new(&lab).eeg(None, in_pairs).inspect(&lab);
    assert_eq!(
        (&found["samples"], &found["missing_samples"]),
        (&2000.into(), &0.into())
    );
    assert!(
        messages.contains("1000 of 2000 time stamps are the same as the one before"),
        "{messages}"
    );
    let (_, messages) = TestFile::new(&lab).eeg(None, as_they_are).inspect(&lab);
    assert_eq!(messages, "");
}
