//! Sources of EEG. Every source delivers the same kind of block, in microvolts.

pub mod channel_selection;
pub mod channels;
mod error;
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

pub use error::{
    ChannelsError, HeadsetError, LslFault, NoEegReason, SensorError, SourceError, SpecError,
    StartRefusal, StreamError,
};
pub use sensor::{Sensor, SensorSample};
#[cfg(feature = "lsl")]
pub use spec::LslSpec;
pub use spec::{OpenSource, SourceAbout, SourceSpec};

use crate::block::{Block, Layout};
use crate::time::SampleIndex;
use crate::units::VoltageUnit;
use channels::ReadAs;
use recording::Recorded;

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
            name: name.to_owned(),
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
                name: name.to_owned(),
                error: ChannelsError::Synthetic,
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
