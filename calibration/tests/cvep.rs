//! The c-VEP decoder against NumPy, which computes everything from whole trials (`golden/make_cvep.py`), and properties that hold for
//! all signals.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use bci_cursor_calibration::looking::cvep::{
    CvepDecoder, CvepError, CvepModel, Look, Training, Trial, UnlabelledStart,
};
use bci_cursor_calibration::matrix::Matrix;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    channels: usize,
    tags: usize,
    samples: usize,
    trials: Vec<(usize, usize, i32)>,
    whitener: Vec<f64>,
    rise: Vec<f64>,
    fall: Vec<f64>,
    latency_deviation_s: f64,
    null_variance: f64,
    moments: Vec<Moment>,
    start: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Moment {
    samples: usize,
    odds: Vec<f64>,
    posterior: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/cvep.json")).unwrap()
}

/// A linear congruential generator.
struct Generator(u32);

impl Generator {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0) / 2f64.powi(32) - 0.5
    }
}

/// The same trials as in the script.
fn made_trials(golden: &Golden) -> Vec<Trial> {
    let mut random = Generator(12345);
    let made = golden.trials.iter().map(|&(lead_in, target, latency)| {
        made_trial(golden, &mut random, lead_in, target, latency)
    });
    made.collect()
}

fn made_trial(
    golden: &Golden,
    random: &mut Generator,
    lead_in: usize,
    target: usize,
    latency: i32,
) -> Trial {
    let n = lead_in + golden.samples;
    let mut brightness = Matrix::with_columns(n);
    for _ in 0..golden.tags {
        let pairs = (0..n.div_ceil(2)).flat_map(|_| [f64::from(random.uniform() > 0.0); 2]);
        let code: Vec<f64> = pairs.take(n).collect();
        // Frames change a quarter of a sample after the samples.
        let before = std::iter::once(code[0]).chain(code.clone());
        let late = code
            .iter()
            .zip(before)
            .map(|(now, before)| 0.75 * now + 0.25 * before);
        brightness.push_row(&late.collect::<Vec<f64>>());
    }
    let (mut eeg, mut noise) = (
        Matrix::zeros(n, golden.channels),
        vec![0.0; golden.channels],
    );
    for row in eeg.iter_mut() {
        for (noise, value) in noise.iter_mut().zip(row) {
            *noise = 0.6 * *noise + 10.0 * random.uniform();
            *value = *noise;
        }
    }
    let distraction = (target + 1) % golden.tags;
    for (tag, strength) in [(target, 1.0), (distraction, 0.5)] {
        let mut before: f64 = 0.0;
        for (at, &now) in (0..).zip(brightness.row(tag)) {
            let change = now - before;
            let size = strength * (6.0 * change.max(0.0) - 3.0 * (-change).max(0.0));
            before = now;
            for lag in 6..31_i32 {
                let place = at + lag + latency;
                if size != 0.0 && (0..n as i32).contains(&place) {
                    let wave = f64::from((lag - 6) * (30 - lag) * (18 - lag));
                    let response = size * wave / 665.0;
                    let row = eeg.row_mut(place as usize);
                    for (value, factor) in row.iter_mut().zip([1.0, 0.5, -0.25]) {
                        *value += response * factor;
                    }
                }
            }
        }
    }
    Trial {
        look: Look {
            eeg,
            brightness,
            lead_in,
        },
        target,
    }
}

fn fitted(golden: &Golden, trials: &[Trial]) -> CvepModel {
    let before = &trials[..golden.trials.len() - 1];
    Training::new(before).unwrap().fit().unwrap()
}

fn shown(trial: &Trial, at: usize) -> Vec<f64> {
    trial.look.brightness.iter().map(|code| code[at]).collect()
}

