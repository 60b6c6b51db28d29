//! The SSVEP decoder against NumPy, which computes everything from whole windows (`golden/make_ssvep.py`).

use bci_cursor_calibration::looking::ssvep::{SsvepDecoder, SsvepSpec, WINDOWS_S};
use bci_cursor_calibration::matrix::SymmetricMatrix;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    rate_hz: f64,
    seconds: f64,
    frequencies_hz: Vec<f64>,
    prior: Vec<Vec<f64>>,
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    sample: u64,
    odds: Vec<f64>,
    scores_2s: Vec<f64>,
}

/// The same signal as in the script.
fn made_signal(golden: &Golden) -> Vec<[f64; 4]> {
    let mut state = 12345_u32;
    let samples = (golden.rate_hz * golden.seconds) as u32;
    let pi_2 = 2.0 * std::f64::consts::PI;
    (0..samples)
        .map(|n| {
            let t = f64::from(n) / golden.rate_hz;
            std::array::from_fn(|c| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = f64::from(state) / 2f64.powi(32) - 0.5;
                let hz = if t < 10.0 { 13.0 } else { 17.0 };
                let strength = if t < 5.0 { 0.0 } else { 1.8 + 0.6 * c as f64 };
                let response = strength * (pi_2 * hz * t + 0.3 * c as f64).sin();
                20.0 * noise + response + 5.0 * (pi_2 * 3.0 * t).sin()
            })
        })
        .collect()
}

#[test]
fn odds_agree_with_numpy_to_1e_6() {
    let golden: Golden = serde_json::from_str(include_str!("golden/ssvep.json")).unwrap();
    let mut decoder = SsvepDecoder::new(SsvepSpec {
        rate_hz: golden.rate_hz,
        frequencies_hz: golden.frequencies_hz.clone(),
        prior: golden
            .prior
            .iter()
            .map(|values| SymmetricMatrix::from_values(values.clone()).unwrap())
            .collect(),
    })
    .unwrap();
    let two_seconds = WINDOWS_S.iter().position(|s| *s == 2.0).unwrap();
    let mut expected = golden.frames.iter().peekable();
    for (n, sample) in (1..).zip(made_signal(&golden)) {
        let Some(odds) = decoder.push(&sample).unwrap() else {
            assert!(
                expected.peek().is_none_or(|frame| frame.sample != n),
                "no answer at {n}"
            );
            continue;
        };
        let odds = odds.to_vec();
        while let Some(frame) = expected.next_if(|frame| frame.sample == n) {
            let ours = odds.iter().chain(decoder.scores(two_seconds));
            for (ours, numpy) in ours.zip(frame.odds.iter().chain(&frame.scores_2s)) {
                assert!((ours - numpy).abs() < 1e-6, "at {n}: {ours} and {numpy}");
            }
        }
    }
    assert!(expected.next().is_none(), "a frame was never reached");
}
