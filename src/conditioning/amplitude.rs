//! Measures the amplitude of a signal, and checks whether it can be EEG in the unit that its source declares.

use super::cascade::Cascade;
use super::design::butterworth_bandpass;
use crate::block::Block;
use crate::note::{Note, Remedy};
use crate::units::{Hertz, VoltageUnit};

/// Band in which the amplitude is measured, Hz.
const BAND_HZ: [f64; 2] = [1.0, 40.0];
/// Root mean square in that band below or above which a signal cannot be scalp EEG, µV. An amplifier's own noise
/// exceeds the first limit, and only a loose electrode or strong movement exceeds the second.
const LEAST_MICROVOLTS: f64 = 0.2;
const MOST_MICROVOLTS: f64 = 1000.0;
/// A unit is only suggested if it brings the median channel into this range, µV.
const USUAL_MICROVOLTS: [f64; 2] = [1.5, 120.0];
/// Fraction of the channels that must be outside. Single channels are loose electrodes, not wrong units.
const MOST_OF_THEM: f64 = 0.8;
/// A signal below this amplitude is constant, µV.
const CONSTANT_MICROVOLTS: f64 = 1e-9;

/// Measures the root mean square of each channel between 1 and 40 Hz.
#[derive(Debug)]
pub struct Amplitude {
    filter: Option<Cascade>,
    filtered: Vec<f64>,
    squares: Vec<f64>,
    frames: u64,
}

impl Amplitude {
    /// A meter for `channels` channels at a sampling rate.
    #[must_use]
    pub fn new(rate: Hertz, channels: usize) -> Self {
        let sections = butterworth_bandpass(2, BAND_HZ[0], BAND_HZ[1], rate);
        Self {
            filter: sections
                .ok()
                .map(|sections| Cascade::new(sections, channels)),
            filtered: vec![0.0; channels],
            squares: vec![0.0; channels],
            frames: 0,
        }
    }

    /// Takes a frame (one sample per channel, µV). NaN counts as zero.
    pub fn push(&mut self, frame: &[f64]) {
        let Some(filter) = &mut self.filter else {
            return;
        };
        for (own, value) in self.filtered.iter_mut().zip(frame) {
            *own = if value.is_finite() { *value } else { 0.0 };
        }
        filter.run(&mut self.filtered);
        for (sum, value) in self.squares.iter_mut().zip(&self.filtered) {
            *sum += value * value;
        }
        self.frames += 1;
    }

    /// Root mean square of each channel, µV; `None` if the rate is too low for the band.
    #[must_use]
    pub fn rms_microvolts(&self) -> Option<Vec<f64>> {
        self.filter.as_ref()?;
        let frames = self.frames.max(1) as f64;
        Some(
            self.squares
                .iter()
                .map(|sum| (sum / frames).sqrt())
                .collect(),
        )
    }
}

/// How much of a live stream is checked, seconds.
const LIVE_S: u32 = 5;

/// Checks from the first seconds of a live stream whether it can be EEG in its unit.
#[derive(Debug)]
pub struct UnitWatch {
    unit: VoltageUnit,
    amplitude: Amplitude,
    left: u64,
}

impl UnitWatch {
    /// A check for a stream with `channels` channels, read in `unit`.
    #[must_use]
    pub fn new(rate: Hertz, channels: usize, unit: VoltageUnit) -> Self {
        Self {
            unit,
            amplitude: Amplitude::new(rate, channels),
            left: rate.samples_in_ms(1000 * LIVE_S),
        }
    }

    /// Takes the next block, µV. With the block that completes the first five seconds, returns the doubt as a message,
    /// if any (see [`doubt_unit`]).
    pub fn take(&mut self, block: &Block) -> Option<Note> {
        if self.left == 0 {
            return None;
        }
        let frames = block.iter().take(self.left as usize);
        frames.for_each(|frame| self.amplitude.push(frame));
        self.left = self.left.saturating_sub(block.frames() as u64);
        if self.left > 0 {
            return None;
        }
        doubt_unit(&self.amplitude.rms_microvolts()?, self.unit)
    }
}

