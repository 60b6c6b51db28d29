//! EEG with any number of channels: copies of a synthetic patient's 64 channels, each with a little noise of its own.
#![allow(clippy::unwrap_used, unreachable_pub)] // a benchmark fails by panicking

use bci_cursor::block::{Block, Layout};
use bci_cursor::recording::edf::{self, EdfFormat};
use bci_cursor::source::recording::Recorded;
use bci_cursor::source::{Source, SourceError, SourceEvent, open_recording};
use std::io::BufWriter;
use std::path::Path;

struct Wide {
    patient: Box<dyn Recorded>,
    input: Block,
    layout: Layout,
    seed: u64,
}

impl Wide {
    fn open(channels: usize, rate_hz: usize) -> Result<Box<Self>, SourceError> {
        let own = channels.min(64);
        let own = if [8, 21, 32, 64].contains(&own) {
            own
        } else {
            64
        };
        let patient = open_recording(&format!(
            "synthetic:channels={own},rate={rate_hz},trials=20"
        ))?;
        let named = &patient.layout().labels;
        let label = |k: usize| {
            named
                .get(k)
                .cloned()
                .unwrap_or_else(|| format!("E{}", k + 1))
        };
        let layout = Layout {
            rate: patient.layout().rate,
            labels: (0..channels).map(label).collect(),
        };
        Ok(Box::new(Self {
            input: Block::with_capacity(own, 1),
            patient,
            layout,
            seed: 9,
        }))
    }

    /// Microvolts, uniform from -2 to 2.
    fn noise(&mut self) -> f64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.seed >> 33) as f64 / f64::from(1u32 << 29) - 2.0
    }
}

impl Source for Wide {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        if self.input.capacity() != into.capacity() {
            self.input = Block::with_capacity(self.input.channels(), into.capacity());
        }
        let event = self.patient.next(&mut self.input)?;
        into.restart(self.input.first);
        for frame in 0..self.input.frames() {
            let input = self.input.channels();
            let from = frame * input;
            for channel in 0..self.layout.channel_count() {
                let noise = self.noise();
                if channel == 0 {
                    into.push_frame().unwrap();
                }
                let to = frame * self.layout.channel_count() + channel;
                into.samples_mut()[to] = self.input.samples()[from + channel % input] + noise;
            }
        }
        Ok(event)
    }
}

/// Writes it as EDF+, with twenty cued trials.
pub fn write(path: &Path, channels: usize, rate_hz: usize) {
    let mut file = BufWriter::new(std::fs::File::create(path).unwrap());
    edf::write(|| Wide::open(channels, rate_hz), &mut file, EdfFormat::Edf).unwrap();
}
