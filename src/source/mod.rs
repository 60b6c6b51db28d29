//! Sources of EEG. Every source delivers the same kind of block, in microvolts.

pub mod channel_selection;
pub mod channels;
pub mod fault_injector;
pub mod headset;
pub mod looped;
#[cfg(feature = "lsl")]
pub mod lsl;
pub mod motion;
pub(crate) mod pace;
pub mod paced;
pub mod recording;
pub mod resampled;
mod sensor;
mod spec;
pub mod synthetic;
pub mod walk;

pub use sensor::{Sensor, SensorSample};
#[cfg(feature = "lsl")]
pub use spec::LslSpec;
pub use spec::{OpenSource, SourceAbout, SourceSpec};

use crate::block::{Block, Layout};
use crate::printable::{joined, printable, printable_list, printable_path};
use crate::time::SampleIndex;
use crate::units::VoltageUnit;
use channels::ReadAs;
use recording::Recorded;
use std::path::PathBuf;

/// No real headset has more channels. A stream or file that declares more is damaged or malicious.
pub(crate) const MOST_CHANNELS: usize = 4096;

/// What a stream declares about its amplifier. A field is empty if the stream does not declare it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amplifier {
    /// Manufacturer.
    pub manufacturer: String,
    /// Electrode or scheme that the channels are referenced to.
    pub reference: String,
}

/// An event at a sample, such as a cue or an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The first sample at or after the event.
    pub at: SampleIndex,
    /// Text of the event.
    pub label: String,
}

/// What [`Source::next`] returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceEvent {
    /// The block contains samples.
    Samples,
    /// Number of samples missing before the next block. Its first index has already jumped by this number.
    Gap {
        /// Number of missing samples.
        missing: u64,
    },
    /// The stream's clock jumped backwards, or forwards by more than an hour. Sample count continues.
    ClockReset,
    /// A marker. A recording returns it at its exact place between the samples; a live stream as soon as it arrives.
    Marker(Marker),
    /// Nothing is available at the moment. Call again.
    Idle,
    /// No more samples will follow.
    End,
}

/// A source of blocks of EEG.
pub trait Source {
    /// Channels and sampling rate of every block.
    fn layout(&self) -> &Layout;

    /// Whether every sample, in microvolts, fits into a 32-bit float without loss. A recording then needs half the
    /// space.
    fn is_single_precision(&self) -> bool {
        false
    }

    /// Number of samples so far whose time stamp was not a valid time. Such samples are placed by count.
    fn invalid_stamps(&self) -> u64 {
        0
    }

    /// Unit in which the source states its samples, or in which the user said they are. `None` if there is no doubt
    /// about the unit.
    fn unit(&self) -> Option<VoltageUnit> {
        None
    }

    /// Waits for the next event, up to about 50 ms. For [`SourceEvent::Samples`], fills the block up to its capacity.
    ///
    /// To fill a block, call [`Block::restart`] with the index of its first frame, then [`Block::push_frame`] for each
    /// frame. Call [`Block::set_acquired`] if the samples have time stamps; otherwise they count as acquired when the
    /// driver receives them.
    ///
    /// # Errors
    /// [`SourceError`] if the source cannot continue.
    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError>;
}

