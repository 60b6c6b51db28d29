//! Trigger channels of a live EEG stream: the start of each code becomes a marker, as in a recording.

use super::description::EegDescription;
use crate::source::Marker;
use crate::source::channels::{Codes, without_codes};
use crate::time::SampleIndex;
use std::collections::VecDeque;

/// How long a channel is observed before its values count as codes, milliseconds. Codes that start meanwhile are
/// delivered afterwards.
const LOOK_MS: u32 = 1000;
/// Maximum number of waiting codes per channel. No more can start in [`LOOK_MS`] at the rates of EEG, unless they are
/// not codes.
const WAITING: usize = 1024;

/// One trigger channel.
struct Channel {
    /// Its place in a sample.
    place: usize,
    label: String,
    numbers: Codes,
    waiting: VecDeque<(SampleIndex, i64)>,
    /// Whether its values turned out not to be codes.
    is_refused: bool,
}

/// All trigger channels of a stream. The first one with a code is used from then on.
pub(super) struct Triggers {
    channels: Vec<Channel>,
    /// Number of samples before a channel's values count as codes.
    look: usize,
    /// The channel that is used.
    chosen: Option<usize>,
}

impl Triggers {
    /// The trigger channels that a stream describes.
    pub(super) fn of(described: &EegDescription) -> Self {
        let channels = described.triggers.iter();
        let channels = channels.map(|(place, label)| Channel {
            place: *place,
            label: label.clone(),
            numbers: Codes::new(0.0),
            waiting: VecDeque::with_capacity(WAITING),
            is_refused: false,
        });
        Self {
            channels: channels.collect(),
            look: described.layout.rate.samples_in_ms(LOOK_MS) as usize,
            chosen: None,
        }
    }

    /// Ignores all of them: a marker stream already reports the events.
    pub(super) fn disable(&mut self) {
        self.channels.clear();
    }

    /// Takes one sample of all channels of the stream.
    pub(super) fn take(&mut self, at: SampleIndex, sample: &[f64]) {
        for channel in self.channels.iter_mut().filter(|own| !own.is_refused) {
            let value = sample.get(channel.place).copied().unwrap_or(0.0);
            let Some(code) = channel.numbers.take(value) else {
                continue;
            };
            if channel.waiting.len() < WAITING {
                channel.waiting.push_back((at, code));
            }
        }
    }

    /// The next marker, if there is one. Text is allocated only here, as for every marker.
    pub(super) fn next(&mut self) -> Option<Marker> {
        for (k, channel) in self.channels.iter_mut().enumerate() {
            let is_other = self.chosen.is_some_and(|chosen| chosen != k);
            if channel.is_refused || is_other || channel.numbers.samples() < self.look {
                continue;
            }
            if !channel.numbers.are_codes() {
                log::warn!("the stream: {}", without_codes(&channel.label));
                channel.is_refused = true;
                channel.waiting.clear();
            } else if let Some((at, code)) = channel.waiting.pop_front() {
                if self.chosen.is_none() {
                    log::info!(
                        "the codes of the trigger channel '{}' are markers",
                        channel.label
                    );
                }
                self.chosen = Some(k);
                let label = code.to_string();
                return Some(Marker { at, label });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Layout;
    use crate::note::Notes;
    use crate::units::Hertz;

    fn triggers(labels: &[&str]) -> Triggers {
        let numbered = labels.iter().enumerate();
        Triggers::of(&EegDescription {
            layout: Layout {
                rate: Hertz::new(250.0).unwrap(),
                labels: Vec::new(),
            },
            channels: labels.len(),
            eeg: Vec::new(),
            triggers: numbered
                .map(|(place, label)| (place, (*label).into()))
                .collect(),
            amplifier: Default::default(),
            warnings: Notes::new(),
            reading: Default::default(),
        })
    }

    fn markers_of<const N: usize>(
        triggers: &mut Triggers,
        samples: impl Iterator<Item = [f64; N]>,
    ) -> Vec<(u64, String)> {
        let mut markers_of = Vec::new();
        for (at, sample) in (0..).zip(samples) {
            triggers.take(SampleIndex(at), &sample);
            markers_of.extend(std::iter::from_fn(|| triggers.next()).map(|m| (m.at.0, m.label)));
        }
        markers_of
    }

    #[test]
    fn codes_are_placed_at_the_sample_where_they_begin() {
        // Code 7 for 10 samples in every 125, and a code that is present during the first 5 samples.
        let code = |k: i32| match k {
            0..5 => 3.0,
            _ if k % 125 < 10 => 7.0,
            _ => 0.0,
        };
        let found = markers_of(&mut triggers(&["TRIG"]), (0..1000).map(|k| [code(k)]));
        let expected = (1..8).map(|k| (125 * k, "7".to_owned()));
        let first = [(0, "3".to_owned()), (5, "7".to_owned())];
        assert_eq!(found, first.into_iter().chain(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_channel_with_a_signal_gives_no_marker_and_the_next_channel_is_used() {
        let samples = (0..1000).map(|k| {
            let pulse = if k % 200 < 20 { 1.0 } else { 0.0 };
            [f64::from(k), 0.3, 0.0, pulse, pulse]
        });
        let mut triggers = triggers(&["Status", "TRIGGER", "STI", "TRIG 1", "TRIG 2"]);
        let found = markers_of(&mut triggers, samples);
        let expected: Vec<_> = (0..5).map(|k| (200 * k, "1".to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_marker_stream_replaces_trigger_channels() {
        let mut triggers = triggers(&["TRIG"]);
        triggers.disable();
        let samples = (0..1000).map(|k| [f64::from(k / 100)]);
        assert!(markers_of(&mut triggers, samples).is_empty());
    }
}
