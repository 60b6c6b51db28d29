//! The pointer of a Wayland compositor that offers the protocol wlr-virtual-pointer-unstable-v1: sway and others that
//! build on wlroots, Hyprland, labwc, river, Wayfire.
//!
//! A virtual pointer moves, presses and turns the wheel like one more mouse. It sees nothing: neither the position, nor
//! other mice, nor keys. If its client dies with a button down, the compositor does not release the button while
//! another pointer is connected (sway 1.7), so a guard releases it.

use super::PointerError;
use super::device::{Button, Device};
use crate::system::clock;
use crate::time::HostNanos;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use wayland_client::protocol::wl_callback::{self, WlCallback};
use wayland_client::protocol::wl_pointer::{Axis, AxisSource, ButtonState};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle, delegate_noop};
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

/// A compositor that does not answer within this time counts as gone, nanoseconds.
const ANSWER_NS: i64 = 2_000_000_000;
/// Buttons as the kernel numbers them (`linux/input-event-codes.h`).
const LEFT: u32 = 0x110;
const RIGHT: u32 = 0x111;
const MIDDLE: u32 = 0x112;
/// Motion of one notch of a wheel, in the compositor's unit. Compositors report this for real mice (libinput: 15 degrees).
const NOTCH: f64 = 15.0;

/// Checks that the compositor would give us a virtual pointer, without creating one.
///
/// # Errors
/// [`PointerError::Wayland`] if there is no compositor, or it does not offer them.
pub(super) fn check() -> Result<(), PointerError> {
    Client::connect()?.manager().map(drop)
}

/// Whether a compositor listens where the environment says.
pub(super) fn has_compositor() -> bool {
    socket().is_ok_and(|socket| UnixStream::connect(socket).is_ok())
}

/// The socket of the compositor.
///
/// # Errors
/// Which variable is missing.
pub(super) fn socket() -> Result<PathBuf, &'static str> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let display = PathBuf::from(variable("WAYLAND_DISPLAY").ok_or("WAYLAND_DISPLAY is not set")?);
    if display.is_absolute() {
        return Ok(display);
    }
    let folder = variable("XDG_RUNTIME_DIR").ok_or("XDG_RUNTIME_DIR is not set")?;
    Ok(PathBuf::from(folder).join(display))
}

/// An error with the name of the display.
fn failed(cause: impl Into<String>) -> PointerError {
    PointerError::Wayland {
        cause: cause.into(),
        display: std::env::var("WAYLAND_DISPLAY").unwrap_or_default(),
    }
}

/// The compositor is gone, or has ended the connection.
fn lost(error: &dyn std::error::Error) -> PointerError {
    log::info!("{error}");
    PointerError::Apply {
        cause: "the connection to the Wayland compositor is lost".into(),
    }
}

/// What the compositor has told us.
#[derive(Debug, Default)]
struct Globals {
    /// Number of the manager of virtual pointers, if it is offered.
    manager: Option<u32>,
    /// How often we asked whether everything is carried out, and how often it answered.
    asked: u32,
    answered: u32,
}

impl Dispatch<WlRegistry, ()> for Globals {
    fn event(
        globals: &mut Self,
        _: &WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_registry::Event::Global {
            name, interface, ..
        } = event
            && interface == ZwlrVirtualPointerManagerV1::interface().name
        {
            globals.manager = Some(name);
        }
    }
}

impl Dispatch<WlCallback, ()> for Globals {
    fn event(
        globals: &mut Self,
        _: &WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        globals.answered += 1;
    }
}

delegate_noop!(Globals: ZwlrVirtualPointerManagerV1);
delegate_noop!(Globals: ZwlrVirtualPointerV1);

/// A connection to the compositor.
struct Client {
    connection: Connection,
    queue: EventQueue<Globals>,
    globals: Globals,
    registry: WlRegistry,
}

impl Client {
    /// Connects, and learns what the compositor offers.
    fn connect() -> Result<Self, PointerError> {
        let path = socket().map_err(failed)?;
        let stream = UnixStream::connect(path).map_err(|error| {
            failed(format!(
                "no compositor answers there that lets this user in ({})",
                error.kind()
            ))
        })?;
        // All Wayland programs with a window need this library; where windows are built in, we use it too.
        let connection = Connection::from_socket(stream)
            .map_err(|_| failed("the library libwayland-client.so.0 is not installed"))?;
        let queue = connection.new_event_queue();
        let registry = connection.display().get_registry(&queue.handle(), ());
        let mut client = Self {
            connection,
            queue,
            globals: Globals::default(),
            registry,
        };
        client.answer()?;
        Ok(client)
    }

