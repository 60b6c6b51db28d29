//! How much a decoder's evidence tells of what is imagined: no pointer can be driven faster.

use super::bank::Bank;
use crate::block::Block;
use crate::decoding::DecodingSettings;
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use bci_cursor_calibration::Decoder;
use serde::Serialize;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Information {
    /// Mutual information between the imagined class and the evidence after `after_s`, bits, for classes that are imagined equally
    /// often.
    pub bits: f64,
    /// How long each class is imagined where that gives most in a minute, seconds.
    pub after_s: f64,
    /// `60 x bits / after_s`.
    pub bits_per_min: f64,
}

/// Each class is imagined so often,
const TIMES: usize = 120;
/// for as long as this, seconds.
const MOST_S: f64 = 4.0;
/// Before that, classes in turn are played for so long, seconds: the reference has to settle.
const SETTLE_S: f64 = 40.0;
/// Evidence is sorted into so many bins, as many values in each.
const BINS: usize = 6;

/// The most that can be told in a minute by imagining one class after another for some time each.
///
/// # Errors
/// [`PipelineError`] where the decoder does not fit the EEG.
pub(super) fn measure(
    bank: &Bank,
    decoder: &Decoder,
    seed: u64,
) -> Result<Information, PipelineError> {
    let settings = PipelineSettings {
        decoding: DecodingSettings::default(),
        ..PipelineSettings::default()
    };
    let mut pipeline = Pipeline::new(bank.layout(), decoder, &settings)?;
    let rate = bank.layout().rate;
    let hop = pipeline.hop() as usize;
    let steps = (MOST_S * rate.hz()) as usize / hop;
    let mut block = Block::with_capacity(bank.layout().channel_count(), hop);
    let mut playing = bank.play(seed);
    let mut play = |class: usize, steps: usize, each: &mut dyn FnMut(usize, f64)| {
        playing.imagine(Some(class));
        for step in 0..steps {
            playing.fill(&mut block, hop);
            pipeline.process(&block, |found| each(step, found.probabilities[0]));
        }
    };
    for turn in 0..(SETTLE_S / MOST_S) as usize {
        play(turn % 2, steps, &mut |_, _| {});
    }
    // By step since the class was begun: its evidence, and which it was.
    let mut by_step: Vec<Vec<(f64, usize)>> = vec![Vec::new(); steps];
    for turn in 0..2 * TIMES {
        // Not simply in turn: the class before says nothing of this one.
        let class = usize::from((turn / 2 + turn) % 2 == 0);
        play(class, steps, &mut |step, evidence| {
            by_step[step].push((evidence, class));
        });
    }
    let distinct = bank.counts().iter().take(2).sum();
    let hop_s = rate.secs_of(hop as u64);
    let best = by_step
        .into_iter()
        .enumerate()
        .map(|(step, values)| {
            let after_s = (step + 1) as f64 * hop_s;
            let bits = mutual_information(values, distinct);
            Information {
                bits,
                after_s,
                bits_per_min: 60.0 * bits / after_s,
            }
        })
        .max_by(|a, b| a.bits_per_min.total_cmp(&b.bits_per_min));
    Ok(best.unwrap_or(Information {
        bits: 0.0,
        after_s: MOST_S,
        bits_per_min: 0.0,
    }))
}

/// Of values and which of two classes each is of, bits; less what so many distinct observations would show by chance (Miller 1955).
fn mutual_information(mut values: Vec<(f64, usize)>, distinct: usize) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = values.len().max(1) as f64;
    let share =
        |class: usize| values.iter().filter(|value| value.1 == class).count() as f64 / count;
    let shares = [share(0), share(1)];
    let mut bits = 0.0;
    for bin in 0..BINS {
        let part = |k: usize| k * values.len() / BINS;
        let members = &values[part(bin)..part(bin + 1)];
        let of_bin = members.len() as f64 / count;
        for (class, of_class) in shares.iter().enumerate() {
            let joint = members.iter().filter(|value| value.1 == class).count() as f64 / count;
            if joint > 0.0 {
                bits += joint * libm::log2(joint / (of_bin * of_class));
            }
        }
    }
    let by_chance = (BINS - 1) as f64 / (2.0 * std::f64::consts::LN_2 * distinct.max(1) as f64);
    (bits - by_chance).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_is_a_bit_where_all_is_told_and_nothing_where_nothing_is() {
        let told = (0..600).map(|k| (f64::from(k), usize::from(k >= 300)));
        let most = mutual_information(told.collect(), 10_000);
        assert!((most - 1.0).abs() < 0.01, "{most}");
        let untold = (0..600).map(|k| (f64::from(k * 7919 % 600), (k % 2) as usize));
        assert!(mutual_information(untold.collect(), 600) < 0.02);
        // A binary channel with 11 % errors carries half a bit.
        let half = (0..1000).map(|k| {
            let class = usize::from(k >= 500);
            let is_wrong = k % 100 < 11;
            (
                f64::from(k % 500) * 1e-3 + if (class == 1) == is_wrong { 0.0 } else { 1.0 },
                class,
            )
        });
        let half = mutual_information(half.collect(), 100_000);
        assert!((half - 0.5).abs() < 0.06, "{half}");
    }
}
