//! The other end of the line: a process that publishes blocks, each stamped as it goes out.

use crate::app::out::say;
use crate::block::{Block, Layout};
use crate::montage;
use crate::runtime::StopFlag;
use crate::source::Source;
use crate::source::lsl::{LslOutlet, OutletAbout};
use crate::source::synthetic::{Imagination, Spec, SyntheticPatient};
use crate::system::clock;
use crate::time::HostNanos;
use anyhow::Context;
use clap::Args;
use std::io::Read;
use std::process::ExitCode;

/// What is imagined changes so often, seconds: the pointer goes there and back, and comes to no edge.
const TURN_S: f64 = 1.5;

/// What is published.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Published {
    /// Channels of the stream; all of up to 64 are decoded
    #[arg(long, default_value_t = 32, value_parser = channels)]
    pub(super) channels: usize,
    /// Sampling rate, Hz
    #[arg(long, default_value_t = 500, value_name = "HZ", value_parser = clap::value_parser!(u32).range(64..=20_000))]
    pub(super) rate: u32,
    /// Samples that are sent together
    #[arg(long, default_value_t = 8, value_name = "SAMPLES", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) block: u32,
}

fn channels(text: &str) -> Result<usize, String> {
    let count = text.parse().ok();
    let known = count.filter(|count| *count == 128 || montage::named(*count).is_some());
    known.ok_or_else(|| format!("{text} channels, expected 8, 9, 21, 32, 64 or 128"))
}

/// Publish for a measurement of latency, until standard input ends; then tell when each block was published, nanoseconds.
#[derive(Debug, Args)]
pub(in crate::app::cli::evaluate) struct OutletArgs {
    /// Name of the stream
    #[arg(long)]
    name: String,
    #[command(flatten)]
    published: Published,
}

impl Published {
    /// The patient, whose electrodes are all decoded, after so many cues.
    pub(super) fn patient(&self, trials: usize) -> String {
        let (channels, rate) = (self.channels.min(64), self.rate);
        format!("seed=7,channels={channels},rate={rate},trials={trials},erd=0.8")
    }
}

pub(in crate::app::cli::evaluate) fn outlet(args: &OutletArgs) -> anyhow::Result<ExitCode> {
    let stop = StopFlag::default();
    let until_end = stop.clone();
    // Who measures holds the other end: it closes however that ends.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        until_end.stop();
    });
    let spec = Spec::parse(&args.published.patient(0))?;
    let imagination = Imagination::rest();
    let mut patient = SyntheticPatient::new(&spec)?.then_live(imagination.clone());
    let mut labels = spec.labels.clone();
    labels.extend((spec.labels.len()..args.published.channels).map(|k| format!("EXT{k}")));
    let layout = Layout {
        rate: spec.rate,
        labels,
    };
    let about = OutletAbout {
        name: args.name.clone(),
        source_id: args.name.clone(),
        ..OutletAbout::default()
    };
    let mut outlet = LslOutlet::new(&layout, &about)?;
    let frames = args.published.block as usize;
    let block_s = layout.rate.secs_of(frames as u64);
    let mut block = Block::with_capacity(spec.labels.len(), frames);
    let mut frame = vec![0.0; layout.channel_count()];
    // Told at the end: writing takes time.
    let mut published = Vec::new();
    let start = clock::now();
    for count in 0.. {
        if stop.stopped() {
            break;
        }
        let elapsed_s = count as f64 * block_s;
        imagination.set(Some((elapsed_s / TURN_S) as usize % spec.classes.len()));
        // Made before it is due, so that it goes out as soon as it is.
        patient.next(&mut block).context("no samples")?;
        clock::wait_until(HostNanos(start.0 + (elapsed_s * 1e9) as i64));
        let now = clock::now();
        let now_s = now.0 as f64 / 1e9;
        published.push(now.0);
        for (offset, own) in block.iter().enumerate() {
            let repeated = own.iter().cycle();
            frame
                .iter_mut()
                .zip(repeated)
                .for_each(|(to, from)| *to = *from);
            let before_s = layout.rate.secs_of((frames - 1 - offset) as u64);
            outlet.push(&frame, now_s - before_s, offset + 1 == frames)?;
        }
    }
    let lines: Vec<String> = published.iter().map(i64::to_string).collect();
    say!("{}", lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}
