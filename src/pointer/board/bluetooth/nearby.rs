//! What devices nearby see of the mouse, and who may pair.
#![expect(clippy::disallowed_types)] // the code that zbus makes uses HashMap

use super::super::reports::BoardKind;
use super::objects::HID_SERVICE;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zbus::zvariant::OwnedObjectPath;

/// As what others show it (Bluetooth's "appearance").
const MOUSE: u16 = 0x03c2;
const PEN: u16 = 0x03c7;
/// What devices nearby see.
pub(super) struct Advertisement {
    pub(super) kind: BoardKind,
    /// Bluetooth was switched off.
    pub(super) has_ended: Arc<AtomicBool>,
}

#[zbus::interface(name = "org.bluez.LEAdvertisement1")]
impl Advertisement {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> &'static str {
        "peripheral"
    }

    #[zbus(property, name = "ServiceUUIDs")]
    fn services(&self) -> Vec<String> {
        vec![HID_SERVICE.to_owned()]
    }

    #[zbus(property)]
    fn local_name(&self) -> &'static str {
        "bci-cursor"
    }

    #[zbus(property)]
    fn appearance(&self) -> u16 {
        match self.kind {
            BoardKind::Mouse => MOUSE,
            BoardKind::Pen(_) => PEN,
        }
    }

    #[zbus(property)]
    fn discoverable(&self) -> bool {
        true
    }

    /// BlueZ has taken it back.
    fn release(&self) {
        self.has_ended.store(true, Ordering::Release);
    }
}

/// Answers when another device wants to pair: yes, while none is connected.
pub(super) struct Agent {
    pub(super) is_connected: Arc<AtomicBool>,
}

impl Agent {
    fn answer(&self) -> Result<(), PairingError> {
        if self.is_connected.load(Ordering::Acquire) {
            return Err(PairingError::Rejected("another device is connected".into()));
        }
        Ok(())
    }
}

/// The refusals that BlueZ knows.
#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.bluez.Error")]
enum PairingError {
    Rejected(String),
}

#[zbus::interface(name = "org.bluez.Agent1")]
impl Agent {
    fn request_confirmation(
        &self,
        _device: OwnedObjectPath,
        _passkey: u32,
    ) -> Result<(), PairingError> {
        self.answer()
    }

    fn request_authorization(&self, _device: OwnedObjectPath) -> Result<(), PairingError> {
        self.answer()
    }

    /// No device may use other services of this computer; the mouse needs no such permission.
    fn authorize_service(
        &self,
        _device: OwnedObjectPath,
        _service: String,
    ) -> Result<(), PairingError> {
        Err(PairingError::Rejected(
            "this program only lends its mouse".into(),
        ))
    }

    fn cancel(&self) {}

    fn release(&self) {}
}
