//! Finds out which headset is at a port, reads its description and starts it.

use super::device::{Device, HeadsetProtocol};
use super::link::{Link, ReadOutcome};
use crate::montage::canonical_label;
use crate::source::{HeadsetError, SourceError, StartRefusal};
use crate::system::clock;
use bci_cursor_firmware_protocol::native::command::{
    self, Acknowledgement, HeadsetCommand, Outcome,
};
use bci_cursor_firmware_protocol::native::{Kind, OLDEST_VERSION, VERSION, frame, hello};

/// How long a headset may take to answer, nanoseconds: a native headset, and an OpenBCI board, which resets first.
const NATIVE_NS: u64 = 600_000_000;
const OPENBCI_NS: u64 = 4_000_000_000;
/// A headset sends its labels within this time after its hello, nanoseconds.
const LABELS_NS: u64 = 100_000_000;
/// Maximum number of times that a command is sent.
const TRIES: u8 = 3;

/// Finds out which headset is at the port. If `protocol` is given, only that protocol is tried.
pub(super) fn identify(
    link: &mut Link,
    protocol: Option<HeadsetProtocol>,
) -> Result<Device, SourceError> {
    if protocol.is_none_or(|protocol| protocol == HeadsetProtocol::Native)
        && let Some(device) = identify_native(link)?
    {
        return Ok(device);
    }
    if protocol != Some(HeadsetProtocol::Native)
        && let Some(device) = identify_openbci(link)?
    {
        return match protocol {
            Some(wanted) if wanted != device.protocol => {
                let found = device.to_string();
                Err(link.failed(HeadsetError::OtherProtocol { found }))
            }
            _ => Ok(device),
        };
    }
    Err(link.failed(HeadsetError::NothingKnown))
}

/// Reads for up to `for_ns` nanoseconds, until `take` returns a value.
fn read_until<T>(
    link: &mut Link,
    for_ns: u64,
    mut take: impl FnMut(&[u8]) -> Option<T>,
) -> Result<Option<T>, SourceError> {
    let start = clock::now();
    while clock::now().since(start) < for_ns {
        match link.read() {
            ReadOutcome::Bytes(bytes) => {
                if let Some(found) = take(bytes) {
                    return Ok(Some(found));
                }
            }
            ReadOutcome::Nothing => {}
            ReadOutcome::Lost(error) => return Err(link.failed(HeadsetError::Lost(error))),
        }
    }
    Ok(None)
}

fn send(link: &mut Link, kind: Kind, payload: &[u8]) -> Result<(), SourceError> {
    let mut wire = [0; frame::MAX_WIRE];
    // A zero first: it ends any partial frame on the line.
    let length =
        frame::encode(kind, payload, &mut wire).map_err(|error| link.failed(error.into()))?;
    link.write(&[0])?;
    link.write(wire.get(..length).unwrap_or(&[]))
}

fn identify_native(link: &mut Link) -> Result<Option<Device>, SourceError> {
    let request = hello::Request {
        oldest: OLDEST_VERSION,
        newest: VERSION,
    };
    let mut payload = [0; hello::Request::BYTES];
    request
        .emit(&mut payload)
        .map_err(|error| link.failed(error.into()))?;
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
        return Err(link.failed(HeadsetError::Version {
            oldest: OLDEST_VERSION,
            newest: VERSION,
        }));
    }
    let mut device = Device::native(&found);
    for (channel, label) in labels {
        if let Some(name) = device.labels.get_mut(channel) {
            *name = label;
        }
    }
    Ok(Some(device))
}

/// Stops and resets an OpenBCI board, which then sends a description that ends with `$$$`. The reset also sets the gain
/// of a Cyton to 24. If a USB dongle cannot reach its board, the dongle answers instead: the reset is then repeated,
/// and finally the dongle's text becomes the error.
fn identify_openbci(link: &mut Link) -> Result<Option<Device>, SourceError> {
    link.write(b"s")?;
    // Discard what the board was still sending.
    read_until(link, LABELS_NS, |_| None::<()>)?;
    let mut complaint = None;
    for _ in 0..TRIES {
        let Some(text) = openbci_text(link)? else {
            break;
        };
        if let Some(device) = Device::openbci(&text) {
            return Ok(Some(device));
        }
        complaint = Some(text);
    }
    match complaint {
        None => Ok(None),
        Some(text) => {
            let answer = text.trim().trim_end_matches('$').trim().to_owned();
            Err(link.failed(HeadsetError::Complaint { answer }))
        }
    }
}

