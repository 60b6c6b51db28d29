//! What a marker says about the light that was looked at.

/// A marker of a time without looking.
const REST: &str = "rest";

/// The frequency of a marker such as `ssvep_13hz`, Hz; `None` for other markers.
#[must_use]
pub fn frequency_hz(label: &str) -> Option<f64> {
    let label = label.trim().to_ascii_lowercase();
    let number = label
        .strip_prefix("ssvep_")?
        .strip_suffix("hz")?
        .trim_end_matches(['_', ' ']);
    let hz: f64 = number.parse().ok()?;
    (hz.is_finite() && hz > 0.0).then_some(hz)
}

/// What a marker says was looked at: `Some(Some(13.0))` for `ssvep_13hz`, `Some(None)` for `rest`, `None` for other markers.
#[must_use]
pub fn looked_at(label: &str) -> Option<Option<f64>> {
    if label.trim().eq_ignore_ascii_case(REST) {
        return Some(None);
    }
    frequency_hz(label).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{frequency_hz, looked_at};

    #[test]
    fn markers_tell_the_frequency() {
        assert_eq!(frequency_hz("ssvep_13hz"), Some(13.0));
        assert_eq!(frequency_hz(" SSVEP_8.57_Hz"), Some(8.57));
        for other in ["rest", "ssvep_", "ssvep_hz", "ssvep_-3hz", "ssvep_nanhz"] {
            assert_eq!(frequency_hz(other), None, "{other}");
        }
    }

    #[test]
    fn rest_is_a_cue_without_a_frequency() {
        assert_eq!(looked_at("SSVEP_8.57Hz"), Some(Some(8.57)));
        assert_eq!(looked_at("rest"), Some(None));
        assert_eq!(looked_at("left_hand"), None);
    }
}
