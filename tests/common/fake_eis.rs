//! A compositor that lends a pointer over the protocol of libei: a test plays it.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use super::fake_portal::PortalState;
use reis::PendingRequestResult;
use reis::eis::{self, button::ButtonState, device::DeviceType};
use reis::handshake::EisHandshaker;
use reis::request::{Connection, Device, DeviceCapability, EisRequest, EisRequestConverter, Seat};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

const LEFT: u32 = 0x110;
/// One notch of a wheel.
const NOTCH: i32 = 120;

/// Lends a pointer to the program at the other end of the socket until it goes away.
pub fn lend(socket: UnixStream, state: &Arc<Mutex<PortalState>>) {
    let context = eis::Context::new(socket).unwrap();
    let mut handshake = EisHandshaker::new(&context, 1);
    let mut lending: Option<Lending> = None;
    let soon = Timespec {
        tv_sec: 0,
        tv_nsec: 5_000_000,
    };
    loop {
        poll(&mut [PollFd::new(&context, PollFlags::IN)], Some(&soon)).unwrap();
        if context.read().is_err() {
            break;
        }
        while let Some(result) = context.pending_request() {
            let PendingRequestResult::Request(request) = result else {
                panic!("the program broke the protocol");
            };
            match &mut lending {
                Some(lending) => lending.requests.handle_request(request).unwrap(),
                None => {
                    let answer = handshake.handle_request(request).unwrap();
                    lending = answer.map(|answer| {
                        let requests = EisRequestConverter::new(&context, answer, 1);
                        let all = DeviceCapability::Pointer
                            | DeviceCapability::Button
                            | DeviceCapability::Scroll;
                        let seat = requests.handle().add_seat(Some("seat"), all);
                        requests.handle().flush().unwrap();
                        Lending {
                            requests,
                            _seat: seat,
                            device: None,
                            is_paused: false,
                        }
                    });
                }
            }
        }
        if let Some(lending) = &mut lending
            && lending.work(state).is_none()
        {
            break;
        }
    }
    // A compositor releases what a program leaves down.
    let mut state = state.lock().unwrap();
    if state.is_down() {
        state.presses.push(false);
    }
}

struct Lending {
    requests: EisRequestConverter,
    _seat: Seat,
    device: Option<Device>,
    is_paused: bool,
}

impl Lending {
    fn connection(&self) -> &Connection {
        self.requests.handle()
    }

    /// Carries out what was requested. Returns none when the program takes its leave.
    fn work(&mut self, state: &Arc<Mutex<PortalState>>) -> Option<()> {
        let mut state = state.lock().unwrap();
        while let Some(request) = self.requests.next_request() {
            match request {
                EisRequest::Disconnect => return None,
                EisRequest::Bind(bind) if self.device.is_none() => {
                    let (name, kind) = (Some("pointer"), DeviceType::Virtual);
                    let device = bind.seat.add_device(name, kind, bind.capabilities, |_| {});
                    device.resumed();
                    self.device = Some(device);
                }
                EisRequest::PointerMotion(motion) => {
                    state.moved[0] += f64::from(motion.dx);
                    state.moved[1] += f64::from(motion.dy);
                }
                EisRequest::Button(button) => {
                    let is_down = button.state == ButtonState::Press;
                    if button.button == LEFT {
                        state.presses.push(is_down);
                    }
                    assert!(button.button == LEFT || !is_down);
                }
                EisRequest::ScrollDiscrete(turn) => {
                    assert_eq!(turn.discrete_dx, 0);
                    state.wheel_steps += turn.discrete_dy / NOTCH;
                }
                EisRequest::DeviceStartEmulating(_) => state.lent += 1,
                _ => {}
            }
        }
        if let Some(device) = self
            .device
            .as_ref()
            .filter(|_| state.pauses != self.is_paused)
        {
            self.is_paused = state.pauses;
            // A compositor releases what the program has left down.
            if self.is_paused && state.is_down() {
                state.presses.push(false);
            }
            match self.is_paused {
                true => device.paused(),
                false => device.resumed(),
            }
        }
        let _ = self.connection().flush();
        Some(())
    }
}
