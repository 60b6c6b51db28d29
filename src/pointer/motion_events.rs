//! Observes pointer motion as other programs do: a second client of the X server receives an event for each motion.

use super::PointerError;
use super::x11::in_words;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, bounded};
use std::error::Error;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, Device, EventMask, XIEventMask};
use x11rb::rust_connection::RustConnection;

/// Capacity for events: more than arrive in an hour, because the pointer moves at most a hundred times a second.
const EVENTS: usize = 1 << 20;

/// Sends the time of each motion from now on, until the program ends.
///
/// # Errors
/// [`PointerError::Watch`] if the display does not answer or has no XInput.
pub fn watch_motions() -> Result<Receiver<HostNanos>, PointerError> {
    let connection = connect().map_err(|error| PointerError::Watch {
        cause: in_words(error.as_ref()),
    })?;
    let (motions_tx, motions) = bounded(EVENTS);
    std::thread::spawn(move || {
        while let Ok(event) = connection.wait_for_event() {
            let now = clock::now();
            if matches!(event, Event::XinputRawMotion(_)) && motions_tx.send(now).is_err() {
                break;
            }
        }
    });
    Ok(motions)
}

fn connect() -> Result<RustConnection, Box<dyn Error>> {
    let (connection, screen) = x11rb::connect(None)?;
    let roots = &connection.setup().roots;
    let root = roots.get(screen).ok_or("there is no screen")?.root;
    connection
        .extension_information(xinput::X11_EXTENSION_NAME)?
        .ok_or("it has no XInput")?;
    connection.xinput_xi_query_version(2, 2)?.reply()?;
    let mask = EventMask {
        deviceid: Device::ALL_MASTER.into(),
        mask: vec![XIEventMask::RAW_MOTION],
    };
    connection.xinput_xi_select_events(root, &[mask])?.check()?;
    Ok(connection)
}
