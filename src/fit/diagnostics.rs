//! Diagnostics of a fit for display: scalp patterns, spectra of each class, every trial in order of time, and accuracy
//! as a function of the number of trials. Decoding does not use them.

use super::classes::{ClassMarker, class_names, class_of};
use super::cross_validation::fit_validated;
use super::epoching::collect;
use super::error::FitError;
use super::reading::read_as_for;
use super::request::FitRequest;
use crate::features::spectrum;
use crate::runtime::progress::NO_PROGRESS;
use crate::source::open_to_decode;
use crate::source::walk::{Passed, Walk};
use bci_cursor_calibration::pattern::patterns;
use bci_cursor_calibration::validation::HeldOut;
use bci_cursor_calibration::{Dataset, Decoder, Figures, Matrix};

/// Diagnostics of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// The decoder's channels.
    pub channels: Vec<String>,
    /// For each class, the change of power at each channel during the class, dB: in the bands below 14 Hz, and above.
    pub patterns_db: Vec<[Vec<f64>; 2]>,
    /// Spectra of the channels that differ most between classes.
    pub spectra: Vec<Spectra>,
    /// Whether each trial was classified correctly while held out, in order of time.
    pub trials: Vec<bool>,
    /// Figures for growing numbers of trials, in order of time.
    pub learning: Vec<Figures>,
}

/// Spectra of a channel relative to the mean of all channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectra {
    /// The channel.
    pub channel: String,
    /// For each class, the mean power of its trials at 1, 2, ... Hz, dB relative to 1 µV²/Hz.
    pub by_class_db: Vec<Vec<f64>>,
}

/// The border between mu and beta, Hz.
const MU_TO_HZ: f64 = 14.0;
/// Highest frequency of the spectra, Hz.
const MOST_HZ: u32 = 40;
/// Number of channels with spectra.
const SPECTRA: usize = 2;
/// Fractions of the trials for the learning curve.
const LEARNT: [f64; 2] = [1.0 / 3.0, 2.0 / 3.0];

impl Diagnostics {
    /// Diagnostics of a decoder and the data that it was fitted on.
    ///
    /// # Errors
    /// [`FitError`] if a recording cannot be read again.
    pub(super) fn of(
        decoder: &Decoder,
        held_out: &[HeldOut],
        dataset: &Dataset,
        recordings: &[String],
        request: &FitRequest,
    ) -> Result<Self, FitError> {
        let patterns_db = patterns_db(decoder, dataset)?;
        let channels = strongest(&patterns_db, &decoder.channels);
        let mut learning = learning_curve(dataset, request, &decoder.channels);
        learning.extend(decoder.figures.clone());
        Ok(Self {
            spectra: spectra(recordings, request, &decoder.channels, &channels)?,
            channels: decoder.channels.clone(),
            patterns_db,
            trials: held_out.iter().map(is_right).collect(),
            learning,
        })
    }
}

/// Change of power on the scalp during each class, as in [`Diagnostics::patterns_db`], from the recordings that a
/// decoder was fitted on. Trials are marked by class names, as in the calibration window, and end `to_s` seconds after
/// the cue; `None` for the default.
///
/// # Errors
/// [`FitError`] if a recording cannot be read, or lacks a class.
pub fn patterns_of(
    decoder: &Decoder,
    recordings: &[String],
    to_s: Option<f64>,
) -> Result<Vec<[Vec<f64>; 2]>, FitError> {
    let class = |class: &String| ClassMarker::new(class.clone(), class.clone());
    let mut request = FitRequest::new(decoder.classes.iter().map(class).collect());
    request.features = decoder.features.clone();
    request.timing.to_s = to_s.unwrap_or(request.timing.to_s);
    request.read_as = read_as_for(decoder, &request.read_as);
    let first = recordings.first().map_or("", String::as_str);
    let layout = open_to_decode(first, &request.read_as)?.layout().clone();
    let (channels, conditioning) = (&decoder.channels, &decoder.conditioning);
    let collected = collect(
        recordings,
        &request,
        &layout,
        channels,
        conditioning,
        NO_PROGRESS,
    )?;
    patterns_db(decoder, &collected.dataset)
}

