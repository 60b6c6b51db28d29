//! Filters against SciPy, number by number. `tests/golden/make_filters.py` made the vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use bci_cursor::conditioning::cascade::Cascade;
use bci_cursor::conditioning::design::{Section, butterworth_bandpass, notch};
use bci_cursor::units::Hertz;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Design {
    Bandpass {
        order: usize,
        low_hz: f64,
        high_hz: f64,
    },
    Notch {
        centre_hz: f64,
        q: f64,
    },
}

#[derive(Deserialize)]
struct Case {
    #[serde(flatten)]
    design: Design,
    rate_hz: f64,
    sos: Vec<[f64; 6]>,
    signal: Vec<f64>,
    filtered: Vec<f64>,
}

impl Case {
    fn ours(&self) -> Vec<Section> {
        let rate = Hertz::new(self.rate_hz).unwrap();
        match self.design {
            Design::Bandpass {
                order,
                low_hz,
                high_hz,
            } => butterworth_bandpass(order, low_hz, high_hz, rate).unwrap(),
            Design::Notch { centre_hz, q } => vec![notch(centre_hz, q, rate).unwrap()],
        }
    }
}

fn cases() -> Vec<Case> {
    let golden: Golden = serde_json::from_str(include_str!("golden/filters.json")).unwrap();
    assert!(golden.cases.len() >= 15);
    golden.cases
}

#[test]
fn coefficients_agree_with_scipy_to_1e_10() {
    for case in cases() {
        let ours = case.ours();
        assert_eq!(ours.len(), case.sos.len(), "{:?}", case.design);
        for (section, [b0, b1, b2, a0, a1, a2]) in ours.iter().zip(&case.sos) {
            assert_eq!(*a0, 1.0);
            let pairs = section
                .b
                .iter()
                .zip([b0, b1, b2])
                .chain(section.a.iter().zip([a1, a2]));
            for (ours, scipy) in pairs {
                assert!(
                    (ours - scipy).abs() < 1e-10,
                    "{:?} at {} Hz: {ours} {scipy}",
                    case.design,
                    case.rate_hz
                );
            }
        }
    }
}

#[test]
fn filtered_samples_agree_with_scipy_to_1e_9() {
    for case in cases() {
        // Two channels, the second a copy: channels must not share state.
        let mut cascade = Cascade::new(case.ours(), 2);
        for (k, (&x, &scipy)) in case.signal.iter().zip(&case.filtered).enumerate() {
            let mut frame = [x, x];
            cascade.run(&mut frame);
            for ours in frame {
                assert!(
                    (ours - scipy).abs() < 1e-9,
                    "{:?} sample {k}: {ours} {scipy}",
                    case.design
                );
            }
        }
    }
}
