//! Parts of an evaluation, put together.

use super::closed_loop::{self, SubjectLoopReport};
use super::{Decoded, print_scores};
use crate::app::out::say;
use crate::evaluate::decoding::{Score, Scores};
use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Put together what 'evaluate decoding' and 'evaluate closed-loop' wrote with --shard.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// What the parts wrote
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a part writes for each of its people, on a line of its own.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// What was evaluated and how: the same for all.
    evaluation: Value,
    subject: String,
    figures: Value,
}

/// Writes one person's line.
pub(super) fn write_line(
    evaluation: &Value,
    subject: &str,
    figures: impl Serialize,
) -> anyhow::Result<()> {
    let line = Line {
        evaluation: evaluation.clone(),
        subject: subject.into(),
        figures: serde_json::to_value(figures)?,
    };
    say!("{}", serde_json::to_string(&line)?)?;
    Ok(())
}

pub(super) fn merge(args: &MergeArgs) -> anyhow::Result<ExitCode> {
    let (evaluation, people) = read(&args.files)?;
    match evaluation["what"].as_str() {
        Some("decoding") => merge_decoding(&evaluation, people, args.json)?,
        Some("closed-loop") => {
            let report: SubjectLoopReport = serde_json::from_value(evaluation["report"].clone())?;
            let played = people.into_values().map(serde_json::from_value);
            let played = played.collect::<Result<Vec<_>, _>>()?;
            closed_loop::print_played(&played, &report, args.json)?;
        }
        _ => bail!("{evaluation} is no evaluation that this program knows"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What was evaluated, and the figures of everybody.
fn read(files: &[PathBuf]) -> anyhow::Result<(Value, BTreeMap<String, Value>)> {
    let mut evaluation: Option<Value> = None;
    let mut people = BTreeMap::new();
    for file in files {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
        for (place, line) in text.lines().enumerate() {
            let place = place + 1;
            let line: Line = serde_json::from_str(line).with_context(|| {
                format!("{name}, line {place} is not what 'evaluate ... --shard' writes")
            })?;
            let all = evaluation.get_or_insert_with(|| line.evaluation.clone());
            ensure!(
                *all == line.evaluation,
                "{name}, line {place} is of another evaluation ({}), expected {all} as before. Merge parts of one only",
                line.evaluation
            );
            ensure!(
                people.insert(line.subject.clone(), line.figures).is_none(),
                "{name}, line {place}: {} was there before. Give each part once",
                line.subject
            );
        }
    }
    let evaluation = evaluation.context("nobody was evaluated in these files")?;
    Ok((evaluation, people))
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

/// What was evaluated, for [`write_line`].
pub(super) fn evaluation(what: &str, report: impl Serialize) -> anyhow::Result<Value> {
    Ok(json!({"what": what, "report": serde_json::to_value(report)?}))
}
