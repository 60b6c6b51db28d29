//! What tags showed, frame by frame, as a stream of type `Stimulus`.

use super::SessionWriter;
use crate::looking::{CodeFrame, CodeSet};
use crate::recording::xdf::{ChannelHeader, SampleType, StreamHeader, StreamId};
use crate::time::StreamNanos;
use std::io::{self, Write};

/// Type of the stream.
pub const STIMULUS_TYPE: &str = "Stimulus";
/// Type of the stream of frames as they were decoded, which replay needs.
pub const FRAMES_TYPE: &str = "Frames";
/// Channels of that stream.
const FRAMES_CHANNELS: [&str; 3] = ["place", "bright", "late"];

/// A frame that was decoded.
#[derive(Debug, Clone, Copy)]
pub struct DecodedFrame<'a> {
    /// As it was decoded.
    pub frame: &'a CodeFrame,
    /// When the display stamped it, in samples: without the display's delay.
    pub stamped: f64,
    /// The brightness of each code from 0 to 1, and -1 where no tag shows it.
    pub levels: &'a [f32],
}

/// The stored form of a frame that was decoded: its place in samples, the codes that were bright as a number in which each bit is a code, and 1 if
/// it was late.
#[must_use]
pub fn frame_row(frame: &CodeFrame) -> [f64; 3] {
    let late = f64::from(u8::from(frame.is_late));
    [frame.place, f64::from(frame.bright.bits()), late]
}

/// The frame of a stored row; `None` if it is none.
#[must_use]
pub fn frame_of_row(row: &[f64]) -> Option<CodeFrame> {
    let &[place, bright, late] = row else {
        return None;
    };
    let is_set = bright.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&bright);
    (place.is_finite() && is_set).then(|| CodeFrame {
        place,
        bright: CodeSet::from_bits(bright as u32),
        is_late: late != 0.0,
    })
}

impl<W: Write> SessionWriter<W> {
    /// Adds the stream: a channel for each code.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn add_stimulus(&mut self, codes: usize) -> io::Result<()> {
        let labels = (1..=codes).map(|code| format!("code_{code}"));
        self.stimulus = Some(self.add(STIMULUS_TYPE, SampleType::Float32, labels)?);
        Ok(())
    }

    /// Adds the stream of frames as they were decoded, which replay needs.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn add_frames(&mut self) -> io::Result<()> {
        let labels = FRAMES_CHANNELS.into_iter().map(str::to_owned);
        self.decoded_frames = Some(self.add(FRAMES_TYPE, SampleType::Double64, labels)?);
        Ok(())
    }

    fn add(
        &mut self,
        kind: &str,
        sample_type: SampleType,
        labels: impl Iterator<Item = String>,
    ) -> io::Result<StreamId> {
        let channel = |label| ChannelHeader {
            label,
            unit: String::new(),
            kind: kind.to_owned(),
        };
        let name = format!("bci-cursor-{}", kind.to_ascii_lowercase());
        let header = StreamHeader {
            source_id: name.clone(),
            name,
            kind: kind.to_owned(),
            rate_hz: 0.0,
            sample_type,
            channels: labels.map(channel).collect(),
            reference: String::new(),
            manufacturer: "bci-cursor".into(),
        };
        // The next block writes the clock offsets of all streams.
        self.clocks_written_s = None;
        self.xdf.add_stream(&header)
    }

    /// Writes frames that were decoded. Call it after the block in which they were.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn decoded_frames<'a>(
        &mut self,
        frames: impl Iterator<Item = DecodedFrame<'a>> + Clone,
    ) -> io::Result<()> {
        let (known, taken_s) = self.known;
        let stamp_s = |place: f64| taken_s + (place - known as f64) * self.period_s;
        if let Some(stream) = self.stimulus {
            for shown in frames.clone() {
                self.rows.begin(Some(stamp_s(shown.stamped)), 0.0);
                let levels = shown.levels.iter().map(|level| f64::from(*level));
                levels.for_each(|level| self.rows.number(level, SampleType::Float32));
            }
            self.xdf.samples(stream, &mut self.rows)?;
        }
        if let Some(stream) = self.decoded_frames {
            for shown in frames {
                self.rows.begin(Some(stamp_s(shown.frame.place)), 0.0);
                let row = frame_row(shown.frame).into_iter();
                row.for_each(|value| self.rows.number(value, SampleType::Double64));
            }
            self.xdf.samples(stream, &mut self.rows)?;
        }
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
