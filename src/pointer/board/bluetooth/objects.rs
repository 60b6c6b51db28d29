//! The objects that BlueZ reads: the services of a mouse.
#![expect(clippy::disallowed_types)] // the code that zbus makes uses HashMap

use super::super::reports::{BoardKind, HidDevice};
use crossbeam_channel::Sender;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use zbus::blocking::Connection;
use zbus::fdo::{Error, ObjectManager};
use zbus::zvariant::{self, OwnedObjectPath, OwnedValue};

/// The service of keyboards and mice (HID Service 1.0).
pub(super) const HID_SERVICE: &str = "00001812-0000-1000-8000-00805f9b34fb";
/// Assigned numbers of services, characteristics and descriptors (Bluetooth SIG).
const BATTERY: u16 = 0x180f;
const BATTERY_LEVEL: u16 = 0x2a19;
const HID_INFORMATION: u16 = 0x2a4a;
const REPORT_MAP: u16 = 0x2a4b;
const CONTROL_POINT: u16 = 0x2a4c;
const REPORT: u16 = 0x2a4d;
const REPORT_REFERENCE: u16 = 0x2908;
/// HID 1.11, no country, connectable at any time.
const INFORMATION: [u8; 4] = [0x11, 0x01, 0, 2];
/// Number 0 (there is only one report), input.
const INPUT_REPORT: [u8; 2] = [0, 1];
type Options = BTreeMap<String, OwnedValue>;

fn uuid(assigned: u16) -> String {
    format!("0000{assigned:04x}-0000-1000-8000-00805f9b34fb")
}

/// A device that listens to reports.
pub(super) struct Listener {
    /// The socket for its reports.
    pub(super) reports: OwnedFd,
    /// What BlueZ calls it.
    pub(super) device: Option<OwnedObjectPath>,
}

/// The services of the mouse, below this place.
pub(super) struct MouseObjects {
    pub(super) place: &'static str,
    pub(super) kind: BoardKind,
    /// Gets each device that begins to listen.
    pub(super) listeners: Sender<Listener>,
}

impl MouseObjects {
    /// Serves them all.
    pub(super) fn serve(self, bus: &Connection) -> zbus::Result<()> {
        bus.object_server().at(self.place, ObjectManager)?;
        let hid = self.service(bus, "hid", HID_SERVICE.to_owned())?;
        let read = |value: &[u8]| Content::Fixed(value.to_vec());
        self.characteristic(bus, &hid, HID_INFORMATION, read(&INFORMATION))?;
        self.characteristic(
            bus,
            &hid,
            REPORT_MAP,
            Content::Secret(self.kind.descriptor().to_vec()),
        )?;
        self.characteristic(bus, &hid, CONTROL_POINT, Content::Ignored)?;
        let report = self.characteristic(
            bus,
            &hid,
            REPORT,
            Content::Reports(self.kind, self.listeners.clone()),
        )?;
        let reference = OwnedObjectPath::try_from(format!("{report}/reference"))?;
        let descriptor = Descriptor {
            characteristic: report,
        };
        bus.object_server().at(&reference, descriptor)?;
        let battery = self.service(bus, "battery", uuid(BATTERY))?;
        self.characteristic(bus, &battery, BATTERY_LEVEL, read(&[battery_percent()]))?;
        Ok(())
    }

    fn service(&self, bus: &Connection, name: &str, uuid: String) -> zbus::Result<OwnedObjectPath> {
        let place = OwnedObjectPath::try_from(format!("{}/{name}", self.place))?;
        bus.object_server().at(&place, Service { uuid })?;
        Ok(place)
    }

    fn characteristic(
        &self,
        bus: &Connection,
        service: &OwnedObjectPath,
        assigned: u16,
        content: Content,
    ) -> zbus::Result<OwnedObjectPath> {
        let place = OwnedObjectPath::try_from(format!("{service}/x{assigned:04x}"))?;
        let characteristic = Characteristic {
            uuid: uuid(assigned),
            service: service.clone(),
            content,
        };
        bus.object_server().at(&place, characteristic)?;
        Ok(place)
    }
}

/// How full this computer's battery is, percent; one without a battery is never empty.
fn battery_percent() -> u8 {
    let supplies = std::fs::read_dir("/sys/class/power_supply");
    let mut levels = supplies
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|supply| {
            let read = |name| std::fs::read_to_string(supply.path().join(name));
            // A device's is the battery of a mouse or a headset.
            let is_own = read("scope").map_or(true, |scope| scope.trim() != "Device");
            let level = read("capacity").ok().filter(|_| is_own)?;
            level.trim().parse().ok()
        });
    levels.next().unwrap_or(100).min(100)
}