fn patterns_db(decoder: &Decoder, dataset: &Dataset) -> Result<Vec<[Vec<f64>; 2]>, FitError> {
    let by_band = patterns(dataset, &decoder.model)
        .map_err(bci_cursor_calibration::DatasetError::NotFinite)?;
    let bands_hz = &decoder.features.bands_hz;
    let mean_where = |class: &Matrix, is_in: &dyn Fn(f64) -> bool| -> Vec<f64> {
        let middle = |band: &[f64; 2]| 0.5 * (band[0] + band[1]);
        let chosen = class.iter().zip(bands_hz);
        let chosen: Vec<&[f64]> = chosen
            .filter(|(_, band)| is_in(middle(band)))
            .map(|(db, _)| db)
            .collect();
        let share = 1.0 / chosen.len().max(1) as f64;
        let at = |channel: usize| share * chosen.iter().map(|db| db[channel]).sum::<f64>();
        (0..dataset.channel_count).map(at).collect()
    };
    let of_class = |class: &Matrix| {
        [
            mean_where(class, &|hz| hz < MU_TO_HZ),
            mean_where(class, &|hz| hz >= MU_TO_HZ),
        ]
    };
    Ok(by_band.iter().map(of_class).collect())
}

fn is_right(trial: &HeldOut) -> bool {
    let best = |a: &usize, b: &usize| trial.scores[*a].total_cmp(&trial.scores[*b]);
    (0..trial.scores.len()).max_by(best) == Some(trial.class)
}

/// The channels whose power changes most in any class.
fn strongest(patterns_db: &[[Vec<f64>; 2]], channels: &[String]) -> Vec<String> {
    let most = |channel: usize| {
        let all = patterns_db.iter().flatten().map(|db| db[channel].abs());
        all.fold(0.0, f64::max)
    };
    let mut order: Vec<usize> = (0..channels.len()).collect();
    order.sort_by(|a, b| most(*b).total_cmp(&most(*a)));
    let mut chosen: Vec<usize> = order.into_iter().take(SPECTRA).collect();
    chosen.sort_unstable();
    chosen
        .into_iter()
        .map(|place| channels[place].clone())
        .collect()
}

/// Figures with the first trials only; left out if they are too few.
fn learning_curve(dataset: &Dataset, request: &FitRequest, channels: &[String]) -> Vec<Figures> {
    let trials = dataset.trials();
    let first = |share: f64| {
        let count = (share * trials.len() as f64).round() as usize;
        let last = trials.get(count.checked_sub(1)?)?.0;
        let part = dataset.part(|trial| trial <= last);
        let own =
            |epochs: Vec<&bci_cursor_calibration::Epoch>| epochs.into_iter().cloned().collect();
        let part = Dataset {
            epochs: own(part.epochs),
            rest: own(part.rest),
            ..dataset.like()
        };
        // Too few trials of a class are not an error here: the curve starts later.
        fit_validated(&part, request, channels, NO_PROGRESS)
            .ok()
            .map(|fitted| fitted.figures)
    };
    LEARNT.into_iter().filter_map(first).collect()
}

/// Mean spectra of the trials of each class.
fn spectra(
    recordings: &[String],
    request: &FitRequest,
    channels: &[String],
    chosen: &[String],
) -> Result<Vec<Spectra>, FitError> {
    let classes = class_names(&request.classes).len();
    let mut sums = vec![vec![vec![0.0; MOST_HZ as usize]; classes]; chosen.len()];
    let mut counts = vec![0.0; classes];
    for recording in recordings {
        let (rate_hz, samples, cues) = read(recording, request, channels, chosen)?;
        let length = samples.first().map_or(0, Vec::len);
        for (label, at) in cues {
            let Some(class) = class_of(&request.classes, &label, recording) else {
                continue;
            };
            let place = |secs: f64| at + (secs * rate_hz) as usize;
            let (from, to) = (place(request.timing.from_s), place(request.timing.to_s));
            if to > length || 2.2 * f64::from(MOST_HZ) > rate_hz {
                continue;
            }
            counts[class] += 1.0;
            for (sums, samples) in sums.iter_mut().zip(&samples) {
                let power = spectrum::density(&samples[from..to], rate_hz, MOST_HZ);
                sums[class]
                    .iter_mut()
                    .zip(power)
                    .for_each(|(sum, power)| *sum += power);
            }
        }
    }
    let db = |sum: &f64, count: f64| 10.0 * libm::log10((sum / f64::max(count, 1.0)).max(1e-6));
    let of_channel = |(channel, sums): (&String, Vec<Vec<f64>>)| Spectra {
        channel: channel.clone(),
        by_class_db: sums
            .iter()
            .zip(&counts)
            .map(|(sum, count)| sum.iter().map(|sum| db(sum, *count)).collect())
            .collect(),
    };
    Ok(chosen.iter().zip(sums).map(of_channel).collect())
}

