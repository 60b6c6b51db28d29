//! A serial port that is read and written as bytes.

use crate::source::{HeadsetError, SourceError};
use serde::Serialize;
use serialport::SerialPort;
use std::io;
use std::time::Duration;

/// Speed of the port, as used by a Cyton's dongle. Pseudo-terminals and USB ports ignore it.
const BAUD: u32 = 115_200;
/// How long a read waits for bytes.
const WAIT: Duration = Duration::from_millis(20);
/// Maximum number of bytes of one read.
const READ_BYTES: usize = 4096;

/// A serial port of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its path.
    pub port: String,
    /// The device behind it, as far as the system knows.
    pub what: String,
}

/// Kinds of ports without a name of their own, in [`Port::what`].
pub const BLUETOOTH: &str = "Bluetooth";
/// See [`BLUETOOTH`].
pub const BUILT_IN: &str = "built in";

/// The serial ports of this computer.
///
/// # Errors
/// [`SourceError::Headset`] if the system cannot list them.
pub fn ports() -> Result<Vec<Port>, SourceError> {
    let found = serialport::available_ports()
        .map_err(|error| failed("(any)", HeadsetError::List(error)))?;
    let what = |kind: serialport::SerialPortType| match kind {
        serialport::SerialPortType::UsbPort(usb) => {
            let name = usb
                .product
                .or(usb.manufacturer)
                .unwrap_or_else(|| "USB".into());
            format!("{name} ({:04x}:{:04x})", usb.vid, usb.pid)
        }
        serialport::SerialPortType::BluetoothPort => BLUETOOTH.into(),
        serialport::SerialPortType::PciPort => BUILT_IN.into(),
        serialport::SerialPortType::Unknown => String::new(),
    };
    let mut ports: Vec<Port> = found
        .into_iter()
        .map(|found| Port {
            port: found.port_name,
            what: what(found.port_type),
        })
        .collect();
    ports.sort_by(|a, b| a.port.cmp(&b.port));
    Ok(ports)
}

/// Result of a read.
pub(super) enum ReadOutcome<'a> {
    Bytes(&'a [u8]),
    /// No bytes arrived in time.
    Nothing,
    /// The port has disappeared.
    Lost(io::Error),
}

/// An open port.
pub(super) struct Link {
    port: Box<dyn SerialPort>,
    name: String,
    buffer: Box<[u8; READ_BYTES]>,
}

impl Link {
    pub(super) fn open(name: &str) -> Result<Self, SourceError> {
        let port = serialport::new(name, BAUD).timeout(WAIT).open();
        let port = port.map_err(|error| failed(name, HeadsetError::Open(error)))?;
        Ok(Self {
            port,
            name: name.to_owned(),
            buffer: Box::new([0; READ_BYTES]),
        })
    }

    pub(super) fn read(&mut self) -> ReadOutcome<'_> {
        match self.port.read(self.buffer.as_mut_slice()) {
            Ok(0) => ReadOutcome::Lost(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => ReadOutcome::Bytes(self.buffer.get(..count).unwrap_or(&[])),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::TimedOut
                        | io::ErrorKind::Interrupted
                        | io::ErrorKind::WouldBlock
                ) =>
            {
                ReadOutcome::Nothing
            }
            Err(error) => ReadOutcome::Lost(error),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SourceError> {
        let written = self.port.write_all(bytes).and_then(|()| self.port.flush());
        written.map_err(|error| failed(&self.name, HeadsetError::Write(error)))
    }

    /// An error about this port.
    pub(super) fn failed(&self, error: HeadsetError) -> SourceError {
        failed(&self.name, error)
    }
}

fn failed(port: &str, error: HeadsetError) -> SourceError {
    SourceError::Headset {
        port: port.to_owned(),
        error,
    }
}
