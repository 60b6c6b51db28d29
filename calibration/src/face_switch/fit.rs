//! Fits a switch: selects the electrodes at which a gesture is visible, and the threshold of its level.

use super::{Gesture, PulseCounter, Pulses, SwitchFigures};
use crate::idle_gate::poisson_interval;
use crate::statistics::wilson_interval;

/// A recording of cued gestures.
#[derive(Debug, Clone)]
pub struct CuedLevels {
    /// One list per channel: the level at each sample, µV.
    pub levels: Vec<Vec<f64>>,
    /// Samples at which a gesture was cued, in order.
    pub cues: Vec<usize>,
    /// Samples per second.
    pub rate_hz: f64,
}

/// Recordings from which no switch can be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotASwitch {
    /// Too few cues, or too little rest.
    #[error(
        "{cues} cued gestures and {rest_s:.0} s without one, expected at least {LEAST_CUES} and {LEAST_REST_S} s: one half is \
         for fitting, the other for testing"
    )]
    TooLittle {
        /// Cued gestures.
        cues: usize,
        /// Time without one, seconds.
        rest_s: f64,
    },
    /// Gesture and rest cannot be distinguished.
    #[error(
        "it detected {hits} of {cues} cued gestures, and {false_activations} in {rest_s:.0} s without any: too unreliable for a switch. \
         Make the gesture stronger, check the electrodes over the temples (clench) or the forehead (blinks), or use another one"
    )]
    Unclear {
        /// Cued gestures.
        cues: usize,
        /// Number of these that the switch detected.
        hits: usize,
        /// Time without one, seconds.
        rest_s: f64,
        /// Number of detections in that time.
        false_activations: usize,
    },
}

const LEAST_CUES: usize = 6;
const LEAST_REST_S: f64 = 30.0;
/// A gesture must follow its cue within this time, seconds. This time does not count as rest.
const ANSWER_S: f64 = 3.5;
/// Most channels that are used, and the least contrast of each, as a share of the contrast of the best one.
const MOST_CHANNELS: usize = 4;
const LEAST_CONTRAST: f64 = 0.7;
/// Least share of the cues that must be detected, and the highest rate of false activations, per hour. A single one is always allowed,
/// because it may be chance.
const LEAST_HITS: f64 = 0.7;
const MOST_PER_HOUR: f64 = 30.0;
/// A level above this multiple of the median gesture is not a gesture: nobody clenches that hard, but a loose electrode reaches it.
const CEILING_TIMES: f64 = 4.0;
/// Number of thresholds that are tried, and the factor between two of them.
const THRESHOLDS: usize = 80;
const THRESHOLD_STEP: f64 = 1.06;
/// Number of misses that cost as much as one false activation.
const FALSE_COST: f64 = 3.0;

/// The result of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedSwitch {
    /// Indices of the channels that are used.
    pub channels: Vec<usize>,
    /// Sign of the gesture at each of these.
    pub signs: Vec<f64>,
    /// Level above which it is a gesture, µV.
    pub threshold_uv: f64,
    /// Level above which it is no gesture but a fault, µV.
    pub ceiling_uv: f64,
    /// Figures on the half of the cues that it was not fitted on.
    pub figures: SwitchFigures,
}

/// Fits a switch.
///
/// # Errors
/// [`NotASwitch`] if there are too few cues or too little rest, or if rest and gesture cannot be distinguished.
pub fn fit(
    recordings: &[CuedLevels],
    gesture: Gesture,
    pulses: Pulses,
) -> Result<FittedSwitch, NotASwitch> {
    let cues: usize = recordings
        .iter()
        .map(|recording| recording.cues.len())
        .sum();
    let rest_s: f64 = recordings.iter().map(CuedLevels::rest_s).sum();
    if cues < LEAST_CUES || rest_s < LEAST_REST_S {
        return Err(NotASwitch::TooLittle { cues, rest_s });
    }
    let (channels, signs) = choose_channels(recordings, gesture);
    let mut series: Vec<Series> = recordings
        .iter()
        .map(|recording| Series::new(recording, &channels, &signs))
        .collect();
    let peak = quantile(series.iter().flat_map(Series::peaks).collect(), 0.5);
    // Pulses are counted here as in a run.
    series
        .iter_mut()
        .for_each(|series| series.ceiling = CEILING_TIMES * peak);
    let tried = thresholds(&series);
    let counts = |threshold: f64| -> [Counts; 2] {
        let mut counts = [Counts::default(); 2];
        let mut seen = 0;
        for series in &series {
            series.count(
                pulses,
                threshold,
                |cue| usize::from(2 * (seen + cue) >= cues),
                &mut counts,
            );
            seen += series.cues.len();
        }
        counts
    };
    let table: Vec<(f64, [Counts; 2])> = tried.iter().map(|&t| (t, counts(t))).collect();
    let on = |half: usize| best(&table, |counts| counts[half].value());
    // Each half is judged by the threshold of the other one.
    let first = counts(on(1))[0];
    let second = counts(on(0))[1];
    let (hits, false_activations) = (
        first.hits + second.hits,
        first.false_activations + second.false_activations,
    );
    let hours = rest_s / 3600.0;
    let is_clear = hits as f64 >= LEAST_HITS * cues as f64
        && false_activations as f64 <= (MOST_PER_HOUR * hours).max(1.0);
    if !is_clear {
        return Err(NotASwitch::Unclear {
            cues,
            hits,
            rest_s,
            false_activations,
        });
    }
    let threshold = best(&table, |counts| counts[0].value() + counts[1].value());
    let figures = SwitchFigures {
        cues,
        hits,
        interval: wilson_interval(hits, cues),
        rest_s,
        false_activations,
        interval_per_hour: poisson_interval(false_activations).map(|count| count / hours),
    };
    Ok(FittedSwitch {
        channels,
        signs,
        threshold_uv: threshold,
        ceiling_uv: CEILING_TIMES * peak,
        figures,
    })
}

