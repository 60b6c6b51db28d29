//! A recording of somebody who looks at flickering lights.

use crate::conditioning::Sanitize;
use crate::conditioning::cascade::Cascade;
use crate::conditioning::mains::LineMeter;
use crate::evaluate::looking::LookingError;
use crate::fit::looking::LooksError;
use crate::looking::conditioner::sections;
use crate::looking::cue::looked_at;
use crate::source::channels::ReadAs;
use crate::source::open_to_decode;
use crate::source::walk::{Passed, Walk};
use crate::units::Hertz;
use std::path::Path;

/// Conditioned EEG and its cues.
pub(super) struct Session {
    pub(super) rate: Hertz,
    pub(super) labels: Vec<String>,
    /// Frame after frame.
    samples: Vec<f64>,
    pub(super) cues: Vec<Cue>,
}

/// What a person was asked to look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cue {
    /// Frame of the cue.
    pub(super) at: usize,
    /// Flicker that is looked at; `None` for rest.
    pub(super) frequency_hz: Option<f64>,
}

impl Cue {
    /// Its place among these frequencies; `None` for rest.
    pub(super) fn place_in(&self, tags: &[f64]) -> Option<usize> {
        let hz = self.frequency_hz?;
        tags.iter().position(|tag| *tag == hz)
    }
}

impl Session {
    /// Reads a recording, and filters it from its first sample on. Missing samples are taken as the last one before them.
    pub(super) fn read(path: &Path, read_as: &ReadAs) -> Result<Self, LookingError> {
        let mut source = open_to_decode(&path.to_string_lossy(), read_as)?;
        let layout = source.layout().clone();
        let channels = layout.channel_count();
        let (mut samples, mut cues) = (Vec::new(), Vec::new());
        let mut first = None;
        let mut sanitize = Sanitize::new(channels);
        let mut walk = Walk::new(&mut *source);
        while let Some(passed) = walk.advance()? {
            match passed {
                Passed::Samples(block) => {
                    let start = *first.get_or_insert(block.first.0);
                    let place = index(block.first.0.saturating_sub(start));
                    while samples.len() < place * channels {
                        samples.extend_from_slice(sanitize.last_good());
                    }
                    for frame in block.iter() {
                        let at = samples.len();
                        samples.extend_from_slice(frame);
                        sanitize.mend(&mut samples[at..]);
                    }
                }
                Passed::Marker(marker) => {
                    if let Some(frequency_hz) = looked_at(&marker.label) {
                        cues.push((marker.at.0, frequency_hz));
                    }
                }
                Passed::Gap { .. } | Passed::ClockReset => {}
            }
        }
        let start = first.unwrap_or(0);
        let cues: Vec<Cue> = cues
            .into_iter()
            .map(|(at, frequency_hz)| Cue {
                at: index(at.saturating_sub(start)),
                frequency_hz,
            })
            .collect();
        if cues.iter().all(|cue| cue.frequency_hz.is_none()) {
            return Err(LookingError::NoCue {
                path: path.to_owned(),
            });
        }
        let mut session = Self {
            rate: layout.rate,
            labels: layout.labels,
            samples,
            cues,
        };
        session.condition(path)?;
        Ok(session)
    }

    fn condition(&mut self, path: &Path) -> Result<(), LookingError> {
        let channels = self.labels.len();
        let mut meter = LineMeter::new(self.rate, channels);
        self.samples
            .chunks_exact(channels)
            .for_each(|frame| meter.push(frame));
        let at_fault = |error| LooksError::Filter {
            path: path.to_owned(),
            error,
        };
        let sections = sections(self.rate, meter.mains_hz().as_slice()).map_err(at_fault)?;
        let mut cascade = Cascade::new(sections, channels);
        self.samples
            .chunks_exact_mut(channels)
            .for_each(|frame| cascade.run(frame));
        Ok(())
    }

    /// Frames, one value a channel.
    pub(super) fn frames(&self) -> impl Iterator<Item = &[f64]> {
        self.samples.chunks_exact(self.labels.len())
    }

    /// The frame this long after a cue.
    pub(super) fn after(&self, cue: &Cue, seconds: f64) -> usize {
        cue.at + (seconds * self.rate.hz()).round() as usize
    }
}

fn index(of: u64) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}
