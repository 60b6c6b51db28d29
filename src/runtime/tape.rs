//! From `process` to the thread that writes: what was processed and what followed, in memory that is used again.

use crate::block::Block;
use crate::pipeline::Step;
use crate::recording::session::StepRows;
use crate::time::{SampleIndex, StreamNanos};
use crossbeam_channel::{Receiver, Sender};

/// Reels in all, and the time that each holds, milliseconds: a disk may stall for sixteen seconds.
const REELS: usize = 64;
const REEL_MS: u32 = 250;

/// A gap that is bridged, of a window at the most, gives steps beyond those of the samples; each gap begins a new reel.
const BRIDGED_STEPS: usize = 256;

/// Some consecutive samples, and the steps that followed from them.
#[derive(Debug)]
pub struct Reel {
    /// The samples.
    pub block: Block,
    /// For the last frame of each block that came: its place here, and when it was taken.
    pub stamps: Vec<(usize, StreamNanos)>,
    /// Numbers of each step.
    pub rows: Vec<f64>,
    /// Frames that were processed before this, and found no reel.
    pub lost_before: u64,
}

/// Collects on the process thread. Never waits and never allocates.
#[derive(Debug)]
pub struct Tape {
    spare: Receiver<Reel>,
    full: Sender<Reel>,
    reel: Option<Reel>,
    lost: u64,
}

/// What the writing thread holds of a tape.
#[derive(Debug)]
pub struct TapeEnd {
    /// Reels to be written,
    pub full: Receiver<Reel>,
    /// and where they go back to.
    pub spare: Sender<Reel>,
}

impl Tape {
    /// A tape for blocks of up to `frames` frames and a decoder of `classes` classes.
    #[must_use]
    pub fn new(
        rate: crate::units::Hertz,
        channels: usize,
        block_frames: usize,
        classes: usize,
    ) -> (Self, TapeEnd) {
        let frames = (rate.samples_in_ms(REEL_MS) as usize).max(block_frames);
        let (spare_tx, spare) = crossbeam_channel::bounded(REELS);
        let (full, full_rx) = crossbeam_channel::bounded(REELS);
        for _ in 0..REELS {
            // The channel was made for this many. There is a step a sample at most.
            let _ = spare_tx.send(Reel {
                block: Block::with_capacity(channels, frames),
                stamps: Vec::with_capacity(frames),
                rows: Vec::with_capacity((frames + BRIDGED_STEPS) * StepRows::width(classes)),
                lost_before: 0,
            });
        }
        (
            Self {
                spare,
                full,
                reel: None,
                lost: 0,
            },
            TapeEnd {
                full: full_rx,
                spare: spare_tx,
            },
        )
    }

    /// Makes room for a block, which comes next.
    pub fn begin(&mut self, block: &Block) {
        let fits = |reel: &Reel| {
            let SampleIndex(first) = reel.block.first;
            block.first == SampleIndex(first + reel.block.frames() as u64)
                && reel.block.frames() + block.frames() <= reel.block.capacity()
        };
        if !self.reel.as_ref().is_some_and(fits) {
            self.hand_over();
            self.reel = self.spare.try_recv().ok();
            if let Some(reel) = &mut self.reel {
                reel.block.restart(block.first);
                reel.stamps.clear();
                reel.rows.clear();
                reel.lost_before = std::mem::take(&mut self.lost);
            }
        }
    }

    /// Keeps a step.
    pub fn step(&mut self, step: &Step<'_>) {
        if let Some(reel) = &mut self.reel {
            StepRows::push(step, &mut reel.rows);
        }
    }

    /// Keeps the block, all of whose steps were kept. False where the writer is too far behind to take it.
    pub fn end(&mut self, block: &Block) -> bool {
        let Some(reel) = &mut self.reel else {
            if self.lost == 0 {
                log::warn!("the disk is too slow: samples are not recorded; control goes on");
            }
            self.lost += block.frames() as u64;
            return false;
        };
        for frame in block.iter() {
            if let Some(into) = reel.block.push_frame() {
                into.copy_from_slice(frame);
            }
        }
        if let Some(last) = reel.block.frames().checked_sub(1) {
            reel.stamps.push((last, block.acquired()));
        }
        true
    }

    /// Gives what is there to the writer.
    pub fn hand_over(&mut self) {
        if let Some(reel) = self.reel.take()
            && self.full.send(reel).is_err()
        {
            log::debug!("nobody writes any more");
        }
    }
}
