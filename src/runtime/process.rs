//! The thread that owns the pipeline.

use super::stats::{Counters, add};
use super::tape::Tape;
use crate::block::Block;
use crate::conditioning::Fault;
use crate::control::Command;
use crate::pipeline::Pipeline;
use crossbeam_channel::{Receiver, Sender};

/// A channel has gone bad, or is good again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChannelFault {
    /// Its place among the decoder's channels.
    pub(super) channel: usize,
    /// What is wrong with it; none where it is good again.
    pub(super) fault: Option<Fault>,
}

/// Turns blocks into commands until no more come; gives the pipeline back for what it counted.
pub(super) fn process(
    mut pipeline: Pipeline,
    full: &Receiver<Block>,
    empty: &Sender<Block>,
    commands: &Sender<Command>,
    faults: &Sender<ChannelFault>,
    counters: &Counters,
    channels: usize,
    mut tape: Option<Tape>,
) -> Pipeline {
    let mut known = vec![None; channels];
    for block in full {
        if let Some(tape) = &mut tape {
            tape.begin(&block);
        }
        pipeline.process(&block, |step| {
            if let Some(tape) = &mut tape {
                tape.step(&step);
            }
            if commands.try_send(step.command).is_err() {
                add(&counters.commands_unread, 1);
            }
            for (channel, (known, found)) in known.iter_mut().zip(step.faults).enumerate() {
                let told = || {
                    faults.try_send(ChannelFault {
                        channel,
                        fault: *found,
                    })
                };
                // Where nobody has read for long, it is told at a later step.
                if known != found && told().is_ok() {
                    *known = *found;
                }
            }
        });
        if let Some(tape) = &mut tape {
            tape.end(&block, counters);
        }
        // Acquiring may have ended already; the block is then dropped with everything else.
        if empty.send(block).is_err() {
            log::debug!("no more blocks are needed");
        }
    }
    if let Some(tape) = &mut tape {
        tape.hand_over();
    }
    pipeline
}
