//! Repeats a recording, or the parts of it that follow a marker: hours from minutes.

use super::{Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};
use crate::time::SampleIndex;

/// Duration of the fade between parts, seconds.
const FADE_S: f64 = 0.5;
/// Number of frames per read.
const FRAMES: usize = 256;

/// Plays parts of a recording one after another, up to a number of samples. Each part fades into the next, and the last
/// into the first. Markers are left out.
pub struct Looped {
    layout: Layout,
    /// The parts, each with frames of all channels, and longer than two fades.
    parts: Vec<Vec<f64>>,
    fade: usize,
    part: usize,
    /// Next frame of the current part.
    at: usize,
    is_first: bool,
    next: SampleIndex,
    left: u64,
}

impl Looped {
    /// Reads a recording to its end. With `after`, keeps only what follows this marker, up to the next marker of any
    /// kind.
    ///
    /// # Errors
    /// [`SourceError`] if it cannot be read, or no part is longer than two fades (1 s).
    pub fn new(
        source: &mut dyn Source,
        after: Option<&str>,
        total_s: f64,
    ) -> Result<Self, SourceError> {
        let layout = source.layout().clone();
        let fade = usize::try_from(layout.rate.samples_in_secs(FADE_S)).unwrap_or(1);
        let least = 2 * fade * layout.channel_count();
        let mut parts = read_parts(source, after)?;
        parts.retain(|part| part.len() > least);
        if parts.is_empty() {
            return Err(SourceError::TooShortToLoop {
                after: after.map(str::to_owned),
                least_s: 2.0 * FADE_S,
            });
        }
        Ok(Self {
            left: u64::try_from(layout.rate.samples_in_secs(total_s)).unwrap_or(0),
            layout,
            parts,
            fade: fade.max(1),
            part: 0,
            at: 0,
            is_first: true,
            next: SampleIndex(0),
        })
    }

    /// Writes the next frame.
    fn put(&mut self, into: &mut [f64]) {
        let channels = self.layout.channel_count();
        let count = self.parts.len();
        let frame = |part: usize, at: usize| {
            let whole = self.parts.get(part).map_or(&[][..], Vec::as_slice);
            whole.chunks_exact(channels.max(1)).nth(at).unwrap_or(&[])
        };
        for (own, value) in into.iter_mut().zip(frame(self.part, self.at)) {
            *own = *value;
        }
        let length = self
            .parts
            .get(self.part)
            .map_or(0, |part| part.len() / channels.max(1));
        if self.at < self.fade && !self.is_first {
            // The power of two independent signals is kept if the squares of their weights sum to one.
            let before = (self.part + count - 1) % count;
            let end = self
                .parts
                .get(before)
                .map_or(0, |part| part.len() / channels.max(1));
            let share = (self.at as f64 + 0.5) / self.fade as f64;
            let (sin, cos) = libm::sincos(share * std::f64::consts::FRAC_PI_2);
            let old = frame(before, (end - self.fade) + self.at);
            for (own, old) in into.iter_mut().zip(old) {
                *own = sin * *own + cos * old;
            }
        }
        self.at += 1;
        // The end of a part is played together with the beginning of the next.
        if self.at + self.fade >= length {
            (self.part, self.at, self.is_first) = ((self.part + 1) % count, 0, false);
        }
    }
}

fn read_parts(source: &mut dyn Source, after: Option<&str>) -> Result<Vec<Vec<f64>>, SourceError> {
    let mut block = Block::with_capacity(source.layout().channel_count(), FRAMES);
    let (mut parts, mut is_wanted) = (vec![Vec::new()], after.is_none());
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples if is_wanted => {
                if let Some(part) = parts.last_mut() {
                    part.extend_from_slice(block.samples());
                }
            }
            SourceEvent::Marker(marker) => {
                if let Some(wanted) = after {
                    is_wanted = marker.label == wanted;
                    parts.push(Vec::new());
                }
            }
            // Missing samples end a part.
            SourceEvent::Gap { .. } => parts.push(Vec::new()),
            SourceEvent::End => return Ok(parts),
            SourceEvent::Samples | SourceEvent::ClockReset | SourceEvent::Idle => {}
        }
    }
}

impl Source for Looped {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(self.next);
        while self.left > 0
            && let Some(frame) = into.push_frame()
        {
            self.put(frame);
            self.left -= 1;
        }
        if into.frames() == 0 {
            return Ok(SourceEvent::End);
        }
        self.next = self.next.after(into.frames() as u64);
        Ok(SourceEvent::Samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::open_recording;

    fn played(source: &mut dyn Source) -> Vec<f64> {
        let mut block = Block::with_capacity(source.layout().channel_count(), 100);
        let mut all = Vec::new();
        while source.next(&mut block).unwrap() == SourceEvent::Samples {
            assert_eq!(block.first.0 as usize * block.channels(), all.len());
            all.extend_from_slice(block.samples());
        }
        all
    }

    #[test]
    fn parts_are_joined_without_a_jump() {
        let patient = "synthetic:channels=8,trials=1,rate=100";
        for after in [None, Some("rest")] {
            let mut source = open_recording(patient).unwrap();
            let mut looped = Looped::new(source.as_mut(), after, 300.0).unwrap();
            let all = played(&mut looped);
            assert_eq!(all.len(), 300 * 100 * 8);
            let channel: Vec<f64> = all.iter().step_by(8).copied().collect();
            let steps: Vec<f64> = channel.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
            let largest = steps.iter().copied().fold(0.0, f64::max);
            let power = |part: &[f64]| part.iter().map(|v| v * v).sum::<f64>() / part.len() as f64;
            // No step is larger than usual in EEG, and the last minute is as strong as the first.
            let usual = steps.iter().sum::<f64>() / steps.len() as f64;
            assert!(largest < 8.0 * usual, "{largest} {usual}");
            let ratio = power(&channel[6000..12_000]) / power(&channel[18_000..24_000]);
            assert!((0.6..1.7).contains(&ratio), "{ratio}");
        }
    }

    #[test]
    fn a_recording_that_is_too_short_is_refused() {
        let mut source = open_recording("synthetic:channels=8,trials=1").unwrap();
        let error = Looped::new(source.as_mut(), Some("lunch"), 10.0)
            .err()
            .unwrap();
        assert!(error.to_string().contains("'lunch'"), "{error}");
    }
}