/// What an OpenBCI board or its dongle answers to a reset, or `None` if there is no answer.
fn openbci_text(link: &mut Link) -> Result<Option<String>, SourceError> {
    link.write(b"v")?;
    let mut text = String::new();
    read_until(link, OPENBCI_NS, |bytes| {
        // A Ganglion sends its text in packets, with other bytes in between.
        let characters = bytes
            .iter()
            .filter(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n'));
        // No headset sends a longer text, and a flood of bytes must not fill the memory.
        text.extend(
            characters
                .take(4096_usize.saturating_sub(text.len()))
                .map(|&byte| char::from(byte)),
        );
        text.contains("$$$").then(|| text.clone())
    })
}

/// Starts the stream of samples.
pub(super) fn start(link: &mut Link, device: &Device) -> Result<(), SourceError> {
    match device.protocol {
        HeadsetProtocol::Native => start_native(link),
        HeadsetProtocol::Cyton | HeadsetProtocol::CytonDaisy => link.write(b"b"),
        // `n` switches on acceleration.
        HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => {
            link.write(b"n").and_then(|()| link.write(b"b"))
        }
    }
}

/// Sends a command to a native headset.
pub(super) fn send_command(link: &mut Link, repr: &command::Repr) -> Result<(), SourceError> {
    let mut payload = [0; command::Repr::MAX_BYTES];
    let length = repr
        .emit(&mut payload)
        .map_err(|error| link.failed(error.into()))?;
    send(link, Kind::Command, payload.get(..length).unwrap_or(&[]))
}

fn start_native(link: &mut Link) -> Result<(), SourceError> {
    for sequence in 1..=TRIES {
        let repr = command::Repr {
            sequence,
            command: HeadsetCommand::Start,
        };
        send_command(link, &repr)?;
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
                let why = match refused {
                    Outcome::Done | Outcome::Unknown => StartRefusal::Unknown,
                    Outcome::BadArgument => StartRefusal::BadArgument,
                    Outcome::Busy => StartRefusal::Busy,
                };
                return Err(link.failed(HeadsetError::NotStarted(why)));
            }
            None => {}
        }
    }
    Err(link.failed(HeadsetError::StartUnanswered))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use serialport::{SerialPort, TTYPort};
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    const DONGLE: &str = "Failure: Communications timeout - Device failed to poll Host$$$";
    const BOARD: &str =
        "OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\nFirmware: v3.1.2\r\n$$$";

    /// A pseudo-terminal that answers each reset with the next text.
    fn answering(texts: &'static [&str]) -> (String, TTYPort, std::thread::JoinHandle<TTYPort>) {
        let (mut ours, theirs) = TTYPort::pair().unwrap();
        ours.set_timeout(Duration::from_secs(10)).unwrap();
        let name = theirs.name().unwrap();
        let thread = std::thread::spawn(move || {
            for text in texts {
                let mut byte = [0];
                while byte != *b"v" {
                    ours.read_exact(&mut byte).unwrap();
                }
                ours.write_all(text.as_bytes()).unwrap();
            }
            // Keep the terminal open until the end, or the port would disappear.
            ours
        });
        (name, theirs, thread)
    }

    #[test]
    fn a_reset_is_repeated_if_the_dongle_does_not_reach_its_board() {
        let (name, _held, thread) = answering(&[DONGLE, DONGLE, BOARD]);
        let mut link = Link::open(&name).unwrap();
        let device = identify(&mut link, Some(HeadsetProtocol::Cyton)).unwrap();
        assert_eq!(device.firmware, "v3.1.2");
        thread.join().unwrap();
    }

    #[test]
    fn a_dongle_failure_is_part_of_the_error() {
        let (name, _held, thread) = answering(&[DONGLE, DONGLE, DONGLE]);
        let mut link = Link::open(&name).unwrap();
        let error = identify(&mut link, Some(HeadsetProtocol::Cyton)).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("'Failure: Communications timeout - Device failed to poll Host'"),
            "{message}"
        );
        thread.join().unwrap();
    }
}
