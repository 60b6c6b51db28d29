//! How strong a jaw clench or a blink is at each electrode, sample by sample.

use crate::conditioning::cascade::Cascade;
use crate::conditioning::design::{self, DesignError};
use crate::conditioning::{LineNotch, Sanitize};
use crate::units::Hertz;
use bci_cursor_calibration::face_switch::Gesture;

/// Time constant of the level of muscle activity, seconds.
const MUSCLE_S: f64 = 0.04;

/// Levels of a gesture, µV: for a clench the mean rectified fast activity, for a blink the slow wave itself.
#[derive(Debug)]
pub struct GestureLevels {
    gesture: Gesture,
    sanitize: Sanitize,
    notch: Cascade,
    band: Cascade,
    /// Weight of a rectified sample in a level.
    share: f64,
    levels: Vec<f64>,
    frame: Vec<f64>,
}

impl GestureLevels {
    /// For `channels` channels. Line noise of the given frequency is removed first.
    ///
    /// # Errors
    /// [`DesignError`] if the band is above half the sampling rate.
    pub fn new(
        gesture: Gesture,
        mains_hz: Option<f64>,
        rate: Hertz,
        channels: usize,
    ) -> Result<Self, DesignError> {
        let [low_hz, high_hz] = gesture.band_hz(rate.hz());
        let band = design::butterworth_bandpass(gesture.filter_order(), low_hz, high_hz, rate)?;
        let notches = match mains_hz {
            Some(hz) => LineNotch::sections(hz, rate)?,
            None => Vec::new(),
        };
        Ok(Self {
            gesture,
            sanitize: Sanitize::new(channels),
            notch: Cascade::new(notches, channels),
            band: Cascade::new(band, channels),
            share: 1.0 - libm::exp(-1.0 / (MUSCLE_S * rate.hz())),
            levels: vec![0.0; channels],
            frame: vec![0.0; channels],
        })
    }

    /// Takes a frame as recorded (one sample per channel, µV). False if it contains a value that cannot be EEG.
    pub fn push(&mut self, frame: impl Iterator<Item = f64>) -> bool {
        self.frame
            .iter_mut()
            .zip(frame)
            .for_each(|(own, new)| *own = new);
        let unusable = self.sanitize.mend(&mut self.frame);
        self.notch.run(&mut self.frame);
        self.band.run(&mut self.frame);
        for (level, sample) in self.levels.iter_mut().zip(&self.frame) {
            match self.gesture {
                Gesture::Clench => *level += self.share * (sample.abs() - *level),
                Gesture::Blinks => *level = *sample,
            }
        }
        !unusable
    }

    /// Level of each channel after the last frame.
    #[must_use]
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Starts again after a gap.
    pub fn reset(&mut self) {
        self.notch.reset();
        self.band.reset();
        self.levels.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    const RATE: f64 = 250.0;

    fn levels(gesture: Gesture, sample: impl Fn(f64) -> f64) -> Vec<f64> {
        let rate = Hertz::new(RATE).unwrap();
        let mut levels = GestureLevels::new(gesture, Some(50.0), rate, 1).unwrap();
        (0..1000)
            .map(|k| {
                levels.push(std::iter::once(sample(f64::from(k) / RATE)));
                levels.levels()[0]
            })
            .collect()
    }

    #[test]
    fn muscle_activity_raises_the_level_but_alpha_and_line_noise_do_not() {
        let of = |hz: f64| {
            let found = levels(Gesture::Clench, |t| {
                5000.0 + 30.0 * libm::sin(2.0 * PI * hz * t)
            });
            found[600..]
                .iter()
                .fold(0.0f64, |most, level| most.max(*level))
        };
        // Mean of a rectified sine: 2 / pi of its amplitude.
        assert!(of(70.0) > 15.0, "{}", of(70.0));
        assert!(
            of(10.0) < 1.5 && of(50.0) < 1.5,
            "{} {}",
            of(10.0),
            of(50.0)
        );
    }

    #[test]
    fn a_blink_is_one_positive_wave_and_an_offset_is_none() {
        let blink = |t: f64| {
            let since = t - 2.0;
            let wave = (0.0..0.3).contains(&since);
            -3000.0
                + if wave {
                    150.0 * libm::sin(PI * since / 0.3)
                } else {
                    0.0
                }
        };
        let found = levels(Gesture::Blinks, blink);
        assert!(found[..500].iter().all(|level| level.abs() < 1e-6));
        let most = found.iter().fold(0.0f64, |most, level| most.max(*level));
        let after = found[600..]
            .iter()
            .fold(0.0f64, |most, level| most.max(*level));
        assert!(most > 90.0 && after < 0.1 * most, "{most} {after}");
    }

    #[test]
    fn a_rate_too_low_for_muscles_is_refused() {
        let rate = Hertz::new(50.0).unwrap();
        assert!(GestureLevels::new(Gesture::Clench, None, rate, 1).is_err());
        assert!(GestureLevels::new(Gesture::Blinks, None, rate, 1).is_ok());
    }
}
