//! A synthetic patient: seeded EEG whose sensorimotor rhythms desynchronize with imagined movements.
//!
//! It has 1/f background patches, mu and beta rhythms under C3, Cz and C4, an occipital alpha rhythm, blinks, muscle
//! bursts over the temples, line noise, and sensor noise. Imagining a movement attenuates mu and beta over the area
//! that controls the limb (event-related desynchronization, ERD; Pfurtscheller and Lopes da Silva 1999). This shows
//! that the whole chain works. It does not predict how well real people are decoded.

mod brain;
mod eyes;
mod noise;
mod noise_source;
mod parts;
mod spec;

pub use eyes::{SeeingPatient, Sight};
pub use noise::NoiseKind;
pub use noise_source::NoiseSource;
pub use spec::Spec;

use super::recording::{About, ChannelAbout, Recorded, StreamAbout};
use super::{Marker, Source, SourceError, SourceEvent, SpecError};
use crate::block::{Block, Layout};
use crate::montage;
use crate::time::{SampleIndex, StreamNanos};
use bci_cursor_calibration::face_switch::Gesture;
use brain::Brain;
use parts::Random;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the patient imagines at the moment. A closed loop sets it from another thread.
#[derive(Debug, Clone)]
pub struct Imagination(Arc<AtomicUsize>);

impl Imagination {
    /// At rest.
    #[must_use]
    pub fn rest() -> Self {
        Self(Arc::new(AtomicUsize::new(usize::MAX)))
    }

