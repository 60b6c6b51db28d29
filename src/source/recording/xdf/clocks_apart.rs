//! Detects marker streams that use another clock than the EEG.

use crate::time::describe_duration;

/// Markers that are all further than this from the EEG use another clock, seconds.
const OTHER_CLOCK_S: f64 = 3600.0;

/// The message about a stream whose markers are all far from the EEG; `None` if one of them is near, or there are none.
pub(super) fn clocks_apart(
    name: &str,
    markers_s: impl Iterator<Item = f64>,
    [first_s, last_s]: [f64; 2],
) -> Option<String> {
    let away_s = |time_s: f64| {
        if time_s < first_s {
            time_s - first_s
        } else {
            (time_s - last_s).max(0.0)
        }
    };
    let nearest = markers_s
        .map(away_s)
        .min_by(|a, b| a.abs().total_cmp(&b.abs()));
    let away_s = nearest.filter(|away_s| away_s.abs() > OTHER_CLOCK_S)?;
    let way = if away_s < 0.0 { "before" } else { "after" };
    Some(format!(
        "the markers of stream '{name}' are stamped {} {way} the EEG, by another clock, and are left out: let both programs stamp with \
         LSL's local_clock(), not with the time of day",
        describe_duration(away_s.abs())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_of_another_clock_are_named_and_late_ones_are_not() {
        let eeg = [1000.0, 1061.0];
        let warning_for = |markers: &[f64]| clocks_apart("m", markers.iter().copied(), eeg);
        assert_eq!(warning_for(&[]), None);
        assert_eq!(warning_for(&[1.7e9, 1030.0]), None);
        assert_eq!(warning_for(&[900.0, 4000.0]), None);
        assert!(
            warning_for(&[1.7e9, 1.7e9 + 5.0])
                .unwrap()
                .contains("54 years after")
        );
        assert!(
            warning_for(&[-9000.0])
                .unwrap()
                .contains("2.8 hours before")
        );
    }
}