impl CuedLevels {
    fn samples(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    fn answer(&self) -> usize {
        (ANSWER_S * self.rate_hz) as usize
    }

    fn rest_s(&self) -> f64 {
        let cued = self.cues.len() * self.answer();
        self.samples().saturating_sub(cued) as f64 / self.rate_hz
    }

    /// The largest level after each cue.
    fn peaks<'a>(&'a self, channel: usize, sign: f64) -> impl Iterator<Item = f64> + 'a {
        let levels = self.levels.get(channel).map_or(&[][..], Vec::as_slice);
        self.cues.iter().map(move |&cue| {
            let to = (cue + self.answer()).min(levels.len());
            let after = levels.get(cue..to).unwrap_or_default();
            after
                .iter()
                .fold(0.0f64, |most, level| most.max(sign * level))
        })
    }
}

/// The channels at which cued peaks stand out most from the usual level, and the sign of the peaks.
fn choose_channels(recordings: &[CuedLevels], gesture: Gesture) -> (Vec<usize>, Vec<f64>) {
    let count = recordings
        .first()
        .map_or(0, |recording| recording.levels.len());
    let signs: &[f64] = match gesture {
        Gesture::Clench => &[1.0],
        Gesture::Blinks => &[1.0, -1.0],
    };
    let contrast = |channel: usize, sign: f64| {
        let peaks = recordings.iter().flat_map(|r| r.peaks(channel, sign));
        let usual = recordings
            .iter()
            .flat_map(|r| &r.levels[channel])
            .map(|level| level.abs());
        // The level is below this for three quarters of the time: gestures and other blinks take less than a quarter.
        quantile(peaks.collect(), 0.5) / quantile(usual.collect(), 0.75).max(0.1)
    };
    let mut found: Vec<(f64, usize, f64)> = (0..count)
        .flat_map(|channel| signs.iter().map(move |&sign| (channel, sign)))
        .map(|(channel, sign)| (contrast(channel, sign), channel, sign))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let least = LEAST_CONTRAST * found.first().map_or(0.0, |best| best.0);
    let mut chosen: Vec<(usize, f64)> = Vec::new();
    for (contrast, channel, sign) in found {
        let is_new = chosen.iter().all(|(other, _)| *other != channel);
        if contrast >= least && is_new && chosen.len() < MOST_CHANNELS {
            chosen.push((channel, sign));
        }
    }
    chosen.into_iter().unzip()
}

fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    let place = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    if values.is_empty() {
        return 0.0;
    }
    let (_, value, _) = values.select_nth_unstable_by(place, f64::total_cmp);
    *value
}

/// The mean level of the selected channels.
struct Series<'a> {
    levels: Vec<f64>,
    cues: &'a [usize],
    ceiling: f64,
    rate_hz: f64,
    answer: usize,
}

/// Result of a threshold.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    hits: usize,
    false_activations: usize,
}

impl Counts {
    fn value(self) -> f64 {
        self.hits as f64 - FALSE_COST * self.false_activations as f64
    }
}

impl<'a> Series<'a> {
    fn new(recording: &'a CuedLevels, channels: &[usize], signs: &[f64]) -> Self {
        let mean = |sample: usize| {
            let levels = channels.iter().zip(signs);
            let sum: f64 = levels
                .map(|(&c, sign)| sign * recording.levels[c][sample])
                .sum();
            sum / channels.len() as f64
        };
        Self {
            levels: (0..recording.samples()).map(mean).collect(),
            cues: &recording.cues,
            ceiling: f64::INFINITY,
            rate_hz: recording.rate_hz,
            answer: recording.answer(),
        }
    }

    /// The largest level after each cue.
    fn peaks(&self) -> impl Iterator<Item = f64> {
        self.cues.iter().map(|&cue| {
            let to = (cue + self.answer).min(self.levels.len());
            let after = self.levels.get(cue..to).unwrap_or_default();
            after.iter().copied().fold(0.0, f64::max)
        })
    }

