//! Linux's Bluetooth service, and a tablet that uses this computer as its mouse: a test plays both.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`
#![expect(clippy::disallowed_types)] // the code that zbus makes uses HashMap

use bci_cursor_firmware_protocol::pen::{PEN_REPORT_BYTES, read_pen};
use bci_cursor_firmware_protocol::pointer::{HID_REPORT_BYTES, LEFT, read_hid};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use zbus::blocking::fdo::ObjectManagerProxy;
use zbus::blocking::{Connection, Proxy, connection};
use zbus::fdo::ObjectManager;
use zbus::message::Header;
use zbus::zvariant::{self, OwnedObjectPath, OwnedValue};

const ADAPTER: &str = "/org/bluez/hci0";
const TABLET: &str = "/org/bluez/hci0/dev_1";

type Options = BTreeMap<String, OwnedValue>;
/// A program and its object.
type Registered = Option<(String, OwnedObjectPath)>;

/// What programs have registered.
#[derive(Debug, Default)]
struct State {
    mouse: Registered,
    advertisement: Registered,
    agent: Registered,
    /// Times that a program has ended the tablet's connection.
    disconnected: usize,
    /// The tablet is out of reach.
    is_away: bool,
}

pub struct FakeBluez {
    connection: Connection,
    state: Arc<Mutex<State>>,
}

impl FakeBluez {
    /// Starts on a bus, under the name of the real service, with an adapter.
    pub fn start(address: &str, is_on: bool) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let builder = connection::Builder::address(address).unwrap();
        let served = builder
            .serve_at("/", ObjectManager)
            .and_then(|builder| builder.serve_at(ADAPTER, Adapter { is_on }))
            .and_then(|builder| builder.serve_at(ADAPTER, Gatt(state.clone())))
            .and_then(|builder| builder.serve_at(ADAPTER, Advertising(state.clone())))
            .and_then(|builder| builder.serve_at(TABLET, Device(state.clone())))
            .and_then(|builder| builder.serve_at("/org/bluez", Agents(state.clone())))
            .and_then(|builder| builder.name("org.bluez"));
        Self {
            connection: served.unwrap().build().unwrap(),
            state,
        }
    }

    /// Whether a mouse is advertised.
    pub fn is_advertised(&self) -> bool {
        self.state.lock().unwrap().advertisement.is_some()
    }

    /// The property of what is advertised.
    pub fn advertised(&self, name: &str) -> OwnedValue {
        let advertisement = self.state.lock().unwrap().advertisement.clone();
        self.proxy(&advertisement, "org.bluez.LEAdvertisement1")
            .get_property(name)
            .unwrap()
    }

    /// Times that a program has ended the tablet's connection.
    pub fn disconnected(&self) -> usize {
        self.state.lock().unwrap().disconnected
    }

    /// Asks the agent whether a device may pair.
    pub fn may_pair(&self) -> bool {
        let agent = self.state.lock().unwrap().agent.clone();
        let device = OwnedObjectPath::try_from(TABLET).unwrap();
        let agent = self.proxy(&agent, "org.bluez.Agent1");
        agent
            .call::<_, _, ()>("RequestAuthorization", &device)
            .is_ok()
    }

    fn proxy(&self, at: &Registered, interface: &'static str) -> Proxy<'static> {
        let (program, object) = at.clone().unwrap();
        Proxy::new(&self.connection, program, object, interface).unwrap()
    }

    /// The characteristic with this assigned number.
    fn characteristic(&self, assigned: &str) -> Proxy<'static> {
        let mouse = self.state.lock().unwrap().mouse.clone();
        let (program, root) = mouse.clone().unwrap();
        let manager = ObjectManagerProxy::builder(&self.connection)
            .destination(program.clone())
            .unwrap()
            .path(root)
            .unwrap()
            .build()
            .unwrap();
        let objects = manager.get_managed_objects().unwrap();
        let wanted = format!("0000{assigned}-0000-1000-8000-00805f9b34fb");
        let has = |properties: &std::collections::BTreeMap<String, String>| {
            properties.get("UUID") == Some(&wanted)
        };
        let found = objects.into_iter().find(|(_, interfaces)| {
            interfaces.values().any(|all| {
                let texts = all.iter().filter_map(|(name, value)| {
                    Some((name.clone(), <&str>::try_from(value).ok()?.to_owned()))
                });
                has(&texts.collect())
            })
        });
        let object = found.expect("no such characteristic").0;
        self.proxy(&Some((program, object)), "org.bluez.GattCharacteristic1")
    }

    /// Reads a characteristic as a tablet does, and how it may be used.
    pub fn read(&self, assigned: &str) -> (Vec<u8>, Vec<String>) {
        let characteristic = self.characteristic(assigned);
        let value = characteristic.call("ReadValue", &(Options::new(),));
        (
            value.unwrap(),
            characteristic.get_property("Flags").unwrap(),
        )
    }

    /// The tablet goes out of reach. The socket for reports stays open, as in BlueZ 5.66.
    pub fn lose_tablet(&self) {
        self.state.lock().unwrap().is_away = true;
        self.tell_connected();
    }

    fn tell_connected(&self) {
        let device = self.connection.object_server();
        let device = device.interface::<_, Device>(TABLET).unwrap();
        let told = zbus::block_on(device.get().connected_changed(device.signal_emitter()));
        told.unwrap();
    }

    /// Listens to the mouse's reports, as a tablet does that has paired.
    pub fn connect(&self) -> Tablet {
        self.state.lock().unwrap().is_away = false;
        let characteristic = self.characteristic("2a4d");
        let device = OwnedObjectPath::try_from(TABLET).unwrap();
        let device = OwnedValue::try_from(zvariant::Value::from(device)).unwrap();
        let options = Options::from([("device".to_owned(), device)]);
        let answer: (zvariant::OwnedFd, u16) =
            characteristic.call("AcquireNotify", &(options,)).unwrap();
        Tablet::read(answer.0.into())
    }
}