/// Why a source cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {cause}", printable_path(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error(
        "{} is not a usable recording: at byte {offset}: found {}, expected {}",
        printable_path(path),
        printable(found),
        printable(expected)
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// The file ends too early.
    #[error(
        "{} is cut: it has {found} bytes, but its header announces {expected}. Copy it again from where it was recorded",
        printable_path(path)
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// The size that its header announces.
        expected: u64,
    },
    /// A file that belongs to the recording is missing.
    #[error(
        "{} names {} ({}=), which cannot be read: {cause}. Its files must stand in one folder; where one was renamed, \
         correct the name in the header",
        printable_path(header),
        printable_path(path),
        printable(key)
    )]
    Companion {
        /// The header that names it.
        header: PathBuf,
        /// Under which key.
        key: String,
        /// The missing file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A recording has no such stream, or several fit.
    #[error(
        "{} has no EEG stream '{}'; it has:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER",
        printable_path(path),
        printable(wanted),
        joined(found, "\n  ")
    )]
    NoSuchStream {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// A recording has no EEG stream at all.
    #[error(
        "{} has no stream of type EEG with a regular rate; it has:\n  {}\nA stream of numbers that come regularly can be chosen: \
         FILE#NAME or FILE#NUMBER",
        printable_path(path), if found.is_empty() { "nothing".to_owned() } else { joined(found, "\n  ") }
    )]
    NoEegStream {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: Vec<String>,
    },
    /// A recording has several EEG streams.
    #[error(
        "{} has {} EEG streams:\n  {}\nChoose one: FILE#NAME or FILE#NUMBER", printable_path(path), found.len(), joined(found, "\n  ")
    )]
    SeveralEegStreams {
        /// The file.
        path: PathBuf,
        /// What there is.
        found: Vec<String>,
    },
    /// There is no EEG in it.
    #[error(
        "{} has no EEG channel. It has {}. {advice}", printable(what),
        if found.is_empty() { "no channels at all".to_owned() } else { printable_list(found) }
    )]
    NoChannels {
        /// Which recording or stream.
        what: String,
        /// Channels that it has, each with the reason why it is not EEG.
        found: Vec<String>,
        /// What to do.
        advice: String,
    },
    /// A recording whose header and time stamps disagree.
    #[error(
        "{}: {doubt}. Say which is right: --rate {} or --rate {}", printable(what), doubt.declared_hz, doubt.stamped_hz
    )]
    Rate {
        /// Which recording.
        what: String,
        /// What they tell.
        doubt: recording::RateDoubt,
    },
    /// Channels that were asked for, or names that were given, do not fit.
    #[error("{}: {}", printable(what), printable(why))]
    Channels {
        /// Which recording or stream.
        what: String,
        /// What does not fit, and what to do.
        why: String,
    },
    /// An electrode was named that the source lacks.
    #[error(
        "there is no channel '{}'; there are: {}",
        printable(wanted),
        printable_list(found)
    )]
    NoSuchChannel {
        /// The name.
        wanted: String,
        /// What there is.
        found: Vec<String>,
    },
    /// The description of a synthetic patient is wrong.
    #[error(
        "'{}' does not describe a synthetic patient: {}. Example: synthetic:seed=7,channels=21,rate=250,trials=20",
        printable(spec),
        printable(what)
    )]
    SyntheticSpec {
        /// The description.
        spec: String,
        /// What is wrong with it.
        what: String,
    },
    /// No stream on the network fits.
    #[error(
        "no LSL stream {} was found within {waited_s} s. {}",
        printable(wanted),
        found_streams(found)
    )]
    NoStream {
        /// What was looked for.
        wanted: String,
        /// How long.
        waited_s: f64,
        /// What there was instead.
        found: Vec<String>,
    },
    /// A predicate that says nothing of a stream's header.
    #[error(
        "--where \"{predicate}\" is no XPath predicate over a stream's header{}. Examples: --where \"source_id='abc'\", \
         --where \"type='EEG' and hostname='lab'\"",
        if *lacks_quotes { ": text in it must stand in quotes of its own" } else { "" }
    )]
    Predicate {
        /// What was given.
        predicate: String,
        /// Whether text in it lacks its quotes.
        lacks_quotes: bool,
    },
    /// Several streams fit.
    #[error(
        "{} LSL streams {} were found:\n  {}\nChoose one with --stream NAME, --where \"source_id='...'\" or --where \"uid='...'\"; \
         --newest takes the one that was started last",
        found.len(), printable(wanted), joined(found, "\n  ")
    )]
    SeveralStreams {
        /// What was looked for.
        wanted: String,
        /// What fits.
        found: Vec<String>,
    },
    /// A headset on a serial port.
    #[error("port {}: {}", printable(port), printable(what))]
    Headset {
        /// The port.
        port: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The stream cannot be used.
    #[error("LSL stream '{}': {}", printable(name), printable(what))]
    Stream {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

fn found_streams(found: &[String]) -> String {
    if found.is_empty() {
        return "No stream at all is visible: is the headset's program running, on this network, with LSL streaming on? \
                'bci-cursor doctor' checks this computer's side"
            .into();
    }
    format!("Visible instead:\n  {}", joined(found, "\n  "))
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn layout(&self) -> &Layout {
        (**self).layout()
    }

    fn is_single_precision(&self) -> bool {
        (**self).is_single_precision()
    }

    fn invalid_stamps(&self) -> u64 {
        (**self).invalid_stamps()
    }

    fn unit(&self) -> Option<VoltageUnit> {
        (**self).unit()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        (**self).next(into)
    }
}

/// Opens a recording by the name that a user gives: a file of any supported format, a synthetic patient
/// (`synthetic:seed=7,...`) or noise (`synthetic:noise=pink,...`).
///
/// # Errors
/// [`SourceError`] if the name is none of these, or the recording cannot be used.
pub fn open_recording(name: &str) -> Result<Box<dyn Recorded>, SourceError> {
    open_recording_as(name, &ReadAs::default())
}

/// Opens a recording for decoding. Filters are designed for its rate, so the rate must be certain.
///
/// # Errors
/// As [`open_recording_as`], and [`SourceError::Rate`] if the header and the time stamps give different rates and
/// `read_as` does not say which one is right.
pub fn open_to_decode(name: &str, read_as: &ReadAs) -> Result<Box<dyn Recorded>, SourceError> {
    let recording = open_any(name, read_as)?;
    match &recording.about().rate_doubt {
        Some(doubt) => Err(SourceError::Rate {
            what: name.to_owned(),
            doubt: doubt.clone(),
        }),
        None => Ok(recording),
    }
}

/// Like [`open_recording`], but `read_as` overrides what the file declares. For a synthetic patient, it can only choose
/// channels.
///
/// # Errors
/// As [`open_recording`], and if the recording cannot be read in this way.
pub fn open_recording_as(name: &str, read_as: &ReadAs) -> Result<Box<dyn Recorded>, SourceError> {
    let recording = open_any(name, read_as)?;
    if let Some(doubt) = &recording.about().rate_doubt {
        log::warn!("{name}: {doubt}; the latter is used here");
    }
    Ok(recording)
}

fn open_any(name: &str, read_as: &ReadAs) -> Result<Box<dyn Recorded>, SourceError> {
    if let Some(spec) = name.strip_prefix("synthetic:") {
        let spec = synthetic::Spec::parse(spec)?;
        let is_stated = read_as.unit.is_some() || read_as.rate.is_some();
        if is_stated || !read_as.electrodes.is_empty() {
            return Err(SourceError::Channels {
                what: name.to_owned(),
                why: "a synthetic patient has the electrodes and the rate of its description (channels=21,rate=250), in uV: leave out \
                      --electrodes, --unit and --rate"
                    .into(),
            });
        }
        let made: Box<dyn Recorded> = match spec.noise {
            Some(kind) => Box::new(synthetic::NoiseSource::new(&spec, kind)?),
            None => Box::new(synthetic::SyntheticPatient::new(&spec)?),
        };
        return match read_as.channels.as_slice() {
            [] => Ok(made),
            channels => Ok(Box::new(channel_selection::ChannelSelection::new(
                made, channels,
            )?)),
        };
    }
    recording::open(name, read_as)
}
