//! Digital filter design: Butterworth and notch, as second-order sections (SOS).
//!
//! The order and pairing of sections is that of SciPy's `butter(..., output="sos")`, so that coefficients can be
//! compared one by one. Elementary functions come from `libm`, so that coefficients have the same bits on every
//! platform.

use crate::units::Hertz;
use std::f64::consts::PI;

/// One second-order section `(b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Numerator coefficients.
    pub b: [f64; 3],
    /// Denominator after its leading 1.
    pub a: [f64; 2],
}

/// Why a filter cannot be designed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// An edge is not between zero and half the sampling rate, or the edges are in the wrong order.
    #[error("a filter from {low_hz} to {high_hz} Hz cannot be made at {rate}: both edges must lie between 0 and {} Hz, the lower one first", rate.hz() / 2.0)]
    Edges {
        /// Lower edge.
        low_hz: f64,
        /// Upper edge.
        high_hz: f64,
        /// Sampling rate.
        rate: Hertz,
    },
    /// The order is not supported.
    #[error("a Butterworth filter of order {found} cannot be made: use 1 to {MAX_ORDER}")]
    Order {
        /// The requested order.
        found: usize,
    },
}

/// Highest order of a Butterworth prototype. EEG uses 2 to 8; at much higher orders, coefficients lose accuracy.
pub const MAX_ORDER: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }

    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }

    fn mul(self, other: Self) -> Self {
        Self::new(
            self.re * other.re - self.im * other.im,
            self.re * other.im + self.im * other.re,
        )
    }

    fn div(self, other: Self) -> Self {
        let size = other.re * other.re + other.im * other.im;
        let top = self.mul(Self::new(other.re, -other.im));
        Self::new(top.re / size, top.im / size)
    }

    fn abs(self) -> f64 {
        libm::hypot(self.re, self.im)
    }

    /// Principal square root.
    fn sqrt(self) -> Self {
        let size = self.abs();
        let re = (0.5 * (size + self.re)).max(0.0).sqrt();
        let im = (0.5 * (size - self.re)).max(0.0).sqrt();
        Self::new(re, im.copysign(self.im))
    }
}

/// Butterworth band-pass with `2 × order` poles between two −3 dB edges.
///
/// Analogue prototype, low-pass to band-pass, bilinear transform with both edges prewarped (Oppenheim and Schafer,
/// Discrete-Time Signal Processing, 7.1).
///
/// [`DesignError`] if an edge is not between zero and half the rate, or the order is not 1 to [`MAX_ORDER`].
/// Where an edge is not between zero and half the rate, or the order is not 1 to [`MAX_ORDER`].
pub fn butterworth_bandpass(
    order: usize,
    low_hz: f64,
    high_hz: f64,
    rate: Hertz,
) -> Result<Vec<Section>, DesignError> {
    if !(low_hz > 0.0 && low_hz < high_hz && high_hz < rate.hz() / 2.0) {
        return Err(DesignError::Edges {
            low_hz,
            high_hz,
            rate,
        });
    }
    if !(1..=MAX_ORDER).contains(&order) {
        return Err(DesignError::Order { found: order });
    }
    // Time is scaled so that the bilinear transform is z = (4 + s) / (4 - s).
    let prewarp = |hz: f64| 4.0 * libm::tan(PI * hz / rate.hz());
    let (low, high) = (prewarp(low_hz), prewarp(high_hz));
    let analogue = bandpass_poles(order, high - low, low * high);
    let four = Complex::new(4.0, 0.0);
    // Zeros at s = 0 become z = 1; those at infinity become z = -1.
    let gain = analogue
        .iter()
        .fold(libm::pow(4.0 * (high - low), order as f64), |gain, pole| {
            let distance = four.sub(*pole).abs();
            let once = if pole.im == 0.0 {
                distance
            } else {
                distance * distance
            };
            gain / once
        });
    let poles = analogue
        .iter()
        .map(|pole| four.add(*pole).div(four.sub(*pole)));
    Ok(pair_sections(poles.collect(), order, gain))
}

