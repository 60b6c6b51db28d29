//! What a decoder of flicker listens to.

use crate::matrix::SymmetricMatrix;

/// Harmonics above this share of the sampling rate are left out.
const HIGHEST_SHARE_OF_RATE: f64 = 0.4;

/// What a decoder is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct SsvepSpec {
    /// Sampling rate, Hz; at least 32.
    pub rate_hz: f64,
    /// Frequency of each tag, Hz.
    pub frequencies_hz: Vec<f64>,
    /// Expected covariance of the response over all channels in windows of two seconds, for each harmonic.
    pub prior: Vec<SymmetricMatrix>,
}

/// All harmonics of the first frequency, then of the second.
pub(super) fn harmonics_of(frequencies_hz: &[f64], harmonics: usize) -> Vec<f64> {
    let of = |hz: &f64| {
        let hz = *hz;
        (1..=harmonics).map(move |harmonic| hz * harmonic as f64)
    };
    frequencies_hz.iter().flat_map(of).collect()
}

/// Whether the sampling rate can hold a frequency.
pub(super) fn is_heard(hz: f64, rate_hz: f64) -> bool {
    hz < HIGHEST_SHARE_OF_RATE * rate_hz
}
