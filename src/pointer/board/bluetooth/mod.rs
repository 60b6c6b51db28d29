//! This computer as a Bluetooth mouse of a tablet or another computer (HID over GATT), through BlueZ, Linux's Bluetooth service.
//!
//! BlueZ asks for the mouse's report descriptor and hands over a socket for its reports once the other device listens. Specifications: HID
//! over GATT Profile 1.0 and HID Service 1.0 (Bluetooth SIG), org.bluez (bluez/doc).

mod nearby;
mod objects;

use super::super::piped_process::{outlive_signals, say_ready};
use super::BoardError;
use super::reports::{BoardKind, HidDevice, HidReport};
use super::signals::{note_end, note_signal};
use super::work::{Outlet, end_with_driver, release, work, write_to};
use crossbeam_channel::Receiver;
use nearby::{Advertisement, Agent};
use objects::{Listener, MouseObjects};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zbus::blocking::fdo::ObjectManagerProxy;
use zbus::blocking::{Connection, Proxy, connection};
use zbus::fdo;
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

const BLUEZ: &str = "org.bluez";
const ADAPTER: &str = "org.bluez.Adapter1";
const DEVICE: &str = "org.bluez.Device1";
const GATT: &str = "org.bluez.GattManager1";
const ADVERTISING: &str = "org.bluez.LEAdvertisingManager1";
/// Where our objects are.
const MOUSE: &str = "/org/bci_cursor/mouse";
const ADVERTISEMENT: &str = "/org/bci_cursor/advertisement";
const AGENT: &str = "/org/bci_cursor/agent";
/// BlueZ passes the last report on within this time.
const LAST_REPORT_WITHIN: Duration = Duration::from_millis(100);
/// While no device listens, it is checked this often whether one still can.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// BlueZ answers within this time, or has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Checks whether this computer has a Bluetooth adapter that can be a mouse.
///
/// # Errors
/// [`BoardError::Bluetooth`] with what is missing.
pub(in super::super) fn check() -> Result<(), BoardError> {
    Bluez::connect().map(drop)
}

/// Waits until a tablet or another computer uses this computer as its mouse or pen, then moves its pointer as a driver at the other end of
/// standard input says. Prints "ready" when it begins, and ends with the driver or the other device.
///
/// # Errors
/// [`BoardError::Bluetooth`] if there is no Bluetooth, or the other device has gone.
pub fn bluetooth_board(kind: BoardKind) -> Result<(), BoardError> {
    let is_connected = Arc::new(AtomicBool::new(false));
    end_with_driver(is_connected.clone())?;
    let bluez = Bluez::connect()?;
    let listeners = note_end(&bluez.bus, BLUEZ, &bluez.has_ended)
        .and_then(|()| bluez.offer(kind, &is_connected))
        .map_err(|error| failed(&error))?;
    log::warn!(
        "this computer is a Bluetooth {} now: on the tablet or the other computer, connect to 'bci-cursor' in its Bluetooth settings",
        kind.name()
    );
    let Listener { reports, device } = bluez.wait_for_listener(&listeners)?;
    // Nobody else may connect or listen, or two pointers would move.
    drop(listeners);
    bluez
        .stop_advertising()
        .and_then(|()| device.as_ref().map_or(Ok(()), |device| bluez.watch(device)))
        .map_err(|error| failed(&error))?;
    let hid = HidDevice::new(kind);
    let mut link = Link {
        reports,
        has_ended: bluez.has_ended.clone(),
    };
    outlive_signals()?;
    release(&mut link, &hid)?;
    // From now on, the driver's end releases the buttons first.
    is_connected.store(true, Ordering::Release);
    say_ready()?;
    let result = work(io::stdin().as_fd(), &mut link, hid);
    if let Some(Err(error)) = device.map(|device| bluez.disconnect(device)) {
        log::info!("the other device was not disconnected: {error}");
    }
    result
}

/// BlueZ, and the adapter to use.
struct Bluez {
    bus: Connection,
    adapter: OwnedObjectPath,
    /// It has ended or was switched off, or the device that listens has gone.
    has_ended: Arc<AtomicBool>,
}

