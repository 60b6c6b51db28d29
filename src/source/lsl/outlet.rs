//! Publishes any source as LSL streams, as a headset's program would.

use crate::block::Layout;
use crate::source::motion::Motion;
use crate::source::{SourceError, StreamError};
use lsl::ExPushable;

/// Samples that the outlet buffers for a slow reader, seconds.
const BUFFER_S: i32 = 60;

/// Description of a published stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutletAbout {
    /// Name of the stream.
    pub name: String,
    /// Identifies the device across restarts.
    pub source_id: String,
    /// Manufacturer of the device. Empty if bci-cursor itself produces the samples.
    pub manufacturer: String,
    /// Model of the device; may be empty.
    pub model: String,
}

impl OutletAbout {
    /// Description of another stream of the same device, under another name.
    #[must_use]
    pub fn companion(&self, what: &str) -> Self {
        Self {
            name: format!("{}-{what}", self.name),
            source_id: format!("{}-{what}", self.source_id),
            ..self.clone()
        }
    }

    /// Writes the description as LSL's EEG metadata.
    fn describe(&self, desc: &mut lsl::XMLElement) {
        let maker = match self.manufacturer.as_str() {
            "" => "bci-cursor",
            known => known,
        };
        let mut acquisition = desc.append_child("acquisition");
        acquisition.append_child_value("manufacturer", maker);
        if !self.model.is_empty() {
            acquisition.append_child_value("model", &self.model);
        }
    }
}

/// Writes the channels as LSL's metadata.
fn describe_channels<'a>(desc: &mut lsl::XMLElement, channels: impl Iterator<Item = [&'a str; 3]>) {
    let mut list = desc.append_child("channels");
    for [label, unit, kind] in channels {
        let mut channel = list.append_child("channel");
        channel.append_child_value("label", label);
        channel.append_child_value("unit", unit);
        channel.append_child_value("type", kind);
    }
}

/// An EEG stream for other programs: 32-bit floats in microvolts.
pub struct LslOutlet {
    outlet: lsl::StreamOutlet,
    sample: Vec<f32>,
}

impl LslOutlet {
    /// Publishes a stream.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses, for example because of a NUL in the name.
    pub fn new(layout: &Layout, about: &OutletAbout) -> Result<Self, SourceError> {
        let channels = layout.channel_count();
        let format = lsl::ChannelFormat::Float32;
        let outlet = publish(about, "EEG", channels, layout.rate.hz(), format, |desc| {
            let labels = layout.labels.iter();
            describe_channels(desc, labels.map(|label| [label, "microvolts", "EEG"]));
        })?;
        Ok(Self {
            outlet,
            sample: vec![0.0; channels],
        })
    }

    /// Pushes one frame (one sample per channel, µV) with its stamp on the LSL clock in seconds. `last_of_chunk` sends
    /// all frames since the last chunk.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(
        &mut self,
        frame: &[f64],
        stamp_s: f64,
        last_of_chunk: bool,
    ) -> Result<(), SourceError> {
        self.sample
            .iter_mut()
            .zip(frame)
            .for_each(|(out, value)| *out = *value as f32);
        self.outlet
            .push_sample_ex(&self.sample, stamp_s, last_of_chunk)
            .map_err(|error| refused("EEG", error))
    }

    /// Whether any program reads the stream.
    #[must_use]
    pub fn has_reader(&self) -> bool {
        self.outlet.have_consumers()
    }
}

/// A stream of text markers.
pub struct MarkerOutlet {
    outlet: lsl::StreamOutlet,
}

impl MarkerOutlet {
    /// Publishes a stream.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn new(about: &OutletAbout) -> Result<Self, SourceError> {
        let format = lsl::ChannelFormat::String;
        let outlet = publish(about, "Markers", 1, lsl::IRREGULAR_RATE, format, |_| {})?;
        Ok(Self { outlet })
    }

    /// Pushes a marker with its stamp on the LSL clock in seconds.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(&self, label: &str, stamp_s: f64) -> Result<(), SourceError> {
        self.outlet
            .push_sample_ex(&vec![label], stamp_s, true)
            .map_err(|error| refused("marker", error))
    }
}

/// An irregular stream of numbers: 64-bit floats.
pub struct NumbersOutlet {
    outlet: lsl::StreamOutlet,
}

