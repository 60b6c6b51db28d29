//! Packets of the OpenBCI boards to what they tell.

use super::heard::{Frame, Heard};
use crate::source::motion::Motion;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::openbci::cyton::{self, Aux};
use bci_cursor_firmware_protocol::openbci::{daisy, ganglion};

/// A Cyton, with or without Daisy.
pub(super) struct Cyton {
    deframer: cyton::Deframer,
    daisy: Option<daisy::Pairs>,
    microvolts_per_count: [f64; MAX_CHANNELS],
}

impl Cyton {
    pub(super) fn new(has_daisy: bool, microvolts_per_count: [f64; MAX_CHANNELS]) -> Self {
        Self {
            deframer: cyton::Deframer::default(),
            daisy: has_daisy.then(daisy::Pairs::default),
            microvolts_per_count,
        }
    }

    /// Samples until its counter begins again.
    pub(super) fn range(&self) -> u64 {
        if self.daisy.is_some() { 128 } else { 256 }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut impl FnMut(Heard)) {
        let (daisy, scales) = (&mut self.daisy, &self.microvolts_per_count);
        self.deframer.feed(bytes, |received| {
            match daisy {
                None => emit(Heard::Frame(Frame::scaled(
                    received.lost.into(),
                    received.packet.counts.into_iter(),
                    scales,
                ))),
                Some(pairs) => {
                    if let Some(sample) = pairs.take(&received) {
                        let counts = sample.counts.into_iter();
                        emit(Heard::Frame(Frame::scaled(
                            sample.lost.into(),
                            counts,
                            scales,
                        )));
                    }
                }
            }
            // All zero where there is nothing new.
            if let Aux::Acceleration(counts) = received.packet.aux
                && counts != [0; 3]
            {
                emit(Heard::Motion(Motion {
                    acceleration_g: counts.map(|count| f64::from(count) * cyton::G_PER_COUNT),
                    rotation_deg_s: None,
                }));
            }
        });
    }
}

/// A Ganglion.
pub(super) struct Ganglion {
    deframer: ganglion::Deframer,
    decoder: ganglion::Decoder,
    microvolts_per_count: [f64; MAX_CHANNELS],
    /// Samples whose loss was told.
    told: u64,
    acceleration_g: [f64; 3],
}

impl Ganglion {
    pub(super) fn new(
        firmware: ganglion::Firmware,
        microvolts_per_count: [f64; MAX_CHANNELS],
    ) -> Self {
        Self {
            deframer: ganglion::Deframer::new(firmware),
            decoder: ganglion::Decoder::new(firmware),
            microvolts_per_count,
            told: 0,
            acceleration_g: [0.0; 3],
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut impl FnMut(Heard)) {
        let Self {
            deframer,
            decoder,
            microvolts_per_count,
            told,
            acceleration_g,
        } = self;
        deframer.feed(bytes, |packet| {
            let decoded = decoder.decode(packet);
            let mut give = |sample: &ganglion::Sample| {
                let lost = decoder.lost_samples() - *told;
                *told += lost;
                let counts = sample.iter().copied();
                emit(Heard::Frame(Frame::scaled(
                    lost,
                    counts,
                    microvolts_per_count,
                )));
            };
            match decoded {
                Ok(ganglion::Decoded::Raw(sample)) => give(&sample),
                Ok(ganglion::Decoded::Two(samples, axis)) => {
                    samples.iter().for_each(give);
                    let Some((axis, count)) = axis else { return };
                    if let Some(own) = acceleration_g.get_mut(usize::from(axis)) {
                        *own = f64::from(count) * ganglion::G_PER_COUNT;
                    }
                    // The axes come one after another.
                    if axis == 2 {
                        emit(Heard::Motion(Motion {
                            acceleration_g: *acceleration_g,
                            rotation_deg_s: None,
                        }));
                    }
                }
                // Texts and impedances are not asked for while it runs.
                _ => {}
            }
        });
    }
}
