//! Combines the parts of an evaluation.

use super::{Decoded, closed_loop, parts, print_scores};
use crate::evaluate::closed_loop::report::LoopReport;
use crate::evaluate::decoding::{Score, Scores};
use anyhow::bail;
use clap::Args;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Combine the outputs of 'evaluate decoding' or 'evaluate closed-loop' with --shard.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Files with the output of the parts
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn merge(args: &MergeArgs) -> anyhow::Result<ExitCode> {
    let (evaluation, people) = parts::read(&args.files)?;
    match evaluation["what"].as_str() {
        Some("decoding") => merge_decoding(&evaluation, people, args.json)?,
        Some("closed-loop") => {
            let report: LoopReport = serde_json::from_value(evaluation["report"].clone())?;
            let played = people.into_values().map(serde_json::from_value);
            let played = played.collect::<Result<Vec<_>, _>>()?;
            closed_loop::print_played(&played, &report, args.json)?;
        }
        _ => bail!("{evaluation} is not an evaluation that this program knows"),
    }
    Ok(ExitCode::SUCCESS)
}

fn merge_decoding(
    evaluation: &Value,
    people: BTreeMap<String, Value>,
    json: bool,
) -> anyhow::Result<()> {
    let scores = people.into_iter();
    let scores = scores.map(|(name, score)| Ok((name, serde_json::from_value::<Score>(score)?)));
    let scores = Scores::new(scores.collect::<serde_json::Result<_>>()?);
    let decoded: Decoded = serde_json::from_value(evaluation["report"].clone())?;
    print_scores(&decoded, &scores, None, json)
}
