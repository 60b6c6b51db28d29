//! Detects bad channels during the stream: flat, railed, dominated by line noise, noisy, or unlike all neighbours
//! (after the PREP pipeline, Bigdely-Shamlo et al. 2015, Front. Neuroinform. 9:16, made causal).

use super::cascade::Cascade;
use super::design::{self, DesignError};
use super::line_power::LinePower;
use crate::montage;
use crate::time::SampleIndex;
use crate::units::Hertz;
use serde::Serialize;

/// The fault of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It hardly changes: a wire is disconnected, or the amplifier's input is dead.
    Flat,
    /// It stays at the limit of its range.
    Railed,
    /// 50 or 60 Hz much stronger than on the other channels: the electrode is loose.
    LineNoise,
    /// Much stronger than the other channels.
    Noisy,
    /// It does not correlate with any neighbour.
    Unlike,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Flat => "flat: is the electrode connected?",
            Self::Railed => "at the end of its range: is the electrode or the ground loose?",
            Self::LineNoise => "full of line noise: is the electrode loose or dry?",
            Self::Noisy => "far noisier than the others: is the electrode loose?",
            Self::Unlike => "unlike all its neighbours: does the electrode touch the skin?",
        })
    }
}

/// A channel is flat if its peak-to-peak amplitude over a stretch is below this, µV. A headset's own noise exceeds it.
const FLAT_MICROVOLTS: f64 = 0.5;
/// A channel is railed if more than this fraction of a stretch's samples are at its largest or smallest value.
const RAILED_SHARE: f64 = 0.2;
/// Root mean square of the line noise above which it can be a fault, µV, and its minimum multiple of the median
/// channel's. It must also exceed the channel's activity between 1 and 35 Hz, because broadband noise also has power at
/// the line frequency.
const LINE_MICROVOLTS: f64 = 20.0;
const LINE_TIMES: f64 = 5.0;
/// Multiple of the median channel's amplitude above which a channel is noisy, and fraction below which it is flat.
const NOISY_TIMES: f64 = 6.0;
const QUIET_PART: f64 = 0.03;
/// A channel is unlike its neighbours if its largest mean correlation is below this; and the weight of one stretch in
/// that mean. A single second can correlate by chance, and a channel that is removed and restored repeatedly does more
/// harm than one that stays.
const LEAST_CORRELATION: f64 = 0.15;
const CORRELATION_SHARE: f64 = 0.2;
/// Number of neighbours that a channel is compared with, and the minimum number of channels for a comparison: fewer
/// have too little in common.
const NEIGHBOURS: usize = 6;
const LEAST_CHANNELS: usize = 6;
/// Absolute limits, if there are too few channels to compare: root mean square between 1 and 35 Hz, and of the line noise, µV. The median of
/// two channels says nothing about either.
const FEW_NOISY_MICROVOLTS: f64 = 200.0;
const FEW_LINE_MICROVOLTS: f64 = 100.0;
const FEW_FOR_A_MEDIAN: usize = 3;
/// Band of the comparison, Hz. Drifts and line noise correlate even if the electrode is bad.
const BAND_HZ: [f64; 2] = [1.0, 35.0];
/// Number of consecutive good stretches that end a fault.
const STRETCHES_TO_RECOVER: u32 = 10;

impl Fault {
    /// Number of consecutive stretches that make this a fault. Movements and clenching are strong only for a moment.
    fn stretches(self) -> u32 {
        match self {
            Self::Flat | Self::Railed => 1,
            Self::LineNoise | Self::Noisy => 3,
            Self::Unlike => 5,
        }
    }
}

/// Checks each channel once per second of stream, by sample count.
#[derive(Debug)]
pub struct BadChannels {
    stretch: u64,
    frames: u64,
    filter: Cascade,
    filtered: Vec<f64>,
    line: LinePower,
    channels: Vec<Channel>,
    neighbours: Vec<Vec<usize>>,
    /// Per channel and neighbour: sum of products.
    products: Vec<Vec<f64>>,
    /// Per channel and neighbour: mean correlation over several stretches; `None` before the first.
    correlations: Vec<Vec<Option<f64>>>,
    /// Buffer for medians.
    sorted: Vec<f64>,
    /// Whether a few channels are judged by absolute limits.
    has_absolute_limits: bool,
    faults: Vec<Option<Fault>>,
}

