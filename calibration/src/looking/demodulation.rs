//! How strongly a signal swings at given frequencies, over any window that ends now.

/// Running sums of `residual · exp(-2πi f t)` for each tag, harmonic and channel. The difference of two of them is the Fourier
/// coefficient of the samples between, whatever the length of the window.
#[derive(Debug, Clone)]
pub struct Demodulation {
    channels: usize,
    /// Radians a sample of each tag's harmonics, tag-major.
    step: Vec<f64>,
    /// For each tag and harmonic: real parts of all channels, then imaginary parts.
    sums: Vec<f64>,
    samples: u64,
    /// Sums at the ends of the last frames, a ring.
    frames: Vec<f64>,
    kept: usize,
    ended: u64,
}

impl Demodulation {
    /// `frequencies_hz` has all harmonics of the first tag, then of the second; `kept` frames can be looked back.
    #[must_use]
    pub fn new(channels: usize, rate_hz: f64, frequencies_hz: &[f64], kept: usize) -> Self {
        let length = frequencies_hz.len() * channels * 2;
        Self {
            channels,
            step: frequencies_hz
                .iter()
                .map(|hz| 2.0 * std::f64::consts::PI * hz / rate_hz)
                .collect(),
            sums: vec![0.0; length],
            samples: 0,
            // Frame 0 is the start: all sums are zero.
            frames: vec![0.0; (kept + 1) * length],
            kept,
            ended: 0,
        }
    }

    /// Takes one sample of all channels.
    pub fn push(&mut self, sample: &[f64]) {
        let now = self.samples as f64;
        for (step, sums) in self
            .step
            .iter()
            .zip(self.sums.chunks_exact_mut(2 * self.channels))
        {
            let (sin, cos) = libm::sincos(step * now);
            let (real, imaginary) = sums.split_at_mut(self.channels);
            for ((real, imaginary), value) in real.iter_mut().zip(imaginary).zip(sample) {
                *real += cos * value;
                *imaginary -= sin * value;
            }
        }
        self.samples += 1;
    }

    /// Keeps the sums as the end of a frame.
    pub fn end_frame(&mut self) {
        self.ended += 1;
        let length = self.sums.len();
        let at = self.place(self.ended) * length;
        self.frames[at..at + length].copy_from_slice(&self.sums);
    }

    /// Frames that have ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Samples taken so far.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The running sums.
    #[must_use]
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The sums at the end of the frame that ended `back` frames before the last one; `None` if it is not kept.
    #[must_use]
    pub fn sums_before(&self, back: usize) -> Option<&[f64]> {
        let frame = self.ended.checked_sub(back as u64)?;
        if back > self.kept {
            return None;
        }
        let at = self.place(frame) * self.sums.len();
        self.frames.get(at..at + self.sums.len())
    }

    fn place(&self, frame: u64) -> usize {
        // At most `kept`, which is a usize.
        usize::try_from(frame % (self.kept as u64 + 1)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Demodulation;

    #[test]
    fn a_window_has_the_amplitude_and_phase_of_a_sine() {
        let mut demodulation = Demodulation::new(2, 100.0, &[10.0, 20.0], 4);
        for n in 0..200 {
            let angle = 2.0 * std::f64::consts::PI * 10.0 * f64::from(n) / 100.0;
            let loud = if n < 100 { 9.0 } else { 3.0 };
            demodulation.push(&[loud * angle.cos(), 2.0 * angle.sin()]);
            if n % 50 == 49 {
                demodulation.end_frame();
            }
        }
        let before = demodulation.sums_before(2).unwrap().to_vec();
        let window: Vec<f64> = demodulation
            .sums()
            .iter()
            .zip(&before)
            .map(|(now, then)| (now - then) * 2.0 / 100.0)
            .collect();
        for (found, expected) in window.iter().zip([3.0, 0.0, 0.0, -2.0, 0.0, 0.0, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-9, "{window:?}");
        }
        assert!(
            demodulation
                .sums_before(4)
                .unwrap()
                .iter()
                .all(|sum| *sum == 0.0)
        );
        assert_eq!(demodulation.sums_before(5), None);
    }
}
