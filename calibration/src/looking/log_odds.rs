//! How scores become log odds.

/// Windows that end now, seconds.
pub const WINDOWS_S: [f64; 9] = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0];

/// How a window's scores become log odds. Fitted to V01 to V04 of the data set of Kalunga et al. (2016).
#[derive(Debug, Clone, Copy)]
pub(super) struct Calibration {
    /// Log odds between tags for a unit of score.
    pub(super) between: f64,
    /// Log odds of looking at all: `slope · (highest score - usual) - offset`.
    pub(super) slope: f64,
    pub(super) offset: f64,
    /// The highest score of three where nothing is looked at, as a multiple of what white noise gives.
    pub(super) usual: f64,
}

const fn calibration(between: f64, slope: f64, offset: f64, usual: f64) -> Calibration {
    Calibration {
        between,
        slope,
        offset,
        usual,
    }
}

/// One for each of [`WINDOWS_S`].
pub(super) const CALIBRATIONS: [Calibration; WINDOWS_S.len()] = [
    calibration(0.334, 0.319, 0.6, 1.7357),
    calibration(0.245, 0.305, 1.14, 1.7349),
    calibration(0.209, 0.342, 1.84, 1.7261),
    calibration(0.206, 0.295, 1.84, 1.7201),
    calibration(0.206, 0.302, 2.14, 1.7183),
    calibration(0.212, 0.281, 2.18, 1.7169),
    calibration(0.175, 0.229, 2.04, 1.7512),
    calibration(0.134, 0.242, 2.28, 1.7875),
    calibration(0.134, 0.242, 2.28, 1.8946),
];
