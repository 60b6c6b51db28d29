//! Searches for headsets while the window is open.

use crate::source::headset::{self, HeadsetSettings, Port};
use crate::source::lsl::{FoundStream, StreamQuery, streams};
use crate::source::{LslSpec, SourceSpec};
use crossbeam_channel::{Receiver, bounded};

/// A source of EEG that the user can select.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The source.
    pub source: SourceSpec,
    /// Its description for the user.
    pub words: String,
}

/// Duration of one search for streams, and how long to wait for the selected one, seconds.
const LOOK_S: f64 = 1.0;
const WAIT_S: f64 = 5.0;

/// A thread that searches again and again.
pub struct Finder(Receiver<Found>);

impl Finder {
    /// Starts the search.
    #[must_use]
    pub fn start() -> Self {
        let (found, seen) = bounded(64);
        std::thread::spawn(move || {
            loop {
                let here = streams(LOOK_S).unwrap_or_default();
                let eeg = here.into_iter().filter(|stream| stream.kind == "EEG");
                let eeg = eeg.map(|stream| Found::stream(&stream));
                let ports = headset::ports().unwrap_or_default();
                let ports = ports.into_iter().map(Found::port);
                for one in eeg.chain(ports) {
                    // The window has been closed.
                    if found.send(one).is_err() {
                        return;
                    }
                }
            }
        });
        Self(seen)
    }

    /// Sources that are not in `known`.
    pub(super) fn new_ones(&self, known: &[Found]) -> Vec<Found> {
        let mut new: Vec<Found> = Vec::new();
        for one in self.0.try_iter() {
            if !known.contains(&one) && !new.contains(&one) {
                new.push(one);
            }
        }
        new
    }
}

impl Found {
    fn stream(stream: &FoundStream) -> Self {
        let id = &stream.source_id;
        Self {
            source: SourceSpec::Lsl(LslSpec {
                query: StreamQuery {
                    predicate: (!id.is_empty()).then(|| format!("source_id='{id}'")),
                    ..StreamQuery::named(&stream.name)
                },
                wait_s: WAIT_S,
                checks_rate: true,
                ..LslSpec::default()
            }),
            words: stream.describe(),
        }
    }

    fn port(port: Port) -> Self {
        Self {
            words: format!("{}  {}", port.port, port.what),
            source: SourceSpec::Headset(HeadsetSettings {
                port: port.port,
                ..HeadsetSettings::default()
            }),
        }
    }

    /// A recording, played in real time.
    #[must_use]
    pub fn recording(name: String) -> Self {
        Self {
            words: name.clone(),
            source: SourceSpec::recording(name),
        }
    }
}