#[derive(Debug, Clone, Copy)]
struct Channel {
    most: f64,
    least: f64,
    at_most: u64,
    at_least: u64,
    squares: f64,
    suspected: Option<Fault>,
    /// Number of consecutive stretches with the suspected fault, or without any.
    in_a_row: u32,
}

const NEW: Channel = Channel {
    most: f64::NEG_INFINITY,
    least: f64::INFINITY,
    at_most: 0,
    at_least: 0,
    squares: 0.0,
    suspected: None,
    in_a_row: 0,
};

impl Channel {
    fn push(&mut self, sample: f64, filtered: f64) {
        if sample > self.most {
            (self.most, self.at_most) = (sample, 0);
        }
        if sample < self.least {
            (self.least, self.at_least) = (sample, 0);
        }
        self.at_most += u64::from(sample >= self.most);
        self.at_least += u64::from(sample <= self.least);
        self.squares += filtered * filtered;
    }

    /// Takes the result of a stretch. Returns the channel's new fault; `before` is the old one.
    fn judge(&mut self, found: Option<Fault>, before: Option<Fault>) -> Option<Fault> {
        self.in_a_row = if found == self.suspected {
            self.in_a_row.saturating_add(1)
        } else {
            1
        };
        self.suspected = found;
        match found {
            Some(fault) if self.in_a_row >= fault.stretches() => Some(fault),
            None if self.in_a_row >= STRETCHES_TO_RECOVER => None,
            _ => before,
        }
    }
}

impl BadChannels {
    /// A detector for electrodes with these labels.
    ///
    /// # Errors
    /// [`DesignError`] if the rate is too low for EEG.
    pub fn new(labels: &[String], rate: Hertz) -> Result<Self, DesignError> {
        let [low_hz, high_hz] = BAND_HZ;
        let high_hz = high_hz.min(0.4 * rate.hz());
        let sections = design::butterworth_bandpass(1, low_hz, high_hz, rate)?;
        let neighbours: Vec<Vec<usize>> = (0..labels.len())
            .map(|channel| nearest(labels, channel))
            .collect();
        Ok(Self {
            stretch: rate.samples_in_ms(1000),
            frames: 0,
            filter: Cascade::new(sections, labels.len()),
            filtered: vec![0.0; labels.len()],
            line: LinePower::new(rate, labels.len()),
            channels: vec![NEW; labels.len()],
            products: neighbours
                .iter()
                .map(|near| vec![0.0; near.len()])
                .collect(),
            correlations: neighbours
                .iter()
                .map(|near| vec![None; near.len()])
                .collect(),
            neighbours,
            sorted: vec![0.0; labels.len()],
            has_absolute_limits: false,
            faults: vec![None; labels.len()],
        })
    }

    /// Also judges channels that are too few to compare: by absolute limits of noise and line noise.
    #[must_use]
    pub fn with_absolute_limits(mut self) -> Self {
        self.has_absolute_limits = true;
        self
    }

    /// Takes the frame that ends at `end` (one sample per channel, µV, as recorded). Returns true if a channel's fault
    /// began or ended.
    pub fn push(&mut self, frame: &[f64], end: SampleIndex) -> bool {
        self.filtered.copy_from_slice(frame);
        self.filter.run(&mut self.filtered);
        self.line.push(frame);
        for (channel, (sample, filtered)) in self
            .channels
            .iter_mut()
            .zip(frame.iter().zip(&self.filtered))
        {
            channel.push(*sample, *filtered);
        }
        for ((near, products), own) in self
            .neighbours
            .iter()
            .zip(&mut self.products)
            .zip(&self.filtered)
        {
            for (other, product) in near.iter().zip(products) {
                *product += own * self.filtered[*other];
            }
        }
        self.frames += 1;
        // A stretch that was shortened by a restart is too short to judge.
        end.0.is_multiple_of(self.stretch) && self.end_of_stretch()
    }

