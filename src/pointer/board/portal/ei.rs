//! The pointer of a desktop over the protocol of libei, which portals offer from version 2 of their interface on: reports go to the compositor
//! without the bus and the portal between. Specification: libinput.pages.freedesktop.org/libei.

use super::super::super::PointerError;
use super::super::super::device::{Button, Device};
use super::ANSWER_WITHIN;
use crate::system::clock;
use crate::time::HostNanos;
use reis::event::{DeviceCapability, EiEvent, EiEventConverter};
use reis::handshake::EiHandshaker;
use reis::{PendingRequestResult, ei};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fmt::Display;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// One notch of a wheel.
const NOTCH: i32 = 120;

/// A device of the compositor.
struct Own {
    device: reis::event::Device,
    /// It was asked for something since its last frame.
    has_news: bool,
}

/// The devices that a compositor lends.
pub(super) struct EiPointer {
    context: ei::Context,
    events: EiEventConverter,
    /// Those that may be used now.
    devices: Vec<Own>,
    /// Number of times that one could be used.
    resumed: u32,
    is_paused: bool,
}

impl EiPointer {
    /// Waits until the compositor lends a pointer.
    ///
    /// # Errors
    /// [`PointerError::Board`] if it does not in time, or breaks the protocol.
    pub(super) fn open(socket: UnixStream) -> Result<Self, PointerError> {
        let began = clock::now();
        let context = ei::Context::new(socket).map_err(broken)?;
        let mut handshake = EiHandshaker::new("bci-cursor", ei::handshake::ContextType::Sender);
        let answer = loop {
            if let Some(event) = next(&context)? {
                let done = handshake.handle_event(event).map_err(broken)?;
                if let Some(answer) = done {
                    break answer;
                }
            } else {
                wait(&context, began)?;
            }
        };
        let mut pointer = Self {
            events: EiEventConverter::new(&context, answer),
            context,
            devices: Vec::new(),
            resumed: 0,
            is_paused: false,
        };
        loop {
            pointer.follow()?;
            if pointer.find::<ei::Pointer>().is_some() && pointer.find::<ei::Button>().is_some() {
                return Ok(pointer);
            }
            wait(&pointer.context, began)?;
        }
    }

    /// What becomes readable when the compositor has news, and ends with it.
    pub(super) fn file(&self) -> BorrowedFd<'_> {
        self.context.as_fd()
    }

    /// Carries out what the compositor has sent.
    ///
    /// # Errors
    /// [`PointerError::Board`] if it has ended the connection, or broken the protocol.
    pub(super) fn follow(&mut self) -> Result<(), PointerError> {
        match self.context.read() {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(broken(error)),
        }
        while let Some(event) = next(&self.context)? {
            self.events.handle_event(event).map_err(broken)?;
            while let Some(event) = self.events.next_event() {
                self.note(event)?;
            }
        }
        self.takes_more().map(drop)
    }

    /// Sends what waits. Returns false if the compositor does not take all of it yet.
    ///
    /// # Errors
    /// [`PointerError::Board`] if the connection has ended.
    pub(super) fn takes_more(&self) -> Result<bool, PointerError> {
        match self.context.flush() {
            Ok(()) => Ok(true),
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(error) => Err(broken(error)),
        }
    }

    fn note(&mut self, event: EiEvent) -> Result<(), PointerError> {
        match event {
            EiEvent::SeatAdded(added) => {
                let wanted =
                    DeviceCapability::Pointer | DeviceCapability::Button | DeviceCapability::Scroll;
                added.seat.bind_capabilities(wanted);
            }
            EiEvent::DeviceResumed(resumed) => {
                self.resumed = self.resumed.wrapping_add(1);
                let (device, serial) = (resumed.device, self.events.connection().serial());
                device.device().start_emulating(serial, self.resumed);
                // A release during a pause could not be sent.
                if let Some(buttons) = device.interface::<ei::Button>() {
                    for button in Button::ALL {
                        buttons.button(button.number(), ei::button::ButtonState::Released);
                    }
                    device.device().frame(serial, now_micros());
                }
                self.devices.push(Own {
                    device,
                    has_news: false,
                });
                if std::mem::take(&mut self.is_paused) {
                    log::warn!("the desktop lets this program move its pointer again");
                }
            }
            EiEvent::DevicePaused(paused) => self.forget(&paused.device),
            EiEvent::DeviceRemoved(removed) => self.forget(&removed.device),
            EiEvent::Disconnected(_) => return Err(broken("the desktop has ended it")),
            _ => {}
        }
        Ok(())
    }

    fn forget(&mut self, gone: &reis::event::Device) {
        self.devices.retain(|own| own.device != *gone);
        if self.devices.is_empty() && !self.is_paused {
            self.is_paused = true;
            log::warn!(
                "the desktop does not let this program move its pointer for now, and has released its buttons"
            );
        }
    }

    /// The first device that can do this.
    fn find<I: ei::Interface>(&mut self) -> Option<(&mut Own, I)> {
        self.devices.iter_mut().find_map(|own| {
            let interface = own.device.interface::<I>()?;
            Some((own, interface))
        })
    }

    /// Asks for something. While the compositor lends nothing, nothing moves.
    fn ask<I: ei::Interface>(&mut self, ask: impl FnOnce(I)) {
        if let Some((own, interface)) = self.find::<I>() {
            ask(interface);
            own.has_news = true;
        }
    }
}

