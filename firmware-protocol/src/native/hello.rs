//! Identification: protocol versions, and the abilities of a headset.

use super::{Fields, MAX_CHANNELS, Put};
use crate::{BufferTooSmall, Malformed};

/// Host to headset: the protocol versions that the host supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The oldest version,
    pub oldest: u8,
    /// and the newest version.
    pub newest: u8,
}

impl Request {
    /// Size, bytes.
    pub const BYTES: usize = 2;

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, or the oldest version is newer than the newest.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let (oldest, newest) = (fields.u8()?, fields.u8()?);
        if oldest > newest {
            return Err(Malformed::Field {
                name: "the oldest version",
                found: oldest.into(),
            });
        }
        Ok(Self { oldest, newest })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&[self.oldest, self.newest])?;
        Ok(put.at)
    }

    /// The newest version that both sides support, or `None`.
    #[must_use]
    pub fn agree(&self, oldest: u8, newest: u8) -> Option<u8> {
        let version = self.newest.min(newest);
        (version >= self.oldest && version >= oldest).then_some(version)
    }
}

/// Optional abilities of a headset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Sample frames contain acceleration and rotation.
    pub imu: bool,
    /// Sample frames say which electrodes are off.
    pub lead_off: bool,
    /// Sample frames contain the battery's charge.
    pub battery: bool,
    /// The headset can measure impedances.
    pub impedance: bool,
    /// The headset has a test signal.
    pub test_signal: bool,
}

impl Abilities {
    fn bits(self) -> u8 {
        let all = [
            self.imu,
            self.lead_off,
            self.battery,
            self.impedance,
            self.test_signal,
        ];
        all.iter()
            .enumerate()
            .fold(0, |bits, (k, &on)| bits | u8::from(on) << k)
    }

    fn of(bits: u8) -> Self {
        let on = |k: u8| bits >> k & 1 == 1;
        Self {
            imu: on(0),
            lead_off: on(1),
            battery: on(2),
            impedance: on(3),
            test_signal: on(4),
        }
    }
}

/// Headset to host: its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Protocol version to use from now on; 0 if there is none in common.
    pub version: u8,
    /// Number of channels, 1 to 64.
    pub channels: u8,
    /// Bits per sample, 8 to 24.
    pub bits: u8,
    /// Optional abilities.
    pub abilities: Abilities,
    /// Sampling rate of each channel, thousandths of a hertz.
    pub rate_millihertz: u32,
    /// Input range at gain 1: plus or minus this value, microvolts.
    pub range_microvolts: u32,
    /// Firmware version: major, minor and patch.
    pub firmware: [u8; 3],
    /// Constant identifier of the device: UTF-8, padded with zeros.
    pub device_id: [u8; 16],
    /// Gain of each channel.
    pub gains: [u8; MAX_CHANNELS],
}

impl Repr {
    /// Size of the payload, bytes.
    #[must_use]
    pub fn buffer_len(&self) -> usize {
        31 + usize::from(self.channels)
    }

    /// Size of one count of a channel in microvolts, or `None` if there is no such channel.
    #[must_use]
    pub fn microvolts_per_count(&self, channel: usize) -> Option<f64> {
        let gain = self.gains.get(..usize::from(self.channels))?.get(channel)?;
        let counts = (1u32 << (u32::from(self.bits) - 1).min(30)) - 1;
        Some(f64::from(self.range_microvolts) / f64::from(counts) / f64::from(*gain))
    }

    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is too short, or a field has an invalid value.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let [version, channels, bits, abilities] = fields.take()?;
        let refuse = |name, found: u32| Err(Malformed::Field { name, found });
        if !(1..=MAX_CHANNELS).contains(&usize::from(channels)) {
            return refuse("the number of channels", channels.into());
        }
        if !(8..=24).contains(&bits) {
            return refuse("the number of bits", bits.into());
        }
        let (rate_millihertz, range_microvolts) = (fields.u32()?, fields.u32()?);
        if rate_millihertz == 0 {
            return refuse("the rate", 0);
        }
        if range_microvolts == 0 {
            return refuse("the range", 0);
        }
        let (firmware, device_id) = (fields.take()?, fields.take()?);
        let mut gains = [1; MAX_CHANNELS];
        for gain in gains.iter_mut().take(channels.into()) {
            *gain = fields.u8()?;
            if *gain == 0 {
                return refuse("a gain", 0);
            }
        }
        Ok(Self {
            version,
            channels,
            bits,
            abilities: Abilities::of(abilities),
            rate_millihertz,
            range_microvolts,
            firmware,
            device_id,
            gains,
        })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&[
            self.version,
            self.channels,
            self.bits,
            self.abilities.bits(),
        ])?;
        put.put(&self.rate_millihertz.to_le_bytes())?;
        put.put(&self.range_microvolts.to_le_bytes())?;
        put.put(&self.firmware)?;
        put.put(&self.device_id)?;
        put.put(
            self.gains
                .get(..self.channels.into())
                .ok_or(BufferTooSmall)?,
        )?;
        Ok(put.at)
    }
}

/// Headset to host: the 10-10 electrode of a channel. Sent after the hello, once for each channel with a known
/// electrode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// Channel from 0.
    pub channel: u8,
    /// Name of its electrode, 1 to 16 bytes.
    pub label: &'a str,
}

impl<'a> Label<'a> {
    /// Parses the payload.
    ///
    /// # Errors
    /// [`Malformed`] if it is empty, too long, or not UTF-8.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::new(payload);
        let channel = fields.u8()?;
        let found = fields.rest();
        let label = core::str::from_utf8(found)
            .ok()
            .filter(|text| (1..=16).contains(&text.len()));
        let label = label.ok_or(Malformed::Field {
            name: "the length of a label",
            found: u32::try_from(found.len()).unwrap_or(u32::MAX),
        })?;
        Ok(Self { channel, label })
    }

    /// Writes the payload and returns its size in bytes.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if it does not fit.
    pub fn emit(&self, into: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut put = Put::new(into);
        put.put(&[self.channel])?;
        put.put(self.label.as_bytes())?;
        Ok(put.at)
    }
}
