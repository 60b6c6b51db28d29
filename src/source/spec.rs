//! A live source of EEG as a value, before it is opened. It can be chosen in a window, stored, and sent to the thread
//! that will own the source.

use super::channels::ReadAs;
use super::headset::{HeadsetSettings, HeadsetSource, ImpedanceMeter};
#[cfg(feature = "lsl")]
use super::lsl::{LslSource, StreamQuery, resolve};
use super::paced::Paced;
use super::{Amplifier, HeadsetError, Source, SourceError, open_to_decode};
use crate::printable::printable;
use bci_cursor_calibration::Reading;

/// A source of live EEG, before it is opened.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceSpec {
    /// An LSL stream.
    #[cfg(feature = "lsl")]
    Lsl(LslSpec),
    /// A headset on a serial port.
    Headset(HeadsetSettings),
    /// A recording or a synthetic patient, played in real time.
    Recording {
        /// Name as in [`open_recording`](super::open_recording).
        name: String,
        /// Overrides for a recording that does not describe itself correctly.
        read_as: ReadAs,
    },
}

/// An LSL stream.
#[cfg(feature = "lsl")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LslSpec {
    /// Which stream to open.
    pub query: StreamQuery,
    /// How long to wait for the stream, seconds.
    pub wait_s: f64,
    /// Overrides for a stream that does not describe itself correctly.
    pub read_as: ReadAs,
    /// Measure the rate for two seconds first, and refuse a stream whose time stamps contradict its declared rate.
    pub checks_rate: bool,
    /// Name of a marker stream to read as well.
    pub markers: Option<String>,
}

/// An open source.
pub struct OpenSource {
    /// The source.
    pub source: Box<dyn Source>,
    /// What is known about it.
    pub about: SourceAbout,
    /// Measures impedances, if the headset supports it.
    pub impedance_meter: Option<ImpedanceMeter>,
}

/// What is known about an open source, in addition to its layout.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceAbout {
    /// `stream`, `headset` or `recording`; empty for a source that another program provides.
    pub kind: &'static str,
    /// Short description for people.
    pub words: String,
    /// The same, with what distinguishes it from similar sources: a stream's uid, a headset's port.
    pub full_words: String,
    /// Description, for people, of the marker stream that is read as well.
    pub markers: Option<String>,
    /// Name of the stream or device.
    pub name: String,
    /// Identifies the device across restarts; empty if the source has no such identifier.
    pub source_id: String,
    /// What it declares about its amplifier.
    pub amplifier: Amplifier,
    /// How its channels are read: unit, rate and names, where these were given.
    pub reading: Reading,
}

impl SourceSpec {
    /// A recording or a synthetic patient, read as it describes itself.
    #[must_use]
    pub fn recording(name: impl Into<String>) -> Self {
        Self::Recording {
            name: name.into(),
            read_as: ReadAs::default(),
        }
    }

    /// The same source, with `read_as` overriding what the source declares.
    ///
    /// # Errors
    /// [`SourceError::Headset`] if `read_as` overrides something that a headset always declares itself.
    pub fn read_as(self, read_as: ReadAs) -> Result<Self, SourceError> {
        match self {
            #[cfg(feature = "lsl")]
            Self::Lsl(spec) => Ok(Self::Lsl(LslSpec { read_as, ..spec })),
            Self::Recording { name, .. } => Ok(Self::Recording { name, read_as }),
            Self::Headset(settings) => {
                let is_stated = read_as.unit.is_some() || read_as.rate.is_some();
                if is_stated || !read_as.channels.is_empty() {
                    return Err(SourceError::Headset {
                        port: settings.port,
                        error: HeadsetError::StatesItself,
                    });
                }
                Ok(Self::Headset(HeadsetSettings {
                    electrodes: read_as.electrodes,
                    decoder: read_as.decoder,
                    ..settings
                }))
            }
        }
    }

    /// Opens the source. The source must stay on this thread, because an LSL inlet cannot change threads.
    ///
    /// # Errors
    /// [`SourceError`] if the source is missing or cannot be used.
    pub fn open(self) -> Result<OpenSource, SourceError> {
        match self {
            #[cfg(feature = "lsl")]
            Self::Lsl(spec) => spec.open(),
            Self::Headset(settings) => open_headset(settings),
            Self::Recording { name, read_as } => {
                let recording = open_to_decode(&name, &read_as)?;
                let about = SourceAbout {
                    kind: "recording",
                    words: name.clone(),
                    full_words: name.clone(),
                    name,
                    reading: recording.about().reading.clone(),
                    ..SourceAbout::default()
                };
                let source = Paced::new(recording);
                Ok(OpenSource::new(source).with_about(about))
            }
        }
    }
}

