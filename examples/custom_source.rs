//! A custom source: an amplifier that sends packets of eight samples in real time.
//!
//! `cargo run --example custom_source`

use bci_cursor::{Block, Driver, Layout, LiveSource, OpenSource, RunSettings, RunStats, Source};
use bci_cursor::{SourceError, SourceEvent, StopFlag, pointer::NoPointer, starters};
use bci_cursor::{time::SampleIndex, units::Hertz};
use std::error::Error;
use std::time::Duration;

/// Stands for the amplifier's own library, which gives no time stamps.
struct Amplifier {
    layout: Layout,
    next: SampleIndex,
}

impl Source for Amplifier {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        if self.next.0 == 1000 {
            return Ok(SourceEvent::End);
        }
        std::thread::park_timeout(Duration::from_millis(32)); // until eight samples at 250 Hz are there
        into.restart(self.next);
        self.next = self.next.after(8);
        for sample in into.first.0..self.next.0 {
            for (channel, value) in into.push_frame().into_iter().flatten().enumerate() {
                *value = 20.0 * (sample as f64 * 0.25 + channel as f64).sin(); // microvolts
            }
        }
        Ok(SourceEvent::Samples) // with time stamps, also: into.set_acquired(stamp of the last sample)
    }
}

fn run() -> Result<RunStats, Box<dyn Error>> {
    let (labels, next) = (starters::least_channels()?, SampleIndex(0));
    let rate = Hertz::new(250.0).ok_or("not a rate")?;
    let layout = Layout { rate, labels };
    let source = LiveSource::open_with(move || Ok(OpenSource::new(Amplifier { layout, next })))?;
    let decoder = starters::for_layout(source.layout())?.ok_or("no starter fits")?;
    let settings = RunSettings::new(source, decoder, || Ok(NoPointer));
    Ok(Driver::start(settings, StopFlag::default())?.join()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:#?}", run()?);
    Ok(())
}

#[test]
fn its_latency_is_known_without_time_stamps() {
    let stats = run().unwrap();
    let latency = stats.latency.known().unwrap();
    assert!(latency.p50_ms < 1000.0, "{latency:?}");
}
