//! The pointer of a desktop by requests over the bus, which every portal carries out.

use super::super::super::PointerError;
use super::super::super::device::{Button, Device};
use super::{Options, missing};
use zbus::blocking::Proxy;
use zbus::zvariant::OwnedObjectPath;

/// Axes of a wheel.
const VERTICAL: u32 = 0;
const HORIZONTAL: u32 = 1;

/// The requests of a session. None waits for an answer.
pub(super) struct Requests {
    pub(super) portal: Proxy<'static>,
    pub(super) session: OwnedObjectPath,
}

impl Requests {
    fn send<B>(&self, method: &str, body: &B) -> Result<(), PointerError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let sent = self.portal.call_noreply(method, body);
        sent.map_err(|error| PointerError::Board {
            cause: missing(&error),
        })
    }
}

impl Device for Requests {
    fn move_by(&mut self, [dx, dy]: [i32; 2]) -> Result<(), PointerError> {
        let by = (f64::from(dx), f64::from(dy));
        self.send(
            "NotifyPointerMotion",
            &(&self.session, Options::new(), by.0, by.1),
        )
    }

    fn turn_wheel(&mut self, [right, down]: [i32; 2]) -> Result<(), PointerError> {
        for (axis, steps) in [(HORIZONTAL, right), (VERTICAL, down)] {
            if steps != 0 {
                self.send(
                    "NotifyPointerAxisDiscrete",
                    &(&self.session, Options::new(), axis, steps),
                )?;
            }
        }
        Ok(())
    }

    fn set_button(&mut self, button: Button, is_down: bool) -> Result<(), PointerError> {
        let number = button.number() as i32;
        let state = u32::from(is_down);
        self.send(
            "NotifyPointerButton",
            &(&self.session, Options::new(), number, state),
        )
    }
}
