//! Power at whole hertz.

use std::f64::consts::PI;

/// Power spectral density of a stretch of samples at 1, 2, ... Hz up to `most_hz`: one-sided, with a Hann window, and without the mean
/// (Goertzel 1958). The unit is the square of the samples' unit per hertz. `rate_hz` must be more than twice `most_hz`.
#[must_use]
pub fn density(samples: &[f64], rate_hz: f64, most_hz: u32) -> Vec<f64> {
    let length = samples.len().max(1) as f64;
    let mean = samples.iter().sum::<f64>() / length;
    let windowed = |k: usize, sample: f64| {
        (sample - mean) * (0.5 - 0.5 * libm::cos(2.0 * PI * k as f64 / length))
    };
    let windowed: Vec<f64> = samples
        .iter()
        .enumerate()
        .map(|(k, s)| windowed(k, *s))
        .collect();
    // The squares of a Hann window have a mean of 3/8; half of the power is at negative frequencies.
    let scale = 2.0 / (0.375 * length * rate_hz);
    let at = |hz: u32| {
        let step = 2.0 * libm::cos(2.0 * PI * f64::from(hz) / rate_hz);
        let (mut one, mut two) = (0.0, 0.0);
        for sample in &windowed {
            let next = sample + step * one - two;
            (two, one) = (one, next);
        }
        scale * (one * one + two * two - step * one * two)
    };
    (1..=most_hz).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: `scipy.signal.periodogram(x, 250, window="hann", detrend="constant")`.
    #[test]
    fn densities_agree_with_scipy() {
        let samples: Vec<f64> = (0..500_i32)
            .map(|k| {
                let sine = libm::sin(2.0 * PI * 12.0 * f64::from(k) / 250.0);
                3.0 + sine + 0.2 * f64::from(k * 7919 % 13 - 6)
            })
            .collect();
        let found = density(&samples, 250.0, 40);
        for (hz, expected) in [(12, 6.666_382_01e-1), (40, 3.978_091_32e-6)] {
            let found: f64 = found[hz - 1];
            assert!((found / expected - 1.0).abs() < 1e-6, "{hz} Hz: {found}");
        }
    }

    #[test]
    fn the_power_of_a_sine_is_at_its_frequency() {
        let samples: Vec<f64> = (0..500)
            .map(|k| 3.0 + libm::sin(2.0 * PI * 12.0 * f64::from(k) / 250.0))
            .collect();
        let found = density(&samples, 250.0, 40);
        let largest = (0..40)
            .max_by(|a, b| found[*a].total_cmp(&found[*b]))
            .unwrap();
        assert_eq!(largest, 11);
        // Half of the squared amplitude, spread over 1.5 times the frequency resolution of two seconds, 0.5 Hz.
        let expected = 0.5 / (1.5 * 0.5);
        assert!((found[11] / expected - 1.0).abs() < 1e-6, "{}", found[11]);
        assert!(found[20] < 1e-6 * found[11]);
    }
}
