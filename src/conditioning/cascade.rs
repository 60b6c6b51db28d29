//! One filter for many channels: the same second-order sections, with a state per channel.

use super::design::Section;
use biquad::{Biquad, Coefficients, DirectForm2Transposed};

/// A cascade of second-order sections for every channel of a frame.
///
/// The filter starts settled, as if the first frame had lasted forever, so that a headset's DC offset of many
/// millivolts causes no transient.
#[derive(Debug, Clone)]
pub struct Cascade {
    sections: Vec<Section>,
    /// Channels × sections.
    states: Vec<DirectForm2Transposed<f64>>,
    settled: bool,
}

impl Cascade {
    /// Applies these sections to each channel.
    #[must_use]
    pub fn new(sections: Vec<Section>, channels: usize) -> Self {
        let biquads = sections.iter().map(|s| {
            DirectForm2Transposed::new(Coefficients {
                b0: s.b[0],
                b1: s.b[1],
                b2: s.b[2],
                a1: s.a[0],
                a2: s.a[1],
            })
        });
        let one_channel: Vec<_> = biquads.collect();
        Self {
            states: one_channel.repeat(channels),
            sections,
            settled: false,
        }
    }

    /// Filters one frame (one sample per channel) in place.
    pub fn run(&mut self, frame: &mut [f64]) {
        if self.sections.is_empty() {
            return;
        }
        if !self.settled {
            self.settle(frame);
        }
        for (sample, sections) in frame
            .iter_mut()
            .zip(self.states.chunks_exact_mut(self.sections.len()))
        {
            for section in sections {
                *sample = section.run(*sample);
            }
        }
    }

    /// Clears the state. The filter settles again on the next frame.
    pub fn reset(&mut self) {
        self.settled = false;
    }

    fn settle(&mut self, frame: &[f64]) {
        for (sample, states) in frame
            .iter()
            .zip(self.states.chunks_exact_mut(self.sections.len()))
        {
            let mut input = *sample;
            for (state, section) in states.iter_mut().zip(&self.sections) {
                let dc_gain = section.b.iter().sum::<f64>() / (1.0 + section.a[0] + section.a[1]);
                let output = dc_gain * input;
                state.s1 = output - section.b[0] * input;
                state.s2 = section.b[2] * input - section.a[1] * output;
                input = output;
            }
        }
        self.settled = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::design::{butterworth_bandpass, notch};
    use super::*;
    use crate::units::Hertz;

    #[test]
    fn an_offset_causes_no_transient() {
        let rate = Hertz::new(160.0).unwrap();
        let mut bandpass = Cascade::new(butterworth_bandpass(4, 8.0, 30.0, rate).unwrap(), 1);
        let mut line = Cascade::new(vec![notch(50.0, 30.0, rate).unwrap()], 1);
        for _ in 0..400 {
            let mut frame = [25_000.0];
            line.run(&mut frame);
            assert!((frame[0] - 25_000.0).abs() < 1e-6);
            bandpass.run(&mut frame);
            assert!(frame[0].abs() < 1e-6, "{}", frame[0]);
        }
    }

    #[test]
    fn channels_do_not_mix_and_reset_clears_the_state() {
        let rate = Hertz::new(160.0).unwrap();
        let sections = butterworth_bandpass(2, 8.0, 30.0, rate).unwrap();
        let mut two = Cascade::new(sections.clone(), 2);
        let mut one = Cascade::new(sections, 1);
        let signal: Vec<f64> = (0..50).map(|k| f64::from((k * 37) % 11) - 5.0).collect();
        for pass in 0..2 {
            for &x in &signal {
                let (mut a, mut b) = ([x, 1e6], [x]);
                two.run(&mut a);
                one.run(&mut b);
                assert_eq!(a[0].to_bits(), b[0].to_bits(), "pass {pass}");
            }
            two.reset();
            one.reset();
        }
    }
}
