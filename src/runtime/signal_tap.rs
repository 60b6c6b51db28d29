//! A look at the EEG that is processed: copies in memory that is used again. Whoever looks too seldom misses samples, and sees
//! by their index how many; nothing that moves the pointer waits for them.

use crate::block::Block;
use crossbeam_channel::{Receiver, Sender, bounded};

/// Copies that wait to be looked at.
const BLOCKS: usize = 256;

/// The end of the thread that processes.
#[derive(Debug)]
pub(super) struct SignalTap {
    spare: Receiver<Block>,
    full: Sender<Block>,
}

/// The end of who looks.
#[derive(Debug)]
pub struct SignalView {
    spare: Sender<Block>,
    full: Receiver<Block>,
}

impl SignalTap {
    /// For blocks of `channels` channels and up to `frames` frames.
    pub(super) fn new(channels: usize, frames: usize) -> (Self, SignalView) {
        let (spare_tx, spare) = bounded(BLOCKS);
        let (full, full_rx) = bounded(BLOCKS);
        for _ in 0..BLOCKS {
            // The channel was made for this many.
            let _ = spare_tx.send(Block::with_capacity(channels, frames));
        }
        let view = SignalView {
            spare: spare_tx,
            full: full_rx,
        };
        (Self { spare, full }, view)
    }

    /// Copies a block, where somebody has looked at the ones before.
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
        // As many fit as there are; where nobody looks any more, nobody misses it.
        let _ = self.full.try_send(copy);
    }
}

impl SignalView {
    /// Gives what has come since.
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
    fn who_looks_too_seldom_misses_samples_and_nobody_waits() {
        let (tap, view) = SignalTap::new(2, 4);
        let mut block = Block::with_capacity(2, 4);
        let mut fill = |first: u64| {
            block.restart(SampleIndex(first));
            let frame = block.push_frame().unwrap();
            frame.copy_from_slice(&[first as f64, -1.0]);
            tap.copy(&block);
        };
        (0..BLOCKS as u64 + 10).for_each(&mut fill);
        let mut seen = Vec::new();
        view.drain(|block| seen.push((block.first.0, block.samples()[0])));
        assert_eq!(seen.len(), BLOCKS);
        fill(1000);
        view.drain(|block| seen.push((block.first.0, block.samples()[0])));
        assert_eq!(seen.last(), Some(&(1000, 1000.0)));
    }
}
