//! Canonical correlation against scikit-learn, and reconvolution CCA against PyntBCI (`golden/make_cca.py`).

use bci_cursor_calibration::looking::cca::{
    Reconvolution, canonical, filter_bank_score, sine_references,
};
use bci_cursor_calibration::looking::cvep::{Look, Trial};
use bci_cursor_calibration::matrix::Matrix;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    rate_hz: f64,
    frequencies_hz: Vec<f64>,
    harmonics: usize,
    waves: Vec<Vec<f64>>,
    correlations: Vec<f64>,
    lags: usize,
    shrinkage: f64,
    codes: Vec<Vec<Vec<f64>>>,
    targets: Vec<usize>,
    eeg: Vec<Vec<Vec<f64>>>,
    scores: Vec<f64>,
}

#[test]
fn canonical_correlations_agree_with_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("golden/cca.json")).unwrap();
    let eeg = Matrix::from_rows(&golden.waves).unwrap();
    for (hz, expected) in golden.frequencies_hz.iter().zip(&golden.correlations) {
        let references = sine_references(*hz, golden.harmonics, golden.rate_hz, eeg.columns());
        let pair = canonical(&eeg, &references, 0.0).unwrap();
        let ours = pair.correlation;
        assert!(
            (ours - expected).abs() < 1e-6,
            "{hz} Hz: {ours}, {expected}"
        );
        // Signals that are multiplied have the same correlation.
        let mut louder = eeg.clone();
        louder
            .row_mut(2)
            .iter_mut()
            .for_each(|value| *value *= -40.0);
        let again = canonical(&louder, &references, 0.0).unwrap().correlation;
        assert!((again - ours).abs() < 1e-9, "{again}");
    }
}

#[test]
fn reconvolution_agrees_with_pyntbci() {
    let golden: Golden = serde_json::from_str(include_str!("golden/cca.json")).unwrap();
    let trials: Vec<Trial> = golden
        .eeg
        .iter()
        .zip(&golden.codes)
        .zip(&golden.targets)
        .map(|((eeg, codes), target)| Trial {
            look: Look {
                eeg: Matrix::from_rows(eeg).unwrap(),
                brightness: Matrix::from_rows(codes).unwrap(),
                lead_in: 0,
            },
            target: *target,
        })
        .collect();
    let (last, before) = trials.split_last().unwrap();
    let fitted = Reconvolution::fit(before, golden.lags, golden.shrinkage).unwrap();
    let scores = fitted.scores(&last.look);
    assert_eq!(scores.len(), golden.scores.len());
    for (ours, expected) in scores.iter().zip(&golden.scores) {
        assert!(
            (ours - expected).abs() < 1e-6,
            "{scores:?}, {:?}",
            golden.scores
        );
    }
    assert!(Reconvolution::fit(&[], 36, 0.01).is_err());
}

#[test]
fn lower_bands_count_more() {
    let expected = 1.25 * 0.25 + (0.5_f64.powf(1.25) + 0.25) * 0.09;
    assert!((filter_bank_score(&[0.5, 0.3]) - expected).abs() < 1e-12);
    assert!(filter_bank_score(&[0.5, 0.3]) > filter_bank_score(&[0.3, 0.5]));
}