    /// Returns once the compositor has carried out everything that was requested before.
    fn answer(&mut self) -> Result<(), PointerError> {
        self.globals.asked += 1;
        self.connection.display().sync(&self.queue.handle(), ());
        let end = HostNanos(clock::now().0 + ANSWER_NS);
        self.flush()?;
        while self.globals.answered < self.globals.asked {
            let left_ns = i64::try_from(end.since(clock::now())).unwrap_or(0);
            if left_ns == 0 {
                return Err(failed("the compositor does not answer"));
            }
            self.receive(left_ns)?;
        }
        Ok(())
    }

    /// The manager of virtual pointers.
    fn manager(&self) -> Result<ZwlrVirtualPointerManagerV1, PointerError> {
        let number = self.globals.manager.ok_or_else(|| {
            failed(
                "this compositor does not offer virtual pointers (wlr-virtual-pointer-unstable-v1). Sway and others that \
                 build on wlroots do; GNOME and KDE do not",
            )
        })?;
        // Version 2 only adds pointers of one output.
        Ok(self.registry.bind(number, 1, &self.queue.handle(), ()))
    }

    /// Takes in what the compositor has sent, and waits for it up to this time, nanoseconds.
    fn receive(&mut self, wait_ns: i64) -> Result<(), PointerError> {
        if let Some(guard) = self.queue.prepare_read() {
            let wait = Timespec {
                tv_sec: wait_ns / 1_000_000_000,
                tv_nsec: wait_ns % 1_000_000_000,
            };
            let connection = self.connection.as_fd();
            let ready = poll(&mut [PollFd::new(&connection, PollFlags::IN)], Some(&wait));
            if matches!(ready, Ok(count) if count > 0) {
                guard.read().map_err(|error| lost(&error))?;
            }
        }
        let dispatched = self.queue.dispatch_pending(&mut self.globals);
        dispatched.map(drop).map_err(|error| lost(&error))
    }

    /// Sends everything that was requested.
    fn flush(&self) -> Result<(), PointerError> {
        self.connection.flush().map_err(|error| lost(&error))
    }
}

/// A virtual pointer. The compositor removes it when this value is dropped.
pub(super) struct VirtualPointer {
    client: Client,
    pointer: ZwlrVirtualPointerV1,
}

impl VirtualPointer {
    /// Creates a virtual pointer of the compositor's first seat.
    ///
    /// # Errors
    /// [`PointerError::Wayland`].
    pub(super) fn open() -> Result<Self, PointerError> {
        let mut client = Client::connect()?;
        let manager = client.manager()?;
        let pointer = manager.create_virtual_pointer(None, &client.queue.handle(), ());
        client.answer()?;
        Ok(Self { client, pointer })
    }

    /// Returns once the compositor has carried out everything before this, of every client.
    ///
    /// # Errors
    /// If it does not answer.
    pub(super) fn answer(&mut self) -> Result<(), PointerError> {
        self.client.answer()
    }
}

/// When an event happens, in the compositor's milliseconds. Programs tell double clicks by it.
fn now_ms() -> u32 {
    (clock::now().0 / 1_000_000) as u32
}

impl Device for VirtualPointer {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.pointer.motion(now_ms(), dx.into(), dy.into());
        self.pointer.frame();
        Ok(())
    }

    fn turn_wheel(&mut self, [right, down]: [i32; 2]) -> Result<(), PointerError> {
        for (steps, axis) in [
            (right, Axis::HorizontalScroll),
            (down, Axis::VerticalScroll),
        ] {
            if steps != 0 {
                let motion = NOTCH * f64::from(steps);
                self.pointer.axis_source(AxisSource::Wheel);
                self.pointer.axis_discrete(now_ms(), axis, motion, steps);
                self.pointer.frame();
            }
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        let button = match button {
            Button::Left => LEFT,
            Button::Right => RIGHT,
            Button::Middle => MIDDLE,
        };
        let state = if is_down {
            ButtonState::Pressed
        } else {
            ButtonState::Released
        };
        self.pointer.button(now_ms(), button, state);
        self.pointer.frame();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PointerError> {
        self.client.flush()?;
        // What the compositor sends must be read, or it would end the connection; and this notices its end.
        self.client.receive(0)
    }
}

impl Drop for VirtualPointer {
    fn drop(&mut self) {
        self.pointer.destroy();
        // A compositor does not read what a client sent just before it hung up, such as the last release. If the
        // compositor is gone, so is the pointer.
        let _ = self.client.answer();
    }
}
