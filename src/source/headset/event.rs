//! What a headset sends, independent of its protocol.

use crate::source::motion::Motion;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::native::command::Acknowledgement;

/// One sample of every channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Number of samples that were lost before this one.
    pub(super) lost: u64,
    pub(super) microvolts: [f64; MAX_CHANNELS],
}

impl Frame {
    /// A frame from counts and the size of one count in microvolts, for each channel.
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

/// Something decoded from a headset's bytes.
#[derive(Debug, Clone)]
pub(super) enum HeadsetEvent {
    Frame(Frame),
    /// `after` is the number of samples after the last frame (0: together with the next one).
    Marker {
        after: i64,
        label: String,
    },
    Motion(Motion),
    /// Which electrodes are off and the battery's charge, where the headset reports them.
    Status {
        lead_off: Option<u64>,
        battery_percent: Option<u8>,
    },
    /// Impedance of each channel, ohms; `None` if unknown.
    Impedances([Option<u32>; MAX_CHANNELS]),
    /// The answer to a command.
    Answer(Acknowledgement),
    /// The headset no longer matches its description.
    Changed(String),
}
