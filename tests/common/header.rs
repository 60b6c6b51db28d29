//! Recordings of a synthetic patient with wrong or incomplete headers.
#![allow(dead_code, unreachable_pub)] // each test program uses its own part of this

use crate::common::Lab;
use bci_cursor::block::Block;
use bci_cursor::recording::xdf::{
    ChannelHeader, SampleType, Samples, StreamHeader, XdfWriter, with_reading,
};
use bci_cursor::source::{Source, SourceEvent, open_recording};
use bci_cursor_calibration::Reading;

/// Twenty trials of a patient with eight electrodes.
pub const PATIENT: &str = "synthetic:seed=5,channels=8,trials=20,erd=0.8";
pub const CLASSES: &str = "left_hand=left_hand,right_hand=right_hand";

/// What the file's header says, and how its samples are changed.
pub struct Header {
    /// Label, unit and type of each channel.
    pub channels: Vec<[String; 3]>,
    pub declared_hz: f64,
    /// A time stamp is stored for every `stamp_every`-th sample, as in LabRecorder's chunks.
    pub stamp_every: u64,
    pub spoil: fn(channel: usize, value: f64) -> f64,
    /// The text of each marker, from its class and number.
    pub marker: fn(class: &str, number: usize) -> String,
    /// How the file declares that it must be read.
    pub reading: Reading,
}

impl Header {
    pub fn new(rate_hz: f64) -> Self {
        let labels = bci_cursor::montage::named(8).unwrap();
        let channel = |label: String| [label, "microvolts".into(), "EEG".into()];
        Self {
            channels: labels.into_iter().map(channel).collect(),
            declared_hz: rate_hz,
            stamp_every: 1,
            spoil: |_, value| value,
            marker: |class, _| class.to_owned(),
            reading: Reading::default(),
        }
    }

    pub fn numbered(mut self) -> Self {
        for (k, channel) in self.channels.iter_mut().enumerate() {
            channel[0] = (k + 1).to_string();
        }
        self
    }

    /// Writes the patient with this header. Samples and markers are stamped at the patient's own rate.
    pub fn write(&self, lab: &Lab, name: &str, patient: &str) -> String {
        let mut source = open_recording(patient).unwrap();
        let rate = source.layout().rate;
        let path = lab.path(name);
        let mut writer = XdfWriter::new(std::fs::File::create(&path).unwrap(), "now").unwrap();
        let stream = |name: &str, kind: &str, rate_hz, sample_type, channels| StreamHeader {
            name: name.into(),
            kind: kind.into(),
            source_id: name.into(),
            rate_hz,
            sample_type,
            channels,
            reference: String::new(),
            manufacturer: String::new(),
        };
        let channels = self
            .channels
            .iter()
            .map(|[label, unit, kind]| ChannelHeader {
                label: label.clone(),
                unit: unit.clone(),
                kind: kind.clone(),
            });
        let eeg = stream(
            "cap",
            "EEG",
            self.declared_hz,
            SampleType::Double64,
            channels.collect(),
        );
        let eeg = with_reading(&eeg.to_xml(), &self.reading).unwrap();
        let eeg = writer.add_stream_xml(&eeg).unwrap();
        let one = vec![ChannelHeader {
            label: "marker".into(),
            unit: String::new(),
            kind: "Markers".into(),
        }];
        let markers = stream("m", "Markers", 0.0, SampleType::Text, one);
        let markers = writer.add_stream(&markers).unwrap();
        let mut block = Block::with_capacity(source.layout().channel_count(), 100);
        let mut samples = Samples::default();
        let mut number = 0;
        loop {
            match source.next(&mut block).unwrap() {
                SourceEvent::Samples => {
                    for (index, frame) in (block.first.0..).zip(block.iter()) {
                        let is_stamped = index % self.stamp_every == 0;
                        let stamp_s = is_stamped.then(|| 100.0 + rate.secs_of(index));
                        samples.begin(stamp_s, 1.0 / self.declared_hz);
                        for (channel, value) in frame.iter().enumerate() {
                            samples.number((self.spoil)(channel, *value), SampleType::Double64);
                        }
                    }
                    writer.samples(eeg, &mut samples).unwrap();
                }
                SourceEvent::Marker(marker) => {
                    let text = (self.marker)(&marker.label, number);
                    number += 1;
                    samples.begin(Some(100.0 + rate.secs_of(marker.at.0)), 0.0);
                    samples.text(&text);
                    writer.samples(markers, &mut samples).unwrap();
                }
                SourceEvent::End => break,
                _ => {}
            }
        }
        writer.finish().unwrap();
        path.to_string_lossy().into_owned()
    }
}