/// A decoder that has seen the lead-in of a trial.
fn at_begin(model: &CvepModel, trial: &Trial) -> CvepDecoder {
    let mut decoder = CvepDecoder::new(model, 8);
    decoder.begin(trial.look.brightness.rows()).unwrap();
    for at in 0..trial.look.lead_in {
        decoder.push(trial.look.eeg.row(at), &shown(trial, at));
    }
    decoder.restart();
    decoder
}

fn assert_close(ours: &[f64], numpy: &[f64], what: &str) {
    assert_eq!(ours.len(), numpy.len(), "{what}");
    let scale = numpy
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    for (ours, numpy) in ours.iter().zip(numpy) {
        assert!(
            (ours - numpy).abs() < 1e-6 * scale,
            "{what}: {ours} and {numpy}"
        );
    }
}

#[test]
fn a_fit_agrees_with_numpy_to_1e_6() {
    let golden = golden();
    let model = fitted(&golden, &made_trials(&golden));
    let stored = serde_json::to_value(&model).unwrap();
    let whitener: Vec<f64> = serde_json::from_value(stored["whitener"].clone()).unwrap();
    assert_close(&whitener, &golden.whitener, "whitener");
    let [rise, fall] = model.responses();
    assert_close(rise.values(), &golden.rise, "response to a rise");
    assert_close(fall.values(), &golden.fall, "response to a fall");
    let scales = [model.latency_deviation_s(), model.null_variance()];
    let expected = [golden.latency_deviation_s, golden.null_variance];
    assert_close(&scales[..1], &expected[..1], "latency");
    assert_close(&scales[1..], &expected[1..], "null variance");
}

#[test]
fn log_odds_agree_with_numpy_to_1e_6() {
    let golden = golden();
    let trials = made_trials(&golden);
    let trial = trials.last().unwrap();
    let mut decoder = at_begin(&fitted(&golden, &trials), trial);
    let mut moments = golden.moments.iter().peekable();
    for (number, at) in (1..).zip(trial.look.lead_in..trial.look.eeg.rows()) {
        decoder.push(trial.look.eeg.row(at), &shown(trial, at));
        if let Some(moment) = moments.next_if(|moment| moment.samples == number) {
            assert_close(decoder.log_odds(), &moment.odds, "log odds");
            assert_close(decoder.posterior(0.5), &moment.posterior, "posterior");
        }
    }
    assert!(moments.next().is_none(), "a moment was never reached");
}

#[test]
fn a_stored_model_decodes_to_the_same_bits() {
    let golden = golden();
    let trials = made_trials(&golden);
    let model = fitted(&golden, &trials);
    let text = serde_json::to_string(&model).unwrap();
    let again: CvepModel = serde_json::from_str(&text).unwrap();
    assert_eq!(again, model);
    for (from, to) in [
        ("\"version\":1", "\"version\":2"),
        ("\"channels\":3", "\"channels\":4"),
        ("\"rise\":[", "\"rise\":[0.5,"),
    ] {
        let damaged = text.replacen(from, to, 1);
        assert_ne!(damaged, text);
        assert!(serde_json::from_str::<CvepModel>(&damaged).is_err(), "{to}");
    }
}

/// The log odds of all tags at the end of a trial.
fn decoded(model: &CvepModel, trial: &Trial) -> Vec<f64> {
    let mut decoder = at_begin(model, trial);
    for at in trial.look.lead_in..trial.look.eeg.rows() {
        decoder.push(trial.look.eeg.row(at), &shown(trial, at));
    }
    decoder.log_odds().to_vec()
}

#[test]
fn the_tag_looked_at_rises_above_none_and_the_others() {
    let golden = golden();
    let trials = made_trials(&golden);
    let model = fitted(&golden, &trials);
    let mut random = Generator(99);
    for target in 0..golden.tags {
        let trial = made_trial(&golden, &mut random, 10, target, 0);
        let odds = decoded(&model, &trial);
        assert!(odds[target] > 2.0, "target {target}: {odds:?}");
        for (tag, other) in odds.iter().enumerate() {
            assert!(
                tag == target || *other < odds[target] - 1.0,
                "target {target}: {odds:?}"
            );
        }
    }
}

