//! Looks for headsets while the window is open.

use crate::runtime::feed::{FeedOpener, Opened, ThreadFeed};
use crate::runtime::paced::Paced;
use crate::source::channels::ReadAs;
use crate::source::headset::{self, HeadsetSettings, HeadsetSource};
use crate::source::lsl::{LslSource, StreamQuery, resolve, streams};
use crate::source::{SourceError, open_to_decode};
use crossbeam_channel::{Receiver, bounded};

/// A source of EEG that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An LSL stream: name, source id, and what it is in words.
    Stream(String, String, String),
    /// A serial port, and what is on it.
    Port(String, String),
    /// A recording, which is played at the speed of life.
    Recording(String),
}

/// How long one look for streams takes, seconds, and how long a chosen one is waited for.
const LOOK_S: f64 = 1.0;
const WAIT_S: f64 = 5.0;

/// A thread that looks again and again.
pub struct Finder(Receiver<Found>);

impl Finder {
    /// Begins to look.
    #[must_use]
    pub fn start() -> Self {
        let (found, seen) = bounded(64);
        std::thread::spawn(move || {
            loop {
                let here = streams(LOOK_S).unwrap_or_default();
                let eeg = here.into_iter().filter(|stream| stream.kind == "EEG");
                let eeg = eeg.map(|stream| {
                    Found::Stream(
                        stream.name.clone(),
                        stream.source_id.clone(),
                        stream.describe(),
                    )
                });
                let ports = headset::ports().unwrap_or_default();
                let ports = ports
                    .into_iter()
                    .map(|port| Found::Port(port.port, port.what));
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

    /// What was not known before.
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
    /// In words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Stream(_, _, words) => words.clone(),
            Self::Port(port, what) => format!("{port}  {what}"),
            Self::Recording(name) => name.clone(),
        }
    }

    /// Opens it, read as `read_as` says where that is not what it says of itself; on a thread of its own, as that takes seconds.
    pub(super) fn open(&self, read_as: ReadAs) -> Result<ThreadFeed, SourceError> {
        let opener: FeedOpener = match self.clone() {
            Self::Stream(name, source_id, _) => Box::new(move || {
                let query = StreamQuery {
                    name: Some(name),
                    predicate: (!source_id.is_empty()).then(|| format!("source_id='{source_id}'")),
                    ..StreamQuery::default()
                };
                let source = LslSource::open_checked(resolve(&query, WAIT_S)?, read_as)?;
                let (about, reading) = (source.stream().describe(), source.reading().clone());
                Ok(Opened {
                    reading,
                    ..Opened::new(Box::new(source), about)
                })
            }),
            Self::Recording(name) => Box::new(move || {
                let source = open_to_decode(&name, &read_as)?;
                let reading = source.about().reading.clone();
                Ok(Opened {
                    reading,
                    ..Opened::new(Box::new(Paced::new(source)), name)
                })
            }),
            Self::Port(port, _) => Box::new(move || {
                let stated = read_as.unit.is_some() || read_as.rate.is_some();
                if stated || !read_as.channels.is_empty() {
                    let what = "--channels, --unit and --rate are for LSL streams and recordings; a headset on a serial port says these itself";
                    return Err(SourceError::Headset {
                        port,
                        what: what.into(),
                    });
                }
                let settings = HeadsetSettings {
                    port,
                    electrodes: read_as.electrodes,
                    ..HeadsetSettings::default()
                };
                let source = HeadsetSource::open(settings)?;
                let (about, meter) = (source.device().to_string(), source.impedance_meter());
                Ok(Opened {
                    reading: source.reading(),
                    meter,
                    ..Opened::new(Box::new(source), about)
                })
            }),
        };
        ThreadFeed::open(opener)
    }
}
