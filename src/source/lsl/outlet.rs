//! The other end: any source as an LSL stream, as a headset's program would publish it.

use crate::block::Layout;
use crate::source::SourceError;
use lsl::ExPushable;

/// Samples that the outlet holds for a slow reader, seconds.
const BUFFER_S: i32 = 60;

/// An EEG stream that others can read: 32-bit floats in microvolts.
pub struct LslOutlet {
    outlet: lsl::StreamOutlet,
    sample: Vec<f32>,
}

impl LslOutlet {
    /// Publishes a stream.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where liblsl refuses, such as for a name with a NUL.
    pub fn new(layout: &Layout, name: &str, source_id: &str) -> Result<Self, SourceError> {
        let channels = layout.channel_count();
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        let outlet = publish(
            name,
            "EEG",
            count,
            layout.rate.hz(),
            lsl::ChannelFormat::Float32,
            source_id,
            |desc| {
                desc.append_child_value("manufacturer", "bci-cursor");
                let mut list = desc.append_child("channels");
                for label in &layout.labels {
                    let mut channel = list.append_child("channel");
                    channel.append_child_value("label", label);
                    channel.append_child_value("unit", "microvolts");
                    channel.append_child_value("type", "EEG");
                }
            },
        )?;
        Ok(Self {
            outlet,
            sample: vec![0.0; channels],
        })
    }

    /// Pushes one frame (a sample per channel, µV) with its stamp on the LSL clock in seconds. `last_of_chunk` sends
    /// what was pushed since the last one.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where liblsl refuses.
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

    /// Whether anybody reads it.
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
    /// [`SourceError::Stream`] where liblsl refuses.
    pub fn new(name: &str, source_id: &str) -> Result<Self, SourceError> {
        let format = lsl::ChannelFormat::String;
        let outlet = publish(
            name,
            "Markers",
            1,
            lsl::IRREGULAR_RATE,
            format,
            source_id,
            |_| {},
        )?;
        Ok(Self { outlet })
    }

    /// Pushes a marker with its stamp on the LSL clock in seconds.
    ///
    /// # Errors
    /// [`SourceError::Stream`] where liblsl refuses.
    pub fn push(&self, label: &str, stamp_s: f64) -> Result<(), SourceError> {
        self.outlet
            .push_sample_ex(&vec![label], stamp_s, true)
            .map_err(|error| refused("marker", error))
    }
}

fn publish(
    name: &str,
    kind: &str,
    channels: u32,
    rate_hz: f64,
    format: lsl::ChannelFormat,
    source_id: &str,
    describe: impl FnOnce(&mut lsl::XMLElement),
) -> Result<lsl::StreamOutlet, SourceError> {
    let failed = |error: lsl::Error| SourceError::Stream {
        name: name.to_owned(),
        what: format!("cannot be published ({error:?})"),
    };
    let mut info =
        lsl::StreamInfo::new(name, kind, channels, rate_hz, format, source_id).map_err(failed)?;
    describe(&mut info.desc());
    lsl::StreamOutlet::new(&info, 0, BUFFER_S).map_err(failed)
}

fn refused(what: &str, error: lsl::Error) -> SourceError {
    SourceError::Stream {
        name: what.to_owned(),
        what: format!("cannot be sent ({error:?})"),
    }
}
