//! The thread that owns the pipeline.

use super::acquire::note;
use super::record::SessionNote;
use super::screen::Screen;
use super::signal_tap::SignalTap;
use super::stats::{Counters, add};
use super::tape::Tape;
use super::telemetry::Telemetry;
use crate::block::Block;
use crate::command::Command;
use crate::conditioning::Fault;
use crate::pipeline::Pipeline;
use crate::recording::session::Looked;
use crossbeam_channel::{Receiver, Sender};

/// A channel that became bad, or good again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChannelFault {
    /// Its index among the decoder's channels.
    pub(super) channel: usize,
    /// What is wrong with it; `None` if it is good again.
    pub(super) fault: Option<Fault>,
}

/// The queues of this thread.
pub(super) struct Queues {
    pub(super) full: Receiver<Block>,
    pub(super) empty: Sender<Block>,
    pub(super) commands: Sender<Command>,
    pub(super) faults: Sender<ChannelFault>,
    /// Copies of the EEG, if it is shown.
    pub(super) signal: Option<SignalTap>,
    /// What is shown to be looked at.
    pub(super) screen: Screen,
    /// If the session is recorded.
    pub(super) notes: Option<Sender<SessionNote>>,
}

/// Turns blocks into commands until no more arrive. Returns the pipeline with its counters. `channels` is the number of
/// the decoder's channels.
pub(super) fn process(
    mut pipeline: Pipeline,
    mut queues: Queues,
    counters: &Counters,
    shown: &Telemetry,
    channels: usize,
    mut tape: Option<Tape>,
) -> Pipeline {
    let mut known = vec![None; channels];
    while let Ok(block) = queues.full.recv() {
        if let Some(tape) = &mut tape {
            tape.begin(&block);
        }
        if let Some(signal) = &queues.signal {
            signal.copy(&block);
        }
        queues.screen.announce(&mut pipeline, &block, |shown| {
            note(queues.notes.as_ref(), SessionNote::Shown(shown));
        });
        pipeline.process(&block, |step| {
            if let Some(looked) = Looked::of(&step) {
                note(queues.notes.as_ref(), SessionNote::Looked(looked));
            }
            shown.set_step(step.probabilities, step.intent.confidence, step.heading_rad);
            if let Some(tape) = &mut tape {
                tape.step(&step);
            }
            if queues.commands.try_send(step.command).is_err() {
                add(&counters.commands_unread, 1);
            }
            for (channel, (known, found)) in known.iter_mut().zip(step.faults).enumerate() {
                let send = || {
                    queues.faults.try_send(ChannelFault {
                        channel,
                        fault: *found,
                    })
                };
                // If nobody reads for long, it is sent at a later step.
                if known != found && send().is_ok() {
                    *known = *found;
                }
            }
        });
        if tape.as_mut().is_some_and(|tape| !tape.end(&block)) {
            add(&counters.not_recorded, block.frames() as u64);
        }
        // Acquiring may have ended already; the block is then dropped.
        if queues.empty.send(block).is_err() {
            log::debug!("no more blocks are needed");
        }
    }
    if let Some(tape) = &mut tape {
        tape.hand_over();
    }
    pipeline
}
