//! Copies of the processed EEG for display, in reused memory. A reader that is too slow misses samples, and can tell
//! from their index how many. The live path never waits for the reader.

use crate::block::Block;
use crossbeam_channel::{Receiver, Sender, bounded};

/// Copies that can wait to be read.
const BLOCKS: usize = 256;

/// The end on the processing thread.
#[derive(Debug)]
pub(super) struct SignalTap {
    spare: Receiver<Block>,
    full: Sender<Block>,
}

/// The reader's end.
#[derive(Debug)]
pub struct SignalView {
    spare: Sender<Block>,
    full: Receiver<Block>,
}

impl SignalTap {
    /// Creates both ends for blocks of `channels` channels and up to `frames` frames.
    pub(super) fn new(channels: usize, frames: usize) -> (Self, SignalView) {
        let (spare_tx, spare) = bounded(BLOCKS);
        let (full, full_rx) = bounded(BLOCKS);
        for _ in 0..BLOCKS {
            // The channel has room for exactly this many.
            let _ = spare_tx.send(Block::with_capacity(channels, frames));
        }
        let view = SignalView {
            spare: spare_tx,
            full: full_rx,
        };
        (Self { spare, full }, view)
    }

    /// Copies a block, if the reader has returned memory for it.
    pub(super) fn copy(&self, block: &Block) {
        let Ok(mut copy) = self.spare.try_recv() else {
            return;
        };
        copy.restart(block.first);
        copy.copy_stamps(block);
        for frame in block.iter() {
            if let Some(to) = copy.push_frame() {
                to.copy_from_slice(frame);
            }
        }
        // The channel has room for every copy. Without a reader, nothing is missed.
        let _ = self.full.try_send(copy);
    }
}

impl SignalView {
    /// Passes on the blocks that have arrived.
    pub fn drain(&self, mut take: impl FnMut(&Block)) {
        while let Ok(block) = self.full.try_recv() {
            take(&block);
            let _ = self.spare.try_send(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SampleIndex;

    #[test]
    fn a_slow_reader_misses_samples_and_delays_nothing() {
        let (tap, view) = SignalTap::new(2, 4);
        let mut block = Block::with_capacity(2, 4);
        let mut fill = |first: u64| {
            block.restart(SampleIndex(first));
            let frame = block.push_frame().unwrap();
            frame.copy_from_slice(&[first as f64, -1.0]);
            tap.copy(&block);
        };
        (0..BLOCKS as u64 + 10).for_each(&mut fill);
        let mut read = Vec::new();
        view.drain(|block| read.push((block.first.0, block.samples()[0])));
        assert_eq!(read.len(), BLOCKS);
        fill(1000);
        view.drain(|block| read.push((block.first.0, block.samples()[0])));
        assert_eq!(read.last(), Some(&(1000, 1000.0)));
    }
}