impl Bluez {
    /// Finds the first adapter that is switched on and can advertise a service.
    fn connect() -> Result<Self, BoardError> {
        let bus = connection::Builder::system()
            .and_then(|builder| builder.method_timeout(ANSWER_WITHIN).build());
        let bus = bus.map_err(|error| {
            log::info!("{error}");
            lacking("there is no system bus (D-Bus)")
        })?;
        let adapters = adapters(&bus).map_err(|error| failed(&error))?;
        if adapters.is_empty() {
            return Err(lacking(
                "there is no Bluetooth adapter for low energy (Bluetooth 4.0 or later)",
            ));
        }
        let mut on = adapters.into_iter().filter(|(_, is_on)| *is_on);
        match on.next() {
            Some((adapter, _)) => Ok(Self {
                bus,
                adapter,
                has_ended: Arc::default(),
            }),
            None => Err(lacking(
                "Bluetooth is switched off. Switch it on in the desktop's settings, or with: bluetoothctl power on",
            )),
        }
    }

    fn manager(&self, interface: &'static str) -> zbus::Result<Proxy<'static>> {
        Proxy::new(&self.bus, BLUEZ, self.adapter.clone(), interface)
    }

    /// Makes the mouse known to BlueZ, and to devices nearby. Returns who listens to it.
    fn offer(
        &self,
        kind: BoardKind,
        is_connected: &Arc<AtomicBool>,
    ) -> zbus::Result<Receiver<Listener>> {
        let (sender, listeners) = crossbeam_channel::bounded(1);
        let objects = MouseObjects {
            place: MOUSE,
            kind,
            listeners: sender,
        };
        objects.serve(&self.bus)?;
        self.let_pair(is_connected)?;
        let options = BTreeMap::<&str, Value<'_>>::new();
        let mouse = ObjectPath::try_from(MOUSE)?;
        let _: () = self
            .manager(GATT)?
            .call("RegisterApplication", &(&mouse, &options))?;
        let server = self.bus.object_server();
        let advertised = Advertisement {
            kind,
            has_ended: self.has_ended.clone(),
        };
        server.at(ADVERTISEMENT, advertised)?;
        let advertisement = ObjectPath::try_from(ADVERTISEMENT)?;
        let advertising = self.manager(ADVERTISING)?;
        let _: () = advertising.call("RegisterAdvertisement", &(&advertisement, &options))?;
        Ok(listeners)
    }

    /// Lets other devices pair, which needs no code: a mouse has no screen and no keys.
    fn let_pair(&self, is_connected: &Arc<AtomicBool>) -> zbus::Result<()> {
        let agent = Agent {
            is_connected: is_connected.clone(),
        };
        self.bus.object_server().at(AGENT, agent)?;
        let agents = Proxy::new(&self.bus, BLUEZ, "/org/bluez", "org.bluez.AgentManager1")?;
        let agent = ObjectPath::try_from(AGENT)?;
        let _: () = agents.call("RegisterAgent", &(&agent, "NoInputNoOutput"))?;
        agents.call("RequestDefaultAgent", &agent)
    }

    /// Waits until a device listens.
    fn wait_for_listener(&self, listeners: &Receiver<Listener>) -> Result<Listener, BoardError> {
        loop {
            if let Ok(listener) = listeners.recv_timeout(LOOK_EVERY) {
                return Ok(listener);
            }
            if self.has_ended.load(Ordering::Acquire) {
                return Err(lacking(
                    "Bluetooth was switched off, or its service has ended",
                ));
            }
        }
    }

    /// Notices when the device that listens goes. BlueZ before version 5.69 does not close the socket of a device that has paired.
    fn watch(&self, device: &OwnedObjectPath) -> zbus::Result<()> {
        let changed = zbus::MatchRule::builder()
            .msg_type(Type::Signal)
            .interface("org.freedesktop.DBus.Properties")?
            .member("PropertiesChanged")?
            .path(device.as_ref())?
            .build();
        note_signal(&self.bus, changed, says_disconnected, &self.has_ended)?;
        // It may have gone before.
        let device = Proxy::new(&self.bus, BLUEZ, device.as_ref(), DEVICE)?;
        if matches!(device.get_property("Connected"), Ok(false)) {
            self.has_ended.store(true, Ordering::Release);
        }
        Ok(())
    }

    fn stop_advertising(&self) -> zbus::Result<()> {
        let advertisement = ObjectPath::try_from(ADVERTISEMENT)?;
        self.manager(ADVERTISING)?
            .call("UnregisterAdvertisement", &advertisement)
    }

    /// Ends the connection after the last report. A device that stays connected to a mouse without services would not listen to the next run.
    fn disconnect(&self, device: OwnedObjectPath) -> zbus::Result<()> {
        std::thread::park_timeout(LAST_REPORT_WITHIN);
        Proxy::new(&self.bus, BLUEZ, device, DEVICE)?.call("Disconnect", &())
    }
}

/// Whether a device tells that it is not connected any more.
fn says_disconnected(changed: &zbus::Message) -> bool {
    type Changes = (String, BTreeMap<String, OwnedValue>, Vec<String>);
    let body = changed.body();
    let changes: Result<Changes, _> = body.deserialize();
    changes.is_ok_and(|(interface, values, _)| {
        let connected = values.get("Connected").map(bool::try_from);
        interface == DEVICE && matches!(connected, Some(Ok(false)))
    })
}

/// Adapters that can advertise a service, and whether each is switched on.
fn adapters(bus: &Connection) -> zbus::Result<Vec<(OwnedObjectPath, bool)>> {
    let manager = ObjectManagerProxy::builder(bus)
        .destination(BLUEZ)?
        .path("/")?
        .build()?;
    let fit = manager
        .get_managed_objects()?
        .into_iter()
        .filter_map(|(path, interfaces)| {
            let has = |name: &str| interfaces.keys().any(|found| found.as_str() == name);
            if ![ADAPTER, GATT, ADVERTISING].into_iter().all(has) {
                return None;
            }
            let mut properties = interfaces.values().filter_map(|all| all.get("Powered"));
            let is_on = properties.next().map(bool::try_from);
            Some((path, matches!(is_on, Some(Ok(true)))))
        });
    let mut fit: Vec<_> = fit.collect();
    fit.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    Ok(fit)
}

fn lacking(cause: &str) -> BoardError {
    BoardError::Bluetooth {
        cause: cause.into(),
    }
}

/// Why BlueZ cannot be used, in plain words. The library's message goes to the log.
fn failed(error: &zbus::Error) -> BoardError {
    log::info!("{error}");
    let error = match error {
        zbus::Error::FDO(error) => (**error).clone(),
        error => fdo::Error::from(error.clone()),
    };
    match error {
        fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_) => lacking(
            "the Bluetooth service (BlueZ) does not run. Install bluez, and start it: sudo systemctl start bluetooth",
        ),
        fdo::Error::ZBus(zbus::Error::MethodError(name, text, _)) => BoardError::Bluetooth {
            cause: format!(
                "the Bluetooth service refuses: {}",
                text.as_deref().unwrap_or(&name)
            ),
        },
        _ => lacking("the Bluetooth service does not answer"),
    }
}

/// The socket for the reports, while another device listens.
struct Link {
    reports: OwnedFd,
    has_ended: Arc<AtomicBool>,
}

impl Outlet for Link {
    fn write(&mut self, report: &HidReport) -> Result<bool, BoardError> {
        write_to(&self.reports, report).map_err(|error| self.not_taken(Some(error)))
    }

    fn check(&mut self) -> Result<(), BoardError> {
        match self.has_ended.load(Ordering::Acquire) {
            true => Err(self.not_taken(None)),
            false => Ok(()),
        }
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.reports.as_fd())
    }

    fn not_taken(&self, cause: Option<io::Error>) -> BoardError {
        if let Some(cause) = cause {
            log::info!("{cause}");
        }
        lacking("the tablet or computer is out of reach, asleep, or has disconnected")
    }
}