    /// Counts the detections until the next cue, for the half of the cues that `half_of` returns. A second detection after a cue is a false
    /// one.
    fn count(
        &self,
        pulses: Pulses,
        threshold: f64,
        half_of: impl Fn(usize) -> usize,
        into: &mut [Counts; 2],
    ) {
        let mut counter = PulseCounter::new(pulses, threshold, self.ceiling, self.rate_hz);
        let mut is_answered = vec![false; self.cues.len()];
        for (sample, level) in self.levels.iter().enumerate() {
            if !counter.push(*level) {
                continue;
            }
            let before = self.cues.partition_point(|cue| *cue <= sample);
            let cue = before.saturating_sub(1);
            let counts = &mut into[half_of(cue)];
            let in_time = before > 0 && sample <= self.cues[cue] + self.answer;
            if in_time && !std::mem::replace(&mut is_answered[cue], true) {
                counts.hits += 1;
            } else {
                counts.false_activations += 1;
            }
        }
    }
}

/// Thresholds from the usual level upwards.
fn thresholds(series: &[Series<'_>]) -> Vec<f64> {
    let levels = series.iter().flat_map(|series| &series.levels);
    let usual = quantile(levels.map(|level| level.abs()).collect(), 0.75);
    let first = (1.2 * usual).max(0.1);
    (0..THRESHOLDS)
        .scan(first, |next, _| {
            let this = *next;
            *next *= THRESHOLD_STEP;
            Some(this)
        })
        .collect()
}

/// The threshold at two thirds of the longest run of thresholds that are as good as the best one: well below the level of gestures, and even
/// further above that of rest, of which a fit has only a short sample.
fn best(table: &[(f64, [Counts; 2])], value: impl Fn(&[Counts; 2]) -> f64) -> f64 {
    let values: Vec<f64> = table.iter().map(|(_, counts)| value(counts)).collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut longest, mut from) = (0..0, 0);
    for at in 0..=values.len() {
        if values.get(at).is_some_and(|value| *value == most) {
            continue;
        }
        if at - from > longest.len() {
            longest = from..at;
        }
        from = at + 1;
    }
    let place = (longest.start + 2 * longest.end.saturating_sub(1)) / 3;
    table
        .get(place)
        .map_or(f64::MAX, |(threshold, _)| *threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 100.0;

    /// Three channels of noise. The last one has two pulses of a given size in µV at each cue, and single ones at rest.
    fn recording(cued_uv: f64, single_uv: f64) -> CuedLevels {
        let samples = 12_000;
        let mut seed = 7u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0
        };
        let mut levels: Vec<Vec<f64>> = (0..3)
            .map(|_| (0..samples).map(|_| 5.0 * noise()).collect())
            .collect();
        let cues: Vec<usize> = (1..12).map(|k| k * 1000).collect();
        let mut pulse = |at: usize, microvolts: f64| {
            levels[2][at..at + 20]
                .iter_mut()
                .for_each(|level| *level -= microvolts);
        };
        for cue in &cues {
            pulse(cue + 100, cued_uv);
            pulse(cue + 140, cued_uv);
            pulse(cue + 600, single_uv);
        }
        CuedLevels {
            levels,
            cues,
            rate_hz: RATE,
        }
    }

    #[test]
    fn the_channel_its_sign_and_a_threshold_are_fitted() {
        let pulses = Pulses {
            times: 2,
            ..Gesture::Blinks.usual_pulses()
        };
        let made = recording(100.0, 100.0);
        let fitted = fit(&[made], Gesture::Blinks, pulses).unwrap();
        assert_eq!((fitted.channels, fitted.signs), (vec![2], vec![-1.0]));
        let (threshold, figures) = (fitted.threshold_uv, fitted.figures);
        assert!((20.0..90.0).contains(&threshold), "{threshold}");
        assert_eq!(
            (figures.cues, figures.hits, figures.false_activations),
            (11, 11, 0)
        );
        assert!(
            figures.interval_per_hour[1] > 100.0,
            "a minute says little of an hour"
        );
    }

    #[test]
    fn a_gesture_like_rest_gives_no_switch() {
        let pulses = Pulses {
            times: 1,
            ..Gesture::Blinks.usual_pulses()
        };
        let error = fit(&[recording(100.0, 100.0)], Gesture::Blinks, pulses).unwrap_err();
        assert!(matches!(error, NotASwitch::Unclear { .. }), "{error}");
        let error = fit(&[recording(0.0, 0.0)], Gesture::Blinks, pulses).unwrap_err();
        assert!(matches!(error, NotASwitch::Unclear { .. }), "{error}");
        let mut few = recording(100.0, 0.0);
        few.cues.truncate(3);
        let error = fit(&[few], Gesture::Blinks, pulses).unwrap_err();
        assert!(error.to_string().starts_with("3 cued gestures"), "{error}");
    }
}
