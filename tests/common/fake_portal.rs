//! A desktop's portal for remote control, whose user a test plays: it notes what moves and what is pressed.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use super::fake_eis;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::{Header, Type};
use zbus::zvariant::{self, DynamicType, OwnedObjectPath, OwnedValue, Value};

const PLACE: &str = "/org/freedesktop/portal/desktop";
pub const TOKEN: &str = "consent-of-ada";

/// What a portal has seen, and how its user answers.
#[derive(Debug, Default)]
pub struct PortalState {
    /// The version of its interface.
    pub version: u32,
    /// It offers a direct connection for input, and then carries out no requests.
    pub is_direct: bool,
    /// The compositor lends no pointer for now.
    pub pauses: bool,
    /// Times that a pointer was lent over such a connection.
    pub lent: usize,
    /// The user refuses.
    pub refuses: bool,
    /// Tokens that programs have shown.
    pub tokens: Vec<String>,
    pub sessions: usize,
    pub moved: [f64; 2],
    pub wheel_steps: i32,
    /// The left button, as often as it changed.
    pub presses: Vec<bool>,
}

impl PortalState {
    pub fn is_down(&self) -> bool {
        self.presses.last().copied().unwrap_or(false)
    }
}

pub struct FakePortal {
    connection: Connection,
    state: Arc<Mutex<PortalState>>,
}

type Results = BTreeMap<&'static str, Value<'static>>;

impl FakePortal {
    /// Starts on a bus, under the name of the real portal.
    pub fn start(address: &str, version: u32) -> Self {
        let connection = connection::Builder::address(address)
            .unwrap()
            .build()
            .unwrap();
        connection
            .request_name("org.freedesktop.portal.Desktop")
            .unwrap();
        let state = PortalState {
            version,
            ..PortalState::default()
        };
        let portal = Self {
            connection,
            state: Arc::new(Mutex::new(state)),
        };
        let service = Service {
            connection: portal.connection.clone(),
            state: portal.state.clone(),
        };
        let calls = MessageIterator::from(&portal.connection);
        // The thread ends with the connection.
        std::thread::spawn(move || {
            for message in calls.flatten() {
                if message.message_type() == Type::MethodCall {
                    service.answer(&message);
                }
            }
        });
        portal
    }

    pub fn look<T>(&self, at: impl FnOnce(&mut PortalState) -> T) -> T {
        at(&mut self.state.lock().unwrap())
    }

    /// The portal crashes.
    pub fn end(&self) {
        self.connection.clone().close().unwrap();
    }

    /// The user ends the session.
    pub fn close_session(&self) {
        let session = "org.freedesktop.portal.Session";
        let emitted = self.connection.emit_signal(
            None::<()>,
            format!("{PLACE}/session/own"),
            session,
            "Closed",
            &(),
        );
        emitted.unwrap();
    }
}

impl Drop for FakePortal {
    fn drop(&mut self) {
        let _ = self.connection.clone().close();
    }
}

struct Service {
    connection: Connection,
    state: Arc<Mutex<PortalState>>,
}

impl Service {
    fn answer(&self, message: &zbus::Message) {
        let header = message.header();
        let member = header.member().map(ToString::to_string).unwrap_or_default();
        let body = message.body();
        let mut state = self.state.lock().unwrap();
        match member.as_str() {
            "GetAll" => {
                let values = Results::from([
                    ("version", Value::from(state.version)),
                    ("AvailableDeviceTypes", Value::from(7u32)),
                ]);
                self.reply(&header, &values);
            }
            "CreateSession" => {
                let (options,): (BTreeMap<String, OwnedValue>,) = body.deserialize().unwrap();
                state.sessions += 1;
                let session = Value::from(format!("{PLACE}/session/own"));
                self.respond(
                    &header,
                    &options,
                    0,
                    Results::from([("session_handle", session)]),
                );
            }
            "SelectDevices" => {
                let (_, options): (OwnedObjectPath, BTreeMap<String, OwnedValue>) =
                    body.deserialize().unwrap();
                assert_eq!(u32::try_from(&options["types"]).unwrap(), 2);
                let token = options
                    .get("restore_token")
                    .map(|token| <&str>::try_from(token).unwrap().to_owned());
                state.tokens.extend(token);
                self.respond(&header, &options, 0, Results::new());
            }
            "Start" => {
                let (_, _, options): (OwnedObjectPath, String, BTreeMap<String, OwnedValue>) =
                    body.deserialize().unwrap();
                let mut results = Results::from([("devices", Value::from(2u32))]);
                if state.version >= 2 {
                    results.insert("restore_token", Value::from(TOKEN));
                }
                self.respond(&header, &options, u32::from(state.refuses), results);
            }
            "ConnectToEIS" if state.is_direct => {
                let (ours, theirs) = UnixStream::pair().unwrap();
                let shared = self.state.clone();
                // The thread ends with the program.
                std::thread::spawn(move || fake_eis::lend(ours, &shared));
                self.reply(&header, &zvariant::OwnedFd::from(OwnedFd::from(theirs)));
            }
            "NotifyPointerMotion" => {
                assert!(!state.is_direct);
                let (_, _, dx, dy): (OwnedObjectPath, BTreeMap<String, OwnedValue>, f64, f64) =
                    body.deserialize().unwrap();
                state.moved = [state.moved[0] + dx, state.moved[1] + dy];
            }
            "NotifyPointerButton" => {
                let (_, _, button, down): (
                    OwnedObjectPath,
                    BTreeMap<String, OwnedValue>,
                    i32,
                    u32,
                ) = body.deserialize().unwrap();
                assert_eq!(button, 0x110);
                state.presses.push(down == 1);
            }
            "NotifyPointerAxisDiscrete" => {
                let (_, _, axis, steps): (OwnedObjectPath, BTreeMap<String, OwnedValue>, u32, i32) =
                    body.deserialize().unwrap();
                assert_eq!(axis, 0);
                state.wheel_steps += steps;
            }
            _ => {
                let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
                let _ = self.connection.reply_error(&header, unknown, &"not here");
            }
        }
    }

    fn reply<B: serde::Serialize + DynamicType>(&self, header: &Header<'_>, body: &B) {
        let _ = self.connection.reply(header, body);
    }

    /// Returns the request, whose answer follows as a signal.
    fn respond(
        &self,
        header: &Header<'_>,
        options: &BTreeMap<String, OwnedValue>,
        code: u32,
        results: Results,
    ) {
        let sender = header
            .sender()
            .unwrap()
            .trim_start_matches(':')
            .replace('.', "_");
        let token = <&str>::try_from(&options["handle_token"]).unwrap();
        let path = OwnedObjectPath::try_from(format!("{PLACE}/request/{sender}/{token}")).unwrap();
        self.reply(header, &path);
        let request = "org.freedesktop.portal.Request";
        let emitted =
            self.connection
                .emit_signal(None::<()>, path, request, "Response", &(code, results));
        emitted.unwrap();
    }
}
