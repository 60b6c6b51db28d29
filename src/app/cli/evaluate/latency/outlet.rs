//! The process that publishes blocks, each stamped when it is sent.

use crate::app::out::say;
use crate::evaluate::latency::Published;
use crate::montage;
use crate::runtime::StopFlag;
use clap::Args;
use std::io::Read;
use std::process::ExitCode;

/// The stream to publish.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct PublishedArgs {
    /// Channels of the stream; at most 64 are decoded
    #[arg(long, default_value_t = 32, value_parser = channels)]
    pub(super) channels: usize,
    /// Sampling rate, Hz
    #[arg(long, default_value_t = 500, value_name = "HZ", value_parser = clap::value_parser!(u32).range(64..=20_000))]
    pub(super) rate: u32,
    /// Samples per block
    #[arg(long, default_value_t = 8, value_name = "SAMPLES", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) block: u32,
}

fn channels(text: &str) -> Result<usize, String> {
    let count = text.parse().ok();
    let known = count.filter(|count| *count == 128 || montage::named(*count).is_some());
    known.ok_or_else(|| format!("{text} channels, expected 8, 9, 21, 32, 64 or 128"))
}

/// Publish a stream to measure latency until standard input ends, then print when each block was published, nanoseconds.
#[derive(Debug, Args)]
pub(in crate::app::cli::evaluate) struct OutletArgs {
    /// Name of the stream
    #[arg(long)]
    name: String,
    #[command(flatten)]
    published: PublishedArgs,
}

impl From<PublishedArgs> for Published {
    fn from(args: PublishedArgs) -> Self {
        Self {
            channels: args.channels,
            rate_hz: args.rate,
            block: args.block,
        }
    }
}

pub(in crate::app::cli::evaluate) fn outlet(args: &OutletArgs) -> anyhow::Result<ExitCode> {
    let stop = StopFlag::default();
    let stop_at_end = stop.clone();
    // The measuring process holds the other end of the pipe, which closes however that process ends.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        stop_at_end.stop();
    });
    let published = Published::from(args.published).publish(&args.name, &stop)?;
    let lines: Vec<String> = published.iter().map(|at| at.0.to_string()).collect();
    say!("{}", lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}
