//! Power at the line frequencies for each channel (Goertzel 1958).

use crate::units::Hertz;
use std::f64::consts::PI;

const LINES_HZ: [f64; 2] = [50.0, 60.0];

/// Mean square of the sine at 50 Hz or 60 Hz, whichever is stronger, over a stretch of stream.
#[derive(Debug)]
pub struct LinePower {
    cosines: [f64; LINES_HZ.len()],
    /// Per channel and line: the last two values of the recursion.
    states: Vec<[[f64; 2]; LINES_HZ.len()]>,
    /// First sample of the stretch. It is subtracted, because an offset of many millivolts would leak into the line.
    offsets: Vec<f64>,
    frames: u64,
}

impl LinePower {
    /// A meter for `channels` channels.
    #[must_use]
    pub fn new(rate: Hertz, channels: usize) -> Self {
        Self {
            cosines: LINES_HZ.map(|hz| 2.0 * libm::cos(2.0 * PI * hz / rate.hz())),
            states: vec![[[0.0; 2]; LINES_HZ.len()]; channels],
            offsets: vec![0.0; channels],
            frames: 0,
        }
    }

    /// Takes one frame (one sample per channel, µV).
    pub fn push(&mut self, frame: &[f64]) {
        if self.frames == 0 {
            self.offsets.copy_from_slice(frame);
        }
        self.frames += 1;
        for ((sample, offset), states) in frame.iter().zip(&self.offsets).zip(&mut self.states) {
            for ([one, two], cosine) in states.iter_mut().zip(self.cosines) {
                let now = sample - offset + cosine * *one - *two;
                *two = *one;
                *one = now;
            }
        }
    }

    /// Mean square of one channel over the stretch so far, µV².
    #[must_use]
    pub fn mean_square(&self, channel: usize) -> f64 {
        let frames = self.frames.max(1) as f64;
        let of = |([one, two], cosine): (&[f64; 2], f64)| {
            // Goertzel's result is the squared sum; a sine of amplitude a has (a n / 2)².
            2.0 * (one * one + two * two - cosine * one * two) / (frames * frames)
        };
        self.states.get(channel).map_or(0.0, |states| {
            states.iter().zip(self.cosines).map(of).fold(0.0, f64::max)
        })
    }

    /// Mean squares of all channels, µV².
    pub fn mean_squares(&self) -> impl Iterator<Item = f64> {
        (0..self.states.len()).map(|channel| self.mean_square(channel))
    }

    /// Starts a new stretch.
    pub fn restart(&mut self) {
        self.frames = 0;
        self.states.fill([[0.0; 2]; LINES_HZ.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_at_the_line_has_half_its_squared_amplitude() {
        let mut power = LinePower::new(Hertz::new(250.0).unwrap(), 2);
        for k in 0..250 {
            let t = f64::from(k) / 250.0;
            let line = 3.0 * (2.0 * PI * 60.0 * t).sin();
            power.push(&[5000.0 + line, 3.0 * (2.0 * PI * 17.0 * t).sin()]);
        }
        assert!(
            (power.mean_square(0) - 4.5).abs() < 0.05,
            "{}",
            power.mean_square(0)
        );
        assert!(power.mean_square(1) < 1e-6, "{}", power.mean_square(1));
    }
}
