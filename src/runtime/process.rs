//! The thread that owns the pipeline.

use super::stats::{Counters, add};
use crate::block::Block;
use crate::control::Command;
use crate::pipeline::Pipeline;
use crossbeam_channel::{Receiver, Sender};

/// Turns blocks into commands until no more come; gives the pipeline back for what it counted.
pub(super) fn process(
    mut pipeline: Pipeline,
    full: &Receiver<Block>,
    empty: &Sender<Block>,
    commands: &Sender<Command>,
    counters: &Counters,
) -> Pipeline {
    for block in full {
        pipeline.process(&block, |step| {
            if commands.try_send(step.command).is_err() {
                add(&counters.commands_unread, 1);
            }
        });
        // Acquiring may have ended already; the block is then dropped with everything else.
        if empty.send(block).is_err() {
            log::debug!("no more blocks are needed");
        }
    }
    pipeline
}
