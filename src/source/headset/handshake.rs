//! Who is there, what can it do, and: begin.

use super::link::{Link, Read};
use crate::montage::canonical_label;
use crate::source::SourceError;
use crate::source::lsl::local_clock;
use bci_cursor_firmware_protocol::native::command::{self, Acknowledgement, Command, Outcome};
use bci_cursor_firmware_protocol::native::{Kind, OLDEST_VERSION, VERSION, frame, hello};
use bci_cursor_firmware_protocol::openbci::{cyton, daisy};
use serde::{Deserialize, Serialize};

/// How long a headset may take to answer, nanoseconds: a native one, and a Cyton, which starts anew first.
const NATIVE_NS: u64 = 600_000_000;
const CYTON_NS: u64 = 4_000_000_000;
/// After its hello, a headset's labels come within this, nanoseconds.
const LABELS_NS: u64 = 100_000_000;
/// How often a command is repeated.
const TRIES: u8 = 3;

/// What a headset speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// bci-cursor's own.
    Native,
    /// OpenBCI Cyton, 8 channels.
    Cyton,
    /// OpenBCI Cyton with Daisy, 16 channels.
    CytonDaisy,
}

/// A headset, as it describes itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// What it speaks.
    pub protocol: Protocol,
    /// What identifies it; empty where it does not say.
    pub id: String,
    /// Its firmware; empty where it does not say.
    pub firmware: String,
    /// Samples per second.
    pub rate_hz: f64,
    /// Electrodes, or numbers from 1.
    pub labels: Vec<String>,
    /// Microvolts of one count of each channel.
    pub microvolts_per_count: Vec<f64>,
}

impl Device {
    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.microvolts_per_count.len()
    }

    /// Whether this is the same device, with the same channels.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.rate_hz == other.rate_hz
            && self.labels == other.labels
            && self.microvolts_per_count == other.microvolts_per_count
    }

    fn openbci(protocol: Protocol, text: &str) -> Self {
        let (channels, rate_hz) = match protocol {
            Protocol::CytonDaisy => (2 * cyton::CHANNELS, daisy::RATE_HZ),
            _ => (cyton::CHANNELS, cyton::RATE_HZ),
        };
        let firmware = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("Firmware:"));
        Self {
            protocol,
            id: String::new(),
            firmware: firmware.unwrap_or("").trim().to_owned(),
            rate_hz,
            labels: numbers(channels),
            microvolts_per_count: vec![cyton::microvolts_per_count(cyton::DEFAULT_GAIN); channels],
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.protocol {
            Protocol::Native => "native",
            Protocol::Cyton => "OpenBCI Cyton",
            Protocol::CytonDaisy => "OpenBCI Cyton with Daisy",
        };
        write!(
            f,
            "{name}, {} channels at {} Hz",
            self.channels(),
            self.rate_hz
        )?;
        if !self.id.is_empty() {
            write!(f, ", device '{}'", self.id)?;
        }
        if !self.firmware.is_empty() {
            write!(f, ", firmware {}", self.firmware)?;
        }
        Ok(())
    }
}

fn numbers(channels: usize) -> Vec<String> {
    (1..=channels).map(|k| k.to_string()).collect()
}

/// Finds out what is at the port; where it is known what it speaks, only that is tried.
pub(super) fn shake_hands(
    link: &mut Link,
    protocol: Option<Protocol>,
) -> Result<Device, SourceError> {
    if protocol.is_none_or(|protocol| protocol == Protocol::Native)
        && let Some(device) = ask_native(link)?
    {
        return Ok(device);
    }
    if protocol != Some(Protocol::Native)
        && let Some(device) = ask_cyton(link)?
    {
        return match protocol {
            Some(wanted) if wanted != device.protocol => Err(link.failed(&format!(
                "'{device}' is there, which is not what was asked for"
            ))),
            _ => Ok(device),
        };
    }
    Err(link.failed(
        "nothing answers that is known here (native protocol, OpenBCI Cyton). Is the headset switched on, and is this its port? \
         'bci-cursor ports' lists what is there",
    ))
}