/// Rate, chosen channels relative to the mean of the decoder's channels, and cues with their frames. Missing samples
/// are not counted, so a trial with a gap is slightly shifted; one among many does no harm.
type CuedSignals = (f64, Vec<Vec<f64>>, Vec<(String, usize)>);

fn read(
    recording: &str,
    request: &FitRequest,
    channels: &[String],
    chosen: &[String],
) -> Result<CuedSignals, FitError> {
    let mut source = open_to_decode(recording, &request.read_as)?;
    let layout = source.layout().clone();
    let place = |label: &String| layout.position(label);
    let all: Vec<usize> = channels.iter().filter_map(place).collect();
    let own: Vec<usize> = chosen.iter().filter_map(place).collect();
    let (mut samples, mut cues) = (vec![Vec::new(); own.len()], Vec::new());
    let mut frames: Vec<u64> = Vec::new();
    let mut walk = Walk::new(source.as_mut());
    while let Some(passed) = walk.advance()? {
        match passed {
            Passed::Samples(block) => {
                for (index, frame) in (block.first.0..).zip(block.iter()) {
                    let mean = all.iter().map(|c| frame[*c]).sum::<f64>() / all.len().max(1) as f64;
                    samples
                        .iter_mut()
                        .zip(&own)
                        .for_each(|(to, c)| to.push(frame[*c] - mean));
                    frames.push(index);
                }
            }
            Passed::Marker(marker) => cues.push((marker.label, marker.at.0)),
            Passed::Gap { .. } | Passed::ClockReset => {}
        }
    }
    let frame_of = |index: u64| frames.partition_point(|frame| *frame < index);
    let cues = cues
        .into_iter()
        .map(|(label, index)| (label, frame_of(index)))
        .collect();
    Ok((layout.rate.hz(), samples, cues))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{fit_recordings, fit_with_diagnostics};

    #[test]
    fn the_opposite_side_of_the_head_loses_power_and_the_decoder_is_the_same() {
        let recordings = ["synthetic:seed=11,channels=21,trials=24,erd=0.8".to_owned()];
        let class = |class: &str| ClassMarker::new(class, class);
        let request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        let (decoder, insight) = fit_with_diagnostics(&recordings, &request).unwrap();
        assert_eq!(decoder, fit_recordings(&recordings, &request).unwrap());
        let again = patterns_of(&decoder, &recordings, None).unwrap();
        assert_eq!(again, insight.patterns_db);
        let at = |label: &str| {
            insight
                .channels
                .iter()
                .position(|own| own == label)
                .unwrap()
        };
        let [left, right] = [0, 1].map(|class: usize| &insight.patterns_db[class][0]);
        assert!(
            right[at("C3")] < -1.0 && left[at("C4")] < -1.0,
            "{left:?} {right:?}"
        );
        assert!(
            right[at("C4")] > 0.5 && left[at("C3")] > 0.5,
            "{left:?} {right:?}"
        );
        assert!(
            left[at("Cz")].abs() < 0.5 * left[at("C4")].abs(),
            "{left:?}"
        );
        let shown: Vec<&str> = insight.spectra.iter().map(|s| s.channel.as_str()).collect();
        assert_eq!(shown, ["C3", "C4"]);
        // At C3, mu is weaker for the right hand.
        let [left, right] = [0, 1].map(|class: usize| &insight.spectra[0].by_class_db[class]);
        let mu = |db: &[f64]| db[8..12].iter().sum::<f64>() / 4.0;
        assert!(mu(left) > mu(right) + 2.0, "{} {}", mu(left), mu(right));
        let figures = decoder.figures.unwrap();
        assert_eq!(insight.trials.len(), figures.trials);
        assert_eq!(
            insight.trials.iter().filter(|right| **right).count(),
            figures.correct
        );
        let counts: Vec<usize> = insight
            .learning
            .iter()
            .map(|figures| figures.trials)
            .collect();
        assert_eq!(
            counts,
            [figures.trials / 3, figures.trials * 2 / 3, figures.trials]
        );
    }
}
