//! Decodes packets of the OpenBCI boards.

use super::event::{Frame, HeadsetEvent};
use crate::source::motion::Motion;
use bci_cursor_firmware_protocol::native::MAX_CHANNELS;
use bci_cursor_firmware_protocol::openbci::cyton::{self, Aux};
use bci_cursor_firmware_protocol::openbci::{daisy, ganglion};

/// Decodes a Cyton, with or without Daisy.
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

    /// Number of samples after which the counter wraps.
    pub(super) fn range(&self) -> u64 {
        if self.daisy.is_some() { 128 } else { 256 }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut impl FnMut(HeadsetEvent)) {
        let (daisy, scales) = (&mut self.daisy, &self.microvolts_per_count);
        self.deframer.feed(bytes, |received| {
            match daisy {
                None => emit(HeadsetEvent::Frame(Frame::scaled(
                    received.lost.into(),
                    received.packet.counts.into_iter(),
                    scales,
                ))),
                Some(pairs) => {
                    if let Some(sample) = pairs.take(&received) {
                        let counts = sample.counts.into_iter();
                        emit(HeadsetEvent::Frame(Frame::scaled(
                            sample.lost.into(),
                            counts,
                            scales,
                        )));
                    }
                }
            }
            // All three are zero if there is no new measurement.
            if let Aux::Acceleration(counts) = received.packet.aux
                && counts != [0; 3]
            {
                emit(HeadsetEvent::Motion(Motion {
                    acceleration_g: counts.map(|count| f64::from(count) * cyton::G_PER_COUNT),
                    rotation_deg_s: None,
                }));
            }
        });
    }
}

/// Decodes a Ganglion.
pub(super) struct Ganglion {
    deframer: ganglion::Deframer,
    decoder: ganglion::Decoder,
    microvolts_per_count: [f64; MAX_CHANNELS],
    /// Lost samples that were already reported.
    reported: u64,
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
            reported: 0,
            acceleration_g: [0.0; 3],
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut impl FnMut(HeadsetEvent)) {
        let Self {
            deframer,
            decoder,
            microvolts_per_count,
            reported,
            acceleration_g,
        } = self;
        deframer.feed(bytes, |packet| {
            let decoded = decoder.decode(packet);
            let mut give = |sample: &ganglion::Sample| {
                let lost = decoder.lost_samples() - *reported;
                *reported += lost;
                let counts = sample.iter().copied();
                emit(HeadsetEvent::Frame(Frame::scaled(
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
                    // The axes arrive one after another.
                    if axis == 2 {
                        emit(HeadsetEvent::Motion(Motion {
                            acceleration_g: *acceleration_g,
                            rotation_deg_s: None,
                        }));
                    }
                }
                // Texts and impedances are not requested during a run.
                _ => {}
            }
        });
    }
}
