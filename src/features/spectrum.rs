//! Power at whole hertz.

use std::f64::consts::PI;

/// Power of a stretch of samples at 1, 2, ... Hz up to `most_hz`, under a Hann window, its mean taken away (Goertzel 1958). In
/// squares of the samples' unit, times the length. `rate_hz` is more than twice `most_hz`.
#[must_use]
pub fn power(samples: &[f64], rate_hz: f64, most_hz: u32) -> Vec<f64> {
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
    let at = |hz: u32| {
        let step = 2.0 * libm::cos(2.0 * PI * f64::from(hz) / rate_hz);
        let (mut one, mut two) = (0.0, 0.0);
        for sample in &windowed {
            let next = sample + step * one - two;
            (two, one) = (one, next);
        }
        one * one + two * two - step * one * two
    };
    (1..=most_hz).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_stands_at_its_frequency() {
        let samples: Vec<f64> = (0..500)
            .map(|k| 3.0 + libm::sin(2.0 * PI * 12.0 * f64::from(k) / 250.0))
            .collect();
        let found = power(&samples, 250.0, 40);
        let largest = (0..40)
            .max_by(|a, b| found[*a].total_cmp(&found[*b]))
            .unwrap();
        assert_eq!(largest, 11);
        // A Hann window halves the amplitude of a sine; its power is a quarter of the square of that times the length.
        let expected = (0.25 * 500.0_f64).powi(2);
        assert!((found[11] / expected - 1.0).abs() < 1e-6, "{}", found[11]);
        assert!(found[20] < 1e-6 * found[11]);
    }
}