/// Poles of the analogue band-pass: the upper one of each conjugate pair, and both of a real pair.
fn bandpass_poles(order: usize, bandwidth: f64, centre_squared: f64) -> Vec<Complex> {
    let mut poles = Vec::with_capacity(order + 1);
    // Each prototype pole above the real axis gives two band-pass poles. Their conjugates come from the poles below it.
    for k in 0..order / 2 {
        let angle = PI * (2 * k + 1) as f64 / (2 * order) as f64;
        let prototype = Complex::new(-libm::sin(angle), libm::cos(angle));
        let half = prototype.mul(Complex::new(0.5 * bandwidth, 0.0));
        let offset = half.mul(half).sub(Complex::new(centre_squared, 0.0)).sqrt();
        for pole in [half.add(offset), half.sub(offset)] {
            poles.push(Complex::new(pole.re, pole.im.abs()));
        }
    }
    // An odd order also has one real pole. It gives a conjugate pair, or two real poles if the band is wide. Real
    // arithmetic decides which, because complex rounding errors gave the wrong result when both nearly coincide.
    if order % 2 == 1 {
        let half = -0.5 * bandwidth;
        let discriminant = half * half - centre_squared;
        let root = discriminant.abs().sqrt();
        if discriminant < 0.0 {
            poles.push(Complex::new(half, root));
        } else {
            poles.push(Complex::new(half + root, 0.0));
            poles.push(Complex::new(half - root, 0.0));
        }
    }
    poles
}

/// Pairs poles (the upper one of each conjugate pair, and the real ones) with zeros (`order` at 1 and `order` at −1).
/// The pole nearest to the unit circle comes first and goes into the last section, each with its nearest remaining
/// zeros.
fn pair_sections(mut poles: Vec<Complex>, order: usize, gain: f64) -> Vec<Section> {
    // In SciPy's order, so that ties are resolved in the same way.
    poles.sort_by(|a, b| {
        let real = |p: &Complex| p.im == 0.0;
        real(a)
            .cmp(&real(b))
            .then(a.re.total_cmp(&b.re))
            .then(a.im.total_cmp(&b.im))
    });
    let mut zeros: Vec<f64> = [vec![-1.0; order], vec![1.0; order]].concat();
    let mut sections = Vec::with_capacity(order);
    while !poles.is_empty() {
        let first = take_least(&mut poles, |p| (1.0 - p.abs()).abs());
        let second = if first.im == 0.0 {
            let mut real: Vec<usize> = (0..poles.len()).filter(|&k| poles[k].im == 0.0).collect();
            real.sort_by(|&i, &j| {
                (1.0 - poles[i].abs())
                    .abs()
                    .total_cmp(&(1.0 - poles[j].abs()).abs())
            });
            real.first()
                .map_or(Complex::new(0.0, 0.0), |&k| poles.remove(k))
        } else {
            Complex::new(first.re, -first.im)
        };
        let mut nearest_zero = || {
            if zeros.is_empty() {
                return 0.0;
            }
            take_least(&mut zeros, |z| first.sub(Complex::new(*z, 0.0)).abs())
        };
        let (z1, z2) = (nearest_zero(), nearest_zero());
        sections.push(Section {
            b: [1.0, -(z1 + z2), z1 * z2],
            a: [-first.add(second).re, first.mul(second).re],
        });
    }
    sections.reverse();
    if let Some(section) = sections.first_mut() {
        section.b.iter_mut().for_each(|b| *b *= gain);
    }
    sections
}

/// Removes and returns the element with the smallest key, the first one of equals.
fn take_least<T>(from: &mut Vec<T>, key: impl Fn(&T) -> f64) -> T {
    let mut best = 0;
    for k in 1..from.len() {
        if key(&from[k]) < key(&from[best]) {
            best = k;
        }
    }
    from.remove(best)
}

/// A notch with quality `q` (centre over −3 dB width), like SciPy's `iirnotch`.
///
/// # Errors
/// [`DesignError`] if the centre is not between zero and half the rate.
pub fn notch(centre_hz: f64, q: f64, rate: Hertz) -> Result<Section, DesignError> {
    if !(centre_hz > 0.0 && centre_hz < rate.hz() / 2.0) {
        return Err(DesignError::Edges {
            low_hz: centre_hz,
            high_hz: centre_hz,
            rate,
        });
    }
    let omega = 2.0 * PI * centre_hz / rate.hz();
    let gain = 1.0 / (1.0 + libm::tan(omega / q / 2.0));
    let cosine = libm::cos(omega);
    Ok(Section {
        b: [gain, -2.0 * gain * cosine, gain],
        a: [-2.0 * gain * cosine, 2.0 * gain - 1.0],
    })
}

