//! Finds out which line frequency a recording contains.

use crate::units::Hertz;
use std::f64::consts::PI;

/// Frequencies whose power is compared, Hz: each line frequency and its neighbours.
const PROBES_HZ: [f64; 6] = [50.0, 46.5, 53.5, 60.0, 56.5, 63.5];
/// A line stands out if its power is this multiple of its neighbours'.
const STANDS_OUT: f64 = 4.0;

/// Compares the power at 50 and 60 Hz with neighbouring frequencies (Goertzel 1958), over stretches of one second.
#[derive(Debug)]
pub struct LineMeter {
    rate: Hertz,
    channels: usize,
    stretch: u64,
    /// Per channel and probe: the last two values of the recursion.
    states: Vec<[[f64; 2]; PROBES_HZ.len()]>,
    power: [f64; PROBES_HZ.len()],
    frames: u64,
}

impl LineMeter {
    /// A meter for `channels` channels.
    #[must_use]
    pub fn new(rate: Hertz, channels: usize) -> Self {
        Self {
            rate,
            channels,
            stretch: rate.samples_in_ms(1000),
            states: vec![Default::default(); channels],
            power: [0.0; PROBES_HZ.len()],
            frames: 0,
        }
    }

    /// Number of frames so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Takes one frame (one sample per channel).
    pub fn push(&mut self, frame: &[f64]) {
        let cosines = PROBES_HZ.map(|hz| 2.0 * libm::cos(2.0 * PI * hz / self.rate.hz()));
        for (sample, states) in frame.iter().zip(&mut self.states) {
            for ([one, two], cosine) in states.iter_mut().zip(cosines) {
                let now = sample + cosine * *one - *two;
                *two = *one;
                *one = now;
            }
        }
        self.frames += 1;
        if self.frames.is_multiple_of(self.stretch) {
            for channel in 0..self.channels {
                for (k, [one, two]) in std::mem::take(&mut self.states[channel])
                    .into_iter()
                    .enumerate()
                {
                    let power = one * one + two * two - cosines[k] * one * two;
                    // A stretch with a NaN is ignored.
                    self.power[k] += if power.is_finite() { power } else { 0.0 };
                }
            }
        }
    }

    /// The line frequency that stands out more, or `None` if neither does.
    #[must_use]
    pub fn mains_hz(&self) -> Option<f64> {
        let [fifty, below, above, sixty, below_sixty, above_sixty] = self.power;
        let visible = |hz: f64, ratio: f64| {
            (hz + 4.0 < self.rate.hz() / 2.0 && ratio > STANDS_OUT).then_some((hz, ratio))
        };
        let candidates = [
            visible(50.0, fifty / (0.5 * (below + above))),
            visible(60.0, sixty / (0.5 * (below_sixty + above_sixty))),
        ];
        candidates
            .into_iter()
            .flatten()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(hz, _)| hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(line_hz: f64, amplitude: f64) -> Option<f64> {
        let rate = Hertz::new(250.0).unwrap();
        let mut meter = LineMeter::new(rate, 1);
        let mut seed = 5u64;
        for k in 0..5000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise = (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0;
            meter.push(&[noise + amplitude * (2.0 * PI * line_hz * f64::from(k) / 250.0).sin()]);
        }
        meter.mains_hz()
    }

    #[test]
    fn the_present_line_frequency_is_found() {
        assert_eq!(measured(50.0, 1.0), Some(50.0));
        assert_eq!(measured(60.0, 1.0), Some(60.0));
        assert_eq!(measured(50.0, 0.0), None);
    }
}