struct Service {
    uuid: String,
}

#[zbus::interface(name = "org.bluez.GattService1")]
impl Service {
    #[zbus(property, name = "UUID")]
    fn uuid(&self) -> String {
        self.uuid.clone()
    }

    #[zbus(property)]
    fn primary(&self) -> bool {
        true
    }
}

/// What a characteristic is for.
enum Content {
    /// It can be read.
    Fixed(Vec<u8>),
    /// It can be read by paired devices, which makes others pair.
    Secret(Vec<u8>),
    /// It takes what is of no use here.
    Ignored,
    /// It tells paired devices about each report.
    Reports(BoardKind, Sender<Listener>),
}

struct Characteristic {
    uuid: String,
    service: OwnedObjectPath,
    content: Content,
}

#[zbus::interface(name = "org.bluez.GattCharacteristic1")]
impl Characteristic {
    #[zbus(property, name = "UUID")]
    fn uuid(&self) -> String {
        self.uuid.clone()
    }

    #[zbus(property)]
    fn service(&self) -> OwnedObjectPath {
        self.service.clone()
    }

    #[zbus(property)]
    fn flags(&self) -> Vec<&'static str> {
        match &self.content {
            Content::Fixed(_) => vec!["read"],
            Content::Secret(_) => vec!["encrypt-read"],
            Content::Ignored => vec!["write-without-response"],
            Content::Reports(..) => vec!["encrypt-read", "notify", "encrypt-notify"],
        }
    }

    /// BlueZ asks for a socket where it finds this property.
    #[zbus(property)]
    fn notify_acquired(&self) -> bool {
        false
    }

    fn read_value(&self, options: Options) -> Result<Vec<u8>, Error> {
        let value = match &self.content {
            Content::Fixed(value) | Content::Secret(value) => value.clone(),
            Content::Reports(kind, _) => HidDevice::new(*kind).released().to_vec(),
            Content::Ignored => return Err(Error::NotSupported("it is not read".into())),
        };
        from_offset(&value, &options)
    }

    fn write_value(&self, _value: Vec<u8>, _options: Options) -> Result<(), Error> {
        match &self.content {
            Content::Ignored => Ok(()),
            _ => Err(Error::NotSupported("it is not written".into())),
        }
    }

    fn acquire_notify(&self, options: Options) -> Result<(zvariant::OwnedFd, u16), Error> {
        let Content::Reports(_, listeners) = &self.content else {
            return Err(Error::NotSupported("it tells nothing".into()));
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None);
        let (ours, theirs) = pair.map_err(|error| Error::Failed(error.to_string()))?;
        let device = options.get("device").and_then(|device| {
            let device = device.try_clone().ok()?;
            OwnedObjectPath::try_from(device).ok()
        });
        let listener = Listener {
            reports: ours,
            device,
        };
        let taken = listeners.try_send(listener);
        taken.map_err(|_| Error::Failed("another device listens".into()))?;
        let most = options.get("mtu").map(u16::try_from);
        Ok((theirs.into(), most.and_then(Result::ok).unwrap_or(23)))
    }
}

struct Descriptor {
    characteristic: OwnedObjectPath,
}

#[zbus::interface(name = "org.bluez.GattDescriptor1")]
impl Descriptor {
    #[zbus(property, name = "UUID")]
    fn uuid(&self) -> String {
        uuid(REPORT_REFERENCE)
    }

    #[zbus(property)]
    fn characteristic(&self) -> OwnedObjectPath {
        self.characteristic.clone()
    }

    #[zbus(property)]
    fn flags(&self) -> Vec<&'static str> {
        vec!["read"]
    }

    fn read_value(&self, options: Options) -> Result<Vec<u8>, Error> {
        from_offset(&INPUT_REPORT, &options)
    }
}

/// Long values are read in parts.
fn from_offset(value: &[u8], options: &Options) -> Result<Vec<u8>, Error> {
    let offset = match options.get("offset").map(u16::try_from) {
        Some(Ok(offset)) => usize::from(offset),
        _ => 0,
    };
    let rest = value.get(offset..);
    rest.map(<[u8]>::to_vec)
        .ok_or_else(|| Error::InvalidArgs(format!("it has {} bytes", value.len())))
}
