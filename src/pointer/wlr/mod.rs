//! The pointer of a Wayland compositor that offers the protocol wlr-virtual-pointer-unstable-v1: sway and others that
//! build on wlroots, Hyprland, labwc, river, Wayfire.
//!
//! A virtual pointer moves, presses and turns the wheel like one more mouse. It sees neither other mice nor keys; [`Sight`] finds out
//! where it is. If its client dies with a button down, the compositor does not release the button while
//! another pointer is connected (sway 1.7), so a guard releases it.

mod sight;

pub(super) use sight::Sight;
use sight::Veil;

use super::PointerError;
use super::device::{Answers, Button, Device};
use crate::system::clock;
use crate::time::HostNanos;
use crate::wayland::{Client, WaylandError};
use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use wayland_client::protocol::wl_pointer::{Axis, AxisSource, ButtonState};
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

/// Motion of one notch of a wheel, in the compositor's unit. Compositors report this for real mice (libinput: 15 degrees).
pub(super) const NOTCH: f64 = 15.0;
/// A motion begins if there was none for this long, nanoseconds.
const REST_NS: u64 = 500_000_000;

/// Checks that the compositor would give us a virtual pointer, without creating one.
///
/// # Errors
/// [`PointerError::Wayland`] if there is no compositor, or it does not offer them.
pub(super) fn check() -> Result<(), PointerError> {
    manager(&Client::connect().map_err(failed)?).map(drop)
}

/// An error with the name of the display, or of a display that is lost.
#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
pub(super) fn failed(error: WaylandError) -> PointerError {
    let cause = match error {
        WaylandError::Lost => {
            let cause = error.to_string();
            return PointerError::Apply { cause };
        }
        WaylandError::NotOffered(_) => {
            "this compositor does not offer virtual pointers (wlr-virtual-pointer-unstable-v1). Sway and others that build on wlroots do; \
             GNOME and KDE do not"
                .to_owned()
        }
        other => other.to_string(),
    };
    PointerError::Wayland {
        cause,
        display: std::env::var("WAYLAND_DISPLAY").unwrap_or_default(),
    }
}

/// The manager of virtual pointers. Version 2 only adds pointers of one output.
fn manager(client: &Client) -> Result<ZwlrVirtualPointerManagerV1, PointerError> {
    client.bind(1).map_err(failed)
}

/// The connection, which a pointer shares with what sees its place.
struct Shared {
    client: Client,
    /// Our own motion so far, pixels, and when it was last.
    moved_px: [i64; 2],
    moved_at: HostNanos,
    /// A motion has begun after a rest.
    begins_to_move: bool,
    /// How many buttons are down.
    down: usize,
    /// What covers the screens. It goes before a press.
    veils: Vec<Veil>,
}

/// A virtual pointer. The compositor removes it when this value is dropped.
pub(super) struct VirtualPointer {
    shared: Rc<RefCell<Shared>>,
    pointer: ZwlrVirtualPointerV1,
}

impl VirtualPointer {
    /// Creates a virtual pointer of the compositor's first seat.
    ///
    /// # Errors
    /// [`PointerError::Wayland`].
    pub(super) fn open() -> Result<Self, PointerError> {
        let mut client = Client::connect().map_err(failed)?;
        let pointer = manager(&client)?.create_virtual_pointer(None, &client.handle(), ());
        client.answer().map_err(failed)?;
        let shared = Shared {
            client,
            moved_px: [0; 2],
            moved_at: HostNanos::default(),
            begins_to_move: false,
            down: 0,
            veils: Vec::new(),
        };
        Ok(Self {
            shared: Rc::new(RefCell::new(shared)),
            pointer,
        })
    }

    /// The connection's socket, for the guard.
    ///
    /// # Errors
    /// [`PointerError::Apply`].
    pub(super) fn socket_copy(&self) -> Result<OwnedFd, PointerError> {
        let copy = self.shared.borrow().client.socket_copy();
        copy.map_err(|error| PointerError::Apply {
            cause: error.to_string(),
        })
    }
}

impl Answers for VirtualPointer {
    fn answer(&mut self) -> Result<(), PointerError> {
        self.shared.borrow_mut().client.answer().map_err(failed)
    }
}

/// When an event happens, in the compositor's milliseconds. Programs tell double clicks by it.
fn now_ms() -> u32 {
    (clock::now().0 / 1_000_000) as u32
}

/// The axes of a wheel that turn, and by how many notches.
pub(super) fn axes([right, down]: [i32; 2]) -> impl Iterator<Item = (Axis, i32)> {
    let axes = [
        (Axis::HorizontalScroll, right),
        (Axis::VerticalScroll, down),
    ];
    axes.into_iter().filter(|(_, notches)| *notches != 0)
}

impl Device for VirtualPointer {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.pointer.motion(now_ms(), dx.into(), dy.into());
        self.pointer.frame();
        let mut shared = self.shared.borrow_mut();
        for (sum, by) in shared.moved_px.iter_mut().zip([dx, dy]) {
            *sum += i64::from(by);
        }
        let now = clock::now();
        shared.begins_to_move |= now.since(shared.moved_at) > REST_NS;
        shared.moved_at = now;
        Ok(())
    }

    fn turn_wheel(&mut self, by: [i32; 2]) -> Result<(), PointerError> {
        if by != [0; 2] {
            self.shared.borrow_mut().veils.clear();
        }
        for (axis, steps) in axes(by) {
            let motion = NOTCH * f64::from(steps);
            self.pointer.axis_source(AxisSource::Wheel);
            self.pointer.axis_discrete(now_ms(), axis, motion, steps);
            self.pointer.frame();
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        let mut shared = self.shared.borrow_mut();
        let state = if is_down {
            shared.down += 1;
            shared.veils.clear();
            ButtonState::Pressed
        } else {
            shared.down = shared.down.saturating_sub(1);
            ButtonState::Released
        };
        self.pointer.button(now_ms(), button.number(), state);
        self.pointer.frame();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PointerError> {
        self.shared.borrow_mut().client.exchange().map_err(failed)
    }
}

impl Drop for VirtualPointer {
    fn drop(&mut self) {
        self.pointer.destroy();
        // A compositor does not read what a client sent just before it hung up, such as the last release. If the
        // compositor is gone, so is the pointer.
        let _ = self.answer();
    }
}
