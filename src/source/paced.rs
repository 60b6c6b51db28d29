//! A recording in real time, as if it were a live stream.

use crate::block::{Block, Layout};
use crate::source::{Source, SourceError, SourceEvent};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};

/// Length of a block, milliseconds, as in a headset's packet.
const PACKET_MS: u32 = 20;

/// Delivers a source's samples when they are due, stamped with that time. Gaps take no time.
pub struct Paced {
    source: Box<dyn Source>,
    packet: Block,
    due: HostNanos,
}

impl Paced {
    /// Starts playing now.
    #[must_use]
    pub fn new(source: Box<dyn Source>) -> Self {
        let layout = source.layout();
        let frames = (layout.rate.samples_in_ms(PACKET_MS) as usize).max(1);
        Self {
            packet: Block::with_capacity(layout.channel_count(), frames),
            due: clock::now(),
            source,
        }
    }
}

impl Source for Paced {
    fn layout(&self) -> &Layout {
        self.source.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let event = self.source.next(&mut self.packet)?;
        if !matches!(event, SourceEvent::Samples) {
            return Ok(event);
        }
        into.restart(self.packet.first);
        for frame in self.packet.iter() {
            if let Some(to) = into.push_frame() {
                to.copy_from_slice(frame);
            }
        }
        let secs = self.layout().rate.secs_of(self.packet.frames() as u64);
        self.due.0 = self.due.0.saturating_add((1e9 * secs) as i64);
        clock::wait_until(self.due);
        into.set_acquired(StreamNanos(self.due.0));
        into.received = clock::now();
        Ok(event)
    }
}
