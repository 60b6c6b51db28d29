//! The thread that shows the badge next to the pointer, and what was chosen. If the display refuses, the driver continues without them.

use super::StopFlag;
use super::telemetry::Telemetry;
use crate::control::State;
use crate::pointer::{Badge, ChoiceOverlay, ChosenFrame, HeadingArrow, Overlay, PointerError};
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
        let (mut overlay, mut arrow, mut line, mut chosen) = (None, None, None, None);
        let mut has_warned = false;
        while !stop.stopped() {
            let result = show_badge(&mut overlay, &shown)
                .and_then(|()| show_heading(&mut arrow, &shown))
                .and_then(|()| show_line(&mut line, &shown))
                .and_then(|()| show_chosen(&mut chosen, &shown));
            match result {
                Ok(()) => clock::wait_until(HostNanos(clock::now().0 + LOOK_NS)),
                Err(error) => {
                    if !std::mem::replace(&mut has_warned, true) {
                        log::warn!("nothing is shown beside the pointer: {error}");
                    }
                    (overlay, arrow, line, chosen) = (None, None, None, None);
                    wait(RETRY_NS, &stop);
                }
            }
        }
    };
    let thread = std::thread::Builder::new().name("overlay".into());
    thread.spawn(body).map(drop)
}

fn show_badge(overlay: &mut Option<Overlay>, shown: &Telemetry) -> Result<(), PointerError> {
    let pointer = shown.pointer();
    if pointer.overlay_px == 0 {
        *overlay = None;
        return Ok(());
    }
    let overlay = match overlay {
        Some(overlay) => overlay,
        None => overlay.insert(Overlay::open()?),
    };
    let badge = Badge {
        state: pointer.state,
        kind: pointer.kind,
        dwell: pointer.dwell,
        has_arrow: shown.heading_rad().is_some(),
    };
    overlay.show(badge, pointer.overlay_px)
}

/// Shows the heading while the pointer may move.
fn show_heading(arrow: &mut Option<HeadingArrow>, shown: &Telemetry) -> Result<(), PointerError> {
    let pointer = shown.pointer();
    let may_move = matches!(pointer.state, State::Idle | State::Active);
    let is_on = may_move && pointer.overlay_px > 0;
    let Some(heading_rad) = shown.heading_rad().filter(|_| is_on) else {
        *arrow = None;
        return Ok(());
    };
    let arrow = match arrow {
        Some(arrow) => arrow,
        None => arrow.insert(HeadingArrow::open()?),
    };
    arrow.show(heading_rad, pointer.overlay_px)
}

/// Shows the line that divides the targets, if there is one.
fn show_line(line: &mut Option<ChoiceOverlay>, shown: &Telemetry) -> Result<(), PointerError> {
    match (line, shown.choice_line()) {
        (None, None) => Ok(()),
        (Some(line), choice) => line.show(choice, &shown.targets()),
        (none, choice) => none
            .insert(ChoiceOverlay::open()?)
            .show(choice, &shown.targets()),
    }
}

/// Shows a frame around what was chosen, if anything was.
fn show_chosen(frame: &mut Option<ChosenFrame>, shown: &Telemetry) -> Result<(), PointerError> {
    match (frame, shown.chosen()) {
        (None, None) => Ok(()),
        (Some(frame), chosen) => frame.show(chosen),
        (none, chosen) => none.insert(ChosenFrame::open()?).show(chosen),
    }
}

fn wait(nanos: i64, stop: &StopFlag) {
    let end = clock::now().0 + nanos;
    while clock::now().0 < end && !stop.stopped() {
        clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    }
}
