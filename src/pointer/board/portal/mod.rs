//! The pointer of a Wayland desktop through its portal (org.freedesktop.portal.RemoteDesktop), which asks the user for consent.
//!
//! GNOME and KDE have one. From version 2 of the interface on, consent is asked once: the portal gives a token, which is
//! shown to it the next time. Newer ones offer a direct connection for input (libei), which takes the place of requests over the bus.
//! Specification: flatpak.github.io/xdg-desktop-portal.

mod ei;
mod requests;

use super::super::device::{Button, Device};
use super::super::guarded::Guarded;
use super::super::piped_process::{outlive_signals, say_ready};
use super::super::{Pointer, PointerError, to_action};
use super::BoardError;
use super::reports::{BoardKind, HidDevice, HidReport};
use super::signals::{note_end, note_signal};
use super::work::{Outlet, end_with_driver, work};
use bci_cursor_firmware_protocol::pointer::read_hid;
use ei::EiPointer;
use requests::Requests;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zbus::blocking::{Connection, MessageIterator, Proxy, connection};
use zbus::message::Type;
use zbus::zvariant::{self, ObjectPath, OwnedObjectPath, OwnedValue, Value};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PLACE: &str = "/org/freedesktop/portal/desktop";
const REMOTE_DESKTOP: &str = "org.freedesktop.portal.RemoteDesktop";
const REQUEST: &str = "org.freedesktop.portal.Request";
const SESSION: &str = "org.freedesktop.portal.Session";
/// The kind of device that is asked for.
const POINTER: u32 = 2;
/// Consent lasts until the user takes it back.
const UNTIL_REVOKED: u32 = 2;
/// A portal that does not answer a question without a dialog within this time has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

type Options<'a> = BTreeMap<&'a str, Value<'a>>;

/// What proves an earlier consent.
pub struct PortalToken<'a> {
    /// The token of the last time, if there is one.
    pub earlier: Option<&'a str>,
    /// Keeps the token for the next time.
    pub keep: &'a dyn Fn(&str),
}

/// Checks whether the desktop has a portal that can move its pointer. Returns the version of its interface.
///
/// # Errors
/// [`PointerError::Board`] with what is missing.
pub(in super::super) fn check() -> Result<u32, PointerError> {
    let asked = connect().and_then(|bus| {
        let portal = Proxy::new(&bus, PORTAL, PLACE, REMOTE_DESKTOP)?;
        let devices: u32 = portal.get_property("AvailableDeviceTypes")?;
        match devices & POINTER {
            0 => Err(zbus::Error::Unsupported),
            _ => portal.get_property("version"),
        }
    });
    asked.map_err(|error| PointerError::Board {
        cause: missing(&error),
    })
}

/// Asks the desktop for consent, then moves its pointer as a driver at the other end of standard input says. Prints "ready"
/// when it begins, and ends with the driver.
///
/// # Errors
/// [`BoardError::Portal`] if there is no portal, the user refuses, or the desktop ends the session.
pub fn portal_mouse(token: &PortalToken<'_>) -> Result<(), BoardError> {
    let is_answered = Arc::new(AtomicBool::new(false));
    end_with_driver(is_answered.clone())?;
    let mut desktop = Desktop::open(token)?;
    outlive_signals()?;
    // From now on, the driver's end releases the buttons first.
    is_answered.store(true, Ordering::Release);
    say_ready()?;
    work(
        io::stdin().as_fd(),
        &mut desktop,
        HidDevice::new(BoardKind::Mouse),
    )
}

fn connect() -> zbus::Result<Connection> {
    connection::Builder::session()?
        .method_timeout(ANSWER_WITHIN)
        .build()
}

/// Why there is no portal, in plain words. The library's message goes to the log.
fn missing(error: &zbus::Error) -> String {
    log::info!("{error}");
    match error {
        zbus::Error::Unsupported => "this desktop's portal cannot move a pointer".into(),
        zbus::Error::InputOutput(_) | zbus::Error::Address(_) => {
            "there is no session bus (DBUS_SESSION_BUS_ADDRESS)".into()
        }
        _ => "xdg-desktop-portal, or its part for this desktop (such as xdg-desktop-portal-gnome or -kde), does not answer"
            .into(),
    }
}

