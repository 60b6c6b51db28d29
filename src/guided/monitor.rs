//! What a clinician watches while the cap is fitted: channel faults, traces and spectrum of a live stream. Timed by
//! sample count.

use crate::block::{Block, Layout};
use crate::conditioning::design::DesignError;
use crate::conditioning::{Artifacts, BadChannels, Fault};
use crate::features::spectrum;
use crate::time::{HostNanos, SampleIndex, StreamNanos};

/// A stream whose stamps differ from our clock by more than this is on another clock, nanoseconds.
const OTHER_CLOCK_NS: u64 = 1_000_000_000;
/// Duration of the traces, and of the signal behind a spectrum, seconds.
pub const TRACE_S: f64 = 4.0;
const SPECTRUM_S: f64 = 2.0;
/// A spectrum goes from 1 Hz to this frequency, in steps of 1 Hz.
const MOST_HZ: u32 = 70;

/// Monitors a stream.
#[derive(Debug)]
pub struct Monitor {
    layout: Layout,
    bad: BadChannels,
    artifacts: Artifacts,
    /// Rings of the last frames: filtered to 1 to 35 Hz for display, and as recorded for the spectrum.
    filtered: Vec<f64>,
    recorded: Vec<f64>,
    /// Number of frames in a ring, and index of the next one.
    room: usize,
    next: usize,
    filled: usize,
    frames: u64,
    artifact_frames: u64,
    /// Index after the last frame, when it was acquired, and when this host received it.
    last: Option<(SampleIndex, StreamNanos, HostNanos)>,
}

impl Monitor {
    /// A monitor for a stream.
    ///
    /// # Errors
    /// [`DesignError`] if the rate is too low for EEG.
    pub fn new(layout: &Layout) -> Result<Self, DesignError> {
        let channels = layout.channel_count();
        let room = (TRACE_S * layout.rate.hz()) as usize;
        Ok(Self {
            bad: BadChannels::new(&layout.labels, layout.rate)?,
            artifacts: Artifacts::new(layout.rate, channels),
            filtered: vec![0.0; room * channels],
            recorded: vec![0.0; room * channels],
            room,
            next: 0,
            filled: 0,
            frames: 0,
            artifact_frames: 0,
            last: None,
            layout: layout.clone(),
        })
    }

    /// The stream's channels and rate.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Takes a block; `now` is when this host received it.
    pub fn take(&mut self, block: &Block, now: HostNanos) {
        let channels = self.layout.channel_count();
        let mut index = block.first;
        for frame in block.iter() {
            index = index.after(1);
            self.bad.push(frame, index);
            let is_artifact = self.artifacts.push(frame, self.bad.filtered(), index);
            self.frames += 1;
            self.artifact_frames += u64::from(is_artifact);
            let at = self.next * channels..(self.next + 1) * channels;
            self.filtered[at.clone()].copy_from_slice(self.bad.filtered());
            self.recorded[at].copy_from_slice(frame);
            self.next = (self.next + 1) % self.room;
            self.filled = (self.filled + 1).min(self.room);
        }
        if block.frames() > 0 {
            self.last = Some((index, block.acquired(), now));
        }
    }

    /// The fault of each channel, if any.
    #[must_use]
    pub fn faults(&self) -> &[Option<Fault>] {
        self.bad.faults()
    }

