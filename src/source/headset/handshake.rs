//! Who is there, what can it do, and: begin.

use super::device::{Device, HeadsetProtocol};
use super::link::{Link, ReadOutcome};
use crate::montage::canonical_label;
use crate::printable::printable;
use crate::source::SourceError;
use crate::system::clock;
use bci_cursor_firmware_protocol::native::command::{
    self, Acknowledgement, HeadsetCommand, Outcome,
};
use bci_cursor_firmware_protocol::native::{Kind, OLDEST_VERSION, VERSION, frame, hello};

/// How long a headset may take to answer, nanoseconds: a native one, and an OpenBCI board, which starts anew first.
const NATIVE_NS: u64 = 600_000_000;
const OPENBCI_NS: u64 = 4_000_000_000;
/// After its hello, a headset's labels come within this, nanoseconds.
const LABELS_NS: u64 = 100_000_000;
/// How often a command is repeated.
const TRIES: u8 = 3;

/// Finds out what is at the port; where it is known what it speaks, only that is tried.
pub(super) fn shake_hands(
    link: &mut Link,
    protocol: Option<HeadsetProtocol>,
) -> Result<Device, SourceError> {
    if protocol.is_none_or(|protocol| protocol == HeadsetProtocol::Native)
        && let Some(device) = ask_native(link)?
    {
        return Ok(device);
    }
    if protocol != Some(HeadsetProtocol::Native)
        && let Some(device) = ask_openbci(link)?
    {
        return match protocol {
            Some(wanted) if wanted != device.protocol => Err(link.failed(&format!(
                "'{device}' is there, which is not what was asked for"
            ))),
            _ => Ok(device),
        };
    }
    Err(link.failed(
        "nothing answers that is known here (native protocol, OpenBCI Cyton or Ganglion). Is the headset switched on, and is this its port? \
         'bci-cursor ports' lists what is there",
    ))
}

/// Reads for so long, until `take` has what it waits for.
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
            ReadOutcome::Lost(error) => return Err(link.failed(&format!("was lost: {error}"))),
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
    let mut device = Device::native(&found);
    for (channel, label) in labels {
        if let Some(name) = device.labels.get_mut(channel) {
            *name = label;
        }
    }
    Ok(Some(device))
}

/// A board is told to stop and to start anew; it then says what it is, in text that ends with `$$$`. Starting anew sets the
/// gain of a Cyton to 24. A USB dongle that does not reach its board answers in its place; it is asked again, then its own words are
/// the error.
fn ask_openbci(link: &mut Link) -> Result<Option<Device>, SourceError> {
    link.write(b"s")?;
    // What it was still sending goes by.
    read_until(link, LABELS_NS, |_| None::<()>)?;
    let mut complaint = None;
    for _ in 0..TRIES {
        let Some(said) = openbci_text(link)? else {
            break;
        };
        if let Some(device) = Device::openbci(&said) {
            return Ok(Some(device));
        }
        complaint = Some(said);
    }
    match complaint {
        None => Ok(None),
        Some(said) => Err(link.failed(&format!(
            "the device there says: '{}'. If it is an OpenBCI dongle: switch the board off and on to PC, bring it near, and check that \
             both are on the same radio channel",
            printable(said.trim().trim_end_matches('$').trim())
        ))),
    }
}

/// What an OpenBCI board, or its dongle, answers to a reset; none where nothing does.
fn openbci_text(link: &mut Link) -> Result<Option<String>, SourceError> {
    link.write(b"v")?;
    let mut text = String::new();
    read_until(link, OPENBCI_NS, |bytes| {
        // A Ganglion's text comes in packets, with bytes between that are none of it.
        let said = bytes
            .iter()
            .filter(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n'));
        // No headset says more than this; a flood must not fill the memory.
        text.extend(
            said.take(4096_usize.saturating_sub(text.len()))
                .map(|&byte| char::from(byte)),
        );
        text.contains("$$$").then(|| text.clone())
    })
}

/// Lets it begin.
pub(super) fn start(link: &mut Link, device: &Device) -> Result<(), SourceError> {
    match device.protocol {
        HeadsetProtocol::Native => start_native(link),
        HeadsetProtocol::Cyton | HeadsetProtocol::CytonDaisy => link.write(b"b"),
        // With acceleration.
        HeadsetProtocol::Ganglion | HeadsetProtocol::Ganglion2 => {
            link.write(b"n").and_then(|()| link.write(b"b"))
        }
    }
}

/// Tells a native headset something.
pub(super) fn send_command(link: &mut Link, repr: &command::Repr) -> Result<(), SourceError> {
    let mut payload = [0; command::Repr::MAX_BYTES];
    let length = repr
        .emit(&mut payload)
        .map_err(|error| link.failed(&error.to_string()))?;
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
                    Outcome::Done | Outcome::Unknown => "it does not know the command",
                    Outcome::BadArgument => "it does not have a channel or a value of the command",
                    Outcome::Busy => "it is busy. Wait a moment and try again",
                };
                return Err(link.failed(&format!("the headset does not start: {why}")));
            }
            None => {}
        }
    }
    Err(link.failed("the headset does not answer when it is told to start"))
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

    /// Something that answers each reset with the next text.
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
            // Closed later: the port would be gone.
            ours
        });
        (name, theirs, thread)
    }

    #[test]
    fn a_dongle_that_misses_its_board_is_asked_again() {
        let (name, _held, thread) = answering(&[DONGLE, DONGLE, BOARD]);
        let mut link = Link::open(&name).unwrap();
        let device = shake_hands(&mut link, Some(HeadsetProtocol::Cyton)).unwrap();
        assert_eq!(device.firmware, "v3.1.2");
        thread.join().unwrap();
    }

    #[test]
    fn what_a_dongle_complains_of_is_passed_on() {
        let (name, _held, thread) = answering(&[DONGLE, DONGLE, DONGLE]);
        let mut link = Link::open(&name).unwrap();
        let error = shake_hands(&mut link, Some(HeadsetProtocol::Cyton)).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("'Failure: Communications timeout - Device failed to poll Host'"),
            "{told}"
        );
        thread.join().unwrap();
    }
}
