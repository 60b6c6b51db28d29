//! Which channels of a stream are over the visual cortex.

use super::prior::responds;
use crate::montage::{self, Position};

/// Most channels that are used: those nearest to Oz. Others would cost much and tell little.
const MOST_CHANNELS: usize = 12;
/// Electrodes further in front than this carry no response, but those behind it help to remove noise: rows CP and P to I.
const FRONT: f64 = -0.2;

/// Places of the channels to use, in the stream's order. Channels of unknown position are used if no electrode over the visual cortex is
/// known, because then one of them must be there. Empty if all electrodes are known to be elsewhere.
#[must_use]
pub fn over_visual_cortex(labels: &[String]) -> Vec<usize> {
    let Some(oz) = montage::position("Oz") else {
        return Vec::new();
    };
    let distance = |at: &Position| (0..3).map(|k| (at[k] - oz[k]).powi(2)).sum::<f64>();
    let has_response = labels.iter().any(|label| responds(label));
    let mut found: Vec<(f64, usize)> = labels
        .iter()
        .enumerate()
        .filter_map(|(place, label)| match montage::position(label) {
            Some(at) if has_response && at[1] < FRONT => Some((distance(&at), place)),
            None if !has_response => Some((0.0, place)),
            _ => None,
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    found.truncate(MOST_CHANNELS);
    let mut places: Vec<usize> = found.into_iter().map(|(_, place)| place).collect();
    places.sort_unstable();
    places
}

/// Labels of the channels to use.
#[must_use]
pub fn labels_over_visual_cortex(labels: &[String]) -> Vec<String> {
    let places = over_visual_cortex(labels).into_iter();
    places.map(|place| labels[place].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::over_visual_cortex;

    fn used<'a>(labels: &[&'a str]) -> Vec<&'a str> {
        let owned: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        over_visual_cortex(&owned)
            .into_iter()
            .map(|place| labels[place])
            .collect()
    }

    #[test]
    fn the_back_of_the_head_is_used() {
        assert_eq!(
            used(&["Fz", "C3", "Pz", "O1", "Oz", "T7"]),
            ["Pz", "O1", "Oz"]
        );
        assert_eq!(used(&["Fz", "C3", "C4", "Pz"]), [""; 0]);
    }

    #[test]
    fn unknown_channels_are_used_where_nothing_else_is() {
        assert_eq!(used(&["Ch1", "Ch2"]), ["Ch1", "Ch2"]);
        assert_eq!(used(&["Ch1", "Oz"]), ["Oz"]);
    }

    #[test]
    fn of_many_the_nearest_are_used() {
        let used = used(&[
            "Cz", "CPz", "CP1", "CP2", "CP3", "CP4", "Pz", "P1", "P2", "P3", "P4", "P7", "P8",
            "PO3", "PO4", "PO7", "PO8", "POz", "O1", "Oz", "O2",
        ]);
        assert_eq!(used.len(), 12);
        for near in ["O1", "Oz", "O2", "POz", "PO3", "PO4", "PO7", "PO8"] {
            assert!(used.contains(&near), "{used:?}");
        }
    }
}
