//! Figures of one person, and of all.

use super::CurvePoint;
use serde::Serialize;
use std::collections::BTreeMap;

/// Figures of one person, or their mean. A figure is `None` where a recording cannot tell it: nobody rested, or no look was that long.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LookingScore {
    /// Share of looks of which one second is recognised.
    pub accuracy_1s: Option<f64>,
    /// The same for two seconds.
    pub accuracy_2s: Option<f64>,
    /// The same for three seconds.
    pub accuracy_3s: Option<f64>,
    /// The same for four seconds; for codes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_4s: Option<f64>,
    /// Wolpaw's rate with dynamic stopping.
    pub bits_per_min: Option<f64>,
    /// Share of looks that dynamic stopping recognises.
    pub accuracy_dynamic: Option<f64>,
    /// Area under the ROC curve of looking against rest, after two seconds.
    pub rest_auc: Option<f64>,
    /// False selections per minute of rest, where nothing says when a look begins.
    pub false_per_min: Option<f64>,
    /// Share of looks that are then selected within four seconds.
    pub selected_4s: Option<f64>,
    /// As `accuracy_1s`, with the response fitted to the person's other recordings; for flicker, and people with several recordings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fitted_accuracy_1s: Option<f64>,
    /// The same for two seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fitted_accuracy_2s: Option<f64>,
    /// `false_per_min`, `selected_4s` and wrong selections, at several thresholds.
    pub curve: Vec<CurvePoint>,
}

/// Figures of all people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookingScores {
    /// By name.
    pub subjects: BTreeMap<String, LookingScore>,
    /// Their mean. Each figure is the mean of the people of whom it is known.
    pub mean: LookingScore,
}

impl LookingScores {
    /// With their mean.
    pub(super) fn new(subjects: BTreeMap<String, LookingScore>) -> Self {
        let mean = mean_of(&subjects);
        Self { subjects, mean }
    }
}

fn mean_of(subjects: &BTreeMap<String, LookingScore>) -> LookingScore {
    let known = |figure: &dyn Fn(&LookingScore) -> Option<f64>| {
        let known: Vec<f64> = subjects.values().filter_map(figure).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let curves = subjects.values().map(|score| score.curve.len());
    let points = curves.max().unwrap_or(0);
    let curve = (0..points).map(|k| {
        let mean = |figure: &dyn Fn(&CurvePoint) -> f64| {
            known(&|score| score.curve.get(k).map(figure)).unwrap_or(0.0)
        };
        CurvePoint {
            threshold: mean(&|point| point.threshold),
            selected_4s: mean(&|point| point.selected_4s),
            wrong_4s: mean(&|point| point.wrong_4s),
            false_per_min: mean(&|point| point.false_per_min),
        }
    });
    LookingScore {
        accuracy_1s: known(&|score| score.accuracy_1s),
        accuracy_2s: known(&|score| score.accuracy_2s),
        accuracy_3s: known(&|score| score.accuracy_3s),
        accuracy_4s: known(&|score| score.accuracy_4s),
        bits_per_min: known(&|score| score.bits_per_min),
        accuracy_dynamic: known(&|score| score.accuracy_dynamic),
        rest_auc: known(&|score| score.rest_auc),
        false_per_min: known(&|score| score.false_per_min),
        selected_4s: known(&|score| score.selected_4s),
        fitted_accuracy_1s: known(&|score| score.fitted_accuracy_1s),
        fitted_accuracy_2s: known(&|score| score.fitted_accuracy_2s),
        curve: curve.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_leaves_out_what_is_unknown() {
        let score = |accuracy_1s, bits_per_min| LookingScore {
            accuracy_1s,
            bits_per_min,
            ..LookingScore::default()
        };
        let scores = [
            ("A", score(Some(0.5), Some(10.0))),
            ("B", score(None, Some(20.0))),
        ];
        let scores = scores.map(|(name, score)| (name.to_owned(), score));
        let all = LookingScores::new(scores.into_iter().collect());
        assert_eq!(all.mean.accuracy_1s, Some(0.5));
        assert_eq!(all.mean.bits_per_min, Some(15.0));
        assert_eq!((all.mean.rest_auc, all.mean.accuracy_4s), (None, None));
    }
}
