//! How the recordings of a decoder were read, for whatever it runs on.

use crate::source::channels::{ForDecoder, ReadAs, corrections};
use crate::units::VoltageUnit;
use bci_cursor_calibration::{Decoder, Reading};

/// What a decoder expects of a source, and how its recordings were read.
#[must_use]
pub fn for_decoder(decoder: &Decoder) -> ForDecoder {
    let reading = decoder.reading.clone().unwrap_or_default();
    let unit = reading.unit.and_then(|unit| {
        let read_as = VoltageUnit::parse(&unit.read_as)?;
        Some((unit.stated, read_as))
    });
    ForDecoder {
        needs: decoder.channels.clone(),
        rate_hz: decoder.rate_hz,
        channels: reading.channels,
        labels: reading.labels,
        electrodes: reading.electrodes,
        unit,
        is_rate_stated: reading.rate_hz.is_some(),
    }
}

/// How a source is read for a decoder, where `given` does not say otherwise.
#[must_use]
pub fn read_as_for(decoder: &Decoder, given: &ReadAs) -> ReadAs {
    ReadAs {
        decoder: Some(for_decoder(decoder)),
        ..given.clone()
    }
}

/// What a decoder remembers of how its recordings were read, each with its name: what the first of them corrects. Where another one was
/// read differently, that is told.
pub(super) fn remembered<'a>(
    read: impl Iterator<Item = (&'a String, &'a Reading)>,
) -> Option<Reading> {
    let mut first: Option<(&String, Reading)> = None;
    for (recording, reading) in read {
        let Some(own) = corrections(reading) else {
            continue;
        };
        match &first {
            None => first = Some((recording, own)),
            Some((of, reading)) if *reading != own => log::warn!(
                "{recording} was recorded with other channel names, units or rates than {of}: the decoder remembers those of {of}"
            ),
            Some(_) => {}
        }
    }
    first.map(|(_, reading)| reading)
}
