//! A second client of the X server, which receives an event for each motion of the pointer.

use crate::system::clock;
use crate::time::HostNanos;
use anyhow::Context;
use crossbeam_channel::{Receiver, bounded};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, Device, EventMask, XIEventMask};

/// Events that there is room for: the pointer moves a hundred times a second or less, and an hour is the longest measurement.
const EVENTS: usize = 1 << 20;

/// Watches from now on until the program ends: when each motion was told.
pub(super) fn watch() -> anyhow::Result<Receiver<HostNanos>> {
    let (connection, screen) = x11rb::connect(None).context("the display does not answer")?;
    let root = connection.setup().roots[screen].root;
    connection
        .extension_information(xinput::X11_EXTENSION_NAME)?
        .context("the display has no XInput")?;
    connection.xinput_xi_query_version(2, 2)?.reply()?;
    let mask = EventMask {
        deviceid: Device::ALL_MASTER.into(),
        mask: vec![XIEventMask::RAW_MOTION],
    };
    connection.xinput_xi_select_events(root, &[mask])?.check()?;
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
