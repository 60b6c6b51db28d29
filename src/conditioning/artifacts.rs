//! Detects artifacts: blinks, clenched jaws, movements and jumps. Each sample is compared with the channel's own level
//! in amplitude, slope, kurtosis and high-frequency power (after FASTER, Nolan et al. 2010, J. Neurosci. Methods 192,
//! made causal).

use crate::time::SampleIndex;
use crate::units::Hertz;

/// A sample is an artifact above this multiple of the channel's mean amplitude, but never below this amplitude, µV.
const AMPLITUDE_TIMES: f64 = 7.0;
const AMPLITUDE_MICROVOLTS: f64 = 60.0;
/// Multiple of the channel's mean slope above which it is an artifact, if the amplitude is large as well.
const SLOPE_TIMES: f64 = 10.0;
/// Kurtosis over half a second above which the signal contains a spike (a normal distribution has 3).
const KURTOSIS: f64 = 14.0;
const KURTOSIS_S: f64 = 0.5;
/// Multiple of the channel's mean high-frequency amplitude, over a tenth of a second, above which it is muscle
/// activity, and the minimum fraction of channels that show it at the same time.
const MUSCLE_TIMES: f64 = 3.5;
const MUSCLE_S: f64 = 0.1;
const MUSCLE_SHARE: f64 = 0.1;
/// Both where only strong muscle activity on many channels counts.
const STRONG_MUSCLE_TIMES: f64 = 6.0;
const STRONG_MUSCLE_SHARE: f64 = 0.5;
/// Time constant of the levels, seconds, and time before anything counts as an artifact.
const MEMORY_S: f64 = 20.0;
const WARM_UP_S: f64 = 2.0;
/// How long an artifact continues after the last sample that stands out, seconds, because the filters ring.
const AFTER_S: f64 = 0.2;
/// Multiple of the current level at which a single sample is clipped before it enters the mean.
const CLIP_TIMES: f64 = 3.0;

/// Follows each channel's levels, and detects samples that stand out.
#[derive(Debug)]
pub struct Artifacts {
    rate: Hertz,
    channels: Vec<Levels>,
    frames: u64,
    until: SampleIndex,
    /// Only strong muscle activity on many channels counts.
    only_strong_muscles: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    amplitude: f64,
    slope: f64,
    muscle: f64,
    last: f64,
    /// The last two samples minus the mean of all channels. Their second difference contains little EEG and much muscle
    /// activity.
    recorded: [f64; 2],
    muscle_now: f64,
    square: f64,
    fourth: f64,
}

/// Classification of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SampleKind {
    Nothing,
    Muscle,
    Artifact,
}

/// Weights of the newest sample in each mean.
struct Shares {
    level: f64,
    muscle: f64,
    kurtosis: f64,
}

impl Shares {
    fn after(frames: f64, rate: Hertz) -> Self {
        let over = |secs: f64| 1.0 / frames.min(secs * rate.hz()).max(1.0);
        Self {
            level: over(MEMORY_S),
            muscle: over(MUSCLE_S),
            kurtosis: over(KURTOSIS_S),
        }
    }
}

impl Levels {
    fn push(
        &mut self,
        recorded: f64,
        filtered: f64,
        shares: &Shares,
        muscle_times: f64,
    ) -> SampleKind {
        let slope = (filtered - self.last).abs();
        let [one, two] = self.recorded;
        let second_difference = (recorded - 2.0 * one + two).abs();
        self.last = filtered;
        self.recorded = [recorded, one];
        self.muscle_now += shares.muscle * (second_difference - self.muscle_now);
        let square = filtered * filtered;
        self.square += shares.kurtosis * (square - self.square);
        self.fourth += shares.kurtosis * (square * square - self.fourth);

        let amplitude = filtered.abs();
        let large = amplitude > AMPLITUDE_MICROVOLTS;
        let spiky = self.fourth > KURTOSIS * self.square * self.square;
        let shown = if large
            && (amplitude > AMPLITUDE_TIMES * self.amplitude
                || slope > SLOPE_TIMES * self.slope
                || spiky)
        {
            SampleKind::Artifact
        } else if self.muscle_now > muscle_times * self.muscle {
            SampleKind::Muscle
        } else {
            SampleKind::Nothing
        };
        follow(&mut self.amplitude, amplitude, shares.level);
        follow(&mut self.slope, slope, shares.level);
        follow(&mut self.muscle, second_difference, shares.level);
        shown
    }
}

/// Moves a level towards a value by a fraction of the distance. The value is clipped once there is a level.
fn follow(level: &mut f64, value: f64, share: f64) {
    let value = if share < 0.1 {
        value.min(CLIP_TIMES * *level)
    } else {
        value
    };
    *level += share * (value - *level);
}

impl Artifacts {
    /// A detector for `channels` channels.
    #[must_use]
    pub fn new(rate: Hertz, channels: usize) -> Self {
        Self {
            rate,
            channels: vec![Levels::default(); channels],
            frames: 0,
            until: SampleIndex::default(),
            only_strong_muscles: false,
        }
    }

    /// Detects only strong muscle activity, on at least half of the channels.
    #[must_use]
    pub fn only_strong_muscles(mut self) -> Self {
        self.only_strong_muscles = true;
        self
    }

