//! Observes the desktop of Windows: the pointer's position, the buttons and the hot keys.

use super::connection::main_screen;
use super::{PointerError, PointerObserver, PointerState};
use crate::command::Buttons;
use crate::control::Screens;
use crossbeam_channel::bounded;
use enigo::{Enigo, Mouse};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use win_hotkey::keys::{ModifiersKey, VirtualKey};
use win_hotkey::single_thread::HotkeyManager;
use win_hotkey::{HotkeyManagerImpl, InterruptHandle, get_global_keystate};

/// The hot keys, with Ctrl+Alt: P pauses and resumes, S stops the run.
const TOGGLE: VirtualKey = VirtualKey::P;
const STOP: VirtualKey = VirtualKey::S;

/// The mouse buttons among Windows's keys.
const LEFT: VirtualKey = VirtualKey::CustomKeyCode(0x01);
const RIGHT: VirtualKey = VirtualKey::CustomKeyCode(0x02);
const MIDDLE: VirtualKey = VirtualKey::CustomKeyCode(0x04);

/// An observer that never moves the pointer.
pub(super) struct WindowsObserver {
    eye: Enigo,
    /// Asked for at the first look, because a program that only moves the pointer needs no hot keys.
    keys: Option<HotKeys>,
}

impl WindowsObserver {
    /// Observes through this connection.
    pub(super) fn open(eye: Enigo) -> Self {
        Self { eye, keys: None }
    }
}

impl PointerObserver for WindowsObserver {
    fn look(&mut self) -> Result<PointerState, PointerError> {
        let keys = self.keys.get_or_insert_with(HotKeys::ask_for);
        let (x, y) = self.eye.location().map_err(|error| PointerError::Apply {
            cause: error.to_string(),
        })?;
        Ok(PointerState {
            place_px: Some([x, y]),
            buttons: Some(Buttons {
                left: get_global_keystate(LEFT),
                middle: get_global_keystate(MIDDLE),
                right: get_global_keystate(RIGHT),
            }),
            toggle_key: keys.pressed.toggle.swap(false, Ordering::Relaxed),
            stop_key: keys.pressed.stop.swap(false, Ordering::Relaxed),
            ..PointerState::default()
        })
    }

    /// The main screen: the others are not known.
    fn screens(&self) -> Option<Screens> {
        main_screen(&self.eye)
    }
}

/// Hot keys that were pressed since they were last looked at.
#[derive(Default)]
struct Pressed {
    toggle: AtomicBool,
    stop: AtomicBool,
}

/// A thread that waits for hot keys, because Windows reports them only to the thread that registered them.
struct HotKeys {
    pressed: Arc<Pressed>,
    /// Ends the thread.
    end: Option<InterruptHandle>,
}

impl HotKeys {
    /// Asks for them. Those that another program uses do not work, with a warning.
    fn ask_for() -> Self {
        let pressed = Arc::new(Pressed::default());
        let end = wait_for_keys(Arc::clone(&pressed))
            .inspect_err(|error| log::warn!("hot keys do not work: {error}"))
            .ok();
        Self { pressed, end }
    }
}

impl Drop for HotKeys {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            end.interrupt();
        }
    }
}

/// Starts the thread.
fn wait_for_keys(pressed: Arc<Pressed>) -> io::Result<InterruptHandle> {
    let (handle, started) = bounded(1);
    let wait = move || {
        let mut keys = HotkeyManager::<()>::new();
        let with = [ModifiersKey::Ctrl, ModifiersKey::Alt];
        let own = Arc::clone(&pressed);
        let toggle = move || own.toggle.store(true, Ordering::Relaxed);
        let stop = move || pressed.stop.store(true, Ordering::Relaxed);
        let toggle = keys.register(TOGGLE, Some(&with), Some(toggle));
        let stop = keys.register(STOP, Some(&with), Some(stop));
        for (asked, what) in [
            (toggle, "pause and resume (Ctrl+Alt+P)"),
            (stop, "stop (Ctrl+Alt+S)"),
        ] {
            if asked.is_err() {
                log::warn!(
                    "the hot key to {what} does not work here: another program, such as another bci-cursor, uses it"
                );
            }
        }
        if handle.send(keys.interrupt_handle()).is_ok() {
            keys.event_loop();
        }
    };
    let thread = std::thread::Builder::new().name("hot-keys".into());
    thread.spawn(wait)?;
    started.recv().map_err(io::Error::other)
}
