//! Real mice, touchpads and keyboards, read from the kernel (evdev): a hand on the mouse, its buttons and hot keys, where
//! a display does not tell. Needs read access to /dev/input, which members of the group `input` have.

use super::uinput;
use super::{PointerError, PointerObserver, PointerState, Seen};
use crate::command::Buttons;
use crate::control::Screens;
use evdev::{AbsoluteAxisCode, Device, EventSummary, KeyCode, RelativeAxisCode};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::DirEntryExt;
use std::path::Path;

const FOLDER: &str = "/dev/input";
/// New devices are looked for once in this many looks, which is every two seconds.
const RESCAN: u32 = 100;
/// What a step of a finger on a touchpad counts, pixels. Its own unit says nothing about the pointer's motion.
const TOUCH_PX: i32 = 5;

/// Devices that hands use.
#[derive(Default)]
pub(super) struct Hands {
    devices: BTreeMap<OsString, Hand>,
    /// Other devices, by the number of their file. They are not opened again, because closing one can take the kernel tens
    /// of milliseconds.
    others: BTreeMap<OsString, u64>,
    /// How many may not be read.
    refused: usize,
    looks: u32,
}

/// One device.
struct Hand {
    device: Device,
    keys: Keys,
}

/// Keys and buttons of one device that are down, and what happened since the last look.
#[derive(Debug, Default, Clone, Copy)]
struct Keys {
    buttons: Buttons,
    /// Ctrl and Alt, each left and right.
    modifiers: [bool; 4],
    moved_px: [i32; 2],
    toggle: bool,
    stop: bool,
}

impl Hands {
    /// Opens every mouse, touchpad and keyboard that is there, and later those that come.
    ///
    /// # Errors
    /// Why none can ever be read.
    pub(super) fn open() -> std::io::Result<Self> {
        let mut hands = Self::default();
        hands.scan()?;
        Ok(hands)
    }

    /// What can be seen now.
    pub(super) fn seen(&self) -> Seen {
        let count =
            |is_it: fn(&Device) -> bool| self.devices.values().filter(|h| is_it(&h.device)).count();
        Seen {
            mice: count(is_mouse),
            keyboards: count(is_keyboard),
            refused: self.refused,
        }
    }

    /// Opens devices that are new.
    fn scan(&mut self) -> std::io::Result<()> {
        self.refused = 0;
        for entry in std::fs::read_dir(FOLDER)? {
            let entry = entry?;
            let (name, number) = (entry.file_name(), entry.ino());
            let is_known =
                self.devices.contains_key(&name) || self.others.get(&name) == Some(&number);
            if is_known || !name.to_string_lossy().starts_with("event") {
                continue;
            }
            let opened = Device::open(Path::new(FOLDER).join(&name));
            let opened = opened.and_then(|device| device.set_nonblocking(true).map(|()| device));
            match opened {
                // Our own mouse is no hand.
                Ok(device)
                    if device.name() != Some(uinput::NAME)
                        && (is_mouse(&device) || is_keyboard(&device)) =>
                {
                    let keys = Keys::default();
                    self.devices.insert(name, Hand { device, keys });
                }
                Ok(_) => {
                    self.others.insert(name, number);
                }
                Err(_) => self.refused += 1,
            }
        }
        Ok(())
    }
}

fn is_mouse(device: &Device) -> bool {
    let has_key = |key| {
        device
            .supported_keys()
            .is_some_and(|keys| keys.contains(key))
    };
    let moves = device
        .supported_relative_axes()
        .is_some_and(|axes| axes.contains(RelativeAxisCode::REL_X));
    let touches = device
        .supported_absolute_axes()
        .is_some_and(|axes| axes.contains(AbsoluteAxisCode::ABS_X));
    (moves && has_key(KeyCode::BTN_LEFT))
        || (touches && (has_key(KeyCode::BTN_TOUCH) || has_key(KeyCode::BTN_LEFT)))
}

fn is_keyboard(device: &Device) -> bool {
    let wanted = [KeyCode::KEY_LEFTCTRL, KeyCode::KEY_P, KeyCode::KEY_S];
    let keys = device.supported_keys();
    keys.is_some_and(|keys| wanted.into_iter().all(|key| keys.contains(key)))
}

impl Keys {
    /// Takes in an event.
    fn take(&mut self, event: EventSummary) {
        match event {
            EventSummary::RelativeAxis(_, RelativeAxisCode::REL_X, by) => self.moved_px[0] += by,
            EventSummary::RelativeAxis(_, RelativeAxisCode::REL_Y, by) => self.moved_px[1] += by,
            EventSummary::AbsoluteAxis(_, AbsoluteAxisCode::ABS_X, _) => {
                self.moved_px[0] += TOUCH_PX;
            }
            EventSummary::AbsoluteAxis(_, AbsoluteAxisCode::ABS_Y, _) => {
                self.moved_px[1] += TOUCH_PX;
            }
            EventSummary::Key(_, key, value) => self.key(key, value),
            _ => {}
        }
    }

    /// What is down now.
    fn set_levels(&mut self, is_down: impl Fn(KeyCode) -> bool) {
        self.buttons = Buttons {
            left: is_down(KeyCode::BTN_LEFT),
            right: is_down(KeyCode::BTN_RIGHT),
            middle: is_down(KeyCode::BTN_MIDDLE),
        };
        self.modifiers = [
            KeyCode::KEY_LEFTCTRL,
            KeyCode::KEY_RIGHTCTRL,
            KeyCode::KEY_LEFTALT,
            KeyCode::KEY_RIGHTALT,
        ]
        .map(is_down);
    }