impl Drop for FakeBluez {
    fn drop(&mut self) {
        let _ = self.connection.clone().close();
    }
}

/// What a tablet has seen of its mouse.
#[derive(Debug, Default, Clone)]
pub struct MouseState {
    pub moved: [i64; 2],
    pub is_down: bool,
    /// Of a pen.
    pub places: Vec<[u16; 2]>,
    pub is_in_range: bool,
}

pub struct Tablet {
    seen: Arc<Mutex<MouseState>>,
}

impl Tablet {
    fn read(socket: OwnedFd) -> Self {
        let seen = Arc::new(Mutex::new(MouseState::default()));
        let reports = socket;
        rustix::io::ioctl_fionbio(&reports, false).unwrap();
        let notes = seen.clone();
        // The thread ends with the socket.
        std::thread::spawn(move || {
            let mut reports = File::from(reports);
            let mut report = [0; PEN_REPORT_BYTES];
            loop {
                let count = reports.read(&mut report).unwrap_or(0);
                let mut seen = notes.lock().unwrap();
                match count {
                    HID_REPORT_BYTES => {
                        let report = read_hid(&report).unwrap();
                        seen.moved[0] += i64::from(report.dx);
                        seen.moved[1] += i64::from(report.dy);
                        seen.is_down = report.buttons & LEFT != 0;
                    }
                    PEN_REPORT_BYTES => {
                        let pen = read_pen(&report).unwrap();
                        seen.places.push([pen.x, pen.y]);
                        seen.is_down = pen.is_left_down;
                        seen.is_in_range = pen.is_in_range;
                    }
                    _ => break,
                }
            }
        });
        Self { seen }
    }

    pub fn look(&self) -> MouseState {
        self.seen.lock().unwrap().clone()
    }
}

struct Adapter {
    is_on: bool,
}

#[zbus::interface(name = "org.bluez.Adapter1")]
impl Adapter {
    #[zbus(property)]
    fn powered(&self) -> bool {
        self.is_on
    }
}

fn registered(header: &Header<'_>, object: OwnedObjectPath) -> Registered {
    Some((header.sender().unwrap().to_string(), object))
}

struct Gatt(Arc<Mutex<State>>);

#[zbus::interface(name = "org.bluez.GattManager1")]
impl Gatt {
    fn register_application(
        &self,
        object: OwnedObjectPath,
        _options: Options,
        #[zbus(header)] header: Header<'_>,
    ) {
        self.0.lock().unwrap().mouse = registered(&header, object);
    }
}

struct Advertising(Arc<Mutex<State>>);

#[zbus::interface(name = "org.bluez.LEAdvertisingManager1")]
impl Advertising {
    fn register_advertisement(
        &self,
        object: OwnedObjectPath,
        _options: Options,
        #[zbus(header)] header: Header<'_>,
    ) {
        self.0.lock().unwrap().advertisement = registered(&header, object);
    }

    fn unregister_advertisement(&self, _object: OwnedObjectPath) {
        self.0.lock().unwrap().advertisement = None;
    }
}

struct Device(Arc<Mutex<State>>);

#[zbus::interface(name = "org.bluez.Device1")]
impl Device {
    fn disconnect(&self) {
        self.0.lock().unwrap().disconnected += 1;
    }

    #[zbus(property)]
    fn connected(&self) -> bool {
        !self.0.lock().unwrap().is_away
    }
}

struct Agents(Arc<Mutex<State>>);

#[zbus::interface(name = "org.bluez.AgentManager1")]
impl Agents {
    fn register_agent(
        &self,
        object: OwnedObjectPath,
        capability: String,
        #[zbus(header)] header: Header<'_>,
    ) {
        assert_eq!(capability, "NoInputNoOutput");
        self.0.lock().unwrap().agent = registered(&header, object);
    }

    fn request_default_agent(&self, _object: OwnedObjectPath) {}
}
