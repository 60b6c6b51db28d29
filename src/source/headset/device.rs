//! Description of a headset.

use crate::printable::{counted, printable};
use bci_cursor_firmware_protocol::native::hello;
use bci_cursor_firmware_protocol::openbci::{cyton, daisy, ganglion};
use serde::{Deserialize, Serialize};

/// The protocol of a headset on a serial port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum HeadsetProtocol {
    /// bci-cursor's own (firmware-protocol/README.md)
    Native,
    /// OpenBCI Cyton, 8 channels at 250 Hz
    Cyton,
    /// OpenBCI Cyton with Daisy, 16 channels at 125 Hz
    CytonDaisy,
    /// OpenBCI Ganglion (firmware 3), 4 channels at 200 Hz, packets back to back
    Ganglion,
    /// OpenBCI Ganglion with firmware 2
    #[cfg_attr(feature = "cli", value(name = "ganglion-2"))]
    Ganglion2,
}

/// Which motion a headset reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MotionKind {
    /// Nothing.
    None,
    /// Acceleration along x, y, z.
    Acceleration,
    /// Acceleration, and rotation about the three axes.
    AccelerationAndRotation,
}

/// A headset's own description.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its protocol.
    pub protocol: HeadsetProtocol,
    /// Identifier of the device; empty if the headset does not report one.
    pub id: String,
    /// Firmware version; empty if the headset does not report one.
    pub firmware: String,
    /// Sampling rate, Hz.
    pub rate_hz: f64,
    /// Names of electrodes, or numbers from 1.
    pub labels: Vec<String>,
    /// Size of one count in microvolts, for each channel.
    pub microvolts_per_count: Vec<f64>,
    /// Which motion it reports.
    pub motion: MotionKind,
    /// Whether it can measure impedances.
    pub measures_impedance: bool,
}

impl Device {
    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.microvolts_per_count.len()
    }

    /// Whether this is the same device with the same channels and rate. Gains may differ, because samples are converted
    /// to microvolts.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.rate_hz == other.rate_hz && self.labels == other.labels
    }

    /// The device that a native hello frame describes. Its labels are numbers.
    pub(super) fn native(hello: &hello::Repr) -> Self {
        let channels = usize::from(hello.channels);
        let id = hello.device_id.split(|&byte| byte == 0).next();
        let [major, minor, patch] = hello.firmware;
        Self {
            protocol: HeadsetProtocol::Native,
            id: String::from_utf8_lossy(id.unwrap_or(&[])).into_owned(),
            firmware: format!("{major}.{minor}.{patch}"),
            rate_hz: f64::from(hello.rate_millihertz) / 1000.0,
            labels: numbers(channels),
            microvolts_per_count: (0..channels)
                .filter_map(|channel| hello.microvolts_per_count(channel))
                .collect(),
            motion: if hello.abilities.imu {
                MotionKind::AccelerationAndRotation
            } else {
                MotionKind::None
            },
            measures_impedance: hello.abilities.impedance,
        }
    }

    /// The device that an OpenBCI board's reset text describes, or `None` if the text is not from an OpenBCI board.
    pub(super) fn openbci(text: &str) -> Option<Self> {
        if !text.contains("OpenBCI") {
            return None;
        }
        let after = |head: &str| {
            let rest = text.lines().find_map(|line| line.trim().strip_prefix(head));
            rest.map(|rest| rest.trim().to_owned())
        };
        let ganglion = after("OpenBCI Ganglion");
        let protocol = match &ganglion {
            Some(firmware) if firmware.trim_start_matches('v').starts_with('2') => {
                HeadsetProtocol::Ganglion2
            }
            Some(_) => HeadsetProtocol::Ganglion,
            None if text.contains("On Daisy") => HeadsetProtocol::CytonDaisy,
            None => HeadsetProtocol::Cyton,
        };
        let cyton_microvolts = cyton::microvolts_per_count(cyton::DEFAULT_GAIN);
        let (channels, rate_hz, microvolts) = match protocol {
            HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => (
                ganglion::CHANNELS,
                ganglion::RATE_HZ,
                ganglion::MICROVOLTS_PER_COUNT,
            ),
            HeadsetProtocol::CytonDaisy => (2 * cyton::CHANNELS, daisy::RATE_HZ, cyton_microvolts),
            HeadsetProtocol::Cyton | HeadsetProtocol::Native => {
                (cyton::CHANNELS, cyton::RATE_HZ, cyton_microvolts)
            }
        };
        Some(Self {
            protocol,
            id: String::new(),
            firmware: ganglion.or_else(|| after("Firmware:")).unwrap_or_default(),
            rate_hz,
            labels: numbers(channels),
            microvolts_per_count: vec![microvolts; channels],
            motion: MotionKind::Acceleration,
            measures_impedance: false,
        })
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.protocol {
            HeadsetProtocol::Native => "native",
            HeadsetProtocol::Cyton => "OpenBCI Cyton",
            HeadsetProtocol::CytonDaisy => "OpenBCI Cyton with Daisy",
            HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => "OpenBCI Ganglion",
        };
        write!(
            f,
            "{name}, {} at {} Hz",
            counted(self.channels(), "channel"),
            self.rate_hz
        )?;
        if !self.id.is_empty() {
            write!(f, ", device '{}'", printable(&self.id))?;
        }
        if !self.firmware.is_empty() {
            write!(f, ", firmware {}", printable(&self.firmware))?;
        }
        Ok(())
    }
}

fn numbers(channels: usize) -> Vec<String> {
    (1..=channels).map(|k| k.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_are_recognized_by_their_reset_text() {
        for (text, expected) in [
            (
                "OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\nFirmware: v3.1.1\r\n$$$",
                "OpenBCI Cyton, 8 channels at 250 Hz, firmware v3.1.1",
            ),
            (
                "OpenBCI V3 8-16 channel\nOn Daisy ADS1299 Device ID: 0x3E\nFirmware: v3.1.1\n$$$",
                "OpenBCI Cyton with Daisy, 16 channels at 125 Hz, firmware v3.1.1",
            ),
            (
                "OpenBCI V3 8bit Board\nSetting ADS1299 Channel Values\n$$$",
                "OpenBCI Cyton, 8 channels at 250 Hz",
            ),
            (
                "OpenBCI Ganglion v2.0.0\nLIS2DH ID: 0x33\n$$$",
                "OpenBCI Ganglion, 4 channels at 200 Hz, firmware v2.0.0",
            ),
        ] {
            let device = Device::openbci(text).map(|device| device.to_string());
            assert_eq!(device.as_deref(), Some(expected));
        }
        let ganglion = |text| Device::openbci(text).map(|device| device.protocol);
        assert_eq!(
            ganglion("OpenBCI Ganglion v2.0.1"),
            Some(HeadsetProtocol::Ganglion2)
        );
        assert_eq!(
            ganglion("OpenBCI Ganglion v3.0.0"),
            Some(HeadsetProtocol::Ganglion)
        );
        assert_eq!(Device::openbci("a modem"), None);
    }
}
