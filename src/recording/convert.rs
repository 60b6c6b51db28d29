//! A recording of any format that is read, written as XDF, EDF+ or BDF+.

use super::edf::{self, EdfError, EdfFormat, Written};
use super::session::{SessionAbout, SessionEvent, SessionWriter};
use crate::block::{Block, Layout};
use crate::source::channels::ReadAs;
use crate::source::recording::Recorded;
use crate::source::resampled::Resampled;
use crate::source::{Source, SourceError, SourceEvent, open_recording_as};
use crate::system::clock;
use crate::time::StreamNanos;
use crate::units::Hertz;
use std::io::{self, Write};
use std::path::Path;

/// A recording that cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It does not fit into an EDF+ or BDF+ file.
    #[error(transparent)]
    Edf(#[from] EdfError),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// What is converted.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// As [`open_recording_as`] takes it.
    pub recording: String,
    /// How it is read.
    pub read_as: ReadAs,
    /// It is resampled to this rate; none: its own.
    pub rate: Option<Hertz>,
}

/// What an XDF file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct XdfWritten {
    /// Channels and rate.
    pub layout: Layout,
    /// Samples of each channel.
    pub samples: u64,
    /// How many markers.
    pub markers: u64,
}

impl Conversion {
    /// Opens the recording. Call this before creating the output file, so that a bad recording leaves no file behind.
    ///
    /// # Errors
    /// [`SourceError`] where it cannot be read.
    pub fn open(&self) -> Result<Box<dyn Source>, SourceError> {
        let source = self.recorded()?;
        Ok(match self.rate {
            // At its own rate every sample stays as it is.
            Some(rate) if rate != source.layout().rate => Box::new(Resampled::new(source, rate)),
            _ => source,
        })
    }

    fn recorded(&self) -> Result<Box<dyn Recorded>, SourceError> {
        open_recording_as(&self.recording, &self.read_as)
    }

    /// Writes an XDF file, which keeps every sample exactly.
    ///
    /// # Errors
    /// [`ConvertError`] where the recording cannot be read or the file cannot be written.
    pub fn to_xdf(&self, out: &mut dyn Write) -> Result<XdfWritten, ConvertError> {
        let mut source = self.open()?;
        let layout = source.layout().clone();
        let stem = Path::new(&self.recording).file_stem();
        let name = stem.unwrap_or_default().to_string_lossy().into_owned();
        let about = SessionAbout {
            name: name.clone(),
            source_id: format!("bci-cursor-convert-{name}"),
            manufacturer: String::new(),
            reference: String::new(),
            reading: self.recorded()?.about().reading.clone(),
            layout: layout.clone(),
            is_single_precision: source.is_single_precision(),
            date_time: clock::date_time(),
        };
        let start = SessionEvent::Converted { from: name };
        let mut writer = SessionWriter::new(out, &about, None, start)?;
        let frames = (layout.rate.samples_in_ms(1000) as usize).max(1);
        let mut block = Block::with_capacity(layout.channel_count(), frames);
        let mut markers = 0;
        loop {
            match source.next(&mut block)? {
                SourceEvent::Samples => {
                    let taken = StreamNanos::from_secs(layout.rate.secs_of(block.first.0));
                    writer.block(&block, &[(0, taken)])?;
                }
                SourceEvent::Marker(marker) => {
                    markers += 1;
                    writer.marker(marker.at, &marker.label)?;
                }
                SourceEvent::ClockReset => writer.clock_reset(),
                SourceEvent::Gap { .. } | SourceEvent::Idle => {}
                SourceEvent::End => break,
            }
        }
        writer.finish()?;
        Ok(XdfWritten {
            layout,
            samples: writer.frames(),
            markers,
        })
    }

    /// Writes an EDF+ or BDF+ file.
    ///
    /// # Errors
    /// [`ConvertError`] where the recording cannot be read, or does not fit.
    pub fn to_edf(
        &self,
        mut out: &mut dyn Write,
        format: EdfFormat,
    ) -> Result<Written, ConvertError> {
        Ok(edf::write(|| self.open(), &mut out, format)?)
    }
}
