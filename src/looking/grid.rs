//! Brings EEG of any rate to the grid on which responses to codes are decoded.

use crate::conditioning::Sanitize;
use crate::conditioning::cascade::Cascade;
use crate::conditioning::design::{DesignError, butterworth_bandpass};
use crate::units::Hertz;
use bci_cursor_calibration::looking::cvep::GRID_HZ;

/// Pass band, Hz, and order of the Butterworth filter at each edge.
const BAND_HZ: [f64; 2] = [2.0, 30.0];
const BAND_ORDER: usize = 2;
/// The upper edge is at most this share of the sampling rate.
const HIGHEST_SHARE: f64 = 0.45;
/// A place this close to a sample is at the sample.
const SAME: f64 = 1e-6;

/// Band-passes EEG (2 to 30 Hz) and interpolates it linearly to [`GRID_HZ`]. The result is complete one sample later, and depends on no
/// sample after that.
///
/// A gap ends the interpolation, and the filter starts again after it.
#[derive(Debug)]
pub struct CodeGrid {
    sanitize: Sanitize,
    band: Cascade,
    step: f64,
    /// The last conditioned frame and its index.
    last: Vec<f64>,
    last_index: Option<u64>,
    frame: Vec<f64>,
    point: Vec<f64>,
    /// Number of the next point.
    next: u64,
}

impl CodeGrid {
    /// For frames of this many channels at this rate.
    ///
    /// # Errors
    /// [`DesignError`] if the rate is too low.
    pub fn new(rate: Hertz, channels: usize) -> Result<Self, DesignError> {
        let [low_hz, high_hz] = BAND_HZ;
        let high_hz = high_hz.min(HIGHEST_SHARE * rate.hz());
        let band = butterworth_bandpass(BAND_ORDER, low_hz, high_hz, rate)?;
        Ok(Self {
            sanitize: Sanitize::new(channels),
            band: Cascade::new(band, channels),
            step: rate.hz() / GRID_HZ,
            last: vec![0.0; channels],
            last_index: None,
            frame: vec![0.0; channels],
            point: vec![0.0; channels],
            next: 0,
        })
    }

    /// Number of values replaced so far because they cannot be EEG.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.sanitize.replaced()
    }

    /// Samples from one point of the grid to the next.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Where a point of the grid lies between samples: a sample index with a fraction.
    #[must_use]
    pub fn place(&self, number: u64) -> f64 {
        number as f64 * self.step
    }

    /// The first point at or after a place.
    #[must_use]
    pub fn at_or_after(&self, place: f64) -> u64 {
        ((place - SAME) / self.step).ceil().max(0.0) as u64
    }

    /// Takes the frame with this index (one sample a channel, µV), and passes on the number and the values of each point since the last one.
    pub fn push(&mut self, index: u64, frame: &[f64], mut take: impl FnMut(u64, &[f64])) {
        self.frame.copy_from_slice(frame);
        self.sanitize.mend(&mut self.frame);
        let follows = self.last_index.is_some_and(|last| last + 1 == index);
        if !follows {
            self.band.reset();
            self.next = self.at_or_after(index as f64);
        }
        self.band.run(&mut self.frame);
        while self.place(self.next) < index as f64 + SAME {
            let share = (index as f64 - self.place(self.next)).max(0.0);
            let both = self.last.iter().zip(&self.frame);
            for (point, (last, now)) in self.point.iter_mut().zip(both) {
                *point = share * last + (1.0 - share) * now;
            }
            take(self.next, &self.point);
            self.next += 1;
        }
        self.last.copy_from_slice(&self.frame);
        self.last_index = Some(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points of a sine wave that is sampled at a rate, without some samples.
    fn points(rate_hz: f64, hz: f64, is_lost: impl Fn(u64) -> bool) -> Vec<(u64, f64)> {
        let mut grid = CodeGrid::new(Hertz::new(rate_hz).unwrap(), 1).unwrap();
        let mut found = Vec::new();
        for index in (0..4 * rate_hz as u64).filter(|index| !is_lost(*index)) {
            let value = libm::sin(2.0 * std::f64::consts::PI * hz * index as f64 / rate_hz);
            grid.push(index, &[5000.0 + value], |number, point| {
                found.push((number, point[0]));
            });
        }
        found
    }

    #[test]
    fn every_rate_gives_the_same_wave() {
        let expected = points(1000.0, 8.0, |_| false);
        for rate_hz in [120.0, 128.0, 200.0, 250.0, 256.0, 500.0, 512.0] {
            let found = points(rate_hz, 8.0, |_| false);
            assert!(found.len().abs_diff(expected.len()) <= 1, "{rate_hz} Hz");
            for ((number, value), (_, same)) in found.iter().zip(&expected).skip(240) {
                assert!(
                    (value - same).abs() < 0.1,
                    "{rate_hz} Hz, {number}: {value}, {same}"
                );
            }
        }
    }

    #[test]
    fn mains_is_attenuated_before_it_could_alias() {
        let mains = points(500.0, 100.0, |_| false);
        let size = |(_, value): &(u64, f64)| value.abs();
        let largest = mains[240..].iter().map(size).fold(0.0, f64::max);
        assert!(largest < 0.1, "{largest}");
    }

    #[test]
    fn nothing_is_interpolated_across_a_gap() {
        let found = points(240.0, 8.0, |index| (301..401).contains(&index));
        let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
        let expected: Vec<u64> = (0..=150).chain(201..480).collect();
        assert_eq!(numbers, expected);
        // The filter starts settled after it, in spite of the offset of 5 mV.
        assert!(found[151].1.abs() < 0.1, "{}", found[151].1);
    }
}
