//! How a decoder's recordings were read, to be applied to other sources.

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

/// How to read a source for a decoder, unless `given` says otherwise.
#[must_use]
pub fn read_as_for(decoder: &Decoder, given: &ReadAs) -> ReadAs {
    ReadAs {
        decoder: Some(for_decoder(decoder)),
        ..given.clone()
    }
}

/// What a decoder stores about how its recordings were read: the corrections of the first recording. Warns if another
/// recording was read differently.
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