/// The message if a signal cannot be EEG in its unit, with the unit that would fit; `None` if it can. `rms_microvolts`
/// are the root mean squares of the channels between 1 and 40 Hz, read in `unit`.
#[must_use]
pub fn doubt_unit(rms_microvolts: &[f64], unit: VoltageUnit) -> Option<Note> {
    let mut changing: Vec<f64> = rms_microvolts
        .iter()
        .copied()
        .filter(|rms| rms.is_finite() && *rms > CONSTANT_MICROVOLTS)
        .collect();
    let share = |is: &dyn Fn(f64) -> bool| {
        let count = changing.iter().filter(|rms| is(**rms)).count();
        count as f64 / changing.len().max(1) as f64
    };
    let is_low = share(&|rms| rms < LEAST_MICROVOLTS) >= MOST_OF_THEM;
    let is_high = share(&|rms| rms > MOST_MICROVOLTS) >= MOST_OF_THEM;
    if !is_low && !is_high {
        return None;
    }
    changing.sort_by(f64::total_cmp);
    let median = changing[changing.len() / 2];
    let in_unit = |other: VoltageUnit| median / unit.microvolts() * other.microvolts();
    let likely = VoltageUnit::ALL.into_iter().find(|&other| {
        let [low, high] = USUAL_MICROVOLTS;
        (low..=high).contains(&in_unit(other))
    });
    let than = if is_low { "small" } else { "large" };
    let found = format!("{} µV between 1 and 40 Hz (median)", rounded(median));
    Some(match likely {
        Some(likely) => {
            let times = (likely.microvolts() / unit.microvolts()).log10().round() as i32;
            let times = match times.abs() {
                3 => "a thousand times",
                6 => "a million times",
                _ => "far",
            };
            let text = format!(
                "the channels are {times} too {than} for {unit}: {found}, where EEG has 2 to 100. The unit that is stated may be \
                 wrong: in {likely} they would be EEG",
                unit = unit.symbol(),
                likely = likely.symbol()
            );
            Note::new(text, Remedy::ReadIn(likely))
        }
        None => Note::from(format!(
            "the channels are too {than} for {unit}: {found}, where EEG has 2 to 100. No unit of voltage makes them EEG: {why}",
            unit = unit.symbol(),
            why = if is_low {
                "are the electrodes connected, and is the amplifier's gain right?"
            } else {
                "are the electrodes connected, or are the values counts of the amplifier, which have to be scaled first?"
            }
        )),
    })
}