impl Device for EiPointer {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        self.ask(|pointer: ei::Pointer| pointer.motion_relative(dx as f32, dy as f32));
        Ok(())
    }

    fn turn_wheel(&mut self, [right, down]: [i32; 2]) -> Result<(), PointerError> {
        if [right, down] != [0; 2] {
            self.ask(|wheel: ei::Scroll| wheel.scroll_discrete(right * NOTCH, down * NOTCH));
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        let state = match is_down {
            true => ei::button::ButtonState::Press,
            false => ei::button::ButtonState::Released,
        };
        self.ask(|buttons: ei::Button| buttons.button(button.number(), state));
        // Each change is a frame of its own, so that a press and a release in one action both count.
        self.finish()
    }

    fn finish(&mut self) -> Result<(), PointerError> {
        let serial = self.events.connection().serial();
        for own in self.devices.iter_mut().filter(|own| own.has_news) {
            own.has_news = false;
            own.device.device().frame(serial, now_micros());
        }
        self.follow()
    }
}

fn now_micros() -> u64 {
    clock::now().0.cast_unsigned() / 1000
}

/// The next event that has been read.
fn next(context: &ei::Context) -> Result<Option<ei::Event>, PointerError> {
    loop {
        match context.pending_event() {
            None => return Ok(None),
            Some(PendingRequestResult::Request(event)) => return Ok(Some(event)),
            // It may have been removed meanwhile.
            Some(PendingRequestResult::InvalidObject(_)) => {}
            Some(PendingRequestResult::ParseError(error)) => return Err(broken(error)),
        }
    }
}

/// Waits for more events, and reads them.
fn wait(context: &ei::Context, began: HostNanos) -> Result<(), PointerError> {
    let passed_ns = clock::now().since(began);
    let left_ns = (ANSWER_WITHIN.as_nanos() as u64).saturating_sub(passed_ns);
    let left = Timespec {
        tv_sec: (left_ns / 1_000_000_000) as i64,
        tv_nsec: (left_ns % 1_000_000_000) as i64,
    };
    let mut fds = [PollFd::new(context, PollFlags::IN)];
    match poll(&mut fds, Some(&left)) {
        Ok(0) => Err(broken("the desktop lends no pointer")),
        Ok(_) => context.read().map(drop).map_err(broken),
        Err(Errno::INTR) => Ok(()),
        Err(error) => Err(broken(error)),
    }
}

fn broken(cause: impl Display) -> PointerError {
    PointerError::Board {
        cause: format!("its direct connection for input (libei) does not work: {cause}"),
    }
}