    /// Imagines a class (its place in the spec's classes), or rests.
    pub fn set(&self, class: Option<usize>) {
        self.0.store(class.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    fn get(&self) -> Option<usize> {
        let class = self.0.load(Ordering::Relaxed);
        (class != usize::MAX).then_some(class)
    }
}

/// The synthetic patient.
#[derive(Debug)]
pub struct SyntheticPatient {
    layout: Layout,
    about: About,
    brain: Brain,
    /// The action of each class.
    actions: Vec<Action>,
    /// Sample at which the current action began.
    since: u64,
    timeline: VecDeque<(SampleIndex, Option<usize>, String)>,
    imagined: Option<usize>,
    live: Option<Imagination>,
    next_index: u64,
    end: u64,
}

impl SyntheticPatient {
    /// A patient who follows a seeded sequence of cues. A marker with the name of the class announces each cue, and the
    /// marker `rest` ends it.
    ///
    /// # Errors
    /// [`SourceError::SyntheticSpec`] if an electrode or a class is unknown.
    pub fn new(spec: &Spec) -> Result<Self, SourceError> {
        if spec.noise.is_some() {
            return Err(bad(spec, SpecError::NoiseAsPatient));
        }
        let positions = positions(spec)?;
        let actions = spec.classes.iter().map(|class| {
            Action::of(class, spec.erd).ok_or_else(|| bad(spec, SpecError::Class(class.clone())))
        });
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        let mut random = Random::new(spec.seed);
        let timeline = timeline(spec, &mut random);
        let end = timeline.back().map_or(0, |cue| cue.0.0)
            + spec.rate.samples_in_ms((spec.rest_s * 1000.0) as u32);
        Ok(Self {
            about: about(spec, end),
            layout: Layout {
                rate: spec.rate,
                labels: spec.labels.clone(),
            },
            brain: Brain::new(spec, &positions, random),
            actions,
            since: 0,
            timeline,
            imagined: None,
            live: None,
            next_index: 0,
            end,
        })
    }

    /// After its cues the patient does not end, but follows the handle.
    #[must_use]
    pub fn then_live(mut self, imagination: Imagination) -> Self {
        self.live = Some(imagination);
        self
    }
}

impl Recorded for SyntheticPatient {
    fn about(&self) -> &About {
        &self.about
    }
}

impl Source for SyntheticPatient {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        into.restart(SampleIndex(self.next_index));
        if self
            .timeline
            .front()
            .is_some_and(|cue| cue.0.0 <= self.next_index)
            && let Some((at, class, label)) = self.timeline.pop_front()
        {
            (self.imagined, self.since) = (class, at.0);
            return Ok(SourceEvent::Marker(Marker { at, label }));
        }
        let limit = match (self.timeline.front(), &self.live) {
            (Some(cue), _) => cue.0.0,
            (None, Some(_)) => u64::MAX,
            (None, None) => self.end,
        };
        while self.next_index < limit {
            let Some(frame) = into.push_frame() else {
                break;
            };
            if let (None, Some(live)) = (self.timeline.front(), &self.live) {
                let now = live.get();
                if self.imagined != now {
                    (self.imagined, self.since) = (now, self.next_index);
                }
            }
            let action = self.imagined.and_then(|class| self.actions.get(class));
            match action.copied().unwrap_or(Action::Imagine([0.0; 3])) {
                Action::Imagine(weakened) => self.brain.frame(weakened, frame),
                Action::Gesture(gesture) => {
                    self.brain.frame([0.0; 3], frame);
                    let since_s = self.layout.rate.secs_of(self.next_index - self.since);
                    self.brain.make(gesture, since_s, frame);
                }
            }
            self.next_index += 1;
        }
        if into.frames() == 0 {
            return Ok(SourceEvent::End);
        }
        into.set_acquired(StreamNanos::from_secs(
            self.layout.rate.secs_of(self.next_index),
        ));
        Ok(SourceEvent::Samples)
    }
}

/// Positions of the electrodes.
fn positions(spec: &Spec) -> Result<Vec<montage::Position>, SourceError> {
    let place = |label: &String| {
        montage::position(label).ok_or_else(|| bad(spec, SpecError::Electrode(label.clone())))
    };
    spec.labels.iter().map(place).collect()
}

fn bad(spec: &Spec, error: SpecError) -> SourceError {
    SourceError::SyntheticSpec {
        spec: spec.to_string(),
        error,
    }
}

fn about(spec: &Spec, samples: u64) -> About {
    let channel = |label: &String| ChannelAbout {
        label: label.clone(),
        unit: "uV".into(),
        is_read: true,
    };
    About {
        format: "synthetic".into(),
        streams: vec![StreamAbout {
            kind: "EEG".into(),
            rate_hz: Some(spec.rate.hz()),
            samples,
            is_read: true,
            channels: spec.labels.iter().map(channel).collect(),
            ..StreamAbout::default()
        }],
        ..About::default()
    }
}

/// The action of a class.
#[derive(Debug, Clone, Copy)]
enum Action {
    /// Attenuates the rhythms under C3, Cz and C4 by these fractions of their amplitude.
    Imagine([f64; 3]),
    /// Makes a facial gesture.
    Gesture(Gesture),
}

impl Action {
    fn of(class: &str, erd: f64) -> Option<Self> {
        // A hand is controlled by the opposite side; the same side follows weakly.
        Some(match class {
            "left_hand" => Self::Imagine([0.2 * erd, 0.1 * erd, erd]),
            "right_hand" => Self::Imagine([erd, 0.1 * erd, 0.2 * erd]),
            "both_hands" => Self::Imagine([erd, 0.1 * erd, erd]),
            "feet" => Self::Imagine([0.1 * erd, erd, 0.1 * erd]),
            "clench" => Self::Gesture(Gesture::Clench),
            "blinks" => Self::Gesture(Gesture::Blinks),
            _ => return None,
        })
    }
}

/// The cues, in an order in which each round contains every class once.
fn timeline(spec: &Spec, random: &mut Random) -> VecDeque<(SampleIndex, Option<usize>, String)> {
    let mut out = VecDeque::new();
    let mut at_s = spec.rest_s;
    let mut round: Vec<usize> = Vec::new();
    for _ in 0..spec.trials {
        if round.is_empty() {
            round = (0..spec.classes.len()).collect();
        }
        let class = round.swap_remove(random.below(round.len()));
        let index =
            |secs: f64| SampleIndex(u64::try_from(spec.rate.samples_in_secs(secs)).unwrap_or(0));
        out.push_back((index(at_s), Some(class), spec.classes[class].clone()));
        at_s += spec.imagery_s;
        out.push_back((index(at_s), None, "rest".into()));
        at_s += spec.rest_s;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(spec: &Spec, capacity: usize) -> (Vec<f64>, Vec<Marker>) {
        let mut patient = SyntheticPatient::new(spec).unwrap();
        let mut block = Block::with_capacity(spec.labels.len(), capacity);
        let (mut samples, mut markers) = (Vec::new(), Vec::new());
        loop {
            match patient.next(&mut block).unwrap() {
                SourceEvent::Samples => samples.extend_from_slice(block.samples()),
                SourceEvent::Marker(marker) => markers.push(marker),
                SourceEvent::End => return (samples, markers),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_eeg_in_blocks_of_any_size() {
        let spec = Spec {
            trials: 2,
            ..Spec::default()
        };
        assert_eq!(play(&spec, 1), play(&spec, 256));
        assert_ne!(play(&spec, 64).0, play(&Spec { seed: 2, ..spec }, 64).0);
    }

    #[test]
    fn imagining_a_hand_attenuates_the_rhythm_of_the_other_side() {
        let spec = Spec {
            trials: 40,
            labels: vec!["C3".into(), "C4".into()],
            erd: 0.8,
            ..Spec::default()
        };
        let (samples, markers) = play(&spec, 64);
        let power = |label: &str, channel: usize| {
            let mut filter = crate::conditioning::cascade::Cascade::new(
                crate::conditioning::design::butterworth_bandpass(2, 8.0, 13.0, spec.rate).unwrap(),
                2,
            );
            let filtered: Vec<f64> = samples
                .chunks_exact(2)
                .map(|f| {
                    let mut f = [f[0], f[1]];
                    filter.run(&mut f);
                    f[channel]
                })
                .collect();
            let trials = markers.iter().filter(|m| m.label == label);
            trials
                .map(|m| {
                    let at = m.at.0 as usize;
                    filtered[at + 250..at + 1000]
                        .iter()
                        .map(|x| x * x)
                        .sum::<f64>()
                })
                .sum::<f64>()
        };
        assert!(power("left_hand", 1) < 0.6 * power("right_hand", 1));
        assert!(power("right_hand", 0) < 0.6 * power("left_hand", 0));
    }

    #[test]
    fn amplitudes_are_those_of_eeg() {
        let (samples, _) = play(
            &Spec {
                trials: 4,
                labels: montage::named(64).unwrap(),
                ..Spec::default()
            },
            64,
        );
        let rms = (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt();
        assert!((5.0..40.0).contains(&rms), "{rms} µV");
        assert!(samples.iter().all(|x| x.abs() < 400.0));
    }

    #[test]
    fn a_description_is_printed_as_it_is_parsed() {
        for text in [
            "",
            "seed=7,channels=C3+C4,rate=500,erd=0.25,classes=feet",
            "seed=7,noise=sweep,seconds=90",
        ] {
            let spec = Spec::parse(text).unwrap();
            assert_eq!(Spec::parse(&spec.to_string()).unwrap(), spec);
        }
    }

    #[test]
    fn a_bad_description_is_refused_with_the_reason() {
        for (text, expected) in [
            ("seed=x", "seed is 'x'"),
            ("colour=red", "'colour' is unknown"),
            ("rate=3", "expected 64 to 20000"),
            ("classes=nose", "'nose' is no class"),
            ("channels=C3+Q9", "'Q9' is no electrode"),
            ("noise=brown", "known are white, pink"),
            ("seconds=60", "seconds is for noise"),
            ("noise=pink", "noise follows no cues"),
        ] {
            let made = Spec::parse(text).and_then(|spec| SyntheticPatient::new(&spec).map(|_| ()));
            let error = made.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
