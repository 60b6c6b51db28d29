//! A mouse of the Linux kernel (uinput): every compositor, every X server and the console takes it for one more mouse.
//!
//! It needs write access to /dev/uinput, which a udev rule of the package gives to the user at this computer. The desktop
//! may accelerate its motion like that of any mouse, until it is told not to (see docs/pointer.md). When the last process
//! that has the mouse open ends, the kernel releases its buttons.

use super::PointerError;
use super::device::{Button, Device};
use evdev::uinput::VirtualDevice;
use evdev::{AttributeSet, BusType, EventType, InputEvent, InputId, KeyCode, RelativeAxisCode};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

/// Its name, by which desktops and people know it.
pub(super) const NAME: &str = "bci-cursor pointer";
const PATH: &str = "/dev/uinput";
/// High resolution of one notch of a wheel (`linux/input-event-codes.h`).
const NOTCH: i32 = 120;

/// The kernel's mouse.
pub(super) struct UinputMouse(VirtualDevice);

impl UinputMouse {
    /// Creates the mouse. Desktops need some tenths of a second before they use it.
    ///
    /// # Errors
    /// [`PointerError::Uinput`] if the kernel has no uinput or does not let this user in.
    pub(super) fn open() -> Result<Self, PointerError> {
        make().map(Self).map_err(failed)
    }

    /// The kernel's file of this mouse, for the guard.
    ///
    /// # Errors
    /// [`PointerError::Uinput`].
    pub(super) fn file(&self) -> Result<OwnedFd, PointerError> {
        self.0.as_fd().try_clone_to_owned().map_err(failed)
    }

    fn emit(&mut self, events: &[InputEvent]) -> Result<(), PointerError> {
        self.0.emit(events).map_err(|error| PointerError::Apply {
            cause: format!("the kernel does not take events of the mouse: {error}"),
        })
    }
}

/// Checks that a mouse could be created, without creating one.
///
/// # Errors
/// As [`UinputMouse::open`].
pub(super) fn check() -> Result<(), PointerError> {
    let opened = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(PATH);
    opened.map(drop).map_err(failed)
}

fn make() -> io::Result<VirtualDevice> {
    let keys: AttributeSet<KeyCode> = Button::ALL.iter().map(|button| key(*button)).collect();
    let axes: AttributeSet<RelativeAxisCode> = [
        RelativeAxisCode::REL_X,
        RelativeAxisCode::REL_Y,
        RelativeAxisCode::REL_WHEEL,
        RelativeAxisCode::REL_HWHEEL,
        RelativeAxisCode::REL_WHEEL_HI_RES,
        RelativeAxisCode::REL_HWHEEL_HI_RES,
    ]
    .into_iter()
    .collect();
    VirtualDevice::builder()?
        .name(NAME)
        .input_id(InputId::new(BusType::BUS_VIRTUAL, 0, 0, 1))
        .with_keys(&keys)?
        .with_relative_axes(&axes)?
        .build()
}

#[allow(clippy::needless_pass_by_value)] // the form that map_err takes
fn failed(error: io::Error) -> PointerError {
    PointerError::Uinput {
        cause: match error.kind() {
            ErrorKind::NotFound => {
                format!(
                    "{PATH} does not exist: this kernel has no uinput, or its module is not loaded"
                )
            }
            ErrorKind::PermissionDenied => format!("this user may not open {PATH}"),
            _ => error.to_string(),
        },
    }
}

fn key(button: Button) -> KeyCode {
    match button {
        Button::Left => KeyCode::BTN_LEFT,
        Button::Right => KeyCode::BTN_RIGHT,
        Button::Middle => KeyCode::BTN_MIDDLE,
    }
}

fn relative(axis: RelativeAxisCode, by: i32) -> InputEvent {
    InputEvent::new(EventType::RELATIVE.0, axis.0, by)
}

impl Device for UinputMouse {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.emit(&[
            relative(RelativeAxisCode::REL_X, dx),
            relative(RelativeAxisCode::REL_Y, dy),
        ])
    }

    fn turn_wheel(&mut self, [right, down]: [i32; 2]) -> Result<(), PointerError> {
        // The kernel counts steps away from the user, which scroll up.
        self.emit(&[
            relative(RelativeAxisCode::REL_WHEEL, -down),
            relative(RelativeAxisCode::REL_WHEEL_HI_RES, -down * NOTCH),
            relative(RelativeAxisCode::REL_HWHEEL, right),
            relative(RelativeAxisCode::REL_HWHEEL_HI_RES, right * NOTCH),
        ])
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        self.emit(&[InputEvent::new(
            EventType::KEY.0,
            key(button).0,
            i32::from(is_down),
        )])
    }
}

/// The bytes with which a process that has the mouse open releases buttons: `struct input_event` for each button, and one
/// that ends the group.
pub(super) fn release_bytes(buttons: impl Iterator<Item = Button>) -> Vec<u8> {
    let releases = buttons.map(|button| (EventType::KEY.0, key(button).0));
    let end = (EventType::SYNCHRONIZATION.0, 0);
    let mut bytes = Vec::new();
    for (kind, code) in releases.chain([end]) {
        // The kernel fills in the time, which has the size of two words.
        bytes.extend([0; 2 * size_of::<usize>()]);
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(code.to_ne_bytes());
        bytes.extend(0_i32.to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_encoded_as_the_kernel_reads_it() {
        let bytes = release_bytes([Button::Left, Button::Middle].into_iter());
        let each = size_of::<usize>() * 2 + 8;
        assert_eq!(bytes.len(), 3 * each);
        let event = |at: usize| {
            let fields = &bytes[at * each + size_of::<usize>() * 2..][..8];
            let half = |from: usize| u16::from_ne_bytes([fields[from], fields[from + 1]]);
            (half(0), half(2), half(4) + half(6))
        };
        // EV_KEY is 1, BTN_LEFT 0x110, BTN_MIDDLE 0x112; EV_SYN and SYN_REPORT are 0.
        assert_eq!(
            [event(0), event(1), event(2)],
            [(1, 0x110, 0), (1, 0x112, 0), (0, 0, 0)]
        );
    }
}
