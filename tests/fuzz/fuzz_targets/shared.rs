//! Plays a recording to its end.

use bci_cursor::block::Block;
use bci_cursor::source::recording::Recorded;
use bci_cursor::source::{SourceError, SourceEvent};

pub fn play(opened: Result<Box<dyn Recorded>, SourceError>) {
    let Ok(mut recording) = opened else { return };
    let mut block = Block::with_capacity(recording.layout().channel_count(), 64);
    while let Ok(event) = recording.next(&mut block) {
        if event == SourceEvent::End {
            break;
        }
    }
}

/// Replaces the first bytes with those of a format.
#[allow(dead_code)] // brainvision puts its own line before
pub fn begin(data: &mut [u8], with: &[u8]) {
    data.iter_mut()
        .zip(with)
        .for_each(|(byte, wanted)| *byte = *wanted);
}
