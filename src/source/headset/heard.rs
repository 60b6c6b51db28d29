//! What a headset tells, whatever the protocol.

use crate::source::motion::Motion;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::native::command::Acknowledgement;

/// One sample of every channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Samples that were lost before it.
    pub(super) lost: u64,
    pub(super) microvolts: [f64; MAX_CHANNELS],
}

impl Frame {
    /// Counts of the channels, times the microvolts of one.
    pub(super) fn scaled(
        lost: u64,
        counts: impl Iterator<Item = i32>,
        microvolts_per_count: &[f64; MAX_CHANNELS],
    ) -> Self {
        let mut frame = Self {
            lost,
            microvolts: [0.0; MAX_CHANNELS],
        };
        let values = frame
            .microvolts
            .iter_mut()
            .zip(counts)
            .zip(microvolts_per_count);
        values.for_each(|((own, count), scale)| *own = f64::from(count) * scale);
        frame
    }
}

/// What comes out of a headset's bytes.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Frame(Frame),
    /// Number of samples after the last frame (0: with the next one).
    Marker {
        after: i64,
        label: String,
    },
    Motion(Motion),
    /// Which electrodes are off, and the battery's charge, as far as they are told.
    Status {
        lead_off: Option<u64>,
        battery_percent: Option<u8>,
    },
    /// Ohms of each channel.
    Impedances([Option<u32>; MAX_CHANNELS]),
    /// What became of a command.
    Answer(Acknowledgement),
    /// It is no more what it said it was.
    Changed(String),
}
