//! Compares filters with SciPy, SPD matrices with pyRiemann and interpolation with MNE, number by number. The scripts
//! in `tests/golden/` generated the vectors.

use bci_cursor::conditioning::cascade::Cascade;
use bci_cursor::conditioning::design::{Section, butterworth_bandpass, notch};
use bci_cursor::conditioning::{Fault, Interpolation};
use bci_cursor::units::Hertz;
use bci_cursor_calibration::tangent_space::TangentSpace;
use bci_cursor_calibration::{Decoder, Epoch, FeatureMap, SymmetricMatrix, spd, vectors};
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
        // The second channel is a copy: channels must not share state.
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

#[derive(Deserialize)]
struct SpdGolden {
    cases: Vec<SpdCase>,
}

#[derive(Deserialize)]
struct SpdCase {
    matrices: Vec<Vec<f64>>,
    sqrt: Vec<f64>,
    inverse_sqrt: Vec<f64>,
    log: Vec<f64>,
    exp_of_log: Vec<f64>,
    log_euclidean_mean: Vec<f64>,
    affine_invariant_mean: Vec<f64>,
    distance: f64,
    tangent_length: f64,
}

fn assert_agrees(what: &str, ours: &[f64], pyriemann: &[f64]) {
    assert_eq!(ours.len(), pyriemann.len());
    for (a, b) in ours.iter().zip(pyriemann) {
        assert!((a - b).abs() < 1e-8, "{what}: {a} {b}");
    }
}

#[test]
fn matrix_functions_and_means_agree_with_pyriemann_to_1e_8() {
    let golden: SpdGolden = serde_json::from_str(include_str!("golden/spd.json")).unwrap();
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let matrices = case.matrices.into_iter();
        let epochs: Vec<Epoch> = matrices
            .map(|values| Epoch {
                class: 0,
                trial: 0,
                covariances: vec![SymmetricMatrix::from_values(values).unwrap()],
            })
            .collect();
        let all: Vec<&SymmetricMatrix> = epochs.iter().map(|own| &own.covariances[0]).collect();
        let log = spd::log(all[0]).unwrap();
        let agrees = |what: &str, ours: &SymmetricMatrix, pyriemann: &[f64]| {
            assert_agrees(what, ours.values(), pyriemann);
        };
        agrees("sqrt", &spd::sqrt(all[0]).unwrap(), &case.sqrt);
        let inverse_sqrt = spd::inverse_sqrt(all[0]).unwrap();
        agrees("inverse_sqrt", &inverse_sqrt, &case.inverse_sqrt);
        agrees("log", &log, &case.log);
        agrees("exp", &spd::exp(&log).unwrap(), &case.exp_of_log);
        let mean = spd::log_euclidean_mean(all.iter().copied()).unwrap();
        agrees("log-Euclidean mean", &mean, &case.log_euclidean_mean);
        let mean = spd::affine_invariant_mean(&all).unwrap();
        agrees("affine-invariant mean", &mean, &case.affine_invariant_mean);
        let distance = spd::distance(all[0], all[1]).unwrap();
        assert_agrees("distance", &[distance], &[case.distance]);

        let epochs: Vec<&Epoch> = epochs.iter().collect();
        let space = TangentSpace::fit(&[&epochs]).unwrap();
        let rows = space.rows(&epochs).unwrap();
        // Our components are a rotation of theirs, so only lengths are compared.
        let length = vectors::dot(rows.row(2), rows.row(2)).sqrt();
        assert_agrees("tangent vector", &[length], &[case.tangent_length]);
    }
}

/// Files that people have must be written as they were read.
#[test]
fn the_starters_are_written_as_they_were_read() {
    for text in [
        include_str!("../src/starters/8.json"),
        include_str!("../src/starters/9.json"),
        include_str!("../src/starters/21.json"),
        include_str!("../src/starters/64.json"),
    ] {
        let decoder = Decoder::from_json(text).unwrap();
        assert!(decoder.to_json().unwrap() == text, "{:?}", decoder.channels);
    }
}

#[derive(Deserialize)]
struct InterpolationGolden {
    cases: Vec<InterpolationCase>,
}

#[derive(Deserialize)]
struct InterpolationCase {
    places: Vec<[f64; 3]>,
    bad: Vec<usize>,
    weights: Vec<Vec<f64>>,
}

#[test]
fn bad_channels_are_interpolated_as_in_mne() {
    let golden: InterpolationGolden =
        serde_json::from_str(include_str!("golden/interpolation.json")).unwrap();
    assert_eq!(golden.cases.len(), 3);
    for case in golden.cases {
        let mut interpolation = Interpolation::at(&case.places);
        let faults: Vec<Option<Fault>> = (0..case.places.len())
            .map(|channel| case.bad.contains(&channel).then_some(Fault::Flat))
            .collect();
        assert!(interpolation.set_faults(&faults));
        for (&bad, weights) in case.bad.iter().zip(&case.weights) {
            for (ours, mne) in interpolation.weights(bad).iter().zip(weights) {
                assert!((ours - mne).abs() < 1e-7, "{ours} {mne}");
            }
        }
    }
}
