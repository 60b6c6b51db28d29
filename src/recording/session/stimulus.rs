//! What tags showed, frame by frame, as a stream of type `Stimulus`.

use super::SessionWriter;
use crate::recording::xdf::{ChannelHeader, SampleType, StreamHeader};
use crate::time::StreamNanos;
use std::io::{self, Write};

/// Type of the stream.
pub const STIMULUS_TYPE: &str = "Stimulus";

impl<W: Write> SessionWriter<W> {
    /// Adds the stream: a channel for each code.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn add_stimulus(&mut self, codes: usize) -> io::Result<()> {
        let channel = |code: usize| ChannelHeader {
            label: format!("code_{code}"),
            unit: String::new(),
            kind: STIMULUS_TYPE.to_owned(),
        };
        let header = StreamHeader {
            name: "bci-cursor-stimulus".to_owned(),
            kind: STIMULUS_TYPE.to_owned(),
            source_id: "bci-cursor-stimulus".to_owned(),
            rate_hz: 0.0,
            sample_type: SampleType::Float32,
            channels: (1..=codes).map(channel).collect(),
            reference: String::new(),
            manufacturer: "bci-cursor".into(),
        };
        self.stimulus = Some(self.xdf.add_stream(&header)?);
        // The next block writes the clock offsets of all streams.
        self.clocks_written_s = None;
        Ok(())
    }

    /// Writes a frame that was shown at a time: the brightness of each code from 0 to 1, and -1 where no tag shows it.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn frame(&mut self, at: StreamNanos, levels: &[f32]) -> io::Result<()> {
        let Some(stream) = self.stimulus else {
            return Ok(());
        };
        self.rows.begin(Some(at.0 as f64 / 1e9), 0.0);
        for level in levels {
            self.rows.number(f64::from(*level), SampleType::Float32);
        }
        self.xdf.samples(stream, &mut self.rows)
    }
}
