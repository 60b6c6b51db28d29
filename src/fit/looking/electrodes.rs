//! Which electrodes a response is fitted to.

use super::LooksError;
use crate::fit::channel_survey::{ChannelCondition, conditions};
use crate::looking::LookingError;
use crate::looking::channels::labels_over_visual_cortex;
use crate::looking::prior::responds;
use crate::montage;
use crate::source::channels::ReadAs;

/// An electrode that is bad for a larger share of the time is left out.
const MOST_BAD: f64 = 0.2;

/// The electrodes to use: those over the visual cortex that are not bad. Warns about those that are.
///
/// # Errors
/// [`LooksError`] if none is left, or a recording cannot be read.
pub(super) fn usable_electrodes(
    recordings: &[String],
    labels: &[String],
    read_as: &ReadAs,
) -> Result<Vec<String>, LooksError> {
    let candidates = candidates(labels);
    if candidates.is_empty() {
        return Err(LooksError::Electrodes(LookingError::NoElectrode {
            found: labels.to_vec(),
        }));
    }
    // The others show what is usual.
    let conditions = conditions(recordings, labels, read_as)?;
    let (mut usable, mut bad) = (Vec::new(), Vec::new());
    for (label, condition) in labels.iter().zip(conditions) {
        if !candidates.contains(label) {
            continue;
        }
        if condition.share <= MOST_BAD {
            usable.push(label.clone());
        } else {
            bad.push(described(label, condition));
        }
    }
    if usable.is_empty() {
        return Err(LooksError::BadElectrodes { bad });
    }
    for bad in bad {
        log::warn!("left out, because its signal is bad: {bad}");
    }
    Ok(usable)
}

/// The electrodes over the visual cortex. If none is known to be there, all electrodes whose place is unknown: the response shows which of them
/// are.
fn candidates(labels: &[String]) -> Vec<String> {
    if labels.iter().any(|label| responds(label)) {
        return labels_over_visual_cortex(labels);
    }
    let unknown = |label: &&String| montage::position(label).is_none();
    labels.iter().filter(unknown).cloned().collect()
}

fn described(label: &str, condition: ChannelCondition) -> String {
    let fault = condition.fault.map(|fault| format!(", {fault}"));
    format!(
        "{label} ({:.0} % of the time{})",
        100.0 * condition.share,
        fault.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn unknown_electrodes_are_used_only_where_none_is_known() {
        let used = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            candidates(&labels).join(" ")
        };
        assert_eq!(used(&["Fz", "1", "O1", "Oz", "T7"]), "O1 Oz");
        let many: Vec<String> = (1..=32).map(|k| k.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(used(&many), many.join(" "));
        assert_eq!(used(&["Fz", "C3"]), "");
        assert_eq!(used(&["Fz", "7"]), "7");
    }
}