    /// Takes a frame as recorded, and as filtered to EEG frequencies (both one sample per channel, µV). Returns whether
    /// it is part of an artifact.
    pub fn push(&mut self, recorded: &[f64], filtered: &[f64], index: SampleIndex) -> bool {
        // Line noise is similar on all channels. Without it, fast activity comes from muscles.
        let common = recorded.iter().sum::<f64>() / recorded.len().max(1) as f64;
        if self.frames == 0 {
            for (levels, sample) in self.channels.iter_mut().zip(recorded) {
                levels.recorded = [sample - common; 2];
            }
        }
        self.frames += 1;
        let shares = Shares::after(self.frames as f64, self.rate);
        let (mut artifact, mut muscle) = (false, 0);
        let [muscle_times, muscle_share] = if self.only_strong_muscles {
            [STRONG_MUSCLE_TIMES, STRONG_MUSCLE_SHARE]
        } else {
            [MUSCLE_TIMES, MUSCLE_SHARE]
        };
        let samples = recorded.iter().zip(filtered);
        for (levels, (recorded, filtered)) in self.channels.iter_mut().zip(samples) {
            match levels.push(recorded - common, *filtered, &shares, muscle_times) {
                SampleKind::Artifact => artifact = true,
                SampleKind::Muscle => muscle += 1,
                SampleKind::Nothing => {}
            }
        }
        let reached = (muscle_share * self.channels.len() as f64).max(2.0);
        artifact &= !self.only_strong_muscles;
        let warm = self.rate.secs_of(self.frames) > WARM_UP_S;
        if warm && (artifact || f64::from(muscle) >= reached) {
            let after = u64::try_from(self.rate.samples_in_secs(AFTER_S)).unwrap_or(0);
            self.until = index.after(1 + after);
        }
        index < self.until
    }

    /// Starts again after a gap that is too long to bridge.
    pub fn restart(&mut self) {
        self.channels.fill(Levels::default());
        self.frames = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    const RATE: f64 = 250.0;

    /// Which frames of ten seconds, starting at 10 s, are artifacts if something is added to the channels from 12 s to
    /// 13 s.
    fn artifacts(add: impl Fn(f64, usize) -> f64) -> Vec<bool> {
        found_by(Artifacts::new(Hertz::new(RATE).unwrap(), 8), add)
    }

    fn found_by(mut artifacts: Artifacts, add: impl Fn(f64, usize) -> f64) -> Vec<bool> {
        let mut seed = 5u64;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / (1u64 << 31) as f64 - 0.5
        };
        let mut out = Vec::new();
        for k in 0..(20.0 * RATE) as u64 {
            let t = k as f64 / RATE;
            let frame: Vec<f64> = (0..8)
                .map(|channel| {
                    let alpha = 15.0 * (2.0 * PI * 10.0 * t + channel as f64).sin();
                    let added = if (12.0..13.0).contains(&t) {
                        add(t - 12.0, channel)
                    } else {
                        0.0
                    };
                    alpha + 10.0 * noise() + added
                })
                .collect();
            out.push(artifacts.push(&frame, &frame, SampleIndex(k)));
        }
        out
    }

    fn found_between(found: &[bool], from_s: f64, to_s: f64) -> usize {
        let range = (from_s * RATE) as usize..(to_s * RATE) as usize;
        found[range].iter().filter(|found| **found).count()
    }

    #[test]
    fn a_steady_rhythm_is_not_an_artifact() {
        assert!(artifacts(|_, _| 0.0).iter().all(|found| !found));
        // Alpha doubles for a second, which is brain activity.
        let more = artifacts(|t, _| 15.0 * (2.0 * PI * 10.0 * t).sin());
        assert!(more.iter().all(|found| !found));
    }

    #[test]
    fn blinks_jumps_and_clenched_jaws_are_found_while_they_last() {
        let blink = |t: f64, channel: usize| match channel {
            0 if t < 0.3 => 150.0 * (PI * t / 0.3).sin(),
            _ => 0.0,
        };
        let jump = |t: f64, channel: usize| if channel == 3 && t < 0.02 { 120.0 } else { 0.0 };
        let jaw = |t: f64, channel: usize| match channel {
            // 100 Hz at 40 µV on half of the electrodes.
            0..4 => 40.0 * (2.0 * PI * 100.0 * t).sin(),
            _ => 0.0,
        };
        for (name, found, least) in [
            ("blink", artifacts(blink), 60),
            ("jump", artifacts(jump), 40),
            ("jaw", artifacts(jaw), 200),
        ] {
            let during = found_between(&found, 12.0, 13.3);
            assert!(during >= least, "{name}: {during} frames");
            assert_eq!(found_between(&found, 0.0, 12.0), 0, "{name}: before");
            assert_eq!(found_between(&found, 13.5, 20.0), 0, "{name}: after");
        }
    }

    #[test]
    fn only_strong_muscles_on_half_of_the_channels_are_found_if_that_is_asked_for() {
        let strong = || Artifacts::new(Hertz::new(RATE).unwrap(), 8).only_strong_muscles();
        let jaw = |t: f64, channel: usize, channels: usize, microvolts: f64| {
            if channel < channels {
                microvolts * (2.0 * PI * 100.0 * t).sin()
            } else {
                0.0
            }
        };
        let found = found_by(strong(), |t, channel| {
            jaw(t, channel, 8, 60.0 - 10.0 * channel as f64)
        });
        let found = found_between(&found, 12.0, 13.3);
        assert!(found >= 200, "{found}");
        let blink = |t: f64, channel: usize| match channel {
            0..4 if t < 0.3 => 150.0 * (PI * t / 0.3).sin(),
            _ => 0.0,
        };
        for found in [
            found_by(strong(), blink),
            found_by(strong(), |t, channel| jaw(t, channel, 2, 30.0)),
            found_by(strong(), |t, channel| jaw(t, channel, 8, 5.0)),
        ] {
            assert_eq!(found_between(&found, 0.0, 20.0), 0);
        }
    }
}
