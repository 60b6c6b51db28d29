//! How much information a decoder's evidence carries about what is imagined. This limits the speed of any pointer.

use super::bank::Bank;
use crate::block::Block;
use crate::decoding::DecodingSettings;
use crate::pipeline::{Pipeline, PipelineError, PipelineSettings};
use bci_cursor_calibration::Decoder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// The result of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Information {
    /// Mutual information between the imagined class and the evidence after `after_s`, bits, if classes are imagined
    /// equally often.
    pub bits: f64,
    /// The duration per class that gives the highest rate, seconds.
    pub after_s: f64,
    /// `60 x bits / after_s`.
    pub bits_per_min: f64,
}

/// Number of times that each class is imagined.
const TIMES: usize = 120;
/// Longest duration per class that is tested, seconds.
const MOST_S: f64 = 4.0;
/// Shortest duration per class, seconds: nobody can see, decide and imagine faster, and for short durations the
/// estimation error would give arbitrary rates.
const LEAST_S: f64 = 0.5;
/// Duration of the classes in turn beforehand, seconds, in which the reference settles.
const SETTLE_S: f64 = 40.0;
/// Number of bins for the evidence, with equally many values in each.
const BINS: usize = 6;

/// The highest information rate from imagining one class after another.
///
/// # Errors
/// [`PipelineError`] if the decoder does not fit the EEG.
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
    let mut play = |class: usize, steps: usize, each: &mut dyn FnMut(usize, &[f64])| {
        playing.imagine(Some(class));
        for step in 0..steps {
            playing.fill(&mut block, hop);
            pipeline.process(&block, |found| each(step, found.probabilities));
        }
    };
    let classes = decoder.classes.len();
    for turn in 0..(SETTLE_S / MOST_S) as usize {
        play(turn % classes, steps, &mut |_, _| {});
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // For each step since the start of a class: its evidence, and the class.
    let mut by_step: Vec<Vec<(f64, usize)>> = vec![Vec::new(); steps];
    for _ in 0..classes * TIMES {
        // Classes are drawn independently, so earlier classes carry no information about this one.
        let class = (random.next_u64() % classes as u64) as usize;
        play(class, steps, &mut |step, probabilities| {
            by_step[step].push((evidence(probabilities), class));
        });
    }
    let distinct = bank.counts().iter().take(classes).sum();
    let hop_s = rate.secs_of(hop as u64);
    let best = by_step
        .into_iter()
        .enumerate()
        .skip((LEAST_S / hop_s) as usize)
        .map(|(step, values)| {
            let after_s = (step + 1) as f64 * hop_s;
            let bits = if classes == 2 {
                mutual_information(&in_bins(values), BINS, classes, distinct)
            } else {
                let likeliest = |(evidence, class)| (evidence as usize, class);
                let likeliest: Vec<_> = values.into_iter().map(likeliest).collect();
                mutual_information(&likeliest, classes, classes, distinct)
            };
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

/// With two classes, the probability of the first; with more, the index of the likeliest, which gives a lower bound of
/// the information.
fn evidence(probabilities: &[f64]) -> f64 {
    if let [first, _] = probabilities {
        return *first;
    }
    let all = probabilities.iter().enumerate();
    let likeliest = all.max_by(|a, b| a.1.total_cmp(b.1));
    likeliest.map_or(0.0, |(class, _)| class as f64)
}

/// Sorts values into bins by rank, each with its class.
fn in_bins(mut values: Vec<(f64, usize)>) -> Vec<(usize, usize)> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = values.len().max(1);
    let ranked = values.into_iter().enumerate();
    ranked
        .map(|(rank, (_, class))| (((rank + 1) * BINS - 1) / count, class))
        .collect()
}

/// Mutual information of bins and classes, bits, minus the bias that this many distinct observations have by chance
/// (Miller 1955).
fn mutual_information(
    values: &[(usize, usize)],
    bins: usize,
    classes: usize,
    distinct: usize,
) -> f64 {
    let count = values.len().max(1) as f64;
    let share = |is_it: &dyn Fn(&(usize, usize)) -> bool| {
        values.iter().filter(|value| is_it(value)).count() as f64 / count
    };
    let mut bits = 0.0;
    for bin in 0..bins {
        for class in 0..classes {
            let joint = share(&|value| *value == (bin, class));
            let apart = share(&|value| value.0 == bin) * share(&|value| value.1 == class);
            if joint > 0.0 {
                bits += joint * libm::log2(joint / apart);
            }
        }
    }
    let free = (bins - 1) * (classes - 1);
    let by_chance = free as f64 / (2.0 * std::f64::consts::LN_2 * distinct.max(1) as f64);
    (bits - by_chance).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_two(values: Vec<(f64, usize)>, distinct: usize) -> f64 {
        mutual_information(&in_bins(values), BINS, 2, distinct)
    }

    #[test]
    fn certain_evidence_is_one_bit_and_random_evidence_none() {
        let certain = (0..600).map(|k| (f64::from(k), usize::from(k >= 300)));
        let most = of_two(certain.collect(), 10_000);
        assert!((most - 1.0).abs() < 0.01, "{most}");
        let untold = (0..600).map(|k| (f64::from(k * 7919 % 600), (k % 2) as usize));
        assert!(of_two(untold.collect(), 600) < 0.02);
        // A binary channel with 11 % errors carries half a bit.
        let half = (0..1000).map(|k| {
            let class = usize::from(k >= 500);
            let is_wrong = k % 100 < 11;
            (
                f64::from(k % 500) * 1e-3 + if (class == 1) == is_wrong { 0.0 } else { 1.0 },
                class,
            )
        });
        let half = of_two(half.collect(), 100_000);
        assert!((half - 0.5).abs() < 0.06, "{half}");
        // Four classes that are always recognised give two bits.
        let four: Vec<_> = (0..400).map(|k| (k % 4, k % 4)).collect();
        let most = mutual_information(&four, 4, 4, 10_000);
        assert!((most - 2.0).abs() < 0.01, "{most}");
    }
}