fn failed(error: &zbus::Error) -> BoardError {
    BoardError::Portal {
        cause: missing(error),
    }
}

#[expect(clippy::needless_pass_by_value)] // the form that map_err takes
fn portal_error(error: PointerError) -> BoardError {
    BoardError::Portal {
        cause: error.cause(),
    }
}

/// How a session moves the pointer.
enum Lent {
    Directly(Box<EiPointer>),
    ByRequests(Requests),
}

impl Lent {
    /// Chooses the direct way if the portal offers it, which then refuses requests.
    fn open(portal: &Proxy<'static>, session: OwnedObjectPath) -> Result<Self, PointerError> {
        let socket: zbus::Result<zvariant::OwnedFd> =
            portal.call("ConnectToEIS", &(&session, Options::new()));
        match socket {
            Ok(socket) => EiPointer::open(OwnedFd::from(socket).into())
                .map(|pointer| Self::Directly(Box::new(pointer))),
            // It answered that it has none.
            Err(error @ (zbus::Error::MethodError(..) | zbus::Error::FDO(_))) => {
                log::info!("no direct connection for input: {error}");
                let portal = portal.clone();
                Ok(Self::ByRequests(Requests { portal, session }))
            }
            Err(error) => Err(PointerError::Board {
                cause: missing(&error),
            }),
        }
    }

    fn device(&mut self) -> &mut dyn Device {
        match self {
            Self::Directly(pointer) => pointer.as_mut(),
            Self::ByRequests(requests) => requests,
        }
    }
}

impl Device for Lent {
    fn move_by(&mut self, by_px: [i32; 2]) -> Result<(), PointerError> {
        self.device().move_by(by_px)
    }

    fn turn_wheel(&mut self, steps: [i32; 2]) -> Result<(), PointerError> {
        self.device().turn_wheel(steps)
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        self.device().set_button(button, is_down)
    }

    fn finish(&mut self) -> Result<(), PointerError> {
        self.device().finish()
    }
}

/// A session of remote control.
struct Desktop {
    pointer: Guarded<Lent>,
    /// The desktop, or the user there, has ended the session.
    is_closed: Arc<AtomicBool>,
}

impl Desktop {
    fn open(token: &PortalToken<'_>) -> Result<Self, BoardError> {
        let bus = connect().map_err(|error| failed(&error))?;
        let portal = Proxy::new(&bus, PORTAL, PLACE, REMOTE_DESKTOP);
        let portal = portal.map_err(|error| failed(&error))?;
        let version: u32 = portal
            .get_property("version")
            .map_err(|error| failed(&error))?;
        let ask = Asking {
            bus: &bus,
            portal: &portal,
        };
        let session_name = Value::from("bci_cursor");
        let created = ask.options(
            "CreateSession",
            [("session_handle_token", session_name)],
            |portal, options| portal.call("CreateSession", &(options,)),
        )?;
        let session = created.get("session_handle").and_then(session_of);
        let session = session.ok_or_else(|| BoardError::Portal {
            cause: "it names no session".into(),
        })?;
        let mut wanted = Options::from([("types", Value::from(POINTER))]);
        let is_remembered = version >= 2;
        let earlier = token.earlier.filter(|_| is_remembered);
        if is_remembered {
            wanted.insert("persist_mode", Value::from(UNTIL_REVOKED));
            wanted.extend(earlier.map(|token| ("restore_token", Value::from(token))));
        }
        if earlier.is_none() {
            let when = if is_remembered { "once" } else { "each time" };
            log::warn!(
                "the desktop asks, {when}, whether this program may control the pointer: allow it"
            );
        }
        ask.options("SelectDevices", wanted, |portal, options| {
            portal.call("SelectDevices", &(&session, options))
        })?;
        let closed = watch_end(&bus, &session).map_err(|error| failed(&error))?;
        let started = ask.options("Start", [], |portal, options| {
            portal.call("Start", &(&session, "", options))
        })?;
        let devices = started.get("devices").map(u32::try_from);
        if let Some(Ok(devices)) = devices
            && devices & POINTER == 0
        {
            return Err(BoardError::Portal {
                cause: "the user did not allow the pointer".into(),
            });
        }
        if let Some(Ok(token_for_next_time)) = started.get("restore_token").map(<&str>::try_from) {
            (token.keep)(token_for_next_time);
        }
        let lent = Lent::open(&portal, session).map_err(portal_error)?;
        Ok(Self {
            pointer: Guarded::new(lent),
            is_closed: closed,
        })
    }
}

