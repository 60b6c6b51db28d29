//! The lines that an evaluation of some of the people writes (--shard), and reading them again.

use crate::app::out::say;
use crate::printable::printable_path;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was evaluated, for [`write_line`].
pub(super) fn evaluation(what: &str, report: impl Serialize) -> anyhow::Result<Value> {
    Ok(json!({"what": what, "report": serde_json::to_value(report)?}))
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

/// What was evaluated, and the figures of everybody.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<(Value, BTreeMap<String, Value>)> {
    let mut evaluation: Option<Value> = None;
    let mut people = BTreeMap::new();
    for file in files {
        let name = printable_path(file);
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
