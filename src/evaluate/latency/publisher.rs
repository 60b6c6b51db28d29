//! Publishes a synthetic patient in blocks that are stamped when they are sent.

use super::LatencyError;
use crate::block::{Block, Layout};
use crate::fit::classes::ClassMarker;
use crate::fit::{FitRequest, fit_recordings};
use crate::runtime::StopFlag;
use crate::source::Source;
use crate::source::lsl::{LslOutlet, OutletAbout};
use crate::source::synthetic::{Imagination, Spec, SyntheticPatient};
use crate::system::clock;
use crate::time::{HostNanos, StreamNanos};
use bci_cursor_calibration::Decoder;

/// Time between changes of the imagined class, seconds: the pointer moves back and forth and reaches no edge.
const TURN_S: f64 = 1.5;
/// Number of cues that the decoder is fitted on.
const TRIALS: usize = 12;
/// Maximum number of decoded channels; a synthetic patient has no more electrodes.
const MOST_DECODED: usize = 64;

/// A stream to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Number of channels. Those above 64 repeat others and are not decoded.
    pub channels: usize,
    /// Sampling rate, Hz.
    pub rate_hz: u32,
    /// Samples per block.
    pub block: u32,
}

impl Published {
    /// Specification of the patient with this number of cues. All of their electrodes are decoded.
    fn patient(self, trials: usize) -> String {
        let (channels, rate) = (self.channels.min(MOST_DECODED), self.rate_hz);
        format!("seed=7,channels={channels},rate={rate},trials={trials},erd=0.8")
    }

    /// Fits a decoder on an earlier recording of the same patient.
    ///
    /// # Errors
    /// [`LatencyError`] if it cannot be fitted.
    pub fn decoder(self) -> Result<Decoder, LatencyError> {
        let recording = format!("synthetic:{}", self.patient(TRIALS));
        let class = |class: &str| ClassMarker::new(class, class);
        let request = FitRequest::new(vec![class("left_hand"), class("right_hand")]);
        Ok(fit_recordings(&[recording], &request)?)
    }

    /// Publishes a stream of this name until the stop flag is set. Returns when each block was published.
    ///
    /// # Errors
    /// [`LatencyError`] if it cannot be published.
    pub fn publish(self, name: &str, stop: &StopFlag) -> Result<Vec<StreamNanos>, LatencyError> {
        let spec = Spec::parse(&self.patient(0))?;
        let imagination = Imagination::rest();
        let mut patient = SyntheticPatient::new(&spec)?.then_live(imagination.clone());
        let mut labels = spec.labels.clone();
        labels.extend((spec.labels.len()..self.channels).map(|k| format!("EXT{k}")));
        let layout = Layout {
            rate: spec.rate,
            labels,
        };
        let about = OutletAbout {
            name: name.to_owned(),
            source_id: name.to_owned(),
            ..OutletAbout::default()
        };
        let mut outlet = LslOutlet::new(&layout, &about)?;
        let frames = self.block as usize;
        let block_s = layout.rate.secs_of(frames as u64);
        let mut block = Block::with_capacity(spec.labels.len(), frames);
        let mut frame = vec![0.0; layout.channel_count()];
        // Returned at the end, because printing takes time.
        let mut published = Vec::new();
        let start = clock::now();
        for count in 0.. {
            if stop.stopped() {
                break;
            }
            let elapsed_s = count as f64 * block_s;
            imagination.set(Some((elapsed_s / TURN_S) as usize % spec.classes.len()));
            // Generated before it is due, so that it can be sent on time.
            patient.next(&mut block)?;
            clock::wait_until(HostNanos(start.0 + (elapsed_s * 1e9) as i64));
            let now = clock::now();
            let now_s = now.0 as f64 / 1e9;
            published.push(StreamNanos(now.0));
            for (offset, values) in block.iter().enumerate() {
                let repeated = values.iter().cycle();
                frame
                    .iter_mut()
                    .zip(repeated)
                    .for_each(|(to, from)| *to = *from);
                let before_s = layout.rate.secs_of((frames - 1 - offset) as u64);
                outlet.push(&frame, now_s - before_s, offset + 1 == frames)?;
            }
        }
        Ok(published)
    }
}
