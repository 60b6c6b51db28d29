//! Reads and writes the lines of an evaluation with --shard.

use crate::app::out::say;
use crate::printable::printable_path;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The description of an evaluation, for [`write_line`].
pub(super) fn evaluation(what: &str, report: impl Serialize) -> anyhow::Result<Value> {
    Ok(json!({"what": what, "report": serde_json::to_value(report)?}))
}

/// One person's line in the output of a part.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// What was evaluated and how: the same in all lines.
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

/// Reads the description of an evaluation, and everybody's figures.
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
                "{name}, line {place} is of another evaluation ({}), expected {all} as before. Merge only parts of the same evaluation",
                line.evaluation
            );
            ensure!(
                people.insert(line.subject.clone(), line.figures).is_none(),
                "{name}, line {place}: {} was already given. Name each part once",
                line.subject
            );
        }
    }
    let evaluation = evaluation.context("these files contain no results")?;
    Ok((evaluation, people))
}