impl NumbersOutlet {
    /// Publishes a stream of this type, with a channel for each label.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn new(about: &OutletAbout, kind: &str, labels: &[&str]) -> Result<Self, SourceError> {
        let (rate_hz, format) = (lsl::IRREGULAR_RATE, lsl::ChannelFormat::Double64);
        let outlet = publish(about, kind, labels.len(), rate_hz, format, |desc| {
            describe_channels(desc, labels.iter().map(|label| [*label, "", kind]));
        })?;
        Ok(Self { outlet })
    }

    /// Pushes one number per channel, with their stamp on the LSL clock in seconds.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(&self, numbers: &Vec<f64>, stamp_s: f64) -> Result<(), SourceError> {
        self.outlet
            .push_sample_ex(numbers, stamp_s, true)
            .map_err(|error| refused("number", error))
    }
}

/// An irregular stream of levels: 32-bit floats.
pub struct LevelsOutlet {
    outlet: lsl::StreamOutlet,
    sample: Vec<f32>,
}

impl LevelsOutlet {
    /// Publishes a stream of this type, with a channel for each label.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn new(about: &OutletAbout, kind: &str, labels: &[String]) -> Result<Self, SourceError> {
        let (rate_hz, format) = (lsl::IRREGULAR_RATE, lsl::ChannelFormat::Float32);
        let outlet = publish(about, kind, labels.len(), rate_hz, format, |desc| {
            describe_channels(desc, labels.iter().map(|label| [label, "", kind]));
        })?;
        Ok(Self {
            outlet,
            sample: vec![0.0; labels.len()],
        })
    }

    /// Pushes one level per channel, with their stamp on the LSL clock in seconds.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(
        &mut self,
        levels: impl Iterator<Item = f64>,
        stamp_s: f64,
    ) -> Result<(), SourceError> {
        self.sample
            .iter_mut()
            .zip(levels)
            .for_each(|(own, level)| *own = level as f32);
        self.outlet
            .push_sample_ex(&self.sample, stamp_s, true)
            .map_err(|error| refused("level", error))
    }
}

/// A stream of a headset's motion: acceleration in g, and rotation in degrees per second if it is available.
pub struct MotionOutlet {
    outlet: lsl::StreamOutlet,
    sample: Vec<f32>,
}

impl MotionOutlet {
    /// Publishes a stream.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn new(about: &OutletAbout, has_rotation: bool) -> Result<Self, SourceError> {
        let axes = ["AccX", "AccY", "AccZ"].map(|label| [label, "g", "Accelerometer"]);
        let turns = ["GyroX", "GyroY", "GyroZ"].map(|label| [label, "deg/s", "Gyroscope"]);
        let turns = turns.into_iter().filter(|_| has_rotation);
        let channels: Vec<_> = axes.into_iter().chain(turns).collect();
        let kind = if has_rotation { "IMU" } else { "Accelerometer" };
        let (count, format) = (channels.len(), lsl::ChannelFormat::Float32);
        let outlet = publish(about, kind, count, lsl::IRREGULAR_RATE, format, |desc| {
            describe_channels(desc, channels.into_iter());
        })?;
        Ok(Self {
            outlet,
            sample: vec![0.0; count],
        })
    }

    /// Pushes one measurement with its stamp on the LSL clock in seconds.
    ///
    /// # Errors
    /// [`SourceError::Stream`] if liblsl refuses.
    pub fn push(&mut self, motion: &Motion, stamp_s: f64) -> Result<(), SourceError> {
        let turns = motion.rotation_deg_s.unwrap_or_default();
        let values = motion.acceleration_g.iter().chain(&turns);
        self.sample
            .iter_mut()
            .zip(values)
            .for_each(|(own, value)| *own = *value as f32);
        self.outlet
            .push_sample_ex(&self.sample, stamp_s, true)
            .map_err(|error| refused("motion", error))
    }
}

fn publish(
    about: &OutletAbout,
    kind: &str,
    channels: usize,
    rate_hz: f64,
    format: lsl::ChannelFormat,
    describe: impl FnOnce(&mut lsl::XMLElement),
) -> Result<lsl::StreamOutlet, SourceError> {
    let failed = |error: lsl::Error| SourceError::Stream {
        name: about.name.clone(),
        error: StreamError::Publish(error.into()),
    };
    let count = u32::try_from(channels).unwrap_or(u32::MAX);
    let (name, id) = (&about.name, &about.source_id);
    let mut info = lsl::StreamInfo::new(name, kind, count, rate_hz, format, id).map_err(failed)?;
    let mut desc = info.desc();
    about.describe(&mut desc);
    describe(&mut desc);
    lsl::StreamOutlet::new(&info, 0, BUFFER_S).map_err(failed)
}

fn refused(name: &str, error: lsl::Error) -> SourceError {
    SourceError::Stream {
        name: name.to_owned(),
        error: StreamError::Send(error.into()),
    }
}