/// Reads for so long, until `take` has what it waits for.
fn read_until<T>(
    link: &mut Link,
    for_ns: u64,
    mut take: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Option<T>, SourceError> {
    let start = local_clock();
    while local_clock().since(start) < for_ns {
        match link.read() {
            Read::Bytes(bytes) => {
                if let Some(found) = take(bytes) {
                    return Ok(Some(found));
                }
            }
            Read::Nothing => {}
            Read::Lost(error) => return Err(link.failed(&format!("was lost: {error}"))),
        }
    }
    Ok(None)
}

fn send(link: &mut Link, kind: Kind, payload: &[u8]) -> Result<(), SourceError> {
    let mut wire = [0; frame::MAX_WIRE];
    // A zero first ends whatever stood on the line.
    let length =
        frame::encode(kind, payload, &mut wire).map_err(|error| link.failed(&error.to_string()))?;
    link.write(&[0])?;
    link.write(wire.get(..length).unwrap_or(&[]))
}

fn ask_native(link: &mut Link) -> Result<Option<Device>, SourceError> {
    let request = hello::Request {
        oldest: OLDEST_VERSION,
        newest: VERSION,
    };
    let mut payload = [0; hello::Request::BYTES];
    request
        .emit(&mut payload)
        .map_err(|error| link.failed(&error.to_string()))?;
    send(link, Kind::HelloRequest, &payload)?;
    let mut deframer = frame::Deframer::default();
    let (mut found, mut labels) = (None, Vec::new());
    let mut take = |bytes: &[u8]| {
        deframer.feed(bytes, |frame| match frame.kind() {
            Some(Kind::Hello) => found = found.or(hello::Repr::parse(frame.payload).ok()),
            Some(Kind::Label) => {
                if let Ok(label) = hello::Label::parse(frame.payload) {
                    labels.push((usize::from(label.channel), canonical_label(label.label)));
                }
            }
            _ => {}
        });
        found
    };
    let Some(found) = read_until(link, NATIVE_NS, &mut take)? else {
        return Ok(None);
    };
    read_until(link, LABELS_NS, |bytes| {
        take(bytes);
        None::<()>
    })?;
    if found.version == 0 {
        return Err(link.failed(&format!(
            "the headset speaks no version of the protocol from {OLDEST_VERSION} to {VERSION}. Update its firmware, or bci-cursor"
        )));
    }
    let channels = usize::from(found.channels);
    let mut names = numbers(channels);
    for (channel, label) in labels {
        if let Some(name) = names.get_mut(channel) {
            *name = label;
        }
    }
    let id = found
        .device_id
        .split(|&byte| byte == 0)
        .next()
        .unwrap_or(&[]);
    let [major, minor, patch] = found.firmware;
    Ok(Some(Device {
        protocol: Protocol::Native,
        id: String::from_utf8_lossy(id).into_owned(),
        firmware: format!("{major}.{minor}.{patch}"),
        rate_hz: f64::from(found.rate_millihertz) / 1000.0,
        labels: names,
        microvolts_per_count: (0..channels)
            .filter_map(|channel| found.microvolts_per_count(channel))
            .collect(),
    }))
}

/// A Cyton is told to stop and to start anew; it then says what it is, in text that ends with `$$$`.
fn ask_cyton(link: &mut Link) -> Result<Option<Device>, SourceError> {
    link.write(b"s")?;
    // What it was still sending goes by.
    read_until(link, LABELS_NS, |_| None::<()>)?;
    link.write(b"v")?;
    let mut text = Vec::new();
    let said = read_until(link, CYTON_NS, |bytes| {
        // No headset says more than this; a flood must not fill the memory.
        text.extend(bytes.iter().take(4096_usize.saturating_sub(text.len())));
        text.windows(3)
            .any(|end| end == b"$$$")
            .then(|| String::from_utf8_lossy(&text).into_owned())
    })?;
    Ok(said.filter(|said| said.contains("OpenBCI")).map(|said| {
        let protocol = if said.contains("On Daisy") {
            Protocol::CytonDaisy
        } else {
            Protocol::Cyton
        };
        Device::openbci(protocol, &said)
    }))
}

/// Lets it begin.
pub(super) fn start(link: &mut Link, device: &Device) -> Result<(), SourceError> {
    if device.protocol != Protocol::Native {
        return link.write(b"b");
    }
    for sequence in 1..=TRIES {
        let mut payload = [0; command::Repr::MAX_BYTES];
        let repr = command::Repr {
            sequence,
            command: Command::Start,
        };
        let length = repr
            .emit(&mut payload)
            .map_err(|error| link.failed(&error.to_string()))?;
        send(link, Kind::Command, payload.get(..length).unwrap_or(&[]))?;
        let mut deframer = frame::Deframer::default();
        let answer = read_until(link, NATIVE_NS, |bytes| {
            let mut outcome = None;
            deframer.feed(bytes, |frame| {
                let answer = Acknowledgement::parse(frame.payload)
                    .ok()
                    .filter(|_| frame.kind() == Some(Kind::Acknowledgement));
                outcome = outcome.or(answer
                    .filter(|answer| answer.sequence == sequence)
                    .map(|answer| answer.outcome));
            });
            outcome
        })?;
        match answer {
            Some(Outcome::Done) => return Ok(()),
            Some(refused) => {
                return Err(link.failed(&format!("the headset does not start: {refused:?}")));
            }
            None => {}
        }
    }
    Err(link.failed("the headset does not answer when it is told to start"))
}
