//! Intents as an LSL stream: decodes an EEG stream and publishes the intents, or reads them as a game or a wheelchair
//! would.
//!
//! In three terminals: `bci-cursor replay synthetic:seed=7,channels=8,erd=0.8 --to lsl`,
//! `cargo run --example intents_over_lsl publish`, and `cargo run --example intents_over_lsl`.

use bci_cursor::runtime::intent_outlet::IntentOutlet;
use bci_cursor::source::lsl::{LslSource, OutletAbout, StreamQuery, resolve};
use bci_cursor::{Block, Pipeline, PipelineSettings, Source, SourceEvent, starters};
use lsl::Pullable;
use std::error::Error;

/// Decodes the visible EEG stream, and publishes each intent.
fn publish() -> Result<(), Box<dyn Error>> {
    let query = StreamQuery {
        kind: Some("EEG".into()),
        ..StreamQuery::default()
    };
    let mut source = LslSource::open(resolve(&query, 10.0)?)?;
    let layout = source.layout().clone();
    let decoder = starters::for_layout(&layout)?.ok_or("no starter fits the electrodes")?;
    let mut pipeline = Pipeline::new(&layout, &decoder, &PipelineSettings::default())?;
    let about = OutletAbout {
        name: "intents".into(),
        source_id: "bci-cursor-example".into(),
        ..OutletAbout::default()
    };
    let mut outlet = IntentOutlet::new(&about, &decoder.classes)?;
    let mut block = Block::with_capacity(layout.channel_count(), 32);
    loop {
        match source.next(&mut block)? {
            SourceEvent::Samples => {
                let mut sent = Ok(());
                pipeline.process(&block, |step| {
                    if sent.is_ok() {
                        sent = outlet.push(&step);
                    }
                });
                sent?;
            }
            SourceEvent::End => return Ok(()),
            _ => {} // markers, gaps, or nothing for now
        }
    }
}

/// Prints intents until none arrive for five seconds.
fn listen() -> Result<(), Box<dyn Error>> {
    let found = lsl::resolve_byprop("type", "Intents", 1, 20.0)?;
    let stream = found.first().ok_or("nobody publishes intents")?;
    let inlet = lsl::StreamInlet::new(stream, 360, 0, true)?;
    loop {
        let (numbers, stamp_s): (Vec<f64>, f64) = inlet.pull_sample(5.0)?;
        // Between them: direction, speed, press, confidence and the other probability. Class -1 is rest.
        let [sample, class, .., right] = &numbers[..] else {
            return Ok(()); // nothing came
        };
        println!("{stamp_s:.3} s, sample {sample}: class {class}, right hand {right:.2}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("publish") => publish(),
        _ => listen(),
    }
}