#[cfg(feature = "lsl")]
impl LslSpec {
    /// The stream with this name.
    #[must_use]
    pub fn named(name: &str, wait_s: f64) -> Self {
        Self {
            query: StreamQuery::named(name),
            wait_s,
            ..Self::default()
        }
    }

    fn open(self) -> Result<OpenSource, SourceError> {
        let stream = resolve(&self.query, self.wait_s)?;
        let mut source = if self.checks_rate {
            LslSource::open_checked(stream, self.read_as)?
        } else {
            LslSource::open_as(stream, self.read_as)?
        };
        let mut markers = None;
        if let Some(name) = &self.markers {
            let stream = resolve(&StreamQuery::named(name), self.wait_s)?;
            markers = Some(stream.describe());
            source = source.with_markers(&stream)?;
        }
        let stream = source.stream();
        let words = stream.describe();
        let about = SourceAbout {
            kind: "stream",
            full_words: format!("{words}, uid {}", printable(&stream.uid)),
            words,
            markers,
            name: stream.name.clone(),
            source_id: stream.source_id.clone(),
            amplifier: source.amplifier().clone(),
            reading: source.reading().clone(),
        };
        Ok(OpenSource::new(source).with_about(about))
    }
}

fn open_headset(settings: HeadsetSettings) -> Result<OpenSource, SourceError> {
    let port = settings.port.clone();
    let source = HeadsetSource::open(settings)?;
    let device = source.device();
    let about = SourceAbout {
        kind: "headset",
        words: device.to_string(),
        full_words: format!("{device} at {}", printable(&port)),
        name: format!("headset {}", device.id).trim().to_owned(),
        source_id: device.id.clone(),
        reading: source.reading(),
        ..SourceAbout::default()
    };
    let impedance_meter = source.impedance_meter();
    Ok(OpenSource {
        impedance_meter,
        ..OpenSource::new(source).with_about(about)
    })
}

impl OpenSource {
    /// A custom source, about which nothing else is known.
    #[must_use]
    pub fn new(source: impl Source + 'static) -> Self {
        Self {
            source: Box::new(source),
            about: SourceAbout::default(),
            impedance_meter: None,
        }
    }

    /// The same source, with what is known about it.
    #[must_use]
    pub fn with_about(self, about: SourceAbout) -> Self {
        Self { about, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::VoltageUnit;

    #[test]
    fn a_recording_can_be_opened_on_another_thread() {
        let spec = SourceSpec::Recording {
            name: "synthetic:channels=8,trials=1".into(),
            read_as: ReadAs {
                channels: vec!["C4".into(), "C3".into()],
                ..ReadAs::default()
            },
        };
        let opened = std::thread::spawn(move || {
            let opened = spec.open().unwrap();
            (opened.source.layout().labels.clone(), opened.about)
        });
        let (labels, about) = opened.join().unwrap();
        assert_eq!(labels, ["C4", "C3"]);
        assert_eq!(
            (about.kind, about.words.as_str()),
            ("recording", "synthetic:channels=8,trials=1")
        );
    }

    #[test]
    fn a_headset_accepts_electrode_names_but_no_unit_rate_or_channels() {
        let headset = SourceSpec::Headset(HeadsetSettings {
            port: "/dev/ttyUSB0".into(),
            ..HeadsetSettings::default()
        });
        let named = ReadAs {
            electrodes: vec!["C3".into()],
            ..ReadAs::default()
        };
        let SourceSpec::Headset(settings) = headset.clone().read_as(named).unwrap() else {
            panic!("another source");
        };
        assert_eq!(settings.electrodes, ["C3"]);
        let in_mv = ReadAs {
            unit: VoltageUnit::parse("mV"),
            ..ReadAs::default()
        };
        let error = headset.read_as(in_mv).unwrap_err().to_string();
        assert!(
            error.contains("/dev/ttyUSB0") && error.contains("unit"),
            "{error}"
        );
    }
}
