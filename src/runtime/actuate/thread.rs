//! The thread that owns the pointer.

use super::{Actuator, TimedCommand};
use crate::command::Command;
use crate::control::{AuxiliaryKind, AuxiliarySample, ControlSettings, Request, State};
use crate::pointer::{PointerError, PointerOpener};
use crate::runtime::error::RunError;
use crate::runtime::record::SessionNote;
use crate::runtime::tags::TagsLine;
use crate::runtime::targets::TargetsLine;
use crate::runtime::telemetry::Telemetry;
use crate::runtime::{RunStats, StopFlag, spawn};
use crate::system::clock;
use crate::system::priority::{Urgency, raise_soon};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Time between two motions of the pointer, nanoseconds. A 60 Hz screen shows no more. New commands are carried out at
/// once.
const TICK_NS: u64 = 16_000_000;

/// How the thread ended, and its statistics.
pub(in crate::runtime) type Actuated = (Result<(), PointerError>, RunStats);

/// The channels of the pointer's thread.
pub(in crate::runtime) struct Lines {
    pub(in crate::runtime) commands: Receiver<Command>,
    pub(in crate::runtime) requests: Receiver<Request>,
    /// One per auxiliary input.
    pub(in crate::runtime) auxiliary: Vec<(AuxiliaryKind, Receiver<AuxiliarySample>)>,
    pub(in crate::runtime) states: Sender<State>,
    /// If the screen is read for targets.
    pub(in crate::runtime) targets: Option<TargetsLine>,
    /// If tags to look at are shown.
    pub(in crate::runtime) tags: Option<TagsLine>,
    /// If the session is recorded.
    pub(in crate::runtime) record: Option<Sender<SessionNote>>,
}

/// Carries out commands until no more arrive or the stop flag is set. Releases every button at the end.
pub(in crate::runtime) fn actuate(
    actuator: &mut Actuator,
    lines: &Lines,
    stop: &StopFlag,
) -> Result<(), PointerError> {
    let mut next_tick = clock::now();
    let (mut result, mut sent, mut marked, mut scene) = (Ok(()), None, None, 0);
    for (kind, _) in &lines.auxiliary {
        actuator.expect(*kind);
    }
    while !stop.stopped() && result.is_ok() {
        let now = clock::now();
        let wait_ns = TICK_NS - now.since(next_tick).min(TICK_NS);
        match lines.commands.recv_timeout(Duration::from_nanos(wait_ns)) {
            Ok(command) => {
                actuator.command(command);
                let newer = lines.commands.try_iter();
                newer.for_each(|newer| actuator.command(newer));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let requests = lines.requests.try_iter();
        requests.for_each(|request| actuator.request(request));
        for (_, samples) in &lines.auxiliary {
            samples
                .try_iter()
                .for_each(|sample| actuator.receive_auxiliary(sample));
        }
        if let Some(line) = &lines.targets {
            for targets in line.lists.try_iter() {
                // The channel has room for every list.
                let _ = line.back.try_send(actuator.see(targets));
            }
        }
        actuator.look(clock::now());
        // Read last, so that the tick covers the time that all of this took.
        actuator.wake(clock::with_sleep());
        next_tick = clock::now();
        result = actuator.tick(next_tick);
        if let Some(line) = &lines.tags
            && actuator.scene() != scene
            && line.hand_over(|into| actuator.fill_scene(into))
        {
            scene = actuator.scene();
        }
        if actuator.is_stop_asked() {
            stop.stop();
        }
        // If nobody reads the states for long, the state is sent at a later tick.
        let state = Some(actuator.state()).filter(|state| sent != Some(*state));
        if state.is_some_and(|state| lines.states.try_send(state).is_ok()) {
            sent = state;
        }
        let assisted = actuator.assisted();
        if let Some(record) = &lines.record
            && assisted != marked
            && record.try_send(SessionNote::Assisted(assisted)).is_ok()
        {
            marked = assisted;
        }
    }
    actuator.release();
    result
}

/// Starts the thread, and waits until the pointer is open. `codes` is the number of codes that tags can show; 0 without tags.
///
/// # Errors
/// [`RunError`] if the pointer cannot be opened.
pub(in crate::runtime) fn start(
    open: PointerOpener,
    (settings, codes): (ControlSettings, usize),
    trace: Option<Sender<TimedCommand>>,
    lines: Lines,
    shown: Arc<Telemetry>,
    stop: StopFlag,
) -> Result<JoinHandle<Actuated>, RunError> {
    let (opened_tx, opened_rx) = bounded(1);
    let thread = spawn("actuate", move || {
        let mut actuator = match Actuator::new(open, settings) {
            Ok(actuator) => actuator
                .with_shown(shown)
                .with_trace(trace)
                .with_tag_codes(codes),
            Err(error) => {
                // `start` receives and returns it.
                let _ = opened_tx.send(Err(error));
                return (Ok(()), RunStats::default());
            }
        };
        let _ = opened_tx.send(Ok(()));
        raise_soon(Urgency::Live);
        let result = actuate(&mut actuator, &lines, &stop);
        stop.stop();
        let (commands, holds, latency) = actuator.figures();
        let stats = RunStats {
            commands,
            holds,
            latency,
            ..RunStats::default()
        };
        (result, stats)
    })?;
    opened_rx
        .recv()
        .map_err(|_| RunError::Panicked("actuate"))??;
    Ok(thread)
}