/// A Butterworth high-pass of second order, like SciPy's `butter(2, edge_hz, "highpass")`.
///
/// # Errors
/// [`DesignError`] if the edge is not between zero and half the rate.
pub fn butterworth_highpass(edge_hz: f64, rate: Hertz) -> Result<Section, DesignError> {
    if !(edge_hz > 0.0 && edge_hz < rate.hz() / 2.0) {
        return Err(DesignError::Edges {
            low_hz: edge_hz,
            high_hz: edge_hz,
            rate,
        });
    }
    let warped = libm::tan(PI * edge_hz / rate.hz());
    let damping = std::f64::consts::SQRT_2 * warped;
    let gain = 1.0 / (1.0 + damping + warped * warped);
    Ok(Section {
        b: [gain, -2.0 * gain, gain],
        a: [
            2.0 * gain * (warped * warped - 1.0),
            gain * (1.0 - damping + warped * warped),
        ],
    })
}

/// Gain of a cascade for a sine of this frequency.
#[must_use]
pub fn amplitude_at(sections: &[Section], hz: f64, rate: Hertz) -> f64 {
    let omega = 2.0 * PI * hz / rate.hz();
    let z1 = Complex::new(libm::cos(omega), -libm::sin(omega));
    let z2 = z1.mul(z1);
    let polynomial = |c: [f64; 3]| {
        Complex::new(c[0], 0.0)
            .add(z1.mul(Complex::new(c[1], 0.0)))
            .add(z2.mul(Complex::new(c[2], 0.0)))
    };
    sections
        .iter()
        .map(|s| polynomial(s.b).div(polynomial([1.0, s.a[0], s.a[1]])).abs())
        .product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hertz(hz: f64) -> Hertz {
        Hertz::new(hz).unwrap()
    }

    proptest! {
        #[test]
        fn a_bandpass_is_stable_and_3_db_down_at_its_edges(
            order in 1..=6usize, rate in 100.0..2000.0f64, low in 0.02..0.3f64, width in 0.05..0.5f64
        ) {
            let (low_hz, high_hz) = (low * rate / 2.0, (low + width).min(0.95) * rate / 2.0);
            let sections = butterworth_bandpass(order, low_hz, high_hz, hertz(rate)).unwrap();
            prop_assert_eq!(sections.len(), order);
            for s in &sections {
                prop_assert!(s.a[1].abs() < 1.0 && s.a[0].abs() < 1.0 + s.a[1], "unstable: {:?}", s);
            }
            for edge in [low_hz, high_hz] {
                let amplitude = amplitude_at(&sections, edge, hertz(rate));
                prop_assert!((amplitude - 0.5f64.sqrt()).abs() < 1e-6, "{} at {}", amplitude, edge);
            }
            prop_assert!(amplitude_at(&sections, 1e-9, hertz(rate)) < 1e-3);
        }

        #[test]
        fn a_notch_removes_its_centre_and_keeps_the_rest(rate in 150.0..2000.0f64, centre in 45.0..65.0f64) {
            let section = [notch(centre, 30.0, hertz(rate)).unwrap()];
            prop_assert!(amplitude_at(&section, centre, hertz(rate)) < 1e-9);
            prop_assert!((amplitude_at(&section, 0.001, hertz(rate)) - 1.0).abs() < 1e-6);
            prop_assert!(amplitude_at(&section, 10.0, hertz(rate)) > 0.99);
        }
    }

    /// If the band is twice as wide as its centre (after prewarping), the real prototype pole becomes a double pole,
    /// which rounding splits one way or the other.
    #[test]
    fn a_double_pole_gives_the_same_number_of_sections() {
        for step in -1000..1000 {
            let width = 0.499_897_339_765_310_9 + f64::from(step) * 1e-15;
            let (low_hz, high_hz) = (0.02 * 50.0, (0.02 + width) * 50.0);
            let sections = butterworth_bandpass(3, low_hz, high_hz, hertz(100.0)).unwrap();
            assert_eq!(sections.len(), 3, "{high_hz} Hz");
            for edge_hz in [low_hz, high_hz] {
                let amplitude = amplitude_at(&sections, edge_hz, hertz(100.0));
                assert!((amplitude - 0.5f64.sqrt()).abs() < 1e-6, "{amplitude}");
            }
        }
    }

    #[test]
    fn impossible_edges_are_refused() {
        let error = butterworth_bandpass(4, 20.0, 90.0, hertz(160.0)).unwrap_err();
        assert!(error.to_string().contains("between 0 and 80 Hz"), "{error}");
        assert!(butterworth_bandpass(4, 30.0, 20.0, hertz(160.0)).is_err());
        assert!(butterworth_bandpass(4, f64::NAN, 20.0, hertz(160.0)).is_err());
        assert_eq!(
            butterworth_bandpass(0, 8.0, 30.0, hertz(160.0)),
            Err(DesignError::Order { found: 0 })
        );
    }
}
