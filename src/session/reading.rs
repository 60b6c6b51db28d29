//! How the recordings of a decoder were read, for whatever it runs on.

use super::fit::FitRequest;
use super::survey::unit_stated_in;
use crate::source::channels::{ForDecoder, ReadAs};
use crate::source::{SourceError, open_recording_as};
use crate::units::VoltageUnit;
use bci_cursor_calibration::{Decoder, ReadUnit, Reading};

/// How a source is read for a decoder, where `given` does not say otherwise.
#[must_use]
pub fn read_as_for(decoder: &Decoder, given: &ReadAs) -> ReadAs {
    let reading = decoder.reading.clone().unwrap_or_default();
    let unit = reading.unit.and_then(|unit| {
        let read_as = VoltageUnit::parse(&unit.read_as)?;
        Some((unit.stated, read_as))
    });
    ReadAs {
        decoder: Some(ForDecoder {
            needs: decoder.channels.clone(),
            rate_hz: decoder.rate_hz,
            channels: reading.channels,
            labels: reading.labels,
            electrodes: reading.electrodes,
            unit,
        }),
        ..given.clone()
    }
}

/// What is kept of how a decoder's recordings are read; none where they are read as they say.
///
/// # Errors
/// [`SourceError`] where the first recording cannot be read.
pub(super) fn reading_of(
    recordings: &[String],
    request: &FitRequest,
) -> Result<Option<Reading>, SourceError> {
    let read_as = &request.read_as;
    let Some(first) = recordings.first() else {
        return Ok(None);
    };
    let mut reading = Reading::default();
    if !read_as.electrodes.is_empty() {
        let by_their_own_names = ReadAs {
            electrodes: Vec::new(),
            ..read_as.clone()
        };
        let source = open_recording_as(first, &by_their_own_names)?;
        reading.channels.clone_from(&read_as.channels);
        reading.labels.clone_from(&source.layout().labels);
        reading.electrodes.clone_from(&read_as.electrodes);
    }
    if let Some(unit) = read_as.unit {
        reading.unit = Some(ReadUnit {
            stated: unit_stated_in(first, read_as)?,
            read_as: unit.symbol().into(),
        });
    }
    Ok((reading != Reading::default()).then_some(reading))
}