    /// A key is released (0), pressed (1) or repeats (2).
    fn key(&mut self, key: KeyCode, value: i32) {
        let is_down = value != 0;
        let [left_ctrl, right_ctrl, left_alt, right_alt] = self.modifiers;
        let is_hot = value == 1 && (left_ctrl || right_ctrl) && (left_alt || right_alt);
        match key {
            KeyCode::BTN_LEFT => self.buttons.left = is_down,
            KeyCode::BTN_RIGHT => self.buttons.right = is_down,
            KeyCode::BTN_MIDDLE => self.buttons.middle = is_down,
            KeyCode::KEY_LEFTCTRL => self.modifiers[0] = is_down,
            KeyCode::KEY_RIGHTCTRL => self.modifiers[1] = is_down,
            KeyCode::KEY_LEFTALT => self.modifiers[2] = is_down,
            KeyCode::KEY_RIGHTALT => self.modifiers[3] = is_down,
            KeyCode::KEY_P => self.toggle |= is_hot,
            KeyCode::KEY_S => self.stop |= is_hot,
            _ => {}
        }
    }
}

impl PointerObserver for Hands {
    fn look(&mut self) -> Result<PointerState, PointerError> {
        self.looks = (self.looks + 1) % RESCAN;
        if self.looks == 0 {
            // A folder that cannot be read now can be read later.
            let _ = self.scan();
        }
        let (mut state, mut buttons, mut moved_px) =
            (PointerState::default(), Buttons::UP, [0_i32; 2]);
        self.devices.retain(|_, hand| {
            let keys = &mut hand.keys;
            (keys.moved_px, keys.toggle, keys.stop) = ([0; 2], false, false);
            let is_there = loop {
                match hand.device.fetch_events() {
                    Ok(events) => events.for_each(|event| keys.take(event.destructure())),
                    Err(error) => break error.kind() == std::io::ErrorKind::WouldBlock,
                }
            };
            // After a burst that was too long for the kernel's buffer, changes are missing among the events.
            if let Some(down) = hand.device.cached_state().key_vals() {
                keys.set_levels(|key| down.contains(key));
            }
            buttons.left |= keys.buttons.left;
            buttons.right |= keys.buttons.right;
            buttons.middle |= keys.buttons.middle;
            for (sum, by) in moved_px.iter_mut().zip(keys.moved_px) {
                *sum = sum.saturating_add(by);
            }
            state.toggle_key |= keys.toggle;
            state.stop_key |= keys.stop;
            // One that was unplugged is read again when it is back.
            is_there
        });
        state.buttons = Some(buttons);
        state.hand_px = Some(moved_px);
        Ok(state)
    }

    fn screens(&self) -> Option<Screens> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evdev::{EventType, InputEvent};

    fn after(events: &[(EventType, u16, i32)]) -> Keys {
        let mut keys = Keys::default();
        for (kind, code, value) in events {
            keys.take(InputEvent::new(kind.0, *code, *value).destructure());
        }
        keys
    }

    #[test]
    fn hot_keys_need_ctrl_and_alt_and_count_once_while_they_repeat() {
        let key = |key: KeyCode, value| (EventType::KEY, key.0, value);
        let (ctrl, alt) = (KeyCode::KEY_RIGHTCTRL, KeyCode::KEY_LEFTALT);
        let (p, s) = (KeyCode::KEY_P, KeyCode::KEY_S);
        let keys = after(&[key(ctrl, 1), key(alt, 1), key(p, 1)]);
        assert_eq!((keys.toggle, keys.stop), (true, false));
        let keys = after(&[key(ctrl, 1), key(alt, 1), key(s, 1), key(s, 0)]);
        assert_eq!((keys.toggle, keys.stop), (false, true));
        for events in [
            vec![key(ctrl, 1), key(p, 1)],
            vec![key(alt, 1), key(p, 1)],
            vec![key(p, 1), key(ctrl, 1), key(alt, 1)],
            vec![key(ctrl, 1), key(alt, 1), key(alt, 0), key(p, 1)],
            vec![key(ctrl, 1), key(alt, 1), key(p, 2)],
        ] {
            assert!(!after(&events).toggle, "{events:?}");
        }
    }

    #[test]
    fn motion_adds_up_and_buttons_stay_down() {
        let relative = |axis: RelativeAxisCode, by| (EventType::RELATIVE, axis.0, by);
        let left = |value| (EventType::KEY, KeyCode::BTN_LEFT.0, value);
        let keys = after(&[
            relative(RelativeAxisCode::REL_X, 7),
            relative(RelativeAxisCode::REL_Y, -2),
            relative(RelativeAxisCode::REL_X, -3),
            relative(RelativeAxisCode::REL_WHEEL, 1),
            left(1),
        ]);
        assert_eq!(keys.moved_px, [4, -2]);
        assert_eq!(keys.buttons, Buttons::LEFT);
        assert_eq!(after(&[left(1), left(0)]).buttons, Buttons::UP);
        // A finger that moves on a touchpad is a hand.
        let finger = after(&[(EventType::ABSOLUTE, AbsoluteAxisCode::ABS_X.0, 812)]);
        assert_ne!(finger.moved_px, [0; 2]);
    }
}
