use super::mouse_report::to_report;
use super::{Action, Pointer, PointerError};
use bci_cursor_firmware_protocol::native::{Kind, frame};
use bci_cursor_firmware_protocol::pointer::Report;
use serialport::SerialPort;
use std::time::Duration;

/// Baud rate of the port. USB ports accept any.
const BAUD: u32 = 115_200;
/// A board that accepts no bytes for this long counts as lost.
const WAIT: Duration = Duration::from_millis(100);

/// A mouse board on a serial port: a mouse for a computer or tablet on which nothing can be installed.
///
/// Every action is sent, even without motion, because the board treats it as a sign of life: it releases all buttons if
/// nothing arrives for 250 ms.
pub struct DonglePointer {
    port: Box<dyn SerialPort>,
    name: String,
}

impl DonglePointer {
    /// Opens the port.
    ///
    /// # Errors
    /// [`PointerError::Dongle`] if it cannot be opened.
    pub fn open(name: &str) -> Result<Self, PointerError> {
        let opened = serialport::new(name, BAUD).timeout(WAIT).open();
        let port = opened.map_err(|error| PointerError::Dongle {
            port: name.to_owned(),
            cause: error.to_string(),
        })?;
        Ok(Self {
            port,
            name: name.to_owned(),
        })
    }
}

impl Pointer for DonglePointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        let failed = |cause: String| PointerError::Dongle {
            port: self.name.clone(),
            cause,
        };
        let report = to_report(action);
        let mut payload = [0; Report::BYTES];
        let mut wire = [0; 32];
        let length = report
            .emit(&mut payload)
            .and_then(|_| frame::encode(Kind::Pointer, &payload, &mut wire))
            .map_err(|error| failed(error.to_string()))?;
        let bytes = wire.get(..length).unwrap_or(&[]);
        self.port
            .write_all(bytes)
            .map_err(|error| failed(error.to_string()))
    }
}

impl Drop for DonglePointer {
    fn drop(&mut self) {
        if let Err(error) = self.apply(Action::default()) {
            log::error!("buttons could not be released at the end: {error}");
        }
    }
}