    fn end_of_stretch(&mut self) -> bool {
        let whole = self.frames == self.stretch;
        let mut changed = false;
        if whole {
            let median_square = median(&mut self.sorted, self.channels.iter().map(|c| c.squares));
            let median_line = median(&mut self.sorted, self.line.mean_squares());
            self.correlate();
            for channel in 0..self.channels.len() {
                let found = self.fault_of(channel, median_square, median_line);
                let before = self.faults[channel];
                self.faults[channel] = self.channels[channel].judge(found, before);
                changed |= self.faults[channel] != before;
            }
        }
        self.begin_stretch();
        changed
    }

    fn begin_stretch(&mut self) {
        self.frames = 0;
        self.line.restart();
        for channel in &mut self.channels {
            *channel = Channel {
                suspected: channel.suspected,
                in_a_row: channel.in_a_row,
                ..NEW
            };
        }
        self.products
            .iter_mut()
            .for_each(|products| products.fill(0.0));
    }

    fn fault_of(&self, place: usize, median_square: f64, median_line: f64) -> Option<Fault> {
        let channel = &self.channels[place];
        let samples = self.frames as f64;
        let at_an_end = channel.at_most.max(channel.at_least) as f64;
        let compared = self.channels.len() >= LEAST_CHANNELS;
        let line = self.line.mean_square(place);
        if channel.most - channel.least < FLAT_MICROVOLTS {
            Some(Fault::Flat)
        } else if at_an_end > RAILED_SHARE * samples {
            Some(Fault::Railed)
        } else if line > LINE_MICROVOLTS * LINE_MICROVOLTS
            && line > channel.squares / samples
            && line > LINE_TIMES * LINE_TIMES * median_line
        {
            Some(Fault::LineNoise)
        } else if let Some(fault) = self.fault_of_few(channel.squares / samples, line) {
            Some(fault)
        } else if compared && channel.squares > NOISY_TIMES * NOISY_TIMES * median_square {
            Some(Fault::Noisy)
        } else if compared && channel.squares < QUIET_PART * QUIET_PART * median_square {
            Some(Fault::Flat)
        } else if compared && self.likeness(place) < LEAST_CORRELATION {
            Some(Fault::Unlike)
        } else {
            None
        }
    }

    /// The fault of a channel that exceeds an absolute limit, by its mean squares between 1 and 35 Hz and of the line noise, µV².
    fn fault_of_few(&self, square: f64, line: f64) -> Option<Fault> {
        let channels = self.channels.len();
        if !self.has_absolute_limits || channels >= LEAST_CHANNELS {
            return None;
        }
        let is_line = channels < FEW_FOR_A_MEDIAN && line > FEW_LINE_MICROVOLTS.powi(2);
        if is_line && line > square {
            return Some(Fault::LineNoise);
        }
        (square > FEW_NOISY_MICROVOLTS.powi(2)).then_some(Fault::Noisy)
    }

    /// Adds the stretch's correlations to their means.
    fn correlate(&mut self) {
        for (own, near) in self.neighbours.iter().enumerate() {
            let products = self.products[own].iter();
            for ((other, product), mean) in
                near.iter().zip(products).zip(&mut self.correlations[own])
            {
                let squares = self.channels[own].squares * self.channels[*other].squares;
                let found = product / squares.sqrt().max(f64::MIN_POSITIVE);
                let before = mean.unwrap_or(found);
                *mean = Some(before + CORRELATION_SHARE * (found - before));
            }
        }
    }

    /// Largest mean correlation with a neighbour.
    fn likeness(&self, place: usize) -> f64 {
        let of = |mean: &Option<f64>| mean.map_or(1.0, f64::abs);
        self.correlations[place].iter().map(of).fold(0.0, f64::max)
    }

    /// The last frame, filtered for the comparison, µV.
    #[must_use]
    pub fn filtered(&self) -> &[f64] {
        &self.filtered
    }

