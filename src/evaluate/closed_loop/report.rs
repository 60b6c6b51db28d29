//! The results of many people as one report.

use super::{Help, LoopFigures, Scheme, SubjectLoop, middle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The settings of an evaluation, the same for all people.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoopReport {
    /// The task, as `--task` names it.
    pub task: String,
    /// Duration of each mode per person, minutes.
    pub minutes: f64,
    /// Number of decoys around the wanted target.
    pub decoys: usize,
    /// Seed for targets and stretches of EEG.
    pub seed: u64,
    /// Electrodes; empty for all of the first recording.
    pub montage: Vec<String>,
    /// How long it took, seconds; unknown if parts were merged.
    #[serde(skip)]
    pub seconds: Option<f64>,
}

impl LoopReport {
    /// Results by subject, mode and help, with the medians.
    ///
    /// # Errors
    /// If a figure cannot be represented in JSON.
    pub fn to_json(&self, played: &[SubjectLoop]) -> serde_json::Result<Value> {
        let mut subjects = serde_json::Map::new();
        for one in played {
            let mut own = json!({"information": one.information});
            for (scheme, help, figures) in reached(one) {
                let mut entry = serde_json::to_value(figures)?;
                entry["limit_hits_per_min"] = json!(limit(one, figures));
                own[scheme.name()][help.name()] = entry;
            }
            subjects.insert(one.subject.clone(), own);
        }
        type Figure = fn(&LoopFigures) -> Option<f64>;
        let figures: [(&str, Figure); 7] = [
            ("hits_per_min", |f| Some(f.hits_per_min)),
            ("time_to_target_s", |f| f.time_to_target_s),
            ("dial_in_s", |f| f.dial_in_s),
            ("path_efficiency", |f| f.path_efficiency),
            ("bits_per_s", |f| Some(f.bits_per_s)),
            ("fitts_bits_per_s", |f| Some(f.fitts_bits_per_s)),
            ("false_clicks_per_min", |f| Some(f.false_clicks_per_min)),
        ];
        let mut medians = json!({});
        for (scheme, help) in modes(played) {
            let mut own = json!({});
            for (name, figure) in figures {
                let values = played
                    .iter()
                    .filter_map(|one| figure(&one.schemes[&scheme][&help]));
                let found = middle(&values.collect::<Vec<f64>>(), self.seed);
                own[name] = json!(found.map(|found| found.median));
                own[format!("{name}_interval")] = json!(found.map(|found| found.interval));
            }
            medians[scheme.name()][help.name()] = own;
        }
        Ok(json!({
            "subjects": subjects,
            "median": medians,
            "task": self.task,
            "minutes": self.minutes,
            "decoys": self.decoys,
            "seconds": self.seconds,
        }))
    }
}

/// Every mode with each kind of help; the same for all people.
pub fn modes(played: &[SubjectLoop]) -> impl Iterator<Item = (Scheme, Help)> {
    let schemes = played.first().into_iter().flat_map(|one| &one.schemes);
    schemes.flat_map(|(scheme, helps)| helps.keys().map(move |help| (*scheme, *help)))
}

/// A person's results in each mode.
pub fn reached(one: &SubjectLoop) -> impl Iterator<Item = (Scheme, Help, &LoopFigures)> {
    let schemes = one.schemes.iter();
    schemes.flat_map(|(scheme, helps)| {
        helps
            .iter()
            .map(|(help, figures)| (*scheme, *help, figures))
    })
}

/// Targets per minute that the information in the evidence would allow.
#[must_use]
pub fn limit(one: &SubjectLoop, figures: &LoopFigures) -> f64 {
    one.information.bits_per_min / (figures.targets as f64).log2()
}
