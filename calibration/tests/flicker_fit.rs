//! A response to flicker that is fitted to labelled looks, against NumPy (`golden/make_flicker_fit.py`).

#![allow(clippy::unwrap_used)] // a test fails by panicking

use bci_cursor_calibration::looking::flicker_fit::{FlickerResponse, FlickerTraining, Looked};
use bci_cursor_calibration::looking::ssvep::{SsvepDecoder, SsvepSpec, WINDOWS_S};
use bci_cursor_calibration::matrix::SymmetricMatrix;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    rate_hz: f64,
    seconds: u32,
    nominal_hz: Vec<f64>,
    real_hz: Vec<f64>,
    prior: Vec<Vec<f64>>,
    frequencies_hz: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    expected: Vec<Vec<f64>>,
    frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    sample: u64,
    scores_2s: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/flicker_fit.json")).unwrap()
}

/// Three seconds of every five from 8 s on: the first light, the second, none.
fn looks(golden: &Golden) -> Vec<Looked> {
    let samples = |seconds: u64| seconds * golden.rate_hz as u64;
    (0..10)
        .map(|k| Looked {
            target: [Some(0), Some(1), None][k as usize % 3],
            samples: samples(8 + 5 * k)..samples(11 + 5 * k),
        })
        .collect()
}

/// The same signal as in the script.
fn made_signal(golden: &Golden, seed: u32) -> Vec<[f64; 4]> {
    let looks = looks(golden);
    let (mut state, pi_2) = (seed, 2.0 * std::f64::consts::PI);
    let samples = golden.seconds * golden.rate_hz as u32;
    (0..samples)
        .map(|n| {
            let t = f64::from(n) / golden.rate_hz;
            let look = looks
                .iter()
                .find(|look| look.samples.contains(&u64::from(n)));
            let looked = look.and_then(|look| look.target);
            std::array::from_fn(|c| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = f64::from(state) / 2f64.powi(32) - 0.5;
                let c = c as f64;
                let light = looked.map_or(0.0, |looked| {
                    let angle = pi_2 * golden.real_hz[looked] * t + 0.1 * f64::from(seed % 60);
                    let second = 0.7 * (2.0 * angle - 0.3 * c).cos();
                    (1.0 + 0.5 * c) * ((angle + 0.4 * c).sin() + second)
                });
                20.0 * noise + 5.0 * (pi_2 * 3.0 * t).sin() + light
            })
        })
        .collect()
}

fn spec(golden: &Golden) -> SsvepSpec {
    let prior = golden.prior.iter();
    SsvepSpec {
        rate_hz: golden.rate_hz,
        frequencies_hz: golden.nominal_hz.clone(),
        prior: prior
            .map(|values| SymmetricMatrix::from_values(values.clone()).unwrap())
            .collect(),
    }
}

fn fitted(golden: &Golden, seeds: &[u32]) -> Option<FlickerResponse> {
    let mut training = FlickerTraining::new(spec(golden));
    for seed in seeds {
        let signal = made_signal(golden, *seed);
        let eeg = signal.iter().map(<[f64; 4]>::as_slice);
        training.add(eeg, looks(golden)).unwrap();
    }
    training.fit().unwrap()
}

fn assert_near(ours: &[f64], numpy: &[f64], what: &str) {
    assert_eq!(ours.len(), numpy.len(), "{what}");
    for (ours, numpy) in ours.iter().zip(numpy) {
        assert!(
            (ours - numpy).abs() < 1e-6 * numpy.abs().max(1.0),
            "{what}: {ours} and {numpy}"
        );
    }
}

#[test]
fn the_response_agrees_with_numpy() {
    let golden = golden();
    let response = fitted(&golden, &[12345, 777]).unwrap();
    assert_near(
        response.frequencies_hz(),
        &golden.frequencies_hz,
        "frequencies",
    );
    for (ours, numpy) in response.covariance().iter().zip(&golden.covariance) {
        assert_near(ours.values(), numpy, "covariance");
    }
    for (ours, numpy) in response.expected().iter().zip(&golden.expected) {
        assert_near(ours, numpy, "expected");
    }
    // A twentieth of a cycle in a minute.
    for (found, real) in response.frequencies_hz().iter().zip(&golden.real_hz) {
        assert!((found - real).abs() <= 0.0011, "{found} and {real} Hz");
    }
}

#[test]
fn scores_agree_with_numpy_while_phases_are_learnt() {
    let golden = golden();
    let response = fitted(&golden, &[12345, 777]).unwrap();
    let mut decoder = SsvepDecoder::with_response(spec(&golden), &response).unwrap();
    let two_seconds = WINDOWS_S.iter().position(|s| *s == 2.0).unwrap();
    let mut expected = golden.frames.iter().peekable();
    for (n, sample) in (1..).zip(made_signal(&golden, 4242)) {
        if decoder.push(&sample).unwrap().is_none() {
            continue;
        }
        while let Some(frame) = expected.next_if(|frame| frame.sample == n) {
            assert_near(decoder.scores(two_seconds), &frame.scores_2s, "scores");
        }
    }
    assert!(expected.next().is_none(), "a frame was never reached");
}

/// The right light's share of the evidence between two, in the middle of each look: how sure a second of it is.
#[test]
fn a_fitted_response_makes_short_looks_surer() {
    let golden = golden();
    let response = fitted(&golden, &[12345]).unwrap();
    let surprise = |mut decoder: SsvepDecoder| {
        let (looks, mut total) = (looks(&golden), 0.0);
        let mut mark = None;
        for (n, sample) in (0..).zip(made_signal(&golden, 4242)) {
            let begun = |look: &&Looked| look.samples.start == n;
            if let Some(look) = looks.iter().find(begun).filter(|it| it.target.is_some()) {
                mark = Some((decoder.mark(), n + golden.rate_hz as u64, look.target));
            }
            if let Some((mark, _, Some(target))) = mark.take_if(|(_, end, _)| *end == n) {
                let one_second = WINDOWS_S.iter().position(|s| *s == 1.0).unwrap();
                total -= decoder.since(&mark, one_second).unwrap().probability[target].ln();
            }
            decoder.push(&sample).unwrap();
        }
        total
    };
    let untrained = surprise(SsvepDecoder::new(spec(&golden)).unwrap());
    let trained = surprise(SsvepDecoder::with_response(spec(&golden), &response).unwrap());
    assert!(
        trained < 0.8 * untrained,
        "{trained} and {untrained} without a fit"
    );
}

#[test]
fn without_a_look_at_each_light_there_is_no_response() {
    let golden = golden();
    assert_eq!(fitted(&golden, &[]), None);
    let mut training = FlickerTraining::new(spec(&golden));
    let signal = made_signal(&golden, 777);
    let mut few = looks(&golden);
    few.retain(|look| look.target != Some(1));
    let eeg = signal.iter().map(<[f64; 4]>::as_slice);
    training.add(eeg, few).unwrap();
    assert_eq!(training.fit().unwrap(), None);
}