#[test]
fn nothing_looked_at_is_seldom_taken_for_a_tag() {
    let golden = golden();
    let trials = made_trials(&golden);
    let model = fitted(&golden, &trials);
    let mut random = Generator(7);
    let mut selected = 0;
    for _ in 0..40 {
        let mut trial = made_trial(&golden, &mut random, 0, 0, 0);
        // The responses are to codes that no tag shows.
        trial.look.brightness = Matrix::from_rows(trial.look.brightness.iter().skip(2)).unwrap();
        let odds = decoded(&model, &trial);
        selected += usize::from(odds.iter().any(|odds| *odds > 3.0));
    }
    // Each tag alone exceeds a likelihood ratio of 20 in at most one of 20 looks.
    assert!(selected <= 8, "{selected} of 40");
}

#[test]
fn a_posterior_sums_to_one_and_follows_the_prior_without_evidence() {
    let golden = golden();
    let trials = made_trials(&golden);
    let mut decoder = CvepDecoder::new(&fitted(&golden, &trials), 8);
    decoder.begin(4).unwrap();
    assert_close(decoder.posterior(0.2), &[0.2; 5], "posterior");
    let trial = trials.last().unwrap();
    decoder.begin(golden.tags).unwrap();
    for at in 0..trial.look.eeg.rows() {
        decoder.push(trial.look.eeg.row(at), &shown(trial, at));
        let sum: f64 = decoder.posterior(0.7).iter().sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
    assert_eq!(decoder.posterior(1.0).last(), Some(&1.0));
    assert_eq!(decoder.posterior(0.0).last(), Some(&0.0));
}

#[test]
fn asking_does_not_change_the_answer() {
    let golden = golden();
    let trials = made_trials(&golden);
    let model = fitted(&golden, &trials);
    let trial = trials.last().unwrap();
    let mut asked = at_begin(&model, trial);
    for at in trial.look.lead_in..trial.look.eeg.rows() {
        asked.push(trial.look.eeg.row(at), &shown(trial, at));
        asked.posterior(0.5);
    }
    assert_eq!(asked.log_odds(), decoded(&model, trial));
}

#[test]
fn missing_samples_are_no_evidence() {
    let golden = golden();
    let trials = made_trials(&golden);
    let model = fitted(&golden, &trials);
    let trial = trials.last().unwrap();
    let mut decoder = at_begin(&model, trial);
    let mut before = Vec::new();
    for at in trial.look.lead_in..trial.look.eeg.rows() {
        let mut sample = trial.look.eeg.row(at).to_vec();
        if (80..100).contains(&at) {
            sample[1] = f64::NAN;
            decoder.push(&sample, &shown(trial, at));
            assert_eq!(decoder.log_odds(), before, "sample {at}");
        } else if (120..140).contains(&at) {
            decoder.push_missing(&shown(trial, at));
            assert_eq!(decoder.log_odds(), before, "sample {at}");
        } else {
            decoder.push(&sample, &shown(trial, at));
            before = decoder.log_odds().to_vec();
        }
    }
    let best = (0..golden.tags).max_by(|a, b| before[*a].total_cmp(&before[*b]));
    assert_eq!(best, Some(trial.target), "{before:?}");
}

#[test]
fn trials_that_cannot_be_used_are_refused() {
    let golden = golden();
    let trials = made_trials(&golden);
    let fail = |change: &dyn Fn(&mut Trial)| {
        let mut changed = trials.clone();
        change(&mut changed[1]);
        Training::new(&changed)
            .and_then(|training| training.fit())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        Training::new(&[]).unwrap_err().to_string(),
        "a response needs at least 1 trials; found 0"
    );
    let one = Training::new(&trials[..1]).unwrap();
    assert!(one.fit().is_ok());
    assert_eq!(
        one.fit_without(0),
        Err(CvepError::TooFewTrials {
            found: 1,
            needed: 2
        })
    );
    let error = fail(&|trial| trial.target = 9);
    assert_eq!(error, "trial 2: the target is tag 10 of 5");
    let error = fail(&|trial| trial.look.brightness.row_mut(3).fill(0.0));
    assert_eq!(
        error,
        "trial 2: the target never changes its brightness, so it evokes no response"
    );
    let error = fail(&|trial| trial.look.brightness = Matrix::zeros(5, 7));
    assert!(error.contains("has 7 values, expected 200"), "{error}");
    let error = fail(&|trial| trial.look.eeg = Matrix::zeros(200, 2));
    assert!(error.contains("2 channels, expected 3"), "{error}");
    let error = fail(&|trial| trial.look.eeg.values_mut()[5] = f64::INFINITY);
    assert!(error.contains("not finite"), "{error}");
    let error = fail(&|trial| trial.look.lead_in = 200);
    assert_eq!(error, "trial 2 has no samples after its lead-in");
    let mut flat = trials.clone();
    for trial in &mut flat {
        trial.look.eeg.values_mut().fill(3.0);
    }
    assert_eq!(Training::new(&flat).unwrap().fit(), Err(CvepError::Flat));
    let mut decoder = CvepDecoder::new(&fitted(&golden, &trials), 3);
    assert!(decoder.begin(4).is_err());
}

/// Leaving a trial out gives what a fit to the others gives.
#[test]
fn a_fit_without_a_trial_does_not_know_it() {
    let golden = golden();
    let trials = made_trials(&golden);
    let all = Training::new(&trials).unwrap();
    let without = all.fit_without(trials.len() - 1).unwrap();
    let [rise, fall] = without.responses();
    assert_close(rise.values(), &golden.rise, "response to a rise");
    assert_close(fall.values(), &golden.fall, "response to a fall");
}

#[test]
fn a_start_without_labels_agrees_with_numpy_to_1e_6() {
    let golden = golden();
    let mut start = UnlabelledStart::new().unwrap();
    for (trial, expected) in made_trials(&golden).into_iter().zip(&golden.start) {
        let probability = start.add(trial.look).unwrap();
        assert_close(&probability, expected, "probability");
    }
}

/// The tag of each look is found from the looks alone, and early mistakes are revised.
#[test]
fn looks_without_labels_are_labelled_together() {
    let golden = golden();
    let mut random = Generator(5);
    let mut start = UnlabelledStart::new().unwrap();
    let targets = [2, 0, 4, 1, 3, 3, 0, 2, 1, 4];
    let mut answers = Vec::new();
    for target in targets {
        let trial = made_trial(&golden, &mut random, 10, target, 0);
        let probability = start.add(trial.look).unwrap();
        let sum: f64 = probability.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        let best = (0..golden.tags).max_by(|a, b| probability[*a].total_cmp(&probability[*b]));
        answers.push(best.unwrap());
    }
    assert_eq!(start.labels(), targets);
    assert_eq!(answers[5..], targets[5..], "{answers:?}");
    assert!(start.confidence() > 0.5, "{}", start.confidence());
}

#[test]
fn a_look_that_cannot_be_used_does_not_count() {
    let golden = golden();
    let trials = made_trials(&golden);
    let look = |place: usize| trials[place].look.clone();
    let mut start = UnlabelledStart::new().unwrap();
    start.add(look(0)).unwrap();
    let mut changed = look(1);
    changed.eeg = Matrix::zeros(200, 2);
    assert!(start.add(changed).is_err());
    let mut changed = look(1);
    changed.eeg.values_mut()[7] = f64::NAN;
    assert_eq!(start.add(changed), Err(CvepError::NotFinite));
    assert_eq!(start.labels().len(), 1);
    let mut same = UnlabelledStart::new().unwrap();
    same.add(look(0)).unwrap();
    assert_eq!(start.add(look(2)), same.add(look(2)));
}