    /// Whether there is enough data to judge the signal (six seconds).
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.layout.rate.secs_of(self.frames) > 6.0
    }

    /// Number of frames so far, and how many of them are part of an artifact.
    #[must_use]
    pub fn artifact_frames(&self) -> (u64, u64) {
        (self.frames, self.artifact_frames)
    }

    /// Time since the last sample arrived, seconds; `None` before the first.
    #[must_use]
    pub fn silent_s(&self, now: HostNanos) -> Option<f64> {
        let (_, _, got) = self.last?;
        Some(now.since(got) as f64 / 1e9)
    }

    /// A time of this computer on the clock of the stream's stamps; `None` before the first sample.
    #[must_use]
    pub fn stream_time(&self, at: HostNanos) -> Option<StreamNanos> {
        let (_, acquired, received) = self.last?;
        let is_other_clock = acquired.0.abs_diff(received.0) > OTHER_CLOCK_NS;
        let ahead = if is_other_clock {
            acquired.0 - received.0
        } else {
            0
        };
        Some(StreamNanos(at.0.saturating_add(ahead)))
    }

    /// The index of the sample at a time of the stream's clock; `None` before the first sample.
    #[must_use]
    pub fn sample_at(&self, time: HostNanos) -> Option<SampleIndex> {
        let (after, acquired, _) = self.last?;
        // The last sample was acquired at `acquired`.
        let since_s = (time.0 - acquired.0) as f64 / 1e9;
        let offset = self.layout.rate.samples_in_secs(since_s);
        let at = (after.0 as i64 - 1).saturating_add(offset);
        Some(SampleIndex(u64::try_from(at).unwrap_or(0)))
    }

    /// The last samples of a channel, filtered to 1 to 35 Hz, oldest first, µV.
    pub fn trace(&self, channel: usize) -> impl Iterator<Item = f64> {
        let channels = self.layout.channel_count();
        let first = (self.next + self.room - self.filled) % self.room.max(1);
        (0..self.filled).map(move |k| {
            let frame = (first + k) % self.room;
            self.filtered
                .get(frame * channels + channel)
                .copied()
                .unwrap_or(0.0)
        })
    }

    /// Mean power of the good channels at 1, 2, ... Hz over the last two seconds, dB relative to 1 µV²/Hz; empty before
    /// that.
    #[must_use]
    pub fn spectrum(&self) -> Vec<f64> {
        let (channels, rate) = (self.layout.channel_count(), self.layout.rate.hz());
        let length = (SPECTRUM_S * rate) as usize;
        if self.filled < length {
            return Vec::new();
        }
        let good: Vec<usize> = (0..channels)
            .filter(|c| self.faults()[*c].is_none())
            .collect();
        let frame = |k: usize| (self.next + self.room - length + k) % self.room;
        let most = MOST_HZ.min((0.48 * rate) as u32);
        let mut power = vec![0.0; most as usize];
        for &channel in &good {
            let sample = |k: usize| self.recorded[frame(k) * channels + channel];
            let samples: Vec<f64> = (0..length).map(sample).collect();
            let found = spectrum::density(&samples, rate, most);
            power
                .iter_mut()
                .zip(found)
                .for_each(|(sum, found)| *sum += found);
        }
        let scale = 1.0 / good.len().max(1) as f64;
        power
            .iter()
            .map(|power| 10.0 * libm::log10((power * scale).max(1e-6)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceEvent, open_recording};

    fn watched(name: &str) -> Monitor {
        let mut source = open_recording(name).unwrap();
        let mut monitor = Monitor::new(source.layout()).unwrap();
        let mut block = Block::with_capacity(source.layout().channel_count(), 32);
        loop {
            match source.next(&mut block).unwrap() {
                SourceEvent::Samples => {
                    monitor.take(&block, HostNanos(block.acquired().0 + 5_000_000))
                }
                SourceEvent::End => return monitor,
                _ => {}
            }
        }
    }

    #[test]
    fn a_spectrum_shows_the_line_and_a_trace_the_last_seconds() {
        let monitor = watched("synthetic:channels=9,trials=3");
        let spectrum = monitor.spectrum();
        assert_eq!(spectrum.len(), 70);
        let beside = spectrum[44].max(spectrum[54]);
        assert!(
            spectrum[49] > beside + 6.0,
            "50 Hz: {} beside {beside} dB",
            spectrum[49]
        );
        assert_eq!(monitor.trace(0).count(), 1000);
        assert!(monitor.is_settled() && monitor.faults().iter().all(Option::is_none));
    }

    #[test]
    fn a_time_gives_a_sample_index() {
        let monitor = watched("synthetic:channels=9,trials=1");
        let (after, acquired, _) = monitor.last.unwrap();
        let at = |ms: i64| {
            monitor
                .sample_at(HostNanos(acquired.0 + ms * 1_000_000))
                .unwrap()
                .0
        };
        assert_eq!(
            [at(0), at(40), at(-40)],
            [after.0 - 1, after.0 + 9, after.0 - 11]
        );
        assert!(
            (monitor
                .silent_s(HostNanos(acquired.0 + 1_005_000_000))
                .unwrap()
                - 1.0)
                .abs()
                < 1e-9
        );
    }
}
