//! The thread that shows the badge next to the pointer, and what was chosen. If the display refuses, the driver continues without them.

use super::StopFlag;
use super::telemetry::Telemetry;
use crate::control::State;
use crate::pointer::{Badge, Overlay, PointerError, open_overlay};
use crate::system::clock;
use crate::time::HostNanos;
use std::sync::Arc;

/// Time between two updates, nanoseconds.
const LOOK_NS: i64 = 33_000_000;
/// Time before a lost display is tried again, nanoseconds.
const RETRY_NS: i64 = 2_000_000_000;

/// Shows the badge, heading, dividing line and chosen place while the settings ask for them, until the flag is set.
///
/// # Errors
/// If a thread cannot be started.
pub fn show(shown: Arc<Telemetry>, stop: StopFlag) -> std::io::Result<()> {
    let body = move || {
        let mut overlay = None;
        let mut has_warned = false;
        while !stop.stopped() {
            match update(&mut overlay, &shown) {
                Ok(()) => clock::wait_until(HostNanos(clock::now().0 + LOOK_NS)),
                Err(error) => {
                    if !std::mem::replace(&mut has_warned, true) {
                        log::warn!("nothing is shown beside the pointer: {error}");
                    }
                    overlay = None;
                    wait(RETRY_NS, &stop);
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("overlay".into());
    thread.spawn(body).map(drop)
}

/// Shows what there is to show. The display is asked only then.
fn update(overlay: &mut Option<Box<dyn Overlay>>, shown: &Telemetry) -> Result<(), PointerError> {
    let (pointer, place) = (shown.pointer(), shown.place_px());
    let height = pointer.overlay_px;
    let has_badge = height > 0 && place.is_some();
    let (line, chosen) = (shown.choice_line(), shown.chosen());
    let overlay = match overlay {
        Some(overlay) => overlay,
        None if !has_badge && line.is_none() && chosen.is_none() => return Ok(()),
        none => none.insert(open_overlay()?),
    };
    let heading_rad = shown.heading_rad();
    let badge = Badge {
        state: pointer.state,
        kind: pointer.kind,
        dwell: pointer.dwell,
        has_arrow: heading_rad.is_some(),
    };
    // The heading is shown while the pointer may move.
    let may_move = matches!(pointer.state, State::Idle | State::Active);
    let heading = heading_rad.filter(|_| has_badge && may_move);
    let place = place.unwrap_or_default();
    overlay.badge(has_badge.then_some((badge, height)), place)?;
    overlay.heading(heading.map(|heading_rad| (heading_rad, height)), place)?;
    overlay.line(line, &shown.targets())?;
    overlay.chosen(chosen)
}

fn wait(nanos: i64, stop: &StopFlag) {
    let end = clock::now().0 + nanos;
    while clock::now().0 < end && !stop.stopped() {
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    }
}
