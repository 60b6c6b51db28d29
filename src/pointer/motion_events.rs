//! Motion of the pointer as another program sees it: a second client of the X server, which receives an event for each motion.

use super::PointerError;
use crate::system::clock;
use crate::time::HostNanos;
use crossbeam_channel::{Receiver, bounded};
use std::error::Error;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, Device, EventMask, XIEventMask};
use x11rb::rust_connection::RustConnection;

/// Events that there is room for: more than come in an hour, as the pointer moves a hundred times a second or less.
const EVENTS: usize = 1 << 20;

/// When each motion was seen, from now on until the program ends.
///
/// # Errors
/// [`PointerError::Watch`] where the display does not answer or has no XInput.
pub fn watch_motions() -> Result<Receiver<HostNanos>, PointerError> {
    let connection = connect().map_err(|error| PointerError::Watch {
        cause: error.to_string(),
    })?;
    let (seen_tx, seen_rx) = bounded(EVENTS);
    std::thread::spawn(move || {
        while let Ok(event) = connection.wait_for_event() {
            let now = clock::now();
            if matches!(event, Event::XinputRawMotion(_)) && seen_tx.send(now).is_err() {
                break;
            }
        }
    });
    Ok(seen_rx)
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
