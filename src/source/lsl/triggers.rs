//! Channels of trigger codes in a live EEG stream: where a code begins is a marker, as it is in a file.

use super::description::EegDescription;
use crate::source::Marker;
use crate::source::channels::{Codes, without_codes};
use crate::time::SampleIndex;
use std::collections::VecDeque;

/// How long a channel is looked at before its numbers are believed to be codes, milliseconds. Codes that begin meanwhile are told then.
const LOOK_MS: u32 = 1000;
/// Codes of one channel that wait to be told; more cannot begin in [`LOOK_MS`] at the rates of EEG unless they are no codes.
const WAITING: usize = 1024;

/// One channel.
struct Channel {
    /// Its place in a sample.
    place: usize,
    label: String,
    numbers: Codes,
    waiting: VecDeque<(SampleIndex, i64)>,
    /// Whether its numbers were found to be no codes.
    is_refused: bool,
}

/// All trigger channels of a stream. The first one that has a code to tell is the one that is read from then on.
pub(super) struct Triggers {
    channels: Vec<Channel>,
    /// Samples before a channel is believed.
    look: usize,
    /// The one that is read.
    chosen: Option<usize>,
}

impl Triggers {
    /// Those that a stream describes.
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

    /// Reads none of them: a stream of markers tells the events, and codes would tell them a second time.
    pub(super) fn silence(&mut self) {
        self.channels.clear();
    }

    /// Takes a sample of all channels of the stream.
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

    /// The next marker, where there is one. Only here a text is made, as for every marker.
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
            warnings: Vec::new(),
            reading: Default::default(),
        })
    }

    fn told<const N: usize>(
        triggers: &mut Triggers,
        samples: impl Iterator<Item = [f64; N]>,
    ) -> Vec<(u64, String)> {
        let mut told = Vec::new();
        for (at, sample) in (0..).zip(samples) {
            triggers.take(SampleIndex(at), &sample);
            told.extend(std::iter::from_fn(|| triggers.next()).map(|m| (m.at.0, m.label)));
        }
        told
    }

    #[test]
    fn codes_are_told_at_the_sample_where_they_begin() {
        // 7 for 10 samples in every 125, and a code that is there for the first 5 samples.
        let code = |k: i32| match k {
            0..5 => 3.0,
            _ if k % 125 < 10 => 7.0,
            _ => 0.0,
        };
        let found = told(&mut triggers(&["TRIG"]), (0..1000).map(|k| [code(k)]));
        let expected = (1..8).map(|k| (125 * k, "7".to_owned()));
        let first = [(0, "3".to_owned()), (5, "7".to_owned())];
        assert_eq!(found, first.into_iter().chain(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_channel_that_carries_a_signal_gives_no_marker_and_leaves_the_next_one_its_turn() {
        let samples = (0..1000).map(|k| {
            let pulse = if k % 200 < 20 { 1.0 } else { 0.0 };
            [f64::from(k), 0.3, 0.0, pulse, pulse]
        });
        let mut triggers = triggers(&["Status", "TRIGGER", "STI", "TRIG 1", "TRIG 2"]);
        let found = told(&mut triggers, samples);
        let expected: Vec<_> = (0..5).map(|k| (200 * k, "1".to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_stream_of_markers_silences_them() {
        let mut triggers = triggers(&["TRIG"]);
        triggers.silence();
        let samples = (0..1000).map(|k| [f64::from(k / 100)]);
        assert!(told(&mut triggers, samples).is_empty());
    }
}