    /// The fault of each channel.
    #[must_use]
    pub fn faults(&self) -> &[Option<Fault>] {
        &self.faults
    }

    /// Starts again after a gap that is too long to bridge. Faults remain until the channels are good again.
    pub fn restart(&mut self) {
        self.filter.reset();
        self.begin_stretch();
    }
}

fn median(sorted: &mut [f64], values: impl Iterator<Item = f64>) -> f64 {
    sorted
        .iter_mut()
        .zip(values)
        .for_each(|(slot, value)| *slot = value);
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The nearest other electrodes by position; by order if a label has no position.
fn nearest(labels: &[String], channel: usize) -> Vec<usize> {
    let place = |k: usize| montage::position(&labels[k]);
    let distance = |other: usize| match (place(channel), place(other)) {
        (Some(a), Some(b)) => montage::distance(a, b),
        _ => 2.0 + channel.abs_diff(other) as f64,
    };
    let mut others: Vec<usize> = (0..labels.len()).filter(|&k| k != channel).collect();
    others.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    others.truncate(NEIGHBOURS);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 200.0;

    /// The faults of nine electrodes that share a rhythm; `spoil` changes each frame.
    fn faults(seconds: u64, spoil: impl Fn(u64, &mut [f64])) -> Vec<Option<Fault>> {
        let labels = montage::named(9).unwrap();
        let mut monitor = BadChannels::new(&labels, Hertz::new(RATE).unwrap()).unwrap();
        let mut seed = 5u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut frame = vec![0.0; 9];
        for k in 0..seconds * RATE as u64 {
            let shared = 20.0 * (0.31 * k as f64).sin() + 20.0 * noise();
            frame
                .iter_mut()
                .for_each(|sample| *sample = shared + 15.0 * noise() + 4000.0);
            spoil(k, &mut frame);
            monitor.push(&frame, SampleIndex(k + 1));
        }
        monitor.faults().to_vec()
    }

    fn third_is(expected: Fault, seconds: u64, spoil: impl Fn(u64, &mut f64)) {
        let found = faults(seconds, |k, frame| spoil(k, &mut frame[2]));
        let mut all = vec![None; 9];
        all[2] = Some(expected);
        assert_eq!(found, all);
    }

    #[test]
    fn good_channels_have_no_fault() {
        assert_eq!(faults(30, |_, _| {}), vec![None; 9]);
        // A slow drift and line noise on all channels, and a strong moment on one.
        let loud = |k: u64, frame: &mut [f64]| {
            frame.iter_mut().for_each(|sample| {
                *sample += k as f64 * 0.1
                    + 60.0 * (2.0 * std::f64::consts::PI * 50.0 * k as f64 / RATE).sin();
            });
            frame[1] *= if (2000..2300).contains(&k) { 20.0 } else { 1.0 };
        };
        assert_eq!(faults(30, loud), vec![None; 9]);
    }

    #[test]
    fn each_fault_is_recognized() {
        third_is(Fault::Flat, 3, |_, sample| *sample = 4000.0);
        third_is(Fault::Railed, 3, |_, sample| {
            *sample = sample.clamp(3998.0, 4002.0);
        });
        let line = |k: u64, sample: &mut f64| {
            *sample += 100.0 * (2.0 * std::f64::consts::PI * 50.0 * k as f64 / RATE).sin();
        };
        third_is(Fault::LineNoise, 5, line);
        third_is(Fault::Noisy, 5, |k, sample| {
            *sample += 400.0 * (k as f64 * 0.7).sin();
        });
        third_is(Fault::Unlike, 8, |k, sample| {
            *sample = 15.0 * (k as f64 * 0.9).sin();
        });
    }

    #[test]
    fn a_channel_that_comes_back_is_used_again() {
        let off = |k: u64, frame: &mut [f64]| {
            if k < 1000 {
                frame[4] = 0.0;
            }
        };
        assert_eq!(faults(4, off)[4], Some(Fault::Flat));
        assert_eq!(faults(20, off), vec![None; 9]);
    }
}