fn session_of(value: &OwnedValue) -> Option<OwnedObjectPath> {
    // Text, for historical reasons.
    let path = <&str>::try_from(value).ok()?;
    ObjectPath::try_from(path).ok().map(Into::into)
}

/// Notices the end of a session, and of the portal itself.
fn watch_end(bus: &Connection, session: &OwnedObjectPath) -> zbus::Result<Arc<AtomicBool>> {
    let is_closed = Arc::new(AtomicBool::new(false));
    let closed = zbus::MatchRule::builder()
        .msg_type(Type::Signal)
        .interface(SESSION)?
        .member("Closed")?
        .path(session.as_ref())?
        .build();
    note_signal(bus, closed, |_| true, &is_closed)?;
    note_end(bus, PORTAL, &is_closed)?;
    Ok(is_closed)
}

/// Asks a portal. Its answers are signals, which come when the user has decided.
struct Asking<'a> {
    bus: &'a Connection,
    portal: &'a Proxy<'static>,
}

impl Asking<'_> {
    fn options<'o>(
        &self,
        what: &'static str,
        options: impl IntoIterator<Item = (&'o str, Value<'o>)>,
        call: impl FnOnce(&Proxy<'static>, Options<'o>) -> zbus::Result<OwnedObjectPath>,
    ) -> Result<BTreeMap<String, OwnedValue>, BoardError> {
        let token = format!("bci_cursor_{}", what.to_lowercase());
        let answered = self.answer(&token, |portal| {
            let mut all: Options<'o> = options.into_iter().collect();
            all.insert("handle_token", Value::from(token.clone()));
            call(portal, all)
        });
        let (code, results) = answered.map_err(|error| failed(&error))?;
        match code {
            0 => Ok(results),
            1 => Err(BoardError::Portal {
                cause: "the user did not allow it".into(),
            }),
            _ => Err(BoardError::Portal {
                cause: format!("it ended the request {what}"),
            }),
        }
    }

    fn answer(
        &self,
        token: &str,
        call: impl FnOnce(&Proxy<'static>) -> zbus::Result<OwnedObjectPath>,
    ) -> zbus::Result<(u32, BTreeMap<String, OwnedValue>)> {
        let sender = self
            .bus
            .unique_name()
            .map(|name| name.trim_start_matches(':').replace('.', "_"));
        let path = format!("{PLACE}/request/{}/{token}", sender.unwrap_or_default());
        let rule = zbus::MatchRule::builder()
            .msg_type(Type::Signal)
            .interface(REQUEST)?
            .member("Response")?
            .path(path)?
            .build();
        let mut answers = MessageIterator::for_match_rule(rule, self.bus, Some(4))?;
        call(self.portal)?;
        let answer = answers.next().ok_or(zbus::Error::InvalidReply)??;
        answer.body().deserialize()
    }
}

impl Outlet for Desktop {
    fn write(&mut self, report: &HidReport) -> Result<bool, BoardError> {
        self.check()?;
        let Ok(report) = read_hid(report) else {
            return Ok(true);
        };
        if let Lent::Directly(pointer) = &mut self.pointer.device
            && !pointer.takes_more().map_err(portal_error)?
        {
            return Ok(false);
        }
        let sent = self.pointer.apply(to_action(&report));
        sent.map(|()| true).map_err(portal_error)
    }

    fn check(&mut self) -> Result<(), BoardError> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(self.not_taken(None));
        }
        match &mut self.pointer.device {
            Lent::Directly(pointer) => pointer.follow().map_err(portal_error),
            Lent::ByRequests(_) => Ok(()),
        }
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        match &self.pointer.device {
            Lent::Directly(pointer) => Some(pointer.file()),
            Lent::ByRequests(_) => None,
        }
    }

    fn not_taken(&self, _: Option<io::Error>) -> BoardError {
        BoardError::Portal {
            cause: "the desktop has ended the session, as it does when somebody stops it there or the screen is locked".into(),
        }
    }
}
