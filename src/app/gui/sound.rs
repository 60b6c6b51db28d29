//! Tones for the cues, for a patient who does not always look at the screen.

use rodio::source::SineWave;
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Source};
use std::time::Duration;

/// Length of a tone, and of its rise and fall: without these it would click.
const LENGTH: Duration = Duration::from_millis(150);
const EDGE: Duration = Duration::from_millis(20);
/// Amplitude, as a share of full scale.
const LOUDNESS: f32 = 0.3;

/// The two tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A cue starts.
    Cue,
    /// A cue ends.
    Rest,
}

impl Tone {
    fn hz(self) -> f32 {
        match self {
            Self::Cue => 880.0,
            Self::Rest => 440.0,
        }
    }

    fn source(self) -> impl Source + Send + 'static {
        SineWave::new(self.hz())
            .take_duration(LENGTH)
            .fade_in(EDGE)
            .fade_out(LENGTH)
            .amplify(LOUDNESS)
    }
}

/// No tone can be played.
#[derive(Debug, thiserror::Error)]
#[error("no sound can be heard here ({0}). Is there a loudspeaker? Cues come without tones")]
pub(super) struct SoundError(#[from] rodio::DeviceSinkError);

/// The default sound device of the system.
pub(super) struct Sound(MixerDeviceSink);

impl Sound {
    /// Opens it.
    ///
    /// # Errors
    /// [`SoundError`] if there is none.
    pub(super) fn open() -> Result<Self, SoundError> {
        let mut sink = DeviceSinkBuilder::open_default_sink()?;
        sink.log_on_drop(false);
        Ok(Self(sink))
    }

    /// Starts a tone, and returns at once.
    pub(super) fn play(&self, tone: Tone) {
        self.0.mixer().add(tone.source());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_has_its_pitch_and_comes_and_goes_without_a_click() {
        for tone in [Tone::Cue, Tone::Rest] {
            let source = tone.source();
            let rate = f64::from(source.sample_rate().get());
            let samples: Vec<f32> = source.collect();
            let length_s = samples.len() as f64 / rate;
            assert!((length_s - 0.15).abs() < 0.001, "{length_s}");
            let turns = samples
                .windows(2)
                .filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0)
                .count();
            let hz = turns as f64 / length_s;
            assert!((hz / f64::from(tone.hz()) - 1.0).abs() < 0.03, "{hz}");
            let loudest = samples
                .iter()
                .fold(0.0, |most: f32, value| most.max(value.abs()));
            assert!(loudest <= LOUDNESS && loudest > 0.5 * LOUDNESS, "{loudest}");
            let steps = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
            let ends = samples[0].abs() + samples[samples.len() - 1].abs();
            assert!(ends < 0.01 && steps.fold(0.0, f32::max) < 0.06, "{ends}");
        }
    }
}
