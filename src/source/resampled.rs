//! Changes the sampling rate of a recording, for a simulated headset that supports only one rate.
//!
//! Band-limited interpolation (Smith, "Digital Audio Resampling Home Page"): each sample is a sum of its neighbours,
//! weighted by a windowed sinc. It looks ahead, so it is for recordings only.

use super::{Marker, Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};
use crate::time::{SampleIndex, StreamNanos};
use crate::units::Hertz;
use std::collections::VecDeque;
use std::f64::consts::PI;

/// Number of samples of the lower rate on each side that contribute to a sample.
const HALF_WIDTH: f64 = 16.0;
/// Upper edge of the passband, as a fraction of half the lower rate.
const PASS: f64 = 0.95;

/// A source at another rate.
pub struct Resampled<S> {
    inner: S,
    layout: Layout,
    /// Input samples per output sample.
    step: f64,
    /// Cut-off as a fraction of the input rate, and number of input samples on each side.
    cutoff: f64,
    half: usize,
    block: Block,
    /// Input frames with all channels, from this index on.
    frames: VecDeque<f64>,
    first: u64,
    /// Where the input began, at the start or after a gap.
    begin: u64,
    is_over: bool,
    /// A gap of the input, which is reported after everything before it: the input's next index.
    gap: Option<u64>,
    markers: VecDeque<Marker>,
    next_index: u64,
}

impl<S: Source> Resampled<S> {
    /// Resamples `inner` to this rate.
    #[must_use]
    pub fn new(inner: S, rate: Hertz) -> Self {
        let from = inner.layout().rate.hz();
        let lower = from.min(rate.hz());
        let channels = inner.layout().channel_count();
        Self {
            layout: Layout {
                rate,
                labels: inner.layout().labels.clone(),
            },
            step: from / rate.hz(),
            cutoff: PASS * 0.5 * lower / from,
            half: (HALF_WIDTH * from / lower).ceil() as usize,
            block: Block::with_capacity(channels, 256),
            frames: VecDeque::new(),
            first: 0,
            begin: 0,
            is_over: false,
            gap: None,
            markers: VecDeque::new(),
            next_index: 0,
            inner,
        }
    }

    /// Index of the first output sample at or after an input sample.
    fn output_of(&self, input: u64) -> u64 {
        (input as f64 / self.step - 1e-9).ceil().max(0.0) as u64
    }

    fn end(&self) -> u64 {
        let channels = self.layout.channel_count().max(1);
        self.first + (self.frames.len() / channels) as u64
    }

    /// Reads until the next output sample can be computed or another event comes first. Returns false at the end.
    fn fill(&mut self) -> Result<bool, SourceError> {
        loop {
            let at = self.next_index as f64 * self.step;
            let needed = at.floor() as u64 + self.half as u64 + 1;
            if needed < self.end() {
                return Ok(true);
            }
            if self.is_over || self.gap.is_some() {
                return Ok(at < self.end() as f64);
            }
            match self.inner.next(&mut self.block)? {
                SourceEvent::Samples => self.frames.extend(self.block.samples()),
                SourceEvent::Marker(Marker { at, label }) => {
                    let at = SampleIndex(self.output_of(at.0));
                    self.markers.push_back(Marker { at, label });
                }
                SourceEvent::Gap { missing } => self.gap = Some(self.end() + missing),
                SourceEvent::ClockReset | SourceEvent::Idle => {}
                SourceEvent::End => self.is_over = true,
            }
        }
    }

    /// Computes the next sample. Beyond the ends of the input, its first and last samples are repeated.
    fn interpolate(&self, into: &mut [f64]) {
        let at = self.next_index as f64 * self.step;
        let middle = at.floor() as i64;
        let (least, most) = (self.begin.max(self.first) as i64, self.end() as i64 - 1);
        into.fill(0.0);
        let (half, mut sum) = (self.half as i64, 0.0);
        for k in middle - half + 1..=middle + half {
            let distance = at - k as f64;
            let weight = sinc(2.0 * self.cutoff * distance) * hann(distance / self.half as f64);
            sum += weight;
            let place =
                (k.clamp(least, most.max(least)) - self.first as i64).max(0) as usize * into.len();
            for (channel, value) in into.iter_mut().enumerate() {
                *value += weight * self.frames.get(place + channel).copied().unwrap_or(0.0);
            }
        }
        // A constant stays constant.
        into.iter_mut().for_each(|value| *value /= sum);
    }

