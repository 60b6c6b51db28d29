//! Searches for headsets while the window is open.

use crate::app::gui::text::Message;
use crate::printable::printable;
use crate::source::headset::{self, BLUETOOTH, BUILT_IN, HeadsetSettings, Port};
use crate::source::lsl::{FoundStream, StreamQuery, streams};
use crate::source::{LslSpec, SourceSpec};
use crossbeam_channel::{Receiver, bounded};

/// A source of EEG that the user can select.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The source.
    pub source: SourceSpec,
    /// Its description for the user.
    pub words: Message,
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
            words: Message::new(stream.describe(), stream_in_chinese(stream)),
        }
    }

    fn port(port: Port) -> Self {
        Self {
            words: {
                let words = |what: &str| format!("{}  {what}", port.port);
                Message::new(words(&port.what), words(port_in_chinese(&port.what)))
            },
            source: SourceSpec::Headset(HeadsetSettings {
                port: port.port,
                ..HeadsetSettings::default()
            }),
        }
    }

    /// The stream with this name, which need not be there yet.
    #[must_use]
    pub fn named_stream(name: &str) -> Self {
        Self {
            source: SourceSpec::Lsl(LslSpec {
                checks_rate: true,
                ..LslSpec::named(name, WAIT_S)
            }),
            words: Message::new(
                format!("the stream '{}'", printable(name)),
                format!("流“{}”", printable(name)),
            ),
        }
    }

    /// A recording, played in real time.
    #[must_use]
    pub fn recording(name: String) -> Self {
        Self {
            words: Message::new(name.clone(), name.clone()),
            source: SourceSpec::recording(name),
        }
    }
}

/// As [`FoundStream::describe`].
fn stream_in_chinese(stream: &FoundStream) -> String {
    let rate = if stream.rate_hz > 0.0 {
        format!("{} 赫兹", stream.rate_hz)
    } else {
        "采样不均匀".to_owned()
    };
    format!(
        "“{}”（类型 {}，{} 个通道，{rate}，source_id “{}”，主机 {}）",
        printable(&stream.name),
        printable(&stream.kind),
        stream.channels,
        printable(&stream.source_id),
        printable(&stream.host)
    )
}

/// A kind of port; the name of a USB device stays as it is.
fn port_in_chinese(what: &str) -> &str {
    match what {
        BLUETOOTH => "蓝牙",
        BUILT_IN => "内置",
        device => device,
    }
}
