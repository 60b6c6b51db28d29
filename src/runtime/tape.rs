//! Passes processed samples and decoded steps from `process` to the writing thread, in reused memory.

use crate::block::Block;
use crate::pipeline::Step;
use crate::recording::session::StepRows;
use crate::time::{SampleIndex, StreamNanos};
use crossbeam_channel::{Receiver, Sender};

/// Number of reels, and duration of each, milliseconds: a disk may stall for sixteen seconds.
const REELS: usize = 64;
const REEL_MS: u32 = 250;

/// A bridged gap (at most one window long) adds steps beyond those of the samples. Each gap begins a new reel.
const BRIDGED_STEPS: usize = 256;

/// Consecutive samples, and the steps decoded from them.
#[derive(Debug)]
pub struct Reel {
    /// The samples.
    pub block: Block,
    /// For the last frame of each received block: its index here, and its stamp.
    pub stamps: Vec<(usize, StreamNanos)>,
    /// The numbers of each step.
    pub rows: Vec<f64>,
    /// Frames before this reel for which no reel was free.
    pub lost_before: u64,
}

/// The end on the processing thread. Never waits and never allocates.
#[derive(Debug)]
pub struct Tape {
    spare: Receiver<Reel>,
    full: Sender<Reel>,
    reel: Option<Reel>,
    lost: u64,
}

/// The end on the writing thread.
#[derive(Debug)]
pub struct TapeEnd {
    /// Reels to write.
    pub full: Receiver<Reel>,
    /// Written reels, to be reused.
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
            // The channel has room for exactly this many. There is at most one step per sample.
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

    /// Makes room for the next block.
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

    /// Adds a step.
    pub fn step(&mut self, step: &Step<'_>) {
        if let Some(reel) = &mut self.reel {
            StepRows::push(step, &mut reel.rows);
        }
    }

    /// Adds the block after all of its steps. Returns false if the writer is too far behind to take it.
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

    /// Hands the current reel to the writer.
    pub fn hand_over(&mut self) {
        if let Some(reel) = self.reel.take()
            && self.full.send(reel).is_err()
        {
            log::debug!("the writer has ended");
        }
    }
}
