//! Samples, with the status of the headset.

use super::{MAX_CHANNELS, Put};
use crate::{BufferTooSmall, Malformed, from_le24, to_le24};

/// Bytes before the samples.
const HEAD: usize = 12;
/// Bytes of acceleration and rotation.
const IMU: usize = 12;

/// A packet's fields, except the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Number of the first sample since the headset started, wrapping at 2³².
    pub counter: u32,
    /// The headset's clock at the first sample, microseconds, wrapping at 2³².
    pub device_micros: u32,
    /// Number of channels, 1 to 64.
    pub channels: u8,
    /// Number of samples per channel, 1 or more.
    pub samples: u8,
    /// Charge of the battery, 0 to 100; 255 if unknown.
    pub battery_percent: u8,
    /// One bit for each channel whose electrode is off; `None` if the headset does not report it.
    pub lead_off: Option<u64>,
    /// Acceleration along x, y, z in thousandths of g, and rotation about them in tenths of a degree per second; `None`
    /// if the headset does not report them.
    pub imu: Option<[i16; 6]>,
}

impl Repr {
    /// Size of the whole payload, bytes.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        let channels = usize::from(self.channels);
        let lead_off = self.lead_off.map_or(0, |_| channels.div_ceil(8));
        HEAD + 3 * channels * usize::from(self.samples) + lead_off + self.imu.map_or(0, |_| IMU)
    }

    /// Reads all fields except the samples.
    #[must_use]
    pub fn parse(packet: &Packet<'_>) -> Self {
        packet.repr
    }

    /// Writes a payload and returns its size in bytes. `count` returns the count of a sample and channel, of which 24
    /// bits are written.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(
        &self,
        mut count: impl FnMut(usize, usize) -> i32,
        into: &mut [u8],
    ) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&self.counter.to_le_bytes())?;
        put.put(&self.device_micros.to_le_bytes())?;
        let flags = u8::from(self.lead_off.is_some()) | u8::from(self.imu.is_some()) << 1;
        put.put(&[self.channels, self.samples, self.battery_percent, flags])?;
        for sample in 0..usize::from(self.samples) {
            for channel in 0..usize::from(self.channels) {
                put.put(&to_le24(count(sample, channel)))?;
            }
        }
        if let Some(lead_off) = self.lead_off {
            let bytes = lead_off.to_le_bytes();
            let needed = usize::from(self.channels).div_ceil(8);
            put.put(bytes.get(..needed).ok_or(BufferTooSmall)?)?;
        }
        for value in self.imu.iter().flatten() {
            put.put(&value.to_le_bytes())?;
        }
        Ok(put.at)
    }
}

/// A checked view of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    repr: Repr,
    counts: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks that the payload is complete.
    ///
    /// # Errors
    /// [`Malformed`] if it is not.
    pub fn new_checked(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = super::Fields::new(payload);
        let (counter, device_micros) = (fields.u32()?, fields.u32()?);
        let [channels, samples, battery_percent, flags] = fields.take()?;
        if !(1..=MAX_CHANNELS).contains(&usize::from(channels)) {
            return Err(Malformed::Field {
                name: "the number of channels",
                found: channels.into(),
            });
        }
        if samples == 0 {
            return Err(Malformed::Field {
                name: "the number of samples",
                found: 0,
            });
        }
        let mut repr = Repr {
            counter,
            device_micros,
            channels,
            samples,
            battery_percent,
            lead_off: (flags & 1 != 0).then_some(0),
            imu: (flags & 2 != 0).then_some([0; 6]),
        };
        // Later versions may add flags, whose bytes come at the end.
        let expected = repr.buffer_len();
        if payload.len() < expected {
            return Err(Malformed::Length {
                found: payload.len(),
                expected,
            });
        }
        let bytes = 3 * usize::from(channels) * usize::from(samples);
        let (counts, behind) = fields.rest().split_at(bytes.min(fields.rest().len()));
        let (mask, imu) = behind.split_at(
            repr.lead_off
                .map_or(0, |_| usize::from(channels).div_ceil(8)),
        );
        if let Some(lead_off) = &mut repr.lead_off {
            *lead_off = mask
                .iter()
                .rev()
                .fold(0, |bits, &byte| bits << 8 | u64::from(byte));
        }
        if let Some(values) = &mut repr.imu {
            for (value, bytes) in values.iter_mut().zip(imu.as_chunks().0) {
                *value = i16::from_le_bytes(*bytes);
            }
        }
        Ok(Self { repr, counts })
    }

    /// Count of a sample and channel; 0 if it does not exist.
    #[must_use]
    pub fn count(&self, sample: usize, channel: usize) -> i32 {
        let channels = usize::from(self.repr.channels);
        let place = (channel < channels).then(|| sample.saturating_mul(channels) + channel);
        let bytes = place.and_then(|place| self.counts.as_chunks().0.get(place));
        bytes.map_or(0, |bytes| from_le24(*bytes))
    }

    /// Counts of all channels, sample by sample.
    pub fn counts(&self) -> impl Iterator<Item = i32> + 'a {
        self.counts
            .as_chunks()
            .0
            .iter()
            .map(|bytes| from_le24(*bytes))
    }
}