    /// Discards frames that no later sample needs.
    fn forget(&mut self) {
        let oldest = (self.next_index as f64 * self.step).floor() as u64;
        let oldest = oldest.saturating_sub(self.half as u64 + 1).min(self.end());
        let frames = oldest.saturating_sub(self.first);
        self.frames
            .drain(..frames as usize * self.layout.channel_count());
        self.first += frames;
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-12 {
        1.0
    } else {
        libm::sin(PI * x) / (PI * x)
    }
}

fn hann(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        0.0
    } else {
        0.5 + 0.5 * libm::cos(PI * x)
    }
}

impl<S: Source> Source for Resampled<S> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        while into.frames() < into.capacity() {
            let has_sample = self.fill()?;
            let marker_due = self
                .markers
                .front()
                .is_some_and(|marker| marker.at.0 <= self.next_index);
            if (marker_due || !has_sample) && into.frames() > 0 {
                break;
            }
            if marker_due && let Some(marker) = self.markers.pop_front() {
                return Ok(SourceEvent::Marker(marker));
            }
            if !has_sample {
                let Some(begin) = self.gap.take() else {
                    let marker = self.markers.pop_front();
                    return Ok(marker.map_or(SourceEvent::End, SourceEvent::Marker));
                };
                self.frames.clear();
                (self.first, self.begin) = (begin, begin);
                let index = self.output_of(begin);
                let missing = index.saturating_sub(self.next_index);
                self.next_index = index.max(self.next_index);
                if missing > 0 {
                    return Ok(SourceEvent::Gap { missing });
                }
                continue;
            }
            let mut frame = into.push_frame();
            if let Some(frame) = &mut frame {
                self.interpolate(frame);
            }
            self.next_index += 1;
            if self.next_index.is_multiple_of(256) {
                self.forget();
            }
        }
        into.set_acquired(StreamNanos::from_secs(
            self.layout.rate.secs_of(self.next_index),
        ));
        Ok(SourceEvent::Samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One channel, computed from the sample's number.
    struct Made<F> {
        layout: Layout,
        samples: u64,
        next: u64,
        make: F,
    }

    fn made<F: Fn(u64) -> f64>(rate_hz: f64, samples: u64, make: F) -> Made<F> {
        let layout = Layout {
            rate: Hertz::new(rate_hz).unwrap(),
            labels: vec!["C3".into()],
        };
        Made {
            layout,
            samples,
            next: 0,
            make,
        }
    }

    impl<F: Fn(u64) -> f64> Source for Made<F> {
        fn layout(&self) -> &Layout {
            &self.layout
        }

        fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
            into.restart(SampleIndex(self.next));
            while self.next < self.samples {
                let Some(frame) = into.push_frame() else {
                    break;
                };
                frame[0] = (self.make)(self.next);
                self.next += 1;
            }
            Ok(if into.frames() > 0 {
                SourceEvent::Samples
            } else {
                SourceEvent::End
            })
        }
    }

    #[test]
    fn a_wave_within_the_passband_is_unchanged() {
        for (from, to) in [(160.0, 250.0), (250.0, 125.0), (250.0, 250.0)] {
            let wave = |t: f64| 20.0 * libm::sin(2.0 * PI * 11.0 * t) + 3.0;
            let inner = made(from, 2000, |k| wave(k as f64 / from));
            let mut out = Resampled::new(inner, Hertz::new(to).unwrap());
            let mut block = Block::with_capacity(1, 100);
            let mut k = 0u64;
            while out.next(&mut block).unwrap() == SourceEvent::Samples {
                for value in block.samples() {
                    let t = k as f64 / to;
                    if t > 0.3 && t < 2000.0 / from - 0.3 {
                        assert!(
                            (value - wave(t)).abs() < 0.05,
                            "{from} to {to}: {k}: {value} for {}",
                            wave(t)
                        );
                    }
                    k += 1;
                }
            }
            assert!((k as f64 - 2000.0 * to / from).abs() <= 1.0, "{k}");
        }
    }

    #[test]
    fn frequencies_above_the_lower_rate_are_removed() {
        let inner = made(250.0, 2000, |k| {
            20.0 * libm::sin(2.0 * PI * 90.0 * k as f64 / 250.0)
        });
        let mut out = Resampled::new(inner, Hertz::new(125.0).unwrap());
        let mut block = Block::with_capacity(1, 800);
        out.next(&mut block).unwrap();
        assert!(
            block.samples()[50..750]
                .iter()
                .all(|value| value.abs() < 0.1)
        );
    }
}
