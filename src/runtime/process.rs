//! The thread that owns the pipeline.

use super::acquire::note;
use super::record::SessionNote;
use super::signal_tap::SignalTap;
use super::stats::{Counters, add};
use super::tape::Tape;
use super::telemetry::Telemetry;
use crate::block::{Block, Layout};
use crate::command::Command;
use crate::conditioning::Fault;
use crate::looking::{CodeSet, Shown};
use crate::pipeline::Pipeline;
use crate::recording::session::Looked;
use crate::time::{HostNanos, SampleIndex};
use crate::units::Hertz;
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
    /// What is shown to be looked at, in order of time.
    pub(super) shown: Receiver<CodesShown>,
    /// If the session is recorded.
    pub(super) notes: Option<Sender<SessionNote>>,
}

/// From a time on, other codes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodesShown {
    pub(super) at: HostNanos,
    pub(super) scene: u32,
    pub(super) codes: CodeSet,
}

/// A stream whose stamps differ from our clock by more than this is on another clock, nanoseconds.
const OTHER_CLOCK_NS: u64 = 1_000_000_000;

/// The first sample of a block's stream that was taken at a time or later; never one before the block, which is processed already.
fn sample_at(at: HostNanos, block: &Block, rate: Hertz) -> SampleIndex {
    let (acquired, received) = (block.acquired().0, block.received.0);
    let is_other_clock = acquired.abs_diff(received) > OTHER_CLOCK_NS;
    let newest = if is_other_clock { received } else { acquired };
    let newest_sample = block.first.after(block.frames().saturating_sub(1) as u64);
    let since_s = at.0.saturating_sub(newest) as f64 / 1e9;
    let found = newest_sample.moved(libm::ceil(since_s * rate.hz()) as i64);
    found.max(block.first)
}

/// Turns blocks into commands until no more arrive. Returns the pipeline with its counters. `channels` is the number of
/// the decoder's channels.
pub(super) fn process(
    mut pipeline: Pipeline,
    queues: &Queues,
    counters: &Counters,
    shown: &Telemetry,
    layout: &Layout,
    channels: usize,
    mut tape: Option<Tape>,
) -> Pipeline {
    let mut known = vec![None; channels];
    for block in &queues.full {
        if let Some(tape) = &mut tape {
            tape.begin(&block);
        }
        if let Some(signal) = &queues.signal {
            signal.copy(&block);
        }
        while pipeline.has_room_for_scene()
            && let Ok(change) = queues.shown.try_recv()
        {
            let shown = Shown {
                from: sample_at(change.at, &block, layout.rate),
                scene: change.scene,
                codes: change.codes,
            };
            pipeline.show(shown);
            note(queues.notes.as_ref(), SessionNote::Shown(shown));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::StreamNanos;

    #[test]
    fn a_time_becomes_the_sample_that_was_taken_then() {
        let rate = Hertz::new(250.0).unwrap();
        let mut block = Block::with_capacity(1, 10);
        block.restart(SampleIndex(1000));
        (0..10).for_each(|_| block.push_frame().unwrap()[0] = 0.0);
        let ms = |ms: i64| HostNanos(5_000_000_000 + ms * 1_000_000);
        block.set_acquired(StreamNanos(ms(0).0));
        block.received = ms(8);
        let at = |block: &Block, when| sample_at(ms(when), block, rate).0;
        // 4 ms a sample; the newest is 1009.
        assert_eq!(
            [-8, -5, 0, 4, 12].map(|when| at(&block, when)),
            [1007, 1008, 1009, 1010, 1012]
        );
        // What was before this block cannot change any more.
        assert_eq!(at(&block, -500), 1000);
        // Stamps of another clock tell nothing: the newest sample counts from its arrival.
        block.set_acquired(StreamNanos(77));
        assert_eq!([8, 12].map(|when| at(&block, when)), [1009, 1010]);
    }
}