/// Rounds to two significant digits.
fn rounded(value: f64) -> String {
    if value >= 10.0 {
        return format!("{value:.0}");
    }
    let digits = (1.0 - value.log10().floor()).clamp(1.0, 12.0) as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn millivolts_that_are_declared_as_microvolts_are_doubted() {
        let doubt = doubt_unit(&[0.006, 0.005, 0.02, 0.0], VoltageUnit::Microvolt).unwrap();
        assert!(
            doubt.contains("a thousand times too small for uV"),
            "{doubt}"
        );
        assert!(doubt.contains("0.0060 µV"), "{doubt}");
        assert_eq!(doubt.remedy, Some(Remedy::ReadIn(VoltageUnit::Millivolt)));
        let doubt = doubt_unit(&[6e6, 9e6], VoltageUnit::Volt).unwrap();
        assert!(doubt.contains("a million times too large for V"), "{doubt}");
        assert_eq!(doubt.remedy, Some(Remedy::ReadIn(VoltageUnit::Microvolt)));
        let doubt = doubt_unit(&[4.1e3; 8], VoltageUnit::Microvolt).unwrap();
        assert_eq!(doubt.remedy, Some(Remedy::ReadIn(VoltageUnit::Nanovolt)));
        assert!(
            doubt_unit(&[5e5; 8], VoltageUnit::Nanovolt)
                .unwrap()
                .contains("counts")
        );
    }

    #[test]
    fn a_unit_is_suggested_only_if_it_gives_eeg() {
        // A thousand times 0.13 µV is not EEG either.
        let doubt = doubt_unit(&[0.13; 8], VoltageUnit::Microvolt).unwrap();
        assert_eq!(doubt.remedy, None, "{doubt}");
        assert!(doubt.contains("electrodes connected"), "{doubt}");
    }

    /// The message for ten seconds of a 10 Hz sine, and the time at which it comes, seconds.
    fn live_doubt(microvolts: f64, unit: VoltageUnit) -> Option<(f64, Note)> {
        let rate = Hertz::new(250.0).unwrap();
        let mut watch = UnitWatch::new(rate, 8, unit);
        let mut block = Block::with_capacity(8, 20);
        let mut doubts = Vec::new();
        for first in (0..2500u32).step_by(20) {
            block.restart(crate::time::SampleIndex(u64::from(first)));
            for k in first..first + 20 {
                let phase = 2.0 * std::f64::consts::PI * 10.0 * f64::from(k) / rate.hz();
                // On top of a typical electrode offset.
                let value = 30_000.0 + microvolts * 2f64.sqrt() * phase.sin();
                block.push_frame().unwrap().fill(value);
            }
            let doubt = watch.take(&block);
            doubts.extend(doubt.map(|doubt| (f64::from(first + 20) / rate.hz(), doubt)));
        }
        assert!(doubts.len() < 2, "{doubts:?}");
        doubts.pop()
    }

    #[test]
    fn a_wrong_unit_of_a_live_stream_is_reported_once() {
        assert_eq!(live_doubt(20.0, VoltageUnit::Microvolt), None);
        assert_eq!(live_doubt(20.0, VoltageUnit::Volt), None);
        // Volts that are declared as microvolts, and microvolts that are declared as volts.
        let (at_s, doubt) = live_doubt(20e-6, VoltageUnit::Microvolt).unwrap();
        assert!((at_s - 5.0).abs() < 0.1, "{at_s}");
        assert_eq!(doubt.remedy, Some(Remedy::ReadIn(VoltageUnit::Volt)));
        let (_, doubt) = live_doubt(20e6, VoltageUnit::Volt).unwrap();
        assert_eq!(doubt.remedy, Some(Remedy::ReadIn(VoltageUnit::Microvolt)));
    }

    #[test]
    fn eeg_and_dead_or_loose_electrodes_are_not_doubted() {
        for rms in [
            vec![0.5; 8],
            vec![400.0; 8],
            vec![0.0; 8],
            vec![],
            vec![0.01, 12.0, 11.0, 9.0],
        ] {
            assert_eq!(doubt_unit(&rms, VoltageUnit::Microvolt), None, "{rms:?}");
        }
    }

    proptest! {
        /// Whatever the real and the declared unit are, the doubt names the real one.
        #[test]
        fn the_real_unit_is_found(rms in prop::collection::vec(2.0..100.0f64, 1..40), real in 0..4usize, stated in 0..4usize) {
            let units = [VoltageUnit::Volt, VoltageUnit::Millivolt, VoltageUnit::Microvolt, VoltageUnit::Nanovolt];
            let (real, stated) = (units[real], units[stated]);
            let wrong: Vec<f64> = rms.iter().map(|rms| rms / real.microvolts() * stated.microvolts()).collect();
            let doubt = doubt_unit(&wrong, stated);
            if real == stated {
                prop_assert_eq!(doubt, None);
            } else {
                let remedy = doubt.and_then(|doubt| doubt.remedy);
                prop_assert_eq!(remedy, Some(Remedy::ReadIn(real)));
            }
        }
    }
}
